"""What a certificate on a product needs to know of the tenant, as it was read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from batch.core.certificate import Source
from batch.core.errors import TenantRefused
from batch.core.estate import LicensingGroup, Organisation, Subscription
from batch.core.facts import Facts
from batch.core.identities import without_licence
from batch.core.pace import Policy
from batch.core.retiring import Baseline
from batch.core.retiring_exports import subscriptions_said
from batch.core.terms import People, Sku
from batch.engine.ports import Original
from batch.engine.reading import patiently
from batch.sheets.products import known_products
from batch.wiring import digests
from batch.wiring.opening import whose
from batch.wiring.planning import labelled

T = TypeVar("T")

#: Users that are read together.
_GROUP = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """The tenant as it was read; None: we may not read it."""

    organisation: Organisation
    skus: tuple[Sku, ...]
    subscriptions: tuple[Subscription, ...] | None
    groups: tuple[LicensingGroup, ...] | None
    people: People | None
    lacking: tuple[str, ...]


async def read_all(tenant: Original) -> Read:
    """Read it; what we may not read is lacking."""
    policy = Policy()
    lacking: list[str] = []

    async def allowed(what: str, read: Callable[[], Awaitable[T]]) -> T | None:
        try:
            return await patiently(read, policy)
        except TenantRefused as error:
            lacking.append(f"The {what} could not be read: {error.what}")
            return None

    organisation = await whose(tenant)
    skus = labelled(await patiently(tenant.skus, policy), known_products())
    return Read(
        organisation=organisation,
        skus=skus,
        subscriptions=await allowed("subscriptions", tenant.subscriptions),
        groups=await allowed("licensing groups", tenant.licensing_groups),
        people=await allowed("people", tenant.licensed),
        lacking=tuple(lacking),
    )


async def unlicensed(tenant: Original, baseline: Baseline | None, licensed: People | None) -> frozenset[str]:
    """The keys of those of the baseline who hold no licence at all and are still users."""
    if baseline is None or licensed is None:
        return frozenset()
    lost = list(without_licence(baseline.holders, licensed))
    if not lost:
        return frozenset()
    found = await patiently(lambda: tenant.people({was.upn for was in lost}), Policy())
    ids, upns = set(found.ids), set(found.upns)
    present = {was.key for was in lost if (was.user_id in ids if was.user_id else was.upn in upns)}
    # Whoever was renamed is found by id alone.
    renamed = [was.user_id for was in lost if was.user_id and was.key not in present]
    for first in range(0, len(renamed), _GROUP):
        sights = await tenant.look(renamed[first : first + _GROUP])
        # Nobody is taken for gone because of a read that failed.
        present |= {sight.user_id for sight in sights if sight.status != 404}
    return frozenset(present)


def exported(read: Read, facts: Facts) -> Read:
    """What exports say; they know no purchases and no groups, so there is of these what a person says."""
    groups = () if facts.no_group_has_it else None
    return replace(read, subscriptions=subscriptions_said(read.skus, facts), groups=groups)


def sources_of(read: Read, now: float) -> tuple[Source, ...]:
    """The tenant as a source, each part with its digest. ``now``: UTC seconds since 1970."""
    at = read.organisation.copied_at or now
    found = [("organisation and products", digests.of_records((read.organisation, *read.skus)))]
    if read.subscriptions is not None:
        found.append(("subscriptions", digests.of_records(read.subscriptions)))
    if read.groups is not None:
        found.append(("licensing groups", digests.of_records(read.groups)))
    if read.people is not None:
        found.append(("licensed people", digests.of_people(read.people)))
    return tuple(Source(name=name, what="the tenant", at=at, digest=digest) for name, digest in found)
