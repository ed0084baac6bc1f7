"""Rules of the Upgrade tab that the tenant itself answers: seats, services, purchases, people.

Sources: Microsoft's "Upgrade to a different plan" article and its older "Why can't I switch plans?".
"""

from __future__ import annotations

from batch.core.checklist import Mark
from batch.core.data_services import compare
from batch.core.estate import Subscription
from batch.core.terms import Sku, SkuStatus
from batch.core.upgrade_situation import FEW_HOURS, Finding, Situation, unanswered, unread

#: Office 365 Enterprise E4, which Microsoft has retired (2015 for customers, 7 April 2017 for partners).
RETIRED = {
    "1392051d-0cb9-4b7a-88d5-621fee5e8711": "ENTERPRISEWITHSCAL",
}
#: Part numbers of retired products in all their editions.
_RETIRED_NAMES = ("ENTERPRISEWITHSCAL",)
#: The old "Switch plans" button took no more assigned licences than this.
_OLD_LIMIT = 3000


def is_retired(sku: Sku) -> bool:
    """Whether no more seats of this product can be bought, as far as is known here."""
    name = sku.part_number.upper()
    return sku.sku_id in RETIRED or any(name == n or name.startswith(f"{n}_") for n in _RETIRED_NAMES)


def u2(s: Situation) -> Finding:
    """More people than licences."""
    if s.source is None:
        return unread("The old product")
    told = f"{s.source.consumed:,} of {s.source.enabled:,} licences are assigned."
    if s.source.consumed <= s.source.enabled:
        return Finding(Mark.PASS, told, source=s.tenant)
    todo = "Buy seats, take licences away or delete accounts; then look at the tab again."
    return Finding(Mark.FAIL, told, todo, s.tenant)


def u3(s: Situation) -> Finding:
    """Not fully set up, or a service has an incident."""
    if s.facts.health_ok is False:
        todo = "Wait a few hours and look again; then call support."
        return Finding(Mark.FAIL, "A service has an incident.", todo, s.facts.source, s.at + FEW_HOURS)
    if s.source is None or not s.source.plans:
        return unread("What the old product consists of")
    by: dict[str, list[str]] = {}
    for plan in s.source.plans:
        by.setdefault(plan.provisioning, []).append(plan.name)
    if odd := by.keys() - {"Success", "Disabled", "PendingActivation"}:
        told = "; ".join(f"{word}: {', '.join(sorted(by[word]))}" for word in sorted(odd))
        todo = "Wait a few hours and look again; then call support."
        return Finding(Mark.FAIL, f"Not set up: {told}.", todo, s.tenant, s.at + FEW_HOURS)
    if s.facts.health_ok is None:
        return unanswered("health_ok")._replace(
            found="Every service is set up; whether one has an incident nobody said."
        )
    if waiting := [name for word in ("PendingActivation", "Disabled") for name in by.get(word, ())]:
        told = f"Not switched on by an admin yet, or off: {', '.join(sorted(waiting))}."
        return Finding(Mark.WARN, told, "Switch them on in the admin center if they are used.", s.tenant)
    return Finding(Mark.PASS, "Every service is set up, and none has an incident.", source=s.tenant)


def u7(s: Situation) -> Finding:
    """Two or more subscriptions of the same product."""
    if not s.subscriptions:
        return unread("The subscription of the old product")
    if len(s.subscriptions) == 1:
        return Finding(Mark.PASS, "One subscription.", source=s.tenant)
    todo = (
        "Move everybody to one of them and cancel the other, then look at the tab again; "
        "or move the people by hand (reassign run)."
    )
    return Finding(Mark.FAIL, _each(s.subscriptions), todo, s.tenant)


def _each(subscriptions: tuple[Subscription, ...]) -> str:
    told = "; ".join(f"{one.subscription_id}, {one.total:,} licences, {one.status}" for one in subscriptions)
    return f"{len(subscriptions)} subscriptions of one product: {told}."


def u9(s: Situation) -> Finding:
    """Government or non-profit."""
    name = s.source.part_number if s.source else ""
    todo = "Move the people by hand (reassign run), or call support."
    if "_GOV" in name.upper() or "USGOV" in name.upper():
        return Finding(Mark.FAIL, f"{name} is an edition for government.", todo, s.tenant)
    match s.facts.segment:
        case None:
            return unanswered("segment")
        case "government" | "nonprofit":
            return Finding(Mark.FAIL, f"The organisation buys at {s.facts.segment} prices.", todo, s.facts.source)
        case segment:
            return Finding(Mark.PASS, f"The organisation buys at {segment} prices.", source=s.facts.source)


def u11(s: Situation) -> Finding:
    """The target lacks a service that keeps data."""
    if s.source is None or not s.source.plans:
        return unread("What the old product consists of")
    if s.target is None or not s.target.plans:
        todo = "Name the product to move to with --to; import Microsoft's table of products: reassign catalog import."
        return Finding(Mark.UNKNOWN, "What the new product consists of is not known.", todo)
    compared = compare(s.source.plans, s.target.plans)
    if compared.lacking:
        lower = f", and a lower version of {' and '.join(compared.lower)}" if compared.lower else ""
        told = f"{s.target.name} has no {' and no '.join(compared.lacking)}{lower}."
        todo = (
            "The tab does not offer it. Back the data up (Outlook, OneDrive and SharePoint, Viva Engage), "
            "then move the people by hand."
        )
        return Finding(Mark.FAIL, told, todo, s.tenant)
    if compared.lower:
        # Data that are there stay there, yet the tab wants as high a version.
        told = f"{s.target.name} has a lower version of {' and '.join(compared.lower)}."
        todo = (
            "The tab does not offer it. Move the people by hand: no service goes, so nothing has to be backed up, but "
            "look first whether a mailbox is larger than the new one may be."
        )
        return Finding(Mark.FAIL, told, todo, s.tenant)
    if compared.unsure:
        told = f"Whether {s.target.name} has a match for {', '.join(compared.unsure)} is not known."
        return Finding(Mark.UNKNOWN, told, "Compare the two products in the admin center.", s.tenant)
    return Finding(
        Mark.PASS, f"{s.target.name} has every service that keeps data, as large or larger.", source=s.tenant
    )


def u14(s: Situation) -> Finding:
    """3,000 or more licences assigned, which only the old button minded."""
    if s.source is None:
        return unread("The old product")
    told = f"{s.source.consumed:,} licences are assigned."
    if s.source.consumed < _OLD_LIMIT:
        return Finding(Mark.PASS, told, source=s.tenant)
    if s.facts.tab_state is None:
        todo = f"Only the old “Switch plans” button stopped at {_OLD_LIMIT:,}. {unanswered('tab_state').todo}"
        return Finding(Mark.UNKNOWN, told, todo, s.tenant)
    if s.facts.tab_state == "plans":
        return Finding(Mark.WARN, f"{told} The tab lists plans all the same.", "Plan for hours.", s.tenant)
    return Finding(Mark.FAIL, told, "Move the people by hand (reassign run).", s.tenant)


def u15(s: Situation) -> Finding:
    """Only some people shall move."""
    todo = "The tab moves everybody. Move those who shall go by hand (reassign run); the others keep what they have."
    if s.facts.only_some is not None:
        told = "Only some of the people shall move." if s.facts.only_some else "Everybody shall move."
        mark = Mark.FAIL if s.facts.only_some else Mark.PASS
        return Finding(mark, told, todo if s.facts.only_some else "", s.facts.source)
    if s.staying is None:
        asked = unanswered("only_some")
        return asked._replace(todo=f"Name the sheet of those who shall move (--users). {asked.todo}")
    if s.staying:
        return Finding(Mark.FAIL, f"{s.staying:,} who hold it are not asked to move.", todo, f"{s.tenant} and sheets")
    return Finding(Mark.PASS, "Everybody who holds it shall move.", source=f"{s.tenant} and sheets")


def u17(s: Situation) -> Finding:
    """Services are switched off for some people: warned of, since the tab switches them all on."""
    if s.restricted is None:
        return Finding(Mark.UNKNOWN, "Nobody's services were read.", "Name the tenant with --tenant.")
    if not s.restricted:
        return Finding(Mark.PASS, "Nobody who holds it has a service switched off.", source=s.tenant)
    todo = (
        "The tab switches every service on. Take a snapshot before (reassign watch before FILE), and switch off "
        "again afterwards what it shows."
    )
    return Finding(Mark.WARN, f"{s.restricted:,} people have services switched off.", todo, s.tenant)


def u18(s: Situation) -> Finding:
    """A retired product: the way to upgrade from it may be off (said of Microsoft Customer Agreements only)."""
    if s.source is None:
        return unread("The old product")
    if is_retired(s.source):
        told, source = f"{s.source.name} is retired: no more seats of it can be bought.", s.tenant
    elif s.facts.end_of_sale is None:
        return unanswered("end_of_sale")
    elif not s.facts.end_of_sale:
        return Finding(Mark.PASS, f"{s.source.name} can still be bought.", source=s.facts.source)
    else:
        told, source = f"The page says that {s.source.name} is no longer available to buy.", s.facts.source
    match s.facts.account_type:
        case None:
            return unanswered("account_type")._replace(found=f"{told} What follows depends on the agreement.")
        case "MCA":
            return Finding(Mark.FAIL, told, "Change to a current product by hand (reassign run).", source)
        case _:
            return Finding(Mark.WARN, told, "The tab may be off for it; let the tab decide.", source)


#: Statuses of a purchase that counts.
LIVE = frozenset(SkuStatus) - {SkuStatus.DELETED}
