"""Rough days, each from one number: a plan, faults, deaths, bounds; and what must be true after each."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from batch.core.pace import Policy
from batch.tenants.faults import Faults, Thief
from tests.engine.memory_journal import MemoryJournal
from tests.engine.runs import NO_DEATH, Apply, Death, Told, apply, carry_out, check
from tests.engine.small_plans import SKUS, A, B, C, D, SmallPlan, beside, plan_of, random_plan


@dataclass(frozen=True)
class RoughDay:
    """Everything that a run depends on."""

    plan: SmallPlan
    faults: Faults
    policy: Policy
    deaths: tuple[Death, ...]
    latency: float
    gap: float

    @property
    def outsiders(self) -> bool:
        """Whether somebody else takes seats."""
        return bool(self.faults.thieves)


def rough_day(seed: int) -> RoughDay:
    """The day with this number."""
    dice = random.Random(seed)

    def sometimes(most: float, chance: float = 0.5) -> float:
        return dice.uniform(0.0, most) if dice.random() < chance else 0.0

    lag = sometimes(5.0, 0.4)
    faults = Faults(
        seed=seed,
        throttle=sometimes(0.3),
        retry_after=dice.choice((0.3, 1.0, 2.0, 30.0)),
        error_409=sometimes(0.1),
        error_500=sometimes(0.15),
        error_502=sometimes(0.05),
        error_503=sometimes(0.15),
        error_504=sometimes(0.1),
        missing=sometimes(0.15),
        lost_before=sometimes(0.2),
        lost_after=sometimes(0.2),
        forbidden_after=dice.randint(0, 30) if dice.random() < 0.15 else None,
        read_throttle=sometimes(0.2),
        read_lost=sometimes(0.2),
        lag=lag,
        thieves=tuple(
            Thief(sku.sku_id, dice.randint(0, 10)) for sku in dice.sample(SKUS, dice.choice((0, 0, 0, 1, 2)))
        ),
    )
    policy = Policy(
        group_size=dice.choice((1, 2, 5, 20)),
        in_flight=dice.randint(1, 5),
        tries=dice.choice((2, 10)),
        looks=dice.choice((2, 12)),
        backoff=dice.choice((0.1, 1.0)),
        longest_wait=dice.choice((2.0, 300.0)),
        settle=lag,
        stop_at=1.0,
    )
    deaths = tuple(
        (dice.choice(("journal", "tenant", "stop")), dice.randint(1, 10), dice.random() < 0.5, dice.random() < 0.5)
        if dice.random() < 0.8
        else NO_DEATH
        for _ in range(dice.randint(0, 4))
    )
    # A process that comes up at once after its death is the harder case.
    return RoughDay(
        random_plan(dice),
        faults,
        policy,
        deaths,
        sometimes(dice.choice((0.2, 4.0)), 0.8),
        dice.choice((0.0, 0.1, 10.0)),
    )


def hurried_day(seed: int) -> RoughDay:
    """Nothing fails, but reads lag, seats are few, and whoever was stopped carries on at once, again and again."""
    dice = random.Random(seed)
    which = [dice.choice((0, 0, 1, 4, 5)) for _ in range(20)]
    slack = {A: dice.randint(0, 1), B: dice.randint(1, 2), C: dice.randint(1, 3), D: 0}
    deaths: tuple[Death, ...] = tuple(("stop", dice.randint(4, 9), False, True) for _ in range(6))
    policy = Policy(group_size=dice.choice((1, 2, 5)), in_flight=dice.randint(1, 2), settle=5.0, stop_at=1.0)
    return RoughDay(plan_of(which, slack), Faults(seed=seed, lag=5.0), policy, deaths, 0.1, 0.0)


def survive(day: RoughDay, file: Path, carry: Apply = apply, journal: MemoryJournal | None = None) -> Told:
    """Carry the day's plan out until all is settled, and check everything.

    In the end the weather is calm, so that whatever is possible gets done.
    """
    tenant = day.plan.create(file, day.faults)
    calm = beside(tenant, Faults(lag=day.faults.lag))
    try:
        told = carry_out(
            day.plan.changes,
            tenant,
            day.policy,
            day.deaths,
            then=[tenant, calm],
            latency=day.latency,
            gap=day.gap,
            seats_certain=not day.outsiders,
            carry=carry,
            journal=journal,
        )
        check(told, all_applied=not day.outsiders)
        # Nobody but us takes seats: then every seat that we asked for was there.
        assert day.outsiders or told.counters["refused"] == 0, "a seat was asked for that was not free"
        return told
    finally:
        tenant._db.close()
