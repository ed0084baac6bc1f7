"""The promises of the ``Tenant`` port: an adapter's tests subclass ``TenantPromises`` and say how to make one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

import pytest

from batch.core.terms import Add, Call, Holding, People, Sight, Sku, Way, group_key
from batch.engine.ports import Tenant
from batch.tenants.faults import Faults
from tests.tenants.small_tenant import (
    E1,
    E3,
    E4,
    GROUP,
    PROJECT,
    ROOM,
    SKUS,
    SWAY,
    TARGET,
    VISIO,
    direct,
    guid,
    inherited,
    people,
    swap,
    upn,
    user,
)
from tests.tenants.virtual_time import run_virtually

#: Makes a tenant with these SKUs and people behind these faults, and closes it.
Make = Callable[[Iterable[Sku], People, Faults], AbstractAsyncContextManager[Tenant]]


async def holdings(tenant: Tenant) -> dict[str, Holding]:
    everybody = await tenant.people(None)
    return {uid: everybody.holdings[n] for uid, n in zip(everybody.ids, everybody.holding, strict=True)}


async def consumed(tenant: Tenant) -> dict[str, int]:
    return {sku.sku_id: sku.consumed for sku in await tenant.skus()}


#: User 0 in the group that gives E4, user 1 in the one that gives E3.
_IN_GROUPS = (Holding.of([inherited(E4)]), Holding.of([inherited(E3, TARGET)]))


def into_target(n: int, sku_id: str = E3) -> Call:
    return Call(user(n), (), (Add(sku_id),), way=Way.MEMBERSHIP, join=TARGET, leave=(GROUP,))


class TenantPromises:
    #: How adapters run a coroutine; virtual time unless they need real sockets.
    run: staticmethod[[Any], Any] = staticmethod(run_virtually)

    @pytest.fixture
    def make(self) -> Make:
        raise NotImplementedError("the adapter's test class makes its tenant here")

    def during(
        self, make: Make, crowd: People, work: Callable[[Tenant], Awaitable[None]], faults: Faults | None = None
    ) -> None:
        async def main() -> None:
            async with make(SKUS, crowd, faults or Faults()) as tenant:
                await work(tenant)

        self.run(main())

    # Reading

    def test_it_says_whose_it_is(self, make: Make) -> None:
        async def work(tenant: Tenant) -> None:
            whose = await tenant.organisation()
            assert whose.tenant_id
            assert whose == await tenant.organisation()

        self.during(make, people(direct(E4)), work)

    def test_skus_come_whole_ordered_and_with_their_seats(self, make: Make) -> None:
        async def work(tenant: Tenant) -> None:
            skus = await tenant.skus()
            assert [sku.sku_id for sku in skus] == sorted(sku.sku_id for sku in SKUS)
            found = {sku.sku_id: sku for sku in skus}[E4]
            assert (found.enabled, found.consumed, found.free) == (10, 2, 8)
            assert found.plan_ids == {sku.sku_id: sku for sku in SKUS}[E4].plan_ids
            assert found.part_number == "ENTERPRISEWITHSCAL"
            assert {sku.sku_id: sku.applies_to for sku in skus}[ROOM] == "Company"

        self.during(make, people(direct(E4), direct(E4)), work)

    def test_people_are_all_there_with_what_they_hold(self, make: Make) -> None:
        crowd = people(direct(E4, off=(SKUS[2].plans[0].plan_id,)), Holding(), Holding.of([inherited(E3)]))

        async def work(tenant: Tenant) -> None:
            found = await tenant.people(None)
            assert sorted(zip(found.ids, found.upns, found.names, found.locations, strict=True)) == sorted(
                zip(crowd.ids, crowd.upns, crowd.names, crowd.locations, strict=True)
            )
            assert await holdings(tenant) == dict(
                zip(crowd.ids, (crowd.holdings[i] for i in crowd.holding), strict=True)
            )

        self.during(make, crowd, work)

    @pytest.mark.parametrize("wanted", [[0], [0, 1, 2, 3, 4, 5, 6], []])
    def test_people_asked_for_by_name_and_unknown_ones_are_absent(self, make: Make, wanted: list[int]) -> None:
        async def work(tenant: Tenant) -> None:
            for likely in ((), (E4,), (E3, E1), (E4, E3, "00000000-0000-4000-8000-000000000000")):
                found = await tenant.people([*(upn(n) for n in wanted), "nobody@contoso.com"], likely)
                assert sorted(found.upns) == [upn(n) for n in wanted]
                assert all(found.holdings[i] == direct(E4) for i in found.holding)

        self.during(make, people(*[direct(E4)] * 12), work)

    def test_a_look_answers_in_the_order_asked_and_404_for_nobody(self, make: Make) -> None:
        async def work(tenant: Tenant) -> None:
            sights = await tenant.look([user(1), "nobody", user(0)])
            assert [(s.user_id, s.status) for s in sights] == [(user(1), 200), ("nobody", 404), (user(0), 200)]
            assert [s.holding for s in sights] == [direct(E3), None, direct(E4)]
            assert sights[0].location == "FR"

        self.during(make, people(direct(E4), direct(E3)), work)

    # Writing

    def test_answers_stand_in_the_order_of_the_calls(self, make: Make) -> None:
        async def work(tenant: Tenant) -> None:
            calls = [swap(0), Call("nobody", (E4,), ()), swap(1, old=E1), swap(2)]
            assert [a.status for a in await tenant.assign(calls)] == [200, 404, 400, 200]
            held = await holdings(tenant)
            assert held == {user(0): direct(E3), user(1): direct(E4), user(2): direct(E3)}
            seats = await consumed(tenant)
            assert (seats[E4], seats[E3]) == (1, 2)

        self.during(make, people(*[direct(E4)] * 3), work)

    def test_a_call_takes_effect_whole_or_not_at_all(self, make: Make) -> None:
        async def work(tenant: Tenant) -> None:
            answers = await tenant.assign([Call(user(0), (E4,), (Add(E3), Add(VISIO)))])
            assert answers[0].status == 400
            assert "does not have any available licenses" in answers[0].message
            assert (await holdings(tenant))[user(0)] == direct(E4)
            assert (await consumed(tenant))[E4] == 1

        self.during(make, people(direct(E4), direct(VISIO)), work)

    def test_who_has_no_place_is_given_one_with_the_licence(self, make: Make) -> None:
        async def work(tenant: Tenant) -> None:
            calls = [swap(0)._replace(location="NL"), swap(1), Call("nobody", (E4,), (), "NL")]
            answers = await tenant.assign(calls)
            assert [a.status for a in answers] == [200, 400, 404]
            assert "invalid usage location" in answers[1].message
            there, elsewhere = await tenant.look([user(0), user(1)])
            assert (there.location, there.holding) == ("NL", direct(E3))
            assert (elsewhere.location, elsewhere.holding) == ("", direct(E4))

        self.during(make, people(direct(E4), direct(E4), location=""), work)

    def test_twenty_go_together(self, make: Make) -> None:
        async def work(tenant: Tenant) -> None:
            answers = await tenant.assign([swap(n, new=E1) for n in range(20)])
            # Ten seats for twenty people.
            assert sorted(a.status for a in answers) == [200] * 10 + [400] * 10
            assert (await consumed(tenant))[E1] == 10

        self.during(make, people(*[direct(E4)] * 20), work)

    def test_more_than_twenty_or_one_user_twice_is_the_callers_mistake(self, make: Make) -> None:
        async def work(tenant: Tenant) -> None:
            with pytest.raises(ValueError, match="20"):
                await tenant.assign([swap(n) for n in range(21)])
            with pytest.raises(ValueError, match="20"):
                await tenant.look([user(n) for n in range(21)])
            with pytest.raises(ValueError, match="twice"):
                await tenant.assign([swap(0), swap(0)])
            with pytest.raises(ValueError, match="twice"):
                await tenant.look([user(0), user(0)])

        self.during(make, people(direct(E4)), work)

    def test_groups_may_be_under_way_together(self, make: Make) -> None:
        async def work(tenant: Tenant) -> None:
            groups = [[swap(n), swap(n + 1)] for n in range(0, 10, 2)]
            for answers in await asyncio.gather(*(tenant.assign(group) for group in groups)):
                assert [a.status for a in answers] == [200, 200]

        self.during(make, people(*[direct(E4)] * 10), work, Faults(latency=0.01))

    # Licences through groups

    def test_the_members_of_a_group_are_those_whom_it_gives_licences(self, make: Make) -> None:
        async def work(tenant: Tenant) -> None:
            assert [(g.group_id, g.licences) for g in await tenant.licensing_groups()] == [
                (GROUP, (Add(E4),)),
                (TARGET, (Add(E3),)),
            ]
            found = await tenant.members(GROUP)
            assert sorted(found.upns) == [upn(0), upn(2)]
            assert {found.holdings[n] for n in found.holding} == {Holding.of([inherited(E4)])}

        self.during(make, people(*_IN_GROUPS, Holding.of([inherited(E4)])), work)

    def test_a_person_moves_between_groups_and_sending_it_again_is_right(self, make: Make) -> None:
        async def work(tenant: Tenant) -> None:
            for _ in range(2):
                assert [a.status for a in await tenant.assign([into_target(0), swap(2)])] in ([200, 200], [200, 400])
            held = await holdings(tenant)
            assert (held[user(0)], held[user(2)]) == (Holding.of([inherited(E3, TARGET)]), direct(E3))
            assert ((await consumed(tenant))[E4], (await consumed(tenant))[E3]) == (0, 3)

        self.during(make, people(*_IN_GROUPS, direct(E4)), work)

    def test_a_direct_licence_goes_once_the_group_gives_the_new_one(self, make: Make) -> None:
        both = Holding.of([inherited(E4), *direct(E4, PROJECT).assignments])

        async def work(tenant: Tenant) -> None:
            call = into_target(2)._replace(remove=(E4,))
            assert (await tenant.assign([call]))[0].status == 200
            gained = Holding.of([inherited(E3, TARGET), *direct(PROJECT).assignments])
            assert (await holdings(tenant))[user(2)] == gained

        self.during(make, people(*_IN_GROUPS, both), work)

    def test_who_finds_no_seat_in_the_new_group_stays_in_the_old_one(self, make: Make) -> None:
        full = Holding.of([inherited(VISIO, TARGET)])

        async def work(tenant: Tenant) -> None:
            (answer,) = await tenant.assign([into_target(0, VISIO)])
            assert answer.status == 400
            held = (await holdings(tenant))[user(0)]
            assert (held.sku_ids, held.groups(VISIO)) == ({E4}, (TARGET,))
            assert (await consumed(tenant))[VISIO] == 1

        self.during(make, people(Holding.of([inherited(E4)]), full), work)

    def test_the_licences_of_a_group_change_for_all_its_members(self, make: Make) -> None:
        crowd = people(*_IN_GROUPS, Holding.of([inherited(E4), *direct(E4, VISIO).assignments]))

        async def work(tenant: Tenant) -> None:
            key = group_key(GROUP)
            call = Call(key, (E4,), (Add(E3, (SWAY,)),), way=Way.GROUP)
            assert (await tenant.look([key, user(1)]))[0] == Sight(key, 200, Holding.of([inherited(E4)]))
            assert [a.status for a in await tenant.assign([call, swap(2, VISIO, PROJECT)])] == [200, 200]
            given = replace(inherited(E3), disabled=(SWAY,))
            held = await holdings(tenant)
            assert held[user(0)] == Holding.of([given])
            assert held[user(2)] == Holding.of([given, *direct(E4, PROJECT).assignments])
            assert (await tenant.look([key]))[0] == Sight(key, 200, Holding.of([given]))
            assert ((await consumed(tenant))[E4], (await consumed(tenant))[E3]) == (1, 3)
            assert {g.group_id: g.licences for g in await tenant.licensing_groups()}[GROUP] == (Add(E3, (SWAY,)),)

        self.during(make, crowd, work)

    def test_members_whom_a_group_cannot_give_its_licence_show(self, make: Make) -> None:
        async def work(tenant: Tenant) -> None:
            key = group_key(GROUP)
            assert (await tenant.assign([Call(key, (E4,), (Add(VISIO),), way=Way.GROUP)]))[0].status == 200
            failed = replace(inherited(VISIO), state="Error")
            assert (await tenant.look([key]))[0].holding == Holding.of([failed])
            states = [h.assignments[0].state for h in (await holdings(tenant)).values()]
            assert sorted(states) == ["Active", "Error"]

        self.during(make, people(*[Holding.of([inherited(E4)])] * 2), work)

    def test_a_group_that_there_is_not_is_said_in_the_answer(self, make: Make) -> None:
        async def work(tenant: Tenant) -> None:
            nobody = group_key(guid(404))
            calls = [into_target(0)._replace(join=guid(404)), Call(nobody, (E4,), (Add(E3),), way=Way.GROUP)]
            assert [a.status for a in await tenant.assign(calls)] == [404, 404]
            assert [s.status for s in await tenant.look([nobody])] == [404]
            assert (await holdings(tenant))[user(0)] == _IN_GROUPS[0]

        self.during(make, people(*_IN_GROUPS), work)

    # Trouble on the way

    @pytest.mark.parametrize(
        ("kind", "status", "done"),
        [
            ("throttled", 429, False),
            ("forbidden", 403, False),
            ("error-409", 409, False),
            ("error-503", 503, False),
            ("error-500-after", 500, True),
            ("error-504-after", 504, True),
            ("lost-before", 0, False),
            ("lost-after", 0, True),
            ("missing", 0, False),
            ("missing-after", 0, True),
        ],
    )
    def test_trouble_with_one_call_is_said_in_its_answer(
        self, make: Make, kind: str, status: int, *, done: bool
    ) -> None:
        async def work(tenant: Tenant) -> None:
            answers = await tenant.assign([swap(0), swap(1)])
            assert [a.status for a in answers] == [status, 200]
            assert (await holdings(tenant))[user(0)] == direct(E3 if done else E4)
            again = (await tenant.assign([swap(0)]))[0]
            assert again.status == (400 if done else 200)

        self.during(make, people(direct(E4), direct(E4)), work, Faults(at={(user(0), 1): kind}))

    def test_a_throttled_call_says_how_long_to_wait_or_that_it_does_not_know(self, make: Make) -> None:
        async def work(tenant: Tenant) -> None:
            waits = {a.retry_after for _ in range(5) for a in await tenant.assign([swap(n) for n in range(20)])}
            assert waits <= {2.0, 2.128, -1.0}
            assert -1.0 in waits
            assert waits & {2.0, 2.128}

        self.during(make, people(*[direct(E4)] * 20), work, Faults(throttle=1.0, retry_after=2.0))

    @pytest.mark.parametrize(("faults", "status"), [(Faults(read_throttle=1), 429), (Faults(read_lost=1), 0)])
    def test_trouble_with_a_look_is_said_in_the_sight(self, make: Make, faults: Faults, status: int) -> None:
        async def work(tenant: Tenant) -> None:
            assert [(s.status, s.holding) for s in await tenant.look([user(0)])] == [(status, None)]

        self.during(make, people(direct(E4)), work, faults)

    def test_a_read_shows_the_truth_once_its_lag_is_over(self, make: Make) -> None:
        async def work(tenant: Tenant) -> None:
            assert tenant.read_lag >= 3.0
            assert (await tenant.assign([swap(0)]))[0].status == 200
            early = (await tenant.look([user(0)]))[0].holding
            assert early in (direct(E4), direct(E3))
            await asyncio.sleep(tenant.read_lag + 0.001)
            assert (await tenant.look([user(0)]))[0].holding == direct(E3)
            assert (await holdings(tenant))[user(0)] == direct(E3)
            assert (await consumed(tenant))[E3] == 1

        self.during(make, people(direct(E4)), work, Faults(lag=3.0))

    def test_nothing_is_raised_and_nobody_is_half_moved_in_bad_weather(self, make: Make) -> None:
        weather = Faults.parse("seed=3,throttle=.1,missing=.1,error-503=.1,error-500=.1,lost-before=.1,lost-after=.1")

        async def work(tenant: Tenant) -> None:
            for _ in range(6):
                await tenant.assign([swap(n) for n in range(10)])
            held = await holdings(tenant)
            assert set(held.values()) <= {direct(E4), direct(E3)}
            seats = await consumed(tenant)
            assert seats[E4] == list(held.values()).count(direct(E4))
            assert seats[E3] == list(held.values()).count(direct(E3))

        self.during(make, people(*[direct(E4)] * 10), work, weather)
