"""From the book to what a night was like."""

from __future__ import annotations

import pytest

from batch.core.night_book import NightBook
from batch.core.night_events import EventKind
from batch.core.night_story import nights_told
from batch.core.nights import Fate, Outcome, Standing
from tests.core.night_facts import (
    began,
    closed,
    event,
    file,
    filed,
    job_ended,
    news,
    opened,
    planned,
    taken,
    went,
    whole_night,
)

NEXT, THIRD = "2026-11-24", "2026-11-25"


def night(*events, **ended):
    return nights_told(NightBook([opened(), began(), *events, job_ended(**ended), closed()]))[0]


@pytest.mark.parametrize(
    ("standings", "outcome", "code"),
    [
        ([], Outcome.NOTHING, 0),
        ([(Standing.DONE, 0)], Outcome.DONE, 0),
        ([(Standing.PART, 3)], Outcome.PART, 3),
        ([(Standing.GOES_ON, 3)], Outcome.PART, 3),
        # The window is still to open: nothing to tell, and not all is done.
        ([(Standing.WAITS, 0)], Outcome.NOTHING, 3),
        ([(Standing.DONE, 0), (Standing.WAITS, 0)], Outcome.DONE, 3),
        ([(Standing.APPROVAL, 4), (Standing.DONE, 0)], Outcome.NEEDS_YOU, 4),
        ([(Standing.DIFFERS, 9), (Standing.HELD, 4)], Outcome.NEEDS_YOU, 9),
        ([(Standing.FAILED, 8), (Standing.DONE, 0)], Outcome.FAILED, 8),
        ([(Standing.FAILED, 8), (Standing.DIFFERS, 9)], Outcome.FAILED, 8),
        ([(Standing.GIVEN_UP, 4)], Outcome.NEEDS_YOU, 4),
    ],
)
def test_runs_make_the_outcome_and_the_exit_code(standings, outcome, code):
    events = []
    for n, (standing, ends) in enumerate(standings):
        about = f"r{n}"
        events += [
            *taken(file(digest=about), about=about),
            planned(about=about),
            went(standing, about=about, code=ends),
        ]
    told = night(*events)
    assert (told.jobs[0].outcome, told.jobs[0].exit_code, told.exit_code) == (outcome, code, code)


@pytest.mark.parametrize(
    ("fate", "outcome", "needs"),
    [
        (Fate.SAME, Outcome.DONE, []),
        (Fate.REJECTED, Outcome.NEEDS_YOU, ["users.csv: Why."]),
        (Fate.HELD, Outcome.NEEDS_YOU, ["users.csv: Why."]),
        (Fate.GONE, Outcome.NOTHING, []),
        (Fate.WRITING, Outcome.NOTHING, []),
    ],
)
def test_so_do_files(fate, outcome, needs):
    told = night(*taken(file(fate=fate, why="Why.", todo="Do.")), filed())
    assert (told.jobs[0].outcome, [n.what for n in told.jobs[0].needs]) == (outcome, needs)


def test_and_errors_of_the_job_first():
    told = night(*taken(file(fate=Fate.REJECTED, why="Why.")), error="E", todo="T", code=2, writing=["w.csv"])
    job = told.jobs[0]
    assert (job.outcome, job.exit_code, job.error) == (Outcome.FAILED, 2, "E")
    assert [n.what for n in job.needs] == ["E", "users.csv: Why."]
    assert [f.fate for f in job.files] == [Fate.REJECTED, Fate.WRITING]


def test_nights_come_newest_first_and_each_has_its_own():
    book = NightBook([*whole_night(), *whole_night(NEXT, 100, "r2", "bb"), opened(201, THIRD, "third")])
    nights = nights_told(book)
    assert [n.date for n in nights] == [THIRD, NEXT, "2026-11-23"]
    assert [n.ended_at for n in nights] == [0, 109, 9], "the newest was killed, or lasts"
    assert [[r.run for j in n.jobs for r in j.runs] for n in nights] == [[], ["r2"], ["r1"]]
    assert [n.date for n in nights_told(book, 1)] == [THIRD]
    assert nights_told(NightBook()) == []


def test_what_is_held_from_before_counts_in_the_newest_night_alone():
    held = taken(file(fate=Fate.HELD, why="Small."))
    ended = [began(101, NEXT), job_ended(108, NEXT), closed(109, NEXT, "p2")]
    book = NightBook([opened(), began(), *held, filed(), job_ended(), closed(), opened(101, NEXT, "p2"), *ended])
    newest, first = nights_told(book)
    assert [n.jobs[0].exit_code for n in (newest, first)] == [4, 4]
    assert newest.jobs[0].files == ()
    book.record(event(EventKind.ACCEPTED, 110, NEXT, about="r1", digest="aa"))
    assert nights_told(book)[0].exit_code == 0


def test_a_file_that_is_judged_anew_is_told_in_the_night_in_which_it_was():
    again = taken(file(fate=Fate.REJECTED, why="Never planned."), at=103, night=NEXT)[2]
    ended = [began(101, NEXT), again, job_ended(108, NEXT), closed(109, NEXT, "p2")]
    book = NightBook([opened(), began(), *taken(), job_ended(), closed(), opened(101, NEXT, "p2"), *ended])
    newest, first = nights_told(book)
    assert [f.fate for f in newest.jobs[0].files] == [Fate.REJECTED]
    assert first.jobs[0].files == ()


def test_messages_that_are_due_stand_in_the_newest_night_until_they_are_sent():
    events = [*whole_night(), news(["x"]), opened(101, NEXT, "p2"), began(101, NEXT)]
    book = NightBook(events)
    assert [[t.state for t in n.told] for n in nights_told(book)] == [["due"], ["due"]]
    book.record(event(EventKind.SENT, 110, NEXT, about="m1", way="mail:a"))
    assert [[t.state for t in n.told] for n in nights_told(book)] == [[], ["sent"]]
