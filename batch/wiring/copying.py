"""Copying a tenant into a practice tenant, to rehearse on. Reads only."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from batch.core.errors import UsageError
from batch.core.estate import Organisation
from batch.core.estate_changes import Picture
from batch.core.pace import Policy
from batch.core.pseudonyms import Pseudonyms
from batch.core.terms import People, Sku, SkuStatus
from batch.engine.ports import Original
from batch.engine.reading import patiently
from batch.sheets.products import known_products
from batch.wiring.opening import Reach, Tell, open_tenant, whose
from batch.wiring.parts import SteadyClock, waited
from batch.wiring.planning import labelled


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied, in numbers."""

    organisation: Organisation
    people: int
    skus: int
    subscriptions: int
    groups: int


def copy_tenant(
    reach: Reach,
    file: Path,
    *,
    pseudonymise: bool = False,
    stage_is: Callable[[str], None] = lambda text: None,
    tell: Tell = lambda text: None,
) -> Copied:
    """Read the tenant and make a practice tenant of it in ``file``: products, purchases, groups, everybody licensed.

    ``UsageError`` when the file exists; otherwise what reading a tenant raises. The file appears whole or not at all.
    """
    from batch.tenants.practice import PracticeTenant

    if file.exists():
        raise UsageError(f"{file} exists already.", "Name another file, or delete this one first.")
    original = open_tenant(reach, tell)
    try:
        read = waited(read_picture(original, stage_is))
    finally:
        asyncio.run(original.close())
    if pseudonymise:
        stage_is("Replacing names")
        names = Pseudonyms(secrets.token_bytes(32))
        read = replace(
            read,
            organisation=names.organisation(read.organisation),
            people=names.people(read.people),
            groups=names.groups(read.groups),
            subscriptions=names.subscriptions(read.subscriptions),
        )
    stage_is("Writing the copy")
    copy = PracticeTenant.create(
        file,
        _with_lost(labelled(read.skus, known_products()), read.people),
        read.people,
        organisation=replace(read.organisation, copied_at=SteadyClock().now()),
        subscriptions=read.subscriptions,
        groups=read.groups,
    )
    asyncio.run(copy.close())
    return Copied(read.organisation, len(read.people), len(read.skus), len(read.subscriptions), len(read.groups))


async def read_picture(original: Original, stage_is: Callable[[str], None]) -> Picture:
    """Everything that a copy holds, as the tenant shows it now."""
    policy = Policy()
    stage_is("Reading the organisation and its products")
    organisation = await whose(original)
    skus = await patiently(original.skus, policy)
    subscriptions = await patiently(original.subscriptions, policy)
    groups = await patiently(original.licensing_groups, policy)
    in_use = sum(s.consumed for s in skus)
    original.so_far = lambda users: stage_is(f"Reading {users:,} people ({in_use:,} licences are in use)")
    original.so_far(0)
    people = await patiently(original.licensed, policy)
    return Picture(organisation, skus, subscriptions, groups, people)


def _with_lost(skus: Iterable[Sku], people: People) -> tuple[Sku, ...]:
    """The SKUs, with those that somebody still holds although the tenant no longer lists them: none can be given."""
    listed = {s.sku_id: s for s in skus}
    held = {a.sku_id for holding in people.holdings for a in holding.assignments}
    lost = [
        Sku(sku_id=sku_id, part_number=sku_id, name=sku_id, status=SkuStatus.DELETED)
        for sku_id in sorted(held - listed.keys())
    ]
    return (*listed.values(), *lost)
