"""What is started every night, and what a scheduler has to be told for it: values, the same for each of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, tzinfo

from batch.core.errors import UsageError
from batch.core.harmless import legible

#: Where systemd and cron find what must not stand in a file that everybody can read.
ENVIRONMENT_FILE = "/etc/license-reassign/env"
#: A night that lasts longer is stopped, so that it does not stand in the way of the next one; it is carried on then.
LONGEST_HOURS = 23
#: So long a night may take to come to an end between two groups when it is told to stop.
STOPPING_MINUTES = 15

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Start:
    """A time of day at which a night begins; ``zone`` by name, empty for the clock of the machine itself."""

    at: time
    zone: str = ""

    def __str__(self) -> str:
        return f"{self.at:%H:%M}" + (f" ({self.zone})" if self.zone else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The command that is started, and what it needs. Paths are absolute."""

    #: What the scheduler calls it: small letters, digits and hyphens.
    name: str
    #: The program and its words.
    command: tuple[str, ...]
    #: Files and folders that it is made of.
    program: tuple[str, ...] = ()
    #: Where it is started.
    folder: str
    #: When, at least one.
    starts: tuple[Start, ...]
    #: The zone of each name in ``starts``.
    zones: Mapping[str, tzinfo]
    #: The account; empty for the scheduler's own choice.
    user: str
    #: The folder of the job files, and that of the nights, which is made before the first one.
    jobs: str
    nights: str
    #: The folder that the scheduler's files are written to.
    to: str
    #: Folders that are written to, and files and folders that are only read.
    writes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    #: Settings that are no secret.
    environment: Mapping[str, str] = field(default_factory=dict)
    #: The jobs that are meant by name; empty for all of them. They are the last words of ``command``.
    only: tuple[str, ...] = ()
    #: For Kubernetes: the image that has the program in it.
    image: str = ""
    #: Now, by the clock of the machine.
    now: datetime

    def __post_init__(self) -> None:
        checked_name(self.name)
        for text in (
            *self.command,
            self.folder,
            self.jobs,
            self.nights,
            self.to,
            *self.writes,
            *self.reads,
            *self.environment.values(),
        ):
            _check_legible(text)

    @property
    def here(self) -> tzinfo:
        """The time zone of the machine."""
        assert self.now.tzinfo is not None
        return self.now.tzinfo

    def zone_of(self, start: Start) -> tzinfo:
        """The time zone that a start is meant in."""
        return self.zones[start.zone] if start.zone else self.here


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that a scheduler reads, sealed (``sealing.sealed``)."""

    name: str
    text: str
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What is written for a scheduler, and what a person does besides. Commands are lines to paste."""

    files: tuple[File, ...]
    #: What has to be there before the first night.
    before: tuple[str, ...]
    #: What switches it on.
    switch_on: tuple[str, ...]
    #: Sentences: what to know, and what could not be done.
    notes: tuple[str, ...] = ()


def checked_name(name: str) -> str:
    """The name of a schedule, which every scheduler takes. ``UsageError`` for another one."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"“{legible(name)[:60]}” cannot be the name of a schedule.",
            "Use small letters, digits and hyphens, at most 50: --name license-reassign-nightly",
        )
    return name


def _check_legible(text: str) -> None:
    """``UsageError`` for a text that would break a line of a unit or of a crontab, or that XML does not take."""
    if legible(text) != text or set(text) & set("\t\n\u0085\u2028\u2029"):
        raise UsageError(
            f"“{legible(text)}” has a line break or another character in it that no scheduler takes.",
            "Rename the file or folder, and start again.",
        )
