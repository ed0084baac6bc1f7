"""The ledger: what the journal adds up to, per change and per SKU. Always derived, never edited.

It is a fold: ``record`` takes one entry after another, so replaying a prefix and then the rest is the same as
replaying all (law 5). Per change it costs some twenty bytes; only what is open or went wrong is an object.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter

from batch.core.changes import ChangeKind
from batch.core.entries import Entry, EntryKind
from batch.core.outcome_book import OutcomeBook, impossible
from batch.core.outcomes import Outcome
from batch.core.pace import Policy
from batch.core.states import NO_FAILURE, OUTCOMES, State
from batch.core.verdict import APPLIED, verdict

_KIND_OF = itemgetter(0)
#: As plain numbers: members of an enum take a while to look up, and these are needed for every change.
_PENDING, _FLYING, _WAITING, _APPLIED = map(int, (State.PENDING, State.FLYING, State.WAITING, State.APPLIED))


class Ledger(OutcomeBook):
    """What is known about every change of one plan, and of the seats, from the journal alone."""

    def __init__(self, kind: Sequence[int], kinds: Sequence[ChangeKind]) -> None:
        super().__init__(kind, kinds)
        self.started_at = self.ended_at = 0.0
        #: How many changes had been applied when seats were last counted; -1 before the first count. One less than
        #: there were when that count may have lagged behind them.
        self.counted = -1

    # -- the fold ----------------------------------------------------------------------------------------------

    def record(self, *entries: Entry) -> None:
        """Take entries into account; raises ``JournalDamaged`` for one that cannot follow what came before."""
        for kind, run in groupby(entries, key=_KIND_OF):
            match kind:
                case EntryKind.SENT:
                    self._sent(run)
                case EntryKind.ANSWERED:
                    self._answered(run)
                case EntryKind.OBSERVED:
                    for entry in run:
                        self._observed(entry)
                case _:
                    for entry in run:
                        self._of_the_run(entry)

    def _of_the_run(self, entry: Entry) -> None:
        match entry.kind:
            case EntryKind.OPENED:
                self._opened(entry)
            case EntryKind.COUNTED:
                self._counted(entry)
            case EntryKind.VERIFIED:
                self._verified(entry)
            case EntryKind.STOPPED:
                self.stop = entry.code
                self.ended_at = entry.at
            case EntryKind.FINISHED:
                self.stop = "" if self.stop in NO_FAILURE else self.stop
                self.ended_at = entry.at
            case kind if kind >= EntryKind.HANDED_OVER:
                self._elsewhere(entry)

    def _sent(self, run: Iterable[Entry]) -> None:
        # Every change passes here and in _answered, so nothing is looked up twice.
        state, tally, takes, kinds = self.state, self.tally, self.takes, self.kind
        free, promised, count = self.free, self.promised, len(self.state)
        for entry in run:
            _, change, at, group, _, _, _, _ = entry
            before = state[change] if 0 <= change < count else _FLYING
            if before == _WAITING:
                self._claim(change, -1)
            elif before != _PENDING:
                raise impossible(entry)
            tally[before] -= 1
            tally[_FLYING] += 1
            state[change] = _FLYING
            self.tries[change] += 1
            self.group[change] = group
            self.at[change] = at
            self.flying.add(change)
            for sku in takes[kinds[change]]:
                promised[sku] = taken = promised.get(sku, 0) + 1
                assert taken <= free.get(sku, 0), "a seat was promised that is not free (law 7)"
            self.groups = max(self.groups, group)

    def _answered(self, run: Iterable[Entry]) -> None:
        flying = self.flying
        for entry in run:
            _, change, at, _, status, code, text, _ = entry
            if change not in flying:
                raise impossible(entry)
            flying.remove(change)
            self.at[change] = at
            found = verdict(status, code, text)
            if found is APPLIED:
                self.moved_at = at
                self._applied(change)
            else:
                self._not_applied(entry, *found)

    def _opened(self, entry: Entry) -> None:
        self.policy = Policy.from_json(entry.text)
        self.stop = ""
        self.started_at = self.started_at or entry.at
        self.ended_at = 0.0
        self.counted = -1
        self._next_wave()
        self.failed_before, self.applied_before = self.tally[State.REFUSED], self.tally[State.APPLIED]
        self.short = 0
        self._mark_fresh()
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
                    # By our own clock: that of the last process may have been set differently.
                    self._doubt(change, entry.at)
                case State.WAITING | State.EXHAUSTED:
                    self.forgiven[change] = self.tries[change]
                    self._wait(change, entry.at)
                case _:
                    continue

    def _mark_fresh(self) -> None:
        """From here on it is counted who is sent for the first time."""
        self.fresh_before, self.many_before = self.tally[State.PENDING], {}
        if many := {number for number, kind in enumerate(self.kinds) if kind.people != 1}:
            standings = zip(self.kind, self.state, self.tries, strict=True)
            fresh = ((c, tries) for c, (k, state, tries) in enumerate(standings) if k in many and state == _PENDING)
            self.many_before = dict(fresh)

    def _counted(self, entry: Entry) -> None:
        """Seats as read; while that may lag behind our own moves, held against what the ledger knew before.

        Once reads have settled the seats may be counted again.
        """
        before, applied, lag = self.free, self.tally[State.APPLIED], self.policy.settle
        self._recount({str(sku): int(n) for sku, n in json.loads(entry.text).items()}, self.since)
        if entry.at >= self.moved_at + lag and not any(self.state[c] == State.DOUBT for c in self.since):
            self.counted = applied
            return
        self.counted = max(0, applied - 1)
        self._reckon(before, [c for c, at in enumerate(self.at) if self.state[c] == _APPLIED and entry.at < at + lag])

    def _verified(self, entry: Entry) -> None:
        """A wave was looked at; the run stops itself when its share of failures is none to go on with."""
        try:
            good = self._judge(entry)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise impossible(entry) from error
        if not good and self.stop in NO_FAILURE:
            self.stop = "wave_failed"

    def _elsewhere(self, entry: Entry) -> None:
        try:
            self._of_other_hands(entry)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise impossible(entry) from error

    # -- what others ask ---------------------------------------------------------------------------------------

    @property
    def sent(self) -> int:
        """How many people were sent for the first time since the run was last (re)opened; of a group its members.

        Whoever leaves "not sent yet" meanwhile is sent, or was found changed by somebody else.
        """
        several = (c for c, tries in self.many_before.items() if self.tries[c] > tries)
        more = sum(self.kinds[self.kind[c]].people - 1 for c in several)
        return self.fresh_before - self.tally[State.PENDING] + more

    def within_cap(self, changes: list[int]) -> list[int]:
        """As many of these changes, which were not sent yet, as the policy's ``most`` leaves room for, in order."""
        if not self.policy.most:
            return changes
        left = self.policy.most - self.sent
        if not self.many_before:
            return changes[: max(left, 0)]
        for at, change in enumerate(changes):
            left -= self.kinds[self.kind[change]].people
            if left < 0:
                return changes[:at]
        return changes

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
