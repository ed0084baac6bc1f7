"""Whether the Upgrade tab of the admin center can be used: the check list U1 to U20, as a table of pure rules.

A rule that cannot be decided is unknown, never passed. What the tab itself says counts for more than what is concluded.
"""

from __future__ import annotations

from collections.abc import Callable

from batch.core import upgrade_asked as asked
from batch.core import upgrade_tenant as tenant
from batch.core.checklist import Line, Mark
from batch.core.credit_check import over_by
from batch.core.deadlines import day_of
from batch.core.upgrade_situation import FEW_HOURS, Finding, Situation

Rule = Callable[[Situation], Finding]

#: Rule → what is asked, and who finds it. U10 looks at all others and comes last.
RULES: dict[str, tuple[str, Rule]] = {
    "U1": ("Bought directly from Microsoft, by card or invoice?", asked.u1),
    "U2": ("No more people than licences?", tenant.u2),
    "U3": ("All services set up, and none with an incident?", tenant.u3),
    "U4": ("No other upgrade and no credit check under way?", asked.u4),
    "U5": ("Does the tab not say “not eligible”?", asked.u5),
    "U6": ("Is every message of the tab known?", asked.u6),
    "U7": ("One subscription only of this product?", tenant.u7),
    "U8": ("Not prepaid?", asked.u8),
    "U9": ("Neither government nor non-profit?", tenant.u9),
    "U11": ("Does the new product have all services that keep data?", tenant.u11),
    "U12": ("No add-ons?", asked.u12),
    "U13": ("Nothing unpaid?", asked.u13),
    "U14": ("Fewer than 3,000 licences assigned (older admin centers)?", tenant.u14),
    "U15": ("Shall everybody move?", tenant.u15),
    "U16": ("As many licences after as before?", asked.u16),
    "U17": ("Are all services on for everybody?", tenant.u17),
    "U18": ("Can the old product still be bought?", tenant.u18),
    "U19": ("Does the admin have the right role?", asked.u19),
    "U20": ("Bought under the agreement that the tab is for (MOSA)?", asked.u20),
}
_LAST = ("U10", "Is the service not busy with other upgrades?")


def judge(situation: Situation) -> tuple[Line, ...]:
    """Every rule's line, U1 to U20."""
    lines = {rule: _line(rule, asks, _found(rule, find, situation)) for rule, (asks, find) in RULES.items()}
    others_fail = any(line.mark is Mark.FAIL for line in lines.values())
    rule, asks = _LAST
    lines[rule] = _line(rule, asks, asked.u10(situation, others_fail))
    return tuple(sorted(lines.values(), key=lambda line: int(line.rule[1:])))


def _found(rule: str, find: Rule, situation: Situation) -> Finding:
    """What the rule finds; failed whatever it finds when the tab's own message says so."""
    found = find(situation)
    if rule not in situation.message or found.mark is Mark.FAIL:
        return found
    told = f"The tab says so: “{situation.facts.tab_message}”"
    todo = found.todo if found.mark is Mark.WARN else _REMEDIES[rule]
    return Finding(Mark.FAIL, told, todo, situation.facts.source, _again_at(rule, situation))


def _again_at(rule: str, situation: Situation) -> float:
    """When to look again at what the tab says only takes time: a few hours, or two working days."""
    if rule == "U3":
        return situation.at + FEW_HOURS
    if rule == "U4":
        facts = situation.facts
        return over_by(facts.ordered_on or day_of(situation.at), facts.holidays or ())
    return 0.0


#: What to do where the tab gives a reason that nothing else showed.
_REMEDIES = {
    "U2": "Buy seats, take licences away or delete accounts; then look at the tab again.",
    "U3": "Wait a few hours and look again; then call support.",
    "U4": "Wait: a credit check takes up to two working days; after that call support.",
    "U5": "Move the people by hand (reassign run), or call support.",
    "U7": "Move everybody to one subscription and cancel the other, or move the people by hand.",
    "U8": "Move the people by hand, and ask billing what becomes of the time paid for.",
    "U9": "Move the people by hand (reassign run), or call support.",
    "U12": "Take the add-on away and buy it again later, or move the people by hand.",
    "U13": "Select Pay now or Settle balance in Billing > Your products, then look at the tab again.",
}


def _line(rule: str, asks: str, found: Finding) -> Line:
    return Line(
        rule=rule,
        asks=asks,
        mark=found.mark,
        found=found.found,
        source=found.source,
        todo=found.todo,
        again_at=found.again_at,
    )
