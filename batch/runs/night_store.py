"""nights.db: the book of nights on disk. One SQLite file, one row an event, never changed once it is written."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from batch.core.errors import JournalDamaged, ReassignError, RunLocked
from batch.core.night_book import NightBook
from batch.core.night_events import Event, EventKind
from batch.core.night_story import nights_told
from batch.core.nights import Night

DATABASE = "nights.db"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS event (
    number INTEGER PRIMARY KEY, at REAL NOT NULL, night TEXT NOT NULL, kind TEXT NOT NULL,
    job TEXT NOT NULL, about TEXT NOT NULL, data TEXT NOT NULL
) STRICT;
"""
_READ = "SELECT number, at, night, kind, job, about, data FROM event WHERE number > ? ORDER BY number"


class NightStore:
    """The book with its file open. Use as a context manager; several processes may have it open."""

    def __init__(self, folder: Path, db: sqlite3.Connection) -> None:
        self.folder = folder
        self.book = NightBook()
        self._db = db
        self._last = 0

    @classmethod
    def open(cls, folder: Path) -> NightStore:
        """The book in this folder, made where there is none. ``ReassignError`` where it cannot be written or read."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(folder, error) from error
        store = cls(folder, _connected(folder, f"file:{_uri(folder)}"))
        try:
            store._do("PRAGMA synchronous=FULL")
            store._do(_SCHEMA.strip().rstrip(";"))
            store.refresh()
        except BaseException:
            store._db.close()
            raise
        return store

    def __enter__(self) -> NightStore:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def append(self, *events: Event) -> None:
        """Write these events, all or none; they survive a power cut once this returns, and are in the book."""
        rows = [(e.at, e.night, e.kind.value, e.job, e.about, json.dumps(e.data)) for e in events]
        with _explained(self.folder):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.executemany("INSERT INTO event (at, night, kind, job, about, data) VALUES (?,?,?,?,?,?)", rows)
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        self.refresh()

    def refresh(self) -> None:
        """Take in what this or another process has added."""
        with _explained(self.folder):
            for number, event in _events(self._db, self._last):
                self.book.record(event)
                self._last = number

    def _do(self, statement: str) -> None:
        with _explained(self.folder):
            self._db.execute(statement)


def book_of(folder: Path) -> NightBook:
    """The book in this folder, which is only read; an empty one where there is none yet."""
    if not (folder / DATABASE).is_file():
        return NightBook()
    try:
        return _read(folder, "ro")
    except ReassignError as error:
        if getattr(error.__cause__, "sqlite_errorcode", 0) != sqlite3.SQLITE_READONLY_ROLLBACK:
            raise
    # A night was killed while it wrote: SQLite has to undo what is half there before anybody can read.
    return _read(folder, "rw")


def _read(folder: Path, mode: str) -> NightBook:
    db = _connected(folder, f"file:{_uri(folder)}?mode={mode}")
    try:
        with _explained(folder):
            return NightBook(event for _, event in _events(db, 0))
    finally:
        db.close()


def nights_of(folder: Path, *, newest: int | None = None) -> list[Night]:
    """The nights in this folder, the newest first; ``newest``: only so many. None where there is no book."""
    return nights_told(book_of(folder), newest)


def _events(db: sqlite3.Connection, after: int) -> Iterator[tuple[int, Event]]:
    rows = db.execute(_READ, (after,))
    for number, at, night, kind, job, about, data in rows.fetchall():
        yield number, Event(kind=EventKind(kind), at=at, night=night, job=job, about=about, data=json.loads(data))


def _uri(folder: Path) -> str:
    return (folder / DATABASE).resolve().as_uri().removeprefix("file:")


def _connected(folder: Path, uri: str) -> sqlite3.Connection:
    try:
        return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=30)
    except sqlite3.Error as error:
        raise _unwritable(folder, error) from error


@contextlib.contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """Turn what SQLite says into sentences."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            what = f"Another program has {folder / DATABASE} open."
            raise RunLocked(what, "Close it there, then try again.") from error
        raise _unwritable(folder, error) from error
    except (sqlite3.DatabaseError, ValueError, LookupError, TypeError) as error:
        raise JournalDamaged(
            f"The book of nights {folder / DATABASE} is damaged: {error}.",
            "Keep the folder as it is, and begin with another one: --nights DIR. The runs in it can be carried on "
            "with reassign apply.",
        ) from error


def _unwritable(folder: Path, error: Exception) -> ReassignError:
    why = getattr(error, "strerror", None) or error
    return ReassignError(
        f"The folder of the nights {folder} cannot be used: {why}.",
        "Free disk space, give the account its rights, or name another folder: --nights DIR.",
    )
