"""Rules C11 and C17 to C23: what was bought, what may still assign it, and who answers for cancelling it."""

from __future__ import annotations

from datetime import datetime

from batch.core.checklist import Mark
from batch.core.deadlines import day_of, deadlines
from batch.core.estate import Subscription
from batch.core.retiring import (
    FACTS,
    NO_TARGET,
    NOT_READ,
    RUNS,
    TENANT,
    Evidence,
    Found,
    Rule,
    answered,
    count_of,
    named,
    people,
)
from batch.core.terms import Sku, SkuStatus

#: The most licences with which a subscription can be cancelled online ("Cancel your subscription", MOSA accounts).
MOST_TO_CANCEL = 25
#: Days after start or renewal in which an MCA subscription can be cancelled for credit.
CREDIT_DAYS = 7
#: What else can be done about a line that warns: the steps say the rest.
_LATER = 'To leave that to whoever cancels, accept it by name: --accept C19="why"'
_NO_SUBSCRIPTIONS = Found(
    Mark.UNKNOWN, "The subscriptions could not be read.", "", "Give the right Organization.Read.All, and look again."
)


def _target(e: Evidence) -> Found:
    if not e.targets:
        return NO_TARGET
    wrong = [told for sku in e.targets for told in _wrong_with(sku, e)]
    if e.facts.balance_due:
        wrong.append("Something is unpaid.")
    if e.facts.recurring_billing is False:
        wrong.append("Recurring billing is off, so it ends with its term.")
    if wrong:
        todo = "Settle it in the admin center: Billing > Your products, and Billing > Bills & payments."
        return Found(Mark.FAIL, " ".join(wrong), f"{TENANT} and {FACTS}", todo)
    if e.subscriptions is None:
        return _NO_SUBSCRIPTIONS
    answers = {"balance_due": e.facts.balance_due, "recurring_billing": e.facts.recurring_billing}
    if silent := [key for key, answer in answers.items() if answer is None]:
        todo = (
            f"Look at Billing > Your products and Bills & payments, and say {' and '.join(silent)} in the facts file."
        )
        return Found(Mark.UNKNOWN, "Nobody has said whether it is paid and goes on.", TENANT, todo)
    told = ", ".join(f"{s.name}: {s.consumed:,} of {s.enabled:,} seats in use" for s in e.targets)
    return Found(Mark.PASS, f"{told}; active, paid, and it goes on.", f"{TENANT} and {FACTS}")


def _wrong_with(sku: Sku, e: Evidence) -> list[str]:
    """What is wrong with a product that people moved to, in sentences."""
    told = []
    if sku.consumed > sku.enabled:
        told.append(f"{sku.name}: {sku.consumed:,} seats are in use and {sku.enabled:,} bought.")
    if sku.status is not SkuStatus.ENABLED:
        told.append(f"{sku.name} is not active but {sku.status.value}.")
    if e.subscriptions is not None:
        active = [s for s in e.subscriptions if s.sku_id == sku.sku_id and s.status is SkuStatus.ENABLED]
        if not active:
            told.append(f"{sku.name} has no active subscription.")
        elif all(s.trial for s in active):
            told.append(f"{sku.name} is a trial, and ends with it.")
    return told


def _assigning(e: Evidence) -> Found:
    before = {was.upn for was in e.baseline.holders} if e.baseline and e.baseline.whole else None
    c = e.census
    holders = (*c.direct, *c.inherited, *c.both) if c else ()
    since = [upn for upn in holders if before is not None and upn not in before]
    todo = "Look at self-service purchases, auto-claim policies, scripts and HR systems, and stop what assigns it."
    if since:
        told = f"{people(len(since))} got it since the move began: {named(since)}."
        return Found(Mark.FAIL, told, f"{TENANT} and the baseline", todo)
    yes, no = "Nothing assigns it any more.", "Something still assigns it."
    return answered(e.facts.nothing_assigns_it, "nothing_assigns_it", yes=yes, no=no, todo=todo)


def sold_by_others(e: Evidence) -> bool:
    """Whether a partner or an agreement stands between: somebody says so, or another tenant created a purchase."""
    ours = ("", e.organisation.tenant_id)
    told = e.facts.purchase_channel in ("partner", "volume") or e.facts.account_type == "EA"
    return told or any(s.owner_tenant not in ours for s in _bought(e))


def _bought(e: Evidence) -> tuple[Subscription, ...]:
    """The purchases of the old product that are not deleted."""
    gone = SkuStatus.DELETED
    return tuple(s for s in e.subscriptions or () if s.sku_id == e.sku.sku_id and s.status is not gone)


def _others(e: Evidence) -> Found:
    if e.subscriptions is None:
        return _NO_SUBSCRIPTIONS
    bought = _bought(e)
    if not bought:
        return Found(
            Mark.UNKNOWN, "The tenant lists no subscription of it.", TENANT, "Look at Billing > Your products."
        )
    seats = [s.total if s.status is SkuStatus.ENABLED else 0 for s in bought]
    # Which of them is cancelled first is for a person to say: the largest one leaves the fewest seats.
    left = sum(seats) - max(seats)
    each = ", ".join(_purchase(s) for s in bought)
    told = f"{count_of(len(bought), 'subscription')}: {each}."
    used = e.sku.consumed - e.explained
    if used > left:
        are = "is" if used == 1 else "are"
        more = f" Once the largest is cancelled {left:,} seats are left, and {used:,} {are} in use."
        return Found(Mark.FAIL, told + more, TENANT, "Move everybody first (C2, C3, C10).")
    todo = "Cancel each of them by itself: cancelling one does not touch the others." if len(bought) > 1 else ""
    return Found(Mark.PASS, told, TENANT, todo)


def _purchase(s: Subscription) -> str:
    """One purchase; an export has no id of it."""
    held = f"{s.status.value}, {s.total:,} seats"
    return f"{s.subscription_id} ({held})" if s.subscription_id else held


def _limits(e: Evidence) -> Found:
    used, total = e.sku.consumed - e.explained, sum(s.total for s in _bought(e))
    if used:
        told = f"{count_of(used, 'licence')} assigned; none may be."
        return Found(Mark.FAIL, told, TENANT, "Move everybody first (C2, C3, C10).")
    if e.subscriptions is None:
        return _NO_SUBSCRIPTIONS
    if sold_by_others(e):
        todo = f"Ask the partner or account representative to cancel it. {_LATER}"
        return Found(Mark.WARN, "None is assigned. It was not bought directly.", f"{TENANT} and {FACTS}", todo)
    if e.facts.purchase_channel == "prepaid":
        todo = f"Let it expire: prepaid licences can be neither reduced nor cancelled for credit. {_LATER}"
        return Found(Mark.WARN, "None is assigned. It is prepaid.", FACTS, todo)
    match e.facts.account_type:
        case "MOSA":
            return _reduced(total)
        case "MCA":
            return _within_days(e)
    todo = "Look at Billing > Billing accounts, and say account_type in the facts file."
    return Found(Mark.UNKNOWN, "None is assigned; how it can be cancelled depends on the agreement.", TENANT, todo)


def _reduced(total: int) -> Found:
    told = f"None of {count_of(total, 'licence')} is assigned"
    if total <= MOST_TO_CANCEL:
        return Found(Mark.PASS, f"{told}: few enough to be cancelled online.", f"{TENANT} and {FACTS}")
    todo = f"First remove licences until {MOST_TO_CANCEL} or fewer are left, then cancel; or ask Microsoft support."
    found = f"{told}: too many to be cancelled online."
    return Found(Mark.WARN, found, f"{TENANT} and {FACTS}", f"{todo} {_LATER}")


def _within_days(e: Evidence) -> Found:
    started = [day for s in _bought(e) if (day := _day(s.created))]
    days = day_of(e.now).toordinal() - max(started).toordinal() if started else None
    source = f"{TENANT} and {FACTS}"
    if days is not None and days <= CREDIT_DAYS:
        return Found(Mark.PASS, f"It began {days} days ago, so it can be cancelled for credit.", source)
    ends = ", ".join(sorted({s.next_lifecycle[:10] for s in _bought(e) if s.next_lifecycle})) or "the end of its term"
    if e.facts.old_billing_ends is None:
        todo = "Look at its recurring billing, and say old_billing_ends in the facts file."
        return Found(Mark.UNKNOWN, "Whether recurring billing is off is not known.", source, todo)
    if e.facts.old_billing_ends:
        return Found(Mark.PASS, f"Recurring billing is off: it ends on {ends}.", source)
    todo = (
        f"Turn recurring billing off; it ends on {ends}. For credit it could be cancelled in {CREDIT_DAYS} days only. "
        f"{_LATER}"
    )
    return Found(Mark.WARN, "None is assigned, and recurring billing is on.", source, todo)


def _day(text: str) -> datetime | None:
    """The day of a moment as the service writes it; None for what is none."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _domain(e: Evidence) -> Found:
    if e.people is None:
        return NOT_READ
    own = [d for d in e.organisation.domains if not d.endswith(".onmicrosoft.com")]
    if not e.organisation.domains:
        return Found(Mark.UNKNOWN, "The organisation's domains are not known.", "", "Look at Settings > Domains.")
    used = sum(upn.rpartition("@")[2] in own for upn in e.people.upns)
    if used and e.facts.domain_stays is False:
        told = f"A domain is to be removed that {people(used)} with a licence use: {named(own)}."
        return Found(Mark.FAIL, told, FACTS, "Do not remove it: the new product needs it.")
    told = (
        f"{named(own)}: in use by {people(used)} with a licence."
        if used
        else "Nobody with a licence uses a domain of its own."
    )
    return Found(Mark.PASS, told, TENANT, "Do not remove it, whatever the article on cancelling says." if used else "")


def _pending(e: Evidence) -> Found:
    if e.census is None:
        return NOT_READ
    # Whom another run has moved meanwhile is not waited for.
    holders = {*e.census.direct, *e.census.both, *e.census.failed_direct}
    left = {run.run: len(holders.intersection(run.open)) for run in e.runs}
    going = [f"Run {run} is not done: {people(number)} still to move." for run, number in left.items() if number]
    if e.facts.credit_check:
        going.append("A credit check is pending.")
    if e.facts.upgrade_in_progress:
        going.append("An upgrade is under way.")
    if going:
        return Found(
            Mark.FAIL, " ".join(going), f"{RUNS} and {FACTS}", "Wait for it, or carry the run on: reassign apply"
        )
    answers = {"credit_check": e.facts.credit_check, "upgrade_in_progress": e.facts.upgrade_in_progress}
    if silent := [key for key, answer in answers.items() if answer is None]:
        todo = f"Look at the subscription's page, and say {' and '.join(silent)} in the facts file."
        return Found(Mark.UNKNOWN, "Nobody has said whether anything is pending.", "", todo)
    return Found(Mark.PASS, f"Nothing is pending; {count_of(len(e.runs), 'run')} looked at.", f"{RUNS} and {FACTS}")


def _way_back(e: Evidence) -> Found:
    last = deadlines(e.day)[2].day
    clock = f"Once cancelled, it can be reactivated until {last.isoformat()}."
    kept = e.baseline is not None and e.baseline.restorable
    imaged = e.imaged
    lost = [upn for upn in (e.fates.moved if e.fates and not kept else ()) if upn not in imaged]
    if lost:
        told = f"The state before is not kept of {people(len(lost))} who moved: {named(lost)}."
        return Found(
            Mark.FAIL, told, RUNS, "Name their run folders with --run, or the copy of the tenant with --baseline."
        )
    if not (kept or e.runs):
        todo = "Name the run folders with --run, or the copy of the tenant with --baseline."
        return Found(Mark.UNKNOWN, "No record of the state before was named.", "", todo)
    todo = "Read “Never delete it” below, all who may cancel."
    yes, no = f"The state before is kept of everybody who moved. {clock}", "It is not yet understood by all."
    return answered(e.facts.never_delete, "never_delete", yes=yes, no=no, todo=todo)


def _two(e: Evidence) -> Found:
    first, second = e.by, e.facts.approved_by or ""
    if not (first and second):
        missing = "who signs (--by NAME)" if not first else "approved_by in the facts file"
        return Found(Mark.UNKNOWN, "Two people have to sign, one of whom may cancel.", "", f"Say {missing}.")
    if " ".join(first.split()).casefold() == " ".join(second.split()).casefold():
        return Found(Mark.FAIL, f"{first} signs twice.", FACTS, "Somebody else has to approve.")
    todo = "Have it approved by a billing administrator, or an owner of the billing account."
    yes, no = f"{first} signs, {second} approves and may cancel.", f"{second} may not cancel."
    return answered(e.facts.approver_may_bill, "approver_may_bill", yes=yes, no=no, todo=todo)


#: C11 stands before the rules about services, the others after them.
TARGET = Rule("C11", "Is the new product paid, active and large enough?", _target)
RULES = (
    Rule("C17", "Does nothing assign it any more?", _assigning),
    Rule("C18", "Are there seats for all who stay?", _others),
    Rule("C19", "Can it be cancelled as it is?", _limits),
    Rule("C20", "Does the domain stay?", _domain),
    Rule("C21", "Is nothing pending?", _pending),
    Rule("C22", "Is there a way back?", _way_back),
    Rule("C23", "Do two people sign?", _two),
)
