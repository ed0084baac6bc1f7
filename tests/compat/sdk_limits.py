"""The official SDK against a tenant that takes so many writes and no more."""

from __future__ import annotations

import asyncio

from tests.compat.client import E3, E4, Talk, change, held, seen, with_sdk
from tests.compat.conftest import Servers
from tests.compat.sdk_batches import moving, sent


def test_its_retries_get_through(servers: Servers) -> None:
    async def work(talk: Talk) -> None:
        users = served.take(14)
        body = change(remove=[E4], add=[E3])
        await asyncio.gather(*(talk.graph.users.by_user_id(user.id).assign_license.post(body) for user in users))
        assert talk.retries > 0
        for user in users:
            assert held(await seen(talk, user.id)) == {E3}

    with servers.serve("--quota", "10/2s") as served:
        with_sdk(served.root, work)


def test_items_of_a_batch_are_throttled_one_by_one(servers: Servers) -> None:
    async def work(talk: Talk) -> None:
        users = served.take(20)
        body = change(remove=[E4], add=[E3])
        answer = await sent(talk, *(moving(talk, user.id, body) for user in users))
        codes = answer.get_response_status_codes()
        refused = [user for user in users if codes[user.id] == 429]
        assert sorted(codes.values()) == [200] * 15 + [429] * 5
        # The SDK leaves these to its caller.
        assert talk.retries == 0
        for user in refused:
            headers = {name.lower(): value for name, value in answer.get_response_by_id(user.id).headers.items()}
            assert 0 < float(headers["retry-after"]) <= 600
            assert headers["x-ms-throttle-scope"].startswith("Tenant_Application/Write")
            assert held(await seen(talk, user.id)) == {E4}

    with servers.serve("--quota", "15/600s") as served:
        with_sdk(served.root, work)
