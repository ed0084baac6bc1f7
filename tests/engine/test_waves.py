"""Waves carried out: nothing of a later one leaves before the look, whatever dies; a bad one is the last."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any

import pytest

from batch.core.entries import EntryKind, Seen
from batch.core.errors import TenantUnavailable
from batch.core.ledger import Ledger
from batch.core.outcomes import Outcome
from batch.core.pace import Policy
from batch.core.settle import observe
from batch.core.states import State
from batch.core.waves import ends
from batch.engine.apply import apply
from batch.tenants.faults import Faults
from tests.engine.memory_journal import MemoryJournal, Notes
from tests.engine.runs import Death, Told, carry_out, check, entries_of
from tests.engine.small_plans import Quarry, plan_of
from tests.engine.virtual_time import EPOCH, VirtualClock, VirtualLoop
from tests.engine.wire import Wire

PILOT = 2
POLICY = Policy(group_size=3, in_flight=2, tries=40, looks=40, stop_at=1.0, pilot=PILOT)
#: Swaps both ways with two seats to spare, and the other kinds among them: waves of 2, 10 and 5.
PLAN = plan_of([0, 1, 0, 1, 2, 0, 1, 8, 9, 0, 1, 7, 6, 3, 4, 5, 1], slack=2)
WEATHER = {"calm": Faults(), "lost answers": Faults(seed=11, lost_before=0.15, lost_after=0.15, throttle=0.1)}
Look = Callable[[Sequence[int], Ledger, Wire], Coroutine[Any, Any, Sequence[Seen]]]


@pytest.fixture(scope="module")
def quarry(tmp_path_factory: pytest.TempPathFactory) -> Quarry:
    return Quarry(PLAN, tmp_path_factory.mktemp("quarry"))


async def as_it_is(numbers: Sequence[int], ledger: Ledger, wire: Wire) -> list[Seen]:
    """Read everybody once, in groups of 20."""
    kinds, kind, ids = PLAN.changes.kinds, PLAN.changes.kind, PLAN.changes.user_id
    seen: list[Seen] = []
    for first in range(0, len(numbers), 20):
        part = numbers[first : first + 20]
        sights = await wire.look([ids[n] for n in part])
        seen += [observe(kinds[kind[n]], sight, settled=True) for n, sight in zip(part, sights, strict=True)]
    return seen


def looking(look: Look) -> Callable[..., Coroutine[Any, Any, Ledger]]:
    def carry(changes: Any, wire: Wire, *others: Any) -> Coroutine[Any, Any, Ledger]:
        return apply(changes, wire, *others, lambda numbers, ledger: look(numbers, ledger, wire))

    return carry


def in_waves(told: Told) -> None:
    """Nothing was sent before every wave before its own had been looked at, and nobody was left out of the looks."""
    ledger = Ledger(told.changes.kind, told.changes.kinds)
    looked: set[int] = set()
    for entry in told.journal.durable:
        if entry.kind is EntryKind.SENT:
            assert entry.change < ledger.wave_end
        elif entry.kind is EntryKind.VERIFIED:
            assert json.loads(entry.text)["looked"] == len(ledger.unseen)
            looked.update(ledger.unseen)
        ledger.record(entry)
    assert [w.up_to for w in ledger.waves] == list(ends(len(told.changes), PILOT)[:-1])
    assert looked >= set(range(ledger.waves[-1].up_to))


def run(quarry: Quarry, weather: str, *deaths: Death) -> Told:
    tenant = quarry.fresh(WEATHER[weather])
    told = carry_out(PLAN.changes, tenant, POLICY, deaths, carry=looking(as_it_is))
    check(told, all_applied=True)
    in_waves(told)
    assert told.counters["refused"] == 0, "a seat was asked for that was not free"
    tenant._db.close()
    return told


def every_death(clean: Told) -> Iterator[Death]:
    for where, most in (("journal", clean.appends), ("tenant", clean.calls)):
        for at in range(1, most + 1):
            # By turns calls on the way are cut and still arrive.
            yield from ((where, at, after, (at + after) % 2 == 0) for after in (False, True))


def test_waves_go_one_after_the_other_and_every_one_but_the_last_is_looked_at(quarry: Quarry) -> None:
    told = run(quarry, "calm")
    assert ends(len(PLAN.changes), PILOT) == (2, 12, 17)
    assert [(w.up_to, w.looked, w.differing, w.failed) for w in told.ledger.waves] == [(2, 2, 0, 0), (12, 10, 0, 0)]
    assert len(entries_of(told, EntryKind.OPENED)) == 1


@pytest.mark.parametrize("weather", WEATHER)
def test_a_kill_at_every_point_keeps_the_waves(quarry: Quarry, weather: str) -> None:
    deaths = list(every_death(run(quarry, weather)))
    for death in deaths if weather == "calm" else deaths[::3]:
        assert run(quarry, weather, death).lives == 2


@pytest.mark.parametrize("after", range(1, 40, 3))
def test_stopped_by_a_person_at_any_time_and_carried_on(quarry: Quarry, after: int) -> None:
    run(quarry, "calm", ("stop", after, False, False))


def test_people_who_do_not_show_what_was_answered_stop_the_run_until_a_person_carries_on(quarry: Quarry) -> None:
    async def one_is_not_there(numbers: Sequence[int], ledger: Ledger, wire: Wire) -> list[Seen]:
        return [Seen.BEFORE if n == 1 or ledger.state[n] == State.PENDING else Seen.AFTER for n in numbers]

    tenant, journal = quarry.fresh(), MemoryJournal()
    policy = Policy(group_size=3, stop_at=0.25, pilot=PILOT)
    with VirtualLoop() as loop:
        wire = Wire(tenant, journal, PLAN.changes)

        def once() -> Ledger:
            clock = VirtualClock(loop)
            return loop.run(looking(one_is_not_there)(PLAN.changes, wire, journal, clock, Notes(), policy))

        ledger = once()
        assert (ledger.stop, ledger.open, ledger.waves[-1].passed) == ("wave_failed", True, False)
        assert ledger.outcomes()[Outcome.APPLIED] == PILOT
        assert [entry.kind for entry in journal.durable[-2:]] == [EntryKind.VERIFIED, EntryKind.STOPPED]
        ledger = once()
        assert (ledger.stop, ledger.open) == ("", False)
        assert ledger.outcomes()[Outcome.APPLIED] == len(PLAN.changes)


def test_a_wave_that_cannot_be_looked_at_is_not_passed(quarry: Quarry) -> None:
    async def nobody_answers(numbers: Sequence[int], ledger: Ledger, wire: Wire) -> list[Seen]:
        raise TenantUnavailable("Nobody answers.", "Try later.")

    tenant, journal = quarry.fresh(), MemoryJournal()
    with VirtualLoop() as loop:
        wire = Wire(tenant, journal, PLAN.changes)
        with pytest.raises(TenantUnavailable):
            loop.run(looking(nobody_answers)(PLAN.changes, wire, journal, VirtualClock(loop), Notes(), POLICY))
        assert {e.change for e in journal.durable if e.kind is EntryKind.SENT} == {0, 1}
        ledger = loop.run(looking(as_it_is)(PLAN.changes, wire, journal, VirtualClock(loop), Notes(), POLICY))
        assert not ledger.open


def test_waves_need_somebody_who_looks(quarry: Quarry) -> None:
    with VirtualLoop() as loop, pytest.raises(ValueError, match="somebody who looks"):
        loop.run(apply(PLAN.changes, quarry.fresh(), MemoryJournal(), VirtualClock(loop), Notes(), POLICY))


def test_when_the_window_closes_what_is_in_flight_is_finished_and_the_rest_goes_on_later(quarry: Quarry) -> None:
    tenant, journal = quarry.fresh(), MemoryJournal()
    policy = Policy(group_size=2, in_flight=1, until=EPOCH + 0.35)
    with VirtualLoop() as loop:
        wire = Wire(tenant, journal, PLAN.changes, latency=0.2)
        ledger = loop.run(apply(PLAN.changes, wire, journal, VirtualClock(loop), Notes(), policy))
        assert ledger.stop == "window_closed"
        assert not ledger.flying
        assert 0 < ledger.outcomes()[Outcome.APPLIED] < len(PLAN.changes)
        assert all(e.at < policy.until for e in journal.durable if e.kind is EntryKind.SENT)
        ledger = loop.run(apply(PLAN.changes, wire, journal, VirtualClock(loop), Notes(), Policy()))
        assert not ledger.open
