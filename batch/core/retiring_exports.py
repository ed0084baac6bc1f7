"""Retiring a product with nothing but exports in hand: what they do not say, a person says, and it is named so.

An export of users lists products, not on which way they came, whether they took, nor how a product was bought.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from batch.core.checklist import Line, Mark
from batch.core.deadlines import day_of
from batch.core.estate import Subscription
from batch.core.facts import Facts
from batch.core.retiring import FACTS, TENANT, Evidence
from batch.core.retiring_questions import YES_NO
from batch.core.terms import Sku, SkuStatus

EXPORTS = "the exports"
#: Days after which exports no longer say how things stand: they bear a day, and no hour.
_FRESH_DAYS = 1
#: Rule → the answers without which an export leaves it open, each with where to look.
_ASKED = {
    "C3": "no_group_has_it",
    "C6": "new_licences_active",
    "C11": "one_subscription_each",
    "C18": "one_subscription_each",
    "C19": "one_subscription_each",
}


def subscriptions_said(skus: Iterable[Sku], facts: Facts) -> tuple[Subscription, ...] | None:
    """The purchases as a person's answer and the licence export describe them; None: nobody said."""
    if not facts.one_subscription_each:
        return None
    return tuple(
        Subscription(
            subscription_id="",
            commerce_id="",
            sku_id=s.sku_id,
            part_number=s.part_number,
            status=SkuStatus.ENABLED,
            total=s.enabled,
        )
        for s in skus
    )


def as_exported(line: Line, e: Evidence) -> Line:
    """The line of a certificate that rests on exports: what was read in them, and what only a person can add."""
    if line.rule == "C1":
        return _fresh(line, e)
    key = _ASKED.get(line.rule)
    answer = getattr(e.facts, key) if key else True
    if key and answer is None and line.mark in (Mark.PASS, Mark.UNKNOWN):
        question = YES_NO[key].partition(": ")[2]
        todo = f"{question[0].upper()}{question[1:]} If so, say {key} = true in the facts file."
        return replace(line, mark=Mark.UNKNOWN, found="An export does not say it.", source="", todo=todo)
    if answer is False and line.mark is not Mark.FAIL:
        todo = "Settle it; or look with --tenant graph, which can tell more."
        return replace(line, mark=Mark.FAIL, found=f"A person says that {key} is not so.", source=FACTS, todo=todo)
    source = f"{EXPORTS} and {FACTS}" if key and FACTS not in line.source else EXPORTS
    return replace(line, source=line.source.replace(TENANT, source))


def _fresh(line: Line, e: Evidence) -> Line:
    """C1 asks for the day of the exports as well, since no file says when it was made."""
    made = e.facts.exports_made_on
    if made is None:
        todo = "Say exports_made_on = YYYY-MM-DD in the facts file."
        return replace(line, mark=Mark.UNKNOWN, found="Nobody says when the exports were made.", source="", todo=todo)
    days = day_of(e.now).toordinal() - made.toordinal()
    if not -1 <= days <= _FRESH_DAYS:
        found = f"The exports are {days} days old; {_FRESH_DAYS} is the most."
        return replace(line, mark=Mark.FAIL, found=found, source=FACTS, todo="Export users and licences again.")
    if line.mark is not Mark.PASS:
        return line
    return replace(
        line, found=f"The exports are of {made.isoformat()}, a person says.", source=f"{EXPORTS} and {FACTS}"
    )
