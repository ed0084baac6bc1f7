"""What people are told of a night: all that matters, each piece once."""

from __future__ import annotations

import pytest

from batch.core.night_book import NightBook
from batch.core.night_news import message_for, news_of
from batch.core.nights import Fate, Outcome, Standing
from tests.core.night_facts import NIGHT, began, file, filed, job_ended, news, planned, taken, went

NEXT, THIRD = "2026-11-24", "2026-11-25"
NAMES = {NIGHT: 0, NEXT: 100, THIRD: 200}


def turn(night=NIGHT, **more):
    return began(NAMES[night] + 1, night), job_ended(NAMES[night] + 8, night, **more)


def untold(events, night=NIGHT):
    book = NightBook(events)
    return news_of(book, book.turns["e4", night])


def tell(events, night):
    """The events, with everything that is news told."""
    return [*events, news([item.key for item in untold(events, night)], NAMES[night] + 9, night, about=f"m-{night}")]


@pytest.mark.parametrize(
    ("standing", "outcome"),
    [
        (Standing.DONE, Outcome.DONE),
        (Standing.PART, Outcome.PART),
        (Standing.DIFFERS, Outcome.NEEDS_YOU),
        (Standing.APPROVAL, Outcome.NEEDS_YOU),
        (Standing.HELD, Outcome.NEEDS_YOU),
        (Standing.FAILED, Outcome.FAILED),
        (Standing.GIVEN_UP, Outcome.NEEDS_YOU),
        (Standing.GOES_ON, Outcome.PART),
        (Standing.STOPPED, Outcome.PART),
        (Standing.WAITS, None),
    ],
)
def test_how_a_run_stands_is_told_once(standing, outcome):
    events = [*turn(), *taken(), planned(), went(standing)]
    assert [item.outcome for item in untold(events)] == ([outcome] if outcome else [])
    if outcome:
        assert untold(tell(events, NIGHT)) == ()


@pytest.mark.parametrize(
    ("standings", "told"),
    [
        # What waits for a person is told once, however many nights it waits.
        ([(Standing.HELD, 0), (Standing.HELD, 0), (Standing.HELD, 0)], [1, 0, 0]),
        ([(Standing.APPROVAL, 0), (Standing.APPROVAL, 0), (Standing.APPROVAL, 0)], [1, 0, 0]),
        # And anew once something came of it, or it stood otherwise meanwhile.
        ([(Standing.HELD, 0), (Standing.HELD, 2), (Standing.HELD, 2)], [1, 1, 0]),
        ([(Standing.HELD, 0), (Standing.GOES_ON, 0), (Standing.HELD, 0)], [1, 1, 1]),
        # What goes on, and what fails, is news each night.
        ([(Standing.GOES_ON, 1), (Standing.GOES_ON, 2), (Standing.DONE, 5)], [1, 1, 1]),
        ([(Standing.FAILED, 0), (Standing.FAILED, 0), (Standing.FAILED, 0)], [1, 1, 1]),
        ([(Standing.WAITS, 0), (Standing.WAITS, 0), (Standing.DONE, 5)], [0, 0, 1]),
    ],
)
def test_over_three_nights(standings, told):
    events = [*taken(), planned()]
    found = []
    for night, (standing, moved) in zip((NIGHT, NEXT, THIRD), standings, strict=True):
        events += [*turn(night), went(standing, NAMES[night] + 5, night, moved=moved, sent=moved)]
        found.append(len(untold(events, night)))
        if found[-1]:
            events = tell(events, night)
    assert found == told


def test_what_fails_twice_in_one_night_is_told_once_and_after_a_clock_was_ahead_still_each_night():
    ahead = "2027-11-23"
    events = [*taken(), planned(), *turn(), went(Standing.FAILED)]
    events = tell(events, NIGHT)
    assert untold([*events, went(Standing.FAILED, 6)]) == ()
    NAMES.update({ahead: 50})
    events = tell([*events, *turn(ahead), went(Standing.FAILED, 55, ahead)], ahead)
    assert len(untold([*events, *turn(NEXT), went(Standing.FAILED, 105, NEXT)], NEXT)) == 1


@pytest.mark.parametrize("fate", list(Fate))
def test_files_that_people_have_to_know_of_are_told_once(fate):
    events = [*turn(), *taken(file(fate=fate, why="Because.")), filed()]
    known = {Fate.REJECTED: Outcome.NEEDS_YOU, Fate.HELD: Outcome.NEEDS_YOU, Fate.SAME: Outcome.DONE}
    assert [i.outcome for i in untold(events)] == [known[f] for f in (fate,) if f in known]
    assert untold(tell(events, NIGHT)) == () if fate in known else True


def test_an_error_of_the_job_is_told_once_a_night_and_another_one_anew():
    events = [*turn(error="E", todo="T", code=1)]
    assert [(i.need.what, i.need.todo) for i in untold(events)] == [("E", "T")]
    events = tell(events, NIGHT)
    assert untold([*events, *turn(error="E", code=1)]) == ()
    assert len(untold([*events, *turn(error="F", code=1)])) == 1
    assert len(untold([*events, *turn(NEXT, error="E", code=1)], NEXT)) == 1
    assert untold([*events, *turn()]) == (), "mended in the same night"


def test_a_message_is_named_by_what_it_tells_alone_and_says_what_matters():
    events = [
        *turn(error="The job is broken.", todo="Mend it."),
        *taken(file(), file("=bad\n.csv", Fate.REJECTED, "bb", why="No.", todo="Look.")),
        planned(),
        went(Standing.PART, moved=3, sent=5, tonight=3, what="Some did not move.", todo="See."),
    ]
    book = NightBook(events)
    of = book.turns["e4", NIGHT]
    items = news_of(book, of)
    message = message_for(of, items, 9.0, "nights/report.html")
    assert message.id == message_for(of, items[::-1], 99.0, "elsewhere").id
    assert message.id != message_for(of, items[:1], 9.0, "").id
    assert (message.outcome, message.subject) == (Outcome.FAILED, "E4: failed, 3 of 5 moved")
    assert [n.what for n in message.needs] == ["The job is broken.", "=bad .csv: No."]
    assert dict(message.counts) == {
        "planned": 5,
        "moved": 3,
        "tonight": 3,
        "refused": 0,
        "waiting": 2,
        "left_out": 0,
        "files": 1,
    }
    assert message.reports == ("nights/runs/r1/report.xlsx",)
    assert not any("\n" in line for line in message.lines)


def test_a_message_about_very_much_stays_short():
    events = [*turn()]
    for n in range(50):
        files = (file(f"{n}.csv", Fate.SAME, str(n)), file(f"x{n}.csv", digest=f"x{n}"))
        events += [*taken(*files, about=f"r{n}"), planned(about=f"r{n}"), went(Standing.DONE, about=f"r{n}", over=True)]
    book = NightBook(events)
    of = book.turns["e4", NIGHT]
    message = message_for(of, news_of(book, of), 9.0, "")
    assert len(message.lines) < 50
    assert dict(message.counts)["planned"] == 250
