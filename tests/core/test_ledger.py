"""What the journal adds up to: every state with every entry, seats, tries, and carrying on."""

from __future__ import annotations

from itertools import product

import pytest

from batch.core.entries import Entry, EntryKind, Seen
from batch.core.errors import JournalDamaged
from batch.core.handed import Hand, Said, handover_text
from batch.core.ledger import Ledger
from batch.core.outcomes import Outcome
from batch.core.states import OUTCOMES, State
from tests.core.small_ledger import DIGEST, DONE, KINDS, LOST, THROTTLED, A, B, C, Story

FULL = (400, "Request_BadRequest", "Subscription with SKU b does not have any available licenses.")
RIGHTS = (403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def in_state(state: State) -> Story:
    """A story whose change 0 is in this state."""
    story = Story([0, 0], {B: 5}, tries=1 if state is State.EXHAUSTED else 10, looks=1)
    if state is State.PENDING:
        return story
    if state in (State.HANDED, State.CLAIMED):
        story.handed(0)
        return story.reported(0, Said.DONE) if state is State.CLAIMED else story
    story.sent(0)
    match state:
        case State.WAITING | State.EXHAUSTED:
            story.answered(0, THROTTLED)
        case State.DOUBT:
            story.answered(0, LOST)
        case State.APPLIED:
            story.answered(0, DONE)
        case State.REFUSED:
            story.answered(0, 400, "x", "words")
        case State.HELD:
            story.answered(0, LOST).seen(0, Seen.OTHER)
        case State.UNSETTLED:
            story.answered(0, LOST).seen(0, Seen.UNSEEN)
        case _:
            assert state is State.FLYING
    return story


MAY_FOLLOW = {
    EntryKind.SENT: {State.PENDING, State.WAITING},
    EntryKind.ANSWERED: {State.FLYING},
    # Who is seen moved before anything was sent was moved by somebody else.
    EntryKind.OBSERVED: {State.DOUBT, State.PENDING, State.EXHAUSTED},
    # What others do to a change, as far as it was given to them (``test_hand_book`` has what came of it there).
    EntryKind.HANDED_OVER: {State.PENDING, State.WAITING, State.EXHAUSTED},
    EntryKind.TAKEN_BACK: {State.HANDED},
    EntryKind.REPORTED: {State.HANDED},
    EntryKind.PROVEN: {State.HANDED, State.CLAIMED},
}
#: What such an entry says where it may follow.
SAYS = {
    EntryKind.ANSWERED: {"status": DONE},
    EntryKind.OBSERVED: {"status": Seen.AFTER},
    EntryKind.HANDED_OVER: {"group": 1, "code": Hand.POWERSHELL.value, "text": handover_text(1, DIGEST)},
    EntryKind.REPORTED: {"code": Said.DONE.value},
    EntryKind.PROVEN: {"status": Seen.AFTER},
}


@pytest.mark.parametrize(("state", "kind"), list(product(State, MAY_FOLLOW)))
def test_what_may_follow_what(state: State, kind: EntryKind) -> None:
    story = in_state(state)
    assert story.state(0) is state
    if state in MAY_FOLLOW[kind]:
        story.tell(kind, 0, **SAYS.get(kind, {}))
    else:
        with pytest.raises(JournalDamaged, match=kind.name.lower()):
            story.tell(kind, 0, **SAYS.get(kind, {}))
        assert story.state(0) is state


@pytest.mark.parametrize("change", [-1, 2, 99])
@pytest.mark.parametrize("kind", MAY_FOLLOW)
def test_a_change_that_is_not_in_the_plan(kind: EntryKind, change: int) -> None:
    with pytest.raises(JournalDamaged):
        Story([0, 0], {B: 5}).tell(kind, change, **SAYS.get(kind, {}))


@pytest.mark.parametrize("state", State)
def test_each_state_is_one_outcome(state: State) -> None:
    story = in_state(state)
    wanted = dict.fromkeys(Outcome, 0)
    wanted[Outcome.NOT_SENT] += 1
    wanted[OUTCOMES[state]] += 1
    assert story.ledger.outcomes() == wanted
    assert story.ledger.open


#: What each state becomes when a person carries on, and whether its tries count anew.
ON_OPENING = {
    State.PENDING: (State.PENDING, False),
    State.FLYING: (State.DOUBT, True),
    State.WAITING: (State.WAITING, True),
    State.DOUBT: (State.DOUBT, True),
    State.APPLIED: (State.APPLIED, False),
    State.REFUSED: (State.REFUSED, False),
    State.EXHAUSTED: (State.WAITING, True),
    State.HELD: (State.HELD, False),
    State.UNSETTLED: (State.DOUBT, True),
    State.HANDED: (State.HANDED, False),
    State.CLAIMED: (State.CLAIMED, False),
}


@pytest.mark.parametrize("state", State)
def test_carrying_on_takes_up_whatever_is_not_finished(state: State) -> None:
    story = in_state(state).opened()
    wanted, anew = ON_OPENING[state]
    assert story.state(0) is wanted
    assert story.ledger.forgiven == ({0: 1} if anew else {})
    assert not story.ledger.flying
    assert story.ledger.counted == -1, "seats are counted before anything is sent"
    if anew:
        assert story.ledger.due[0] == story.now, "at once"


SEEN = {
    Seen.AFTER: State.APPLIED,
    Seen.BEFORE: State.WAITING,
    Seen.OTHER: State.HELD,
    Seen.GONE: State.REFUSED,
    Seen.UNSEEN: State.DOUBT,
    Seen.MAYBE_BEFORE: State.DOUBT,
}


@pytest.mark.parametrize("seen", Seen)
def test_each_sight_of_a_change_in_doubt(seen: Seen) -> None:
    story = Story([0], {B: 5}, settle=60.0).sent(0).answered(0, LOST).seen(0, seen)
    assert story.state(0) is SEEN[seen]
    assert story.ledger.promised[B] == (1 if SEEN[seen] is State.DOUBT else 0)
    assert story.ledger.open == (SEEN[seen] in (State.WAITING, State.DOUBT))


def test_seats_follow_what_happens() -> None:
    story = Story([0, 1, 2, 4], {A: 1, B: 2, C: 1})
    ledger = story.ledger
    story.sent(0, 1, 2, 3)
    assert ledger.promised == {A: 1, B: 1, C: 1}
    story.answered(0, DONE)
    assert (ledger.free, ledger.promised) == ({A: 2, B: 1, C: 1}, {A: 1, B: 0, C: 1})
    story.answered(1, DONE).answered(2, *RIGHTS).answered(3, DONE)
    assert (ledger.free, ledger.promised) == ({A: 1, B: 2, C: 2}, {A: 0, B: 0, C: 0})
    assert ledger.reserved == {C: 1}
    assert ledger.why[2][0] == "not_this_person"


def test_the_first_refusal_of_our_rights_stops_the_run() -> None:
    story = Story([0, 0], {B: 2}).sent(0, 1).answered(0, *RIGHTS)
    assert (story.ledger.stop, story.state(0)) == ("rights", State.WAITING)


def test_one_person_beyond_our_rights_does_not_stop_the_others() -> None:
    story = Story([0] * 3, {B: 3}).sent(0, 1, 2).answered(1, DONE).answered(0, *RIGHTS)
    for _ in range(2):
        assert (story.ledger.stop, story.state(0)) == ("", State.WAITING)
        story.sent(0).answered(0, *RIGHTS)
    assert (story.ledger.stop, story.state(0)) == ("", State.EXHAUSTED)
    assert story.ledger.why[0][0] == "not_this_person"
    # Carried on by a person, it is tried anew.
    assert story.opened().state(0) is State.WAITING


def test_many_in_a_row_mean_that_the_rights_are_gone() -> None:
    story = Story([0] * 40, {B: 40}).sent(*range(40)).answered(0, DONE)
    for change in range(1, 20):
        story.answered(change, *RIGHTS)
    assert not story.ledger.stop
    story.answered(20, DONE)
    for change in range(21, 40):
        story.answered(change, *RIGHTS)
    assert not story.ledger.stop, "somebody could be changed in between"
    story.sent(1).answered(1, *RIGHTS)
    assert story.ledger.stop == "rights"


def test_a_count_while_somebody_is_in_doubt_leaves_out_what_the_doubt_may_have_freed() -> None:
    story = Story([0, 1], {A: 0, B: 1}, settle=5.0).sent(0).answered(0, LOST).opened()
    story.counted({A: 1, B: 0})  # it did take effect
    assert (story.ledger.free[A], story.ledger.free[B]) == (0, 0)
    story.seen(0, Seen.AFTER)
    assert story.ledger.free[A] == 1


def test_people_who_cannot_be_settled_are_failures_too() -> None:
    story = Story([0] * 4, {B: 4}, stop_at=0.25, stop_after=4, looks=1).sent(0, 1, 2, 3)
    for change in range(4):
        story.answered(change, LOST)
    for change in range(4):
        story.seen(change, Seen.UNSEEN)
    assert story.ledger.stop == "too_many_failures"


def test_seats_that_ran_out_are_a_shortage_and_no_failure() -> None:
    story = Story([0] * 6, {B: 6}, stop_at=0.25, stop_after=4).sent(*range(6)).answered(0, DONE)
    for change in range(1, 6):
        story.answered(change, 400, "Request_BadRequest", "does not have any available licenses.")
    assert not story.ledger.stop


def test_a_seat_is_never_promised_twice() -> None:
    story = Story([0, 0], {B: 1}).sent(0)
    with pytest.raises(AssertionError, match="law 7"):
        story.sent(1)


def test_in_doubt_keeps_its_seat_and_waiting_keeps_a_claim() -> None:
    story = Story([0, 0], {B: 2}).sent(0, 1).answered(0, LOST).answered(1, THROTTLED)
    assert (story.ledger.promised, story.ledger.reserved) == ({B: 1}, {B: 1})
    story.seen(0, Seen.BEFORE)
    assert (story.ledger.promised, story.ledger.reserved) == ({B: 0}, {B: 2})
    story.sent(1)
    assert (story.ledger.promised, story.ledger.reserved) == ({B: 1}, {B: 1})


def test_full_means_nothing_is_free_beyond_what_is_promised() -> None:
    story = Story([0, 0, 0], {B: 3}).sent(0, 1).answered(0, *FULL)
    assert story.state(0) is State.REFUSED
    assert story.ledger.free == {B: 1}
    story.answered(1, *FULL)
    assert story.ledger.free == {B: 0}


def test_somebody_held_counts_as_having_a_seat_until_seats_are_counted() -> None:
    story = Story([0, 0], {B: 2}).sent(0).answered(0, LOST).seen(0, Seen.OTHER)
    assert (story.ledger.free, story.ledger.promised) == ({B: 1}, {B: 0})
    story.counted({B: 2})
    assert (story.ledger.free, story.ledger.promised) == ({B: 2}, {B: 0})


def test_tries_run_out_and_are_counted_anew() -> None:
    story = Story([0], {B: 1}, tries=2)
    story.sent(0).answered(0, THROTTLED)
    assert story.state(0) is State.WAITING
    story.sent(0).answered(0, LOST).seen(0, Seen.BEFORE)
    assert story.state(0) is State.EXHAUSTED
    story.opened().counted({B: 1}).sent(0).answered(0, THROTTLED)
    assert story.state(0) is State.WAITING
    story.sent(0).answered(0, THROTTLED)
    assert story.state(0) is State.EXHAUSTED
    assert story.ledger.tries[0] == 4


def test_in_doubt_after_its_last_try_it_has_its_tries_anew_as_well() -> None:
    story = Story([0], {B: 1}, tries=1).sent(0).opened().counted({B: 1}).seen(0, Seen.BEFORE)
    assert story.state(0) is State.WAITING


@pytest.mark.parametrize(("wait", "least", "most"), [(30.0, 30.0, 31.0), (-1.0, 0.5, 1.0), (1e6, 300.0, 300.0)])
def test_a_service_in_trouble_is_given_time_before_the_change_is_sent_again(
    wait: float, least: float, most: float
) -> None:
    story = Story([0], {B: 1}).sent(0).answered(0, 503, wait=wait)
    at = story.now
    assert story.ledger.due[0] == at, "read at once"
    story.seen(0, Seen.BEFORE)
    assert max(story.now, at + least) <= story.ledger.due[0] <= max(story.now, at + most)


def test_a_look_waits_for_the_lag_but_no_longer_and_keeps_a_hint() -> None:
    story = Story([0], {B: 1}, settle=1.5).sent(0).answered(0, LOST)
    since = story.now
    story.seen(0, Seen.MAYBE_BEFORE)
    assert story.now < story.ledger.due[0] <= since + 1.5
    story.seen(0, Seen.UNSEEN, wait=30.0)
    assert story.now + 30 <= story.ledger.due[0] <= story.now + 31


def test_looks_run_out_only_when_nothing_is_seen() -> None:
    story = Story([0], {B: 1}, looks=3, settle=1000.0).sent(0).answered(0, LOST)
    for _ in range(5):
        story.seen(0, Seen.MAYBE_BEFORE)
        assert story.state(0) is State.DOUBT
    story.seen(0, Seen.UNSEEN)
    assert story.state(0) is State.UNSETTLED
    assert story.ledger.why[0][0] == "unsettled"
    assert story.ledger.promised == {B: 1}, "it may have its seat"


def test_too_many_failures() -> None:
    story = Story([0] * 8, {B: 8}, stop_at=0.25, stop_after=4)
    story.sent(*range(8))
    for change in range(3):
        story.answered(change, 400)
    assert not story.ledger.stop, "too few to judge by"
    story.answered(3, DONE)
    assert not story.ledger.stop, "a success stops nothing"
    story.answered(4, 400)
    assert story.ledger.stop == "too_many_failures"
    story.answered(5, 401)
    assert story.ledger.stop == "sign_in"
    story.answered(6, 400)
    assert story.ledger.stop == "sign_in", "the graver reason stays"
    story.tell(EntryKind.STOPPED, code="sign_in")
    assert story.ledger.ended_at == story.now
    story.opened()
    assert (story.ledger.stop, story.ledger.ended_at) == ("", 0.0)


def test_when_it_began_and_ended() -> None:
    story = Story([4], {}).sent(0).answered(0, DONE).tell(EntryKind.FINISHED)
    assert (story.ledger.started_at, story.ledger.ended_at) == (1001.0, story.now)
    assert story.ledger.moved_at == story.now - 1
    assert not story.ledger.open
    assert (story.ledger.groups, story.ledger.group[0]) == (1, 1)
    story.opened()
    assert story.ledger.started_at == 1001.0


def test_an_earlier_clock_is_not_waited_for() -> None:
    story = Story([0], {B: 1}).sent(0).answered(0, LOST)
    story.now = 10.0
    story.opened()
    assert story.ledger.moved_at == 11.0
    assert story.ledger.since[0] == 11.0


def test_an_empty_plan_is_never_open() -> None:
    ledger = Ledger([], KINDS)
    assert not ledger.open
    ledger.record(Entry(EntryKind.OPENED, -1, 1.0))
    assert ledger.outcomes() == dict.fromkeys(Outcome, 0)
