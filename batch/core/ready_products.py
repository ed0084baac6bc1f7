"""Lines of `reassign ready` about the products that people shall get: is each there, in use, set up, large enough?"""

from __future__ import annotations

from collections.abc import Iterator

from batch.core.bought_words import Stands
from batch.core.checklist import Line, Mark
from batch.core.credit_check import over_by, told
from batch.core.demand import Wanted
from batch.core.purchase import amount, proof
from batch.core.readiness import Evidence
from batch.core.terms import Sku, SkuStatus

#: Status of a subscription → its word in the admin center, and what to do about it.
_STATUS = {
    SkuStatus.WARNING: ("Expired, in its grace period", "Renew it, or buy another: new licences should not be given."),
    SkuStatus.SUSPENDED: ("Disabled", "Reactivate it in Billing > Your products, or buy another."),
    SkuStatus.DELETED: ("Deleted", "Buy another."),
    SkuStatus.LOCKED_OUT: ("Locked out, cancelled by the customer", "Call support, or buy another."),
}


def product_lines(e: Evidence, wanted: Wanted) -> Iterator[Line]:
    """Every line about one product that somebody shall get."""
    if not wanted.takes and not wanted.plans:
        return
    yield _seats(e, wanted)
    yield _listed(e, wanted)
    if wanted.sku_id in e.skus:
        yield _active(e, wanted)
        yield _services(e, wanted, e.skus[wanted.sku_id])
        yield from _count(e, wanted)
        yield _trial(e, wanted)


def _seats(e: Evidence, wanted: Wanted) -> Line:
    label = e.label(wanted.sku_id)
    need = e.demand.purchase.of(wanted.sku_id)
    if need is None:
        free = e.skus[wanted.sku_id].free if wanted.sku_id in e.skus else 0
        back = f" and {wanted.gives:,} are given back by others" if wanted.takes > free else ""
        found = f"{label}: {_people(wanted)}; {free:,} seats are free{back}, which is enough."
        return e.line("buy", Mark.PASS, found)
    found = f"{label}: {proof(need, e.labels)} {_people(wanted, once=True)}"
    buy = f"{amount(need).capitalize()} of {label} (reassign order has the sheet)."
    if not e.expected:
        return e.line("buy", Mark.FAIL, found, buy)
    todo, again_at = _on_its_way(e, f"If they were ordered, wait; else {amount(need)} of {label}.")
    return e.line("buy", Mark.FAIL, found, todo, again_at=again_at)


def _on_its_way(e: Evidence, todo: str) -> tuple[str, float]:
    """What to do about something that was ordered, and when to look again; 0 once it should have been there."""
    since = e.facts.ordered_on
    if since is None:
        return todo, e.again_at
    until = over_by(since, e.facts.holidays or ())
    if e.at < until:
        return f"{todo} An order by invoice is there on {told(until)} at the latest.", e.again_at
    late = f"It was due on {told(until)}: look whether it was bought for another organisation, then call support."
    return f"{late} {todo}", 0.0


def _people(wanted: Wanted, *, once: bool = False) -> str:
    text = f"{wanted.asked:,} shall have it, {wanted.holding:,} have it already, {wanted.takes:,} take a seat"
    return f"{text}." if once else text


def _listed(e: Evidence, wanted: Wanted) -> Line:
    label, purchases = e.label(wanted.sku_id), e.purchases(wanted.sku_id)
    if purchases:
        each = "; ".join(f"{p.total:,} licences, {p.status}" for p in purchases)
        return e.line("listed", Mark.PASS, f"{label}: {each}.")
    if wanted.sku_id in e.skus:
        found = f"{label} is listed as a product, but no subscription of it is."
        return e.line("listed", Mark.UNKNOWN, found, _PAGE)
    todo = f"Buy {label} in this organisation (reassign order has the sheet)."
    again_at = 0.0
    if e.expected:
        todo, again_at = _on_its_way(e, f"If it was ordered in this organisation, wait. {todo}")
    return e.line("listed", Mark.FAIL, f"{label} is not there.", todo, again_at=again_at)


def _active(e: Evidence, wanted: Wanted) -> Line:
    if e.made_up:
        return _active_by_sheet(e, wanted)
    label, sku = e.label(wanted.sku_id), e.skus[wanted.sku_id]
    states = [p.status for p in e.purchases(wanted.sku_id)] or [sku.status]
    if SkuStatus.ENABLED not in states:
        word, todo = _STATUS[states[0]]
        return e.line("active", Mark.FAIL, f"{label} is {word}.", todo)
    weak = [e.label(s) for s in sorted(e.demand.leaves) if not _is_active(e, s)]
    if weak:
        found = f"{label} is active; {', '.join(weak)} no longer is."
        return e.line("active", Mark.WARN, found, "Move the people soon: the old subscription is on its way out.")
    return e.line("active", Mark.PASS, f"{label} is active, and so is what people leave.")


def _active_by_sheet(e: Evidence, wanted: Wanted) -> Line:
    label, said = e.label(wanted.sku_id), e.said.get(wanted.sku_id, frozenset())
    if Stands.ACTIVE in said:
        return e.line("active", Mark.PASS, f"{label} is active, by the sheet.")
    for stands, status in _SAID.items():
        if stands in said:
            return e.line("active", Mark.FAIL, f"{label} is {stands}, by the sheet.", _STATUS[status][1])
    return e.line("active", Mark.UNKNOWN, "The sheets do not say.", _LOOK)


_SAID = {
    Stands.EXPIRED: SkuStatus.WARNING,
    Stands.DISABLED: SkuStatus.SUSPENDED,
    Stands.DELETED: SkuStatus.DELETED,
}


def _is_active(e: Evidence, sku_id: str) -> bool:
    return sku_id not in e.skus or e.skus[sku_id].status is SkuStatus.ENABLED


_LOOK = "Name the tenant: --tenant graph."
_PAGE = "Look at it in Billing > Your products."
#: Provisioning status → the mark, and what to do (Graph resource ``servicePlanInfo``).
_PROVISIONING = {
    "Error": (Mark.FAIL, "Call support: setting up this service failed."),
    "PendingInput": (Mark.FAIL, "Wait: the service is being set up."),
    "PendingProvisioning": (Mark.FAIL, "Wait: the service is being set up."),
    "PendingActivation": (Mark.WARN, "An admin has to switch it on in the admin center."),
    "Disabled": (Mark.WARN, "It is off for the whole tenant; switch it on if people need it."),
}


def _services(e: Evidence, wanted: Wanted, sku: Sku) -> Line:
    """Of the services that those who move need, the one that stands worst, and all like it."""
    label = e.label(sku.sku_id)
    if e.made_up:
        return e.line("services", Mark.UNKNOWN, "The sheets do not say.", _LOOK)
    needed = [p for p in sku.plans if p.plan_id in wanted.plans]
    if not needed:
        return e.line("services", Mark.UNKNOWN, f"Which services {label} consists of is not known.", _LOOK)
    by: dict[str, list[str]] = {}
    for plan in needed:
        by.setdefault(plan.provisioning, []).append(plan.name)
    for word in (*_PROVISIONING, *sorted(by.keys() - _PROVISIONING.keys() - {"Success"})):
        if word in by:
            mark, todo = _PROVISIONING.get(word, (Mark.UNKNOWN, "This status is not known here; ask support."))
            again = e.again_at if word.startswith("Pending") and mark is Mark.FAIL else 0.0
            found = f"{label}: {word} for {', '.join(sorted(by[word]))}."
            return e.line("services", mark, found, todo, again_at=again)
    return e.line("services", Mark.PASS, f"{label}: all {len(needed)} services that people need are set up.")


def _count(e: Evidence, wanted: Wanted) -> Iterator[Line]:
    """As many as the old one has; asked only where one product takes the place of one other."""
    if len(e.demand.leaves) != 1 or len(e.demand.wanted) != 1:
        return
    (old,) = e.demand.leaves
    if old not in e.skus:
        return
    new_total, old_total = e.skus[wanted.sku_id].enabled, e.skus[old].enabled
    found = f"{e.label(wanted.sku_id)} has {new_total:,}, {e.label(old)} {old_total:,}."
    if new_total < wanted.takes + wanted.holding:
        short = f"{found} {wanted.takes + wanted.holding:,} people shall have it."
        again = e.again_at if e.expected else 0.0
        yield e.line("count", Mark.FAIL, short, "Buy more, as the line about seats says.", again_at=again)
    elif new_total < old_total:
        yield e.line("count", Mark.WARN, found, "Enough for those who move; the article asks for as many as before.")
    else:
        yield e.line("count", Mark.PASS, found)


def _trial(e: Evidence, wanted: Wanted) -> Line:
    label = e.label(wanted.sku_id)
    live = [p for p in e.purchases(wanted.sku_id) if p.status is SkuStatus.ENABLED]
    trials = [p for p in live if p.trial]
    if e.made_up or not live:
        return e.line("trial", Mark.UNKNOWN, "No active subscription says so.", _LOOK if e.made_up else _PAGE)
    if not trials:
        return e.line("trial", Mark.PASS, f"{label} is bought.")
    ends = ", ".join(p.next_lifecycle[:10] for p in trials if p.next_lifecycle) or "after a month, usually"
    seats = sum(p.total for p in trials)
    todo = f"Buy the trial first, then add seats to it. It ends: {ends}."
    mark = Mark.FAIL if len(trials) == len(live) else Mark.WARN
    return e.line("trial", mark, f"{seats:,} licences of {label} are a trial.", todo)
