"""The process is killed at every append and at every call, before and after; nothing is lost and nothing doubled."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from batch.core.pace import Policy
from batch.tenants.faults import Faults
from tests.engine.runs import Death, Told, carry_out, check
from tests.engine.small_plans import Quarry, plan_of

POLICY = Policy(group_size=5, in_flight=3, tries=40, looks=40, stop_at=1.0)
#: Both swaps with one seat to spare, and every other kind of change among them.
WHICH = [0, 1, 0, 1, 2, 0, 1, 8, 1, 9, 0, 1, 7, 6, 6, 3, 4, 5, 0, 1, 2, 1, 7, 6, 4, 5, 3, 0, 1, 0, 1, 1, 0, 9, 9, 8, 1]
WHICH += [0, 1, 6, 7, 2, 1, 0, 1]
PLAN = plan_of(WHICH, slack=3)

WEATHER = {
    "calm": Faults(),
    "lost answers": Faults(seed=11, lost_before=0.15, lost_after=0.15, missing=0.1),
    "throttled": Faults(seed=12, throttle=0.3, retry_after=2.0),
    "rough": Faults(seed=13, throttle=0.15, error_500=0.1, error_503=0.1, missing=0.1, error_409=0.1, read_lost=0.1),
}


@pytest.fixture(scope="module")
def quarry(tmp_path_factory: pytest.TempPathFactory) -> Quarry:
    return Quarry(PLAN, tmp_path_factory.mktemp("quarry"))


def run(quarry: Quarry, weather: str, *deaths: Death) -> Told:
    tenant = quarry.fresh(WEATHER[weather])
    told = carry_out(PLAN.changes, tenant, POLICY, deaths)
    check(told, all_applied=True)
    assert told.counters["refused"] == 0, "a seat was asked for that was not free"
    tenant._db.close()
    return told


def every_death(clean: Told) -> Iterator[Death]:
    for at in range(1, clean.appends + 1):
        yield from (("journal", at, after, cut) for after in (False, True) for cut in (False, True))
    for at in range(1, clean.calls + 1):
        yield from (("tenant", at, after, cut) for after in (False, True) for cut in (False, True))


def test_the_plan_is_large_and_tight_enough_to_prove_something(quarry: Quarry) -> None:
    assert len(PLAN.changes) >= 40
    assert set(PLAN.changes.kind) == set(range(10))
    clean = run(quarry, "calm")
    assert clean.appends >= 10
    assert clean.calls >= 10
    rough = run(quarry, "rough")
    assert rough.counters["throttled"] > 3
    assert rough.counters["missing"] > 3


@pytest.mark.parametrize("weather", WEATHER)
def test_a_kill_at_every_point_loses_and_doubles_nothing(quarry: Quarry, weather: str) -> None:
    deaths = list(every_death(run(quarry, weather)))
    # In calm weather really every one; else a fair part here, and every one in the slow test.
    for death in deaths if weather == "calm" else random.Random(1).sample(deaths, 24):
        told = run(quarry, weather, death)
        assert told.lives == 2


@pytest.mark.slow
@pytest.mark.parametrize("weather", WEATHER)
def test_a_kill_at_really_every_point_in_any_weather(quarry: Quarry, weather: str) -> None:
    for death in every_death(run(quarry, weather)):
        run(quarry, weather, death)


@pytest.mark.parametrize("seed", range(25))
def test_killed_again_and_again_while_carrying_on(quarry: Quarry, seed: int) -> None:
    dice = random.Random(seed)
    weather = dice.choice(list(WEATHER))
    deaths: list[Death] = [
        (dice.choice(("journal", "tenant")), dice.randint(1, 5), dice.random() < 0.5, dice.random() < 0.5)
        for _ in range(dice.randint(2, 6))
    ]
    assert run(quarry, weather, *deaths).lives > 2
