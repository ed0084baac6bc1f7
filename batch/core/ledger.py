"""The ledger: what the journal adds up to, per change and per SKU. Always derived, never edited.

It is a fold: ``record`` takes one entry after another, so replaying a prefix and then the rest is the same as
replaying all (law 5). Per change it costs some twenty bytes; only what is open or went wrong is an object.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from enum import IntEnum
from heapq import heappush
from typing import NamedTuple

from batch.core.changes import ChangeKind
from batch.core.entries import Entry, EntryKind, Seen
from batch.core.errors import JournalDamaged
from batch.core.outcomes import Outcome
from batch.core.pace import Policy, wait_for
from batch.core.verdict import VerdictKind, verdict


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
}


class Due(NamedTuple):
    """A change that may be sent (or a user that may be read) again from ``at`` on."""

    at: float
    change: int


class Ledger:
    """What is known about every change of one plan, from the journal alone."""

    def __init__(self, kind: Sequence[int], kinds: Sequence[ChangeKind]) -> None:
        count = len(kind)
        #: As the last OPENED entry has it.
        self.policy = Policy()
        self.kind = kind
        self.kinds = kinds
        self.takes = [k.takes for k in kinds]
        self.frees = [k.frees for k in kinds]
        self.state = bytearray(count)
        self.tries = array("H", bytes(2 * count))
        self.group = array("I", bytes(4 * count))
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
        #: Seats per SKU: known free, and promised to changes that are on the wire or in doubt.
        self.free: dict[str, int] = {}
        self.promised: dict[str, int] = {}
        #: Seats that changes will need which are to be sent again; whoever has not been sent yet comes after them.
        self.reserved: dict[str, int] = {}
        self.tally = [0] * len(State)
        self.tally[State.PENDING] = count
        self.groups = 0
        #: Why the run has to stop, once it has; empty otherwise.
        self.stop = ""
        self.started_at = self.ended_at = 0.0
        #: How many changes had been applied when seats were last counted; -1 before the first count.
        self.counted = -1
        #: When a call last took effect, as far as we know; reads of the seats may lag behind it.
        self.moved_at = 0.0

    # -- the fold ----------------------------------------------------------------------------------------------

    def record(self, entry: Entry) -> None:
        """Take one entry into account; raises ``JournalDamaged`` for one that cannot follow what came before."""
        match entry.kind:
            case EntryKind.SENT:
                self._sent(entry)
            case EntryKind.ANSWERED:
                self._answered(entry)
            case EntryKind.OBSERVED:
                self._observed(entry)
            case EntryKind.OPENED:
                self._opened(entry)
            case EntryKind.COUNTED:
                self.free = {str(sku): int(n) for sku, n in json.loads(entry.text).items()}
                self.counted = self.tally[State.APPLIED]
            case EntryKind.STOPPED:
                self.stop = entry.code
                self.ended_at = entry.at
            case EntryKind.FINISHED:
                self.ended_at = entry.at

    def _sent(self, entry: Entry) -> None:
        change = entry.change
        self._expect(entry, State.PENDING, State.WAITING)
        self._move(change, State.FLYING)
        self.tries[change] += 1
        self.group[change] = entry.group
        self.at[change] = entry.at
        self.groups = max(self.groups, entry.group)
        self.flying.add(change)
        for sku in self.takes[self.kind[change]]:
            self.promised[sku] = self.promised.get(sku, 0) + 1
            assert self.promised[sku] <= self.free.get(sku, 0), "a seat was promised that is not free (law 7)"

    def _answered(self, entry: Entry) -> None:
        change = entry.change
        self._expect(entry, State.FLYING)
        self.flying.discard(change)
        self.at[change] = entry.at
        kind, code = verdict(entry.status, entry.code, entry.text)
        if kind is VerdictKind.APPLIED:
            self.moved_at = entry.at
            self._applied(change)
            return
        self.why[change] = (code, entry.text)
        again_at = entry.at + wait_for(self.policy, change, self.tries[change], entry.wait)
        if kind is VerdictKind.DOUBT:
            self._doubt(change, entry.at)
            self.again_at[change] = again_at
            return
        self._release(change)
        if kind is VerdictKind.REFUSED:
            self._move(change, State.REFUSED)
            if code == "no_seats":
                self._no_seats(change)
            self._watch_failures()
        elif kind is VerdictKind.STOP:
            self._wait(change, entry.at)
            self.stop = code
        else:
            self._again(change, again_at)

    def _observed(self, entry: Entry) -> None:
        change = entry.change
        self._expect(entry, State.DOUBT)
        self.at[change] = entry.at
        match Seen(entry.status):
            case Seen.AFTER:
                self._settled(change)
                self._applied(change)
            case Seen.BEFORE:
                again_at = max(entry.at, self.again_at[change])
                self._settled(change)
                self._release(change)
                self._again(change, again_at)
            case Seen.OTHER:
                self._settled(change)
                self._release(change)
                self._move(change, State.HELD)
                # Whether our seat was taken nobody knows until seats are counted again.
                self._use(self.takes[self.kind[change]], 1)
                self.why[change] = ("changed_meanwhile", entry.text)
            case Seen.GONE:
                self._settled(change)
                self._release(change)
                self._move(change, State.REFUSED)
                self.why[change] = ("no_such_user", entry.text)
            case Seen.MAYBE_BEFORE | Seen.UNSEEN:
                self._look_again(change, entry)

    def _opened(self, entry: Entry) -> None:
        self.policy = Policy.from_json(entry.text)
        self.stop = ""
        self.started_at = self.started_at or entry.at
        self.ended_at = 0.0
        self.counted = -1
        # The clock of another process may be behind; nothing is waited for because of that.
        self.moved_at = min(self.moved_at, entry.at)
        # On the wire when the last process died: the same as an answer that got lost.
        for change in sorted(self.flying):
            self.why[change] = ("no_answer", "")
            self._doubt(change, entry.at)
        self.flying.clear()
        # A person carries on: whatever is not finished gets its tries and looks anew, at once.
        for change in sorted(self.why):
            match State(self.state[change]):
                case State.DOUBT | State.UNSETTLED:
                    self.forgiven[change] = self.tries[change]
                    self._doubt(change, min(self.since[change], entry.at))
                    self._look_at(change, entry.at)
                case State.WAITING | State.EXHAUSTED:
                    self.forgiven[change] = self.tries[change]
                    self._wait(change, entry.at)
                case _:
                    continue

    # -- parts of it -------------------------------------------------------------------------------------------

    def _expect(self, entry: Entry, *states: State) -> None:
        if not 0 <= entry.change < len(self.state) or self.state[entry.change] not in states:
            raise JournalDamaged(
                f"The journal says {entry.kind.name.lower()} about change {entry.change}, which cannot be.",
                "Keep the run folder as it is; plan again from a fresh export to carry on.",
            )

    def _move(self, change: int, state: State) -> None:
        before = self.state[change]
        if (before == State.WAITING) != (state == State.WAITING):
            for sku in self.takes[self.kind[change]]:
                self.reserved[sku] = self.reserved.get(sku, 0) + (1 if state == State.WAITING else -1)
        self.tally[before] -= 1
        self.tally[state] += 1
        self.state[change] = state

    def _applied(self, change: int) -> None:
        self._release(change)
        self._move(change, State.APPLIED)
        self.why.pop(change, None)
        self._use(self.takes[self.kind[change]], 1)
        self._use(self.frees[self.kind[change]], -1)

    def _use(self, skus: Sequence[str], seats: int) -> None:
        for sku in skus:
            self.free[sku] = self.free.get(sku, 0) - seats

    def _release(self, change: int) -> None:
        for sku in self.takes[self.kind[change]]:
            self.promised[sku] -= 1

    def _no_seats(self, change: int) -> None:
        # The service knows better than the snapshot: nothing is free beyond what is already promised.
        for sku in self.takes[self.kind[change]]:
            self.free[sku] = min(self.free.get(sku, 0), self.promised.get(sku, 0))

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

    def _again(self, change: int, at: float) -> None:
        if self.tries[change] - self.forgiven.get(change, 0) >= self.policy.tries:
            self._move(change, State.EXHAUSTED)
            self._watch_failures()
        else:
            self._wait(change, at)

    def _look_again(self, change: int, entry: Entry) -> None:
        self.looks[change] += 1
        if entry.status == Seen.UNSEEN and self.looks[change] >= self.policy.looks:
            self._move(change, State.UNSETTLED)
            self.why[change] = ("unsettled", entry.text)
            return
        at = entry.at + wait_for(self.policy, change, self.looks[change], entry.wait)
        if entry.status == Seen.MAYBE_BEFORE:
            at = min(at, max(self.since[change] + self.policy.settle, entry.at))
        self._look_at(change, at)

    def _watch_failures(self) -> None:
        failed = self.tally[State.REFUSED] + self.tally[State.EXHAUSTED]
        finished = failed + self.tally[State.APPLIED]
        if finished >= self.policy.stop_after and failed > self.policy.stop_at * finished:
            self.stop = self.stop or "too_many_failures"

    # -- what others ask ---------------------------------------------------------------------------------------

    def outcomes(self) -> dict[Outcome, int]:
        """How many changes ended in each outcome so far (law 2)."""
        found = dict.fromkeys(Outcome, 0)
        for state, count in enumerate(self.tally):
            found[OUTCOMES[State(state)]] += count
        return found

    @property
    def open(self) -> bool:
        """Whether anything is left that applying could carry on with."""
        closed = self.tally[State.APPLIED] + self.tally[State.REFUSED] + self.tally[State.HELD]
        return closed < len(self.state)
