"""Everything that the practice tenant can do wrong, over HTTP: each fault, each rate, whole rough days."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from batch.core.outcomes import Outcome
from batch.tenants.faults import ERRORS, KINDS, Faults, Thief
from tests.engine.rough import RoughDay, hurried_day, rough_day
from tests.engine.small_plans import A, B, beside
from tests.graph.quarry import LAG, PLAN, Quarry
from tests.graph.rig import CALM, Job, Rig, judge

RATES = {
    **{f"error_{status}": 0.3 for status in ERRORS},
    **dict.fromkeys(("throttle", "missing", "lost_before", "lost_after", "read_throttle", "read_lost"), 0.35),
}
#: Without lost answers nobody is in doubt, and nothing would be looked at.
LOOKED_AT = {"missing": 0.3}


def run(quarry: Quarry, faults: Faults, *, all_applied: bool = True, alone: bool = True, **more: object) -> Job:
    tenant = quarry.fresh(faults)
    job = Rig(PLAN, tenant, faults, **more).go()  # type: ignore[arg-type]
    judge(job, all_applied=all_applied, alone=alone)
    tenant._db.close()
    return job


def one_kind(quarry: Quarry, kind: str, seed: int) -> None:
    """Some people meet this fault when they are first called for, and a few of them the second time too."""
    dice = random.Random(f"{kind} {seed}")
    users = dice.sample(PLAN.changes.user_id, 6)
    at = {(user, 1): kind for user in users} | {(user, 2): kind for user in users[:2]}
    faults = Faults(seed=seed, lag=LAG, at=at, retry_after=0.02)
    job = run(quarry, faults)
    assert job.stops[:-1] == ["rights"] * (job.lives - 1)
    assert job.lives == 1 or kind == "forbidden"
    name = kind.removesuffix("-after") if not kind.startswith("lost") else kind
    assert job.counters[name.replace("-", "_")] >= 6


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind(quarry: Quarry, kind: str) -> None:
    one_kind(quarry, kind, 0)


def one_rate(quarry: Quarry, rate: str, seed: int) -> None:
    reads = rate.startswith("read")
    faults = Faults(seed=seed, lag=LAG, retry_after=0.02, **{rate: RATES[rate]}, **(LOOKED_AT if reads else {}))
    # Of the reads only those that settle doubts: what else is read is in the matrix of the wire.
    assert run(quarry, faults).lives == 1


@pytest.mark.parametrize("rate", ["throttle", "missing", "lost_after", "error_503", "read_lost"])
def test_rates(quarry: Quarry, rate: str) -> None:
    one_rate(quarry, rate, 1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 4))
def test_kinds_and_rates(quarry: Quarry, seed: int) -> None:
    for kind in sorted(KINDS):
        one_kind(quarry, kind, seed)
    for rate in RATES:
        one_rate(quarry, rate, seed)


@pytest.mark.parametrize("after", [0, 7, 14])
def test_no_right_from_some_call_on(quarry: Quarry, after: int) -> None:
    """The run stops, and goes on once somebody has granted the right; nobody was written to meanwhile."""
    faults = Faults(lag=LAG, forbidden_after=after, missing=0.2)
    tenant = quarry.fresh(faults)

    async def granted(life: int, rig: Rig) -> None:
        if life == 2:
            assert sum(tenant.writes_of(user) for user in PLAN.changes.user_id) <= after + len(PLAN.changes) * 0.5
            tenant._fates = beside(tenant, Faults(lag=LAG))._fates

    job = Rig(PLAN, tenant, faults, before_life=granted).go()
    # Once some were moved it may be about single people, which is found out within a few tries.
    expected = {"rights"} if not after else {"rights", "no_seats", ""}
    assert job.stops[0] in expected, job.stops
    assert job.stops[-1] == ""
    judge(job)
    tenant._db.close()


@pytest.mark.parametrize("seed", range(3))
def test_thieves(quarry: Quarry, seed: int) -> None:
    """Somebody else takes the last seats: who finds none is left as they were, and the run says so."""
    thieves = (Thief(A, 3 + seed), Thief(A, 4), Thief(B, 5 + seed))
    job = run(quarry, Faults(seed=seed, lag=LAG, thieves=thieves, missing=0.1), all_applied=False, alone=False)
    outcomes = job.ledger.outcomes()
    assert job.counters["thefts"] >= 2
    assert outcomes[Outcome.REFUSED] + outcomes[Outcome.NOT_SENT] > 0
    assert outcomes[Outcome.IN_DOUBT] == outcomes[Outcome.HELD] == 0


def quicker(day: RoughDay) -> RoughDay:
    """The same day, its hours in seconds."""
    lag = day.faults.lag / 100
    faults = replace(day.faults, lag=lag, retry_after=day.faults.retry_after / 100)
    policy = replace(day.policy, backoff=0.01, longest_wait=0.05, settle=lag + 0.05)
    return replace(day, faults=faults, policy=policy, latency=day.latency / 200, gap=day.gap / 200)


def survive(day: RoughDay, folder: Path) -> None:
    """The day's plan, carried out over HTTP through its deaths; at the end the weather is calm."""
    quarry = Quarry(day.plan, folder)
    tenant = quarry.fresh(day.faults)

    async def weather(life: int, rig: Rig) -> None:
        if life == len(day.deaths) + 2:
            tenant._fates = beside(tenant, Faults(lag=day.faults.lag))._fates
            await rig.restart(Faults(lag=day.faults.lag))

    rig = Rig(
        day.plan,
        tenant,
        replace(day.faults, latency=day.latency),
        policy=day.policy,
        patience=CALM,
        settle=day.policy.settle,
        deaths=day.deaths,
        gap=day.gap,
        before_life=weather,
        whole=False,
    )
    job = rig.go()
    judge(job, all_applied=not day.outsiders, alone=not day.outsiders)
    tenant._db.close()
    quarry.close()


@pytest.mark.parametrize("seed", range(5))
def test_rough_days(tmp_path: Path, seed: int) -> None:
    survive(quicker(rough_day(seed)), tmp_path)


@pytest.mark.parametrize("seed", range(1))
def test_hurried_days(tmp_path: Path, seed: int) -> None:
    survive(quicker(hurried_day(seed)), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("ten", range(1, 11))
def test_a_hundred_rough_days(tmp_path_factory: pytest.TempPathFactory, ten: int) -> None:
    for seed in range(10 * ten, 10 * ten + 10):
        survive(quicker(rough_day(seed)), tmp_path_factory.mktemp("day"))
    survive(quicker(hurried_day(ten)), tmp_path_factory.mktemp("hurried"))
