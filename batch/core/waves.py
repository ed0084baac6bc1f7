"""Waves: which of a plan's changes go first, so that a mistake meets few people.

A prefix of a plan's order is itself a plan whose seats suffice, so a wave is nothing but a place at which the run
halts, looks at everybody moved so far, and goes on or not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from batch.core.entries import Seen

#: Each wave is so many times as large as the one before.
GROWTH = 5
#: People of a wave who are named in the journal with what was seen of them; the rest is counted.
_NAMED = 100


class Wave(NamedTuple):
    """A wave that was looked at. Who lacked a seat in it waits for the next one, so not all of it need be sent."""

    #: The wave ended before this change.
    up_to: int
    #: How many people were moved since the look before, and were read; how many of them do not show what was answered.
    looked: int
    differing: int
    #: Changes since then that failed (refused, given up, unsettled, differing), out of those that came to an end.
    failed: int
    finished: int
    #: Whether somebody was moved and the share of failures was one to go on with: only then the next wave is larger.
    passed: bool
    #: The first of those who differ, by the position of their change.
    differ: Mapping[int, Seen]
    #: UTC seconds; and how many groups had been sent.
    at: float
    groups: int


def ends(count: int, pilot: int) -> tuple[int, ...]:
    """Where each wave of ``count`` changes ends while all goes well, the pilot's first; one wave without a pilot (0).

    >>> ends(1000, 10)
    (10, 60, 310, 1000)
    """
    found = [next_end(count, pilot, 0, 0)]
    while found[-1] < count:
        found.append(next_end(count, pilot, found[-1], len(found)))
    return tuple(found)


def next_end(count: int, pilot: int, verified: int, passed: int) -> int:
    """Where the wave ends that begins with the change ``verified``, after so many waves that passed."""
    return min(count, verified + pilot * GROWTH**passed) if pilot > 0 else count


def verified_text(up_to: int, looked: int, differ: Mapping[int, Seen]) -> str:
    """What a VERIFIED entry says: how far, how many people were read, and who differs."""
    named = {str(change): int(seen) for change, seen in sorted(differ.items())[:_NAMED]}
    value = {"up_to": up_to, "looked": looked, "differing": len(differ), "differ": named}
    return json.dumps(value, sort_keys=True)


def read_verified(text: str) -> tuple[int, int, int, dict[int, Seen]]:
    """From a VERIFIED entry: how far, how many people were read, how many differ, and the first of these."""
    value = json.loads(text)
    differ = {int(change): Seen(seen) for change, seen in value["differ"].items()}
    return int(value["up_to"]), int(value["looked"]), int(value["differing"]), differ
