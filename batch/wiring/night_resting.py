"""For one process that stays: whether another pass of the nights could find anything else than the one before.

Each pass leaves a few lines in the book. One that would find everything just as it was, every few minutes and for
weeks (a plan waits for its second person; the window is closed), would make the book long and slow to read.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from batch.core.errors import ReassignError
from batch.core.night_dates import night_of
from batch.core.nights import Night, Standing
from batch.core.window import parse_window
from batch.runs.folder import DATABASE
from batch.runs.globs import named_files
from batch.runs.inbox import Inbox
from batch.runs.jobfile import Job
from batch.runs.night_store import DATABASE as BOOK
from batch.wiring.night_parts import Declared
from batch.wiring.timing import zone_of

#: Over, or waiting for what can be seen here: a date, the hours, a person.
_QUIET = frozenset(
    {
        Standing.DONE,
        Standing.PART,
        Standing.DIFFERS,
        Standing.GIVEN_UP,
        Standing.WAITS,
        Standing.GOES_ON,
        Standing.APPROVAL,
        Standing.HELD,
    }
)


def outlook(night: Night, jobs: Sequence[Declared], folder: Path, now: float) -> tuple[object, ...] | None:
    """What a pass after this night would go by; two that are alike have nothing to do between them.

    None when a pass may have something to do at any time: a tenant or a server that was not there may be back, a file
    may be whole by now. ``now`` in UTC seconds since 1970.
    """
    known = {declared.key: declared for declared in jobs}
    wrong = [job for job in night.jobs if job.error and (job.job not in known or known[job.job].job)]
    unsent = any(told.state == "due" for told in night.told)
    if wrong or unsent or any(run.standing not in _QUIET for job in night.jobs for run in job.runs):
        return None
    try:
        found = [_of_job(declared, now) for declared in jobs]
    except (ReassignError, OSError):
        return None
    if None in found:
        return None
    # A word by a second person, a run that was carried on or removed by hand; a file that was let through.
    runs = [_stamp(Path(run.path) / f"{DATABASE}{end}") for j in night.jobs for run in j.runs for end in ("", "-wal")]
    book = [_stamp(folder / f"{BOOK}{end}") for end in ("", "-journal")]
    return (night_of(now, zone_of("")), *found, *runs, *book)


def _of_job(declared: Declared, now: float) -> tuple[object, ...] | None:
    """What a pass would go by for one job; None when it has something to look at."""
    job = declared.job
    if job is None or job.nightly is None:
        return declared.key, declared.digest
    if job.nightly.inbox is not None and Inbox(job.nightly.inbox).listed(job.nightly.files):
        return None
    sheets = () if job.nightly.inbox else named_files(job.users, newest=bool(job.newest))
    zone = zone_of(job.timezone)
    return declared.key, declared.digest, night_of(now, zone), _is_open(job, now), *map(_stamp, sheets)


def _is_open(job: Job, now: float) -> bool:
    here = datetime.fromtimestamp(now, UTC).astimezone(zone_of(job.timezone))
    return not job.window or parse_window(job.window).contains(here)


def _stamp(path: Path) -> tuple[str, int, int]:
    """A file as it is: its size and when it was written; of one that is not there, -1."""
    try:
        found = os.stat(path)
    except OSError:
        return str(path), -1, -1
    return str(path), found.st_size, found.st_mtime_ns
