"""What every step of a night has at hand: the folder and its book, the clock, who looks on, who may stop it."""

from __future__ import annotations

import hashlib
import platform
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from batch.core.errors import ReassignError
from batch.core.night_book import NightBook
from batch.core.night_events import Event, EventKind
from batch.runs.jobfile import Job
from batch.runs.night_store import NightStore
from batch.runs.nightjob import NightJob
from batch.wiring.parts import NightClock, StopSignal
from batch.wiring.running import Onlooker

#: Where jobs and nights are, unless said otherwise.
JOBS, NIGHTS = Path("jobs"), Path("nights")
#: Below the folder of the nights.
RUNS, COPIES, LOCKS, PAGE = "runs", "sheets", "locks", "report.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A job file as it was found: the job, or what is wrong with the file."""

    #: The file's name without its ending.
    key: str
    path: Path
    job: Job | None
    error: ReassignError | None = None
    #: SHA-256 of the file; empty where it cannot be read.
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nights:
    """One pass of one night."""

    store: NightStore
    #: The night's date, ISO.
    date: str
    clock: NightClock
    stop: StopSignal
    onlooker: Onlooker
    env: Mapping[str, str]
    #: What every job of this pass declares.
    jobs: tuple[NightJob, ...] = ()
    #: The machine's clock cannot be trusted with what is old: it jumped, or nobody was here for long.
    doubtful: bool = False
    #: Servers that took no message in this pass: they are asked once more for each, and not waited for.
    tired: set[str] = field(default_factory=set)

    @property
    def folder(self) -> Path:
        """The folder of the nights, as a person named it."""
        return self.store.folder

    @property
    def book(self) -> NightBook:
        """What is known."""
        return self.store.book

    def note(self, kind: EventKind, job: str = "", about: str = "", **data: Any) -> None:
        """Write one event down."""
        event = Event(kind=kind, at=self.clock.now(), night=self.date, job=job, about=about, data=data)
        self.store.append(event)

    @property
    def mark(self) -> str:
        """Tells this folder of nights on this machine from any other that has the same inbox."""
        place = f"{platform.node()}\0{uuid.getnode()}\0{self.folder.resolve()}"
        return hashlib.sha256(place.encode("utf-8", "replace")).hexdigest()[:8]

    def patterns_of(self, night: NightJob) -> tuple[str, ...]:
        """The names of files that are meant for any job with this inbox; empty for every kind of sheet."""
        sharing = [other for other in self.jobs if other.inbox == night.inbox]
        return tuple(p for other in sharing for p in other.files) if all(other.files for other in sharing) else ()

    def stamp(self) -> str:
        """The time as part of a name."""
        return datetime.fromtimestamp(self.clock.now(), UTC).strftime("%Y%m%d-%H%M%S")


@dataclass(slots=True, kw_only=True)
class JobTurn:
    """One job in one pass."""

    nights: Nights
    key: str
    job: Job
    night: NightJob
    #: Worth knowing, in sentences.
    notes: list[str] = field(default_factory=list)
    #: What went wrong with the job itself.
    error: ReassignError | None = None
    #: The same, as the book has it.
    ended_with: ReassignError | None = None
    #: Names of files that are still being written.
    writing: tuple[str, ...] = ()
    #: The delivery that was planned a moment ago: its people need no second look.
    planned: str = ""
    #: That delivery's run as it stood then: its id, and a ``night_standing.Now``.
    looked: tuple[str, Any] | None = None
    #: Nothing can be done with the job itself; its messages still go out.
    barred: bool = False
    #: Deliveries whose run or tenant another process has in hand.
    busy: set[str] = field(default_factory=set)

    def wrong(self, error: ReassignError) -> None:
        """Something went wrong with the job itself; the first thing counts."""
        self.error = self.error or error

    def note(self, kind: EventKind, about: str = "", **data: Any) -> None:
        """Write one event about this job down."""
        self.nights.note(kind, self.key, about, **data)
