"""Rough days with the journal of a real run: what a new process reads from the disk is all that it knows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from batch.core.entries import Entry
from batch.runs.journal import SCHEMA, SqliteJournal
from tests.engine.memory_journal import MemoryJournal
from tests.engine.rough import rough_day, survive


class SealedJournal(MemoryJournal):
    """Keeps in SQLite what the one in memory keeps, and is read from there by each new process."""

    def __init__(self, db: sqlite3.Connection) -> None:
        super().__init__()
        self._db = db
        self._sealed = SqliteJournal(db)

    def entries(self) -> Iterator[Entry]:
        found = list(self._sealed.entries())
        assert found == self.durable
        yield from found

    def revive(self, crash_at: int = 0, *, after: bool = False) -> None:
        super().revive(crash_at, after=after)
        self._sealed = SqliteJournal(self._db)

    def _keep(self, entries: Sequence[Entry]) -> None:
        self._sealed.append(entries)
        super()._keep(entries)


def test_rough_days_with_a_sealed_journal(tmp_path: Path) -> None:
    for seed in range(200, 215):
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
            db.executescript(SCHEMA)
            journal = SealedJournal(db)
            survive(rough_day(seed), tmp_path / f"{seed}.db", journal=journal)
            assert list(SqliteJournal(db).entries()) == journal.durable
