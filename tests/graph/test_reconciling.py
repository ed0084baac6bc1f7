"""The fresh look at the end: a read that fails is read again, and is never told as a difference."""

from __future__ import annotations

import pytest

from batch.tenants.faults import Faults
from tests.graph.mishaps import refuses
from tests.graph.passage import Kind, Spoilt
from tests.graph.quarry import LAG, PLAN, Quarry
from tests.graph.rig import Rig, judge


@pytest.mark.parametrize("status", [429, 503])
def test_looks_that_fail_at_the_end_are_no_difference(
    quarry: Quarry, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("batch.wiring.looking.wait_for", lambda *_: 0.01)
    faults = Faults(lag=LAG)
    tenant = quarry.fresh(faults)
    show = tenant._past.holdings
    # Lists show how it was before the last moves for as long as reads may lag; single reads are turned away at first.
    tenant._past.holdings = lambda now, moment: show(now, now - LAG)  # type: ignore[method-assign]
    job = Rig(PLAN, tenant, faults, [Spoilt(Kind.LOOKS, refuses(status), 1, 4)]).go()
    judge(job)
    assert job.passage is not None
    assert job.passage.met == 4
    tenant._db.close()
