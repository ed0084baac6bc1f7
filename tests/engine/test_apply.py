"""What a run does besides surviving: stops, carries on, leaves people alone, keeps its groups full."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from batch.core.changes import ChangeKind
from batch.core.entries import Entry, EntryKind, Seen
from batch.core.errors import JournalDamaged, ReassignError
from batch.core.outcomes import Outcome
from batch.core.pace import Policy
from batch.core.terms import Add, Answer, Call, Sight
from batch.engine.apply import apply, replay
from batch.tenants.faults import Faults
from batch.tenants.practice import PracticeTenant
from tests.engine.memory_journal import Crash, MemoryJournal, Notes
from tests.engine.runs import carry_out, check, entries_of
from tests.engine.small_plans import A, B, C, D, SmallPlan, beside, holds, plan_of, user
from tests.engine.virtual_time import Deadlock, VirtualClock, VirtualLoop
from tests.engine.wire import Wire, truth

TEN = plan_of([0] * 10, slack=10)
POLICY = Policy(group_size=2, in_flight=2, stop_at=1.0)


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., PracticeTenant]:
    def make(plan: SmallPlan = TEN, faults: Faults | None = None) -> PracticeTenant:
        return plan.create(tmp_path / "tenant.db", faults)

    return make


def kinds_of(journal: MemoryJournal) -> list[EntryKind]:
    return [e.kind for e in journal.durable]


def test_a_clean_run_is_as_short_as_it_can_be(made: Callable[..., PracticeTenant]) -> None:
    told = carry_out(TEN.changes, made(), Policy(group_size=5, in_flight=2))
    check(told, all_applied=True)
    assert told.calls == 1 + 2, "one count of seats and two groups"
    assert told.counters["calls"] == 10
    assert kinds_of(told.journal)[0] is EntryKind.OPENED
    assert kinds_of(told.journal)[-1] is EntryKind.FINISHED
    assert told.notes.seen == told.journal.durable


def test_carrying_on_with_a_finished_run_does_nothing(made: Callable[..., PracticeTenant]) -> None:
    tenant, journal = made(), MemoryJournal()
    carry_out(TEN.changes, tenant, POLICY, journal=journal)
    before = list(journal.durable)
    told = carry_out(TEN.changes, tenant, POLICY, journal=journal)
    assert (told.calls, told.journal.durable) == (0, before)


def test_an_empty_plan_is_done_at_once(made: Callable[..., PracticeTenant]) -> None:
    empty = plan_of([])
    told = carry_out(empty.changes, made(), POLICY)
    assert (told.calls, told.journal.durable) == (0, [])


def test_asked_to_stop_it_finishes_what_is_in_flight_and_sends_no_more(made: Callable[..., PracticeTenant]) -> None:
    tenant, journal = made(), MemoryJournal()
    notes = Notes(lambda n: any(e.kind is EntryKind.SENT for e in n.seen))
    with VirtualLoop() as loop:
        wire = Wire(tenant, journal, TEN.changes)
        ledger = loop.run(apply(TEN.changes, wire, journal, VirtualClock(loop), notes, POLICY))
        assert loop.time() < 1
    sent = {e.change for e in journal.durable if e.kind is EntryKind.SENT}
    assert len(sent) == 4, "two groups of two were in flight"
    assert {e.change for e in journal.durable if e.kind is EntryKind.ANSWERED} == sent
    assert journal.durable[-1][:1] + journal.durable[-1][5:6] == (EntryKind.STOPPED, "interrupted")
    assert ledger.outcomes() == dict.fromkeys(Outcome, 0) | {Outcome.APPLIED: 4, Outcome.NOT_SENT: 6}
    check(carry_out(TEN.changes, tenant, POLICY, journal=journal), all_applied=True)


def test_asked_to_stop_when_nothing_is_left_it_is_done(made: Callable[..., PracticeTenant]) -> None:
    journal = MemoryJournal()
    notes = Notes(lambda n: sum(e.kind is EntryKind.SENT for e in n.seen) == 10)
    with VirtualLoop() as loop:
        wire = Wire(made(), journal, TEN.changes)
        ledger = loop.run(apply(TEN.changes, wire, journal, VirtualClock(loop), notes, POLICY))
    assert (ledger.stop, ledger.open) == ("", False)
    assert journal.durable[-1].kind is EntryKind.FINISHED


def test_a_stop_during_a_long_wait_is_noticed_at_once(made: Callable[..., PracticeTenant]) -> None:
    tenant = made(faults=Faults(throttle=1.0, retry_after=300.0))
    journal, notes = MemoryJournal(), Notes()
    with VirtualLoop() as loop:
        notes.stop_when = lambda n: loop.time() > 10
        wire = Wire(tenant, journal, TEN.changes)
        ledger = loop.run(apply(TEN.changes, wire, journal, VirtualClock(loop), notes, POLICY))
        assert loop.time() < 11
    assert ledger.stop == "interrupted"
    assert ledger.outcomes()[Outcome.NOT_SENT] == 10


def test_while_stopping_one_look_at_each_doubt_is_worth_it(made: Callable[..., PracticeTenant]) -> None:
    tenant, journal = made(faults=Faults(lost_after=1.0)), MemoryJournal()
    notes = Notes(lambda n: any(e.kind is EntryKind.SENT for e in n.seen))
    with VirtualLoop() as loop:
        wire = Wire(tenant, journal, TEN.changes)
        ledger = loop.run(apply(TEN.changes, wire, journal, VirtualClock(loop), notes, POLICY))
    assert ledger.outcomes() == dict.fromkeys(Outcome, 0) | {Outcome.APPLIED: 4, Outcome.NOT_SENT: 6}
    assert ledger.stop == "interrupted"


def test_without_the_rights_it_stops_and_carries_on_once_they_are_given(
    made: Callable[..., PracticeTenant],
) -> None:
    tenant, journal = made(faults=Faults(forbidden_after=3)), MemoryJournal()
    told = carry_out(TEN.changes, tenant, POLICY, journal=journal, most_lives=2)
    assert told.ledger.stop == "rights"
    found = told.ledger.outcomes()
    assert (found[Outcome.APPLIED], found[Outcome.NOT_SENT]) == (3, 7)
    calm = beside(tenant)
    check(carry_out(TEN.changes, calm, POLICY, journal=journal), all_applied=True)


def test_groups_stay_full_while_throttled_changes_wait(made: Callable[..., PracticeTenant]) -> None:
    faults = Faults(at={(user(0), 1): "throttled", (user(3), 1): "throttled"}, retry_after=60.0, seed=5)
    told = carry_out(TEN.changes, made(faults=faults), Policy(group_size=4, in_flight=1, stop_at=1.0))
    check(told, all_applied=True)
    groups: dict[int, list[int]] = {}
    for entry in entries_of(told, EntryKind.SENT):
        groups.setdefault(entry.group, []).append(entry.change)
    assert list(groups.values())[:3] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert sum(len(g) for g in groups.values()) == 12, "only the throttled ones were sent again"


def test_who_waits_keeps_a_seat_from_those_further_down(made: Callable[..., PracticeTenant]) -> None:
    """The swap with the last seat was throttled; were it given to the next, neither swap could ever be made."""
    kinds = (
        ChangeKind(holds(A), (A,), (Add(B),)),
        ChangeKind(holds(B), (B,), (Add(A),)),
        ChangeKind(holds(C), (), (Add(B),)),
    )
    plan = plan_of([0, 1, 2], {A: 0, B: 1, C: 0, D: 0}, kinds)
    tenant = made(plan, Faults(at={(user(0), 1): "throttled"}, retry_after=30.0))
    told = carry_out(plan.changes, tenant, Policy(group_size=2, in_flight=2))
    check(told, all_applied=True)
    assert told.lives == 1


def test_who_finds_no_seat_is_not_overtaken_by_those_who_need_the_same(made: Callable[..., PracticeTenant]) -> None:
    """The second needs B and C, and C comes free with the first; the third must not take the last B meanwhile."""
    kinds = (
        ChangeKind(holds(C), (C,), (Add(D),)),
        ChangeKind(holds(A), (A,), (Add(B), Add(C))),
        ChangeKind(holds(B, D), (B,), (Add(A),)),
        ChangeKind(holds(D), (), (Add(B),)),
    )
    plan = plan_of([0, 1, 2, 3], {A: 0, B: 1, C: 0, D: 1}, kinds)
    assert plan.changes.kind == [0, 1, 2, 3]
    told = carry_out(plan.changes, made(plan), Policy(group_size=4, in_flight=2))
    check(told, all_applied=True)


def test_somebody_whom_another_changed_is_left_alone(made: Callable[..., PracticeTenant]) -> None:
    tenant = made(faults=Faults(lost_before=1.0))
    sight = tenant.look

    async def look(user_ids: Sequence[str]) -> list[Sight]:
        for uid in user_ids:
            if uid == user(1):
                tenant.touch(uid, holds(C))
        return await sight(user_ids)

    tenant.look = look  # type: ignore[method-assign]
    told = carry_out(TEN.changes, tenant, Policy(group_size=2, in_flight=1, tries=1, stop_at=1.0), most_lives=3)
    assert told.ledger.why[1] == ("changed_meanwhile", "")
    assert told.ledger.outcomes()[Outcome.HELD] == 1
    assert truth(tenant, TEN.changes)[1] is Seen.OTHER
    assert told.counters["writes"] == 0


def test_somebody_who_was_deleted_is_told_and_gives_the_seat_back(made: Callable[..., PracticeTenant]) -> None:
    plan = plan_of([0, 0], {A: 0, B: 2, C: 0, D: 0})
    tenant = made(plan, Faults(at={(user(0), 1): "lost-before"}))
    sight = tenant.look

    async def look(user_ids: Sequence[str]) -> list[Sight]:
        tenant.delete_user(user(0))
        return await sight(user_ids)

    tenant.look = look  # type: ignore[method-assign]
    told = carry_out(plan.changes, tenant, Policy(group_size=1, in_flight=1, stop_at=1.0))
    assert told.ledger.why == {0: ("no_such_user", "")}
    assert told.ledger.outcomes() == dict.fromkeys(Outcome, 0) | {Outcome.REFUSED: 1, Outcome.APPLIED: 1}
    assert told.ledger.promised == {B: 0}


def test_already_moved_by_an_earlier_call_is_found_out_by_reading(made: Callable[..., PracticeTenant]) -> None:
    """ "User does not have a corresponding license" may be the echo of our own lost call."""
    tenant = made()
    tenant.touch(user(0), holds(B))
    told = carry_out(TEN.changes, tenant, POLICY)
    assert told.ledger.outcomes()[Outcome.APPLIED] == 10


@pytest.mark.parametrize("full_at", range(1, 8))
def test_a_full_disk_stops_before_anything_is_sent_and_can_be_carried_on(
    made: Callable[..., PracticeTenant], full_at: int
) -> None:
    class Full(MemoryJournal):
        full = True

        def append(self, entries: Sequence[Entry]) -> None:
            if self.full and self.appends + 1 == full_at:
                raise ReassignError("disk full")
            super().append(entries)

    tenant, journal = made(), Full()
    with VirtualLoop() as loop:
        wire = Wire(tenant, journal, TEN.changes)
        with pytest.raises(ReassignError, match="disk full"):
            loop.run(apply(TEN.changes, wire, journal, VirtualClock(loop), Notes(), POLICY))
        assert not wire.broken
    journal.full = False
    check(carry_out(TEN.changes, tenant, POLICY, journal=journal), all_applied=True)


@pytest.mark.parametrize("nth", range(1, 8))
def test_an_interrupt_just_after_writing_does_not_write_twice(made: Callable[..., PracticeTenant], nth: int) -> None:
    class Interrupted(Notes):
        def saw(self, entries: Sequence[Entry]) -> None:
            super().saw(entries)
            self.times = getattr(self, "times", 0) + 1
            if self.times == nth:
                raise Crash

    tenant, journal = made(), MemoryJournal()
    with VirtualLoop() as loop:
        wire = Wire(tenant, journal, TEN.changes)
        with pytest.raises(Crash):
            loop.run(apply(TEN.changes, wire, journal, VirtualClock(loop), Interrupted(), POLICY))
    replay(TEN.changes, journal.durable)
    check(carry_out(TEN.changes, tenant, POLICY, journal=journal), all_applied=True)


def test_a_tenant_that_breaks_its_promise_ends_the_run_and_keeps_the_other_answers(
    made: Callable[..., PracticeTenant],
) -> None:
    tenant, journal = made(), MemoryJournal()
    assign = tenant.assign

    async def failing(calls: Sequence[Call]) -> list[Answer]:
        if calls[0].user_id == user(2):
            raise RuntimeError("a broken adapter")
        return await assign(calls)

    tenant.assign = failing  # type: ignore[method-assign]
    with VirtualLoop() as loop:
        wire = Wire(tenant, journal, TEN.changes)
        with pytest.raises(RuntimeError, match="broken adapter"):
            loop.run(apply(TEN.changes, wire, journal, VirtualClock(loop), Notes(), POLICY))
    answered = {e.change for e in journal.durable if e.kind is EntryKind.ANSWERED}
    assert answered == {0, 1}
    tenant.assign = assign  # type: ignore[method-assign]
    check(carry_out(TEN.changes, tenant, POLICY, journal=journal), all_applied=True)


def test_a_journal_that_does_not_add_up_is_refused_before_anything_is_sent(
    made: Callable[..., PracticeTenant],
) -> None:
    journal = MemoryJournal()
    journal.durable.append(Entry(EntryKind.ANSWERED, 3, 1.0, status=200))
    with VirtualLoop() as loop:
        wire = Wire(made(), journal, TEN.changes)
        with pytest.raises(JournalDamaged, match="answered about change 3"):
            loop.run(apply(TEN.changes, wire, journal, VirtualClock(loop), Notes(), POLICY))
        assert wire.calls == 0


def test_a_clock_that_went_back_between_two_processes_does_no_harm(made: Callable[..., PracticeTenant]) -> None:
    class Earlier(VirtualClock):
        def now(self) -> float:
            return super().now() - 1e6

    tenant, journal = made(faults=Faults(lost_after=0.5, seed=1)), MemoryJournal()
    policy = Policy(group_size=2, in_flight=2, settle=5.0, stop_at=1.0)
    journal.revive(7, after=True)
    with VirtualLoop() as loop:
        wire = Wire(tenant, journal, TEN.changes)
        with pytest.raises(Crash):
            loop.run(apply(TEN.changes, wire, journal, VirtualClock(loop), Notes(), policy))
        journal.revive()
        ledger = loop.run(apply(TEN.changes, wire, journal, Earlier(loop), Notes(), policy))
        assert ledger.outcomes()[Outcome.APPLIED] == 10
        assert loop.time() < 60


def test_the_virtual_loop_tells_a_deadlock() -> None:
    with VirtualLoop() as loop, pytest.raises(Deadlock):
        loop.run(loop.create_future())  # type: ignore[arg-type]
