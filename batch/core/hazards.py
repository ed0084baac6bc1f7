"""What a change takes away for good: data, mailboxes, telephone numbers. Each blocks its row until it is accepted."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from batch.core.data_services import ARCHIVES, ENGAGE, FILES, MAILBOXES, PLAN_2
from batch.core.exclusions import FAMILIES, REPORTED
from batch.core.successors import TIERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """What is lost, by when, what to do before, and who says so."""

    name: str
    lost: str
    by: str
    remedy: str
    source: str
    #: What an undo does not give back, in a few words; empty where it gives everything back.
    not_back: str = ""


#: By name (``--accept``), the worst first: a row with several is blocked for the first that nobody accepted.
HAZARDS: dict[str, Hazard] = {
    h.name: h
    for h in (
        Hazard(
            name="mailbox",
            lost="The mailbox goes, or gets smaller (Exchange Plan 2: 100 GB, Plan 1: 50 GB, Kiosk: 2 GB); without a "
            "plan forwarding stops and its content cannot be searched.",
            by="at once; without any mailbox plan the data is gone for good after 30 days",
            remedy="Look at the sizes and holds first; keep an Exchange plan, make it a shared mailbox (up to 50 GB), "
            "or export it.",
            source='Microsoft, "Remove licenses from users", "Exchange Online limits", "About shared mailboxes"',
            not_back="mailboxes that were without a plan for 30 days, and mail deleted to fit a smaller one",
        ),
        Hazard(
            name="data",
            lost="SharePoint, OneDrive or Viva Engage go altogether, and people no longer reach what they keep there.",
            by="at once; OneDrive content stays until the account is deleted",
            remedy="Back up first: download OneDrive and SharePoint files, export Viva Engage.",
            source='Microsoft, "Back up data before switching plans"',
            not_back="SharePoint, OneDrive and Viva Engage content that was deleted in the meantime",
        ),
        Hazard(
            name="voice",
            lost="Telephone service ends: the number is released and can go to somebody else, and the person drops out "
            "of call queues.",
            by="at once",
            remedy="Give a licence with Phone System (Office 365 E5, or Teams Phone on top), or move the number first.",
            source='Microsoft, "Remove a former employee, step 6", "Important information about Office 365 E4"',
            not_back="telephone numbers that were released (others may have them by now), and places in call queues",
        ),
        Hazard(
            name="archive",
            lost="The archive mailbox goes: Exchange Plan 1 and Kiosk have none.",
            by="at once; reckon with 30 days until the data is gone, as for the mailbox",
            remedy="Give Exchange Online Archiving on top, or export the archive.",
            source='Microsoft, "Exchange Online Archiving service description"',
            not_back="archive mailboxes whose data are gone by now (reckon with 30 days)",
        ),
        Hazard(
            name="apps",
            lost="The Office desktop apps become read-only (Unlicensed Product).",
            by="gradually, as each computer checks its licence",
            remedy="Give Microsoft 365 Apps, or tell people to use Office in the browser.",
            source='Microsoft, "Unlicensed Product and activation errors in Office"',
        ),
    )
}

#: MCOVOICECONF (E4) and MCOEV, MCOEV_GOV, MCOEVSMB.
VOICE = {
    *TIERS["Voice"].values(),
    "db23fce2-a974-42ef-9002-d78dd42a0f22",
    "ed777b71-af04-42ca-9798-84344c66f7c6",
}
#: Calling plans, whose numbers are Microsoft's: MCOPSTN1, 2 and 5, then 1_GOV, 3, 6, 8, EAU and PAYG_1.
CALLING = {
    *FAMILIES["PSTN calling"].values(),
    "3c8a8792-7866-409b-bb61-1b20ace0368b",
    "6b340437-d6f9-4dc5-8cc2-99163f7f83d6",
    "346d83bf-6fe6-42ca-b424-b9300d2e21bf",
    "16935b20-87c0-4908-934a-22aa267d0d26",
    "7861360b-dc3b-4eba-a3fc-0d323a035746",
    "156a1efe-17cd-4b03-9f17-2eb512298fb3",
}
#: MCOMEETADV, Audio Conferencing.
_CONFERENCING = "3e26ee1f-8a5f-4d52-aee2-b81ce45c8f40"
_DESKTOP = {
    *list(TIERS["Office apps"].values())[1:],
    *list(TIERS["Office apps (government)"].values())[1:],
}


def hazards(before: Set[str], after: Set[str]) -> tuple[str, ...]:
    """The names of the hazards of a change from these switched-on plans to those, the worst first."""
    found = {
        "mailbox": _mailbox(after) < _mailbox(before),
        "data": _gone(FILES, before, after) or _gone(ENGAGE, before, after),
        "voice": _voice(before, after),
        "archive": _gone(PLAN_2 | ARCHIVES, before, after),
        "apps": _gone(_DESKTOP, before, after),
    }
    return tuple(name for name in HAZARDS if found[name])


def _mailbox(plans: Set[str]) -> int:
    """The size class of the largest mailbox among these plans, 0 for none."""
    return max((MAILBOXES[plan] for plan in plans & MAILBOXES.keys()), default=0)


def _gone(service: Set[str], before: Set[str], after: Set[str]) -> bool:
    return not service.isdisjoint(before) and service.isdisjoint(after)


def _voice(before: Set[str], after: Set[str]) -> bool:
    """A telephone service that ends, or a conferencing bridge that stays behind without what it stands on."""
    bridge = _CONFERENCING in before and _gone(REPORTED[_CONFERENCING], before, after)
    return bridge or _gone(VOICE, before, after) or _gone(CALLING, before, after)
