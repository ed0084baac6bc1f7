"""Which changes are in other hands, and what came back about them. Part of the ledger, kept from the journal alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache

from batch.core.changes import ChangeKind
from batch.core.entries import Entry, EntryKind, Seen
from batch.core.handed import Hand, InHand, Said, read_handover
from batch.core.states import State
from batch.core.verdict import verdict
from batch.core.wave_book import WaveBook

#: Known not to have taken effect, so somebody else may do it.
GIVEABLE = (State.PENDING, State.WAITING, State.EXHAUSTED)
#: What is said to be done stays so until somebody looks; a refusal is not taken back by giving up.
_WEIGHT = {Said.NOT_DONE: 0, Said.GAVE_UP: 0, Said.CHANGED: 1, Said.GONE: 1, Said.REFUSED: 1, Said.DONE: 2}
_STANDS: dict[int, int] = {State.HANDED: 0, State.REFUSED: 1, State.HELD: 1, State.CLAIMED: 2, State.APPLIED: 3}
#: What a look at a change in such a state says that was not known.
_SHOWS: frozenset[tuple[int, int]] = frozenset(
    {(state, Seen.AFTER) for state in _STANDS if state != State.APPLIED}
    | {(state, Seen.GONE) for state in (State.HANDED, State.CLAIMED)}
    | {(State.CLAIMED, seen) for seen in (Seen.BEFORE, Seen.OTHER)}
)
#: A look that shows neither what was asked nor that the user is gone leaves it open, with this reason word. Words of
#: others that it is not done add nothing to that.
_STILL_OPEN = {Seen.BEFORE: "not_shown", Seen.OTHER: "half_done"}
#: The script's code for a user who was left alone for services that are off, of which the plan could not know.
_SERVICES_OFF = "services_off"
#: What is said of a change while nothing came back about it.
_IN_HAND = {hand: (f"in_{hand.value.replace('-', '_')}", "") for hand in Hand}
#: In ``code`` of a PROVEN entry: the look showed which services are off as well, as exports do not.
WITH_SERVICES = "services"
#: All changes of a pack have the same text, one after another.
_read = lru_cache(maxsize=16)(read_handover)


class HandBook(WaveBook):
    """Where each change is that was handed over, by its position in the plan."""

    def __init__(self, kind: Sequence[int], kinds: Sequence[ChangeKind]) -> None:
        super().__init__(kind, kinds)
        #: Also those that were done there; not those taken back.
        self.hands: dict[int, InHand] = {}
        self.handovers = 0
        #: When each handover was made.
        self.handed_at: dict[int, float] = {}
        #: Those that a look which shows services found half done: one that shows none cannot say that this was mended.
        self.half_with_services: set[int] = set()
        #: Everything that came back so far: what kind of source, and JSON about it.
        self.collected: list[tuple[str, str]] = []

    @property
    def handed(self) -> int:
        """How many changes are open in other hands."""
        return self.tally[State.HANDED] + self.tally[State.CLAIMED]

    def weighs(self, change: int, said: Said) -> bool:
        """Whether a report of this says more than is known of a change in other hands; False for any other change.

        That somebody gave up, or did not do it, may be said any number of times, until somebody looked.
        """
        if change not in self.hands:
            return False
        stands = _STANDS[self.state[change]]
        if _WEIGHT[said] == stands == 0:
            return self.why[change][0] not in _STILL_OPEN.values()
        return _WEIGHT[said] > stands

    def shows(self, change: int, seen: Seen, *, services: bool = False) -> bool:
        """Whether such a look at a change in other hands says more than is known; False for any other change.

        ``services``: it showed which services are off as well.
        """
        if change not in self.hands:
            return False
        known = change in self.half_with_services
        if seen is Seen.AFTER and known and not services:
            return False
        if self.state[change] == State.HANDED and seen in _STILL_OPEN:
            half = self.why[change][0] == "half_done"
            return half is (seen is Seen.BEFORE) or (half and services and not known)
        return (self.state[change], seen) in _SHOWS

    def _of_other_hands(self, entry: Entry) -> None:
        """Take in what happened to a change elsewhere; raises ``ValueError`` and the like for what cannot be."""
        match entry.kind:
            case EntryKind.HANDED_OVER:
                self._handed_over(entry)
            case EntryKind.TAKEN_BACK:
                self._taken_back(entry)
            case EntryKind.REPORTED:
                self._reported(entry)
            case EntryKind.COLLECTED:
                self._collected(entry)
            case _:
                self._proven(entry)

    def _collected(self, entry: Entry) -> None:
        try:
            digests = json.loads(entry.text).get("digests", [])
        except RecursionError as error:
            raise ValueError("a source that says nothing") from error
        if not isinstance(digests, list):
            raise TypeError("digests are a list")
        self.collected.append((entry.code, entry.text))

    def _handed_over(self, entry: Entry) -> None:
        change = entry.change
        try:
            where = _read(entry.group, entry.code, entry.text)
        except (ArithmeticError, RecursionError) as error:
            raise ValueError("a handover without a number") from error
        if change < 0 or self.state[change] not in GIVEABLE:
            raise ValueError(f"change {change} is not ours to give")
        if where.pack < 1 or where.handover not in (self.handovers or 1, self.handovers + 1):
            raise ValueError(f"handover {where.handover} after {self.handovers}")
        self._move(change, State.HANDED)
        self.hands[change] = where
        self.handovers = where.handover
        self.handed_at[where.handover] = entry.at
        self.why[change] = _IN_HAND[where.hand]

    def _taken_back(self, entry: Entry) -> None:
        change = entry.change
        if change not in self.hands or self.state[change] != State.HANDED:
            raise ValueError(f"change {change} is in nobody else's hand")
        del self.hands[change], self.why[change]
        self.half_with_services.discard(change)
        self._move(change, State.PENDING)
        if tries := self.tries[change]:
            # It may have been given away because its tries were used up.
            self.forgiven[change] = tries

    def _reported(self, entry: Entry) -> None:
        change, said = entry.change, Said(entry.code)
        if not self.weighs(change, said):
            raise ValueError(f"nothing new about change {change}")
        match said:
            case Said.DONE:
                self._end_in(entry, State.CLAIMED, "said_done")
            case Said.REFUSED:
                code, _, words = entry.text.partition(": ")
                self._end_in(entry, State.REFUSED, verdict(entry.status, code, words).code or "bad_request")
            case Said.CHANGED:
                unknown = entry.text.partition(": ")[0] == _SERVICES_OFF
                self._end_in(entry, State.HELD, "services_unknown" if unknown else "changed_meanwhile")
            case Said.GONE:
                self._end_in(entry, State.REFUSED, "no_such_user")
            case Said.GAVE_UP | Said.NOT_DONE:
                self.why[change] = (said.value, entry.text)

    def _proven(self, entry: Entry) -> None:
        change, seen = entry.change, Seen(entry.status)
        services = entry.code == WITH_SERVICES
        if not self.shows(change, seen, services=services):
            raise ValueError(f"nothing new was seen of change {change}")
        if seen is not Seen.OTHER:
            self.half_with_services.discard(change)
        elif services:
            self.half_with_services.add(change)
        match seen:
            case Seen.AFTER:
                self._move(change, State.APPLIED)
                self.at[change] = entry.at
                # Seats that are read soon after may not show it yet.
                self.moved_at = max(self.moved_at, entry.at)
                del self.why[change]
                self._change_hands_unpromised(change)
            case Seen.GONE:
                self._end_in(entry, State.REFUSED, "no_such_user")
            case Seen.BEFORE if self.state[change] == State.HANDED:
                self.why[change] = _IN_HAND[self.hands[change].hand]
            case _:
                self._move(change, State.HANDED)
                self.why[change] = (_STILL_OPEN[seen], entry.text)

    def _change_hands_unpromised(self, change: int) -> None:
        """The change took effect elsewhere, at a time that nobody knows: no seat is taken for free that may not be.

        Where none is known to be free beyond what is promised, the count came after the change. What it gave back may
        have been counted already, so that shows once seats are counted again.
        """
        free = self.free
        for sku in self.takes[self.kind[change]]:
            if free.get(sku, 0) > self.promised.get(sku, 0):
                free[sku] -= 1

    def _end_in(self, entry: Entry, state: State, why: str) -> None:
        self._move(entry.change, state)
        self.at[entry.change] = entry.at
        self.why[entry.change] = (why, entry.text)
