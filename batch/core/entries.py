"""Entries of the journal: one durable fact each. The ledger and every report are derived from these alone."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from batch.core.terms import Answer

#: Characters of the service's own code and words that are kept, and the longest wait that is believed, in seconds.
LONGEST_CODE = 200
LONGEST_TEXT = 4000
LONGEST_HINT = 1e9


class EntryKind(IntEnum):
    """What kind of fact. The numbers are stored; never reuse one."""

    #: A process began (or went on) carrying out the plan; ``text`` is its policy as JSON.
    OPENED = 1
    #: This change is about to leave in a group. Written before the call.
    SENT = 2
    #: An answer came, or it is certain that none will (``status`` 0).
    ANSWERED = 3
    #: The user was read to settle a doubt; ``code`` is a ``Seen`` word.
    OBSERVED = 4
    #: The run stopped; ``code`` is a ``StopReason`` word. Later entries mean that it went on.
    STOPPED = 5
    #: Nothing was left to do.
    FINISHED = 6
    #: The tenant's free seats were read; ``text`` is JSON, SKU id to number.
    COUNTED = 7
    #: A wave was looked at before the next one goes; ``text`` is JSON (``waves.verified_text``).
    VERIFIED = 8
    #: A second person approved the plan; ``text`` is JSON: who, when, which plan under which terms.
    APPROVED = 9
    #: Somebody began (or went on) carrying the plan out; ``code`` is who, as the computer knows them.
    CARRIED_OUT = 10
    #: The change was given into another hand; ``code`` is the ``Hand``, ``group`` its pack, ``text`` is JSON
    #: (``handed.handover_text``).
    HANDED_OVER = 11
    #: It is in our own hand again; ``text`` says why.
    TAKEN_BACK = 12
    #: Something came back from other hands; ``code`` is what kind of source, ``text`` is JSON: its name, its digest.
    COLLECTED = 13
    #: The last source says this about the change; ``code`` is a ``Said`` word, ``status`` and ``text`` are as answered.
    REPORTED = 14
    #: The last source shows the person: ``status`` is ``Seen``, ``code`` whether services were shown as well
    #: (``hand_book.WITH_SERVICES``). Only this makes what others did count as done.
    PROVEN = 15


class Seen(IntEnum):
    """What a read showed about a change in doubt, kept in ``status`` of an OBSERVED entry."""

    #: Exactly what the change asks for.
    AFTER = 1
    #: Exactly as before, and believed to be so: the change did not take effect.
    BEFORE = 2
    #: Neither; somebody else changed this user.
    OTHER = 3
    #: The user is gone.
    GONE = 4
    #: Could not be read however often it was tried.
    UNSEEN = 5
    #: Not as asked, but reads may still lag: look again.
    MAYBE_BEFORE = 6


class Entry(NamedTuple):
    """One fact. ``change`` is the change's position in the plan, -1 for facts of the run."""

    kind: EntryKind
    change: int
    #: UTC seconds since 1970.
    at: float
    #: The group in which it was sent (counted from 1 over the whole run).
    group: int = 0
    #: HTTP status (ANSWERED; 0 = no answer) or ``Seen`` (OBSERVED).
    status: int = 0
    code: str = ""
    #: The service's own words, kept raw.
    text: str = ""
    #: Seconds the service asked us to wait; below zero when it named none.
    wait: float = -1.0


_ANSWERED = EntryKind.ANSWERED


def answered(change: int, at: float, group: int, answer: Answer) -> Entry:
    """The fact of an answer, in a form that every journal keeps as it is.

    The ledger must come out the same from the entry at hand and from the entry read back, whatever the service says:
    text is cut, and halves of characters, which cannot be stored, are replaced.
    """
    status, code, text, wait, _ = answer
    if code or text or wait != -1.0:
        code, text, wait = storable(code, LONGEST_CODE), storable(text, LONGEST_TEXT), hint(wait)
    return Entry(_ANSWERED, change, at, group, status, code, text, wait)


def hint(seconds: float) -> float:
    """A wait that the service asked for, -1 for none; what is no number is none."""
    return min(seconds, LONGEST_HINT) if seconds >= 0 else -1.0


def storable(text: str, longest: int) -> str:
    """The text as every journal keeps it: cut, and without halves of characters."""
    return text[:longest].encode("utf-8", "replace").decode("utf-8")
