"""The ledger: what the journal adds up to, per change and per SKU. Always derived, never edited.

It is a fold: ``record`` takes one entry after another, so replaying a prefix and then the rest is the same as
replaying all (law 5). Per change it costs some twenty bytes; only what is open or went wrong is an object.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter

from batch.core.changes import ChangeKind
from batch.core.entries import Entry, EntryKind, Seen
from batch.core.errors import JournalDamaged
from batch.core.hand_book import HandBook
from batch.core.outcomes import Outcome
from batch.core.pace import Policy, wait_for
from batch.core.states import FAILED, NO_FAILURE, OUTCOMES, State
from batch.core.verdict import APPLIED, VerdictKind, verdict

_KIND_OF = itemgetter(0)
#: Some people are beyond our rights: how often one is tried, and how many in a row mean that all are.
_TRIES_FORBIDDEN, _MOST_FORBIDDEN = 3, 20
#: As plain numbers: members of an enum take a while to look up, and these are needed for every change.
_PENDING, _FLYING, _WAITING, _APPLIED = map(int, (State.PENDING, State.FLYING, State.WAITING, State.APPLIED))
#: Who was not sent yet and is seen so before anything (more) is sent: where the change ends, and its reason word.
_DRIFTED: dict[tuple[int, int], tuple[State, str]] = {
    (_PENDING, Seen.OTHER): (State.HELD, "changed_meanwhile"),
    (_WAITING, Seen.OTHER): (State.HELD, "changed_meanwhile"),
    (_PENDING, Seen.AFTER): (State.HELD, "already_moved"),
    (_PENDING, Seen.GONE): (State.REFUSED, "no_such_user"),
    # Given up, and none of our calls took effect; whoever carries on sends it again.
    (State.EXHAUSTED, Seen.OTHER): (State.HELD, "changed_meanwhile"),
    (State.EXHAUSTED, Seen.AFTER): (State.HELD, "already_moved"),
}


class Ledger(HandBook):
    """What is known about every change of one plan, and of the seats, from the journal alone."""

    def __init__(self, kind: Sequence[int], kinds: Sequence[ChangeKind]) -> None:
        super().__init__(kind, kinds)
        #: Why the run has to stop, once it has; empty otherwise.
        self.stop = ""
        self.started_at = self.ended_at = 0.0
        #: How many changes had been applied when seats were last counted; -1 before the first count. One less than
        #: there were when that count may have lagged behind them.
        self.counted = -1
        #: What had failed and what had been applied when a person last (re)opened the run.
        self.failed_before = self.applied_before = 0
        #: Refused since then for want of seats that somebody else took: a shortage, no sign that something is wrong.
        self.short = 0
        #: How many calls in a row were answered that we have not the right.
        self.forbidden = 0

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
                raise _impossible(entry)
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
                raise _impossible(entry)
            flying.remove(change)
            self.at[change] = at
            found = verdict(status, code, text)
            if found is APPLIED:
                self.moved_at = at
                self._applied(change)
            else:
                self._not_applied(entry, *found)

    def _not_applied(self, entry: Entry, kind: VerdictKind, why: str) -> None:
        change, at = entry.change, entry.at
        self.why[change] = (why, entry.text)
        again_at = at + wait_for(self.policy, change, self.tries[change], entry.wait)
        if kind is VerdictKind.DOUBT:
            self._doubt(change, at)
            self.again_at[change] = again_at
            return
        self._release(change)
        if kind is VerdictKind.REFUSED:
            self._move(change, State.REFUSED)
            if why == "no_seats":
                self.short += 1
                self._none_left(change, entry.text)
            self._watch_failures()
        elif kind is VerdictKind.STOP and not self._about_one(why):
            self._wait(change, at)
            self.stop = why
        elif kind is VerdictKind.STOP:
            self.why[change] = ("not_this_person", entry.text)
            self._again(change, again_at, _TRIES_FORBIDDEN)
        else:
            self._again(change, again_at)

    def _observed(self, entry: Entry) -> None:
        change = entry.change
        state = self.state[change] if 0 <= change < len(self.state) else State.APPLIED
        if (state, entry.status) in _DRIFTED:
            # Seen before the run began or went on: somebody else was at work since the plan was made.
            ends, why = _DRIFTED[(state, entry.status)]
            self._move(change, ends)
            self.why[change] = (why, entry.text)
            self.short += ends is State.REFUSED  # gone before anything was sent: no sign that something is wrong
            return
        if state != State.DOUBT:
            raise _impossible(entry)
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
                self._watch_failures()
            case Seen.MAYBE_BEFORE | Seen.UNSEEN:
                self._look_again(change, entry)

    def _opened(self, entry: Entry) -> None:
        self.policy = Policy.from_json(entry.text)
        self.stop = ""
        self.started_at = self.started_at or entry.at
        self.ended_at = 0.0
        self.counted = -1
        self._next_wave()
        self.failed_before, self.applied_before = self.tally[State.REFUSED], self.tally[State.APPLIED]
        self.short = 0
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
            raise _impossible(entry) from error
        if not good and self.stop in NO_FAILURE:
            self.stop = "wave_failed"

    def _elsewhere(self, entry: Entry) -> None:
        try:
            self._of_other_hands(entry)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise _impossible(entry) from error

    # -- parts of it -------------------------------------------------------------------------------------------

    def _applied(self, change: int) -> None:
        self.forbidden = 0
        state, tally = self.state, self.tally
        tally[state[change]] -= 1
        tally[_APPLIED] += 1
        state[change] = _APPLIED
        self.why.pop(change, None)
        self._change_hands(change)

    def _about_one(self, why: str) -> bool:
        """Whether a refusal of our rights is about one person: others could be changed in this run, and lately."""
        self.forbidden += 1
        some = self.tally[State.APPLIED] > self.applied_before
        return why == "rights" and some and self.forbidden < _MOST_FORBIDDEN

    def _again(self, change: int, at: float, most: int = sys.maxsize) -> None:
        if self.tries[change] - self.forgiven.get(change, 0) >= min(self.policy.tries, most):
            self._move(change, State.EXHAUSTED)
            self._watch_failures()
        else:
            self._wait(change, at)

    def _look_again(self, change: int, entry: Entry) -> None:
        self.looks[change] += 1
        if entry.status == Seen.UNSEEN and self.looks[change] >= self.policy.looks:
            self._move(change, State.UNSETTLED)
            self.why[change] = ("unsettled", entry.text)
            self._watch_failures()
            return
        at = entry.at + wait_for(self.policy, change, self.looks[change], entry.wait)
        if entry.status == Seen.MAYBE_BEFORE:
            at = min(at, max(self.since[change] + self.policy.settle, entry.at))
        self._look_at(change, at)

    def _watch_failures(self) -> None:
        failed = sum(self.tally[s] for s in FAILED) - self.failed_before - self.short
        finished = failed + self.tally[State.APPLIED] - self.applied_before
        # With a limit of nothing the first failure is one too many.
        enough = finished >= self.policy.stop_after or not self.policy.stop_at
        if enough and failed > self.policy.stop_at * finished:
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


def _impossible(entry: Entry) -> JournalDamaged:
    return JournalDamaged(
        f"The journal says {entry.kind.name.lower()} about change {entry.change}, which cannot be.",
        "Keep the run folder as it is; plan again from a fresh export to carry on.",
    )
