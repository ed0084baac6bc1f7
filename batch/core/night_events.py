"""What the book of nights is made of: one fact at a time, in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class EventKind(StrEnum):
    """What an event says. ``about``: the delivery, or the message."""

    #: A pass over the jobs (``about``: its id) began: host, version, missed nights; and ended.
    OPENED = "opened"
    CLOSED = "closed"
    #: A job's turn began and ended: title, digest, ways / error, todo, exit_code, notes, files being written.
    JOB_BEGAN = "job_began"
    JOB_ENDED = "job_ended"
    #: These files are about to be claimed as one delivery; they were; what each of them is.
    TOOK = "took"
    CLAIMED = "claimed"
    JUDGED = "judged"
    #: There is a plan of the delivery's files; it is about to be carried out, or on; how that ended.
    PLANNED = "planned"
    GOING = "going"
    WENT = "went"
    #: Nothing is left to do about the delivery; its files lie where they belong.
    FILED = "filed"
    #: A person lets a held file through.
    ACCEPTED = "accepted"
    #: A message is due; it is about to be sent on one way; it was, or was not.
    NEWS = "news"
    SENDING = "sending"
    SENT = "sent"
    UNSENT = "unsent"
    #: By the rules of retention: names of what was removed.
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact. ``at`` is UTC seconds since 1970, ``night`` an ISO date, ``data`` plain JSON values."""

    kind: EventKind
    at: float
    night: str
    job: str = ""
    about: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
