"""Somebody else works on the same people meanwhile: they are left alone, and nobody else suffers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from batch.core.entries import Seen
from batch.core.outcomes import Outcome
from batch.core.states import OUTCOMES, State
from batch.core.terms import Answer, Call, Sight
from batch.tenants.faults import Faults
from batch.tenants.practice import PracticeTenant
from tests.engine.rough import rough_day
from tests.engine.runs import carry_out, facts, replay
from tests.engine.small_plans import OFF, A, B, C, beside, holds
from tests.engine.wire import truth

HOLDINGS = (holds(), holds(A), holds(B), holds(C), holds(A, B), holds(B, off=(OFF[B],)), holds(inherited=(A,)))


def meddle(tenant: PracticeTenant, users: Sequence[str], dice: random.Random) -> set[str]:
    """Before some calls and reads of this tenant somebody changes or deletes one of these users; who was met."""
    met: set[str] = set()
    gone: set[str] = set()
    assign, look = tenant.assign, tenant.look

    def strike() -> None:
        uid = dice.choice(users)
        if uid in gone or dice.random() > 0.4:
            return
        met.add(uid)
        if dice.random() < 0.3:
            gone.add(uid)
            tenant.delete_user(uid)
        else:
            tenant.touch(uid, dice.choice(HOLDINGS))

    async def assign_after(calls: Sequence[Call]) -> list[Answer]:
        strike()
        return await assign(calls)

    async def look_after(user_ids: Sequence[str]) -> list[Sight]:
        strike()
        return await look(user_ids)

    tenant.assign = assign_after  # type: ignore[method-assign]
    tenant.look = look_after  # type: ignore[method-assign]
    return met


@pytest.mark.parametrize("ten", range(4))
def test_rough_days_with_somebody_else_at_work(tmp_path: Path, ten: int) -> None:
    for seed in range(300 + 10 * ten, 310 + 10 * ten):
        day = rough_day(seed)
        changes, file = day.plan.changes, tmp_path / f"{seed}.db"
        tenant = day.plan.create(file, day.faults)
        calm = beside(tenant, Faults(lag=day.faults.lag))
        met = meddle(tenant, changes.user_id, random.Random(seed))
        told = carry_out(
            changes,
            tenant,
            day.policy,
            day.deaths,
            then=[tenant, calm],
            latency=day.latency,
            gap=day.gap,
            seats_certain=False,
        )
        assert facts(replay(changes, told.journal.durable)) == facts(told.ledger)
        assert told.counters["over_full"] == 0
        for change, seen in enumerate(truth(calm, changes)):
            uid = changes.user_id[change]
            outcome = OUTCOMES[State(told.ledger.state[change])]
            if uid in met:
                continue
            assert calm.writes_of(uid) == (seen is Seen.AFTER)
            assert seen in (Seen.BEFORE, Seen.AFTER)
            if outcome is not Outcome.IN_DOUBT:
                assert (outcome is Outcome.APPLIED) == (seen is Seen.AFTER)
            assert outcome is not Outcome.HELD
        tenant._db.close()
