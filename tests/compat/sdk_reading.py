"""What the official SDK reads: SKUs, subscriptions, the organisation, users one by one and by the page."""

from __future__ import annotations

from uuid import UUID

import pytest
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.user import User
from msgraph.generated.users.count.count_request_builder import CountRequestBuilder
from msgraph_core.tasks.page_iterator import PageIterator

from tests.compat.client import E3, E4, NOBODY, Talk, held, seen, sku, users_query, with_sdk
from tests.compat.conftest import Served

ZOE = "zoe.devries@waterlandcollege.example"
GUEST = "m.okafor_partner.example#EXT#@waterlandcollege.example"


def test_skus_with_their_seats_and_plans(served: Served) -> None:
    async def work(talk: Talk) -> None:
        found = (await talk.graph.subscribed_skus.get()).value
        assert len(found) == 9
        e4 = await sku(talk, E4)
        assert (e4.sku_part_number, e4.capability_status, e4.applies_to) == ("ENTERPRISEWITHSCAL", "Enabled", "User")
        assert (e4.consumed_units, e4.prepaid_units.enabled, e4.prepaid_units.suspended) == (152, 157, 0)
        assert "EXCHANGE_S_ENTERPRISE" in {plan.service_plan_name for plan in e4.service_plans}
        again = await talk.graph.subscribed_skus.by_subscribed_sku_id(e4.id).get()
        assert again.sku_id == e4.sku_id

    with_sdk(served.root, work)


def test_subscriptions_belong_to_the_skus(served: Served) -> None:
    async def work(talk: Talk) -> None:
        skus = (await talk.graph.subscribed_skus.get()).value
        bought = (await talk.graph.directory.subscriptions.get()).value
        assert {one.id: one.sku_id for one in bought} == {
            str(name): str(sku.sku_id) for sku in skus for name in sku.subscription_ids
        }
        assert {one.sku_part_number: one.total_licenses for one in bought}["ENTERPRISEPACK"] == 200

    with_sdk(served.root, work)


def test_the_organisation(served: Served) -> None:
    async def work(talk: Talk) -> None:
        (one,) = (await talk.graph.organization.get()).value
        assert UUID(one.id)
        assert [(d.name, d.is_default) for d in one.verified_domains] == [("waterlandcollege.example", True)]

    with_sdk(served.root, work)


def test_users_by_the_page(served: Served) -> None:
    async def work(talk: Talk) -> None:
        names = ["id", "userPrincipalName", "usageLocation", "assignedLicenses"]
        page = await talk.graph.users.get(request_configuration=users_query(top=50, select=names))
        assert len(page.value) == 50
        assert page.odata_next_link.startswith(f"{served.root}/users?")
        users: list[User] = []
        await PageIterator(page, talk.graph.request_adapter).iterate(lambda user: users.append(user) or True)
        assert len({user.id for user in users}) == len(users) == 240
        assert sum(E4 in held(user) for user in users) == 152
        # What was not selected did not come.
        assert {user.display_name for user in users} == {None}
        assert {user.usage_location for user in users} == {"NL", "BE", "DE", None}
        assert len(talk.answers) == 5

    with_sdk(served.root, work)


def test_users_by_what_they_hold(served: Served) -> None:
    async def work(talk: Talk) -> None:
        asked = users_query(
            top=999, select=["id", "assignedLicenses"], filter=f"assignedLicenses/any(x:x/skuId eq {E4})"
        )
        found = (await talk.graph.users.get(request_configuration=asked)).value
        assert len(found) == 152
        assert all(E4 in held(user) for user in found)

    with_sdk(served.root, work)


def test_counting_is_an_advanced_query(served: Served) -> None:
    async def work(talk: Talk) -> None:
        asked = users_query(eventual=True, count=True, top=3, filter="assignedLicenses/$count eq 0")
        found = await talk.graph.users.get(request_configuration=asked)
        assert (len(found.value), found.odata_count) == (3, 7)
        with pytest.raises(ODataError) as refusal:
            await talk.graph.users.get(request_configuration=users_query(filter="assignedLicenses/$count eq 0"))
        assert refusal.value.response_status_code == 400
        assert refusal.value.error.code == "Request_UnsupportedQuery"
        everybody = RequestConfiguration(query_parameters=CountRequestBuilder.CountRequestBuilderGetQueryParameters())
        everybody.headers.add("ConsistencyLevel", "eventual")
        assert await talk.graph.users.count.get(request_configuration=everybody) == 240

    with_sdk(served.root, work)


def test_one_user_by_either_name(served: Served) -> None:
    async def work(talk: Talk) -> None:
        zoe = await seen(talk, ZOE)
        assert (zoe.display_name, zoe.usage_location, held(zoe)) == ("Zoë de Vries", "NL", {E4})
        (state,) = zoe.license_assignment_states
        assert (state.sku_id, state.state, state.assigned_by_group) == (UUID(E4), "Active", None)
        assert (await seen(talk, zoe.id)).user_principal_name == ZOE
        guest = await seen(talk, GUEST)
        assert (guest.display_name, guest.assigned_licenses) == ("Maya Okafor", [])
        with pytest.raises(ODataError) as refusal:
            await seen(talk, NOBODY)
        assert (refusal.value.response_status_code, refusal.value.error.code) == (404, "Request_ResourceNotFound")
        assert NOBODY in refusal.value.error.message
        assert refusal.value.error.inner_error.request_id

    with_sdk(served.root, work)


def test_the_details_of_a_licence(served: Served) -> None:
    async def work(talk: Talk) -> None:
        user = next(served.e3)
        (detail,) = (await talk.graph.users.by_user_id(user.id).license_details.get()).value
        e3 = await sku(talk, E3)
        assert (detail.sku_id, detail.sku_part_number) == (UUID(E3), "ENTERPRISEPACK")
        assert {plan.service_plan_id for plan in detail.service_plans} == {p.service_plan_id for p in e3.service_plans}

    with_sdk(served.root, work)


def test_groups_that_carry_licences(served: Served) -> None:
    async def work(talk: Talk) -> None:
        assert (await talk.graph.groups.get()).value == []

    with_sdk(served.root, work)


def test_a_token_that_has_ended(served: Served) -> None:
    async def work(talk: Talk) -> None:
        with pytest.raises(ODataError) as refusal:
            await talk.graph.subscribed_skus.get()
        assert refusal.value.response_status_code == 401
        assert refusal.value.error.code == "InvalidAuthenticationToken"

    with_sdk(served.root, work, token="expired")
