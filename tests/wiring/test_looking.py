"""A look after a run: reads that lag are read again until they agree, or until no read can lag any more."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from batch.core.entries import Seen
from batch.core.pace import Policy
from batch.core.terms import Holding, People, Sight
from batch.engine.apply import apply
from batch.wiring.looking import settled_now
from tests.engine.memory_journal import MemoryJournal, Notes
from tests.engine.small_plans import A, B, holds, plan_of, user
from tests.engine.virtual_time import VirtualClock, VirtualLoop

PLAN = plan_of([0] * 45, slack=45)
BEFORE: dict[str, int] = {}


class Behind:
    """A tenant whose reads show a write only so many seconds after it; lists may be older still."""

    name = "behind"

    def __init__(self, tenant, *, lag, truth=None, lists=0.0):
        self.tenant, self.truth, self.lists, self.read_lag = tenant, truth or {}, lists, lag
        self.shows_at = 0.0
        self.looks = Counter()
        self.lists_read = 0

    async def skus(self):
        return await self.tenant.skus()

    async def people(self, upns, likely=()):
        self.lists_read += 1
        assert set(likely) >= {A, B}
        return await self._as_of(await self.tenant.people(upns), self.shows_at + self.lists)

    async def look(self, ids):
        assert len(ids) <= 20
        self.looks.update(ids)
        late = asyncio.get_running_loop().time() >= self.shows_at
        sights = await self.tenant.look(ids)
        return [Sight(s.user_id, 200, self.truth.get(s.user_id, s.holding if late else holds(A))) for s in sights]

    async def _as_of(self, people, shows_at):
        if asyncio.get_running_loop().time() >= shows_at:
            return people
        return People(people.ids, people.upns, people.names, people.locations, [0] * len(people), (holds(A),))


def done(tmp_path, **behind):
    loop = VirtualLoop()
    tenant = Behind(PLAN.create(tmp_path / "t.db"), **behind)
    BEFORE.update({s.sku_id: s.consumed for s in loop.run(tenant.skus())})
    ledger = loop.run(apply(PLAN.changes, tenant.tenant, MemoryJournal(), VirtualClock(loop), Notes(), Policy()))
    return loop, tenant, ledger


def look(loop, tenant, ledger):
    told = []
    begun = loop.time()
    work = settled_now(PLAN.changes, ledger, BEFORE, tenant, VirtualClock(loop), lambda n, left: told.append((n, left)))
    seen, units = loop.run(work)
    loop.close()
    return seen, units, loop.time() - begun, told


def test_what_agrees_at_once_is_read_once(tmp_path):
    loop, tenant, ledger = done(tmp_path, lag=300.0)
    seen, units, seconds, told = look(loop, tenant, ledger)
    assert seen == [Seen.AFTER] * 45
    assert (seconds, told, tenant.lists_read, sum(tenant.looks.values())) == (0.0, [], 1, 0)
    assert units[A] == BEFORE[A] - 45


def test_reads_that_lag_are_waited_for_with_growing_pauses(tmp_path):
    loop, tenant, ledger = done(tmp_path, lag=300.0)
    tenant.shows_at = loop.time() + 20.0
    seen, _, seconds, told = look(loop, tenant, ledger)
    assert seen == [Seen.AFTER] * 45
    assert 20.0 <= seconds <= 45.0
    assert [n for n, _ in told] == [45] * len(told)
    assert set(tenant.looks.values()) == {len(told) + 1}
    assert tenant.lists_read == 1


def test_a_true_difference_is_told_once_no_read_can_lag(tmp_path):
    loop, tenant, ledger = done(tmp_path, lag=300.0, truth={user(7): holds(A)})
    tenant.shows_at = loop.time()
    tenant.lists = 1.0
    seen, _, seconds, _ = look(loop, tenant, ledger)
    assert [n for n, s in enumerate(seen) if s is not Seen.AFTER] == [7]
    assert seconds == pytest.approx(300.0, abs=1.0)
    assert tenant.looks[user(3)] == 1, "who agrees is not read again"


def test_long_after_the_run_nothing_is_waited_for_but_old_lists_are_checked_one_by_one(tmp_path):
    loop, tenant, ledger = done(tmp_path, lag=300.0, truth={user(7): Holding()})
    loop.pass_by(1000.0)
    tenant.shows_at, tenant.lists = loop.time() - 1, 1e9
    seen, _, seconds, told = look(loop, tenant, ledger)
    assert (seconds, told) == (0.0, [])
    assert [n for n, s in enumerate(seen) if s is not Seen.AFTER] == [7]
    assert set(tenant.looks.values()) == {1}
