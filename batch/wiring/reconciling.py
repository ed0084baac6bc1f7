"""A fresh look at the tenant (or at a fresh spreadsheet), compared with the ledger, kept in the run folder."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from batch.core.catalog import Catalog
from batch.core.entries import Seen
from batch.core.errors import UsageError
from batch.core.ledger import Ledger
from batch.core.plan import Changes
from batch.core.reconcile import SENTENCES, TABLE, Finding
from batch.core.states import OUTCOMES, State
from batch.core.table import Table
from batch.engine.ports import Clock, Tenant
from batch.runs.folder import RunFolder, readable
from batch.runs.store import load_skus
from batch.sheets.products import known_products
from batch.sheets.reading import read_tables
from batch.wiring.grouping import in_error
from batch.wiring.looking import Waiting, settled_now
from batch.wiring.opening import is_modelled
from batch.wiring.parts import SteadyClock, waited
from batch.wiring.proving import Unclear, is_proof, seen_in

#: In ``meta``: the digests of the files that the run was compared with, one after the other.
COMPARED = "compared"


@dataclass(frozen=True, slots=True)
class Fresh:
    """What a fresh read says: for every change what is seen, and consumed units by SKU."""

    seen: list[Seen]
    after: Mapping[str, int]
    #: The spreadsheets it comes from; empty for the tenant itself.
    source: str
    read_at: float
    #: Change → what differs, where the usual sentence does not say it.
    words: Mapping[int, str] = field(default_factory=dict)
    #: The changes of which it was seen as well which services are off.
    services: Container[int] = ()
    #: Change → what makes it uncertain what its person holds.
    unclear: Mapping[int, tuple[Unclear, ...]] = field(default_factory=dict)
    #: Of the spreadsheets it comes from.
    digests: tuple[str, ...] = ()


def from_tenant(
    tenant: Tenant,
    changes: Changes,
    ledger: Ledger,
    folder: RunFolder,
    clock: Clock,
    waiting: Waiting = lambda left, seconds: None,
    told_first: Callable[[Sequence[Seen]], object] = lambda seen: None,
) -> Fresh:
    """Read every user of the plan and the seats anew; what differs is read again until reads can no longer lag.

    ``clock``: the one of the run where it has just ended, so that a laptop that slept meanwhile is no matter.
    ``told_first``: see ``settled_now``.
    """
    before = {s.sku_id: s.consumed for s in load_skus(folder.db)}
    before |= {sku: consumed for sku, (_, consumed) in folder.meta().get("before", {}).items()}
    seen, after = waited(settled_now(changes, ledger, before, tenant, clock, waiting, told_first))
    words = waited(in_error(changes, seen, tenant))
    # Whatever the clocks of this and an earlier process say, this look came last.
    now = max(clock.now(), ledger.started_at, max(ledger.at, default=0.0))
    return Fresh(seen, after, "", now, words, services=range(len(seen)))


def from_sheets(paths: Sequence[Path], changes: Changes, folder: RunFolder) -> Fresh:
    """Read a fresh export instead of a tenant. It shows who holds what, but no service plans and no seats."""
    tables = [t for path in paths for t in read_tables(path)]
    fresh = from_tables(tables, ", ".join(p.name for p in paths), changes, folder, SteadyClock().now())
    if not any(map(is_proof, tables)):
        raise UsageError(
            f"{', '.join(map(str, paths))} does not say who holds what.", "Export the users with their licences again."
        )
    return fresh


def from_tables(tables: Sequence[Table], source: str, changes: Changes, folder: RunFolder, now: float) -> Fresh:
    """What the sheets show that say who holds what; ``source``: how a report names them."""
    catalog = Catalog.of(load_skus(folder.db), known_products())
    sights = seen_in(tables, changes, catalog, by_id=not is_modelled(folder.meta()))
    return Fresh(sights.seen, {}, source, now, services=sights.services, unclear=sights.unclear)


def keep(folder: RunFolder, changes: Changes, ledger: Ledger, fresh: Fresh) -> int:
    """Compare and keep what differs in the run folder, in place of an earlier comparison; how many differ.

    What an earlier one showed of people in other hands stands where spreadsheets do not tell about them now.
    """
    db, before = folder.db, folder.meta()
    found = list(_findings(changes, ledger, fresh))
    if fresh.source and ledger.hands:
        with readable(folder.path):
            found = sorted([*found, *_standing(folder, ledger, fresh, before.get("read_at", 0.0))])
    meta: dict[str, Any] = {
        "read_at": fresh.read_at,
        "read_from": fresh.source or before["tenant"],
        "after": dict(fresh.after),
        COMPARED: list(dict.fromkeys((*before.get(COMPARED, ()), *fresh.digests))),
    }
    with readable(folder.path):
        db.execute("BEGIN IMMEDIATE")
        db.execute("DELETE FROM found")
        db.executemany("INSERT INTO found VALUES (?,?,?)", found)
        folder.note(meta)
        db.execute("COMMIT")
    return len(found)


def _findings(changes: Changes, ledger: Ledger, fresh: Fresh) -> Iterable[tuple[int, str, str]]:
    for change, seen in enumerate(fresh.seen):
        if seen is Seen.UNSEEN and _is_open_anyway(change, ledger, fresh):
            continue
        finding = TABLE[(OUTCOMES[State(ledger.state[change])], seen)]
        if finding is not Finding.AGREES and ledger.why.get(change, ("",))[0] != "no_such_user":
            yield change, finding.value, fresh.words.get(change, SENTENCES[finding])


def _is_open_anyway(change: int, ledger: Ledger, fresh: Fresh) -> bool:
    """Whether it is natural that the spreadsheets do not tell about this person: they may be of one department.

    Who is in other hands was seen before, or is open until they are; so is whoever nobody has sent yet. Whom this
    program moved itself has to be in there.
    """
    return bool(fresh.source and ledger.handovers) and (change in ledger.hands or not ledger.tries[change])


def _standing(folder: RunFolder, ledger: Ledger, fresh: Fresh, read_at: float) -> list[tuple[int, str, str]]:
    """What the comparison before found of people in other hands about whom nothing is told now, nor came back since."""
    rows = folder.db.execute("SELECT change, finding, text FROM found").fetchall()
    return [
        (change, finding, text)
        for change, finding, text in rows
        if change in ledger.hands
        and fresh.seen[change] is Seen.UNSEEN
        and ledger.at[change] <= read_at
        and finding != Finding.UNSEEN.value
    ]
