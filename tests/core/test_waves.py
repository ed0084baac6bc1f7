"""Waves: where they end, when the next one goes, and when it does not."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.core.entries import EntryKind, Seen
from batch.core.errors import JournalDamaged
from batch.core.states import State
from batch.core.step import Action, Count, Done, Queue, Send, Stop, Verify, Wait, step
from batch.core.wave_words import waves_told
from batch.core.waves import Wave, ends, next_end, read_verified, verified_text
from tests.core.small_ledger import DONE, LOST, THROTTLED, A, B, Story

FULL = (400, "Request_BadRequest", "Subscription with SKU b does not have any available licenses.")
MANY = {A: 50, B: 50}


def next_of(story: Story, flights: int = 0, *, now: float | None = None, stop: bool = False) -> Action:
    at = story.now if now is None else now
    return step(story.ledger, Queue(story.ledger), at, flights, stop_asked=stop)


def verified(story: Story, up_to: int, differ: dict[int, Seen] | None = None) -> Story:
    return story.tell(EntryKind.VERIFIED, text=verified_text(up_to, len(story.ledger.unseen), differ or {}))


@pytest.mark.parametrize(
    ("count", "pilot", "told"),
    [
        (1000, 10, (10, 60, 310, 1000)),
        (60, 10, (10, 60)),
        (61, 10, (10, 60, 61)),
        (10, 10, (10,)),
        (3, 10, (3,)),
        (10, 0, (10,)),
        (0, 5, (0,)),
        (1, 1, (1,)),
    ],
)
def test_where_waves_end(count: int, pilot: int, told: tuple[int, ...]) -> None:
    assert ends(count, pilot) == told


@given(st.integers(0, 10**7), st.integers(0, 10**4))
def test_waves_grow_and_end_with_the_plan(count: int, pilot: int) -> None:
    found = ends(count, pilot)
    assert found[-1] == count
    assert list(found) == sorted(set(found))
    sizes = [end - before for before, end in zip((0, *found), found, strict=False)]
    assert sizes[0] == (min(pilot, count) or count)
    assert all(later > earlier for earlier, later in pairwise(sizes[:-1]))
    assert len(found) < 20
    assert next_end(count, pilot, found[-1], len(found)) == count


@given(st.dictionaries(st.integers(0, 1000), st.sampled_from(Seen), max_size=130))
def test_what_a_look_says_is_read_as_it_was_written(differ: dict[int, Seen]) -> None:
    first = dict(sorted(differ.items())[:100])
    assert read_verified(verified_text(7, 500, differ)) == (7, 500, len(differ), first)


def test_the_last_wave_is_looked_at_by_the_reconciliation() -> None:
    seen = [Wave(2, 2, 0, 0, 2, True, {}, 1.0, 1)]
    assert waves_told(12, 2, seen, over=False)[1:] == ("Wave 1: 2 people looked at, all as answered.",)
    assert waves_told(12, 2, seen, over=True)[2:] == ("Wave 2: looked at by the reconciliation.",)
    assert len(waves_told(2, 2, seen, over=True)) == 2
    assert waves_told(12, 0, (), over=True) == ()


def test_nothing_of_a_later_wave_is_sent_before_the_look() -> None:
    story = Story([0] * 9, MANY, group_size=20, pilot=1)
    assert next_of(story) == Send((0,))
    story.sent(0)
    story.answered(0, DONE)
    assert next_of(story) == Verify(1)
    verified(story, 1)
    assert next_of(story) == Send((1, 2, 3, 4, 5))
    story.sent(1, 2, 3, 4, 5)
    for change in (1, 2, 3, 4, 5):
        story.answered(change, DONE)
    assert next_of(story) == Verify(6)
    verified(story, 6)
    assert next_of(story) == Send((6, 7, 8))
    story.sent(6, 7, 8)
    for change in (6, 7, 8):
        story.answered(change, DONE)
    assert next_of(story) == Done(), "the last wave is looked at by the reconciliation"
    assert [(w.up_to, w.looked, w.failed, w.finished) for w in story.ledger.waves] == [(1, 1, 0, 1), (6, 5, 0, 5)]


def test_who_waits_or_is_in_doubt_is_settled_before_the_look() -> None:
    story = Story([0] * 5, MANY, pilot=2).sent(0, 1).answered(0, THROTTLED, wait=10.0).answered(1, LOST)
    story.seen(1, Seen.AFTER)
    assert isinstance(next_of(story), Wait)
    assert next_of(story, now=story.now + 20) == Send((0,))
    story.sent(0).answered(0, DONE)
    assert next_of(story) == Verify(2)


def test_a_wave_that_a_dead_process_finished_is_looked_at_first() -> None:
    story = Story([0] * 5, MANY, pilot=2).sent(0, 1).answered(0, DONE).answered(1, DONE).opened()
    assert next_of(story) == Verify(2)
    verified(story, 2).opened()
    assert story.ledger.wave_end == 5


def test_a_wave_that_is_stopped_before_the_look_is_not_done() -> None:
    story = Story([0] * 5, MANY, pilot=2).sent(0, 1).answered(0, DONE).answered(1, DONE)
    assert next_of(story, stop=True) == Stop("interrupted")


@pytest.mark.parametrize(
    ("answers", "differ", "goes_on"),
    [
        ((DONE, DONE, DONE, DONE), 0, True),
        ((400, DONE, DONE, DONE), 0, True),  # a quarter is not more than a quarter
        ((400, 404, DONE, DONE), 0, False),
        ((400, DONE, DONE, DONE), 1, False),
        ((DONE, DONE, DONE, DONE), 2, False),
        ((400, 400, 400, 400), 0, False),
    ],
)
def test_a_share_of_failures_above_the_limit_stops_after_the_wave(
    answers: tuple[int, ...], differ: int, goes_on: bool
) -> None:
    story = Story([0] * 20, MANY, pilot=4, stop_at=0.25).sent(0, 1, 2, 3)
    for change, status in enumerate(answers):
        story.answered(change, status)
    assert next_of(story) == Verify(4)
    done = [change for change, status in enumerate(answers) if status == DONE]
    verified(story, 4, dict.fromkeys(done[:differ], Seen.BEFORE))
    assert isinstance(next_of(story), Send) == goes_on
    if not goes_on:
        assert next_of(story) == Stop("wave_failed")
        story.opened().counted(MANY)
        assert isinstance(next_of(story), Send), "a person has looked and carries on"
        assert story.ledger.wave_end == 8, "the next wave is no larger than the one that failed"


def test_want_of_seats_and_who_was_gone_before_are_no_failures_of_a_wave() -> None:
    story = Story([0] * 20, None, pilot=3, stop_at=0.0)
    story.seen(0, Seen.GONE).counted(MANY).sent(1, 2).answered(1, *FULL).answered(2, DONE)
    assert next_of(story) == Verify(3)
    verified(story, 3)
    assert not story.ledger.stop
    assert (story.ledger.waves[0].failed, story.ledger.waves[0].finished) == (0, 1)


def test_a_wave_that_moved_nobody_vouches_for_nobody() -> None:
    story = Story([0] * 20, None, pilot=2)
    story.seen(0, Seen.OTHER).seen(1, Seen.OTHER).counted(MANY)
    assert next_of(story) == Verify(2)
    verified(story, 2)
    assert story.ledger.wave_end == 4


def test_who_lacks_a_seat_goes_with_the_next_wave_that_frees_one() -> None:
    # 1 waits for the A that 0 was to free, who was left alone; of those who go later 3 frees one.
    story = Story([1, 0, 1, 0, 0, 0], None, pilot=3, stop_at=0.0)
    story.seen(1, Seen.OTHER).counted({A: 1, B: 0})
    assert next_of(story) == Send((0,))
    story.sent(0).answered(0, DONE)
    assert next_of(story) == Count()
    story.counted({A: 0, B: 1})
    assert next_of(story) == Verify(3)
    verified(story, 3)
    assert next_of(story) == Send((3,))
    story.sent(3).answered(3, DONE)
    assert next_of(story) == Send((2,))
    story.sent(2).answered(2, DONE).sent(4).answered(4, DONE)
    assert story.ledger.unseen == [2, 3, 4]


def test_a_wave_in_which_nobody_finds_a_seat_stops_the_run() -> None:
    assert next_of(Story([0] * 5, {B: 0}, pilot=2)) == Stop("no_seats")


def test_a_look_at_another_wave_than_the_one_under_way_cannot_be() -> None:
    story = Story([0] * 5, MANY, pilot=2).sent(0, 1).answered(0, DONE).answered(1, DONE)
    with pytest.raises(JournalDamaged):
        verified(story, 3)


@pytest.mark.parametrize(
    ("seen", "ends_as", "why"),
    [
        (Seen.OTHER, State.HELD, "changed_meanwhile"),
        (Seen.AFTER, State.HELD, "already_moved"),
        (Seen.GONE, State.REFUSED, "no_such_user"),
    ],
)
def test_who_changed_before_anything_was_sent_is_left_alone(seen: Seen, ends_as: State, why: str) -> None:
    story = Story([0, 0], MANY).seen(0, seen)
    assert (story.state(0), story.ledger.why[0]) == (ends_as, (why, ""))
    assert next_of(story) == Send((1,))


@pytest.mark.parametrize("seen", [Seen.BEFORE, Seen.UNSEEN, Seen.MAYBE_BEFORE])
def test_who_did_not_change_is_not_written_down(seen: Seen) -> None:
    with pytest.raises(JournalDamaged):
        Story([0, 0], MANY).seen(0, seen)


# A time after which nothing is sent


def test_once_the_window_is_closed_nothing_more_is_sent() -> None:
    story = Story([0] * 3, MANY, group_size=1, until=2000.0)
    assert next_of(story, now=1999.0) == Send((0,))
    assert next_of(story, now=2000.0) == Stop("window_closed")
    assert next_of(story, now=2000.0, stop=True) == Stop("interrupted")
    story.sent(0)
    assert next_of(story, 1, now=2000.0) != Stop("window_closed"), "what is in flight is finished first"
    story.answered(0, DONE).sent(1).answered(1, DONE).sent(2).answered(2, DONE)
    assert next_of(story, now=2000.0) == Done()


def test_nothing_is_waited_for_beyond_the_closing_of_the_window() -> None:
    story = Story([0], MANY, until=1050.0).sent(0).answered(0, THROTTLED, wait=100.0)
    assert next_of(story) == Wait(1050.0, "throttled")
    assert next_of(story, now=1050.0) == Stop("window_closed")
