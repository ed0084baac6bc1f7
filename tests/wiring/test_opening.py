from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from batch.core.errors import PlanStale, UsageError
from batch.core.quota import GRAPH_QUOTA, Quota
from batch.runs.folder import RunFolder
from batch.runs.jobfile import Job
from batch.tenants.graph.tenant import GraphTenant
from batch.tenants.practice import PracticeTenant
from batch.wiring.applying import tenant_of
from batch.wiring.opening import Reach, open_tenant, quota_of
from batch.wiring.planning import plan_run


@pytest.mark.parametrize("at", ["", "practice", "practice:", "nonsense:x", ":x", "practice:nowhere.db", "graph:x"])
def test_a_tenant_that_is_none(at):
    with pytest.raises(UsageError) as caught:
        open_tenant(Reach(at=at))
    assert caught.value.todo


@pytest.mark.parametrize(
    ("reach", "text"),
    [
        (Reach(at="graph", faults="seed=1"), "Faults are for practice tenants"),
        (Reach(at="practice:x.db", cloud="usgov"), "--cloud is for Microsoft 365"),
        (Reach(at="practice:x.db", sign_in="cli"), "--sign-in is for Microsoft 365"),
        (Reach(at="graph", cloud="usgo"), "Did you mean usgov"),
    ],
)
def test_what_does_not_go_together(reach, text):
    with pytest.raises(UsageError, match=text.split()[0]) as caught:
        open_tenant(reach)
    assert text in str(caught.value)


def test_microsoft_365_is_opened_without_a_call(monkeypatch):
    monkeypatch.setenv("REASSIGN_GRAPH_TOKEN", "ready")
    tenant = open_tenant(Reach(at="graph", settle=7.0))
    assert isinstance(tenant, GraphTenant)
    assert tenant.read_lag == 7.0
    asyncio.run(tenant.close())


def test_the_quota():
    assert quota_of("graph", "") == GRAPH_QUOTA
    assert quota_of("practice:x", "") is None
    assert quota_of("graph", "none") is None
    assert quota_of("graph", "400/2s") == Quota(400, 2.0)
    assert quota_of("practice:x", "400/2s") is None


def test_a_plan_is_carried_out_on_the_tenant_that_it_was_made_for(job):
    first = job(3, tenant="practice:t.db")
    make_tenant(first)
    plan_run(first)
    with RunFolder.open(Path("r")) as folder:
        with tenant_of(folder, folder.meta()) as tenant:
            assert isinstance(tenant, PracticeTenant)
        Path("t.db").unlink()
        make_tenant(first)
        with pytest.raises(PlanStale, match="what answers now"), tenant_of(folder, folder.meta()):
            pass


def make_tenant(job: Job) -> None:
    from batch.core.described import describe
    from batch.sheets.products import known_products
    from batch.wiring.planning import read_sheets

    described = describe(read_sheets(job), known_products(), asked=("Office 365 E3",))
    asyncio.run(PracticeTenant.create("t.db", described.skus, described.people).close())
