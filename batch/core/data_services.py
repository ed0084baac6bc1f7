"""Services that keep people's data, as data, and whether another product has them as well.

Microsoft's "Upgrade to a different plan" article: the Upgrade tab offers only plans with the same services that keep
data, such as Exchange Online and SharePoint Online, or a higher version of them. Which version is higher is said by
``successors``, by plan id.

The tab asks for more than what keeps the data. A lower version of SharePoint keeps what is there ("Back up data before
switching plans" asks for a backup where a service goes), so that it is none of the ``hazards`` and lacks here all the
same; a mailbox of a lower version is smaller, which both name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from batch.core.exclusions import FAMILIES
from batch.core.successors import TIERS, levels, tier
from batch.core.terms import ServicePlan

#: EXCHANGE_S_ENTERPRISE and the government's.
PLAN_2 = frozenset({"efb87545-963c-4e0d-99df-69c6916d9eb0", "8c3069c0-ccdb-44be-ab77-986203a67df2"})
_KIOSK = ("4a82b400-a79f-41a4-b4e2-e94f5787b113", "88f4d7ef-a73b-4246-8047-516022144c9f")
#: EXCHANGE_S_ARCHIVE (for mailboxes on-premises) and EXCHANGE_S_ARCHIVE_ADDON.
ARCHIVES = frozenset({"da040e0a-b393-4bea-bb76-928b3fa1cf5a", "176a09a6-7ec5-4039-ac02-b2791c6ba793"})
#: Mailbox plan → its size class: 2 GB, 50 GB, 100 GB ("Exchange Online limits").
MAILBOXES = {
    **dict.fromkeys((plan for plan in FAMILIES["Exchange Online"].values() if plan not in ARCHIVES), 2),
    # EXCHANGE_S_STANDARD_GOV
    "e9b4930a-925f-45e2-ac2a-3f7788ca6fdd": 2,
    **dict.fromkeys(_KIOSK, 1),
    **dict.fromkeys(PLAN_2, 3),
}
#: Where people keep files: SharePoint in every form, and OneDrive (STANDARD, BASIC, BASIC_P2, BASIC_GOV).
FILES = frozenset(
    {
        *FAMILIES["SharePoint Online"].values(),
        *TIERS["SharePoint (government)"].values(),
        "13696edf-5a08-49f6-8134-03083ed8ba30",
        "da792a53-cbc0-4184-a10d-e544dd34b3c1",
        "4495894f-534f-41ca-9d3b-0ebf1220a423",
        "98709c2e-96b5-4244-95f5-a0ebe139fb8a",
    }
)
#: Yammer in every form, YAMMER_BASIC and VIVAENGAGE_CORE.
ENGAGE = frozenset(
    {
        *FAMILIES["Yammer"].values(),
        "6db7aeea-6c4a-475d-bbb0-7338bc73d646",
        "a82fbf69-b4d7-49f4-83a6-915b2cf354f4",
    }
)
_KINDS = (frozenset(MAILBOXES), FILES, ENGAGE)
#: Plans of services that keep data have names that begin so, in whatever edition.
_NAMES = ("EXCHANGE_", "SHAREPOINT", "ONEDRIVE", "YAMMER", "VIVAENGAGE")
#: Parts of them that keep none of their own.
_NOT = ("EXCHANGE_S_FOUNDATION", "EXCHANGE_ANALYTICS", "SHAREPOINTWAC", "SHAREPOINT_PROJECT")


class Compared(NamedTuple):
    """What another product has less of, by name: none at all of it, a lower version, and where that cannot be said."""

    lacking: tuple[str, ...]
    lower: tuple[str, ...]
    unsure: tuple[str, ...]


def compare(old: Iterable[ServicePlan], new: Iterable[ServicePlan]) -> Compared:
    """Whether ``new`` has every service that keeps data in ``old``, in the same or a higher version.

    A plan that is in no order of versions and has no equal in ``new`` may have a match under another name: not sure.
    """
    kept = {p.plan_id: p.name for p in old if _keeps_data(p)}
    given = {p.plan_id for p in new}
    had, has = levels(kept), levels(given)
    lacking: list[str] = []
    lower: list[str] = []
    unsure: list[str] = []
    for service, (level, plan) in had.items():
        if has.get(service, _NOWHERE)[0] >= level or not _is_told(service, kept):
            continue
        kind = next((kind for kind in _KINDS if plan in kind), None)
        # The service of a plan without versions is the plan itself.
        name = kept.get(service, service)
        if kind is not None and kind.isdisjoint(given):
            lacking.append(name)
        elif service in kept:
            unsure.append(name)
        else:
            lower.append(name)
    return Compared(*(tuple(sorted(names)) for names in (lacking, lower, unsure)))


_NOWHERE = (-1, "")


def _keeps_data(plan: ServicePlan) -> bool:
    name = plan.name.upper()
    return any(plan.plan_id in kind for kind in _KINDS) or (name.startswith(_NAMES) and not name.startswith(_NOT))


def _is_told(service: str, kept: Iterable[str]) -> bool:
    """Whether one of the plans is a version of this service, and not only has it within."""
    return any(tier(plan)[0] == service for plan in kept)
