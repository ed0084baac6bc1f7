"""What a night tells: every file, every run and every job of it, as values. Made from the book of nights alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What became of a file."""

    #: Claimed; its run is planned or under way.
    TAKEN = "taken"
    #: Its run is over; it lies in ``done``.
    DONE = "done"
    #: Byte for byte one that had a run already: that is its run.
    SAME = "same"
    #: It cannot be used; it lies in ``rejected``.
    REJECTED = "rejected"
    #: It shrank against the one before; it lies in ``held`` until a person accepts it.
    HELD = "held"
    #: It was still being written, and was left where it is.
    WRITING = "writing"
    #: It vanished while it was being claimed.
    GONE = "gone"


class Standing(StrEnum):
    """How a run stands at the end of a night."""

    #: All that was asked happened and was seen, or there was nothing to do.
    DONE = "done"
    #: It is over, and some rows could not or would not move.
    PART = "part"
    #: It is over, and the tenant shows something else than was done.
    DIFFERS = "differs"
    #: The window closed, the night's cap was reached, or another process has the tenant: the next night goes on.
    GOES_ON = "goes_on"
    #: Planned; the window has not opened.
    WAITS = "waits"
    #: It waits for the word of a second person.
    APPROVAL = "approval"
    #: A limit, a shortage or a hazard holds it back.
    HELD = "held"
    #: Somebody stopped it, or it stopped itself; the next night goes on with it.
    STOPPED = "stopped"
    #: The plan is stale; it is planned again from the same files.
    STALE = "stale"
    #: The tenant refused us or could not be reached, or something else went wrong; the next night tries again.
    FAILED = "failed"
    #: Nobody let it through in the time it was given.
    GIVEN_UP = "given_up"


class Outcome(StrEnum):
    """How a night ended for a job; what a message is about. Ordered by ``RANKS``."""

    NOTHING = "nothing"
    DONE = "done"
    PART = "part"
    NEEDS_YOU = "needs_you"
    FAILED = "failed"


#: The worse, the higher.
RANKS = {outcome: rank for rank, outcome in enumerate(Outcome)}

#: What each standing of a run means for its job.
MEANS: dict[Standing, Outcome] = {
    Standing.DONE: Outcome.DONE,
    Standing.PART: Outcome.PART,
    Standing.DIFFERS: Outcome.NEEDS_YOU,
    Standing.GOES_ON: Outcome.PART,
    Standing.WAITS: Outcome.NOTHING,
    Standing.APPROVAL: Outcome.NEEDS_YOU,
    Standing.HELD: Outcome.NEEDS_YOU,
    Standing.STOPPED: Outcome.PART,
    Standing.STALE: Outcome.NEEDS_YOU,
    Standing.FAILED: Outcome.FAILED,
    Standing.GIVEN_UP: Outcome.NEEDS_YOU,
}

#: And what each fate of a file does.
FATES: dict[Fate, Outcome] = {
    Fate.TAKEN: Outcome.NOTHING,
    Fate.DONE: Outcome.DONE,
    Fate.SAME: Outcome.DONE,
    Fate.REJECTED: Outcome.NEEDS_YOU,
    Fate.HELD: Outcome.NEEDS_YOU,
    Fate.WRITING: Outcome.NOTHING,
    Fate.GONE: Outcome.NOTHING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Something that waits for a person: what it is, and what to do about it."""

    what: str
    todo: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileNight:
    """One file that was found, and what became of it."""

    name: str
    fate: Fate
    #: SHA-256 of its bytes; empty where nobody read it.
    digest: str = ""
    #: Rows about people.
    rows: int = 0
    #: A sentence: why, and what to do; empty where there is nothing to say.
    why: str = ""
    todo: str = ""
    #: The run that it belongs to; empty for none.
    run: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatsLeft:
    """Free seats of one product when the run was last looked at; below zero when over-allocated."""

    sku_id: str
    name: str
    free: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunNight:
    """One run, as a night left it. People are counted; ``planned`` = ``moved`` + ``refused`` + ``waiting``."""

    #: Its name, and its folder as a person would type it.
    run: str
    path: str
    title: str
    standing: Standing
    exit_code: int
    planned: int = 0
    #: In all nights together, and in this one.
    moved: int = 0
    tonight: int = 0
    #: Refused, given up, held or in doubt.
    refused: int = 0
    #: Not sent yet.
    waiting: int = 0
    #: Rows of its files that asked nothing that could be planned: problems, blocked, short of seats.
    left_out: int = 0
    seats: tuple[SeatsLeft, ...] = ()
    #: What is to be said about it, and what to do; empty where all is well.
    what: str = ""
    todo: str = ""
    #: It was begun in an earlier night.
    carried_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JobNight:
    """What one job did in a night. Times are UTC seconds since 1970."""

    #: The job file's name without its ending, and what the file calls it.
    job: str
    title: str
    outcome: Outcome
    exit_code: int
    began_at: float
    ended_at: float
    files: tuple[FileNight, ...] = ()
    runs: tuple[RunNight, ...] = ()
    #: What waits for a person, most urgent first.
    needs: tuple[Need, ...] = ()
    #: Worth knowing, nothing to do: a job file that was edited, a stale lock, a file still being written.
    notes: tuple[str, ...] = ()
    #: What ended the job early; empty when nothing did.
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of one message, on one way."""

    message: str
    job: str
    #: ``mail`` or ``webhook``, and to whom (never an address that is a secret).
    way: str
    to: str
    outcome: Outcome
    #: ``sent``, ``due`` (it is tried again with the next night) or ``given_up``.
    state: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """One night: everything that was done under its date, in one pass or several."""

    #: The date on which the night began, ISO, by the time zone that the jobs agree on, else that of the machine.
    date: str
    began_at: float
    #: 0 while it lasts, or when it was killed.
    ended_at: float
    exit_code: int
    host: str
    version: str
    jobs: tuple[JobNight, ...] = ()
    #: Dates of nights that should have been since the one before and were not.
    missed: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a person is told about a job's night, by e-mail and webhook alike. No person of a sheet is named in it."""

    #: Stays the same however often it is sent: the receiver can tell.
    id: str
    outcome: Outcome
    job: str
    title: str
    #: ISO date.
    night: str
    #: UTC seconds since 1970.
    made_at: float
    #: One line: "Office 365 E4 to E3: 100 of 152 moved; the rest follows next night".
    subject: str
    #: What happened, in sentences.
    lines: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    #: ``planned``, ``moved``, ``tonight``, ``refused``, ``waiting``, ``left_out``, ``files``.
    counts: tuple[tuple[str, int], ...] = ()
    #: Paths: the morning page, and the workbooks of the runs it is about.
    page: str = ""
    reports: tuple[str, ...] = ()
