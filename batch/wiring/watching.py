"""A snapshot of a tenant before somebody else changes it, and what is different afterwards. Reads only.

A snapshot is a practice tenant: the copy of everything that a rehearsal needs is what a comparison needs, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from batch.core.errors import UsageError
from batch.core.estate_changes import Difference, Picture, difference
from batch.core.estate_words import Names
from batch.core.terms import Candidate
from batch.sheets.products import known_products
from batch.wiring.copying import read_picture
from batch.wiring.opening import Reach, Tell, open_tenant
from batch.wiring.parts import SteadyClock, waited
from batch.wiring.planning import labelled


@dataclass(frozen=True, slots=True)
class Watched:
    """What became different since a snapshot, and how many seconds ago that was taken."""

    found: Difference
    names: Names
    taken_at: float
    seconds: float


def compare_with(
    file: Path, reach: Reach, stage_is: Callable[[str], None] = lambda text: None, tell: Tell = lambda text: None
) -> Watched:
    """Read the tenant whole and compare it with the snapshot in ``file``.

    ``UsageError`` when the file is no snapshot, or is one of another organisation; else what reading a tenant raises.
    """
    stage_is("Reading the snapshot")
    before = _read(Reach(at=f"practice:{file}"), lambda text: None, tell)
    after = _read(reach, stage_is, tell)
    whose, taken_at = before.organisation, before.organisation.copied_at
    if not taken_at:
        raise UsageError(f"{file} is a practice tenant, but no snapshot.", "Take one: reassign watch before FILE")
    if whose.tenant_id != after.organisation.tenant_id:
        raise UsageError(
            f"{file} is a snapshot of {whose.name} ({whose.tenant_id}), but what answers now is "
            f"{after.organisation.name} ({after.organisation.tenant_id}).",
            "Sign in to the tenant that the snapshot was taken of.",
        )
    stage_is("Comparing")
    known = known_products()
    return Watched(difference(before, after), _names(before, after, known), taken_at, SteadyClock().now() - taken_at)


def _read(reach: Reach, stage_is: Callable[[str], None], tell: Tell) -> Picture:
    tenant = open_tenant(reach, tell)
    try:
        picture = waited(read_picture(tenant, stage_is))
    finally:
        asyncio.run(tenant.close())
    return replace(picture, skus=labelled(picture.skus, known_products()))


def _names(before: Picture, after: Picture, known: tuple[Candidate, ...]) -> Names:
    own = (*after.skus, *before.skus)
    skus = {c.sku_id: c.name for c in reversed(known)} | {s.sku_id: s.name for s in reversed(own)}
    return Names(skus=skus, plans={p.plan_id: p.name for s in own for p in s.plans})
