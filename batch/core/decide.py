"""What one person's holdings and one ask make together: a change, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from batch.core.changes import ChangeKind
from batch.core.outcomes import Bucket
from batch.core.requests import Ask
from batch.core.services import carried_over
from batch.core.terms import Add, Holding, Sku, SkuStatus

#: The tenant takes new assignments of a SKU in these states only (graph.md 4).
_ASSIGNABLE = (SkuStatus.ENABLED, SkuStatus.WARNING)


class Decision(NamedTuple):
    """The bucket of a row, the reason word when it is not planned, the change when it is."""

    bucket: Bucket
    code: str
    kind: ChangeKind | None = None


def _blocked(code: str) -> Decision:
    return Decision(Bucket.BLOCKED, code)


def decide(holding: Holding, ask: Ask, owned: Mapping[str, Sku], *, located: bool) -> Decision:
    """What becomes of a row that asks ``ask`` of somebody who holds ``holding``.

    ``owned`` are the tenant's SKUs by id; ``located`` says whether the user has a valid usage location, without which
    nothing can be assigned (graph.md 6.2). Direct licences only: what a group gives is named, not touched.
    """
    remove = tuple(s for s in ask.remove if holding.direct(s))
    add = _adds(holding, ask, owned)
    if isinstance(add, str):
        return _blocked(add)
    if any(holding.groups(s) for s in ask.remove):
        return _blocked("inherited")
    if not remove and not add:
        return Decision(Bucket.UNCHANGED, "already_done")
    if ask.remove and not remove and any(a.sku_id not in holding.sku_ids for a in add):
        return _blocked("source_not_held")
    if add and not located:
        return _blocked("no_location")
    kind = ChangeKind(holding, remove, add)
    if not kind.after.sku_ids:
        return _blocked("would_be_bare")
    return Decision(Bucket.PLANNED, "", kind)


def _adds(holding: Holding, ask: Ask, owned: Mapping[str, Sku]) -> tuple[Add, ...] | str:
    """The SKUs to assign, or a reason word. Who holds one in any way gets no second; new choices are still set."""
    adds: list[Add] = []
    targets = [owned[sku_id] for sku_id in ask.add if sku_id in owned]
    if len(targets) < len(ask.add):
        return "sku_not_owned"
    if not frozenset[str]().union(*(t.plan_ids for t in targets)).issuperset(ask.disabled or ()):
        return "plan_not_in_sku"
    for target in targets:
        sku_id = target.sku_id
        direct = holding.direct(sku_id)
        chosen = _chosen(ask, target)
        if sku_id in holding.sku_ids:
            if direct and chosen is not None and direct.disabled != chosen:
                adds.append(Add(sku_id, chosen))
            continue
        if target.applies_to != "User":
            return "sku_company"
        if target.status not in _ASSIGNABLE:
            return "sku_not_active"
        adds.append(Add(sku_id, carried_over(holding, ask.remove, target, owned) if chosen is None else chosen))
    return tuple(adds)


def _chosen(ask: Ask, target: Sku) -> tuple[str, ...] | None:
    """The plans that the sheet wants off in this SKU, sorted; None when its list does not speak of this SKU.

    A list beside several new SKUs speaks of those that have one of its plans; for the others nothing was chosen.
    """
    if ask.disabled is None:
        return None
    chosen = tuple(sorted(target.plan_ids.intersection(ask.disabled)))
    return chosen if chosen or len(ask.add) == 1 else None
