"""Where every change of a plan stands, and when it may be taken up again. Part of the ledger."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from heapq import heappush
from typing import NamedTuple

from batch.core.changes import ChangeKind
from batch.core.pace import Policy
from batch.core.seat_book import SeatBook
from batch.core.states import State

#: Who will need a seat that nobody else may have meanwhile: what is sent again, and what others are about to do or only
#: say that they did.
_KEEPING = frozenset({int(State.WAITING), int(State.HANDED), int(State.CLAIMED)})


class Due(NamedTuple):
    """A change that may be sent (or a user that may be read) again from ``at`` on."""

    at: float
    change: int


class Standings(SeatBook):
    """The state of every change, by its position in the plan. Like the seats it is kept from the journal alone."""

    def __init__(self, kind: Sequence[int], kinds: Sequence[ChangeKind]) -> None:
        super().__init__(kind, kinds)
        count = len(kind)
        #: As the last OPENED entry has it.
        self.policy = Policy()
        self.state = bytearray(count)
        self.tries = array("H", bytes(2 * count))
        self.group = array("I", bytes(4 * count))
        self.groups = 0
        self.at = array("d", bytes(8 * count))
        #: For each change that is not simply pending or applied: the reason word and the service's own words.
        self.why: dict[int, tuple[str, str]] = {}
        #: Changes in doubt: how often they were read, and since when they are in doubt.
        self.looks: dict[int, int] = {}
        self.since: dict[int, float] = {}
        #: Changes in doubt: from when on they may be sent again, should they turn out not to have taken effect.
        self.again_at: dict[int, float] = {}
        self.flying: set[int] = set()
        #: Heaps of what may be taken up again; an item counts while ``due`` has its time.
        self.due: dict[int, float] = {}
        self.waiting: list[Due] = []
        self.doubtful: list[Due] = []
        #: Tries already forgiven when a person carried on with the run.
        self.forgiven: dict[int, int] = {}
        self.tally = [0] * len(State)
        self.tally[State.PENDING] = count
        #: When a call last took effect, as far as we know; reads of the seats may lag behind it.
        self.moved_at = 0.0

    def _move(self, change: int, state: State) -> None:
        before = self.state[change]
        self._claim(change, (state in _KEEPING) - (before in _KEEPING))
        self.tally[before] -= 1
        self.tally[state] += 1
        self.state[change] = state

    def _doubt(self, change: int, since: float) -> None:
        self._move(change, State.DOUBT)
        self.looks[change] = 0
        self.since[change] = self.again_at[change] = since
        self.moved_at = max(self.moved_at, since)
        self._look_at(change, since)

    def _look_at(self, change: int, at: float) -> None:
        self.due[change] = at
        heappush(self.doubtful, Due(at, change))

    def _wait(self, change: int, until: float) -> None:
        self._move(change, State.WAITING)
        self.due[change] = until
        heappush(self.waiting, Due(until, change))

    def _settled(self, change: int) -> None:
        del self.looks[change], self.since[change], self.again_at[change]
