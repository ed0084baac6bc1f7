"""The people of a practice tenant: what they hold as interned numbers, and all of them as columns."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from itertools import compress, islice
from typing import Any

from batch.core.terms import Assignment, Holding, People

#: Ids in one ``IN (…)`` list; SQLite's own bound is higher.
_CHUNK = 500
#: Kinds of holding kept in memory; beyond this they are read again.
_KEPT = 50_000

#: Users in one block of columns.
_BLOCK = 20_000

_COLUMNS = "SELECT id, upn, name, location, holding FROM users"
#: A column as one JSON text is read in half the time that its cells take one by one.
_BLOCKS = (
    "SELECT json_group_array(id), json_group_array(upn), json_group_array(name), json_group_array(location), "
    "json_group_array(holding) FROM users WHERE n >= ? AND n < ?"
)
#: One sequence for id, upn, name, location and holding, all of one length.
_Columns = Sequence[Sequence[Any]]


def encode(holding: Holding) -> str:
    """The one canonical text of a holding."""
    rows = [[a.sku_id, a.group, a.disabled, a.state] for a in holding.assignments]
    return json.dumps(rows, separators=(",", ":"))


def decode(text: str) -> Holding:
    """The holding behind its canonical text."""
    return Holding.of(
        Assignment(sku_id=sku_id, group=group, disabled=tuple(disabled), state=state)
        for sku_id, group, disabled, state in json.loads(text)
    )


class Holdings:
    """Number ↔ holding, each kind parsed once."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._kept: dict[int, Holding] = {}

    def of(self, number: int) -> Holding:
        """The holding with this number."""
        found = self._kept.get(number)
        if found is None:
            (text,) = self._db.execute("SELECT value FROM holdings WHERE number = ?", (number,)).fetchone()
            found = self._keep(number, decode(text))
        return found

    def number(self, holding: Holding) -> int:
        """The number of this holding, given out now (inside the open transaction) if it has none."""
        text = encode(holding)
        row = self._db.execute("SELECT number FROM holdings WHERE value = ?", (text,)).fetchone()
        if row is None:
            row = self._db.execute("INSERT INTO holdings (value) VALUES (?) RETURNING number", (text,)).fetchone()
        return int(row[0])

    def all(self) -> dict[int, Holding]:
        """Every kind of holding there is."""
        rows = self._db.execute("SELECT number, value FROM holdings ORDER BY number").fetchall()
        return {number: self._kept.get(number) or self._keep(number, decode(text)) for number, text in rows}

    def forget(self) -> None:
        """Drop what is kept in memory: a transaction was undone, and its numbers with it."""
        self._kept.clear()

    def _keep(self, number: int, holding: Holding) -> Holding:
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        self._kept[number] = holding
        return holding


def read_people(
    db: sqlite3.Connection, holdings: Holdings, upns: Collection[str] | None, shown: Mapping[str, int]
) -> People:
    """Users as columns: those with these UPNs, or all. ``shown`` gives some ids an older holding's number."""
    ids: list[str] = []
    upns_found: list[str] = []
    names: list[str] = []
    locations: list[str] = []
    numbers: list[int] = []
    for found in _chunks(db, upns):
        ids += found[0]
        upns_found += found[1]
        names += found[2]
        # A million people share a few locations.
        locations += map(sys.intern, found[3])
        numbers += found[4]
    if shown:
        numbers = [shown.get(user_id, number) for user_id, number in zip(ids, numbers, strict=True)]
    kinds = sorted(set(numbers))
    place = {number: index for index, number in enumerate(kinds)}
    known = holdings.all()
    return People(
        ids,
        upns_found,
        names,
        locations,
        [place[number] for number in numbers],
        tuple(known[number] for number in kinds),
    )


def _chunks(db: sqlite3.Connection, upns: Collection[str] | None) -> Iterator[_Columns]:
    """The users a few at a time: a million tuples at once would keep the collector busy for seconds."""
    if upns is None:
        yield from _everybody(db)
        return
    wanted = upns if isinstance(upns, Set) else set(upns)
    (last,) = db.execute("SELECT coalesce(max(n), 0) FROM users").fetchone()
    if len(wanted) * 5 > last:
        # One pass over everybody beats a fifth as many look-ups.
        for columns in _everybody(db):
            keep = [upn in wanted for upn in columns[1]]
            yield [list(compress(column, keep)) for column in columns]
        return
    todo = iter(wanted)
    while chunk := list(islice(todo, _CHUNK)):
        marks = ",".join("?" * len(chunk))
        if found := db.execute(f"{_COLUMNS} WHERE upn IN ({marks})", chunk).fetchall():
            yield list(zip(*found, strict=True))


def _everybody(db: sqlite3.Connection) -> Iterator[_Columns]:
    start = 0
    while (first := db.execute("SELECT min(n) FROM users WHERE n >= ?", (start,)).fetchone()[0]) is not None:
        start = first + _BLOCK
        yield [json.loads(column) for column in db.execute(_BLOCKS, (first, start)).fetchone()]
