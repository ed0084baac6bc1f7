"""What is next: full groups, seats kept, nobody overtaken, reasons to stop."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.core.changes import ChangeKind
from batch.core.entries import Entry, EntryKind, Seen
from batch.core.handed import Hand, Said, handover_text
from batch.core.ledger import Ledger
from batch.core.pace import Policy
from batch.core.states import State
from batch.core.step import Action, Ask, Count, Done, Queue, Rest, Send, Stop, Verify, Wait, next_due, step
from tests.core.small_ledger import DONE, LOST, THROTTLED, A, B, C, Story


def next_of(story: Story, flights: int = 0, *, now: float | None = None, stop: bool = False) -> Action:
    at = story.now if now is None else now
    return step(story.ledger, Queue(story.ledger), at, flights, stop_asked=stop)


MANY = {A: 50, B: 50, C: 50}


def test_seats_are_counted_before_anything_is_sent() -> None:
    assert next_of(Story([0, 0])) == Count()


def test_groups_are_full_and_in_plan_order() -> None:
    story = Story([0, 1, 2, 4, 0], MANY, group_size=3)
    queue = Queue(story.ledger)
    assert step(story.ledger, queue, story.now, 0, stop_asked=False) == Send((0, 1, 2))
    story.sent(0, 1, 2)
    assert step(story.ledger, queue, story.now, 1, stop_asked=False) == Send((3, 4))
    story.sent(3, 4)
    assert step(story.ledger, queue, story.now, 2, stop_asked=False) == Rest()


def test_no_more_groups_than_allowed() -> None:
    story = Story([0] * 9, MANY, group_size=1, in_flight=2).sent(0)
    assert isinstance(next_of(story, 1), Send)
    assert next_of(story, 2) == Rest()
    assert next_of(story, 3) == Rest()


def test_doubts_come_first() -> None:
    story = Story([0] * 4, MANY, group_size=2).sent(0, 1, 2).answered(1, LOST).answered(0, LOST).answered(2, LOST)
    assert next_of(story) == Ask((1, 0))
    queue = Queue(story.ledger)
    queue.looking.update({0: story.now, 1: story.now})
    assert step(story.ledger, queue, story.now, 1, stop_asked=False) == Ask((2,))
    queue.looking[2] = story.now
    assert step(story.ledger, queue, story.now, 2, stop_asked=False) == Send((3,))


def test_after_a_kill_nobody_is_asked_about_twice() -> None:
    story = Story([0] * 4, MANY).sent(0, 1).opened()
    assert next_of(story) == Ask((0, 1))


def test_whose_wait_is_over_goes_first_and_fresh_ones_fill_up() -> None:
    story = Story([0] * 6, MANY, group_size=3).sent(3).answered(3, THROTTLED, wait=10.0)
    assert next_of(story) == Send((0, 1, 2))
    assert next_of(story, now=story.now + 12) == Send((3, 0, 1))


def test_it_waits_until_the_first_may_go_again() -> None:
    story = Story([0, 0], MANY).sent(0, 1).answered(0, THROTTLED, wait=20.0).answered(1, THROTTLED, wait=10.0)
    found = next_of(story)
    assert found == Wait(story.ledger.due[1], "throttled")
    assert next_of(story, now=story.ledger.due[1]) == Send((1,))
    # With something on the wire too: an answer may come first.
    assert next_of(story, 1) == found


def test_no_seat_no_call() -> None:
    story = Story([0, 0, 4], {B: 1})
    assert next_of(story) == Send((0, 2))
    story.sent(0, 2)
    assert next_of(story, 1) == Rest()
    story.answered(0, DONE).answered(2, DONE)
    assert next_of(story) == Count(), "perhaps somebody freed one"
    story.counted({B: 0})
    assert next_of(story) == Stop("no_seats")
    story.opened().counted({B: 1})
    assert next_of(story) == Send((1,))


def test_seats_freed_feed_those_further_down() -> None:
    story = Story([0, 0, 1, 1], {A: 0, B: 1}, group_size=4)
    for change, other in ((0, 2), (1, 3)):
        assert next_of(story) == Send((change,))
        story.sent(change).answered(change, DONE)
        assert next_of(story) == Send((other,))
        story.sent(other).answered(other, DONE)
    assert next_of(story) == Done()


def test_who_waits_keeps_the_seat() -> None:
    story = Story([0, 3, 2], {B: 1, C: 1}).sent(0).answered(0, THROTTLED, wait=100.0)
    # 1 needs a B, which 0 will need again; and 2 does not take the C that 1 needs.
    assert isinstance(next_of(story), Wait)
    assert next_of(story, now=story.now + 200) == Send((0,))


def test_those_who_lack_nothing_go_on() -> None:
    story = Story([3, 0, 2, 4], {B: 5, C: 0})
    # 0 lacks a C; so B and C stay for it, and only who needs neither goes.
    assert next_of(story) == Send((3,))


def test_when_nothing_will_be_freed_nobody_waits_for_one_who_is_short() -> None:
    # 0 needs a B and a C, and there is no C and nothing that would free one: 1 may have its B.
    story = Story([3, 0], {B: 5, C: 0})
    assert next_of(story) == Send((1,))
    story.sent(1).answered(1, DONE)
    assert next_of(story) == Count()
    story.counted({B: 4, C: 0})
    assert next_of(story) == Stop("no_seats")


def handed_over(story: Story, *changes: int) -> Story:
    for change in changes:
        text = handover_text(1, "d" * 64)
        story.tell(EntryKind.HANDED_OVER, change, group=1, code=Hand.ADMIN_CENTER.value, text=text)
    return story


def test_seats_of_people_in_other_hands_are_kept_and_said_to_be() -> None:
    story = handed_over(Story([0, 0, 4], {B: 1}), 0)
    assert next_of(story) == Send((2,))
    story.sent(2).answered(2, DONE)
    assert next_of(story) == Count()
    assert next_of(story.counted({B: 1})) == Stop("seats_kept")
    assert next_of(story.counted({B: 0})) == Stop("no_seats"), "there are none to keep"
    story.tell(EntryKind.TAKEN_BACK, 0).counted({B: 1})
    assert next_of(story) == Send((0,))


def test_the_next_wave_waits_for_people_of_this_one_in_other_hands() -> None:
    story = handed_over(Story([4, 4, 4], {}, pilot=2), 1).sent(0).answered(0, DONE)
    assert next_of(story) == Stop("wave_handed")
    story.tell(EntryKind.REPORTED, 1, code=Said.DONE.value)
    assert next_of(story) == Stop("wave_handed"), "said is not seen"
    story.tell(EntryKind.PROVEN, 1, status=Seen.AFTER)
    assert next_of(story) == Verify(2)


def test_seats_as_they_were_before_our_last_moves_are_not_believed() -> None:
    story = Story([0, 0], {B: 1}, settle=60.0).sent(0).answered(0, DONE)
    moved = story.now
    assert next_of(story) == Wait(moved + 60.0, "settling")
    assert next_of(story, now=moved + 60.0) == Count()
    assert next_of(story, stop=True) == Stop("interrupted")


def test_who_carries_on_counts_at_once_and_knows_what_a_read_may_not_show_yet() -> None:
    story = Story([0, 0, 0], {A: 0, B: 2}, settle=60.0).sent(0).answered(0, DONE)
    moved = story.now
    story.opened()
    assert next_of(story) == Count()
    # A read from before our move: both seats still look free.
    story.counted({A: 0, B: 2})
    assert next_of(story) == Send((1,))
    story.sent(1).answered(1, DONE)
    # Nothing is left as far as we know; that is certain once no read can lag.
    assert next_of(story) == Wait(story.now + 60.0, "settling")
    assert next_of(story, now=story.now + 60.0) == Count()
    story.now = moved + 200.0
    story.counted({A: 2, B: 1})
    assert next_of(story) == Send((2,))


@pytest.mark.parametrize(
    ("read", "free"),
    [
        (1, 1),  # up to date
        (2, 1),  # from before our move
        (0, 0),  # somebody else took one
        (5, 4),  # seats were bought; one of those read may be the one we took
    ],
)
def test_in_tight_seats_the_ledger_and_a_fresh_read_agree(read: int, free: int) -> None:
    story = Story([0, 0, 0], {A: 0, B: 2}, settle=60.0).sent(0).answered(0, DONE).opened()
    story.counted({A: 1, B: read})
    assert story.ledger.free[B] == free


def test_what_we_freed_lately_is_known_although_a_read_does_not_show_it() -> None:
    story = Story([0, 0], {A: 0, B: 2}, settle=60.0).sent(0).answered(0, DONE).opened()
    story.counted({A: 0, B: 2})
    assert (story.ledger.free[A], story.ledger.free[B]) == (1, 1)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((403, "Authorization_RequestDenied", ""), "rights"),
        ((401, "", ""), "sign_in"),
        ((503, "Request_ThrottledPermanently", ""), "throttled_for_good"),
    ],
)
def test_reasons_to_stop(answer: tuple[int, str, str], reason: str) -> None:
    story = Story([0, 0, 0], MANY).sent(0, 1).answered(0, *answer)
    assert next_of(story, 1) == Rest(), "what is in flight is finished first"
    story.answered(1, DONE)
    assert next_of(story) == Stop(reason)


def test_asked_to_stop() -> None:
    story = Story([0, 0, 0], MANY).sent(0)
    assert next_of(story, 1, stop=True) == Rest()
    story.answered(0, LOST)
    assert next_of(story, stop=True) == Ask((0,))
    story.seen(0, Seen.UNSEEN)
    assert next_of(story, now=story.now + 400, stop=True) == Stop("interrupted"), "one look is enough"


def test_asked_to_stop_with_a_doubt_left_it_is_not_done() -> None:
    story = Story([0], MANY).sent(0).answered(0, LOST).seen(0, Seen.UNSEEN)
    assert next_of(story, stop=True) == Stop("interrupted")


def test_asked_to_stop_when_all_is_done() -> None:
    assert next_of(Story([0], MANY).sent(0).answered(0, DONE), stop=True) == Done()


def test_too_many_failures_stop_it() -> None:
    story = Story([0] * 5, MANY, stop_at=0.1, stop_after=1).sent(0).answered(0, 400)
    assert next_of(story) == Stop("too_many_failures")


@pytest.mark.parametrize("status", [400, DONE, 404])
def test_done(status: int) -> None:
    story = Story([0, 0], MANY).sent(0, 1).answered(0, status).answered(1, status)
    assert next_of(story) == Done()
    assert next_due(story.ledger, Queue(story.ledger), story.now) is None


def test_an_empty_plan_is_done() -> None:
    assert next_of(Story([], MANY)) == Done()


# Any story at all

STEPS = st.lists(st.tuples(st.integers(0, 8), st.sampled_from([DONE, THROTTLED, LOST, 400, 503, 404])), max_size=40)


@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=8),
    st.dictionaries(st.sampled_from([A, B, C]), st.integers(-1, 4)),
    STEPS,
    st.integers(1, 3),
    st.integers(1, 3),
    st.booleans(),
    st.integers(0, 4),
)
def test_asking_twice_is_asking_once_and_every_group_keeps_the_rules(
    which: list[int],
    free: dict[str, int],
    steps: list[tuple[int, int]],
    size: int,
    room: int,
    stop: bool,
    most: int,
) -> None:
    story = Story(which, free, group_size=size, in_flight=room, tries=3, looks=3, most=most)
    ledger, queue = story.ledger, Queue(story.ledger)
    groups: list[Send | Ask] = []
    for turn, status in steps:
        twin, twin_queue = copy.deepcopy((ledger, queue))
        action = step(ledger, queue, story.now, len(groups), stop_asked=False)
        assert step(ledger, queue, story.now, len(groups), stop_asked=False) == action
        assert step(twin, twin_queue, story.now, len(groups), stop_asked=False) == action
        # A queue made anew finds the same: the cursors are only a convenience.
        anew = Queue(ledger)
        anew.looking = dict(queue.looking)
        assert step(ledger, anew, story.now, len(groups), stop_asked=False) == action
        if stop:
            assert not isinstance(step(ledger, queue, story.now, len(groups), stop_asked=True), Send | Count | Wait)
        match action:
            case Send(changes) | Ask(changes):
                assert len(groups) < room
                assert 0 < len(changes) <= size
                assert len(set(changes)) == len(changes)
                assert not {c for g in groups for c in g.changes} & set(changes)
                groups.append(action)
                if isinstance(action, Send):
                    # The ledger asserts that no seat is promised twice.
                    story.sent(*changes)
                else:
                    queue.looking.update(dict.fromkeys(changes, story.now))
            case Wait(until):
                assert until > story.now
                if groups:
                    come_back(story, queue, groups.pop(turn % len(groups)), status)
                else:
                    story.now = until
            case Rest():
                assert groups, "nothing is on the wire, so nothing can come"
                come_back(story, queue, groups.pop(turn % len(groups)), status)
            case Count():
                assert not groups
                story.counted(free)
            case Stop() | Done():
                assert not groups
                assert not ledger.flying
                return


def come_back(story: Story, queue: Queue, group: Send | Ask, status: int) -> None:
    for change in group.changes:
        if isinstance(group, Send):
            story.answered(change, status)
        else:
            queue.looking.pop(change)
            seen = {DONE: Seen.AFTER, THROTTLED: Seen.UNSEEN, 404: Seen.GONE, 400: Seen.OTHER}.get(status, Seen.BEFORE)
            story.seen(change, seen)
            assert story.state(change) is not State.FLYING


def test_the_kinds_of_entries_are_stored_numbers() -> None:
    assert {k.name: k.value for k in EntryKind} == {
        "OPENED": 1, "SENT": 2, "ANSWERED": 3, "OBSERVED": 4, "STOPPED": 5, "FINISHED": 6, "COUNTED": 7,
        "VERIFIED": 8, "APPROVED": 9, "CARRIED_OUT": 10, "HANDED_OVER": 11, "TAKEN_BACK": 12,
        "COLLECTED": 13, "REPORTED": 14, "PROVEN": 15,
    }  # fmt: skip
    assert {s.name: s.value for s in Seen} == {
        "AFTER": 1, "BEFORE": 2, "OTHER": 3, "GONE": 4, "UNSEEN": 5, "MAYBE_BEFORE": 6,
    }  # fmt: skip


# No more people in one go than allowed

CAP = Stop("cap_reached")


def test_at_most_so_many_people_are_sent_in_one_go() -> None:
    story = Story([0, 1, 0, 0, 0], MANY, group_size=2, most=3)
    assert next_of(story) == Send((0, 1))
    story.sent(0, 1)
    assert next_of(story, 1) == Send((2,)), "a group is cut to what is left"
    story.sent(2)
    assert next_of(story, 1) == Rest(), "what is on the wire is finished first"
    story.answered(0, DONE).answered(1, DONE).answered(2, DONE)
    assert next_of(story) == CAP
    assert next_of(story, stop=True) == Stop("interrupted")
    story.opened().counted(MANY)
    assert next_of(story) == Send((3, 4)), "whoever carries on may send as many again"
    story.sent(3, 4).answered(3, DONE).answered(4, DONE)
    assert next_of(story) == Done()


def test_the_last_person_may_be_the_last_that_is_allowed() -> None:
    story = Story([0, 0], MANY, most=2).sent(0, 1).answered(0, DONE).answered(1, DONE)
    assert next_of(story) == Done()


def test_what_was_begun_is_finished_beyond_the_bound_of_this_time() -> None:
    story = Story([0] * 4, MANY, most=2).sent(0, 1).answered(0, THROTTLED, wait=10.0).answered(1, LOST)
    assert next_of(story) == Ask((1,))
    story.seen(1, Seen.BEFORE)
    assert next_of(story) == Send((1,)), "sent again, and not for the first time"
    story.sent(1).answered(1, DONE)
    assert next_of(story) == Wait(story.ledger.due[0], "throttled")
    assert next_of(story, now=story.ledger.due[0]) == Send((0,))
    story.now = story.ledger.due[0]
    story.sent(0).answered(0, DONE)
    assert next_of(story) == CAP
    assert story.ledger.sent == 2


def test_whoever_somebody_else_changed_counts_for_nothing() -> None:
    story = Story([0] * 4, MANY, most=2).seen(0, Seen.OTHER).seen(1, Seen.GONE)
    assert story.ledger.sent == 0
    assert next_of(story) == Send((2, 3))


def test_who_waits_for_a_seat_is_waited_for_before_it_is_said_that_the_bound_is_reached() -> None:
    story = Story([0, 2, 2], {B: 1, C: 5}, most=1).sent(0).answered(0, THROTTLED, wait=5.0)
    story.ledger.free[B] = 0
    later = story.ledger.due[0]
    assert next_of(story, now=later) == CAP, "seats were counted since the last move"
    story = Story([2, 0, 2], {B: 1, C: 5}, most=2).sent(0, 1).answered(1, THROTTLED, wait=5.0).answered(0, DONE)
    story.ledger.free[B] = 0
    later = story.ledger.due[1]
    assert next_of(story, now=later) == Count(), "the move may have freed the seat"
    story.now = later
    story.counted({B: 0, C: 4})
    assert next_of(story) == CAP
    story.counted({B: 1, C: 4})
    assert next_of(story) == Send((1,))


def test_want_of_seats_is_not_taken_for_the_bound_of_this_time() -> None:
    story = Story([0, 0, 0], {B: 1}, most=2).sent(0).answered(0, DONE).counted({B: 0})
    assert next_of(story) == Stop("no_seats")
    # Who needs both stands before those who need the one that there is; those go once nothing else does.
    story = Story([3, 2, 2, 2], {B: 0, C: 5}, most=2)
    assert next_of(story) == Send((1, 2))
    story.sent(1, 2).answered(1, DONE).answered(2, DONE).counted({B: 0, C: 3})
    assert next_of(story) == CAP


def test_a_wave_is_looked_at_in_the_go_that_ended_it() -> None:
    story = Story([0] * 5, MANY, pilot=2, most=2).sent(0, 1).answered(0, DONE).answered(1, DONE)
    assert next_of(story) == Verify(2)
    story = Story([0] * 5, MANY, pilot=2, most=1).sent(0).answered(0, DONE)
    assert next_of(story) == CAP, "the wave is not over"


#: Groups with so many members, among single people; they take no seats.
CROWDS = (
    Story([0]).ledger.kinds[4],
    *(ChangeKind(Story([0]).ledger.kinds[4].before, (C,), (), people=n) for n in (3, 20, 0)),
)


@pytest.mark.parametrize(
    ("which", "most", "goes"),
    [
        ([0, 1, 0, 1, 0], 4, [(0, 1), (2, 3), (4,)]),
        ([1, 1, 0, 0], 5, [(0,), (1, 2, 3)]),
        # A group that is larger than what is left waits, and so does whoever comes after it.
        ([0, 2, 0], 20, [(0,), (1,), (2,)]),
        # Larger than the whole bound: it is sent never.
        ([0, 2, 0], 19, [(0,), ()]),
        ([2], 1, [()]),
        ([3, 0, 3], 1, [(0, 1, 2)]),
    ],
)
def test_a_group_counts_with_all_its_members(which: list[int], most: int, goes: list[tuple[int, ...]]) -> None:
    ledger, queue = Ledger(which, CROWDS), None
    found: list[tuple[int, ...]] = []
    at = 0.0
    while not found or (found[-1] and ledger.open):
        ledger.record(Entry(EntryKind.OPENED, -1, at, text=Policy(most=most).to_json()))
        ledger.record(Entry(EntryKind.COUNTED, -1, at, text="{}"))
        queue = Queue(ledger)
        sent: list[int] = []
        while isinstance(action := step(ledger, queue, at, 0, stop_asked=False), Send):
            sent += action.changes
            ledger.record(*[Entry(EntryKind.SENT, c, at, ledger.groups + 1) for c in action.changes])
            assert ledger.sent == sum(CROWDS[which[c]].people for c in sent) <= most
            ledger.record(*[Entry(EntryKind.ANSWERED, c, at, ledger.groups, DONE) for c in action.changes])
        assert action == (CAP if ledger.open else Done())
        found.append(tuple(sent))
        at += 1.0
    assert found == goes
