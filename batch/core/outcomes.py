"""Where a row can end: the buckets of laws 1 and 2, and the reasons inside them, each with what to do.

Law 1: rows = problems + repeats + unchanged + blocked + short + planned.
Law 2: planned = applied + refused + exhausted + held + in_doubt + not_sent.
"""

from __future__ import annotations

from enum import StrEnum


class Bucket(StrEnum):
    """The one place of a row after planning."""

    # A text's own hash, found in C: columns of a million of these are counted.
    __hash__ = str.__hash__

    PLANNED = "planned"
    #: Asks nothing that can be done: see its problem.
    PROBLEM = "problems"
    #: Says again what an earlier row said.
    REPEAT = "repeats"
    #: Nothing to do: already so, or not asked to move.
    UNCHANGED = "unchanged"
    #: The tenant does not allow it as things are.
    BLOCKED = "blocked"
    #: No seat would be free when its turn comes.
    SHORT = "short"


class Outcome(StrEnum):
    """The one place of a planned row after a run."""

    # A text's own hash, found in C: columns of a million of these are counted.
    __hash__ = str.__hash__

    APPLIED = "applied"
    REFUSED = "refused"
    #: Throttled or failing until the tries were used up.
    EXHAUSTED = "exhausted"
    #: Left alone because the user was changed by somebody else meanwhile.
    HELD = "held"
    IN_DOUBT = "in_doubt"
    NOT_SENT = "not_sent"


class RunStatus(StrEnum):
    """How a run stands, as in result.json."""

    DONE = "done"
    PARTIAL = "partial"
    BLOCKED = "blocked"
    STOPPED = "stopped"
    NOTHING = "nothing"
