"""Looking at a tenant before a move, and waiting until it is ready; no clock is waited for."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date

import pytest

from batch.core.described import describe
from batch.core.errors import TenantUnavailable
from batch.core.estate import Organisation, Subscription
from batch.core.facts import Facts
from batch.core.ready import Verdict, examine
from batch.core.terms import SkuStatus
from batch.runs.jobfile import Job
from batch.sheets.products import known_products
from batch.tenants.practice import PracticeTenant
from batch.wiring.planning import read_sheets
from batch.wiring.readiness import longest_wait, looking_at, wait_until_ready

USERS = "User principal name,Usage location,Licenses\n" + "".join(
    f"p{n}@c.example,NL,Office 365 E4\n" for n in range(3)
)
SEATS = "Product Title,Total Licenses,Assigned licenses\nOffice 365 E4,5,0\nOffice 365 E3,2,0\n"


@pytest.fixture
def job(tmp_path):
    (tmp_path / "users.csv").write_text(USERS, "utf-8")
    (tmp_path / "seats.csv").write_text(SEATS, "utf-8")
    return Job(
        users=(tmp_path / "users.csv",),
        licenses=(tmp_path / "seats.csv",),
        source="Office 365 E4",
        target="Office 365 E3",
        accept=("voice",),
    )


def made(job, tmp_path, **change):
    """The job on a practice tenant of its sheets, changed in this way."""
    described = describe(read_sheets(job), known_products())
    skus = [replace(s, **change.get(s.part_number, {})) for s in described.skus]
    more = {k: v for k, v in change.items() if k in ("organisation", "subscriptions")}
    asyncio.run(PracticeTenant.create(tmp_path / "t.db", skus, described.people, **more).close())
    return replace(job, tenant=f"practice:{tmp_path / 't.db'}", licenses=())


def looked(job):
    with looking_at(job, Facts()) as look:
        return look(0, False)


def test_the_sheets_alone_say_what_to_buy_but_nothing_of_the_tenant(job):
    evidence = looked(job)
    assert evidence.demand.purchase.total == 1
    found = examine(evidence)
    assert found.verdict is Verdict.BLOCKED
    assert {line.mark.value for line in found.lines if line.rule in ("tenant", "active", "services")} == {"unknown"}


def test_a_tenant_with_a_seat_more_is_ready(job, tmp_path):
    assert examine(looked(made(job, tmp_path, ENTERPRISEPACK={"enabled": 3}))).verdict is Verdict.READY


def test_what_the_plan_would_block_is_not_ready(job, tmp_path):
    on = made(job, tmp_path, ENTERPRISEPACK={"enabled": 3})
    evidence = looked(replace(on, accept=()))
    assert (evidence.demand.movers, dict(evidence.demand.unsettled)) == (3, {"hazard_voice": 3})
    assert examine(evidence).verdict is Verdict.BLOCKED
    (tmp_path / "vips.txt").write_text("p0@c.example\n", "utf-8")
    kept = looked(replace(on, protect=(tmp_path / "vips.txt",))).demand
    assert (kept.movers, kept.held_back, dict(kept.unsettled)) == (2, 1, {})


def test_a_copy_is_looked_at_where_it_is_and_not_duplicated(job, tmp_path):
    on = made(job, tmp_path, ENTERPRISEPACK={"enabled": 3})
    before = (tmp_path / "t.db").read_bytes()
    copy = replace(on, tenant=on.tenant.replace("practice:", "copy:"))
    assert examine(looked(copy)).verdict is Verdict.READY
    assert (tmp_path / "t.db").read_bytes() == before


def test_the_wrong_tenant_and_a_purchase_that_is_disabled(job, tmp_path):
    e3, e4 = "6fd2c87f-b296-42f0-b197-1e91e994b900", "1392051d-0cb9-4b7a-88d5-621fee5e8711"
    purchases = tuple(
        Subscription(subscription_id=i, commerce_id=i, sku_id=i, part_number="", status=status, total=5)
        for i, status in ((e3, SkuStatus.SUSPENDED), (e4, SkuStatus.ENABLED))
    )
    other = Organisation(tenant_id="t", name="Fabrikam", domains=("fabrikam.example",))
    on = made(job, tmp_path, ENTERPRISEPACK={"enabled": 3}, organisation=other, subscriptions=purchases)
    marks = {line.rule: line.mark.value for line in examine(looked(on)).lines}
    assert (marks["tenant"], marks["active"]) == ("fail", "fail")


class Wait:
    """A clock that only moves when somebody sleeps, and what was slept and told."""

    def __init__(self):
        self.at, self.slept, self.told = 1_000_000.0, [], []

    def now(self):
        return self.at

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.at += seconds

    def until_ready(self, look, hours):
        told = lambda what, until: self.told.append(what)  # noqa: E731
        return wait_until_ready(look, self.at + hours * 3600, told, self, self.sleep)


@pytest.fixture
def waits(job, tmp_path):
    """Evidence that is not ready, and one that is; each look is made at the time of the clock."""
    lacking = replace(looked(made(job, tmp_path)), facts=Facts())
    ready = replace(lacking, demand=replace(lacking.demand, purchase=type(lacking.demand.purchase)()))
    skus = {i: replace(s, enabled=5) for i, s in lacking.skus.items()}
    return Wait(), lacking, replace(ready, skus=skus)


def test_waits_grow_and_end_when_it_is_ready(waits):
    wait, lacking, ready = waits
    found = wait.until_ready(
        lambda looks, waiting: replace(lacking if looks < 4 else ready, at=wait.at, looks=looks, waiting=waiting), 48
    )
    assert found.verdict is Verdict.READY
    assert wait.slept == [900, 3600, 3600, 3600]
    assert all("1 is free" in what or "2 are free" in what for what in wait.told)


def test_the_deadline_is_kept(waits):
    wait, lacking, _ = waits
    found = wait.until_ready(lambda looks, waiting: replace(lacking, at=wait.at, looks=looks, waiting=waiting), hours=1)
    assert found.verdict is Verdict.NOT_YET
    assert wait.slept == [900, 2700]


def test_what_no_waiting_helps_is_not_waited_for(waits):
    wait, lacking, _ = waits
    unpaid = Facts(source="f", balance_due=True)
    found = wait.until_ready(lambda looks, waiting: replace(lacking, waiting=waiting, facts=unpaid), 48)
    assert (found.verdict, wait.slept) == (Verdict.BLOCKED, [])


def test_a_tenant_that_is_away_for_a_while_is_waited_for(waits):
    wait, _, ready = waits

    def look(looks, waiting):
        if looks == 0:
            raise TenantUnavailable("The tenant is away.")
        return ready

    assert wait.until_ready(look, 48).verdict is Verdict.READY
    assert (wait.slept, wait.told) == ([900], ["The tenant is away."])
    with pytest.raises(TenantUnavailable):
        wait.until_ready(lambda looks, waiting: look(0, waiting), 0)


def test_it_waits_as_long_as_a_credit_check_may_take():
    monday = 1_795_420_800.0  # 2026-11-23 08:00 UTC
    assert longest_wait(Facts(ordered_on=date(2026, 11, 20)), monday) == 1_795_478_400.0
    assert longest_wait(Facts(ordered_on=date(2026, 11, 2)), monday) == monday
