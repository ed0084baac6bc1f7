from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from batch.core.errors import UsageError
from batch.core.estate import LicensingGroup, Organisation, Subscription
from batch.core.terms import Add, Holding, SkuStatus
from batch.tenants.practice import PracticeTenant
from batch.wiring.copying import copy_tenant
from batch.wiring.opening import Reach
from tests.tenants.small_tenant import E3, E4, SKUS, direct, inherited, people

REAL = Organisation(tenant_id="11111111-2222-4333-8444-555555555555", name="Contoso", domains=("contoso.com",))
PARTNER = "99999999-8888-4777-8666-555555555555"
PURCHASE = Subscription(
    subscription_id="s1", commerce_id="c1", sku_id=E4, part_number="X", status=SkuStatus.WARNING, total=10, trial=True,
    owner_tenant=PARTNER,
)  # fmt: skip
GROUP = LicensingGroup(group_id="g1", name="Staff", licences=(Add(E3),), dynamic=True)


@pytest.fixture
def original():
    crowd = people(direct(E4), Holding(), Holding.of([inherited(E3)]))
    made = PracticeTenant.create("real.db", SKUS, crowd, organisation=REAL, subscriptions=[PURCHASE], groups=[GROUP])
    asyncio.run(made.close())
    return Reach(at="practice:real.db")


def all_of(path):
    tenant = PracticeTenant.open(path)
    try:
        return {
            "organisation": asyncio.run(tenant.organisation()),
            "skus": asyncio.run(tenant.skus()),
            "subscriptions": asyncio.run(tenant.subscriptions()),
            "groups": asyncio.run(tenant.licensing_groups()),
            "people": asyncio.run(tenant.people(None)),
        }
    finally:
        asyncio.run(tenant.close())


def test_a_copy_is_the_same_without_those_who_hold_nothing(original):
    told = []
    copied = copy_tenant(original, Path("copy.db"), stage_is=told.append)
    assert (copied.people, copied.skus, copied.subscriptions, copied.groups) == (2, len(SKUS), 1, 1)
    before, after = all_of("real.db"), all_of("copy.db")
    assert after["organisation"].copied_at > 0
    assert replace(after["organisation"], copied_at=0.0) == before["organisation"] == REAL
    for same in ("skus", "subscriptions", "groups"):
        assert after[same] == before[same]
    assert after["people"].upns == [before["people"].upns[n] for n in (0, 2)]
    assert told[-1] == "Writing the copy"


def test_a_pseudonymised_copy_names_nobody(original):
    copy_tenant(original, Path("copy.db"), pseudonymise=True)
    after = all_of("copy.db")
    before = all_of("real.db")
    assert not {*after["people"].upns, *after["people"].ids} & {*before["people"].upns, *before["people"].ids}
    assert after["organisation"].tenant_id != REAL.tenant_id
    assert after["skus"] == before["skus"]
    content = Path("copy.db").read_bytes()
    assert b"contoso" not in content.lower()
    assert b"Staff" not in content
    assert PARTNER.encode() not in content
    assert [bool(s.owner_tenant) for s in after["subscriptions"]] == [True]


def test_a_licence_that_the_tenant_no_longer_lists_comes_along(original, monkeypatch):
    from batch.tenants import practice

    async def without_e4(self):
        return tuple(s for s in SKUS if s.sku_id != E4)

    with monkeypatch.context() as patch:
        patch.setattr(practice.PracticeTenant, "skus", without_e4)
        copy_tenant(original, Path("copy.db"))
    lost = {s.sku_id: s for s in all_of("copy.db")["skus"]}[E4]
    assert (lost.status, lost.enabled, lost.consumed) == (SkuStatus.DELETED, 0, 1)


def test_nothing_is_overwritten(original):
    Path("copy.db").write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        copy_tenant(original, Path("copy.db"))
    assert Path("copy.db").read_text() == "mine"
