"""What one answer, or one look, means for a change. Part of the ledger, kept from the journal alone like the rest."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from batch.core.changes import ChangeKind
from batch.core.entries import Entry, Seen
from batch.core.errors import JournalDamaged
from batch.core.hand_book import HandBook
from batch.core.pace import wait_for
from batch.core.states import FAILED, State
from batch.core.verdict import VerdictKind

#: Some people are beyond our rights: how often one is tried, and how many in a row mean that all are.
_TRIES_FORBIDDEN, _MOST_FORBIDDEN = 3, 20
#: As plain numbers: members of an enum take a while to look up, and these are needed for every change.
_PENDING, _WAITING, _APPLIED = map(int, (State.PENDING, State.WAITING, State.APPLIED))
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


class OutcomeBook(HandBook):
    """How changes end, are tried again or stay in doubt, and when that stops the run."""

    def __init__(self, kind: Sequence[int], kinds: Sequence[ChangeKind]) -> None:
        super().__init__(kind, kinds)
        #: Why the run has to stop, once it has; empty otherwise.
        self.stop = ""
        #: What had failed and what had been applied when a person last (re)opened the run.
        self.failed_before = self.applied_before = 0
        #: How many changes had not been sent then, without those found changed by somebody else since; and among them
        #: those that move several people, with the tries they had.
        self.fresh_before = len(kind)
        self.many_before: dict[int, int] = {}
        #: Refused since then for want of seats that somebody else took: a shortage, no sign that something is wrong.
        self.short = 0
        #: How many calls in a row were answered that we have not the right.
        self.forbidden = 0

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
            self.fresh_before -= state == _PENDING
            self.short += ends is State.REFUSED  # gone before anything was sent: no sign that something is wrong
            return
        if state != State.DOUBT:
            raise impossible(entry)
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


def impossible(entry: Entry) -> JournalDamaged:
    """The error for an entry that cannot follow what came before."""
    return JournalDamaged(
        f"The journal says {entry.kind.name.lower()} about change {entry.change}, which cannot be.",
        "Keep the run folder as it is; plan again from a fresh export to carry on.",
    )
