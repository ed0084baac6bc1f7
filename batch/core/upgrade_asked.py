"""Rules of the Upgrade tab that only a person can answer: how it was bought, what is owed, what the tab shows.

Sources: Microsoft's "Upgrade to a different plan", "Upgrade from an Office 365 E4 subscription" and "Understand
end-of-sale products" articles.
"""

from __future__ import annotations

from batch.core.checklist import Mark
from batch.core.credit_check import over_by, told
from batch.core.deadlines import day_of
from batch.core.upgrade_situation import Finding, Situation, unanswered

_HOUR = 3600.0
_BY_HAND = "Move the people by hand (reassign run), or call support."


def u1(s: Situation) -> Finding:
    """Bought in another way than directly from Microsoft. What the service says counts for more than what people do."""
    if s.partner:
        told = f"A partner's tenant created the subscription: {s.partner}."
        return Finding(Mark.FAIL, told, "Ask the partner to upgrade it.", s.tenant)
    match s.facts.purchase_channel:
        case None if s.facts.account_type == "EA":
            return _volume(s)
        case None:
            return unanswered("purchase_channel")
        case "direct":
            return Finding(Mark.PASS, "Bought directly from Microsoft.", source=s.facts.source)
        case "partner":
            return Finding(Mark.FAIL, "Bought through a partner.", "Ask the partner to upgrade it.", s.facts.source)
        case "volume":
            return _volume(s)
        case _:
            return Finding(Mark.FAIL, "Paid for in advance with a product key.", _BY_HAND, s.facts.source)


def _volume(s: Situation) -> Finding:
    todo = "Ask the Microsoft account representative."
    return Finding(Mark.FAIL, "Bought in volume licensing.", todo, s.facts.source)


def u4(s: Situation) -> Finding:
    """Another upgrade is running, or a credit check is pending."""
    running = {"upgrade_in_progress": s.facts.upgrade_in_progress, "credit_check": s.facts.credit_check}
    if any(running.values()):
        since = s.facts.ordered_on or day_of(s.at)
        until = over_by(since, s.facts.holidays or ())
        what = "A credit check is pending" if s.facts.credit_check else "Another upgrade is under way"
        todo = f"Wait: two working days at most. Look again on {told(until)}; after that call support."
        return Finding(Mark.FAIL, f"{what}.", todo, s.facts.source, until)
    for name, value in running.items():
        if value is None:
            return unanswered(name)
    return Finding(Mark.PASS, "No other upgrade and no credit check.", source=s.facts.source)


def _shown(s: Situation) -> Finding | None:
    """What the tab shows where that leaves no message to look into; None where there is one."""
    match s.facts.tab_state:
        case "plans":
            return Finding(Mark.PASS, "The tab lists plans to upgrade to.", source=s.facts.source)
        case _ if s.facts.tab_message:
            return None
        case None:
            return unanswered("tab_state")
        case "message":
            return unanswered("tab_message")
        case state:
            shown = "The tab is empty." if state == "empty" else "There is no tab."
            return Finding(Mark.PASS, f"{shown} It gives no message.", source=s.facts.source)


def u5(s: Situation) -> Finding:
    """The message that says "not eligible" without a reason."""
    if (shown := _shown(s)) is not None:
        return shown
    if "U5" in s.message:
        return Finding(Mark.FAIL, "The tab says that the subscription is not eligible.", _BY_HAND, s.facts.source)
    return Finding(Mark.PASS, "The tab says something else than “not eligible”.", source=s.facts.source)


def u6(s: Situation) -> Finding:
    """A message that is not known."""
    if (shown := _shown(s)) is not None:
        return shown
    if s.message:
        return Finding(Mark.PASS, f"The message is known: see {', '.join(sorted(s.message))}.", source=s.facts.source)
    told = f"The tab says something that is not known here: “{s.facts.tab_message}”"
    return Finding(Mark.FAIL, told, _BY_HAND, s.facts.source)


def u8(s: Situation) -> Finding:
    """Paid for in advance with a product key."""
    match s.facts.purchase_channel:
        case None:
            return unanswered("purchase_channel")
        case "prepaid":
            todo = (
                "Move the people by hand. Ask billing first what becomes of the time paid for: one passage of the "
                "article gives no credit, another gives it when the new plan costs at least as much as is left."
            )
            return Finding(Mark.FAIL, "The subscription is prepaid.", todo, s.facts.source)
        case _:
            return Finding(Mark.PASS, "The subscription is not prepaid.", source=s.facts.source)


def u10(s: Situation, others_fail: bool) -> Finding:
    """Nothing is shown although nothing else is in the way: the service is busy with many upgrades."""
    match s.facts.tab_state:
        case None:
            return unanswered("tab_state")
        case "empty" if others_fail:
            told_so = "The tab is empty, which another line explains."
            return Finding(Mark.WARN, told_so, "Settle that line first, then look at the tab again.", s.facts.source)
        case "empty":
            told = "The tab is empty, and nothing else that is known is in the way: the service may be busy."
            return Finding(Mark.FAIL, told, "Look again in about an hour.", s.facts.source, s.at + _HOUR)
        case _:
            return Finding(Mark.PASS, "The tab is not empty.", source=s.facts.source)


def u12(s: Situation) -> Finding:
    """Add-ons hang on the subscription: warned of, since the tab itself decides (its own texts contradict)."""
    match s.facts.addons:
        case None:
            return unanswered("addons")
        case ():
            return Finding(Mark.PASS, "No add-ons.", source=s.facts.source)
        case addons:
            todo = (
                "Let the tab decide: it shows them in the cart and leaves out what the new plan contains. If it does "
                "not go on, take the add-on away and buy it again later, or move the people by hand."
            )
            return Finding(Mark.WARN, f"Add-ons: {', '.join(addons)}.", todo, s.facts.source)


def u13(s: Situation) -> Finding:
    """Something is unpaid."""
    match s.facts.balance_due:
        case None:
            return unanswered("balance_due")
        case True:
            todo = "Select Pay now or Settle balance in Billing > Your products, then look at the tab again."
            if s.facts.payment_method == "card":
                told_so = "Something is unpaid; by the newer article that stops only who pays by invoice."
                return Finding(Mark.WARN, told_so, todo, s.facts.source)
            return Finding(Mark.FAIL, "Something is unpaid.", todo, s.facts.source)
        case False:
            return Finding(Mark.PASS, "Nothing is unpaid.", source=s.facts.source)


def u16(s: Situation) -> Finding:
    """Fewer licences are wanted in the same move."""
    match s.facts.fewer_seats:
        case None:
            return unanswered("fewer_seats")
        case True:
            todo = "The tab cannot reduce them: do so before or after the upgrade, as a step of its own."
            return Finding(Mark.FAIL, "There shall be fewer licences afterwards.", todo, s.facts.source)
        case False:
            return Finding(Mark.PASS, "There shall be as many licences as now.", source=s.facts.source)


#: Agreement → the roles that may buy and cancel under it (Microsoft's "About admin roles").
_ROLES = {"MOSA": ("global", "billing"), "MCA": ("billing account",)}


def u19(s: Situation) -> Finding:
    """The wrong role: the tab is not shown."""
    if s.facts.admin_role is None:
        return unanswered("admin_role")
    if s.facts.account_type is None:
        return unanswered("account_type")
    fit = _ROLES.get(s.facts.account_type)
    if fit is None:
        return Finding(Mark.UNKNOWN, f"Which role {s.facts.account_type} needs is not known.", _ASK_REP)
    told = f"The role is {s.facts.admin_role}, under {s.facts.account_type}."
    if s.facts.admin_role in fit:
        return Finding(Mark.PASS, told, source=s.facts.source)
    need = {"MOSA": "a billing or global admin", "MCA": "an owner or contributor of the billing account or profile"}
    return Finding(Mark.FAIL, told, f"Let {need[s.facts.account_type]} open the tab.", s.facts.source)


_ASK_REP = "Ask the Microsoft account representative."


def u20(s: Situation) -> Finding:
    """Another agreement than the one that the tab's rules are written for."""
    match s.facts.account_type:
        case None:
            return unanswered("account_type")
        case "MOSA":
            return Finding(Mark.PASS, "Bought under the Microsoft Online Services Agreement.", source=s.facts.source)
        case "MCA":
            told = "Bought under a Microsoft Customer Agreement, which has another way than this tab."
            todo = "Use “Change to a different subscription option” on the subscription's page, or move by hand."
            return Finding(Mark.FAIL, told, todo, s.facts.source)
        case _:
            return Finding(Mark.FAIL, "Bought under an Enterprise Agreement.", _ASK_REP, s.facts.source)
