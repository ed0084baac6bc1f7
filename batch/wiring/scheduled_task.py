"""What is started every night, worked out from the jobs: the command, when, and the folders that it needs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

from batch.core.errors import UsageError
from batch.core.window import parse_clock, parse_window
from batch.runs.jobfile import Job
from batch.schedules.task import Start, Task
from batch.wiring.jobs import find_job
from batch.wiring.timing import zone_of

NAME = "license-reassign-nightly"

#: Nights begin in the evening: what opens after noon comes before what opens after midnight.
_NOON = 12
_DEFAULT = time(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the command line asks for; empty or None where it leaves something open."""

    #: ``systemd``, ``cron``, ``windows`` or ``kubernetes``; empty for what this machine has.
    kind: str = ""
    name: str = NAME
    #: Jobs by name; all that are for the nights where there is none.
    only: tuple[str, ...] = ()
    jobs: Path = Path("jobs")
    nights: Path = Path("nights")
    #: Times of day, and the time zone that they are meant in.
    at: tuple[str, ...] = ()
    timezone: str = ""
    user: str = ""
    to: Path | None = None
    image: str = ""
    metrics: Path | None = None


def task_of(wanted: Wanted, jobs: Sequence[Job], to: Path, now: datetime) -> Task:
    """The task of these jobs, for files in ``to``. ``UsageError`` for a time, a zone or a name that cannot be meant."""
    starts = _starts(wanted, jobs)
    nights, folder = os.path.abspath(wanted.nights), os.path.abspath(wanted.jobs)
    metrics = [os.path.abspath(wanted.metrics)] if wanted.metrics else []
    command = (*_program(), "nightly", "--jobs", folder, "--nights", nights)
    only = ("--", *(find_job(name, wanted.jobs).stem for name in wanted.only)) if wanted.only else ()
    writes = [nights, *map(os.path.dirname, metrics), *(path for job in jobs for path in _written(job))]
    return Task(
        name=wanted.name,
        command=(*command, *(word for path in metrics for word in ("--metrics", path)), "--quiet", *only),
        only=only[1:],
        program=_program_places(),
        folder=os.getcwd(),
        starts=starts,
        zones={start.zone: zone_of(start.zone) for start in starts},
        user=wanted.user,
        jobs=folder,
        nights=nights,
        to=str(to),
        writes=_outermost(writes),
        reads=tuple(dict.fromkeys([folder, *(path for job in jobs for path in _read(job))])),
        environment={"REASSIGN_DATA": os.environ.get("REASSIGN_DATA") or os.path.join(nights, "data")},
        image=wanted.image,
        now=now,
    )


def _program() -> list[str]:
    """The program as this machine starts it: the script beside this Python, else the module."""
    script = Path(sys.executable).with_name("reassign.exe" if sys.platform == "win32" else "reassign")
    return [str(script)] if script.exists() else [os.path.abspath(sys.executable), "-m", "batch"]


def _program_places() -> tuple[str, ...]:
    """Where the program lies, its Python among it, which may be in quite another place than its environment."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return tuple(dict.fromkeys((os.path.abspath(sys.executable), sys.prefix, sys.base_prefix, package)))


def _starts(wanted: Wanted, jobs: Sequence[Job]) -> tuple[Start, ...]:
    """The times that were given; else when the windows of the jobs open; else two in the night."""
    if wanted.timezone:
        zone_of(wanted.timezone)
    zones = list(dict.fromkeys(job.timezone for job in jobs if job.timezone))
    zone = wanted.timezone or (zones[0] if len(zones) == 1 else "")
    if wanted.at:
        return tuple(dict.fromkeys(Start(_clock(text), zone) for text in wanted.at))
    opening = {Start(parse_window(job.window).opens, job.timezone or wanted.timezone) for job in jobs if job.window}
    return tuple(sorted(opening, key=_in_the_night)) or (Start(_DEFAULT, zone),)


def _in_the_night(start: Start) -> tuple[int, int, str]:
    return (start.at.hour - _NOON) % 24, start.at.minute, start.zone


def _clock(text: str) -> time:
    clock = parse_clock(text)
    if clock is None:
        raise UsageError(f"--at: “{text.strip()}” is not a time of day.", "Write it like 02:00.")
    return clock


def _written(job: Job) -> Iterator[str]:
    """The folders that a job writes to besides that of the nights."""
    if job.nightly and job.nightly.inbox:
        yield os.path.abspath(job.nightly.inbox)
    if job.nightly and job.nightly.reports:
        yield os.path.abspath(job.nightly.reports)
    kind, _, file = job.tenant.partition(":")
    if kind == "practice" and file:
        # SQLite has files of its own beside it.
        yield os.path.dirname(os.path.abspath(file))


def _read(job: Job) -> Iterator[str]:
    """The folders that a job reads sheets from."""
    for path in (*job.users, *job.licenses, *job.protect):
        yield os.path.dirname(os.path.abspath(path))
    kind, _, file = job.tenant.partition(":")
    if kind == "copy" and file:
        yield os.path.dirname(os.path.abspath(file))


def _outermost(paths: list[str]) -> tuple[str, ...]:
    """The folders without those that lie in another of them, the first one first; it stays in any case."""
    first, *rest = dict.fromkeys(paths)
    kept = [path for path in rest if not any(Path(path).is_relative_to(p) for p in rest if p != path)]
    return (first, *(path for path in kept if not Path(path).is_relative_to(first)))
