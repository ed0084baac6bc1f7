"""What one person's holdings and one ask make together: a change, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from batch.core.changes import ChangeKind
from batch.core.outcomes import Bucket
from batch.core.requests import Ask
from batch.core.rules import Rules
from batch.core.services import carried_over, lost
from batch.core.terms import Add, Holding, Sku, SkuStatus

#: The tenant takes new assignments of a SKU in these states only (graph.md 4).
_ASSIGNABLE = (SkuStatus.ENABLED, SkuStatus.WARNING)
_USUAL = Rules()


class Decision(NamedTuple):
    """The bucket of a row, the reason word when it is not planned, the change when it is."""

    bucket: Bucket
    code: str
    kind: ChangeKind | None = None


def _blocked(code: str) -> Decision:
    return Decision(Bucket.BLOCKED, code)


def decide(holding: Holding, ask: Ask, owned: Mapping[str, Sku], rules: Rules = _USUAL, *, located: bool) -> Decision:
    """What becomes of a row that asks ``ask`` of somebody who holds ``holding``.

    ``owned`` are the tenant's SKUs by id; ``located`` says whether the user has a valid usage location, without which
    nothing can be assigned (graph.md 6.2). Direct licences only: what a group gives is named, not touched.

    No service changes silently. What is off stays off in a new SKU (``carried_over``). What the old one has on, and
    nothing else would give, is switched on in a SKU asked for that is held already; where a group alone gives that SKU
    nobody can do so for one user, and the row is blocked. Only the sheet's own list may switch a service off.
    """
    if word := _refused(holding, ask, owned):
        return _blocked(word)
    if any(holding.groups(s) for s in ask.remove):
        return _blocked("inherited")
    remove = tuple(s for s in ask.remove if holding.direct(s))
    new = _new(holding, ask, owned)
    anew = _anew(holding, ask, lost(holding, remove, new, owned).difference(ask.disabled or ()), owned)
    if anew is None:
        return _blocked("target_lacks_service")
    add = tuple(sorted((*new, *anew)))
    if not remove and not add:
        return Decision(Bucket.UNCHANGED, "already_done")
    if ask.remove and not remove and new:
        return _blocked("source_not_held")
    if add and not located:
        return _blocked("no_location")
    kind = ChangeKind(holding, remove, add)
    if not kind.after.sku_ids:
        return _blocked("would_be_bare")
    return Decision(Bucket.PLANNED, "", kind)


def _refused(holding: Holding, ask: Ask, owned: Mapping[str, Sku]) -> str:
    """Why the tenant cannot give what is asked to this user: a reason word, or empty."""
    targets = [owned[sku_id] for sku_id in ask.add if sku_id in owned]
    if len(targets) < len(ask.add):
        return "sku_not_owned"
    if not frozenset[str]().union(*(t.plan_ids for t in targets)).issuperset(ask.disabled or ()):
        return "plan_not_in_sku"
    for target in targets:
        if target.sku_id in holding.sku_ids:
            continue
        if target.applies_to != "User":
            return "sku_company"
        if target.status not in _ASSIGNABLE:
            return "sku_not_active"
    return ""


def _new(holding: Holding, ask: Ask, owned: Mapping[str, Sku]) -> tuple[Add, ...]:
    """The SKUs to give, each without the services of the sheet's list that it has, and without those off before.

    Who holds a SKU in any way gets no second.
    """
    return tuple(
        Add(s, tuple(sorted({*_listed(ask, owned[s]), *carried_over(holding, ask.remove, owned[s], owned)})))
        for s in ask.add
        if s not in holding.sku_ids
    )


def _anew(holding: Holding, ask: Ask, missing: set[str], owned: Mapping[str, Sku]) -> tuple[Add, ...] | None:
    """SKUs asked for and held directly whose services have to be set anew; None when that does not suffice.

    ``missing`` are the plans that would be lost: the first SKU that has one gets it switched on. Besides, what the
    sheet's list names is switched off; the call replaces the whole list (graph.md 7), so what is off now is named
    again. What the old licence has off is not carried over here: where it is on in this SKU, the person has it.
    """
    adds: list[Add] = []
    inherited: set[str] = set()
    for target in (owned[s] for s in ask.add if s in holding.sku_ids):
        direct = holding.direct(target.sku_id)
        if direct is None or direct.state == "Error":
            inherited |= target.plan_ids
            continue
        now = target.plan_ids.intersection(direct.disabled)
        off = (now | _listed(ask, target)) - missing
        missing = missing - target.plan_ids
        if off != now:
            adds.append(Add(target.sku_id, tuple(sorted(off))))
    return None if missing & inherited else tuple(adds)


def _listed(ask: Ask, target: Sku) -> frozenset[str]:
    """The plans of this SKU that the sheet wants off; a list beside several SKUs speaks of those with its plans."""
    return target.plan_ids.intersection(ask.disabled or ())
