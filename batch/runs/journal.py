"""The journal in the run's SQLite database: append-only, durable, sealed.

Every append is one transaction (WAL, ``synchronous=FULL``) with a seal: a digest over the seal before and the new
rows. A torn, missing or edited row breaks the chain and is found before anything is sent. Entries that say the same
of several changes (a group sent, a group answered well) are one row, so a group of 20 costs two rows, not forty.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from batch.core.entries import Entry, EntryKind
from batch.core.errors import JournalDamaged, ReassignError

SCHEMA = """
-- changes: positions in the plan, "7" or "0-19" or "3,5,9"; empty for facts of the run.
CREATE TABLE entries (seq INTEGER PRIMARY KEY, kind INTEGER NOT NULL, changes TEXT NOT NULL, at REAL NOT NULL,
    grp INTEGER NOT NULL, status INTEGER NOT NULL, code TEXT NOT NULL, text TEXT NOT NULL, wait REAL NOT NULL);
CREATE TABLE seals (last INTEGER PRIMARY KEY, digest BLOB NOT NULL);
"""
#: Rows of one append and changes of one row, far beyond any; more of them is damage.
_LONGEST_BLOCK = 1_000_000
_INSERT = "INSERT INTO entries VALUES (?,?,?,?,?,?,?,?,?)"
#: What an entry says, leaving out of which change.
_FACT = itemgetter(0, 2, 3, 4, 5, 6, 7)
_GENESIS = b"license-reassign journal 1"
_KEEP = "Keep the run folder as it is for whoever looks into it; plan again from a fresh export to carry on."


class SqliteJournal:
    """A ``Journal`` on an open connection; one writer at a time (the run's lock sees to it)."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._last = 0
        self._seal = _GENESIS
        self._read = False

    def entries(self) -> Iterator[Entry]:
        """Every entry, oldest first, checked against the seals on the way."""
        try:
            yield from self._checked()
        except (sqlite3.Error, ValueError) as error:  # ValueError: names and text that are no text any more
            raise JournalDamaged(f"The journal cannot be read: {error}.", _KEEP) from error
        self._read = True

    def _checked(self) -> Iterator[Entry]:
        self._last, self._seal = 0, _GENESIS
        rows = self._db.cursor().execute("SELECT * FROM entries ORDER BY seq")
        for last, digest in self._db.execute("SELECT last, digest FROM seals ORDER BY last"):
            size = last - self._last if isinstance(last, int) else 0
            block = rows.fetchmany(size) if 0 < size <= _LONGEST_BLOCK else []
            self._seal = _digest(self._seal, block)
            if not block or len(block) != size or block[-1][0] != last or self._seal != digest:
                raise JournalDamaged(f"The journal is damaged after entry {self._last}.", _KEEP)
            for _, kind, changes, at, group, status, code, text, wait in block:
                for change in _unpacked(changes):
                    yield Entry(EntryKind(kind), change, at, group, status, code, text, wait)
            self._last = last
        if rows.fetchone() is not None:
            raise JournalDamaged(f"The journal has entries without a seal after entry {self._last}.", _KEEP)

    def tip(self) -> tuple[int, str]:
        """How many rows the journal has, and its newest seal, which stands for all of them."""
        if not self._read:
            for _ in self.entries():
                pass
        return self._last, self._seal.hex()

    def holds(self, rows: int, seal: str) -> bool:
        """Whether the journal had this seal when it had so many rows; it may have grown since."""
        if not rows:
            return seal == _GENESIS.hex()
        found = self._db.execute("SELECT digest FROM seals WHERE last = ?", (rows,)).fetchone()
        return found is not None and bytes(found[0]).hex() == seal

    def append(self, entries: Sequence[Entry]) -> None:
        """Write the entries in one durable transaction; raises ``ReassignError`` when the disk does not take them."""
        if not self._read:
            for _ in self.entries():
                pass
        rows = _rows(entries, self._last + 1)
        seal = _digest(self._seal, rows)
        db = self._db
        try:
            db.execute("BEGIN IMMEDIATE")
            db.executemany(_INSERT, rows)
            db.execute("INSERT INTO seals VALUES (?,?)", (rows[-1][0], seal))
            db.execute("COMMIT")
        except BaseException as error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            if not isinstance(error, sqlite3.Error):
                raise
            raise ReassignError(
                f"The journal could not be written ({error}); nothing more was sent.",
                "Free disk space or mend the folder's rights, then carry on: reassign apply RUN.",
            ) from error
        self._last, self._seal = self._last + len(rows), seal


def _rows(entries: Sequence[Entry], first: int) -> list[tuple[object, ...]]:
    """The entries as rows numbered from ``first``; neighbours that differ only in the change share one."""
    rows: list[tuple[object, ...]] = []
    for (kind, at, group, status, code, text, wait), same in groupby(entries, _FACT):
        changes = _packed([entry[1] for entry in same])
        # Plus 0.0, since SQLite gives a whole number and minus zero back as plain floats: the seal must not mind.
        # A word of an enum is not written out as the text that comes back.
        rows.append((first + len(rows), int(kind), changes, at + 0.0, group, int(status), str(code), text, wait + 0.0))
    return rows


def _packed(changes: list[int]) -> str:
    if changes[0] < 0:
        return ",".join([""] * len(changes))
    if len(changes) > 1 and changes == list(range(changes[0], changes[0] + len(changes))):
        return f"{changes[0]}-{changes[-1]}"
    return ",".join(map(str, changes))


def _unpacked(text: str) -> Iterable[int]:
    first, dash, last = text.partition("-")
    if dash:
        return range(int(first), min(int(last), int(first) + _LONGEST_BLOCK) + 1)
    return [int(part) if part else -1 for part in text.split(",")]


def _digest(before: bytes, rows: Sequence[tuple[object, ...]]) -> bytes:
    return hashlib.blake2b(before + repr(rows).encode(), digest_size=16).digest()
