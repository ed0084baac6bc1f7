"""Lines of `reassign ready` about the tenant as a whole, what people leave, and what a person said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from batch.core.bought_words import Stands
from batch.core.checklist import Line, Mark
from batch.core.credit_check import over_by, told
from batch.core.deadlines import day_of
from batch.core.facts import QUESTIONS
from batch.core.readiness import Evidence
from batch.core.reasons import told as told_why
from batch.core.upgrade_tenant import is_retired

_ASKS = {question.name: question.asks for question in QUESTIONS}
#: Days before the end of the old subscription from which on it is warned of.
_SOON = 30
_LOOK = "Name the tenant: --tenant graph."
#: As many domains are named of those that the tenant has not.
_SHOWN = 5


def tenant_line(e: Evidence) -> Line:
    """The domains of the sheets' people against the verified domains of the tenant."""
    if e.made_up or not e.organisation.domains:
        return e.line("tenant", Mark.UNKNOWN, "No tenant was read that says which domains are its own.", _LOOK)
    if not e.domains:
        todo = "Give a sheet that names people by their user principal names."
        return e.line("tenant", Mark.UNKNOWN, "The sheets name nobody with a domain.", todo)
    strange = {domain: n for domain, n in e.domains.items() if not _is_ours(domain, e.organisation.domains)}
    whose = f"{e.organisation.name} ({', '.join(e.organisation.domains[:_SHOWN])})"
    if not strange:
        return e.line("tenant", Mark.PASS, f"Everybody's domain is one of {whose}.")
    most = sorted(strange, key=lambda domain: (-strange[domain], domain))
    listed = ", ".join(f"{domain} ({strange[domain]:,} people)" for domain in most[:_SHOWN])
    more = f" and {len(most) - _SHOWN:,} more" if len(most) > _SHOWN else ""
    if len(strange) == len(e.domains):
        todo = "Sign in to the tenant of these people, or take their own sheet: a subscription serves one tenant only."
        return e.line("tenant", Mark.FAIL, f"Nobody's domain is one of {whose}: {listed}{more}.", todo)
    return e.line("tenant", Mark.WARN, f"Not of {whose}: {listed}{more}.", "Look whether these people belong here.")


def _is_ours(domain: str, verified: Iterable[str]) -> bool:
    return any(domain == own or domain.endswith(f".{own}") for own in verified)


def left_lines(e: Evidence) -> Iterator[Line]:
    """What people leave: enough licences for who holds it, and how long it lasts."""
    for sku_id in sorted(e.demand.leaves):
        sku = e.skus.get(sku_id)
        if sku is None:
            continue
        label = e.label(sku_id)
        used = f"{label}: {sku.consumed:,} of {sku.enabled:,} licences are assigned."
        if sku.consumed <= sku.enabled:
            yield e.line("conflict", Mark.PASS, used)
        else:
            todo = "Look at Billing > Licenses: buy, take away or delete; a conflict can leave people without service."
            yield e.line("conflict", Mark.FAIL, used, todo)
        yield _lifecycle(e, sku_id)


def _lifecycle(e: Evidence, sku_id: str) -> Line:
    label, sku = e.label(sku_id), e.skus[sku_id]
    retired = "no more of it can be bought, and it is not renewed" if is_retired(sku) else ""
    ends = sorted(p.next_lifecycle for p in e.purchases(sku_id) if p.next_lifecycle)
    if not ends:
        todo = "Look at its page in Billing > Your products for the day on which it ends."
        told_so = f"{label}: no date is known{f'; {retired}' if retired else ''}."
        return e.line("lifecycle", Mark.UNKNOWN, told_so, todo)
    try:
        end = datetime.fromisoformat(ends[0]).date()
    except ValueError:
        return e.line("lifecycle", Mark.UNKNOWN, f"{label}: “{ends[0][:40]}” is no date.", "Look at its page.")
    days = (end - day_of(e.at)).days
    found = f"{label}: its next change is on {end.isoformat()}, in {days:,} days{f'; {retired}' if retired else ''}."
    if days > _SOON:
        return e.line("lifecycle", Mark.PASS, found)
    todo = "Move everybody before that day, and not in the last days before it."
    if not retired:
        todo += " If it is renewed by itself, nothing ends."
    return e.line("lifecycle", Mark.WARN, found, todo)


def twice_line(e: Evidence) -> Line:
    """Several purchases of one product: seats and consumption cannot be told apart between them."""
    skus = sorted({*e.demand.leaves, *(w.sku_id for w in e.demand.wanted)})
    several = [(s, len(e.purchases(s))) for s in skus if len(e.purchases(s)) > 1]
    if e.made_up:
        return e.line("twice", Mark.UNKNOWN, "The sheets do not say.", _LOOK)
    if not several:
        return e.line("twice", Mark.PASS, "One subscription of each.")
    listed = ", ".join(f"{e.label(s)} ({n} subscriptions)" for s, n in several)
    todo = "Cancelling one leaves the other; who has a seat of which is not known to anybody. The Upgrade tab is off."
    return e.line("twice", Mark.WARN, f"Bought more than once: {listed}.", todo)


def asked_lines(e: Evidence) -> Iterator[Line]:
    """What only a person can say, in a file of facts or in a sheet's column; the file counts for more."""
    todo = "Select Pay now or Settle balance in Billing > Your products; nothing new can be bought before."
    if (unpaid := _said(e, Stands.UNPAID)) and e.facts.balance_due is None:
        yield e.line("balance", Mark.FAIL, f"Unpaid, by the sheet: {unpaid}.", todo, source="sheets")
    else:
        yield _asked(e, "balance", "balance_due", ("Nothing is unpaid.", "Something is unpaid."), todo)
    yield _credit(e)
    todo = "Turn it off (Billing > Your products), or take the seats back: those who move need them."
    auto = ("New seats are not given out by themselves.", "New seats go to unlicensed users by themselves.")
    yield _asked(e, "auto", "auto_assign", auto, todo)


def _credit(e: Evidence) -> Line:
    checked = "" if e.facts.credit_check is not None else _said(e, Stands.CREDIT)
    if not (checked or e.facts.credit_check):
        line = _asked(e, "credit", "credit_check", ("None is pending.", ""), "")
        return replace(line, found=f"{line.found}{_by_payment(e)}") if line.mark is Mark.UNKNOWN else line
    found = f"A credit check is pending{f', by the sheet, for {checked}' if checked else ''}."
    source = "sheets" if checked else e.facts.source
    until = over_by(e.facts.ordered_on or day_of(e.at), e.facts.holidays or ())
    if e.at >= until:
        return e.line(
            "credit", Mark.FAIL, f"{found} It was to be over on {told(until)}.", "Call support.", source=source
        )
    todo = f"Wait: until {told(until)} at most. Licences can be neither bought nor removed meanwhile."
    if checked:
        todo += " Once it is over, say so in a file of facts: credit_check = false."
    return e.line("credit", Mark.FAIL, found, todo, source=source, again_at=min(e.again_at, until))


def _by_payment(e: Evidence) -> str:
    """Whether to reckon with a credit check that nobody spoke of ("Buy or remove licenses")."""
    match e.facts.payment_method:
        case "invoice":
            until = over_by(e.facts.ordered_on or day_of(e.at), e.facts.holidays or ())
            ordered = "Ordered" if e.facts.ordered_on else "If ordered today"
            return f" {ordered} by invoice, there may be one, two working days at most: until {told(until)}."
        case "card":
            return " By card there is one only above a cost, which Microsoft does not publish."
        case _:
            return ""


def _said(e: Evidence, stands: Stands) -> str:
    """The products that stand so by the sheets of licences, joined."""
    return ", ".join(sorted(e.label(sku_id) for sku_id, found in e.said.items() if stands in found))


def _asked(e: Evidence, rule: str, name: str, said: tuple[str, str], todo: str) -> Line:
    """A question whose good answer is no."""
    answer = getattr(e.facts, name)
    if answer is None:
        ask = f"Answer {name} in a file of facts (--facts): {_ASKS[name]}"
        return e.line(rule, Mark.UNKNOWN, "Nobody said.", ask)
    bad = Mark.WARN if rule == "auto" else Mark.FAIL
    return e.line(rule, bad if answer else Mark.PASS, said[answer], todo if answer else "", source=e.facts.source)


def rows_line(e: Evidence) -> Line:
    """People who cannot move for another reason than seats: what a plan with the same options would do."""
    held = f"{e.demand.held_back:,} rows are held back."
    if not e.demand.movers:
        todo = "See why: reassign plan with the same options."
        mark = Mark.FAIL if e.demand.held_back else Mark.WARN
        return e.line("rows", mark, f"Nobody would move; {held}", todo)
    if unsettled := e.demand.unsettled:
        codes = sorted(unsettled, key=lambda code: (-unsettled[code], code))
        each = "; ".join(f"{unsettled[code]:,} {_blocked_for(code)}" for code in codes)
        found = f"{e.demand.movers:,} people shall move, but with these options rows of theirs are blocked: {each}."
        todo = " ".join(told_why(code).todo for code in codes)
        return e.line("rows", Mark.FAIL, f"{found} {held}" if e.demand.held_back else found, todo)
    found = f"{e.demand.movers:,} people can move; {held}"
    if e.demand.held_back:
        todo = "See why: reassign plan with the same options. Once mended, they need seats as well."
        return e.line("rows", Mark.WARN, found, todo)
    return e.line("rows", Mark.PASS, found)


def _blocked_for(code: str) -> str:
    """ "would lose voice (--accept voice)", or the meaning of the reason word."""
    hazard = code.removeprefix("hazard_")
    if hazard != code:
        return f"would lose {hazard} (--accept {hazard})"
    return f"because of this: {told_why(code).meaning.rstrip('.')}"
