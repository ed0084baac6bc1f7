"""Two weeks of nights from one number: files that are dropped by day, faults, kills, a clock that jumps.

Time is virtual: one loop's clock for the tenant, the runs and the nights. A kill is a ``BaseException`` at a step that
leaves something behind (a line in the book or a journal, a rename, a message, a group of changes), before or after it.
"""

from __future__ import annotations

import asyncio
import functools
import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import batch.engine.apply as engine
from batch.core.entries import EntryKind
from batch.core.errors import TenantUnavailable
from batch.core.night_book import NightBook
from batch.core.nights import Message
from batch.core.terms import Assignment, Holding, People, Sku
from batch.notices.undelivered import NotSent
from batch.runs.folder import RunFolder
from batch.runs.jobfile import Job
from batch.runs.journal import SqliteJournal
from batch.runs.night_store import NightStore, book_of
from batch.runs.nightjob import NightJob
from batch.tenants.faults import Faults
from batch.tenants.practice import PracticeTenant
from batch.wiring import applying, night_messages, nightly
from batch.wiring.approving import approve
from batch.wiring.night_parts import Declared
from batch.wiring.notifying import Way
from batch.wiring.parts import StopSignal
from tests.engine.virtual_time import VirtualLoop

ZONE = ZoneInfo("Europe/Amsterdam")
E3, E4 = "6fd2c87f-b296-42f0-b197-1e91e994b900", "1392051d-0cb9-4b7a-88d5-621fee5e8711"
HEAD = "User principal name,Display name,Usage location,Licenses\n"
WINDOW = "02:00-04:00"


class Killed(BaseException):
    """The process is gone."""


class Fuse:
    """Counts the steps, and kills at the one that it is set to; whatever comes after is dead as well."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.at = 0
        self.dead = False
        #: How many steps the last life had; and what else happens in the world at a step, once.
        self.last = 0
        self.meanwhile: dict[int, Callable[[], None]] = {}
        #: Looks on at every step.
        self.watch: Callable[[], None] | None = None

    def set(self, at: int = 0) -> None:
        """Kill at this step from now on, the first is 1; 0: never."""
        self.last = len(self.steps)
        self.steps, self.at, self.dead = [], at, False

    def __call__(self, step: str) -> None:
        watch, self.watch = self.watch, None
        if watch:
            watch()
            self.watch = watch
        self.steps.append(step)
        if (happens := self.meanwhile.pop(len(self.steps), None)) and not self.dead:
            happens()
        self.dead = self.dead or len(self.steps) == self.at
        if self.dead:
            raise Killed(step)

    def around(self, owner: object, name: str, step: str, patch: Callable[..., None]) -> None:
        """Both sides of this function of ``owner`` are steps."""
        real = getattr(owner, name)

        def hooked(*arguments: object, **named: object) -> object:
            self(f"before {step}")
            result = real(*arguments, **named)
            self(f"after {step}")
            return result

        patch(owner, name, hooked)


class Hasty(sqlite3.Connection):
    """A database that does not wait for the disk: processes die here, the machine does not."""

    def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
        return super().execute("PRAGMA synchronous=OFF" if "synchronous" in sql else sql, *arguments)


class WorldClock:
    """The wall clock of the machine: true time, and what somebody set it off by. A ``NightClock``."""

    def __init__(self, at: float) -> None:
        self.true, self.off = at, 0.0

    def now(self) -> float:
        return self.true + self.off

    def pause(self, seconds: float, stop: StopSignal) -> None:
        self.true += seconds

    def steady(self) -> SteadyTime:
        return SteadyTime(self)


class SteadyTime:
    """As ``SteadyClock``: true time from how the wall clock stood."""

    def __init__(self, clock: WorldClock) -> None:
        self._clock, self._off = clock, clock.off

    def now(self) -> float:
        return self._clock.true + self._off


class WorldLoop(VirtualLoop):
    """A loop whose waiting passes the world's time."""

    def __init__(self, clock: WorldClock) -> None:
        super().__init__()
        self._clock = clock
        # Seconds since 1970 have no room for less.
        self._clock_resolution = 1e-3

    def time(self) -> float:
        self._clock.true += self._jumping.now
        self._jumping.now = 0.0
        return self._clock.true


@dataclass
class Mailbox:
    """Who gets the messages."""

    down: bool = False
    #: Every acceptance, in order.
    got: list[Message] = field(default_factory=list)
    #: Ids that were accepted by a process that was dead before it could write that down.
    torn: Counter[str] = field(default_factory=Counter)
    fuse: Fuse = field(default_factory=Fuse)

    def ways_of(self, job: NightJob, env: object) -> tuple[tuple[Way, ...], tuple[str, ...]]:
        way = Way(kind="mail", to="night@c.example", key="mail:night@c.example", host="mx", deliver=self.take)
        return (way,) if job.mail else (), ()

    def take(self, message: Message) -> None:
        self.fuse("before a message")
        if self.down:
            raise NotSent("Nobody answers at mx.", "Look there.", again=True)
        self.got.append(message)
        self.fuse("after a message")


@dataclass
class Place:
    """A file that was dropped."""

    name: str
    people: tuple[int, ...]
    #: ``good``, ``same``, ``shrunk``, ``bad``, ``gone``.
    kind: str
    job: str


def moment(day: str, clock: str, fold: int = 0) -> float:
    """This time on the wall in Amsterdam."""
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZONE, fold=fold).timestamp()


def sheet(people: tuple[int, ...]) -> str:
    return HEAD + "".join(f"p{n}@c.example,Person {n},NL,Office 365 E4\n" for n in people)


def moves(people: tuple[int, ...]) -> str:
    """A sheet of another kind: who shall move, and to what."""
    lines = [f"p{n}@c.example,Office 365 E4,Office 365 E3\n" for n in people]
    return "UserPrincipalName,OldLicense,NewLicense\n" + "".join(lines)


class World:
    """A tenant in a file, its jobs, and whoever drops files."""

    def __init__(self, folder: Path, people: int, begins: float, patch: Callable[..., None]) -> None:
        self.folder, self.number = folder, people
        self.clock, self.fuse = WorldClock(begins), Fuse()
        self.mail = Mailbox(fuse=self.fuse)
        self.faults = Faults()
        self.down = False
        self.jobs: dict[str, Job] = {}
        self.dropped: list[Place] = []
        self.stop = StopSignal()
        self.tenant_at = f"practice:{folder / 'tenant.db'}"
        self.nights = folder / "nights"
        _make_tenant(folder / "tenant.db", people)
        self._hook(patch)

    def _hook(self, patch: Callable[..., None]) -> None:
        fuse = self.fuse
        patch(asyncio.events, "new_event_loop", lambda: WorldLoop(self.clock))
        patch(sqlite3, "connect", functools.partial(sqlite3.connect, factory=Hasty))
        patch(os, "fsync", lambda number: None)
        # Nobody asks to stop here: a wait is one wait.
        patch(engine, "_NAP", 3600.0)
        patch(applying, "_NAP", 3600.0)
        fuse.around(NightStore, "append", "the book", patch)
        fuse.around(SqliteJournal, "append", "the journal", patch)
        for name in ("rename", "replace", "mkdir"):
            fuse.around(os, name, name, patch)
        patch(night_messages, "ways_of", self.mail.ways_of)
        fuse.around(PracticeTenant, "_carry_out", "a group", patch)
        patch(PracticeTenant, "open", classmethod(self._open(PracticeTenant.open.__func__)))

    def _open(self, real: Callable[..., PracticeTenant]) -> Callable[..., PracticeTenant]:
        def opened(cls: type[PracticeTenant], path: Path, faults: Faults | None = None) -> PracticeTenant:
            if self.down:
                raise TenantUnavailable("Nobody answers at the tenant.", "Try later.")
            return real(cls, path, self.faults)

        return opened

    # -- jobs and files ----------------------------------------------------------------------------------------

    def job(self, key: str, night: NightJob | None = None, **given: object) -> None:
        """Declare a job, with an inbox of its own unless it has sheets."""
        inbox = None if given.get("users") else self.folder / f"{key}-inbox"
        if inbox:
            inbox.mkdir(exist_ok=True)
        usual = {"tenant": self.tenant_at, "source": "Office 365 E4", "target": "Office 365 E3", "accept": ("voice",)}
        usual |= {"window": WINDOW, "timezone": "Europe/Amsterdam", "group_size": 2, "in_flight": 2, "stop_at": 1.0}
        found = replace(night or NightJob(daily_cap=6, mail=("night@c.example",)), inbox=inbox)
        self.jobs[key] = Job(**{**usual, "name": key.title(), **given, "nightly": found})

    def inbox(self, key: str) -> Path:
        found = self.jobs[key].nightly
        assert found is not None
        assert found.inbox is not None
        return found.inbox

    def drop(self, key: str, name: str, people: tuple[int, ...], kind: str = "good", age: float = 3600.0) -> Path:
        """Put a file into the inbox of this job; it was written so long ago."""
        path = self.inbox(key) / name
        text = moves(people) if kind == "moves" else sheet(people)
        path.write_bytes(text.encode() if kind != "bad" else b"\x00\xff\xfe nothing at all")
        self.touch(path, age)
        self.dropped.append(Place(name, people, kind, key))
        return path

    def touch(self, path: Path, age: float = 3600.0) -> None:
        at = self.clock.now() - age
        os.utime(path, (at, at))

    # -- nights ------------------------------------------------------------------------------------------------

    def declared(self) -> list[Declared]:
        return [Declared(key=key, path=Path(f"{key}.toml"), job=job, digest=key) for key, job in self.jobs.items()]

    def night(self, kills: Iterable[int] = ()) -> int:
        """One night, started again for as long as it is killed (at the steps that are given); how often it was."""
        killed, moments = 0, iter(kills)
        while True:
            self.fuse.set(next(moments, 0))
            had = len(self.mail.got)
            try:
                nightly.hold_night(self.declared(), self.nights, clock=self.clock, stop=self.stop, env={})
            except Killed:
                killed += 1
                self.clock.true += 60
                self.tear(had)
                continue
            finally:
                self.fuse.set()
            return killed

    def tear(self, had: int) -> None:
        """Note which of the messages after the first ``had`` the dead process could not write down as sent."""
        book = self.book
        for message in self.mail.got[had:]:
            self.mail.torn[message.id] += {state for state, _ in book.messages[message.id].state.values()} != {"sent"}

    def approve(self) -> None:
        """A second person says yes to whatever waits for one."""
        for path in sorted((self.nights / "runs").glob("[!.]*")):
            with RunFolder.open(path) as folder:
                if folder.meta()["job"].get("approval") and not list(folder.journal().entries()):
                    approve(folder, "Somebody Else")

    # -- what became of it -------------------------------------------------------------------------------------

    @property
    def book(self) -> NightBook:
        return book_of(self.nights)

    def writes(self) -> dict[int, int]:
        """Person → how often they were changed."""
        tenant = PracticeTenant.open(self.folder / "tenant.db")
        try:
            return {n: tenant.writes_of(_guid(1000 + n)) for n in range(self.number)}
        finally:
            asyncio.run(tenant.close())

    def counters(self) -> dict[str, int]:
        tenant = PracticeTenant.open(self.folder / "tenant.db")
        try:
            return tenant.counters()
        finally:
            asyncio.run(tenant.close())

    def places(self, key: str) -> dict[str, list[str]]:
        """Name of a file → where it lies in this inbox."""
        found: dict[str, list[str]] = {}
        for path in self.inbox(key).rglob("*"):
            if path.is_file() and not path.name.endswith(".why.txt"):
                where = path.relative_to(self.inbox(key)).parts
                found.setdefault(path.name, []).append(where[0] if len(where) > 1 else "inbox")
        return found

    def sends(self) -> list[tuple[str, float, int]]:
        """(run, when, change) of every first sending, from the journals."""
        found = []
        for path in sorted((self.nights / "runs").glob("[!.]*")):
            with RunFolder.open(path) as folder:
                seen: set[int] = set()
                for entry in folder.journal().entries():
                    if entry.kind is EntryKind.SENT:
                        if entry.change not in seen:
                            found.append((path.name, entry.at, entry.change))
                        seen.add(entry.change)
        return found


def _guid(n: int) -> str:
    return f"{n:08x}-2222-4222-8333-{n:012x}"


def _make_tenant(path: Path, number: int) -> None:
    skus = [
        Sku(sku_id=E3, part_number="ENTERPRISEPACK", name="Office 365 E3", plans=(), enabled=number),
        Sku(sku_id=E4, part_number="ENTERPRISEWITHSCAL", name="Office 365 E4", plans=(), enabled=number),
    ]
    ids = [_guid(1000 + n) for n in range(number)]
    upns, names = [f"p{n}@c.example" for n in range(number)], [f"Person {n}" for n in range(number)]
    holding = Holding.of([Assignment(sku_id=E4)])
    people = People(ids, upns, names, ["NL"] * number, [0] * number, [holding])
    asyncio.run(PracticeTenant.create(path, skus, people).close())
