"""One user or one SKU of Graph as cells of a sheet. Every property is checked: a file can say anything."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

#: Heading → the property it comes from, in lower case.
USER_COLUMNS = {
    "id": "id",
    "userPrincipalName": "userprincipalname",
    "displayName": "displayname",
    "usageLocation": "usagelocation",
    "department": "department",
    "assignedLicenses": "assignedlicenses",
    "directLicenses": "licenseassignmentstates",
    "groupLicenses": "licenseassignmentstates",
    "disabledPlans": "assignedlicenses",
}
SKU_COLUMNS = {
    "skuId": "skuid",
    "skuPartNumber": "skupartnumber",
    "enabled": "prepaidunits",
    "warning": "prepaidunits",
    "suspended": "prepaidunits",
    "consumedUnits": "consumedunits",
}


class Malformed(ValueError):
    """An object is not what Graph sends; the sentence says where."""


def user_cells(item: object, needed: Collection[str]) -> dict[str, str]:
    """A user's cells by heading. ``needed`` are the licence properties that other users of the file have.

    SKU ids are lower case, joined by ``+``; ``disabledPlans`` holds ``sku-id:plan-id`` joined by ``;``. An
    assignment by a group that failed (state ``Error``) gives nothing and is left out.
    """
    user = _object(item, "it")
    for name in sorted(needed):
        if name not in user:
            raise Malformed(f"it does not say {name}, and others do, so nobody knows what this user holds")
    licences = [_object(entry, "assignedLicenses") for entry in _list(user, "assignedlicenses")]
    states = [_object(entry, "licenseAssignmentStates") for entry in _list(user, "licenseassignmentstates")]
    active = [state for state in states if _text(state, "state").lower() != "error"]
    return {
        "id": _text(user, "id"),
        "userPrincipalName": _text(user, "userprincipalname"),
        "displayName": _text(user, "displayname"),
        "usageLocation": _text(user, "usagelocation"),
        "department": _text(user, "department"),
        "assignedLicenses": _join(_guid(entry, "skuid") for entry in licences),
        "directLicenses": _join(_guid(s, "skuid") for s in active if not _text(s, "assignedbygroup")),
        "groupLicenses": _join(_guid(s, "skuid") for s in active if _text(s, "assignedbygroup")),
        "disabledPlans": ";".join(
            f"{_guid(entry, 'skuid')}:{_checked_guid(plan, 'disabledPlans')}"
            for entry in licences
            for plan in _list(entry, "disabledplans")
        ),
    }


def sku_cells(item: object) -> dict[str, str]:
    """A SKU's cells by heading; units are whole numbers of at least 0."""
    sku = _object(item, "it")
    units = _object(sku.get("prepaidunits") or {}, "prepaidUnits")
    return {
        "skuId": _guid(sku, "skuid"),
        "skuPartNumber": _text(sku, "skupartnumber"),
        "enabled": _units(units, "enabled"),
        "warning": _units(units, "warning"),
        "suspended": _units(units, "suspended"),
        "consumedUnits": _units(sku, "consumedunits"),
    }


def _object(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Malformed(f"{name} is not an object")
    return value


def _list(owner: Mapping[str, Any], name: str) -> list[object]:
    value = owner.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Malformed(f"{name} is not a list")
    return value


def _text(owner: Mapping[str, Any], name: str) -> str:
    value = owner.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Malformed(f"{name} is not a text")
    # Half of a surrogate pair can be written in JSON, and then nowhere else.
    return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _guid(owner: Mapping[str, Any], name: str) -> str:
    return _checked_guid(owner.get(name), name)


def _checked_guid(value: object, name: str) -> str:
    found = value.strip().lower() if isinstance(value, str) else ""
    if not _GUID.fullmatch(found):
        raise Malformed(f"{name} is not a GUID")
    return found


def _units(owner: Mapping[str, Any], name: str) -> str:
    value = owner.get(name)
    if value is None:
        return "0"
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**9:
        raise Malformed(f"{name} is not a number of licences")
    return str(value)


def _join(ids: Any) -> str:
    return "+".join(dict.fromkeys(ids))
