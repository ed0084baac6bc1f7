"""Each thing that can happen on the wire, in each phase of a job: done in one life, nothing twice, nothing lost."""

from __future__ import annotations

import random

import pytest

from batch.core.errors import TenantUnavailable
from batch.tenants.faults import Faults
from tests.graph.mishaps import EVERYWHERE, HANGING, MIXED, next_page_elsewhere
from tests.graph.passage import Kind, Mishap, Spoilt
from tests.graph.quarry import FAULTS, PLAN, Quarry
from tests.graph.rig import CALM, HASTY, Job, Rig, judge

BATCHES = EVERYWHERE | MIXED
WHERE = ("first", "middle", "last")
#: What carrying a plan out asks for, and what planning reads.
ACTING, READING = (Kind.WRITES, Kind.LOOKS, Kind.SEATS), (Kind.PAGES, Kind.SINGLES, Kind.SEATS, Kind.WHOSE)

#: What planning does not take for something that passes.
FINAL = ("elsewhere", "elsewhere when done", "switches protocols")


@pytest.fixture(scope="module")
def usual(quarry: Quarry) -> dict[Kind, int]:
    """How many requests of each kind there are when the wire does nothing wrong."""
    job = run(quarry)
    assert job.passage is not None
    return dict(job.passage.counts)


def run(quarry: Quarry, *spoilt: Spoilt, faults: Faults = FAULTS, **more: object) -> Job:
    tenant = quarry.fresh(faults)
    try:
        job = Rig(PLAN, tenant, faults, spoilt, **more).go()  # type: ignore[arg-type]
        judge(job, all_applied=True)
        return job
    finally:
        tenant._db.close()


def spoilt(kind: Kind, where: str, mishap: Mishap, usual: dict[Kind, int], times: int = 1) -> Spoilt:
    first = {"first": 1, "middle": (usual[kind] + 1) // 2, "last": usual[kind]}[where]
    return Spoilt(kind, mishap, first, first + times - 1)


def mishaps_for(kind: Kind) -> dict[str, Mishap]:
    return (BATCHES if kind in (Kind.WRITES, Kind.LOOKS, Kind.SINGLES) else EVERYWHERE) | HANGING


def meets(quarry: Quarry, *trouble: Spoilt, hasty: bool, again: bool = False) -> Job:
    """A job in which requests meet these mishaps gets everything done, in one go or (``again``) in two."""
    job = run(quarry, *trouble, **({"patience": HASTY} if hasty else {}))
    assert job.lives == 1 or (again and job.lives == 2), f"{job.stops} {job.troubles}"
    assert job.stops == [""]
    return job


def reads(quarry: Quarry, *spoilt: Spoilt, hasty: bool) -> None:
    """Planning reads the truth although requests meet these mishaps."""
    tenant = quarry.fresh()
    passage = Rig(PLAN, tenant, spoilt=spoilt, patience=HASTY if hasty else CALM).read()
    assert passage.met == len(spoilt)
    assert not passage.broken, passage.broken
    tenant._db.close()


def test_the_plan_is_tight_enough_to_prove_something(usual: dict[Kind, int]) -> None:
    assert len(PLAN.changes) >= 20
    assert set(PLAN.changes.kind) == set(range(10))
    assert usual[Kind.WRITES] >= 5
    assert usual[Kind.LOOKS] >= 3
    assert len(usual) == len(Kind)


@pytest.mark.parametrize("third", range(-(-len(mishaps_for(Kind.WRITES)) // 3)))
def test_three_mishaps_in_one_job(quarry: Quarry, usual: dict[Kind, int], third: int) -> None:
    """Every mishap meets the first, a middle or the last batch of writes, and so it is with batches of reads."""
    mishaps = list(mishaps_for(Kind.WRITES).items())
    trouble = []
    for kind in (Kind.WRITES, Kind.LOOKS):
        some = random.Random(kind.name).sample(mishaps, len(mishaps))[3 * third : 3 * third + 3]
        trouble += [
            (name, spoilt(kind, where, mishap, usual)) for where, (name, mishap) in zip(WHERE, some, strict=False)
        ]
    hasty = not HANGING.keys().isdisjoint(name for name, _ in trouble)
    job = meets(quarry, *(spoilt for _, spoilt in trouble), hasty=hasty)
    assert job.passage is not None
    assert job.passage.met >= 2


def test_what_planning_reads(quarry: Quarry) -> None:
    """Every mishap meets one of the things that planning reads, each of which meets one in every run."""
    mishaps = [(name, mishap) for name, mishap in (EVERYWHERE | HANGING).items() if name not in FINAL]
    random.Random(3).shuffle(mishaps)
    for at in range(0, len(mishaps), len(READING)):
        some = mishaps[at : at + len(READING)]
        trouble = [Spoilt(kind, mishap) for kind, (_, mishap) in zip(READING, some, strict=False)]
        reads(quarry, *trouble, hasty=not HANGING.keys().isdisjoint(name for name, _ in some))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ACTING)
def test_each_by_itself(quarry: Quarry, usual: dict[Kind, int], kind: Kind) -> None:
    for name, mishap in mishaps_for(kind).items():
        dice = random.Random(f"{kind.name} {name}")
        # Who is turned away with a fresh token too must not be sent again.
        times = 1 if name in {"401", "some turned away", *FINAL} else dice.choice((1, 1, 2, 3))
        trouble = spoilt(kind, dice.choice(WHERE), mishap, usual, times)
        meets(quarry, trouble, hasty=name in HANGING, again=kind is Kind.SEATS and name in FINAL)


@pytest.mark.slow
@pytest.mark.parametrize("kind", READING)
def test_each_that_planning_reads(quarry: Quarry, kind: Kind) -> None:
    for name, mishap in ((name, mishap) for name, mishap in mishaps_for(kind).items() if name not in FINAL):
        for number in (1, 4) if kind is Kind.PAGES else (1,):
            reads(quarry, Spoilt(kind, mishap, number, number), hasty=name in HANGING)


@pytest.mark.parametrize("name", FINAL)
@pytest.mark.parametrize("kind", READING)
def test_some_answers_end_planning_at_once(quarry: Quarry, kind: Kind, name: str) -> None:
    """Nothing is sent to where a redirect points, and a person is told."""
    if kind is Kind.SINGLES:  # one of a batch of reads is read again
        reads(quarry, Spoilt(kind, mishaps_for(kind)[name]), hasty=False)
        return
    tenant = quarry.fresh()
    rig = Rig(PLAN, tenant, spoilt=[Spoilt(kind, mishaps_for(kind)[name])])
    with pytest.raises(TenantUnavailable, match=r"HTTP (101|302|307)"):
        rig.read()
    assert not rig.passage.broken, rig.passage.broken
    tenant._db.close()


def test_a_next_page_elsewhere_is_not_followed(quarry: Quarry) -> None:
    tenant = quarry.fresh()
    rig = Rig(PLAN, tenant, spoilt=[Spoilt(Kind.PAGES, next_page_elsewhere)])
    with pytest.raises(TenantUnavailable, match="said to be elsewhere"):
        rig.read()
    assert rig.passage.met == 1
    assert not rig.passage.broken, rig.passage.broken
    tenant._db.close()
