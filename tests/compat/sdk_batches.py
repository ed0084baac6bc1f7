"""The official SDK's own batches."""

from __future__ import annotations

from typing import Any

import pytest
from kiota_abstractions.serialization import SerializationWriter
from msgraph.generated.models.user import User
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_content_collection import BatchRequestContentCollection
from msgraph_core.requests.batch_request_item import BatchRequestItem

from tests.compat.client import E1, E3, E4, NOBODY, Talk, change, held, seen, sku, with_sdk
from tests.compat.conftest import Served


class Item(BatchRequestItem):
    """The SDK writes ``depends_on``, which no service knows; Graph documents ``dependsOn``."""

    def serialize(self, writer: SerializationWriter) -> None:
        super().serialize(writer)
        writer.write_collection_of_primitive_values("dependsOn", self.depends_on)


def moving(talk: Talk, user: str, body: Any, **more: Any) -> Item:
    """An ``assignLicense``; its id is the user's unless another is given."""
    asked = talk.graph.users.by_user_id(user).assign_license.to_post_request_information(body)
    return Item(asked, **{"id": user, **more})


async def sent(talk: Talk, *items: BatchRequestItem) -> Any:
    """The SDK's answer to these items in one batch."""
    content = BatchRequestContent()
    for item in items:
        content.add_request(item.id, item)
    return await talk.graph.batch.post(content)


def bodies(talk: Talk) -> dict[str, Any]:
    """Item id to body, of the last answer: the SDK loses bodies that are JSON objects (kiota takes text alone)."""
    return {item["id"]: item.get("body") for item in talk.answers[-1].json()["responses"]}


def test_twenty_moves_in_one_batch(served: Served) -> None:
    async def work(talk: Talk) -> None:
        users = served.take(20)
        before = (await sku(talk, E3)).consumed_units
        body = change(remove=[E4], add=[E3])
        answer = await sent(talk, *(moving(talk, user.id, body) for user in users))
        assert {user: body["userPrincipalName"] for user, body in bodies(talk).items()} == dict(users)
        assert answer.get_response_status_codes() == {user.id: 200 for user in users}
        assert (await sku(talk, E3)).consumed_units == before + 20
        for user in users:
            assert held(await seen(talk, user.id)) == {E3}

    with_sdk(served.root, work)


def test_each_item_stands_alone(served: Served) -> None:
    async def work(talk: Talk) -> None:
        good, bad = served.take(2)
        answer = await sent(
            talk,
            moving(talk, good.id, change(remove=[E4], add=[E3])),
            moving(talk, bad.id, change(remove=[E1], add=[E3])),
            moving(talk, NOBODY, change(remove=[E4], add=[E3])),
        )
        assert answer.get_response_status_codes() == {good.id: 200, bad.id: 400, NOBODY: 404}
        assert bodies(talk)[bad.id]["error"]["message"] == "User does not have a corresponding license."
        assert held(await seen(talk, good.id)) == {E3}
        assert held(await seen(talk, bad.id)) == {E4}

    with_sdk(served.root, work)


def test_what_depends_waits_and_fails_with_what_it_depends_on(served: Served) -> None:
    async def work(talk: Talk) -> None:
        chain, broken = served.take(2)
        place = talk.graph.users.by_user_id(chain.id).to_patch_request_information(User(usage_location="FR"))
        answer = await sent(
            talk,
            Item(place, id="place"),
            moving(talk, chain.id, change(add=[E3]), id="add", depends_on=["place"]),
            # Alone it would be refused: nobody can have it removed before it is there.
            moving(talk, chain.id, change(remove=[E3]), id="remove", depends_on=["add"]),
            moving(talk, broken.id, change(remove=[E1]), id="refused"),
            moving(talk, broken.id, change(add=[E3]), id="never", depends_on=["refused"]),
        )
        codes = answer.get_response_status_codes()
        assert codes == {"place": 204, "add": 200, "remove": 200, "refused": 400, "never": 424}
        assert held(await seen(talk, chain.id)) == held(await seen(talk, broken.id)) == {E4}
        assert (await seen(talk, chain.id)).usage_location == "FR"

    with_sdk(served.root, work)


def test_reads_and_writes_together(served: Served) -> None:
    async def work(talk: Talk) -> None:
        user = next(served.e4)
        skus = talk.graph.subscribed_skus.to_get_request_information()
        one = talk.graph.users.by_user_id(user.id).to_get_request_information()
        answer = await sent(
            talk, Item(skus, id="skus"), Item(one, id="one"), moving(talk, user.id, change(remove=[E4], add=[E3]))
        )
        assert set(answer.get_response_status_codes().values()) == {200}
        assert bodies(talk)["one"]["userPrincipalName"] == user.upn
        assert len(bodies(talk)["skus"]["value"]) == 9

    with_sdk(served.root, work)


def test_more_than_twenty_become_several_batches(served: Served) -> None:
    async def work(talk: Talk) -> None:
        users = served.take(25)
        collection = BatchRequestContentCollection()
        for user in users:
            collection.add_batch_request_item(moving(talk, user.id, change(remove=[E4], add=[E3])))
        before = len(talk.answers)
        answer = await talk.graph.batch.post(collection)
        assert len(talk.answers) - before == 2
        codes = {k: v for each in answer.get_responses() for k, v in each.get_response_status_codes().items()}
        assert codes == {user.id: 200 for user in users}

    with_sdk(served.root, work)


def test_a_batch_without_a_good_token_is_refused_whole(served: Served) -> None:
    async def work(talk: Talk) -> None:
        with pytest.raises(Exception, match="401"):
            await sent(talk, moving(talk, NOBODY, change(remove=[E4])))

    with_sdk(served.root, work, token="expired")
