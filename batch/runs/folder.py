"""The run folder: one plan, what became of it, and the reports. run.db can be looked at with any SQLite tool."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from batch.core.errors import JournalDamaged, ReassignError, RunLocked, UsageError
from batch.runs import journal, store

DATABASE = "run.db"
LOCK = "run.lock"
#: Copies of the sheets, so that rejects can be written in their own columns whatever happens to the originals.
SHEETS = "sheets"


@contextlib.contextmanager
def staged(target: Path) -> Iterator[Path]:
    """A new folder beside ``target`` that becomes ``target`` when the block ends well, and nothing otherwise.

    Raises ``UsageError`` when the target exists and is not an empty folder, ``ReassignError`` when it can't be written.
    """
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise UsageError(f"{target} already exists.", "Name another folder with --out, or remove this one.")
        made = [parent for parent in target.parents if not parent.exists()]
        target.parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise _unwritable(target, error) from error
    try:
        yield stage
        if target.exists():
            target.rmdir()
        stage.chmod(0o750)
        stage.rename(target)
    except (OSError, sqlite3.OperationalError) as error:
        raise _unwritable(target, error) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        with contextlib.suppress(OSError):  # a folder that is not empty stays
            for parent in made:
                parent.rmdir()


def _unwritable(target: Path, error: Exception) -> ReassignError:
    why = getattr(error, "strerror", None) or error
    return ReassignError(
        f"The run folder {target} could not be written: {why}.", "Free disk space or choose another folder with --out."
    )


def create_database(folder: Path) -> sqlite3.Connection:
    """An empty run.db, tuned for writing a whole plan once; ``finish_database`` makes it durable."""
    db = sqlite3.connect(folder / DATABASE, isolation_level=None)
    db.execute("PRAGMA journal_mode=OFF")
    db.execute("PRAGMA synchronous=OFF")
    db.executescript(store.SCHEMA + journal.SCHEMA)
    db.execute("BEGIN")
    return db


def finish_database(folder: Path, db: sqlite3.Connection) -> None:
    """Commit what was written and see it through to the disk."""
    db.execute("COMMIT")
    db.close()
    with (folder / DATABASE).open("rb+") as file:
        os.fsync(file.fileno())


class RunFolder:
    """An existing run folder with its database open. Use as a context manager."""

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        self.path = path
        self.db = db

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """Open a run folder; ``UsageError`` when it is none, ``JournalDamaged`` when its database cannot be read."""
        if not (path / DATABASE).is_file():
            raise UsageError(f"{path} is not a run folder (it has no {DATABASE}).", "See the runs: reassign show")
        db = None
        try:
            db = sqlite3.connect(path / DATABASE, isolation_level=None, timeout=10)
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            if dict(db.execute("SELECT key, value FROM meta WHERE key = 'schema'")).get("schema") != "1":
                raise JournalDamaged(
                    f"{path / DATABASE} is no run that this version knows.", "Use the version it is from."
                )
        # ValueError: what SQLite says of a broken file may hold bytes of it that are no text.
        except (sqlite3.DatabaseError, ValueError) as error:
            _close(db)
            raise _explained(path, error) from error
        except JournalDamaged:
            _close(db)
            raise
        return cls(path, db)

    def __enter__(self) -> RunFolder:
        return self

    def __exit__(self, *_: object) -> None:
        self.db.close()

    def journal(self) -> journal.SqliteJournal:
        """The journal of this run."""
        return journal.SqliteJournal(self.db)

    def meta(self) -> dict[str, Any]:
        """Everything noted about the run, by name."""
        with readable(self.path):
            return {k: json.loads(v) for k, v in self.db.execute("SELECT key, value FROM meta")}

    def note(self, values: Mapping[str, Any]) -> None:
        """Note facts about the run, replacing earlier ones of the same names."""
        write_meta(self.db, values)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run's lock; ``RunLocked`` when another process has it. A killed process lets go of it."""
        lock = FileLock(self.path / LOCK, timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise RunLocked(
                f"Another process is carrying {self.path} out.",
                "Wait until it is done; `reassign show` tells how far it is.",
            ) from None
        except OSError as error:
            raise _unwritable(self.path, error) from error
        try:
            yield
        finally:
            lock.release()


@contextlib.contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn what SQLite says about a broken file into ``JournalDamaged``, and what it says about the disk into that."""
    try:
        yield
    except (sqlite3.DatabaseError, ValueError, LookupError, TypeError) as error:
        raise _explained(path, error) from error


def peek(path: Path) -> dict[str, Any]:
    """What is noted about the run in this folder, which may be anybody's: it is only read.

    Raises ``sqlite3.Error``, ``OSError`` or ``ValueError`` when there is nothing to be had.
    """
    db = sqlite3.connect(f"{(path / DATABASE).resolve().as_uri()}?mode=ro", uri=True, timeout=1)
    try:
        return {key: json.loads(value) for key, value in db.execute("SELECT key, value FROM meta")}
    finally:
        db.close()


def write_meta(db: sqlite3.Connection, values: Mapping[str, Any]) -> None:
    """Note facts in a run's database."""
    db.executemany(
        "INSERT INTO meta VALUES (?,?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        [(key, json.dumps(value)) for key, value in values.items()],
    )


def _explained(path: Path, error: Exception) -> ReassignError:
    """Whether it is the disk, somebody else, or damage: only the last means that the folder cannot be trusted."""
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case (
            sqlite3.SQLITE_FULL
            | sqlite3.SQLITE_IOERR
            | sqlite3.SQLITE_CANTOPEN
            | sqlite3.SQLITE_READONLY
            | sqlite3.SQLITE_PERM
        ):
            return _unwritable(path, error)
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return RunLocked(f"Another program has the database of {path} open.", "Close it there, then try again.")
    return JournalDamaged(
        f"The database of {path} is damaged: {error}.", "Keep the folder as it is; plan again from a fresh export."
    )


def _close(db: sqlite3.Connection | None) -> None:
    if db is not None:
        db.close()
