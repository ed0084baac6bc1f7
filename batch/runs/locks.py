"""One lock for each thing that only one process may be at: the system's own, with a note beside it of who holds it.

The lock ends with its process, however that ends; only the note is left behind then, and tells of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import re
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

from batch.core.errors import ReassignError, RunLocked
from batch.core.harmless import one_line

#: Characters of each text in a note, and bytes of a note, that are read: anybody may have written it.
_LONGEST, _MOST = 200, 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a lock, or held it when its process was killed."""

    host: str
    pid: int
    #: UTC seconds since 1970.
    since: float
    #: What it is about: the job, the night.
    about: str

    def __str__(self) -> str:
        since = datetime.fromtimestamp(self.since, UTC).strftime("%Y-%m-%d %H:%M UTC")
        return f"process {self.pid} on {self.host}, since {since}" + (f" ({self.about})" if self.about else "")


@contextlib.contextmanager
def held(folder: Path, name: str, about: str, now: float) -> Iterator[Holder | None]:
    """Hold the lock of this name while the block runs; the folder is made when it is missing.

    Yields whose note was left behind: that process was killed (a stale lock, to be told), else None. ``about`` and
    ``now`` (UTC seconds since 1970) stand in our own note. Raises ``RunLocked`` that says who holds it, and
    ``ReassignError`` where the file system takes no locks.
    """
    stem = _stem(name)
    note = folder / f"{stem}.json"
    lock = _acquired(folder, stem, note, name)
    try:
        left = _read(note)
        _write(note, Holder(host=platform.node(), pid=os.getpid(), since=now, about=one_line(about)))
        yield left
    finally:
        # Before the lock is let go of: the next one's note would be removed otherwise. The lock's file stays, since
        # two processes would hold two files of one name if it did not.
        _remove(note)
        lock.release()


def _acquired(folder: Path, stem: str, note: Path, name: str) -> BaseFileLock:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings(action="ignore"):  # said below, in a sentence
            lock = _lock(folder / f"{stem}.lock")
            lock.acquire()
    except Timeout:
        raise RunLocked(
            f"“{one_line(name)}” is being worked on: {_whose(note)}.",
            "Wait until that is done; a process that hangs has to be ended by a person. Nothing was changed.",
        ) from None
    except (OSError, NotImplementedError) as error:
        raise _no_lock(folder, error) from error
    if isinstance(lock, SoftFileLock):
        # A file that stands for a lock outlives a killed process.
        lock.release()
        raise _no_lock(folder, "its file system has no locks")
    return lock


def _lock(path: Path) -> BaseFileLock:
    """The system's lock; where it has none, filelock makes a file that stands for one, at once or on acquiring."""
    return FileLock(path, timeout=0)


def _no_lock(folder: Path, why: object) -> ReassignError:
    why = getattr(why, "strerror", None) or str(why) or "its file system has no locks"
    return ReassignError(
        f"Nothing in {folder} can be locked: {one_line(why)}.",
        "Keep the folder of the nights on a disk of this machine that has room and that the account may write to.",
    )


def _whose(note: Path) -> str:
    holder = _read(note)
    if holder is None:
        return "another process has it, and left no note of who it is"
    if holder.host == platform.node() and not _lives(holder.pid):
        return f"another process has it; the note beside it names {holder}, which is no longer there"
    return str(holder)


def _lives(pid: int) -> bool:
    """Whether a process of this number is there; True where asking could end it."""
    if os.name == "nt":
        return True  # os.kill(pid, 0) is Ctrl+C there
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # somebody else's
    return True


def _stem(name: str) -> str:
    """A file name for any text, and no other text's: what can be read of it, and a digest."""
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return "-".join([*re.findall(r"[a-z0-9]+", name.casefold()[:40]), digest])


def _read(note: Path) -> Holder | None:
    """The note, when there is one that makes sense."""
    try:
        with note.open("rb") as file:
            value = json.loads(file.read(_MOST))
        host, pid, since, about = value["host"], value["pid"], value["since"], value["about"]
        holder = Holder(
            host=one_line(str(host))[:_LONGEST] or "?",
            pid=int(pid),
            since=float(since),
            about=one_line(str(about))[:_LONGEST],
        )
        str(holder)  # a time that no calendar has
    except (OSError, ValueError, LookupError, TypeError, OverflowError, RecursionError):
        return None
    return holder if 0 < holder.pid < 2**31 else None


def _write(note: Path, holder: Holder) -> None:
    """The note, whole or not at all. It is for people: on a disk that is full the lock holds without one."""
    part = note.with_name(f".{note.name}.part")
    try:
        part.write_text(json.dumps(asdict(holder)), encoding="utf-8")
        os.replace(part, note)
    except OSError:
        _remove(part)
        _remove(note)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
