"""Services that keep people's data, and whether another product has them as well.

Microsoft's "Upgrade to a different plan" article: the Upgrade tab offers only plans with the same services that keep
data, such as Exchange Online and SharePoint Online, or a higher version of them. Which version is higher is said by
``successors``, by plan id.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from batch.core.successors import levels, tier
from batch.core.terms import ServicePlan

#: Plans of services that keep data have names that begin so, in whatever edition.
_NAMES = ("EXCHANGE_", "SHAREPOINT", "ONEDRIVE", "YAMMER", "VIVAENGAGE")
#: Parts of them that keep none of their own.
_NOT = ("EXCHANGE_S_FOUNDATION", "EXCHANGE_ANALYTICS", "SHAREPOINTWAC", "SHAREPOINT_PROJECT")


class Compared(NamedTuple):
    """What another product has less of: services by name; and the plans of which that cannot be said."""

    lacking: tuple[str, ...]
    unsure: tuple[str, ...]


def compare(old: Iterable[ServicePlan], new: Iterable[ServicePlan]) -> Compared:
    """Whether ``new`` has every service that keeps data in ``old``, in the same or a higher version.

    A plan that is in no order of versions and has no equal in ``new`` may have a match under another name: not sure.
    """
    kept = {p.plan_id: p.name for p in old if p.name.upper().startswith(_NAMES) and not p.name.upper().startswith(_NOT)}
    had, has = levels(kept), levels(p.plan_id for p in new)
    less = [service for service, (level, _) in had.items() if has.get(service, (-1, ""))[0] < level]
    # The service of a plan without versions is the plan itself.
    return Compared(
        tuple(sorted(s for s in less if s not in kept and _is_told(s, kept))),
        tuple(sorted(kept[s] for s in less if s in kept)),
    )


def _is_told(service: str, kept: Iterable[str]) -> bool:
    """Whether one of the plans is a version of this service, and not only has it within."""
    return any(tier(plan)[0] == service for plan in kept)
