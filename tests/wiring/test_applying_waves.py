"""Waves from the plan to the report: who goes first, the look, and a stop that a person has to see."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from batch.core.entries import EntryKind, Seen
from batch.core.outcomes import Outcome, RunStatus
from batch.core.pace import Policy
from batch.core.states import State
from batch.core.terms import Sight
from batch.engine.apply import replay
from batch.runs.folder import RunFolder
from batch.wiring.applying import carry_out, load_verified, tenant_of
from batch.wiring.parts import SteadyClock
from batch.wiring.reporting import report_of
from batch.wiring.verifying import looks_again
from tests.engine.small_plans import A, holds, plan_of, user
from tests.engine.virtual_time import VirtualClock, VirtualLoop


def applied(spoil=lambda tenant: None):
    """Carry the plan in ``r`` out, with a tenant that was spoilt before; the ledger and the report."""
    with RunFolder.open(Path("r")) as folder:
        changes, meta = load_verified(folder), folder.meta()
        with tenant_of(folder, meta) as tenant:
            spoil(tenant)
            clock = SteadyClock()
            ledger = carry_out(folder, tenant, changes, [], Policy(**meta["policy"]), clock, fresh=True)
        return ledger, report_of(folder, changes, ledger)


def test_the_pilot_goes_first_and_the_look_is_in_the_journal(planned):
    planned(9, pilot=2)
    ledger, _ = applied()
    assert not ledger.open
    assert [(w.up_to, w.looked, w.differing) for w in ledger.waves] == [(2, 2, 0)]
    with RunFolder.open(Path("r")) as folder:
        entries = list(folder.journal().entries())
        assert replay(load_verified(folder), entries).waves == ledger.waves
    kinds = [e.kind for e in entries if e.kind in (EntryKind.SENT, EntryKind.VERIFIED)]
    assert kinds == [EntryKind.SENT] * 2 + [EntryKind.VERIFIED] + [EntryKind.SENT] * 7


def test_a_bad_pilot_stops_the_run_and_a_person_may_carry_on(planned):
    planned(9, pilot=2)
    ledger, report = applied(lambda tenant: tenant.delete_user(ids(tenant)["p0@c.example"]))
    assert (ledger.stop, ledger.outcomes()[Outcome.APPLIED]) == ("wave_failed", 1)
    assert (report.status, report.exit_code) == (RunStatus.STOPPED, 3)
    reasons = {(r.where, r.code): r.count for r in report.attention}
    assert reasons == {("refused", "no_such_user"): 1, ("not_sent", "wave_failed"): 7}
    ledger, report = applied()
    assert (ledger.stop, ledger.outcomes()[Outcome.APPLIED]) == ("", 8)
    assert [w.up_to for w in ledger.waves] == [2, 4], "the next wave is no larger than the one that failed"


def test_the_limit_of_failures_is_the_plans_own(planned):
    planned(9, pilot=2, stop_at=0.5)
    ledger, _ = applied(lambda tenant: tenant.delete_user(ids(tenant)["p0@c.example"]))
    assert (ledger.stop, ledger.outcomes()[Outcome.APPLIED]) == ("", 8)


def ids(tenant):
    people = asyncio.run(tenant.people(None))
    return dict(zip(people.upns, people.ids, strict=True))


# The look itself

PLAN = plan_of([0] * 30, slack=30)


class Behind:
    """A tenant whose reads show a write only from a moment on; of ``truth`` they never do."""

    read_lag = 60.0

    def __init__(self, tenant, shows_at, truth):
        self.tenant, self.shows_at, self.truth = tenant, shows_at, truth
        self.looks = Counter()

    def _as_seen(self, uid, holding):
        late = asyncio.get_running_loop().time() >= self.shows_at
        return self.truth.get(uid, holding if late else holds(A))

    async def people(self, upns, likely=()):
        people = await self.tenant.people(upns)
        seen = [self._as_seen(u, people.holdings[h]) for u, h in zip(people.ids, people.holding, strict=True)]
        return type(people)(people.ids, people.upns, people.names, people.locations, [*range(len(seen))], tuple(seen))

    async def look(self, uids):
        self.looks.update(uids)
        sights = await self.tenant.look(uids)
        return [Sight(s.user_id, 200, self._as_seen(s.user_id, s.holding)) for s in sights]


@pytest.mark.parametrize(("truth", "differ", "least"), [({}, [], 20.0), ({user(4): holds(A)}, [4], 60.0)])
def test_who_differs_is_read_again_until_no_read_can_lag(truth, differ, least, tmp_path):
    real = PLAN.create(tmp_path / "t.db")
    with VirtualLoop() as loop:
        clock = VirtualClock(loop)
        calls = [PLAN.changes.kinds[0].call(u) for u in PLAN.changes.user_id[:10]]
        loop.run(real.assign(calls))
        tenant, told = Behind(real, loop.time() + 20.0, truth), []
        ledger = replay(PLAN.changes, [])
        for n in range(10):
            ledger.at[n], ledger.state[n] = clock.now(), State.APPLIED
        begun = loop.time()
        look = looks_again(PLAN.changes, tenant, clock, lambda left, seconds: told.append(left))
        seen = loop.run(look(range(10), ledger))
        assert [n for n, what in enumerate(seen) if what is not Seen.AFTER] == differ
        assert least <= loop.time() - begun <= least + 45
    assert told
    assert set(tenant.looks) == set(PLAN.changes.user_id[:10]), "nobody else is read"
