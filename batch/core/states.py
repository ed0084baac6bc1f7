"""Where one change can stand, and the outcome that this means for its rows."""

from __future__ import annotations

from enum import IntEnum

from batch.core.outcomes import Outcome


class State(IntEnum):
    """Where one change stands."""

    #: Not sent yet.
    PENDING = 0
    #: On the wire.
    FLYING = 1
    #: Sent, known not to have taken effect, to be sent again.
    WAITING = 2
    #: Sent, and nobody knows; the user has to be read.
    DOUBT = 3
    APPLIED = 4
    REFUSED = 5
    EXHAUSTED = 6
    HELD = 7
    #: Read as often as allowed, and still nobody knows.
    UNSETTLED = 8
    #: In another hand: a pack for the admin center, a job for PowerShell.
    HANDED = 9
    #: Said to be done there, and not seen yet.
    CLAIMED = 10


#: Words of stops that are no failure: nothing stopped it, or what is in other hands has to come back first.
NO_FAILURE = frozenset({"", "handed_over", "seats_kept", "wave_handed"})

#: A change that was sent and came to no good end.
FAILED = (State.REFUSED, State.EXHAUSTED, State.UNSETTLED)

OUTCOMES: dict[State, Outcome] = {
    State.PENDING: Outcome.NOT_SENT,
    State.FLYING: Outcome.IN_DOUBT,
    State.WAITING: Outcome.NOT_SENT,
    State.DOUBT: Outcome.IN_DOUBT,
    State.APPLIED: Outcome.APPLIED,
    State.REFUSED: Outcome.REFUSED,
    State.EXHAUSTED: Outcome.EXHAUSTED,
    State.HELD: Outcome.HELD,
    State.UNSETTLED: Outcome.IN_DOUBT,
    State.HANDED: Outcome.NOT_SENT,
    State.CLAIMED: Outcome.IN_DOUBT,
}
