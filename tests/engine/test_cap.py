"""No more people in one go than allowed, and in as many goes as it takes everybody: whatever happens in between."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from batch.core.entries import EntryKind
from batch.core.ledger import Ledger
from batch.core.pace import Policy
from batch.core.states import State
from batch.engine.apply import replay
from tests.engine.rough import hurried_day, rough_day, survive
from tests.engine.runs import Death, Told, carry_out, check, facts
from tests.engine.small_plans import Quarry, plan_of
from tests.engine.test_waves import PLAN as WAVES
from tests.engine.test_waves import POLICY as IN_WAVES
from tests.engine.test_waves import as_it_is, in_waves, looking

PLAN = plan_of([0, 1, 0, 1, 2, 0, 1, 8, 9, 1, 7, 6], slack=2)


@pytest.fixture(scope="module")
def quarry(tmp_path_factory: pytest.TempPathFactory) -> Quarry:
    return Quarry(PLAN, tmp_path_factory.mktemp("quarry"))


def openings(told: Told) -> Iterator[tuple[int, str]]:
    """For each time the run was opened: how many people it sent for the first time, and the word it stopped with."""
    ledger = Ledger(told.changes.kind, told.changes.kinds)
    first, stop, begun = 0, "", False
    for entry in told.journal.durable:
        if entry.kind is EntryKind.OPENED:
            if begun:
                yield first, stop
            first, stop, begun = 0, "killed", True
        first += entry.kind is EntryKind.SENT and ledger.state[entry.change] == State.PENDING
        ledger.record(entry)
        assert ledger.sent == first, "the ledger counts who is sent for the first time from the journal alone"
        stop = "" if entry.kind is EntryKind.FINISHED else entry.code if entry.kind is EntryKind.STOPPED else stop
    yield first, stop


def keeps_to(told: Told, most: int) -> None:
    for first, stop in openings(told):
        assert first <= most
        assert stop != "cap_reached" or first == most, "it stopped for the cap before that was reached"


@pytest.mark.parametrize(
    ("most", "goes"),
    [(1, [1] * 12), (5, [5, 5, 2]), (6, [6, 6]), (11, [11, 1]), (12, [12]), (13, [12]), (0, [12])],
)
def test_everybody_is_moved_in_as_many_goes_as_it_takes(quarry: Quarry, most: int, goes: list[int]) -> None:
    told = carry_out(PLAN.changes, quarry.fresh(), Policy(group_size=4, in_flight=2, most=most))
    check(told, all_applied=True)
    assert list(openings(told)) == [(n, "cap_reached") for n in goes[:-1]] + [(goes[-1], "")]
    entries = told.journal.durable
    for cut in range(0, len(entries), 7):
        ledger = replay(told.changes, entries[:cut])
        ledger.record(*entries[cut:])
        assert facts(ledger) == facts(told.ledger), "law 5"


@pytest.mark.parametrize("most", [1, 5])
def test_a_kill_at_any_point_does_not_widen_it(quarry: Quarry, most: int) -> None:
    policy = Policy(group_size=3, in_flight=2, most=most)
    clean = carry_out(PLAN.changes, quarry.fresh(), policy)
    deaths: list[Death] = [("journal", at, after, at % 2 == 0) for at in range(1, 9) for after in (False, True)]
    deaths += [("tenant", at, after, after) for at in range(1, 5) for after in (False, True)]
    for death in deaths:
        told = carry_out(PLAN.changes, quarry.fresh(), policy, [death])
        check(told, all_applied=True)
        keeps_to(told, most)
        assert told.lives <= clean.lives + 1


@pytest.mark.parametrize("ten", range(3))
def test_rough_days_in_several_goes(tmp_path: Path, ten: int) -> None:
    for seed in range(10 * ten, 10 * ten + 10):
        most = random.Random(seed).choice((1, 2, 3, 5, 8))
        for name, day in (("rough", rough_day(seed)), ("hurried", hurried_day(seed))):
            if name == "hurried" and seed % 5:
                continue
            told = survive(replace(day, policy=replace(day.policy, most=most)), tmp_path / f"{name}{seed}.db")
            keeps_to(told, most)


@pytest.mark.parametrize("most", [1, 2, 3, 12])
def test_waves_are_looked_at_all_the_same(tmp_path: Path, most: int) -> None:
    tenant = WAVES.create(tmp_path / "tenant.db")
    told = carry_out(WAVES.changes, tenant, replace(IN_WAVES, most=most), carry=looking(as_it_is))
    check(told, all_applied=True)
    in_waves(told)
    keeps_to(told, most)
    if most == 2:
        kinds = [e.kind for e in told.journal.durable]
        assert kinds.index(EntryKind.VERIFIED) < kinds.index(EntryKind.STOPPED), "the pilot is seen in its own go"
