"""What one person's holdings and one ask make together: a change, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace
from typing import NamedTuple, Protocol

from batch.core.changes import ChangeKind
from batch.core.estate import NO_GROUPS, Groups
from batch.core.exclusions import forbidden
from batch.core.group_moves import each_member
from batch.core.hazards import hazards
from batch.core.outcomes import Bucket
from batch.core.requests import Ask
from batch.core.rules import Rules
from batch.core.services import Standing, restores, services_of, switched_on
from batch.core.successors import tier
from batch.core.terms import Add, Holding, Sku, SkuStatus, Way
from batch.core.ways import clashes, inherited

#: The tenant takes new assignments of a SKU in these states only (graph.md 4).
ASSIGNABLE = (SkuStatus.ENABLED, SkuStatus.WARNING)
_USUAL = Rules()


class Decision(NamedTuple):
    """The bucket of a row, the reason word when it is not planned, the change when it is.

    ``would`` is the change that was planned but for what it loses, or brings together: the page shows its effects.
    """

    bucket: Bucket
    code: str
    kind: ChangeKind | None = None
    would: ChangeKind | None = None
    #: What only this row has to say, for people: the groups that give a licence.
    detail: str = ""


class Decider(Protocol):
    """Decides a row: ``decide``, or what takes its place for an undo."""

    def __call__(
        self, holding: Holding, ask: Ask, owned: Mapping[str, Sku], rules: Rules, *, located: bool
    ) -> Decision:
        """What becomes of a row; see ``decide``."""


def _blocked(code: str) -> Decision:
    return Decision(Bucket.BLOCKED, code)


def decide(
    holding: Holding,
    ask: Ask,
    owned: Mapping[str, Sku],
    rules: Rules = _USUAL,
    groups: Groups = NO_GROUPS,
    *,
    located: bool,
) -> Decision:
    """What becomes of a row that asks ``ask`` of somebody who holds ``holding``.

    ``owned`` are the tenant's SKUs by id; ``located`` says whether the user has a valid usage location, without which
    nothing can be assigned (graph.md 6.2). What a group gives is named, and moved only where the row says how
    (``ways``).

    No service changes silently. What is off stays off in a new SKU (``carried_over``), and what is new in one that
    takes the old one's place is the rules' to say (``left_off``). What the old one has on, and nothing else would give,
    is switched on in a SKU asked for that is held already; where a group alone gives that SKU nobody can do so for one
    user, and the row is blocked. Only the sheet's own list may switch a service off. What people cannot get back
    afterwards blocks the row until it is accepted (``weighed``).
    """
    if word := _refused(holding, ask, owned):
        return _blocked(word)
    if ask.way is not Way.DIRECT or any(holding.groups(s) for s in ask.remove):
        return _through_groups(holding, ask, owned, rules, groups)
    remove = tuple(s for s in ask.remove if holding.direct(s))
    standing = Standing(holding, remove, owned)
    new = _new(standing, holding, ask, owned, rules)
    anew = _anew(standing, new, holding, ask, owned)
    if anew is None:
        return _blocked("target_lacks_service")
    add = tuple(sorted((*new, *anew)))
    if not remove and not add:
        return Decision(Bucket.UNCHANGED, "already_done")
    if ask.remove and not remove and new:
        return _blocked("source_not_held")
    if add and not (located or rules.location):
        return _blocked("no_location")
    kind = ChangeKind(holding, remove, add, rules.location if add and not located else "")
    if not kind.after.sku_ids:
        return _blocked("would_be_bare")
    return weighed(kind, owned, rules)


def _through_groups(holding: Holding, ask: Ask, owned: Mapping[str, Sku], rules: Rules, groups: Groups) -> Decision:
    """A row whose licence comes from a group, or shall: what its way makes of it, weighed for everybody it moves."""

    def choose(own: Holding, asked: Ask) -> ChangeKind | str:
        found = decide(own, replace(asked, way=Way.DIRECT), owned, rules, located=True)
        return found.kind or found.would or found.code

    code, kind, detail = inherited(holding, ask, owned, groups, choose)
    if kind is None:
        bucket = Bucket.UNCHANGED if code == "already_done" else Bucket.BLOCKED
        return Decision(bucket, code, detail=detail)
    if not kind.after.sku_ids:
        return _blocked("would_be_bare")
    moved = each_member(kind, groups.members[kind.join]) if kind.way is Way.GROUP else [(kind, 1)]
    for one, _ in moved:
        if (found := weighed(one, owned, rules)).kind is None:
            return found._replace(would=kind)
        if clashes(one, owned):
            return Decision(Bucket.BLOCKED, "group_clash", would=kind, detail=groups.label(kind.join))
    return Decision(Bucket.PLANNED, "", kind)


def weighed(kind: ChangeKind, owned: Mapping[str, Sku], rules: Rules) -> Decision:
    """This change planned; or blocked for a hazard that nobody accepted, or for services that do not go together."""
    before = switched_on(kind.before.assignments, owned)
    after = switched_on(kind.after.assignments, owned)
    if not rules.lenient:
        for name in hazards(before, after):
            if name not in rules.accepted:
                return Decision(Bucket.BLOCKED, f"hazard_{name}", would=kind)
    if rules.strict and (word := forbidden(before, after)):
        return Decision(Bucket.BLOCKED, word, would=kind)
    return Decision(Bucket.PLANNED, "", kind)


def _refused(holding: Holding, ask: Ask, owned: Mapping[str, Sku]) -> str:
    """Why the tenant cannot give what is asked to this user: a reason word, or empty."""
    targets = [owned[sku_id] for sku_id in ask.add if sku_id in owned]
    if len(targets) < len(ask.add):
        return "sku_not_owned"
    if ask.disabled and not frozenset[str]().union(*(t.plan_ids for t in targets)).issuperset(ask.disabled):
        return "plan_not_in_sku"
    if ask.disabled and not frozenset[str]().union(*map(_switchable, targets)).issuperset(ask.disabled):
        return "plan_company"
    for target in targets:
        if target.sku_id in holding.sku_ids:
            continue
        if target.applies_to != "User":
            return "sku_company"
        if target.status not in ASSIGNABLE:
            return "sku_not_active"
    return ""


def _new(standing: Standing, holding: Holding, ask: Ask, owned: Mapping[str, Sku], rules: Rules) -> tuple[Add, ...]:
    """The SKUs to give, each without the services of the sheet's list that it has, and without those off before.

    Those that take the place of what goes come without what the rules leave off. Who holds a SKU in any way gets no
    second.
    """
    heirs = standing.heirs(ask.add)
    adds = []
    for target in (owned[s] for s in ask.add if s not in holding.sku_ids):
        off = _listed(ask, target) | standing.carried_over(target)
        # One that is held and failed (no seats, say) had its choices all the same.
        if failed := holding.direct(target.sku_id):
            off |= target.plan_ids.intersection(failed.disabled)
        if target.sku_id in heirs:
            off |= standing.left_off(target, rules)
        adds.append(Add(target.sku_id, tuple(sorted(off))))
    return tuple(adds)


def _anew(
    standing: Standing, new: tuple[Add, ...], holding: Holding, ask: Ask, owned: Mapping[str, Sku]
) -> tuple[Add, ...] | None:
    """SKUs asked for and held directly whose services have to be set anew; None when that does not suffice.

    Of the services that would be lost the first SKU that has one gets it switched on. Besides, what the sheet's list
    names is switched off; the call replaces the whole list (graph.md 7), so what is off now is named again. What the
    old licence has off is not carried over here: where it is on in this SKU, the person has it.
    """
    targets = [owned[s] for s in ask.add if s in holding.sku_ids]
    if not targets:
        return ()
    unwanted = {tier(plan)[0] for plan in ask.disabled or ()}
    missing = {service: level for service, level in standing.lost(new).items() if service not in unwanted}
    adds: list[Add] = []
    through_groups: set[str] = set()
    for target in targets:
        direct = holding.direct(target.sku_id)
        if direct is None or direct.state == "Error":
            through_groups |= target.plan_ids
            continue
        now = _switchable(target) & set(direct.disabled)
        back = {plan for plan in now if restores(plan, missing)}
        found = {tier(plan)[0] for plan in back}
        missing = {service: level for service, level in missing.items() if service not in found}
        off = (now | _listed(ask, target)) - back
        if off != now:
            adds.append(Add(target.sku_id, tuple(sorted(off))))
    return None if any(restores(plan, missing) for plan in through_groups) else tuple(adds)


def _listed(ask: Ask, target: Sku) -> set[str]:
    """The plans of this SKU that the sheet wants off; a list beside several SKUs speaks of those with its plans."""
    return {plan for plan in ask.disabled or () if plan in services_of(target).switchable}


def _switchable(sku: Sku) -> Set[str]:
    return services_of(sku).switchable.keys()
