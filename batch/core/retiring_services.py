"""Rules C12 to C16: add-ons, voice, services that are lost, and holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set

from batch.core.checklist import Mark
from batch.core.effects import plan_names
from batch.core.exclusions import FORESEEN
from batch.core.hazards import CALLING, VOICE, hazards
from batch.core.identities import moves
from batch.core.retiring import (
    FACTS,
    NO_TARGET,
    NOT_READ,
    TENANT,
    Evidence,
    Found,
    Rule,
    answered,
    named,
    on,
    people,
    who,
)
from batch.core.services import switched_on
from batch.core.successors import FOUNDATIONS, levels, tier
from batch.core.terms import Holding, Sku

#: Hazards against which only a backup helps.
_BACK_UP = frozenset({"mailbox", "data", "archive"})
#: Services that are named in a sentence; the others are counted.
_SHOWN = 8


def _add_ons(e: Evidence) -> Found:
    todo = "Look at the add-ons of the subscription, and at extra file storage: buy again what the new one lacks."
    if e.facts.addons == ():
        return Found(Mark.PASS, "The subscription has no add-ons.", FACTS)
    listed = f"With it end: {named(e.facts.addons)}. " if e.facts.addons else ""
    yes, no = "All are absorbed or bought again.", "Some are neither absorbed nor bought again."
    found = answered(e.facts.addons_settled, "addons_settled", yes=yes, no=no, todo=todo)
    return found._replace(found=listed + found.found)


def _dependent(e: Evidence) -> Found:
    if e.people is None:
        return NOT_READ
    if not e.targets:
        return NO_TARGET
    if any(not s.plans for s in e.targets):
        return Found(Mark.UNKNOWN, "The services of the new product are not known.", TENANT, "Look at its services.")
    unmet = ((n, FORESEEN.unmet(on(held, e.owned, e.sku.sku_id))) for n, held in enumerate(e.people.holdings))
    lacking = {n: found for n, found in unmet if found}
    those = who(e.people, lacking)
    if e.known and e.baseline is not None:  # what others lack has nothing to do with the old product
        ours = {was.upn for was in e.baseline.holders}
        those = tuple(upn for upn in those if upn in ours)
    if those:
        plans = plan_names((plan for found in lacking.values() for plan, _ in found), e.owned)
        told = f"{people(len(those))} have {', '.join(plans)} without the service that it needs: {named(those)}."
        return Found(Mark.FAIL, told, TENANT, "Switch that service on in their new licence, or take the add-on away.")
    return Found(Mark.PASS, "Whoever has an add-on has what it needs, the old product left aside.", TENANT)


def _voice(e: Evidence) -> Found:
    if e.sku.plans and e.sku.plan_ids.isdisjoint(VOICE | CALLING):
        return Found(Mark.PASS, "The old product has no voice service.", TENANT)
    todo = "See in the Teams admin center that numbers are still assigned and call queues are whole."
    yes, no = "Numbers and call queues are in order.", "Numbers or call queues are not in order."
    return answered(e.facts.voice_checked, "voice_checked", yes=yes, no=no, todo=todo)


def _losses(e: Evidence) -> Found:
    if not e.targets:
        return NO_TARGET
    if e.people is None:
        return NOT_READ
    if not e.sku.plans or any(not s.plans for s in e.targets):
        return Found(Mark.UNKNOWN, "The services of the products are not known.", TENANT, "Compare them by hand.")
    lost, dangers = _of_people(e) if e.known else _of_products(e)
    source = f"{TENANT} and {e.baseline.source}" if e.known and e.baseline else TENANT
    if not lost:
        if e.known:
            return Found(Mark.PASS, "Nobody who moved lost a service that was on.", source)
        told = "Who held it is not known, so neither is what went for them."
        return Found(Mark.UNKNOWN, told, source, "Name a copy or an export from before the move (C5).")
    told = f"Gone with the old product: {_listed(lost, e)}."
    if dangers & _BACK_UP and not e.facts.backups_confirmed:
        todo = "Have people's data backed up, say backups_confirmed = true in the facts file, then accept C15 by name."
        # As long as nobody says anything of backups, nobody can have meant the data when they accepted the loss.
        mark = Mark.UNKNOWN if e.facts.backups_confirmed is None else Mark.FAIL
        return Found(mark, f"{told} Data are lost with them, and no backup is confirmed.", source, todo)
    return Found(Mark.FAIL, told, source, 'If people can do without, accept it by name: --accept C15="why"')


def _of_people(e: Evidence) -> tuple[Counter[str], set[str]]:
    """The plans that those who moved had on in the old product and have nowhere now, each with the number of people.

    And the hazards of that. Of whom nothing tells what was off, everything was on.
    """
    lost, dangers = Counter[str](), set[str]()
    if e.people is None or e.baseline is None or e.fates is None:
        return lost, dangers
    alike = Counter[tuple[int, int]]()
    sides: dict[tuple[int, int], tuple[Holding | None, Holding]] = {}
    for was, now in moves(e.baseline.holders, e.people, e.fates.moved):
        # Most people had and have the same value: two of them are compared once.
        pair = id(was.had), id(now)
        alike[pair] += 1
        sides[pair] = was.had, now
    for pair, (had, now) in sides.items():
        before, after = _in_product(had, e.sku), on(now, e.owned, e.sku.sku_id)
        dangers.update(hazards(before, after))
        for plan in _lost(before, after):
            lost[plan] += alike[pair]
    return lost, dangers


def _in_product(had: Holding | None, sku: Sku) -> Set[str]:
    """The plans that were on in this product, in one way at least."""
    if had is None:
        return sku.plan_ids
    return switched_on((a for a in had.assignments if a.sku_id == sku.sku_id), {sku.sku_id: sku})


def _of_products(e: Evidence) -> tuple[Counter[str], set[str]]:
    """The plans, and the hazards, that part the products themselves: whoever got the smallest one loses the most."""
    had = e.sku.plan_ids
    lost = set[str]().union(*(_lost(had, s.plan_ids) for s in e.targets))
    return Counter(dict.fromkeys(lost, 0)), {name for s in e.targets for name in hazards(had, s.plan_ids)}


def _listed(lost: Mapping[str, int], e: Evidence) -> str:
    """The first few services, those of most people first: "SWAY (120 people), TEAMS1 (1 person) and 3 more"."""
    names = {p.plan_id: p.name for p in e.sku.plans}
    ordered = sorted((-number, names[plan]) for plan, number in lost.items())
    shown = [f"{name} ({people(-number)})" if number else name for number, name in ordered[:_SHOWN]]
    more = f" and {len(ordered) - _SHOWN:,} more" if len(ordered) > _SHOWN else ""
    return ", ".join(shown) + more


def _lost(old: Set[str], new: Set[str]) -> set[str]:
    """The plans whose service the new ones have not, or in a lower tier only."""
    have = levels(new)
    return {plan for plan in old if plan not in FOUNDATIONS and have.get(tier(plan)[0], (-1, ""))[0] < tier(plan)[1]}


def _holds(e: Evidence) -> Found:
    todo = "Look in Microsoft Purview at holds and retention, and at inactive mailboxes."
    yes, no = "None of them needs the old licence.", "Some of them need the old licence."
    return answered(e.facts.holds_checked, "holds_checked", yes=yes, no=no, todo=todo)


RULES = (
    Rule("C12", "Are the add-ons of the old subscription settled?", _add_ons),
    Rule("C13", "Does whoever has an add-on have what it needs?", _dependent),
    Rule("C14", "Do telephone numbers and call queues work?", _voice),
    Rule("C15", "Is no service lost?", _losses),
    Rule("C16", "Does no hold or retention need it?", _holds),
)
