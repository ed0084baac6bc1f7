"""Who held a product before anybody moved: from a copy of the tenant, an export, or the run folders."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from batch.core.catalog import Catalog
from batch.core.cells import HOLDINGS, columns, product_cells
from batch.core.certificate import Source
from batch.core.errors import UsageError
from batch.core.estate import Organisation
from batch.core.facts import Facts
from batch.core.identities import Was
from batch.core.retiring import Baseline, count_of, named, people
from batch.core.rows import users_of
from batch.core.table import Kind, Table
from batch.wiring import digests
from batch.wiring.parts import waited
from batch.wiring.retiring_runs import Told

_SQLITE = b"SQLite format 3\0"


def baseline_at(
    path: Path,
    sku_id: str,
    catalog: Catalog,
    whose: Organisation,
    runs: Sequence[Told],
    *,
    facts: Facts,
    tenant_at: str,
) -> tuple[Baseline, Source]:
    """The holders in this file, a copy made with ``tenant copy`` or an export of users, with those of the runs.

    It is whole when it is from before the first run, and knows as many people as seats were in use then; where no run
    tells, somebody has to say so (``facts``). ``UsageError`` for a file that is neither, or of another organisation;
    ``SheetError`` for an unreadable sheet.
    """
    try:
        with path.open("rb") as file:
            copy = file.read(len(_SQLITE)) == _SQLITE
    except OSError as error:
        raise UsageError(
            f"The baseline {path} cannot be read: {error.strerror or error}.", "Check its name."
        ) from error
    if not copy:
        found, source = _export(path, sku_id, catalog)
        return _with_runs(found, runs, facts), source
    found, source = _copy(path, sku_id, whose)
    late = _late(found, runs, itself=tenant_at == f"practice:{path.resolve()}")
    return _with_runs(replace(found, whole=not late, restorable=not late, doubt=late), runs, facts), source


def baseline_of(runs: Sequence[Told], holders_now: Collection[str], facts: Facts) -> Baseline | None:
    """The holders that the runs know of. They are all when they are as many as seats were in use before the first."""
    if not runs:
        return None
    seated = frozenset[str]().union(*(run.seated | run.left.intersection(holders_now) for run in runs))
    # Of several images of one person the first is from before the move.
    known = {was.upn: was for run in reversed(runs) for was in run.moves.before}
    known |= {upn: Was(upn) for run in runs for upn in run.left.intersection(holders_now) if upn not in known}
    doubt = _short("The runs know", len(seated), runs, facts)
    return Baseline(
        source="the run folders",
        taken_at=runs[0].moves.planned_at,
        holders=tuple(known.values()),
        whole=not doubt,
        doubt=doubt,
    )


def _late(copy: Baseline, runs: Sequence[Told], *, itself: bool) -> str:
    """Why this copy is not certain to be from before the move, as a sentence; empty when it is."""
    began = min((run.begun for run in runs if run.begun), default=0.0)
    if itself:
        return f"{copy.source} is the tenant itself, not a copy from before the move."
    if not copy.taken_at:
        return f"{copy.source} does not say when it was made (one made with reassign tenant copy does)."
    return f"{copy.source} was made after the first run began." if began and copy.taken_at > began else ""


def _short(who_knows: str, known: int, runs: Sequence[Told], facts: Facts) -> str:
    """Why so many people are not all who held it before the first run, as a sentence; empty when they may be."""
    if not known:
        return f"{who_knows} nobody who held it."
    # Seats that nobody was seen to hold count once somebody explains them by name.
    explained = facts.unexplained_seats or 0 if facts.unexplained_by and facts.unexplained_why else 0
    if not runs or known + explained >= runs[0].consumed:
        return ""
    return f"{who_knows} {people(known)}, but {count_of(runs[0].consumed, 'seat')} were in use before the first run."


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
    holders = tuple(Was(upn, user, them.holdings[number]) for upn, user, number in rows if had[number])
    found = Baseline(source=path.name, taken_at=whose.copied_at, holders=holders, whole=True)
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


def _with_runs(found: Baseline, runs: Sequence[Told], facts: Facts) -> Baseline:
    """The baseline with those whom only a run knows, and with what the runs know of the others."""
    by_id = {was.user_id: was.upn for was in found.holders if was.user_id}
    upns = frozenset(by_id.values())
    images = (was for run in reversed(runs) for was in run.moves.before)
    more = {w.upn: w for w in images if (w.user_id not in by_id if w.user_id else w.upn not in upns)}
    known = {was.upn for was in found.holders}
    strangers = [upn for upn in more if upn not in known]
    holders = (*(w if w.user_id else more.pop(w.upn, w) for w in found.holders), *more.values())
    doubts = [found.doubt, _short(f"{found.source} knows", len(holders), runs, facts)]
    # Whoever is not in a copy got the product after it was made. An export may have been filtered.
    if strangers and not by_id:
        doubts.append(f"{people(len(strangers))} moved who are not in {found.source}: {named(strangers)}.")
    if not runs and facts.baseline_is_whole is not True:
        doubts.append(
            f"Nothing shows that {found.source} holds everybody: name the runs, or say baseline_is_whole = true in the "
            "facts file."
        )
    doubt = " ".join(filter(None, doubts))
    return replace(found, holders=holders, whole=not doubt, doubt=doubt)
