"""People between groups over HTTP: whatever goes wrong on the way, nobody is without both licences."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from batch.core.changes import ChangeKind
from batch.core.pace import Policy
from batch.core.plan import Changes
from batch.core.terms import Add, Call, Holding, Sight, Way, group_key
from batch.engine.apply import apply
from batch.tenants.faults import Faults
from batch.tenants.graph import memberships
from batch.tenants.graph.batches import Item
from batch.tenants.graph.tenant import GraphTenant
from batch.tenants.practice import PracticeTenant
from tests.engine.memory_journal import Crash, MemoryJournal, Notes
from tests.tenants.graph.hostile import Hostile, Request, http
from tests.tenants.graph.quick_time import RELAXED, run_quickly
from tests.tenants.graph.test_over_http import AnyToken, served
from tests.tenants.graph.test_tenant import visit
from tests.tenants.port_suite import into_target
from tests.tenants.small_tenant import E3, E4, GROUP, SKUS, TARGET, inherited, people, upn, user

OLD, NEW = Holding.of([inherited(E4)]), Holding.of([inherited(E3, TARGET)])
MOVE = ChangeKind(OLD, (E4,), (Add(E3),), way=Way.MEMBERSHIP, join=TARGET, leave=(GROUP,))
Work = Callable[[GraphTenant, PracticeTenant, str], Awaitable[None]]


def over_http(path: Path, work: Work, faults: Faults, movers: int = 1) -> None:
    """Users 0 … in the old group and one in the new one."""

    async def main() -> None:
        crowd = people(*[OLD] * movers, NEW)
        practice = PracticeTenant.create(path / "tenant.db", SKUS, crowd, faults=faults)
        async with served(practice, faults) as root:
            tenant = GraphTenant(root, AnyToken(), settle=max(faults.lag, 1.0), exchange=RELAXED)
            await work(tenant, practice, root)
            await tenant.close()
        assert practice.counters()["gaps"] == 0
        await practice.close()

    run_quickly(main())


def held(practice: PracticeTenant, n: int = 0) -> Holding:
    """The truth, whatever a read shows."""
    return practice._holdings.of(
        practice._db.execute("SELECT holding FROM users WHERE id = ?", (user(n),)).fetchone()[0]
    )


KINDS = ("throttled", "error-409", "error-503", "error-500-after", "lost-before", "lost-after", "missing-after")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", [1, 2])
def test_whatever_goes_wrong_the_old_licence_stays_until_the_new_one_is_there(
    tmp_path: Path, kind: str, step: int
) -> None:
    async def work(tenant: GraphTenant, practice: PracticeTenant, _: str) -> None:
        (answer,) = await tenant.assign([into_target(0)])
        assert answer.status != 200
        assert held(practice).sku_ids & {E3, E4}
        if step == 1 and not kind.endswith("after"):
            assert held(practice) == OLD
        (answer,) = await tenant.assign([into_target(0)])
        assert (answer.status, held(practice)) == (200, NEW)

    over_http(tmp_path, work, Faults(at={(user(0), step): kind}))


@pytest.mark.parametrize("seed", range(4))
def test_a_run_that_dies_between_the_two_is_carried_on_to_its_end(tmp_path: Path, seed: int) -> None:
    changes = Changes(user_id=[user(n) for n in range(4)], upn=[upn(n) for n in range(4)], kind=[0] * 4, kinds=(MOVE,))
    policy = Policy(group_size=2, in_flight=2, settle=1.0, backoff=0.1, longest_wait=1.0, stop_at=1.0, tries=20)

    class Clock:
        def now(self) -> float:
            return 1e9 + asyncio.get_running_loop().time()

    def dies(call: Call) -> list[Item]:
        raise Crash

    async def work(first: GraphTenant, practice: PracticeTenant, root: str) -> None:
        journal = MemoryJournal()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(memberships, "_leaving", dies)
            with pytest.raises(Crash):
                await apply(changes, first, journal, Clock(), Notes(), policy)
        assert {held(practice, n).sku_ids for n in range(4)} <= {OLD.sku_ids, OLD.sku_ids | NEW.sku_ids}
        assert any(E3 in held(practice, n).sku_ids for n in range(4))
        second = GraphTenant(root, AnyToken(), settle=1.0, exchange=RELAXED)
        ledger = await apply(changes, second, journal, Clock(), Notes(), policy)
        await second.close()
        assert not ledger.open
        assert [held(practice, n) for n in range(4)] == [NEW] * 4

    over_http(
        tmp_path,
        work,
        Faults(lag=0.5, throttle=0.1, error_500=0.1, lost_before=0.1, lost_after=0.1, seed=seed),
        movers=4,
    )


def test_a_licence_is_waited_for_as_long_as_reads_may_lag(tmp_path: Path) -> None:
    async def work(tenant: GraphTenant, practice: PracticeTenant, _: str) -> None:
        for _ in range(3):
            (answer,) = await tenant.assign([into_target(0)])
            assert answer.status in (200, 0)
            if answer.status == 200:
                break
        assert held(practice) == NEW

    over_http(tmp_path, work, Faults(lag=3.0, seed=2))


class Groups:
    """A service that accepts everything about groups, and says how far it is by what it was told."""

    def __init__(self, states: list[str], errors: list[dict[str, Any]] = []) -> None:  # noqa: B006
        self.states = states
        self.errors = errors
        self.licences = [{"skuId": E4, "disabledPlans": []}]
        self.sent: list[tuple[str, str]] = []

    def __call__(self, request: Request) -> bytes:
        return http({"responses": [self.one(item) for item in request.items]})

    def one(self, item: dict[str, Any]) -> dict[str, Any]:
        self.sent.append((item["method"], item["url"].partition("?")[0]))
        if item["method"] == "POST":
            self.licences = item["body"]["addLicenses"]
            return {"id": item["id"], "status": 202, "body": {}}
        if "membersWithLicenseErrors" in item["url"]:
            return {"id": item["id"], "status": 200, "body": {"value": self.errors}}
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        body = {"id": GROUP, "assignedLicenses": self.licences, "licenseProcessingState": {"state": state}}
        return {"id": item["id"], "status": 200, "body": body}


CHANGE = Call(group_key(GROUP), (E4,), (Add(E3),), way=Way.GROUP)
DONE, BUSY = "ProcessingComplete", "ProcessingInProgress"
FAILED = {
    "userPrincipalName": upn(1),
    "licenseAssignmentStates": [{"skuId": E3, "assignedByGroup": GROUP, "state": "Error", "error": "CountViolation"}],
}


class TestAGroupItself:
    def change(self, service: Groups, settle: float = 300.0) -> tuple[int, str]:
        async def work(tenant: GraphTenant, _: Hostile) -> tuple[int, str]:
            tenant.read_lag = settle
            (answer,) = await tenant.assign([CHANGE])
            return answer.status, answer.message

        status, message = visit(service, work)
        return status, message

    def test_it_is_asked_until_its_members_are_done(self) -> None:
        service = Groups([DONE, BUSY, BUSY, DONE])
        assert self.change(service) == (200, "")
        assert [method for method, _ in service.sent] == ["GET", "POST", "GET", "GET", "GET", "GET"]
        # Sent again, nothing is left to change.
        assert self.change(service) == (200, "")
        assert [method for method, _ in service.sent].count("POST") == 1

    def test_one_that_takes_too_long_is_in_doubt(self) -> None:
        assert self.change(Groups([DONE, BUSY]), settle=5.0)[0] == 0

    def test_members_in_error_are_named(self) -> None:
        status, message = self.change(Groups([DONE], [FAILED]))
        assert (status, upn(1) in message) == (200, True)

    @pytest.mark.parametrize(
        ("state", "errors", "sight"),
        [
            (DONE, [], Sight(group_key(GROUP), 200, Holding.of([inherited(E4)]))),
            (BUSY, [], Sight(group_key(GROUP), 202, Holding.of([inherited(E4)]))),
            (DONE, [FAILED], Sight(group_key(GROUP), 200, Holding.of([inherited(E4)]))),
            (DONE, [{}], Sight(group_key(GROUP), 200, Holding.of([replace(inherited(E4), state="Error")]))),
        ],
    )
    def test_a_look_shows_what_it_gives_and_how_far_it_is(
        self, state: str, errors: list[dict[str, Any]], sight: Sight
    ) -> None:
        async def work(tenant: GraphTenant, _: Hostile) -> None:
            assert await tenant.look([group_key(GROUP)]) == [sight]

        visit(Groups([state], errors), work)

    @pytest.mark.parametrize(
        "body", [{}, {"id": GROUP, "assignedLicenses": 7}, {"id": user(1), "assignedLicenses": []}]
    )
    def test_what_cannot_be_believed_is_no_answer(self, body: dict[str, Any]) -> None:
        def behave(request: Request) -> bytes:
            return http({"responses": [{"id": item["id"], "status": 200, "body": body} for item in request.items]})

        async def work(tenant: GraphTenant, _: Hostile) -> None:
            assert (await tenant.look([group_key(GROUP)]))[0].status == 0
            assert (await tenant.assign([CHANGE]))[0].status == -1

        visit(behave, work)
