"""Users, SKUs and subscriptions as the service writes them."""

from __future__ import annotations

from typing import Any

from batch.core.terms import Holding
from tests.tenants.small_tenant import E3, E4, SWAY, direct, upn, user

Row = dict[str, Any]


def state(sku_id: str = E4, *, off: tuple[str, ...] = (), group: str | None = None, **more: Any) -> Row:
    return {
        "skuId": sku_id,
        "disabledPlans": list(off),
        "assignedByGroup": group,
        "state": "Active",
        "error": "None",
        "lastUpdatedDateTime": "2026-01-01T00:00:00Z",
    } | more


def licence(sku_id: str = E4, *, off: tuple[str, ...] = ()) -> Row:
    return {"skuId": sku_id, "disabledPlans": list(off)}


def person(n: int, states: list[Any] | None = None, licences: list[Any] | None = None, **more: Any) -> Row:
    """User ``n``, who holds E4 directly unless told otherwise."""
    states = [state()] if states is None else states
    return {
        "id": user(n),
        "userPrincipalName": upn(n),
        "displayName": f"User {n}",
        "usageLocation": "FR",
        "assignedLicenses": [licence(s["skuId"]) for s in states] if licences is None else licences,
        "licenseAssignmentStates": states,
    } | more


SKU: Row = {
    "skuId": E4.upper(),
    "skuPartNumber": "ENTERPRISEWITHSCAL",
    "capabilityStatus": "Enabled",
    "appliesTo": "User",
    "consumedUnits": 3,
    "prepaidUnits": {"enabled": 10, "warning": 1, "suspended": 2, "lockedOut": None},
    "servicePlans": [
        {"servicePlanId": SWAY.upper(), "servicePlanName": "SWAY", "appliesTo": "User", "provisioningStatus": "Success"}
    ],
}
SUBSCRIPTION: Row = {
    "id": "s-1",
    "commerceSubscriptionId": "c-1",
    "skuId": E4.upper(),
    "skuPartNumber": "PART",
    "status": "warning",
    "totalLicenses": 25,
    "isTrial": True,
    "createdDateTime": "2023-01-01T00:00:00Z",
    "nextLifecycleDateTime": None,
    "ownerTenantId": None,
}

HELD: list[tuple[list[Row], list[Row], Holding]] = [
    ([], [], Holding()),
    ([state()], [licence()], direct(E4)),
    ([state(E4.upper())], [licence(E4)], direct(E4)),
    ([state(off=(SWAY.upper(),))], [licence(off=(SWAY,))], direct(E4, off=(SWAY,))),
    # Named by no state: direct, with its own plans off.
    (
        [state()],
        [licence(), licence(E3, off=(SWAY,))],
        Holding.of([*direct(E4).assignments, *direct(E3, off=(SWAY,)).assignments]),
    ),
    ([], [licence()], direct(E4)),
    ([state(error=None), state(error=""), state(error="None")], [licence()], direct(E4)),
    ([state(assignedByGroup="")], [licence()], direct(E4)),
    ([{"skuId": E4, "state": "Active"}], [{"skuId": E4}], direct(E4)),
]
