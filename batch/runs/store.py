"""A plan and its rows as tables: what goes into run.db, and how it comes back out."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import chain, islice, repeat
from typing import Any

from batch.core.changes import ChangeKind
from batch.core.group_words import detailed
from batch.core.outcomes import Bucket
from batch.core.plan import Changes, Plan
from batch.core.report import SourceFile
from batch.core.requests import Ask, Requests
from batch.core.table import Field
from batch.core.terms import Add, Assignment, Holding, Place, Problem, ServicePlan, Sku, SkuStatus, Way

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sources (n INTEGER PRIMARY KEY, source TEXT NOT NULL);
CREATE TABLE skus (n INTEGER PRIMARY KEY, sku TEXT NOT NULL);
CREATE TABLE kinds (n INTEGER PRIMARY KEY, before TEXT NOT NULL, remove TEXT NOT NULL, adds TEXT NOT NULL,
    more TEXT NOT NULL);
CREATE TABLE changes (n INTEGER PRIMARY KEY, user_id TEXT NOT NULL, upn TEXT NOT NULL, kind INTEGER NOT NULL);
CREATE TABLE asks (n INTEGER PRIMARY KEY, remove TEXT NOT NULL, adds TEXT NOT NULL, disabled TEXT NOT NULL,
    more TEXT NOT NULL);
CREATE TABLE rows (n INTEGER PRIMARY KEY, source INTEGER NOT NULL, row INTEGER NOT NULL, user TEXT NOT NULL,
    name TEXT NOT NULL, ask INTEGER NOT NULL, bucket TEXT NOT NULL, code TEXT NOT NULL, change INTEGER NOT NULL);
CREATE TABLE problems (n INTEGER PRIMARY KEY, file TEXT NOT NULL, sheet TEXT NOT NULL, row INTEGER NOT NULL,
    col TEXT NOT NULL, code TEXT NOT NULL, text TEXT NOT NULL);
-- Changes that something blocks, with the number of their rows: to be shown.
CREATE TABLE would (n INTEGER PRIMARY KEY, before TEXT NOT NULL, remove TEXT NOT NULL, adds TEXT NOT NULL,
    more TEXT NOT NULL, rows INTEGER NOT NULL);
CREATE TABLE departments (change INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE found (change INTEGER PRIMARY KEY, finding TEXT NOT NULL, text TEXT NOT NULL);
"""

#: What a kind of change says besides what goes and comes, kept where it says something.
_LATER = ("location", "way", "join", "leave", "people", "seats")
_PLAIN = ChangeKind(Holding(), (), ())
_NO_MORE: Mapping[str, str] = {}
#: Rows in one INSERT.
_ROWS = 40


def save_plan(db: sqlite3.Connection, plan: Plan, requests: Requests, sources: Iterable[SourceFile]) -> None:
    """Write the plan, its rows and where they came from, inside the caller's transaction."""
    changes = plan.changes
    db.executemany("INSERT INTO sources VALUES (?,?)", ((n, json.dumps(asdict(s))) for n, s in enumerate(sources)))
    db.executemany("INSERT INTO skus VALUES (?,?)", ((n, json.dumps(asdict(s))) for n, s in enumerate(plan.skus)))
    db.executemany("INSERT INTO kinds VALUES (?,?,?,?,?)", (_kind_row(n, k) for n, k in enumerate(changes.kinds)))
    would = ((*_kind_row(n, kind), rows) for n, (kind, rows) in enumerate(plan.would))
    db.executemany("INSERT INTO would VALUES (?,?,?,?,?,?)", would)
    _insert(db, "changes", len(changes), (range(len(changes)), changes.user_id, changes.upn, changes.kind))
    db.executemany("INSERT INTO asks VALUES (?,?,?,?,?)", (_ask_row(n, a) for n, a in enumerate(requests.asks)))
    columns = (requests.table, requests.row, requests.user, _names(requests), requests.ask)
    bucket = map({b: str(b.value) for b in Bucket}.__getitem__, plan.bucket)
    count = len(plan.bucket)
    _insert(db, "rows", count, (range(count), *columns, bucket, plan.code, plan.change))
    problems = enumerate(chain(requests.problems, detailed(plan, requests)))
    db.executemany(
        "INSERT INTO problems VALUES (?,?,?,?,?,?,?)",
        ((n, p.place.file, p.place.sheet, p.place.row, p.place.column, p.code, p.text) for n, p in problems),
    )


def save_departments(db: sqlite3.Connection, departments: Sequence[str]) -> None:
    """Write the department of each change; where there is none, nothing."""
    known = [n for n, name in enumerate(departments) if name]
    _insert(db, "departments", len(known), (known, map(departments.__getitem__, known)))


def _insert(db: sqlite3.Connection, table: str, count: int, columns: Sequence[Iterable[object]]) -> None:
    """Insert ``count`` rows, given as columns: many in a statement, which takes two thirds of the time."""
    cells = chain.from_iterable(zip(*columns, strict=True))
    for many, times in ((_ROWS, count // _ROWS), (1, count % _ROWS)):
        width = many * len(columns)
        row = f"({','.join('?' * len(columns))})"
        # Only our own names and question marks are put into the text.
        statement = f"INSERT INTO {table} VALUES {','.join([row] * many)}"  # noqa: S608
        db.executemany(statement, (tuple(islice(cells, width)) for _ in range(times)))


def _names(requests: Requests) -> Iterator[str]:
    """The display name of every row, where its sheet has one. Both lists stand in the order of the input."""
    cells = [iter(zip(t.rows, t.cells.get(Field.DISPLAY_NAME, repeat("")), strict=False)) for t in requests.tables]
    heads = [next(c, (-1, "")) for c in cells]
    for table, row in zip(requests.table, requests.row, strict=True):
        at, name = heads[table]
        if at == row:
            heads[table] = next(cells[table], (-1, ""))
            yield name
        else:
            yield ""


def _kind_row(n: int, kind: ChangeKind) -> tuple[int, str, str, str, str]:
    before = [[a.sku_id, a.group, list(a.disabled), a.state] for a in kind.before.assignments]
    more = {name: value for name in _LATER if (value := getattr(kind, name)) != getattr(_PLAIN, name)}
    return n, json.dumps(before), json.dumps(kind.remove), json.dumps(kind.add), json.dumps(more)


def _ask_row(n: int, ask: Ask) -> tuple[int, str, str, str, str]:
    more = {} if ask.way is Way.DIRECT else {"way": ask.way, "to_group": ask.to_group}
    return n, json.dumps(ask.remove), json.dumps(ask.add), json.dumps(ask.disabled), json.dumps(more)


def load_changes(db: sqlite3.Connection) -> Changes:
    """The plan's changes in order, with their users' names and kinds."""
    users, upns, kinds = [], [], []
    for user, upn, kind in db.execute("SELECT user_id, upn, kind FROM changes ORDER BY n"):
        users.append(user)
        upns.append(upn)
        kinds.append(kind)
    # Folders of earlier versions have one column fewer.
    known = tuple(_kind(*row) for _, *row in db.execute("SELECT * FROM kinds ORDER BY n"))
    # Python would count from the end.
    if min(kinds, default=0) < 0:
        raise ValueError("a change is of no kind")
    return Changes(user_id=users, upn=upns, kind=kinds, kinds=known)


def load_would(db: sqlite3.Connection) -> tuple[tuple[ChangeKind, int], ...]:
    """The changes that something blocks, and how many rows ask for each."""
    # Folders of earlier versions have no such table.
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'would'").fetchone():
        return ()
    found = db.execute("SELECT before, remove, adds, more, rows FROM would ORDER BY n")
    return tuple((_kind(*kind), int(rows)) for *kind, rows in found)


def _kind(before: str, remove: str, adds: str, more: str = "{}") -> ChangeKind:
    holding = Holding(
        tuple(
            Assignment(sku_id=sku, group=group, disabled=tuple(disabled), state=state)
            for sku, group, disabled, state in json.loads(before)
        )
    )
    adding = tuple(Add(s, tuple(off)) for s, off in json.loads(adds))
    later = json.loads(more)
    return ChangeKind(
        holding,
        tuple(json.loads(remove)),
        adding,
        location=str(later.get("location", "")),
        way=Way(later.get("way", Way.DIRECT)),
        join=str(later.get("join", "")),
        leave=tuple(map(str, later.get("leave", ()))),
        people=int(later.get("people", 1)),
        seats=tuple((str(sku), int(count)) for sku, count in later.get("seats", ())),
    )


def load_skus(db: sqlite3.Connection) -> tuple[Sku, ...]:
    """The tenant's SKUs as they were when the plan was made."""
    return tuple(_sku(json.loads(text)) for (text,) in db.execute("SELECT sku FROM skus ORDER BY n"))


def _sku(value: dict[str, Any]) -> Sku:
    plans = tuple(ServicePlan(**plan) for plan in value.pop("plans"))
    return Sku(**{**value, "status": SkuStatus(value["status"])}, plans=plans)


def load_sources(db: sqlite3.Connection) -> tuple[SourceFile, ...]:
    """The sheets that went in."""
    values = (json.loads(text) for (text,) in db.execute("SELECT source FROM sources ORDER BY n"))
    return tuple(SourceFile(**{**value, "assumed": tuple(value["assumed"])}) for value in values)


def load_departments(db: sqlite3.Connection, changes: int) -> list[str]:
    """The department of each of so many changes, empty where there is none; nothing at all where none is known."""
    # Folders of earlier versions have no such table.
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'departments'").fetchone():
        return []
    found = [""] * changes
    for change, name in db.execute("SELECT change, name FROM departments"):
        found[change] = str(name)
    return found if any(found) else []


def load_asks(db: sqlite3.Connection) -> tuple[Ask, ...]:
    """What rows asked, by the numbers that rows refer to."""
    return tuple(_ask(*map(json.loads, row)) for _, *row in db.execute("SELECT * FROM asks ORDER BY n"))


def _ask(remove: list[str], add: list[str], disabled: list[str] | None, more: Mapping[str, str] = _NO_MORE) -> Ask:
    way = Way(more.get("way", Way.DIRECT))
    off = None if disabled is None else tuple(disabled)
    return Ask(tuple(remove), tuple(add), off, way, str(more.get("to_group", "")))


def load_rows(db: sqlite3.Connection) -> Iterator[tuple[int, int, str, str, int, str, str, int]]:
    """Every row in the order of the input: source, row number, user, name, ask, bucket, reason word, change."""
    yield from db.execute("SELECT source, row, user, name, ask, bucket, code, change FROM rows ORDER BY n")


def load_standing(db: sqlite3.Connection) -> Iterator[tuple[str, str, str, int]]:
    """The same rows, and of each only user, bucket, reason word and change: half the work."""
    yield from db.execute("SELECT user, bucket, code, change FROM rows ORDER BY n")


def count_idle(db: sqlite3.Connection) -> dict[tuple[str, str], int]:
    """How many rows without a change there are, by bucket and reason word."""
    found = db.execute("SELECT bucket, code, count(*) FROM rows WHERE change < 0 GROUP BY bucket, code")
    return {(bucket, code): count for bucket, code, count in found}


def load_moving(db: sqlite3.Connection) -> list[int]:
    """The change of every row that has one."""
    return [change for (change,) in db.execute("SELECT change FROM rows WHERE change >= 0")]


def load_outcomes(db: sqlite3.Connection) -> tuple[list[Bucket], list[str]]:
    """Bucket and reason word of every row: what the plan's id is also made of."""
    found = db.execute("SELECT bucket, code FROM rows ORDER BY n").fetchall()
    return [Bucket(b) for b, _ in found], [c for _, c in found]


def load_problems(db: sqlite3.Connection) -> tuple[Problem, ...]:
    """Every problem with its place and sentence."""
    found = db.execute("SELECT file, sheet, row, col, code, text FROM problems ORDER BY n")
    return tuple(
        Problem(place=Place(file=file, sheet=sheet, row=row, column=column), code=code, text=text)
        for file, sheet, row, column, code, text in found
    )
