"""The book of nights: what events add up to, in any two halves, and what it says of damage."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.core.errors import JournalDamaged
from batch.core.night_book import NightBook
from batch.core.night_events import EventKind
from batch.core.night_values import file_of, message_of, plain, run_of
from batch.core.nights import Fate, Message, Need, Outcome, SeatsLeft, Standing
from tests.core.night_facts import (
    began,
    event,
    file,
    filed,
    going,
    job_ended,
    news,
    opened,
    planned,
    run,
    taken,
    went,
    whole_night,
)

NEXT = "2026-11-24"
LIFE = [
    *whole_night(),
    opened(101, NEXT, "second", jumped=True),
    began(101, NEXT, path="/jobs/e4.toml"),
    *taken(file(digest="bb"), file("b.csv", Fate.HELD, "cc", 2), at=102, night=NEXT, about="r2"),
    planned(103, NEXT, "r2"),
    going(104, NEXT, "r2"),
    went(Standing.GOES_ON, 105, NEXT, "r2", sent=2, moved=2),
    going(106, NEXT, "r2", sent=2, moved=2),
    news(["r1", "r2"], 107, NEXT),
    event(EventKind.SENDING, 108, NEXT, about="m1", way="mail:a"),
    event(EventKind.UNSENT, 109, NEXT, about="m1", way="mail:a", again=True, why="down"),
    event(EventKind.ACCEPTED, 110, NEXT, about="r2", digest="cc"),
    job_ended(111, NEXT, error="e", todo="t", code=1, notes=["n"], writing=["w.csv"]),
    event(EventKind.CLEARED, 112, NEXT, runs=["r1"], files=["done/r1"]),
]


def told(book):
    """Everything that is in the book."""
    names = ("deliveries", "passes", "turns", "messages", "let_through", "told", "ways", "paths", "last_at")
    return {name: getattr(book, name) for name in names}


@given(st.integers(0, len(LIFE)), st.integers(0, len(LIFE)))
def test_the_same_events_in_any_parts_are_the_same_book(first, second):
    first, second = sorted((first, second))
    book = NightBook(LIFE[:first])
    for one in (*LIFE[first:second], *LIFE[second:]):
        book.record(one)
    assert told(book) == told(NightBook(LIFE))


def test_what_a_life_adds_up_to():
    book = NightBook(LIFE)
    first, second = book.deliveries.values()
    assert (first.filed, first.cleared, first.over, [f.fate for f in first.files]) == (True, True, True, [Fate.DONE])
    assert (second.run.standing, second.sent, second.going) == (Standing.GOES_ON, None, {NEXT: (0, 0)})
    assert (second.moved_at, second.went_in, second.planned_there) == (105, NEXT, 1)
    assert [d.id for d in book.open("e4")] == ["r2"]
    assert book.open("other") == []
    assert book.run_of_digest("e4", "aa") == "r1"
    assert book.run_of_digest("e4", "aa", but="r1") == book.run_of_digest("other", "aa") == ""
    assert not book.is_held("e4", "cc"), "let through"
    assert list(book.held("e4")) == []
    assert book.messages["m1"].state == {"mail:a": ("due", "down")}
    assert book.told["e4"] == {"r1", "r2"}
    turn = book.turns["e4", NEXT]
    assert (turn.error, turn.exit_code, turn.notes, turn.writing) == ("e", 1, ("n",), ("w.csv",))
    assert book.passes["second"].jumped
    assert book.paths == {"e4": "/jobs/e4.toml"}


def test_a_second_turn_of_a_night_begins_clean_and_keeps_the_notes():
    book = NightBook([began(1), job_ended(2, error="e", code=1, notes=["n"]), began(3)])
    turn = book.turns["e4", "2026-11-23"]
    assert (turn.error, turn.exit_code, turn.notes, turn.began_at, turn.ended_at) == ("", 0, ("n",), 1, 0)


def test_a_plan_that_is_made_again_counts_anew_and_says_how_often():
    book = NightBook([*taken(), planned(), went(Standing.STALE), planned(6), planned(7, NEXT)])
    (one,) = book.deliveries.values()
    assert (one.plans, one.planned_in, one.planned_there) == (3, NEXT, 1)
    assert one.turns == 3, "waits, stale, waits and waits again"


@pytest.mark.parametrize(
    ("standings", "turns", "moved_at"),
    [
        ([(Standing.HELD, 0), (Standing.HELD, 0)], 2, 2.0),
        ([(Standing.HELD, 0), (Standing.GOES_ON, 2), (Standing.HELD, 2)], 4, 11.0),
        ([(Standing.GOES_ON, 1), (Standing.GOES_ON, 2)], 2, 11.0),
    ],
)
def test_how_often_a_run_comes_to_stand_otherwise_and_when_something_came_of_it(standings, turns, moved_at):
    events = [went(s, 10 + n, sent=moved, moved=moved) for n, (s, moved) in enumerate(standings)]
    (one,) = NightBook([*taken(), planned(), *events]).deliveries.values()
    assert (one.turns, one.moved_at) == (turns, moved_at)


def test_files_that_were_given_up_may_come_again_and_rows_are_those_of_used_files():
    given_up = went(Standing.GIVEN_UP, over=True)
    book = NightBook([*taken(file(rows=7)), planned(), given_up, filed()])
    assert book.run_of_digest("e4", "aa") == ""
    assert [f.rows for f in book.used("e4")] == [7]
    assert list(book.used("e4", but="r1")) == []


def test_a_fixed_sheet_that_was_found_unfit_is_so_for_its_night():
    book = NightBook([*taken(file("/a.csv", Fate.REJECTED, "xx"), fixed=True)])
    assert book.in_vain("e4", "2026-11-23", ["yy", "xx"])
    assert not book.in_vain("e4", "2026-11-23", ["yy"])
    assert not book.in_vain("e4", NEXT, ["xx"])


DAMAGE = {
    "unknown delivery": [filed()],
    "taken twice": [*taken(), taken()[0]],
    "no such message": [event(EventKind.SENT, about="m", way="w")],
    "no such way": [news([]), event(EventKind.SENT, about="m1", way="w")],
    "never begun": [job_ended()],
    "never opened": [event(EventKind.CLOSED, about="p")],
    "unknown fate": [taken()[0], event(EventKind.CLAIMED, about="r1", files=[{"name": "a", "fate": "eaten"}])],
    "unknown key": [*taken(), event(EventKind.PLANNED, about="r1", tenant="", run={"nonsense": 1})],
    "no data": [event(EventKind.TOOK, about="r1")],
    "no list": [taken()[0], event(EventKind.CLAIMED, about="r1", files=7)],
    "cleared what never was": [event(EventKind.CLEARED, runs=["x"], files=[])],
}


@pytest.mark.parametrize("events", DAMAGE.values(), ids=DAMAGE)
def test_events_that_do_not_follow_are_damage_and_said_so(events):
    with pytest.raises(JournalDamaged, match="does not add up"):
        NightBook(events)


def test_values_come_back_as_they_were():
    whole = run(Standing.PART, 3, what="w", seats=(SeatsLeft(sku_id="s", name="n", free=-1),))
    assert run_of(plain(whole)) == whole
    assert file_of(plain(file(why="y"))) == file(why="y")
    message = Message(
        id="i",
        outcome=Outcome.FAILED,
        job="j",
        title="t",
        night="n",
        made_at=1.5,
        subject="s",
        lines=("a",),
        needs=(Need(what="w", todo="t"),),
        counts=(("moved", 1),),
        reports=("r",),
    )
    assert message_of(plain(message)) == message
    assert message_of(plain(replace(message, needs=()))) != message
