"""The waves as one run knows them. Part of the ledger, and kept from the journal alone like the rest of it."""

from __future__ import annotations

from collections.abc import Sequence

from batch.core.changes import ChangeKind
from batch.core.entries import Entry
from batch.core.handed import InHand
from batch.core.standings import Standings
from batch.core.states import FAILED, State
from batch.core.waves import Wave, next_end, read_verified

#: As plain numbers: members of an enum take a while to look up, and these are needed for every change.
_PENDING, _WAITING, _APPLIED = map(int, (State.PENDING, State.WAITING, State.APPLIED))


class WaveBook(Standings):
    """Which waves were looked at, and how far the one under way goes."""

    #: The changes that were given into other hands.
    hands: dict[int, InHand]

    def __init__(self, kind: Sequence[int], kinds: Sequence[ChangeKind]) -> None:
        super().__init__(kind, kinds)
        self.waves: list[Wave] = []
        #: Nothing is sent from this change on before the next look.
        self.wave_end = len(kind)

    @property
    def unsent(self) -> int:
        """How many changes of the wave under way are still to be sent, for the first time or again."""
        return self.state.count(_PENDING, 0, self.wave_end) + self.tally[_WAITING]

    @property
    def unseen(self) -> list[int]:
        """The changes that took effect since the last look at a wave."""
        state = self.state
        return [c for c in range(self.wave_end) if state[c] == _APPLIED and self._is_new(c)]

    def _judge(self, entry: Entry) -> bool:
        """Whether the share of failures of a wave, from the first person on, is one to go on with.

        Raises ``ValueError`` for a look at another wave than the one under way, and what reading odd text raises.
        """
        up_to, looked, differing, differ = read_verified(entry.text)
        if up_to != self.wave_end:
            raise ValueError(f"looked at changes before {up_to}; the wave ends at {self.wave_end}")
        failed = differing + sum(1 for change, (why, _) in self.why.items() if self._failed(change, why))
        finished = failed - differing + looked
        good = failed <= self.policy.stop_at * finished
        passed = good and looked > 0
        self.waves.append(Wave(up_to, looked, differing, failed, finished, passed, differ, entry.at, self.groups))
        self._next_wave()
        return good

    def _next_wave(self) -> None:
        verified = self.waves[-1].up_to if self.waves else 0
        self.wave_end = next_end(len(self.state), self.policy.pilot, verified, sum(w.passed for w in self.waves))

    def _failed(self, change: int, why: str) -> bool:
        """Whether a change sent since the last look came to no good end; want of seats says nothing about others."""
        return self._is_new(change) and self.state[change] in FAILED and why != "no_seats"

    def _is_new(self, change: int) -> bool:
        """Whether it was sent, or handed over, since the last look at a wave."""
        if change in self.hands:
            return change >= (self.waves[-1].up_to if self.waves else 0)
        return self.group[change] > (self.waves[-1].groups if self.waves else 0)
