"""What an admin wants of every change of a plan, besides what each row asks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class NewServices(StrEnum):
    """What becomes of services that the new licence has and the old one had not, in any form."""

    #: Only what was on stays on.
    INHERIT = "inherit"
    #: Microsoft's own default: everything new is switched on.
    ALL_ON = "all-on"
    #: What the template names is switched on, everything else new stays off.
    TEMPLATE = "template"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The settings of one plan. The defaults are the careful ones."""

    new_services: NewServices = NewServices.INHERIT
    #: For TEMPLATE: names or ids of the service plans to switch on, as written, casefolded.
    template: frozenset[str] = frozenset()
    #: Hazards acknowledged by name; a row whose change has another one is blocked.
    accepted: frozenset[str] = frozenset()
    #: Services that exclude or need each other block a row; otherwise they are named.
    strict: bool = False
    #: The usage location (two letters) given to people who have none, as part of their change; empty: they are blocked.
    location: str = ""
    #: Hazards are only named and block nobody: to count what would be needed once they are accepted.
    lenient: bool = False
    #: Lower-case UPNs, and ids of groups, whose people are left alone.
    protected: frozenset[str] = frozenset()
    protected_groups: frozenset[str] = frozenset()
