"""What the official SDK changes, one call a user."""

from __future__ import annotations

from uuid import UUID

import pytest
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.user import User

from tests.compat.client import E1, E3, E4, E5, NOBODY, Talk, change, held, seen, sku, with_sdk
from tests.compat.conftest import Served


def test_a_move_takes_one_call_and_shows_at_once(served: Served) -> None:
    async def work(talk: Talk) -> None:
        user = next(served.e4)
        before = [(await sku(talk, one)).consumed_units for one in (E4, E3)]
        moved = await talk.graph.users.by_user_id(user.id).assign_license.post(change(remove=[E4], add=[E3]))
        assert (moved.id, moved.user_principal_name) == (user.id, user.upn)
        after = [(await sku(talk, one)).consumed_units for one in (E4, E3)]
        assert after == [before[0] - 1, before[1] + 1]
        now = await seen(talk, user.id)
        assert held(now) == {E3}
        assert [state.sku_id for state in now.license_assignment_states] == [UUID(E3)]

    with_sdk(served.root, work)


def test_plans_can_be_switched_off(served: Served) -> None:
    async def work(talk: Talk) -> None:
        user = next(served.e4)
        plans = (await sku(talk, E3)).service_plans
        teams = next(str(plan.service_plan_id) for plan in plans if plan.service_plan_name.startswith("TEAMS"))
        body = change(remove=[E4], add=[E3], disabled=[teams])
        await talk.graph.users.by_user_id(user.id).assign_license.post(body)
        (licence,) = (await seen(talk, user.id)).assigned_licenses
        assert licence.disabled_plans == [UUID(teams)]
        (detail,) = (await talk.graph.users.by_user_id(user.id).license_details.get()).value
        states = {plan.service_plan_id: plan.provisioning_status for plan in detail.service_plans}
        assert states.pop(UUID(teams)) == "Disabled"
        assert "Disabled" not in states.values()

    with_sdk(served.root, work)


def test_what_the_service_refuses(served: Served) -> None:
    async def work(talk: Talk) -> None:
        async def refused(user: str, body: object) -> tuple[int, str, str]:
            with pytest.raises(ODataError) as refusal:
                await talk.graph.users.by_user_id(user).assign_license.post(body)
            error = refusal.value.error
            return refusal.value.response_status_code, error.code, error.message

        user = next(served.e4)
        not_held = "User does not have a corresponding license."
        assert await refused(user.id, change(remove=[E1])) == (400, "Request_BadRequest", not_held)
        status, code, message = await refused(NOBODY, change(remove=[E4]))
        assert (status, code) == (404, "Request_ResourceNotFound")
        assert NOBODY in message
        status, code, message = await refused(user.id, change(add=[NOBODY]))
        assert (status, code) == (400, "Request_BadRequest")
        assert NOBODY in message
        # All or nothing: what could have been removed was not.
        assert (await refused(user.id, change(remove=[E4], add=[NOBODY])))[0] == 400
        assert held(await seen(talk, user.id)) == {E4}

    with_sdk(served.root, work)


def test_no_more_seats_than_there_are(served: Served) -> None:
    async def work(talk: Talk) -> None:
        e5 = await sku(talk, E5)
        free = e5.prepaid_units.enabled - e5.consumed_units
        assert free == 12
        users = served.take(free + 1)
        for user in users[:free]:
            await talk.graph.users.by_user_id(user.id).assign_license.post(change(remove=[E4], add=[E5]))
        with pytest.raises(ODataError, match=f"Subscription with SKU {E5} does not have any available licenses"):
            await talk.graph.users.by_user_id(users[free].id).assign_license.post(change(remove=[E4], add=[E5]))
        assert held(await seen(talk, users[free].id)) == {E4}
        assert (await sku(talk, E5)).consumed_units == e5.prepaid_units.enabled

    with_sdk(served.root, work)


def test_a_usage_location(served: Served) -> None:
    async def work(talk: Talk) -> None:
        user = next(served.e3)
        one = talk.graph.users.by_user_id(user.id)
        assert await one.patch(User(usage_location="FR")) is None
        assert (await seen(talk, user.id)).usage_location == "FR"
        with pytest.raises(ODataError) as refusal:
            await one.patch(User(usage_location="Frankrijk"))
        assert (refusal.value.response_status_code, refusal.value.error.code) == (400, "Request_BadRequest")
        assert (await seen(talk, user.id)).usage_location == "FR"

    with_sdk(served.root, work)


def test_who_may_only_read_cannot_write(served: Served) -> None:
    async def work(talk: Talk) -> None:
        user = next(served.e4)
        with pytest.raises(ODataError) as refusal:
            await talk.graph.users.by_user_id(user.id).assign_license.post(change(remove=[E4]))
        assert refusal.value.response_status_code == 403
        assert refusal.value.error.code == "Authorization_RequestDenied"

    with_sdk(served.root, work, token="readonly")
