"""Objects of the service become values, and nothing hostile does."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.core.estate import LicensingGroup, Organisation, Subscription
from batch.core.terms import Add, Assignment, Holding, ServicePlan, Sku, SkuStatus
from batch.tenants.graph import objects
from batch.tenants.graph.objects import Strange
from tests.tenants.graph.objects_as_json import HELD, SKU, SUBSCRIPTION, licence, person, state
from tests.tenants.small_tenant import E3, E4, GROUP, SWAY, TEAMS


@pytest.mark.parametrize(("states", "licences", "held"), HELD)
def test_what_somebody_holds(states: list[Any], licences: list[Any], held: Holding) -> None:
    assert objects.holding(person(0, states, licences)) == held


def test_direct_and_inherited_are_told_apart_and_states_kept_as_they_are() -> None:
    states = [state(), state(group=GROUP.upper(), state="ActiveWithError"), state(E3, group=GROUP, state="Error")]
    assert objects.holding(person(0, states)) == Holding.of(
        [
            Assignment(sku_id=E4),
            Assignment(sku_id=E4, group=GROUP, state="ActiveWithError"),
            Assignment(sku_id=E3, group=GROUP, state="Error"),
        ]
    )


@pytest.mark.parametrize(
    "broken",
    [
        {"licenseAssignmentStates": "none"},
        {"licenseAssignmentStates": {}},
        {"licenseAssignmentStates": ["x"]},
        {"licenseAssignmentStates": [state(skuId=None)]},
        {"licenseAssignmentStates": [state(skuId="E4")]},
        {"licenseAssignmentStates": [state(skuId=E4 + "\n")]},
        {"licenseAssignmentStates": [state(state=None)]},
        {"licenseAssignmentStates": [state(assignedByGroup="a group")]},
        {"licenseAssignmentStates": [state(assignedByGroup=7)]},
        {"licenseAssignmentStates": [state(disabledPlans="all")]},
        {"licenseAssignmentStates": [state(disabledPlans=[None])]},
        {"assignedLicenses": None},
        {"assignedLicenses": [licence("x")]},
        {"assignedLicenses": [[]]},
    ],
)
def test_what_is_not_documented_is_strange(broken: dict[str, Any]) -> None:
    with pytest.raises(Strange):
        objects.holding(person(0, **broken))


def test_a_sku() -> None:
    assert objects.sku(SKU) == Sku(
        sku_id=E4,
        part_number="ENTERPRISEWITHSCAL",
        name="ENTERPRISEWITHSCAL",
        plans=(ServicePlan(plan_id=SWAY, name="SWAY"),),
        enabled=10,
        consumed=3,
        warning=1,
        suspended=2,
    )


@pytest.mark.parametrize("status", SkuStatus)
def test_the_status_of_a_sku_in_any_case(status: SkuStatus) -> None:
    assert objects.sku(SKU | {"capabilityStatus": status.value.upper()}).status is status


def test_an_unknown_status_is_not_assignable_and_said() -> None:
    sku = objects.sku(SKU | {"capabilityStatus": "Paused"})
    assert sku.status is SkuStatus.SUSPENDED
    assert sku.name == "ENTERPRISEWITHSCAL (unknown status 'Paused')"


@pytest.mark.parametrize(
    "broken",
    [
        {"skuId": None},
        {"capabilityStatus": None},
        {"consumedUnits": "3"},
        {"consumedUnits": True},
        {"consumedUnits": -1},
        {"consumedUnits": 10**12},
        {"consumedUnits": 3.5},
        {"prepaidUnits": None},
        {"prepaidUnits": {"enabled": [10]}},
        {"servicePlans": None},
        {"servicePlans": [{"servicePlanId": "SWAY"}]},
        {"skuPartNumber": 7},
    ],
)
def test_a_strange_sku(broken: dict[str, Any]) -> None:
    with pytest.raises(Strange):
        objects.sku(SKU | broken)


def test_a_subscription() -> None:
    assert objects.subscription(SUBSCRIPTION) == Subscription(
        subscription_id="s-1",
        commerce_id="c-1",
        sku_id=E4,
        part_number="PART",
        status=SkuStatus.WARNING,
        total=25,
        trial=True,
        created="2023-01-01T00:00:00Z",
    )
    assert objects.subscription(SUBSCRIPTION | {"ownerTenantId": E3.upper()}).owner_tenant == E3
    assert objects.subscription(SUBSCRIPTION | {"status": "Odd"}).status is SkuStatus.SUSPENDED
    odd = {"ownerTenantId": "=cmd()"}
    for broken in ({"id": None}, {"status": 1}, {"totalLicenses": "25"}, {"skuId": "x"}, {"createdDateTime": 5}, odd):
        with pytest.raises(Strange):
            objects.subscription(SUBSCRIPTION | broken)


def test_a_group_that_carries_licences() -> None:
    row = {
        "id": GROUP.upper(),
        "displayName": "Sales",
        "assignedLicenses": [licence(E4, off=(TEAMS, SWAY)), licence(E3)],
        "groupTypes": ["Unified", "DynamicMembership"],
        "onPremisesSyncEnabled": True,
        "licenseProcessingState": {"state": "ProcessingComplete"},
    }
    assert objects.licensing_group(row) == LicensingGroup(
        group_id=GROUP,
        name="Sales",
        licences=tuple(sorted([Add(E3), Add(E4, tuple(sorted((TEAMS, SWAY))))])),
        dynamic=True,
        synced=True,
        processing="ProcessingComplete",
    )
    bare = {"id": GROUP, "assignedLicenses": [], "groupTypes": [], "onPremisesSyncEnabled": None}
    assert objects.licensing_group(bare) == LicensingGroup(group_id=GROUP, name="", licences=())
    with pytest.raises(Strange):
        objects.licensing_group(bare | {"id": 5})


def test_an_organisation() -> None:
    row = {"id": E4, "displayName": "Contoso", "verifiedDomains": [{"name": "Contoso.com"}, {"name": None}]}
    assert objects.organisation(row) == Organisation(tenant_id=E4, name="Contoso", domains=("contoso.com",))
    with pytest.raises(Strange):
        objects.organisation(row | {"verifiedDomains": "contoso.com"})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.just(E4),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from([*SKU, *SUBSCRIPTION, *person(0), *state(), "state", "error"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from([*SKU, *SUBSCRIPTION, *person(0), "groupTypes", "verifiedDomains"]), VALUES))
def test_nothing_raises_anything_but_strange(row: dict[str, Any]) -> None:
    for convert in (
        objects.holding,
        objects.sku,
        objects.subscription,
        objects.licensing_group,
        objects.organisation,
        objects.user_id,
        objects.location,
        objects.display_name,
    ):
        with suppress(Strange):
            convert(row)
