"""What changed since the plan was made: people are left alone one by one; without its products a plan is stale."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from batch.core.errors import PlanStale, TenantUnavailable
from batch.core.outcomes import Outcome
from batch.core.pace import Policy
from batch.core.states import State
from batch.core.terms import Holding, Sight, SkuStatus
from batch.runs.folder import RunFolder
from batch.runs.store import load_skus
from batch.wiring.applying import Listener, carry_out, load_verified, tenant_of
from batch.wiring.drifting import check_products
from batch.wiring.parts import SteadyClock
from batch.wiring.reporting import report_of
from tests.engine.small_plans import SKUS, B, plan_of


def applied(spoil=lambda tenant, changes: None, **policy):
    """Carry the plan in ``r`` out, with whatever happens before; ledger, report and what was said."""
    said = []
    with RunFolder.open(Path("r")) as folder:
        changes, meta = load_verified(folder), folder.meta()
        with tenant_of(folder, meta) as tenant:
            spoil(tenant, changes)
            bounds = Policy(**{**meta["policy"], **policy})
            listener = Listener(left_alone=said.append)
            ledger = carry_out(folder, tenant, changes, [], bounds, SteadyClock(), fresh=False, listener=listener)
        return ledger, report_of(folder, changes, ledger), said


def meddle(tenant, changes):
    """Person 0 is moved by somebody else, 1 loses everything, 2 is deleted."""
    tenant.touch(changes.user_id[0], changes.kinds[changes.kind[0]].after)
    tenant.touch(changes.user_id[1], Holding(()))
    tenant.delete_user(changes.user_id[2])


LEFT = [State.HELD, State.HELD, State.REFUSED]
SAID = (
    "Left alone. With other licences since the plan was made: p1@c.example (1 in all). "
    "Gone from the tenant since the plan was made: p2@c.example (1 in all). "
    "Moved already by somebody else, so there is nothing to do: p0@c.example (1 in all)."
)


def test_those_who_changed_are_left_alone_and_named_and_everybody_else_goes(planned):
    planned(7)
    ledger, report, said = applied(meddle)
    assert [State(s) for s in ledger.state] == LEFT + [State.APPLIED] * 4
    assert said == [SAID]
    reasons = {(r.where, r.code) for r in report.attention}
    assert reasons == {("held", "already_moved"), ("held", "changed_meanwhile"), ("refused", "no_such_user")}
    assert ledger.tries[0] == ledger.tries[1] == ledger.tries[2] == 0, "nothing was sent for them"


def test_a_process_that_dies_between_the_look_and_the_first_group_takes_the_look_for_what_it_was(planned):
    planned(7)
    ledger, _, _ = applied(meddle, until=1.0)
    assert (ledger.stop, ledger.outcomes()[Outcome.APPLIED]) == ("window_closed", 0)
    assert [State(s) for s in ledger.state[:3]] == LEFT
    ledger, _, said = applied()
    assert [State(s) for s in ledger.state] == LEFT + [State.APPLIED] * 4
    assert said == []


def test_those_who_change_while_the_run_rests_are_left_alone_too(planned):
    planned(7)
    assert applied(until=1.0)[0].stop == "window_closed"
    ledger, _, said = applied(meddle)
    assert [State(s) for s in ledger.state] == LEFT + [State.APPLIED] * 4
    assert said == [SAID]


def test_a_plan_most_of_whose_people_changed_is_stale_and_nothing_is_noted(planned):
    planned(5)
    with pytest.raises(PlanStale, match="3 of 5 people changed since the plan was made"):
        applied(meddle)
    with RunFolder.open(Path("r")) as folder:
        assert list(folder.journal().entries()) == []


def test_a_plan_whose_people_cannot_be_read_is_not_begun(planned, monkeypatch):
    planned(3)
    monkeypatch.setattr("batch.wiring.looking._TRIES", 1)

    def deaf(tenant, changes):
        people = tenant.people

        async def fewer(upns, likely=()):
            return await people(set(upns) - {"p1@c.example"})

        async def silent(users):
            return [Sight(u, 503) for u in users]

        tenant.people, tenant.look = fewer, silent

    with pytest.raises(TenantUnavailable, match="1 of the people could not"):
        applied(deaf)


def test_a_product_that_is_gone_makes_the_plan_stale(planned):
    planned(3)
    with RunFolder.open(Path("r")) as folder:
        name = next(s.name for s in load_skus(folder.db) if s.name == "Office 365 E3")

    def sell(tenant, changes):
        skus = asyncio.run(tenant.skus())

        async def fewer():
            return tuple(s for s in skus if s.name != name)

        tenant.skus = fewer

    with pytest.raises(PlanStale, match="no longer has Office 365 E3"):
        applied(sell)


PLAN = plan_of([0, 0, 0], slack=3)
BEFORE = tuple(replace(s, enabled=3, consumed=0) if s.sku_id == B else s for s in SKUS)


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ({}, ""),
        ({"consumed": 3}, ""),  # others took them: who finds none is not sent
        ({"enabled": 9, "consumed": 9}, ""),
        ({"enabled": 2}, "had 3 seats when the plan was made and has 2 now; 3 free ones are needed and 2 are there"),
        ({"status": SkuStatus.SUSPENDED}, "Product B, which the plan gives, is Suspended now"),
        ({"status": SkuStatus.WARNING}, ""),
    ],
)
def test_products_that_can_no_longer_be_given(now, told):
    owned = tuple(replace(s, **now) if s.sku_id == B else s for s in BEFORE)
    if not told:
        check_products(PLAN.changes, BEFORE, owned)
        return
    with pytest.raises(PlanStale, match=told):
        check_products(PLAN.changes, BEFORE, owned)
