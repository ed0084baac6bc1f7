"""From a tenant, run folders and a person's answers to the certificate on a product. Writes nothing to the tenant."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

from batch import __version__
from batch.core.catalog import Catalog
from batch.core.certificate import Acceptance, Certificate, Source, certify
from batch.core.errors import UsageError
from batch.core.estate import Organisation
from batch.core.facts import Facts
from batch.core.identities import Census, Fates, census, fates
from batch.core.retiring import Baseline, Evidence
from batch.core.terms import People, Sku
from batch.engine.ports import Original
from batch.runs.factsfile import read_facts
from batch.runs.jobfile import Job
from batch.sheets.products import known_products
from batch.wiring import digests
from batch.wiring.keeping import OWN_TENANT
from batch.wiring.opening import COPY, GRAPH, Reach, Tell, located, open_tenant
from batch.wiring.parts import waited
from batch.wiring.planning import own_tenant, product, read_sheets
from batch.wiring.retiring_baseline import baseline_at, baseline_of
from batch.wiring.retiring_reading import Read, exported, read_all, sources_of, unlicensed
from batch.wiring.retiring_runs import Told, in_order, run_at, runs_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person wants to know."""

    #: The product to cancel, and those that people moved to (none: as the runs say), as written.
    sku: str
    targets: tuple[str, ...] = ()
    #: How the tenant is reached; None: nobody can, and exports of users and of licences say how it stands.
    reach: Reach | None
    users: tuple[Path, ...] = ()
    licenses: tuple[Path, ...] = ()
    #: Run folders; none: all of this tenant and product in ``root``.
    runs: tuple[Path, ...] = ()
    root: Path = Path("runs")
    baseline: Path | None = None
    facts: Path | None = None
    #: Rule → why its failed line is accepted.
    accept: Mapping[str, str] = field(default_factory=dict)
    by: str = ""
    cancelled: date | None = None


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
    with _tenant(asked, tell) as (tenant, at):
        tenant.so_far = lambda users: stage_is(f"Reading the tenant: {users:,} people")
        stage_is("Reading the tenant")
        read = waited(read_all(tenant))
        if not at:
            read = exported(read, facts)
        stage_is("Reading the run folders")
        about = _about(asked, at, read, facts)
        stage_is("Looking at those who hold nothing")
        left = waited(unlicensed(tenant, about.baseline, read.people))
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
        exported=not at,
    )
    of_runs = (source for run in about.runs for source in run.sources)
    return certify(
        evidence,
        {rule: Acceptance(why=why, by=asked.by) for rule, why in asked.accept.items()},
        (*_sources(asked, read, facts, now), *about.sources, *of_runs),
        version=__version__,
        tenant=_named(asked, at, tenant.name),
    )


@contextlib.contextmanager
def _tenant(asked: Asked, tell: Tell) -> Iterator[tuple[Original, str]]:
    """The tenant and where it is; for exports a practice tenant that they describe, which is nowhere ("")."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        if asked.reach is None:
            job = Job(users=asked.users, licenses=asked.licenses)
            own_tenant(job, Path(folder), read_sheets(job), known_products())
            at, reach = "", Reach.of(job, OWN_TENANT, Path(folder))
        else:
            at = located(asked.reach.at.replace(COPY, "practice:", 1))
            reach = replace(asked.reach, at=at)
        tenant = open_tenant(reach, tell)
        try:
            yield tenant, at
        finally:
            asyncio.run(tenant.close())


def _about(asked: Asked, at: str, read: Read, facts: Facts) -> _About:
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


def _named(asked: Asked, at: str, name: str) -> str:
    if not at:
        return f"exports: {', '.join(path.name for path in (*asked.users, *asked.licenses))}"
    return name if at == GRAPH else f"practice tenant {Path(at.partition(':')[2]).name}"


def _sources(asked: Asked, read: Read, facts: Facts, now: float) -> tuple[Source, ...]:
    """The tenant or the exports, and a person's answers."""
    sheets = (*asked.users, *asked.licenses)
    exports = tuple(Source(name=p.name, what="an export", at=0.0, digest=digests.of_file(p)) for p in sheets)
    found = sources_of(read, now) if asked.reach else exports
    if asked.facts is None:
        return found
    day = facts.answered_on
    what = "a person's answers" + (f" of {day.isoformat()}" if day else "")
    return (*found, Source(name=asked.facts.name, what=what, at=0.0, digest=digests.of_file(asked.facts)))
