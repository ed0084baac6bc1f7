"""Which changes can be given into another hand now, which stay and why, and the seats that there are for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from batch.core.hand_book import GIVEABLE
from batch.core.ledger import Ledger
from batch.core.packs import giveable
from batch.core.states import State
from batch.core.terms import Way


class Stays(StrEnum):
    """Why an open change is not handed over."""

    ELSEWHERE = "in_other_hands"
    IN_DOUBT = "in_doubt"
    GROUP = "by_group"
    MEMBERSHIP = "by_membership"
    LATER_WAVE = "later_wave"
    BEYOND_FIRST = "beyond_first"
    NO_SEATS = "no_seats"


#: For people, behind the number of changes.
SENTENCES: Mapping[Stays, str] = {
    Stays.ELSEWHERE: "in other hands already; take in what was done there: reassign collect RUN FILE.",
    Stays.IN_DOUBT: "in doubt, since an answer was lost; settle that first: reassign apply RUN.",
    Stays.GROUP: "on the licences of a group, which only reassign apply RUN changes.",
    Stays.MEMBERSHIP: "a move from one group to another, which only reassign apply RUN does.",
    Stays.LATER_WAVE: "of a later wave; once this one is done and was looked at, hand over again.",
    Stays.BEYOND_FIRST: "beyond --first; hand them over next, in the same way.",
    Stays.NO_SEATS: "without a seat that is free for them; buy seats or free some, then hand over again.",
}
_IN_DOUBT = frozenset({int(State.FLYING), int(State.DOUBT), int(State.UNSETTLED)})
_ELSEWHERE = frozenset({int(State.HANDED), int(State.CLAIMED)})
_GIVEABLE = frozenset(map(int, GIVEABLE))
_OF_GROUPS = {Way.GROUP: Stays.GROUP, Way.MEMBERSHIP: Stays.MEMBERSHIP}


class Choice(NamedTuple):
    """The changes that can be given away, in plan order, and how many open ones stay for which reason."""

    which: tuple[int, ...]
    left: Counter[Stays]


def choose(ledger: Ledger, first: int = 0) -> Choice:
    """What of this ledger can be handed over now, the ``first`` so many of it (0: all).

    The ledger has to know the policy of the run (an OPENED entry), since nothing of a later wave is given away.
    """
    stays = [None if giveable(kind) else _OF_GROUPS[kind.way] for kind in ledger.kinds]
    which: list[int] = []
    left: Counter[Stays] = Counter()
    for change, state in enumerate(ledger.state):
        if state in _GIVEABLE:
            if why := stays[ledger.kind[change]]:
                left[why] += 1
            elif change >= ledger.wave_end:
                left[Stays.LATER_WAVE] += 1
            elif first and len(which) == first:
                left[Stays.BEYOND_FIRST] += 1
            else:
                which.append(change)
        elif state in _ELSEWHERE:
            left[Stays.ELSEWHERE] += 1
        elif state in _IN_DOUBT:
            left[Stays.IN_DOUBT] += 1
    return Choice(tuple(which), left)


def seats_for(ledger: Ledger, which: Sequence[int]) -> dict[str, int]:
    """Free seats by SKU id for these changes: counted, and neither promised nor kept for anybody else."""
    free = Counter(ledger.free)
    free.subtract(ledger.promised)
    free.subtract(ledger.reserved)
    # What waits to be sent again has its seats kept already, and it is what goes.
    free.update(s for c in which if ledger.state[c] == State.WAITING for s in ledger.takes[ledger.kind[c]])
    return dict(free)
