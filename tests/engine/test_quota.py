"""The pace of a run: as fast as the quota admits, groups full, slower when pushed back, remembered after a death."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise

import pytest

from batch.core.outcomes import Outcome
from batch.core.pace import Policy
from batch.core.terms import NEVER_LEFT, Answer, Call
from batch.engine.apply import apply
from tests.engine.grim import Grim
from tests.engine.memory_journal import MemoryJournal, Notes
from tests.engine.runs import Death, carry_out, check
from tests.engine.small_plans import plan_of
from tests.engine.virtual_time import VirtualClock, VirtualLoop

PLAN = plan_of([0] * 400, slack=400)
POLICY = Policy(in_flight=8, writes=100, window=10.0, stop_at=1.0)


def run(answer: Callable[[Call], Answer], policy: Policy = POLICY) -> tuple[Grim, Notes, float]:
    tenant, notes = Grim(PLAN.skus, answer), Notes()
    with VirtualLoop() as loop:
        ledger = loop.run(apply(PLAN.changes, tenant, MemoryJournal(), VirtualClock(loop), notes, policy))
        assert ledger.outcomes()[Outcome.APPLIED] == 400
        return tenant, notes, loop.time()


def test_a_burst_then_the_rate_in_full_groups() -> None:
    tenant, notes, seconds = run(lambda call: Answer(200))
    groups = Counter(round(at, 6) for at, _ in tenant.calls)
    assert sum(n for at, n in groups.items() if at < 0.1) == 80, "the burst, in whole groups"
    assert seconds == pytest.approx((400 - 90) / 10, abs=0.1)
    assert all(size % 20 == 0 for size in groups.values())
    later = sorted(at for at in groups if at > 1)
    assert all(b - a == pytest.approx(2.0) for a, b in pairwise(later))
    assert not notes.waited, "the pace of every day is nothing to tell"


def test_pushed_back_it_slows_down_and_still_ends() -> None:
    seen: Counter[str] = Counter()

    def grudging(call: Call) -> Answer:
        seen[call.user_id] += 1
        return Answer(429, "TooManyRequests", "", 3.0) if seen[call.user_id] == 1 and len(seen) <= 80 else Answer(200)

    _, _, seconds = run(grudging)
    assert (480 - 90) / 10 < seconds < 3 * 48


def test_while_the_service_cannot_be_reached_few_are_tried() -> None:
    tenant = Grim(PLAN.skus, lambda call: NEVER_LEFT)
    with VirtualLoop() as loop:
        policy = Policy(writes=3000, window=150.0, tries=4, stop_at=0.25)
        ledger = loop.run(apply(PLAN.changes, tenant, MemoryJournal(), VirtualClock(loop), Notes(), policy))
    assert ledger.stop == "too_many_failures"
    assert not tenant.looks, "what never left is no doubt"
    assert len({user for _, user in tenant.calls}) <= 200


@pytest.mark.parametrize("death", [("journal", 6, True, True), ("tenant", 5, True, False), ("tenant", 9, False, True)])
def test_a_run_that_goes_on_remembers_what_it_used_up(death: Death, tmp_path) -> None:
    plan = plan_of([0] * 200, slack=200)
    tenant = plan.create(tmp_path / "t.db")
    told = carry_out(plan.changes, tenant, POLICY, [death], gap=0.5)
    check(told, all_applied=True)
    # 200 writes at 10 a second after a burst of at most 90, whatever happened in between.
    assert told.seconds >= (200 - 90) / 10 - 0.5
