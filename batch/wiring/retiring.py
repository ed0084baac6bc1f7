"""From a tenant, run folders and a person's answers to the certificate on a product. Writes nothing to the tenant."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import NamedTuple, TypeVar

from batch import __version__
from batch.core.catalog import Catalog
from batch.core.certificate import Acceptance, Certificate, Source, certify
from batch.core.errors import TenantRefused, UsageError
from batch.core.estate import LicensingGroup, Organisation, Subscription
from batch.core.facts import Facts
from batch.core.identities import Census, Fates, census, fates, without_licence
from batch.core.pace import Policy
from batch.core.retiring import Baseline, Evidence
from batch.core.terms import People, Sku
from batch.engine.ports import Original
from batch.engine.reading import patiently
from batch.runs.factsfile import read_facts
from batch.sheets.products import known_products
from batch.wiring import digests
from batch.wiring.opening import COPY, GRAPH, Reach, Tell, located, open_tenant, whose
from batch.wiring.parts import waited
from batch.wiring.planning import labelled, product
from batch.wiring.retiring_baseline import baseline_at, baseline_of
from batch.wiring.retiring_runs import Told, in_order, run_at, runs_of

T = TypeVar("T")

#: Users that are read together.
_GROUP = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person wants to know."""

    #: The product to cancel, and those that people moved to (none: as the runs say), as written.
    sku: str
    targets: tuple[str, ...] = ()
    reach: Reach
    #: Run folders; none: all of this tenant and product in ``root``.
    runs: tuple[Path, ...] = ()
    root: Path = Path("runs")
    baseline: Path | None = None
    facts: Path | None = None
    #: Rule → why its failed line is accepted.
    accept: Mapping[str, str] = field(default_factory=dict)
    by: str = ""
    cancelled: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """The tenant as it was read; None: we may not read it."""

    organisation: Organisation
    skus: tuple[Sku, ...]
    subscriptions: tuple[Subscription, ...] | None
    groups: tuple[LicensingGroup, ...] | None
    people: People | None
    lacking: tuple[str, ...]


class _About(NamedTuple):
    """The product, and what files say about it."""

    sku: Sku
    targets: tuple[Sku, ...]
    runs: tuple[Told, ...]
    census: Census | None
    baseline: Baseline | None
    sources: tuple[Source, ...]


def certified(
    asked: Asked, now: float, stage_is: Callable[[str], None] = lambda text: None, tell: Tell = lambda text: None
) -> Certificate:
    """Read everything and make the certificate. ``now``: UTC seconds since 1970.

    Raises ``UsageError`` when something named does not fit, ``JournalDamaged`` for a run that cannot be trusted, and
    what reading a tenant raises; what may not be read is lacking, and the lines that need it are unknown.
    """
    facts = read_facts(asked.facts)
    at = located(asked.reach.at.replace(COPY, "practice:", 1))
    tenant = open_tenant(replace(asked.reach, at=at), tell)
    tenant.so_far = lambda users: stage_is(f"Reading the tenant: {users:,} people")
    try:
        stage_is("Reading the tenant")
        read = waited(_read(tenant))
        stage_is("Reading the run folders")
        about = _about(asked, at, read, facts)
        stage_is("Looking at those who hold nothing")
        left = waited(_unlicensed(tenant, about.baseline, read.people))
    finally:
        asyncio.run(tenant.close())
    evidence = Evidence(
        now=now,
        sku=about.sku,
        targets=about.targets,
        owned={s.sku_id: s for s in read.skus},
        organisation=read.organisation,
        people=read.people,
        subscriptions=read.subscriptions,
        groups=read.groups,
        lacking=read.lacking,
        census=about.census,
        baseline=about.baseline,
        fates=_fates(about, read.people, left, facts),
        runs=tuple(run.moves for run in about.runs),
        facts=facts,
        by=asked.by,
        cancelled=asked.cancelled,
    )
    of_runs = (source for run in about.runs for source in run.sources)
    return certify(
        evidence,
        {rule: Acceptance(why=why, by=asked.by) for rule, why in asked.accept.items()},
        (*_tenant_sources(read, now), *_facts_source(asked, facts), *about.sources, *of_runs),
        version=__version__,
        tenant=tenant.name if at == GRAPH else f"practice tenant {Path(at.partition(':')[2]).name}",
    )


def _about(asked: Asked, at: str, read: _Read, facts: Facts) -> _About:
    """The product, and what files say about it."""
    known = known_products()
    catalog, owned = Catalog.of(read.skus, known), {s.sku_id: s for s in read.skus}
    sku = _owned(asked.sku, "--sku", catalog, owned)
    runs = _runs(asked, sku.sku_id, at, read.organisation)
    counted = None if read.people is None else census(read.people, sku.sku_id, sku.consumed)
    baseline: Baseline | None
    sources: tuple[Source, ...] = ()
    if asked.baseline:
        baseline, source = baseline_at(
            asked.baseline, sku.sku_id, catalog, read.organisation, runs, facts=facts, tenant_at=at
        )
        sources = (source,)
    else:
        now = (*counted.direct, *counted.inherited, *counted.both) if counted else ()
        baseline = baseline_of(runs, frozenset(now), facts)
    targets = _targets(asked, sku, runs, catalog, owned)
    return _About(sku, targets, runs, counted, baseline, sources)


def _fates(about: _About, people: People | None, left: Collection[str], facts: Facts) -> Fates | None:
    # What people moved to has to be known, or whoever moved would be taken for left with nothing.
    if about.baseline is None or people is None or not about.targets:
        return None
    return fates(
        about.baseline.holders,
        people,
        sku=about.sku,
        targets=about.targets,
        unlicensed=left,
        excepted={upn.strip().casefold() for upn in facts.exceptions or ()},
    )


async def _read(tenant: Original) -> _Read:
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
    return _Read(
        organisation=organisation,
        skus=skus,
        subscriptions=await allowed("subscriptions", tenant.subscriptions),
        groups=await allowed("licensing groups", tenant.licensing_groups),
        people=await allowed("people", tenant.licensed),
        lacking=tuple(lacking),
    )


async def _unlicensed(tenant: Original, baseline: Baseline | None, licensed: People | None) -> frozenset[str]:
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


def _owned(name: str, option: str, catalog: Catalog, owned: Mapping[str, Sku]) -> Sku:
    """The product of this name; ``UsageError`` for one that the tenant does not list."""
    sku_id = product(name, catalog, tuple(owned.values()), option)
    if sku_id not in owned:
        listed = ", ".join(s.name for s in list(owned.values())[:20])
        raise UsageError(f"The tenant lists no {catalog.label(sku_id)} ({option}).", f"It has: {listed}.")
    return owned[sku_id]


def _runs(asked: Asked, sku_id: str, at: str, organisation: Organisation) -> tuple[Told, ...]:
    if not asked.runs:
        return runs_of(sku_id, at, organisation, asked.root)
    return in_order(run_at(path, sku_id, at, organisation) for path in dict.fromkeys(asked.runs))


def _targets(
    asked: Asked, sku: Sku, runs: tuple[Told, ...], catalog: Catalog, owned: Mapping[str, Sku]
) -> tuple[Sku, ...]:
    """The products that people moved to: as said, else what the runs gave."""
    if asked.targets:
        found = [_owned(name, "--to", catalog, owned) for name in dict.fromkeys(asked.targets)]
        if sku in found:
            raise UsageError(f"--sku and --to are the same product, {sku.name}.", "Name two.")
        return tuple(found)
    given = {s for run in runs for s in run.moves.targets} - {sku.sku_id}
    return tuple(owned[s] for s in sorted(given) if s in owned)


def _tenant_sources(read: _Read, now: float) -> tuple[Source, ...]:
    at = read.organisation.copied_at or now
    found = [("organisation and products", digests.of_records((read.organisation, *read.skus)))]
    if read.subscriptions is not None:
        found.append(("subscriptions", digests.of_records(read.subscriptions)))
    if read.groups is not None:
        found.append(("licensing groups", digests.of_records(read.groups)))
    if read.people is not None:
        found.append(("licensed people", digests.of_people(read.people)))
    return tuple(Source(name=name, what="the tenant", at=at, digest=digest) for name, digest in found)


def _facts_source(asked: Asked, facts: Facts) -> tuple[Source, ...]:
    if asked.facts is None:
        return ()
    what = "a person's answers" + (f" of {facts.answered_on.isoformat()}" if facts.answered_on else "")
    return (Source(name=asked.facts.name, what=what, at=0.0, digest=digests.of_file(asked.facts)),)
