"""The runs that moved people off a product, as their folders tell."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batch.core.certificate import Source
from batch.core.changes import ChangeKind
from batch.core.errors import UsageError
from batch.core.estate import Organisation
from batch.core.identities import Was
from batch.core.ledger import Ledger
from batch.core.outcomes import Outcome
from batch.core.plan import Changes
from batch.core.report import SourceFile
from batch.core.retiring import Moves, count_of
from batch.core.states import OUTCOMES, State
from batch.core.terms import Way
from batch.engine.apply import replay
from batch.runs.folder import DATABASE, RunFolder, peek, readable
from batch.runs.store import load_asks, load_changes, load_rows, load_skus, load_sources
from batch.wiring.opening import is_own
from batch.wiring.reporting import report_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one run folder says: its moves, what it rests on, and what a baseline can be made of."""

    moves: Moves
    sources: tuple[Source, ...]
    #: When the first of it was sent, UTC seconds since 1970; 0: nothing of it was carried out.
    begun: float
    #: Seats of the product that were in use when the run was planned, and who of its people took one, by UPN.
    consumed: int
    seated: frozenset[str]
    #: People who were asked to lose the product and are in no change, by UPN.
    left: frozenset[str]
    #: Carried out on a tenant made from sheets, with nothing handed over: nobody was moved.
    rehearsal: bool = False


def runs_of(sku_id: str, tenant_at: str, organisation: Organisation, root: Path) -> tuple[Told, ...]:
    """Every run in ``root`` that was begun on this tenant and took this product away, the first planned first."""
    paths = sorted(root.glob(f"[!.]*/{DATABASE}")) if root.is_dir() else []
    found = []
    for path in paths:
        ours = False
        # What cannot be read may be somebody else's, or of another version; it is no run of ours.
        with contextlib.suppress(sqlite3.Error, OSError, ValueError, KeyError, TypeError):
            ours = not _stranger(path.parent, peek(path.parent), tenant_at, organisation)
        told = _told(path.parent, sku_id, tenant_at, organisation) if ours else None
        if told and told.moves.planned and told.begun and not (told.rehearsal and not tenant_at):
            found.append(told)
    return in_order(found)


def in_order(told: Iterable[Told]) -> tuple[Told, ...]:
    """The first planned first."""
    return tuple(sorted(told, key=lambda t: (t.moves.planned_at, t.moves.run)))


def run_at(path: Path, sku_id: str, tenant_at: str, organisation: Organisation) -> Told:
    """What the run in this folder says; ``UsageError`` when it is of another tenant or product, or a rehearsal."""
    told = _told(path, sku_id, tenant_at, organisation)
    if not (told.moves.planned or told.left):
        raise UsageError(f"{path} takes the product from nobody.", "Name the runs that moved people off it.")
    if told.rehearsal and not tenant_at:
        raise UsageError(f"{path} was a rehearsal on a tenant made from sheets.", "Name runs that were handed over.")
    return told


def _told(path: Path, sku_id: str, tenant_at: str, organisation: Organisation) -> Told:
    with RunFolder.open(path) as folder:
        meta = folder.meta()
        with readable(path):
            if why := _stranger(path, meta, tenant_at, organisation):
                raise UsageError(f"{path} {why}.", "Name runs of the tenant that is looked at.")
            changes = load_changes(folder.db)
            sku = next((s for s in load_skus(folder.db) if s.sku_id == sku_id), None)
            asks, rows = load_asks(folder.db), _Rows(changes)
            about = frozenset(n for n, ask in enumerate(asks) if sku_id in ask.remove)
            left = rows.read(load_rows(folder.db), about)
            sheets = load_sources(folder.db)
        journal = folder.journal()
        ledger = replay(changes, journal.entries())
        sources = _sources(meta, journal.tip(), ledger.ended_at, sheets)
        reconciled = report_of(folder, changes, ledger).reconciled
    seated = [sku_id in kind.before.sku_ids for kind in changes.kinds]
    found = Moves(
        run=meta["run"],
        plan_id=meta["plan_id"],
        planned_at=meta["planned_at"],
        reconciled=reconciled,
        **_counted(changes, ledger, rows, sku_id),
        targets=frozenset(
            {a.sku_id for k in changes.kinds if _ends(k, sku_id) for a in k.add}.union(*(asks[n].add for n in about))
            - {sku_id}
        ),
        before=tuple(w for n, k in enumerate(changes.kind) if _had(changes.kinds[k], sku_id) for w in rows.whom(n)),
    )
    return Told(
        moves=found,
        sources=sources,
        begun=ledger.started_at,
        consumed=sku.consumed if sku else 0,
        seated=frozenset(w.upn for n, kind in enumerate(changes.kind) if seated[kind] for w in rows.whom(n)),
        left=left,
        rehearsal=_from_sheets(meta) and bool(ledger.started_at) and not ledger.hands,
    )


def _sources(
    meta: Mapping[str, Any], tip: tuple[int, str], ended_at: float, sheets: Iterable[SourceFile]
) -> tuple[Source, ...]:
    """What was planned, what was done (the journal's newest seal stands for every row up to it), and the sheets."""
    run, at, (rows, seal) = meta["run"], meta["planned_at"], tip
    done = f"what run {run} did, by the newest seal of its journal ({count_of(rows, 'row')})"
    return (
        Source(name=run, what="a run folder, by the id of its plan", at=at, digest=meta["plan_id"]),
        Source(name=run, what=done, at=ended_at, digest=seal),
        *(Source(name=s.file, what=f"a sheet of run {run}", at=at, digest=s.digest) for s in sheets),
    )


def _from_sheets(meta: Mapping[str, Any]) -> bool:
    """Whether its tenant is but a model, made from spreadsheets."""
    return not meta["job"]["tenant"] or bool(meta.get("modelled"))


def _stranger(path: Path, meta: Mapping[str, Any], tenant_at: str, organisation: Organisation) -> str:
    """Why the run is none of this tenant; empty when it is one."""
    if not tenant_at:
        return "" if _from_sheets(meta) else "was made on a tenant that can be read: say --tenant"
    planned = meta.get("organisation", {})
    if planned.get("tenant_id") != organisation.tenant_id:
        return f"was made for another organisation, {planned.get('name', 'which has no name')}"
    at = meta["tenant_at"]
    if is_own(meta["job"]["tenant"]):
        at = f"practice:{(path / at.partition(':')[2]).resolve()}"
    return "" if at == tenant_at else f"was carried out on {at}, not on {tenant_at}"


class _Rows:
    """Whose change it is: a person's own, or that of a group, for everybody in whose row it was asked."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._members: dict[int, set[str]] = {
            n: set() for n, kind in enumerate(changes.kind) if changes.kinds[kind].way is Way.GROUP
        }

    def read(
        self, rows: Iterable[tuple[int, int, str, str, int, str, str, int]], about: Collection[int]
    ) -> frozenset[str]:
        """Take in every row; who was asked something ``about`` the product and is in no change."""
        left = set()
        for _, _, user, _, ask, _, _, change in rows:
            if change in self._members:
                self._members[change].add(user)
            elif change < 0 and ask in about:
                left.add(user)
        return frozenset(left)

    def whom(self, change: int) -> tuple[Was, ...]:
        """The people of a change."""
        members, had = self._members.get(change), self._changes.kinds[self._changes.kind[change]].before
        if members is None:
            return (Was(self._changes.upn[change], self._changes.user_id[change], had),)
        return tuple(Was(upn, "", had) for upn in sorted(members))


def _had(kind: ChangeKind, sku_id: str) -> bool:
    return any(a.sku_id == sku_id for a in kind.before.assignments)


def _ends(kind: ChangeKind, sku_id: str) -> bool:
    """Whether the change takes the product away, in one way at least."""
    return sku_id in kind.remove or (_had(kind, sku_id) and all(a.sku_id != sku_id for a in kind.after.assignments))


def _counted(changes: Changes, ledger: Ledger, rows: _Rows, sku_id: str) -> dict[str, Any]:
    """How many people were to lose the product, and what became of that."""
    ends = [_ends(kind, sku_id) for kind in changes.kinds]
    people: dict[Outcome, list[str]] = {outcome: [] for outcome in Outcome}
    for n, kind in enumerate(changes.kind):
        if ends[kind]:
            people[OUTCOMES[State(ledger.state[n])]] += [was.upn for was in rows.whom(n)]
    planned, applied = sum(map(len, people.values())), len(people[Outcome.APPLIED])
    left = (*people[Outcome.NOT_SENT], *people[Outcome.IN_DOUBT])
    return {"planned": planned, "applied": applied, "failed": planned - applied - len(left), "open": left}
