"""Service plans: what was switched off stays off.

A new licence comes with every service switched on (graph.md 7), so each choice has to be carried over, by id, and only
plans that exist in the tenant's own edition of the target may be named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from batch.core.terms import Holding, Sku


def carried_over(holding: Holding, remove: Iterable[str], target: Sku, owned: Mapping[str, Sku]) -> tuple[str, ...]:
    """Ids of the plans to keep off in ``target``: off in what goes, and on in nothing that goes. Sorted."""
    off: set[str] = set()
    on: set[str] = set()
    for sku_id in remove:
        direct = holding.direct(sku_id)
        if direct is None:
            continue
        off.update(direct.disabled)
        if sku_id in owned:
            on.update(owned[sku_id].plan_ids.difference(direct.disabled))
    return tuple(sorted((off - on) & target.plan_ids))
