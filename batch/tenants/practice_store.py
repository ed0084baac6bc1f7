"""The file of a practice tenant: one SQLite database, made in one go, read as columns.

It stands for a remote service: it survives the death of any process, not a power cut.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from batch.core.errors import ReassignError, UsageError
from batch.core.exclusions import Conflicts
from batch.core.terms import People, ServicePlan, Sku, SkuStatus
from batch.tenants.practice_people import encode

#: Tells our files from other SQLite databases ("rsgn"), and which tables are in it.
APPLICATION_ID = 0x7273676E
SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE skus (
    sku_id TEXT PRIMARY KEY, part_number TEXT NOT NULL, name TEXT NOT NULL,
    enabled INTEGER NOT NULL, consumed INTEGER NOT NULL, warning INTEGER NOT NULL, suspended INTEGER NOT NULL,
    locked_out INTEGER NOT NULL, status TEXT NOT NULL, applies_to TEXT NOT NULL
) WITHOUT ROWID;
-- Apart from the seats, which every group writes anew.
CREATE TABLE plans (sku_id TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- Each distinct holding once; number 0 holds nothing.
CREATE TABLE holdings (number INTEGER PRIMARY KEY, value TEXT NOT NULL UNIQUE);
CREATE TABLE users (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL, upn TEXT NOT NULL, name TEXT NOT NULL, location TEXT NOT NULL,
    holding INTEGER NOT NULL, writes INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""
#: Made after the rows are in, which is several times faster.
_INDEXES = ("CREATE UNIQUE INDEX users_id ON users (id)", "CREATE UNIQUE INDEX users_upn ON users (upn)")


def build(
    path: Path,
    skus: Iterable[Sku],
    people: People,
    conflicts: Conflicts,
    *,
    warning_seats: bool,
    more: Mapping[str, str] | None = None,
) -> None:
    """Make a new file, whole or not at all; ``UsageError`` when there is one already or the people do not fit.

    ``more``: further rows of ``meta``.
    """
    if path.exists():
        raise UsageError(f"{path} exists already.", "Name another file, or delete this one first.")
    owned = _with_consumed({sku.sku_id: sku for sku in skus}, people)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        # It names people: for nobody else's eyes.
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(part, isolation_level=None)) as db:
            db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN;" + _SCHEMA)
            settings = {
                "conflicts": _conflicts_text(conflicts),
                "warning_seats": str(int(warning_seats)),
                **(more or {}),
            }
            db.executemany("INSERT INTO meta VALUES (?, ?)", settings.items())
            db.executemany("INSERT INTO skus VALUES (?,?,?,?,?,?,?,?,?,?)", map(_sku_row, owned))
            db.executemany("INSERT INTO plans VALUES (?, ?)", [(sku.sku_id, _plans_text(sku)) for sku in owned])
            _insert_people(db, people)
            db.execute("COMMIT")
            db.execute(f"PRAGMA application_id={APPLICATION_ID}")
            db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        # Left by a killed process whose file was deleted since: SQLite would replay them into the new one.
        for rest in ("-wal", "-shm"):
            path.with_name(path.name + rest).unlink(missing_ok=True)
        os.replace(part, path)
    except sqlite3.IntegrityError as error:
        text = f"Two people have the same id or user principal name: {_twice(people)}."
        raise UsageError(text, "Give each person once.") from error
    except (sqlite3.Error, OSError) as error:
        raise ReassignError(f"{path} cannot be written: {error}.", "Check the folder and its free space.") from error
    finally:
        part.unlink(missing_ok=True)


def connect(path: Path) -> sqlite3.Connection:
    """Open a file made by ``build``; ``UsageError`` for anything else."""
    if not path.is_file():
        todo = "Check the name, or make one with `reassign tenant create`."
        raise UsageError(f"There is no practice tenant at {path}.", todo)
    db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=5.0)
    try:
        _check(db, path)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=OFF")
        db.execute("PRAGMA cache_size=-65536")
        db.execute("PRAGMA mmap_size=1073741824")
    except sqlite3.Error as error:
        db.close()
        todo = "Name a file made by `reassign tenant create`."
        raise UsageError(f"{path} cannot be used as a practice tenant: {error}.", todo) from error
    except UsageError:
        db.close()
        raise
    return db


def duplicate(path: Path, to: Path) -> None:
    """Copy the practice tenant in ``path`` to a new file; ``UsageError`` when it is none."""
    with closing(connect(path)) as db:
        os.close(os.open(to, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            with closing(sqlite3.connect(to)) as copy:
                db.backup(copy)
        except sqlite3.Error as error:
            raise ReassignError(f"{to} cannot be written: {error}.", "Check the folder and its free space.") from error


def _check(db: sqlite3.Connection, path: Path) -> None:
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        todo = "Name a file made by `reassign tenant create`."
        raise UsageError(f"{path} is a database, but not a practice tenant.", todo)
    if version != SCHEMA_VERSION:
        todo = "Make it anew with `reassign tenant create`."
        raise UsageError(f"{path} was made by another version of this program (format {version}).", todo)


def read_skus(db: sqlite3.Connection) -> dict[str, Sku]:
    """Every SKU by its id, ordered by id, with its seats as they are now."""
    rows = db.execute("SELECT skus.*, plans.value FROM skus JOIN plans USING (sku_id) ORDER BY sku_id")
    return {row[0]: _sku(row) for row in rows}


def read_settings(db: sqlite3.Connection) -> tuple[Conflicts, bool]:
    """Which plans exclude each other here, and whether units in the grace period can be given out."""
    meta = dict(db.execute("SELECT name, value FROM meta").fetchall())
    return _conflicts(meta["conflicts"]), meta["warning_seats"] == "1"


def _insert_people(db: sqlite3.Connection, people: People) -> None:
    numbers = {"[]": 0}
    codes = [numbers.setdefault(encode(holding), len(numbers)) for holding in people.holdings]
    db.executemany("INSERT INTO holdings (value, number) VALUES (?, ?)", numbers.items())
    holding = [codes[i] for i in people.holding]
    rows = zip(people.ids, people.upns, people.names, people.locations, holding, strict=True)
    db.executemany("INSERT INTO users (id, upn, name, location, holding) VALUES (?,?,?,?,?)", rows)
    for statement in _INDEXES:
        db.execute(statement)


def _with_consumed(skus: Mapping[str, Sku], people: People) -> list[Sku]:
    """The SKUs with at least as many seats consumed as these people hold; more belong to people not listed."""
    held: Counter[str] = Counter()
    for index, count in Counter(people.holding).items():
        for sku_id in people.holdings[index].sku_ids:
            held[sku_id] += count
    unknown = sorted(held.keys() - skus.keys())
    if unknown:
        first = f"{held[unknown[0]]} people hold SKU {unknown[0]}, which is not among the tenant's SKUs"
        more = f" (and {len(unknown) - 1} more such SKUs)" if len(unknown) > 1 else ""
        raise UsageError(f"{first}{more}.", "Add it to the licences, with its seats.")
    return [replace(sku, consumed=max(sku.consumed, held[sku.sku_id])) for sku in skus.values()]


def _twice(people: People) -> str:
    """Somebody whose id or user principal name comes twice."""
    for column in (people.ids, people.upns):
        name, count = Counter(column).most_common(1)[0]
        if count > 1:
            return name
    return "unknown"


def _sku_row(sku: Sku) -> tuple[str | int, ...]:
    seats = (sku.enabled, sku.consumed, sku.warning, sku.suspended, sku.locked_out)
    return (sku.sku_id, sku.part_number, sku.name, *seats, sku.status.value, sku.applies_to)


def _plans_text(sku: Sku) -> str:
    return json.dumps([[p.plan_id, p.name, p.applies_to, p.provisioning] for p in sku.plans])


def _sku(row: tuple[str, str, str, int, int, int, int, int, str, str, str]) -> Sku:
    sku_id, part_number, name, enabled, consumed, warning, suspended, locked_out, status, applies_to, plans = row
    return Sku(
        sku_id=sku_id,
        part_number=part_number,
        name=name,
        plans=tuple(
            ServicePlan(plan_id=plan_id, name=label, applies_to=scope, provisioning=state)
            for plan_id, label, scope, state in json.loads(plans)
        ),
        enabled=enabled,
        consumed=consumed,
        warning=warning,
        suspended=suspended,
        locked_out=locked_out,
        status=SkuStatus(status),
        applies_to=applies_to,
    )


def _conflicts_text(conflicts: Conflicts) -> str:
    families = [sorted(family) for family in conflicts.families]
    allowed = sorted(sorted(pair) for pair in conflicts.allowed)
    needs = [[plan, sorted(bases)] for plan, bases in conflicts.needs]
    return json.dumps({"families": families, "allowed": allowed, "needs": needs})


def _conflicts(text: str) -> Conflicts:
    values = json.loads(text)
    return Conflicts(
        families=tuple(frozenset(family) for family in values["families"]),
        allowed=frozenset(frozenset(pair) for pair in values["allowed"]),
        needs=tuple((plan, frozenset(bases)) for plan, bases in values["needs"]),
    )
