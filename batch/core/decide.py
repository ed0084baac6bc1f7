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
    if not kind.after.assignments:
        return _blocked("would_be_bare")
    return Decision(Bucket.PLANNED, "", kind)


def _adds(holding: Holding, ask: Ask, owned: Mapping[str, Sku]) -> tuple[Add, ...] | str:
    """The SKUs to assign, or a reason word. Who holds one in any way gets no second; new choices are still set."""
    adds: list[Add] = []
    for sku_id in ask.add:
        target = owned.get(sku_id)
        if target is None:
            return "sku_not_owned"
        if ask.disabled is not None and not target.plan_ids.issuperset(ask.disabled):
            return "plan_not_in_sku"
        direct = holding.direct(sku_id)
        if sku_id in holding.sku_ids:
            if direct and ask.disabled is not None and direct.disabled != tuple(sorted(ask.disabled)):
                adds.append(Add(sku_id, tuple(sorted(ask.disabled))))
            continue
        if target.applies_to != "User":
            return "sku_company"
        if target.status not in _ASSIGNABLE:
            return "sku_not_active"
        off = carried_over(holding, ask.remove, target, owned) if ask.disabled is None else tuple(sorted(ask.disabled))
        adds.append(Add(sku_id, off))
    return tuple(adds)
