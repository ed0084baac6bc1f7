"""Who held a product before anybody moved: from a copy of the tenant, an export, or the run folders."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from batch.core.catalog import Catalog
from batch.core.cells import HOLDINGS, columns, product_cells
from batch.core.certificate import Source
from batch.core.errors import UsageError
from batch.core.estate import Organisation
from batch.core.identities import Was
from batch.core.retiring import Baseline, count_of, named, people
from batch.core.rows import users_of
from batch.core.table import Kind, Table
from batch.wiring import digests
from batch.wiring.parts import waited
from batch.wiring.retiring_runs import Told

_SQLITE = b"SQLite format 3\0"


def baseline_at(
    path: Path, sku_id: str, catalog: Catalog, whose: Organisation, runs: Sequence[Told], *, vouched: bool
) -> tuple[Baseline, Source]:
    """The holders in this file, a copy made with ``tenant copy`` or an export of users, with those of the runs.

    A copy is whole. Of an export somebody has to say so (``vouched``), unless the first run found no more seats in use.
    ``UsageError`` for a file that is neither, or of another organisation; ``SheetError`` for an unreadable sheet.
    """
    try:
        with path.open("rb") as file:
            copy = file.read(len(_SQLITE)) == _SQLITE
    except OSError as error:
        raise UsageError(
            f"The baseline {path} cannot be read: {error.strerror or error}.", "Check its name."
        ) from error
    found, source = _copy(path, sku_id, whose) if copy else _export(path, sku_id, catalog)
    return _with_runs(found, runs, vouched=vouched), source


def baseline_of(runs: Sequence[Told], holders_now: Collection[str]) -> Baseline | None:
    """The holders that the runs know of. They are all when one of the plans knew as many as seats were in use."""
    if not runs:
        return None
    told = [len(run.seated | run.left.intersection(holders_now)) for run in runs]
    whole = any(known >= run.consumed for known, run in zip(told, runs, strict=True))
    known = {was.upn: was for run in runs for was in run.moves.before}
    known |= {upn: Was(upn) for run in runs for upn in run.left.intersection(holders_now) if upn not in known}
    used = count_of(runs[0].consumed, "seat")
    return Baseline(
        source="the run folders",
        taken_at=runs[0].moves.planned_at,
        holders=tuple(known.values()),
        whole=whole,
        doubt="" if whole else f"The runs know of {people(len(known))}, but {used} were in use before the first.",
    )


def _copy(path: Path, sku_id: str, organisation: Organisation) -> tuple[Baseline, Source]:
    from batch.tenants.practice import PracticeTenant

    tenant = PracticeTenant.open(path)
    try:
        whose, them = waited(tenant.organisation()), waited(tenant.licensed())
    finally:
        asyncio.run(tenant.close())
    if whose.tenant_id != organisation.tenant_id:
        raise UsageError(
            f"The baseline {path} is of another organisation, {whose.name}.", "Name a copy of the tenant looked at."
        )
    had = [any(a.sku_id == sku_id for a in holding.assignments) for holding in them.holdings]
    rows = zip(them.upns, them.ids, them.holding, strict=True)
    holders = tuple(Was(upn, user) for upn, user, number in rows if had[number])
    found = Baseline(source=path.name, taken_at=whose.copied_at, holders=holders, whole=True, restorable=True)
    digest = digests.of_people(them)
    return found, Source(name=path.name, what="the baseline, a copy of the tenant", at=whose.copied_at, digest=digest)


def _export(path: Path, sku_id: str, catalog: Catalog) -> tuple[Baseline, Source]:
    from batch.sheets.reading import read_tables

    tables = [t for t in read_tables(path) if t.kind is Kind.USERS and any(f in t.cells for f in HOLDINGS)]
    if not tables:
        raise UsageError(
            f"The baseline {path} does not say who held what.",
            "Give an export of Users > Active users with its column Licenses, or a copy: reassign tenant copy",
        )
    doubts: list[str] = []
    holders = tuple(Was(upn) for upn in dict.fromkeys(u for t in tables for u in _holders(t, sku_id, catalog, doubts)))
    found = Baseline(
        source=path.name,
        taken_at=0.0,
        holders=holders,
        whole=not doubts,
        doubt=" ".join(dict.fromkeys(doubts)),
    )
    return found, Source(name=path.name, what="the baseline, an export of users", at=0.0, digest=tables[0].digest)


def _holders(table: Table, sku_id: str, catalog: Catalog, doubts: list[str]) -> Iterable[str]:
    """Who holds the product in this sheet; what cannot be told of a row is added to ``doubts``."""
    users, odd = users_of(table)
    read = product_cells(catalog)
    for n, cells in enumerate(zip(*columns(table, HOLDINGS), strict=True)):
        products = [read[cell] for cell in cells]
        if any(p.unresolved for p in products):
            doubts.append(f"{table.file} names products that are not known for certain: reassign check {table.file}")
        if any(sku_id in p.ids for p in products):
            if n in odd:
                doubts.append(f"{odd[n].place}: {odd[n].text}")
            else:
                yield users[n]


def _with_runs(found: Baseline, runs: Sequence[Told], *, vouched: bool) -> Baseline:
    """The baseline with those whom only a run knows, and with the ids that the runs know."""
    known = {was.upn for was in found.holders}
    ids = {was.user_id for was in found.holders if was.user_id}
    more = {w.upn: w for run in runs for w in run.moves.before if w.user_id not in ids}
    # A copy is whole, so whoever is not in it got the product afterwards. An export may have been filtered.
    doubts = [] if found.restorable else list(_doubts(found, known, more, runs, vouched=vouched))
    return replace(
        found,
        holders=(*(w if w.user_id else more.pop(w.upn, w) for w in found.holders), *more.values()),
        whole=found.whole and not doubts,
        doubt=" ".join(filter(None, (found.doubt, *doubts))),
    )


def _doubts(
    found: Baseline, known: Collection[str], more: Collection[str], runs: Sequence[Told], *, vouched: bool
) -> Iterator[str]:
    """Why an export may not hold everybody, in sentences."""
    strangers = [upn for upn in more if upn not in known]
    if strangers:
        yield f"{people(len(strangers))} moved who are not in {found.source}: {named(strangers)}."
    if runs and runs[0].consumed > len(known):
        used = count_of(runs[0].consumed, "seat")
        yield f"{found.source} knows {people(len(known))}, but {used} were in use before the first run."
    elif not runs and not vouched:
        yield (
            f"Nothing shows that {found.source} holds everybody: name the runs, or say baseline_is_whole = true in the "
            "facts file."
        )
