"""What the book of nights knows of one delivery, one message, one pass, and one job's turn."""

from __future__ import annotations

from dataclasses import dataclass, field

from batch.core.nights import Fate, FileNight, Message, RunNight


@dataclass(slots=True, kw_only=True)
class Delivery:
    """Files that were found together, and the run that they make."""

    id: str
    job: str
    #: The night in which it came, and when.
    night: str
    at: float
    #: Names as they were found.
    wanted: tuple[str, ...]
    #: The folder into which they were dropped; empty for sheets at a fixed place, which are copied and not claimed.
    inbox: str
    claimed: bool = False
    judged: bool = False
    files: tuple[FileNight, ...] = ()
    #: The newest plan of it, as it stands and as each night left it; and how many plans there were.
    run: RunNight | None = None
    nights: dict[str, RunNight] = field(default_factory=dict)
    plans: int = 0
    #: When something last came of it: it was found, or somebody was sent.
    moved_at: float = 0.0
    #: The night in which its files were judged, and the one in which its run was planned or gone at last.
    judged_in: str = ""
    went_in: str = ""
    #: How often its run came to stand otherwise than before.
    turns: int = 0
    #: The night in which it was planned last, how often in that, and the tenant that it is for, as a key.
    planned_in: str = ""
    planned_there: int = 0
    tenant: str = ""
    #: Night → what had been sent and moved when that night went at this run first.
    going: dict[str, tuple[int, int]] = field(default_factory=dict)
    #: People sent when it was left the last time; None since somebody went at it: only the run's folder knows.
    sent: int | None = 0
    #: The run is over: nothing more is done about it.
    over: bool = False
    filed: bool = False
    filed_at: float = 0.0
    cleared: bool = False

    @property
    def fixed(self) -> bool:
        """Whether these are sheets at a fixed place."""
        return not self.inbox

    @property
    def accepted(self) -> tuple[FileNight, ...]:
        """The files that its run is made of."""
        return tuple(f for f in self.files if f.fate in (Fate.TAKEN, Fate.DONE))


@dataclass(slots=True, kw_only=True)
class Due:
    """A message, and what became of it on each way (its key)."""

    message: Message
    job: str
    night: str
    #: Key of the way → what it is and to whom, as it can be shown.
    ways: dict[str, tuple[str, str]]
    #: Key → ``due``, ``sending``, ``sent`` or ``given_up``, and why.
    state: dict[str, tuple[str, str]]


@dataclass(slots=True, kw_only=True)
class Pass:
    """One pass over the jobs in a night; several processes may be at work at the same time."""

    night: str
    began_at: float
    host: str
    version: str
    missed: tuple[str, ...]
    #: The clock had jumped, or nobody had been here for long.
    jumped: bool = False
    ended_at: float = 0.0


@dataclass(slots=True, kw_only=True)
class Turn:
    """A job's part of a night: of all its passes the first beginning and the last end."""

    job: str
    night: str
    title: str
    began_at: float
    digest: str = ""
    ended_at: float = 0.0
    error: str = ""
    todo: str = ""
    exit_code: int = 0
    notes: tuple[str, ...] = ()
    writing: tuple[str, ...] = ()
