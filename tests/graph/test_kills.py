"""The process is killed at every append and at every call, before, during and after; then it carries on over HTTP."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator

import pytest

from batch.tenants.faults import Faults
from tests.engine.runs import Death
from tests.graph.quarry import FAULTS, LAG, PLAN, Quarry
from tests.graph.rig import Job, Rig, judge

WEATHER = {
    "calm": Faults(lag=LAG, latency=0.01),
    "doubts": FAULTS,
    "rough": Faults(
        seed=13, lag=LAG, latency=0.005, throttle=0.15, retry_after=0.02, error_500=0.1, error_503=0.1, missing=0.1,
        error_409=0.1, read_lost=0.1,
    ),
}  # fmt: skip


def run(quarry: Quarry, weather: str, *deaths: Death) -> Job:
    tenant = quarry.fresh(WEATHER[weather])
    job = Rig(PLAN, tenant, WEATHER[weather], deaths=deaths, whole=False).go()
    judge(job)
    tenant._db.close()
    return job


def every_death(quarry: Quarry, weather: str) -> Iterator[Death]:
    clean = run(quarry, weather)
    assert clean.passage is not None
    for at in range(1, clean.journal.appends + 1):
        yield from (("journal", at, after, False) for after in (False, True))
    for at in range(1, sum(clean.passage.counts.values()) + 1):
        yield from (("tenant", at, *how) for how in ((False, False), (False, True), (True, False)))


@pytest.mark.parametrize("weather", ["calm", "doubts"])
def test_killed_somewhere(quarry: Quarry, weather: str) -> None:
    for death in random.Random(weather).sample(list(every_death(quarry, weather)), 3):
        assert run(quarry, weather, death).lives <= 2


@pytest.mark.slow
@pytest.mark.parametrize("weather", WEATHER)
def test_killed_in_many_places(quarry: Quarry, weather: str) -> None:
    deaths = list(every_death(quarry, weather))
    for death in random.Random(7).sample(deaths, 60 if weather == "doubts" else 10):
        run(quarry, weather, death)


@pytest.mark.parametrize("seed", range(2))
def test_killed_again_and_again(quarry: Quarry, seed: int) -> None:
    killed_often(quarry, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 24))
def test_killed_again_and_again_for_long(quarry: Quarry, seed: int) -> None:
    killed_often(quarry, seed)


def killed_often(quarry: Quarry, seed: int) -> None:
    dice = random.Random(seed)
    deaths: list[Death] = [
        (dice.choice(("journal", "tenant")), dice.randint(1, 6), dice.random() < 0.5, dice.random() < 0.5)
        for _ in range(dice.randint(2, 6))
    ]
    assert run(quarry, dice.choice(list(WEATHER)), *deaths).lives > 2


def test_whoever_leaves_in_mid_request_is_nobodys_mistake(quarry: Quarry) -> None:
    """A process that dies while it is sending: the service does nothing, and does not complain."""
    tenant = quarry.fresh()
    faults = Faults(latency=0.02)

    async def leave(life: int, rig: Rig) -> None:
        host, _, port = rig.passage.host.partition(":")
        _, writer = await asyncio.open_connection(host, int(port))
        head = "POST /v1.0/$batch HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 999\r\n"
        writer.write(f"{head}Authorization: Bearer t\r\n\r\n{{".encode())
        await writer.drain()
        writer.transport.abort()
        await asyncio.sleep(0.05)

    rig = Rig(PLAN, tenant, faults, before_life=leave, whole=False, watched=False)
    judge(rig.go())
    tenant._db.close()
