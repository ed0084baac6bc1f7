"""Objects of the service become the program's values. Everything in them is hostile until checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from batch.core.estate import LicensingGroup, Organisation, Subscription
from batch.core.terms import Add, Assignment, Holding, ServicePlan, Sku, SkuStatus

_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_Row = Mapping[str, Any]

#: What ``$select`` asks for: nothing else comes, and a request that selects costs less.
USER_FIELDS = "id,userPrincipalName,displayName,usageLocation,assignedLicenses,licenseAssignmentStates"
LOOK_FIELDS = "id,usageLocation,assignedLicenses,licenseAssignmentStates"
SKU_FIELDS = "skuId,skuPartNumber,capabilityStatus,appliesTo,consumedUnits,prepaidUnits,servicePlans"
SUBSCRIPTION_FIELDS = (
    "id,commerceSubscriptionId,skuId,skuPartNumber,status,totalLicenses,isTrial,createdDateTime,nextLifecycleDateTime,"
    "ownerTenantId"
)
GROUP_FIELDS = "id,displayName,assignedLicenses,groupTypes,onPremisesSyncEnabled,licenseProcessingState"
ORGANISATION_FIELDS = "id,displayName,verifiedDomains"


class Strange(Exception):
    """An object is not of the form that the service documents; the text says where and how."""


def guid(value: object, what: str) -> str:
    """The lower-case GUID that this is."""
    if not isinstance(value, str) or not _GUID.fullmatch(value):
        raise Strange(f"{what} is no GUID")
    return value.lower()


def user_id(row: _Row) -> str:
    """The object id of a user."""
    return guid(row.get("id"), "id")


def display_name(row: _Row) -> str:
    """The name of a user, empty for none."""
    return _text(row, "displayName")


def location(row: _Row) -> str:
    """The usage location of a user as it stands, empty for none."""
    return _text(row, "usageLocation")


def holding(row: _Row) -> Holding:
    """What a user holds.

    ``licenseAssignmentStates`` tells direct from inherited. A SKU in ``assignedLicenses`` that no state names counts as
    direct. Errors of an assignment stand in its state; ``error`` says nothing when it is null, empty or ``None``.
    """
    # The schema lets the states be null; then nothing tells direct from inherited.
    known = row.get("licenseAssignmentStates", ()) is not None
    states = [_assignment(state) for state in _rows(row, "licenseAssignmentStates")] if known else []
    named = {state.sku_id for state in states}
    licences = [licence(one) for one in _rows(row, "assignedLicenses")]
    rest = [Assignment(sku_id=add.sku_id, disabled=add.disabled) for add in licences if add.sku_id not in named]
    return Holding.of({*states, *rest})


def licence(row: _Row) -> Add:
    """An ``assignedLicense``: a SKU and the service plans that are off in it."""
    return Add(guid(row.get("skuId"), "skuId"), _plans_off(row))


def sku(row: _Row) -> Sku:
    """A ``subscribedSku``. Its part number serves as its name: the service has no display names."""
    units = row.get("prepaidUnits")
    if not isinstance(units, dict):
        raise Strange("prepaidUnits is no object")
    part = _text(row, "skuPartNumber")
    status = _status(row, "capabilityStatus")
    # Not to be assigned, and whoever wonders why can see it.
    name = part if status else f"{part} (unknown status {row['capabilityStatus'][:40]!r})"
    return Sku(
        sku_id=guid(row.get("skuId"), "skuId"),
        part_number=part,
        name=name,
        plans=tuple(_plan(plan) for plan in _rows(row, "servicePlans")),
        enabled=_number(units, "enabled"),
        consumed=_number(row, "consumedUnits"),
        warning=_number(units, "warning"),
        suspended=_number(units, "suspended"),
        locked_out=_number(units, "lockedOut"),
        status=status or SkuStatus.SUSPENDED,
        applies_to=_text(row, "appliesTo"),
    )


def subscription(row: _Row) -> Subscription:
    """A ``companySubscription``; a status that nobody knows counts as suspended."""
    owner = row.get("ownerTenantId")
    return Subscription(
        subscription_id=_text(row, "id", needed=True),
        commerce_id=_text(row, "commerceSubscriptionId"),
        sku_id=guid(row.get("skuId"), "skuId"),
        part_number=_text(row, "skuPartNumber"),
        status=_status(row, "status") or SkuStatus.SUSPENDED,
        total=_number(row, "totalLicenses"),
        trial=row.get("isTrial") is True,
        created=_text(row, "createdDateTime"),
        next_lifecycle=_text(row, "nextLifecycleDateTime"),
        owner_tenant=guid(owner, "ownerTenantId") if owner else "",
    )


def licensing_group(row: _Row) -> LicensingGroup:
    """A ``group`` that carries licences."""
    processing = row.get("licenseProcessingState")
    kinds = row.get("groupTypes")
    return LicensingGroup(
        group_id=guid(row.get("id"), "id"),
        name=_text(row, "displayName"),
        licences=tuple(sorted(licence(one) for one in _rows(row, "assignedLicenses"))),
        dynamic=isinstance(kinds, list) and "DynamicMembership" in kinds,
        synced=row.get("onPremisesSyncEnabled") is True,
        processing=_text(processing, "state") if isinstance(processing, dict) else "",
    )


def organisation(row: _Row) -> Organisation:
    """An ``organization``."""
    domains = (_text(domain, "name") for domain in _rows(row, "verifiedDomains"))
    return Organisation(
        tenant_id=guid(row.get("id"), "id"),
        name=_text(row, "displayName"),
        domains=tuple(domain.lower() for domain in domains if domain),
    )


def _assignment(row: _Row) -> Assignment:
    group = row.get("assignedByGroup")
    return Assignment(
        sku_id=guid(row.get("skuId"), "skuId"),
        group=guid(group, "assignedByGroup") if group else "",
        disabled=_plans_off(row),
        state=_text(row, "state", needed=True),
    )


def _plans_off(row: _Row) -> tuple[str, ...]:
    plans = row.get("disabledPlans")
    if plans is None:
        return ()
    if not isinstance(plans, list):
        raise Strange("disabledPlans is no list")
    return tuple(sorted({guid(plan, "disabledPlans") for plan in plans}))


def _plan(row: _Row) -> ServicePlan:
    return ServicePlan(
        plan_id=guid(row.get("servicePlanId"), "servicePlanId"),
        name=_text(row, "servicePlanName"),
        applies_to=_text(row, "appliesTo"),
        provisioning=_text(row, "provisioningStatus"),
    )


def _status(row: _Row, key: str) -> SkuStatus | None:
    text = _text(row, key, needed=True).casefold()
    return next((status for status in SkuStatus if status.value.casefold() == text), None)


def _rows(row: _Row, key: str) -> list[_Row]:
    rows = row.get(key)
    if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
        raise Strange(f"{key} is no list of objects")
    return rows


def _text(row: _Row, key: str, *, needed: bool = False) -> str:
    text = row.get(key)
    if not isinstance(text, str) and (needed or text is not None):
        raise Strange(f"{key} is no text")
    return text or ""


def _number(row: _Row, key: str) -> int:
    number = row.get(key)
    if number is None:
        return 0
    if type(number) is not int or not 0 <= number <= 2**31:
        raise Strange(f"{key} is no number")
    return number
