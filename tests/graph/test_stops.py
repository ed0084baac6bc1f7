"""Days on which the run has to stop or to wait: no rights, no sign-in, nobody there, slow down; and it goes on."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from batch.core.errors import TenantRefused
from batch.core.outcomes import Outcome
from batch.core.quota import Quota
from batch.tenants.faults import Faults
from tests.engine.small_plans import plan_of
from tests.graph.mishaps import in_a_second, refuses
from tests.graph.passage import Kind, Mishap, Passage, Respond, Spoilt
from tests.graph.quarry import FAULTS, PLAN, Quarry
from tests.graph.rig import POLICY, Job, Rig, judge

FOR_EVER = float("inf")


def run(quarry: Quarry, *spoilt: Spoilt, faults: Faults = FAULTS, **more: object) -> Job:
    tenant = quarry.fresh(faults)
    job = Rig(PLAN, tenant, faults, spoilt, **more).go()  # type: ignore[arg-type]
    judge(job)
    tenant._db.close()
    return job


async def mended(life: int, rig: Rig) -> None:
    """From the second life on nothing goes wrong on the wire any more."""
    if life > 1:
        rig.passage.spoilt = []


@pytest.mark.parametrize("first", [1, 6])
@pytest.mark.parametrize(("status", "reason"), [(401, "sign_in"), (403, "rights")])
def test_writes_are_refused_from_some_moment_on(quarry: Quarry, status: int, reason: str, first: int) -> None:
    job = run(quarry, Spoilt(Kind.WRITES, refuses(status), first, FOR_EVER), before_life=mended)
    assert job.passage is not None
    if status == 401 or first == 1:
        assert job.stops == [reason, ""]
        # What was on the wire at that moment is the most that is refused, each once more with another token.
        assert job.passage.met <= POLICY.in_flight * (2 if status == 401 else 1)
    else:
        # Some were moved, so it may be about these people alone; that is found out within a few tries.
        assert job.stops[0] in {reason, "no_seats"}
        assert job.stops[1:] == [""]
        assert job.passage.met <= 30


@pytest.mark.parametrize("times", [1, 2])
def test_one_batch_is_refused_for_want_of_rights(quarry: Quarry, times: int) -> None:
    """Whoever is refused once, while others are moved, is moved in the end; perhaps somebody has to carry on."""
    job = run(quarry, Spoilt(Kind.WRITES, refuses(403), 2, 1 + times))
    assert set(job.stops[:-1]) <= {"rights"}
    assert job.stops[-1] == ""


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("kind", [Kind.SEATS, Kind.WHOSE, Kind.PAGES, Kind.SINGLES])
def test_reads_are_refused(quarry: Quarry, kind: Kind, status: int) -> None:
    job = run(quarry, Spoilt(kind, refuses(status), 1, FOR_EVER), before_life=mended)
    (trouble,) = job.troubles
    assert isinstance(trouble, TenantRefused)
    assert "secret" not in str(trouble)
    assert job.lives == 2


@pytest.mark.parametrize("status", [401, 403])
def test_looks_are_refused(quarry: Quarry, status: int) -> None:
    """Whoever is in doubt stays in doubt until reads are allowed again; nobody is written to blindly."""
    policy = replace(POLICY, looks=4)
    spoilt = Spoilt(Kind.LOOKS, refuses(status), 1, FOR_EVER)
    job = run(quarry, spoilt, before_life=mended, policy=policy)
    assert job.lives == 2


def goes_away(rig: Rig, seconds: float, *, done: bool) -> Mishap:
    """The service is gone for so long, with every connection; the next one listens at the same port."""

    async def away() -> None:
        await rig.stop()
        await asyncio.sleep(seconds)
        await rig.start()

    async def mishap(request: web.Request, respond: Respond, passage: Passage) -> web.StreamResponse:
        if done:
            await respond()
        assert request.transport is not None
        request.transport.abort()
        rig.errands.append(asyncio.ensure_future(away()))
        return web.Response(status=499)

    return mishap


@pytest.mark.parametrize("done", [pytest.param(False, marks=pytest.mark.slow), True])
@pytest.mark.parametrize(("kind", "number"), [(Kind.WRITES, 1), (Kind.WRITES, 4), (Kind.LOOKS, 2), (Kind.SEATS, 3)])
def test_the_service_goes_away_for_a_while(quarry: Quarry, kind: Kind, number: int, *, done: bool) -> None:
    tenant = quarry.fresh(FAULTS)
    # Asked to stop, and carried on: the seats are counted for the third time.
    stopped = kind is Kind.SEATS
    rig = Rig(PLAN, tenant, FAULTS, deaths=[("stop", 12, False, True)] if stopped else ())
    rig.spoilt = [Spoilt(kind, goes_away(rig, 0.1, done=done), number, number)]
    job = rig.go()
    judge(job)
    assert rig.passage.met == 1
    assert job.stops == (["interrupted", ""] if stopped else [""])
    assert not job.troubles
    tenant._db.close()


def test_nobody_is_there_at_all(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Few are tried, nothing is in doubt, and what is left is told."""
    plan = plan_of([0] * 60, slack=60)
    quarry = Quarry(plan, tmp_path_factory.mktemp("many"))
    tenant = quarry.fresh()
    policy = replace(POLICY, tries=3, stop_at=0.25)

    async def gone(life: int, rig: Rig) -> None:
        if life == 1:
            rig.spoilt = []

    rig = Rig(plan, tenant, policy=policy, before_life=gone, whole=False)
    rig.spoilt = [Spoilt(Kind.WRITES, goes_away(rig, 0.6, done=False))]
    job = rig.go()
    judge(job)
    assert job.stops[0] == "too_many_failures"
    assert job.ledger.outcomes()[Outcome.APPLIED] == 60
    tenant._db.close()
    quarry.close()


@pytest.mark.parametrize(
    ("headers", "least"),
    [
        ({"Retry-After": "0.3"}, 0.3),
        (in_a_second, 1.0),
        pytest.param({"Retry-After": "1"}, 1.0, marks=pytest.mark.slow),
    ],
)
def test_the_service_says_how_long_to_wait(quarry: Quarry, headers: object, least: float) -> None:
    """Whoever was turned away does not come again before that, and nobody waits much longer."""
    policy = replace(POLICY, longest_wait=5.0)
    tenant = quarry.fresh()
    rig = Rig(PLAN, tenant, spoilt=[Spoilt(Kind.WRITES, refuses(429, headers), 2, 2)], policy=policy, whole=False)  # type: ignore[arg-type]
    job = rig.go()
    judge(job)
    again = [times for times in rig.passage.times.values() if len(times) > 1]
    assert again
    assert all(least <= second - first <= least * 1.1 + 0.5 for first, second in again)
    tenant._db.close()


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
@pytest.mark.parametrize(
    "death",
    [
        ("tenant", 9, False, True),
        pytest.param(("journal", 9, True, True), marks=pytest.mark.slow),
        pytest.param(("tenant", 13, True, True), marks=pytest.mark.slow),
    ],
)
def test_the_clock_is_set_between_a_death_and_the_next_life(
    quarry: Quarry, death: tuple[str, int, bool, bool], jump: float
) -> None:
    """By an hour, either way: what was in doubt is still not believed too early."""
    faults = replace(FAULTS, lag=0.2)

    async def set_clock(life: int, rig: Rig) -> None:
        rig.clock_off = jump if life > 1 else 0.0

    policy = replace(POLICY, settle=0.25, longest_wait=0.5)
    job = run(quarry, faults=faults, policy=policy, settle=0.25, deaths=[death], before_life=set_clock)
    assert job.lives == 2


def test_the_laptop_sleeps_for_an_hour(quarry: Quarry) -> None:
    """Connections are gone, the token has ended, reads have long caught up, and the clock is an hour further."""
    tenant = quarry.fresh(FAULTS)
    rig = Rig(PLAN, tenant, FAULTS)

    async def sleeps(request: web.Request, respond: Respond, passage: Passage) -> web.StreamResponse:
        await respond()
        rig.clock_off += 3600.0
        tenant._past._writes.clear()
        passage.ended |= passage.given
        passage.given.clear()
        assert request.transport is not None
        request.transport.abort()
        return web.Response(status=499)

    rig.spoilt = [Spoilt(Kind.WRITES, sleeps, 4, 4)]
    job = rig.go()
    judge(job)
    assert rig.passage.turned_away
    assert job.stops == [""]
    tenant._db.close()


QUOTA = Quota(60, 0.6)


@pytest.mark.parametrize("known", [True, False])
def test_the_service_takes_so_many_writes_and_no_more(tmp_path: Path, *, known: bool) -> None:
    """Who knows the quota is never turned away; who does not is, and gets everything done all the same."""
    plan = plan_of([0] * 120, slack=120)
    quarry = Quarry(plan, tmp_path)
    tenant = quarry.fresh()
    policy = replace(POLICY, group_size=20, tries=100, longest_wait=0.3)
    if known:
        policy = replace(policy, writes=QUOTA.writes, window=QUOTA.seconds)
    rig = Rig(plan, tenant, policy=policy, quota=QUOTA, whole=False)
    job = rig.go()
    judge(job)
    again = sum(len(times) - 1 for times in rig.passage.times.values())
    assert (again == 0) == known
    tenant._db.close()
    quarry.close()
