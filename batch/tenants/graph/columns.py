"""Pages of users become columns. A million pass through here, so what most have in common is worked out once."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from operator import itemgetter
from sys import intern
from typing import Any

from batch.core.terms import Holding, People
from batch.tenants.graph import objects
from batch.tenants.graph.objects import Strange

_FIELDS = itemgetter(*objects.USER_FIELDS.split(","))
_NULLS = {"displayName": None, "usageLocation": None}
_GUID_BYTES = b"0123456789abcdefABCDEF-"
_GUID_LENGTH = 36


class Columns:
    """Users as they come in; ``people`` are those who came, each once."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._upns: list[str] = []
        self._names: list[str] = []
        self._locations: list[str] = []
        self._holding: list[int] = []
        self._kinds: dict[Holding, int] = {}
        #: Raw rows as they come → the number of what they mean.
        self._numbers: dict[Hashable, int] = {}

    def take(self, rows: Sequence[Any], wanted: Collection[str] | None = None) -> None:
        """Add these users, or those of them with a wanted (lower-case) UPN. ``Strange`` names one that is no user."""
        if wanted is not None:
            rows = [row for row in rows if _upn(row) in wanted]
        if not rows:
            return
        try:
            self._add(rows)
        except (AttributeError, KeyError, TypeError, Strange) as error:
            raise _strange_one(rows) from error

    def __len__(self) -> int:
        return len(self._ids)

    def found(self) -> set[str]:
        """The UPNs of everybody who came so far."""
        return set(self._upns)

    def people(self) -> People:
        """Everybody; somebody who moved from one page to another meanwhile, and so came twice, is there once."""
        kinds = tuple(self._kinds)
        if len(set(self._ids)) == len(self._ids):
            return People(self._ids, self._upns, self._names, self._locations, self._holding, kinds)
        first: dict[str, int] = {}
        for index, user in enumerate(self._ids):
            first.setdefault(user, index)
        keep = list(first.values())
        upns, names, locations = (
            [column[index] for index in keep] for column in (self._upns, self._names, self._locations)
        )
        return People(list(first), upns, names, locations, [self._holding[index] for index in keep], kinds)

    def _add(self, rows: Sequence[dict[str, Any]]) -> None:
        ids, upns, names, places, licences, states = _turned(rows)
        if set(map(len, ids)) != {_GUID_LENGTH} or "".join(ids).encode().translate(None, _GUID_BYTES):
            raise Strange("an id is no GUID")
        lowered = [upn.lower() for upn in upns]
        if "" in lowered or not {str, type(None)}.issuperset(map(type, names)):
            raise Strange("a user has no proper name")
        # A million people share a few locations.
        locations = [intern(place or "") for place in places]
        numbers = list(map(self._number, states, licences))
        self._ids += map(str.lower, ids)
        self._upns += lowered
        self._names += [name or "" for name in names]
        self._locations += locations
        self._holding += numbers

    def _number(self, states: list[Any], licences: list[Any]) -> int:
        """The number of what these mean; raises ``Strange``."""
        try:
            key = _key(states, licences)
            number = self._numbers.get(key)
        except (AttributeError, KeyError, TypeError):
            # Not written as usual; it may be sound all the same.
            return self._kind(states, licences)
        if number is None:
            # What was never seen before is looked at closely; the same again must mean the same.
            self._numbers[key] = number = self._kind(states, licences)
        return number

    def _kind(self, states: list[Any], licences: list[Any]) -> int:
        holding = objects.holding({"licenseAssignmentStates": states, "assignedLicenses": licences})
        return self._kinds.setdefault(holding, len(self._kinds))


def _turned(rows: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Rows become columns, in the order of the fields."""
    try:
        return list(zip(*map(_FIELDS, rows), strict=True))
    except KeyError:
        # Some who speak for the service leave out what is null.
        return list(zip(*(_FIELDS(_NULLS | row) for row in rows), strict=True))


def _key(states: list[Any], licences: list[Any]) -> Hashable:
    """Everything that tells one holding from another; most people have one licence, and the way to them is short."""
    if len(states) == len(licences) == 1:
        state, licence = states[0], licences[0]
        return (
            state["skuId"],
            state["assignedByGroup"],
            state["state"],
            *state["disabledPlans"],
            0,
            licence["skuId"],
            *licence["disabledPlans"],
        )
    return (
        tuple([(one["skuId"], one["assignedByGroup"], one["state"], *one["disabledPlans"]) for one in states]),
        tuple([(one["skuId"], *one["disabledPlans"]) for one in licences]),
    )


def _upn(row: Any) -> str:
    upn = row.get("userPrincipalName") if isinstance(row, dict) else None
    if not isinstance(upn, str) or not upn:
        raise Strange("userPrincipalName is no text")
    return upn.lower()


def _strange_one(rows: Sequence[Any]) -> Strange:
    """What is wrong with the first of these users that is not as it should be."""
    for row in rows:
        try:
            upn = _upn(row)
        except Strange as strange:
            return strange
        try:
            objects.user_id(row)
            objects.location(row)
            objects.display_name(row)
            objects.holding(row)
        except Strange as strange:
            return Strange(f"user {upn}: {strange}")
    return Strange("a user is not as the service documents it")
