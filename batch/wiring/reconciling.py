"""A fresh look at the tenant (or at a fresh spreadsheet), compared with the ledger, kept in the run folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from batch.core.catalog import Catalog
from batch.core.cells import HOLDINGS, Once, columns, product_cells, together
from batch.core.changes import ChangeKind
from batch.core.entries import Seen
from batch.core.errors import UsageError
from batch.core.ledger import Ledger
from batch.core.plan import Changes
from batch.core.reconcile import SENTENCES, TABLE, Finding
from batch.core.rows import users_of
from batch.core.states import OUTCOMES, State
from batch.core.table import Kind, Table
from batch.engine.ports import Clock, Tenant
from batch.runs.folder import RunFolder, readable
from batch.runs.store import load_skus
from batch.sheets.products import known_products
from batch.sheets.reading import read_tables
from batch.wiring.grouping import in_error
from batch.wiring.looking import Waiting, settled_now
from batch.wiring.parts import SteadyClock, waited


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


def from_tenant(
    tenant: Tenant,
    changes: Changes,
    ledger: Ledger,
    folder: RunFolder,
    clock: Clock,
    waiting: Waiting = lambda left, seconds: None,
) -> Fresh:
    """Read every user of the plan and the seats anew; what differs is read again until reads can no longer lag.

    ``clock``: the one of the run where it has just ended, so that a laptop that slept meanwhile is no matter.
    """
    before = {s.sku_id: s.consumed for s in load_skus(folder.db)}
    before |= {sku: consumed for sku, (_, consumed) in folder.meta().get("before", {}).items()}
    seen, after = waited(settled_now(changes, ledger, before, tenant, clock, waiting))
    words = waited(in_error(changes, seen, tenant))
    # Whatever the clocks of this and an earlier process say, this look came last.
    return Fresh(seen, after, "", max(clock.now(), ledger.started_at, max(ledger.at, default=0.0)), words)


def from_sheets(paths: Sequence[Path], changes: Changes, folder: RunFolder) -> Fresh:
    """Read a fresh export instead of a tenant. It shows who holds what, but no service plans and no seats."""
    catalog = Catalog.of(load_skus(folder.db), known_products())
    tables = [t for path in paths for t in read_tables(path)]
    held: dict[str, frozenset[str]] = {}
    unclear: set[str] = set()
    for table in tables:
        if table.kind is Kind.USERS and any(f in table.cells for f in HOLDINGS):
            unclear |= _holders(table, catalog, held)
    if not held:
        raise UsageError(
            f"{', '.join(map(str, paths))} does not say who holds what.", "Export the users with their licences again."
        )
    known = Once[tuple[int, frozenset[str]], Seen](lambda key: shown(changes.kinds[key[0]], key[1]))
    seen = [
        known[(kind, held[upn])] if upn in held and upn not in unclear else Seen.UNSEEN
        for upn, kind in zip(changes.upn, changes.kind, strict=True)
    ]
    return Fresh(seen, {}, ", ".join(p.name for p in paths), SteadyClock().now())


def _holders(table: Table, catalog: Catalog, held: dict[str, frozenset[str]]) -> set[str]:
    """Add what the sheet says people hold; who holds something under a name that is not certain is given back."""
    unclear = set()
    users, odd = users_of(table)
    read = product_cells(catalog)
    for i, (user, cells) in enumerate(zip(users, zip(*columns(table, HOLDINGS), strict=True), strict=True)):
        if i not in odd:
            products = together([read[c] for c in cells])
            held[user] = held.get(user, frozenset()).union(products.ids)
            if products.unresolved:
                unclear.add(user)
    return unclear


def shown(kind: ChangeKind, held: frozenset[str]) -> Seen:
    """What a list of products says about a change; the list does not tell direct from inherited, nor service plans."""
    added = {a.sku_id for a in kind.add}
    if not kind.takes and not kind.remove:
        return Seen.UNSEEN  # only services change
    if held.isdisjoint(kind.remove) and held.issuperset(added):
        return Seen.AFTER
    if held.issuperset(kind.remove) and (added - held) == set(kind.takes):
        return Seen.BEFORE
    return Seen.OTHER


def keep(folder: RunFolder, changes: Changes, ledger: Ledger, fresh: Fresh) -> int:
    """Compare and keep what differs in the run folder, in place of an earlier comparison; how many differ."""
    found = list(_findings(changes, ledger, fresh))
    db = folder.db
    meta: dict[str, Any] = {
        "read_at": fresh.read_at,
        "read_from": fresh.source or folder.meta()["tenant"],
        "after": dict(fresh.after),
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
        finding = TABLE[(OUTCOMES[State(ledger.state[change])], seen)]
        if finding is not Finding.AGREES and ledger.why.get(change, ("",))[0] != "no_such_user":
            yield change, finding.value, fresh.words.get(change, SENTENCES[finding])
