"""The field's words as values. One word, one meaning; every other module speaks in these.

GUIDs are lower-case text everywhere inside the program (graph.md 1.2: the service answers in either case).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class SkuStatus(StrEnum):
    """``capabilityStatus`` of a subscribed SKU (graph.md 4)."""

    ENABLED = "Enabled"
    WARNING = "Warning"
    SUSPENDED = "Suspended"
    DELETED = "Deleted"
    LOCKED_OUT = "LockedOut"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePlan:
    """A part of a SKU that can be switched off for one user."""

    plan_id: str
    name: str
    #: ``User`` or ``Company``; a company-wide plan cannot be switched off for one user.
    applies_to: str = "User"
    #: ``Success``, ``Disabled``, ``Error``, ``PendingInput``, ``PendingActivation`` or ``PendingProvisioning``.
    provisioning: str = "Success"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sku:
    """A product the tenant owns, with its seats (graph.md 4)."""

    sku_id: str
    part_number: str
    #: A display name for people; a label, never an identity.
    name: str
    plans: tuple[ServicePlan, ...] = ()
    #: Units of active subscriptions: the seats.
    enabled: int = 0
    consumed: int = 0
    #: Units in the grace period after expiry; never counted as free.
    warning: int = 0
    suspended: int = 0
    locked_out: int = 0
    status: SkuStatus = SkuStatus.ENABLED
    #: ``User`` or ``Company``; only ``User`` SKUs can be assigned to users.
    applies_to: str = "User"

    @property
    def free(self) -> int:
        """Seats that can be given out: enabled minus consumed, below zero when over-allocated."""
        return self.enabled - self.consumed

    @property
    def plan_ids(self) -> frozenset[str]:
        """The ids of every service plan in this SKU, as this tenant has it."""
        return frozenset(p.plan_id for p in self.plans)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Assignment:
    """One way in which a user holds a SKU: direct (``group`` empty) or inherited from that group."""

    sku_id: str
    #: The object id of the group that gives it; empty for a direct assignment.
    group: str = ""
    #: Service plans switched off, sorted.
    disabled: tuple[str, ...] = ()
    #: ``Active``, ``ActiveWithError``, ``Disabled`` or ``Error`` (graph.md 6.1).
    state: str = "Active"


@dataclass(frozen=True, slots=True)
class Holding:
    """Everything one user holds, sorted; two users with equal holdings share one value."""

    assignments: tuple[Assignment, ...] = ()

    @classmethod
    def of(cls, assignments: Iterable[Assignment]) -> Holding:
        """The holding with these assignments, in its one canonical order."""
        return cls(tuple(sorted(assignments)))

    def direct(self, sku_id: str) -> Assignment | None:
        """The direct assignment of this SKU, if there is one."""
        return next((a for a in self.assignments if a.sku_id == sku_id and not a.group), None)

    def groups(self, sku_id: str) -> tuple[str, ...]:
        """The groups through which this SKU is inherited."""
        return tuple(a.group for a in self.assignments if a.sku_id == sku_id and a.group)

    def through(self, group: str) -> tuple[Assignment, ...]:
        """What comes through this group."""
        return tuple(a for a in self.assignments if a.group == group)

    @property
    def sku_ids(self) -> frozenset[str]:
        """Every SKU held in any way; each costs one seat, however many ways (graph.md 6).

        An assignment in state ``Error`` failed (a group without seats, say): it gives nothing and costs nothing.
        """
        return frozenset(a.sku_id for a in self.assignments if a.state != "Error")


@dataclass(frozen=True, slots=True)
class People:
    """Users as columns of equal length; ``holding[i]`` points into ``holdings``.

    ``upns`` are lower case. A million users cost a million strings a column and one small integer for
    what they hold, since most people hold the same.
    """

    ids: list[str]
    upns: list[str]
    names: list[str]
    locations: list[str]
    holding: list[int]
    holdings: tuple[Holding, ...]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The tenant as it was read at one moment."""

    tenant: str
    #: UTC seconds since 1970.
    taken_at: float
    skus: tuple[Sku, ...]
    people: People


class Add(NamedTuple):
    """A SKU to assign with the service plans that stay off; the list replaces an earlier one (graph.md 7)."""

    sku_id: str
    disabled: tuple[str, ...] = ()


class Way(StrEnum):
    """On what a change is made."""

    #: On the user's own licences.
    DIRECT = "direct"
    #: On a group that carries licences; every member moves.
    GROUP = "group"
    #: On the user's memberships: into one group that carries licences, then out of others.
    MEMBERSHIP = "membership"


_GROUP = "group:"


def group_key(group_id: str) -> str:
    """What stands for a group where otherwise a user's id stands."""
    return _GROUP + group_id


def group_of(key: str) -> str:
    """The id of the group that this key stands for; empty for a user's id."""
    return key.removeprefix(_GROUP) if key.startswith(_GROUP) else ""


class Call(NamedTuple):
    """One user's ``assignLicense``: what goes and what comes, in one operation."""

    #: For ``Way.GROUP`` what ``group_key`` makes of the group's id.
    user_id: str
    remove: tuple[str, ...]
    add: tuple[Add, ...]
    #: The usage location to set first, two letters in upper case; empty to leave it.
    location: str = ""
    way: Way = Way.DIRECT
    #: For ``Way.MEMBERSHIP``: the group to join, until what it gives (``add``) is Active, and those to leave then.
    join: str = ""
    leave: tuple[str, ...] = ()


class Answer(NamedTuple):
    """What came back for one call.

    ``status`` 0 means no answer: nobody knows whether it took effect; -1 means that it never left (no connection could
    be made), so it certainly did not.
    """

    status: int
    code: str = ""
    message: str = ""
    #: Seconds asked for by ``Retry-After``; below zero when the service named none.
    retry_after: float = -1.0
    #: How much of its limit the service says is used (``x-ms-throttle-limit-percentage``, 1.0 is all); 0: not said.
    load: float = 0.0


DONE = Answer(200)
NO_ANSWER = Answer(0, "", "no answer came back")
NEVER_LEFT = Answer(-1, "", "the service could not be reached")


class Sight(NamedTuple):
    """One user as read just now. ``holding`` is None when ``status`` is not 200 (404: no such user; 0: no answer)."""

    user_id: str
    status: int
    holding: Holding | None = None
    location: str = ""
    retry_after: float = -1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something stands in what a person gave us."""

    file: str
    sheet: str = ""
    #: The physical line of a text file (1 = first) or the row number that Excel shows; 0 for the whole file.
    row: int = 0
    #: The heading of the column as it came, or empty.
    column: str = ""

    def __str__(self) -> str:
        parts = [self.file]
        if self.sheet:
            parts.append(f"sheet {self.sheet}")
        if self.row:
            parts.append(f"row {self.row}")
        if self.column:
            parts.append(f"column {self.column}")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a row asks nothing that can be done: a place, a code and a sentence that says what to do."""

    place: Place
    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One product that a name may stand for."""

    sku_id: str
    part_number: str
    name: str
    plans: tuple[ServicePlan, ...] = field(default=())
