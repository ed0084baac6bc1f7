"""Which files are meant, when one is whole, and which follow each other."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.core.inbox import Dropped, Quiet, is_meant, is_plain, series_of, shrunk

NOW, QUIET = 1_800_000_000.0, 60.0


@pytest.mark.parametrize(
    ("name", "patterns", "meant"),
    [
        ("users.csv", (), True),
        ("USERS.XLSX", (), True),
        ("users.ods", (), True),
        ("users.ndjson", (), True),
        ("users.pdf", (), False),
        ("users", (), False),
        ("users.csv", ("users*.csv",), True),
        ("Users-2026.CSV", ("users*.csv", "x"), True),
        ("others.csv", ("users*.csv",), False),
        ("users.dat", ("users.*",), True),
        ("users[1].csv", ("users[1].csv",), True),
        ("caf\u00e9.csv", ("cafe\u0301.csv",), True),
        ("STRASSE.csv", ("stra\u00dfe.csv",), True),
        # Never, whatever the pattern says.
        (".users.csv", ("*",), False),
        (".~lock.users.csv#", ("*",), False),
        ("~$users.xlsx", ("*",), False),
        *((f"users.csv.{end}", ("*",), False) for end in ("tmp", "PART", "partial", "crdownload", "filepart", "swp")),
        ("users.lock", ("*",), False),
        ("Thumbs.db", ("*",), False),
        ("Desktop.ini", ("*",), False),
        ("users.csv.why.txt", ("*",), False),
        ("users\n.csv", ("*",), False),
        ("users\x1b[2J.csv", ("*",), False),
        ("users\u202evsc.exe.csv", ("*",), False),
        ("users\udcff.csv", ("*",), False),
        ("..\\users.csv", ("*",), False),
        ("", ("*",), False),
    ],
)
def test_names_that_are_meant(name, patterns, meant):
    assert is_meant(name, patterns) is meant


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "/etc", "a\x00b", "a\tb", "a\u2028b"])
def test_names_that_lead_elsewhere(name):
    assert not is_plain(name)
    assert is_plain("a b: (1).csv")


def looks(*steps, quiet=QUIET):
    """What each look says of one file: steps of (our clock, size, time of the file), or (our clock,) for no file."""
    memory, said = Quiet(), []
    for now, *file in steps:
        listing = [Dropped("f.csv", *file)] if file else []
        ready, writing, memory = memory.look(listing, now, quiet)
        assert sorted(map(id, ready + writing)) == sorted(map(id, listing))
        said.append(bool(ready))
    return said


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        # Dropped in the afternoon: one look is enough.
        ([(NOW, 10, NOW - 3600)], [True]),
        ([(NOW, 10, NOW - 60)], [True]),
        # Too young: when its time is old enough, or when our clock says so, whichever is first.
        ([(NOW, 10, NOW - 59), (NOW + 1, 10, NOW - 59)], [False, True]),
        ([(NOW, 10, NOW)], [False]),
        # It grows: the last of it counts.
        ([(NOW, 10, NOW), (NOW + 30, 20, NOW + 30), (NOW + 60, 30, NOW + 60), (NOW + 120, 30, NOW + 60)], [0, 0, 0, 1]),
        # A copy that sets the old time at its end: changed since the look before, so it is looked at again.
        ([(NOW, 10, NOW), (NOW + 90, 20, NOW - 9999), (NOW + 91, 20, NOW - 9999)], [False, False, True]),
        # A share whose clock goes ahead of ours: two looks, by our own clock.
        ([(NOW, 10, NOW + 500), (NOW + 59, 10, NOW + 500), (NOW + 60, 10, NOW + 500)], [False, False, True]),
        # Empty: the same, however old it is.
        ([(NOW, 0, NOW - 3600), (NOW + 59, 0, NOW - 3600), (NOW + 60, 0, NOW - 3600)], [False, False, True]),
        # Our clock is set back: the wait begins anew, and ends.
        ([(NOW, 0, NOW), (NOW - 7200, 0, NOW), (NOW - 7140, 0, NOW)], [False, False, True]),
        ([(NOW, 9, NOW - 5), (NOW - 7200, 9, NOW - 5), (NOW - 7140, 9, NOW - 5)], [False, False, True]),
        # Our clock jumps on while the file is being written: its own time is not the same twice.
        ([(NOW, 10, NOW), (NOW + 7200, 20, NOW + 5)], [False, False]),
        # Gone and come again: as if new.
        ([(NOW, 0, NOW), (NOW + 40,), (NOW + 80, 0, NOW), (NOW + 140, 0, NOW)], [False, False, False, True]),
        # What was ready and could not be taken stays ready.
        ([(NOW, 0, NOW), (NOW + 60, 0, NOW), (NOW + 61, 0, NOW)], [False, True, True]),
    ],
)
def test_when_a_file_is_whole(steps, said):
    assert looks(*steps) == list(map(bool, said))


def test_without_a_time_of_quiet_an_empty_file_is_still_seen_twice():
    assert looks((NOW, 0, NOW), (NOW, 0, NOW), quiet=0) == [False, True]
    assert looks((NOW, 1, NOW), quiet=0) == [True]


def test_files_are_looked_at_apart_and_in_their_order():
    old, young = Dropped("b.csv", 1, NOW - 100), Dropped("a.csv", 1, NOW)
    ready, writing, memory = Quiet().look([old, young], NOW, QUIET)
    assert (ready, writing) == ((old,), (young,))
    assert memory.look([young, old], NOW + 60, QUIET).ready == (young, old)
    assert Quiet().look([], NOW, QUIET) == ((), (), Quiet())


MOMENTS = st.integers(0, 500).map(float)
STATES = st.tuples(MOMENTS, st.integers(0, 3), MOMENTS)


@settings(max_examples=40)
@given(st.lists(STATES, max_size=6), st.integers(0, 3), MOMENTS, MOMENTS)
def test_a_file_that_rests_is_taken_whatever_the_clocks_did_before(history, size, modified, now):
    """Two looks at a file at rest, ``quiet`` apart: never waited for ever."""
    assert looks(*history, (now, size, modified), (now + QUIET, size, modified))[-1]


@settings(max_examples=40)
@given(st.lists(STATES, min_size=2, max_size=8))
def test_a_file_that_changed_since_the_last_look_is_left(history):
    said = looks(*history)
    for (_, *before), (_, *after), ready in zip(history, history[1:], said[1:], strict=False):
        assert before == after or not ready


@pytest.mark.parametrize(
    ("names", "series"),
    [
        (["users-2026-11-22.csv", "Users_20261123(1).csv", "users.csv", "USERS 3.CSV"], "users.csv"),
        (["users_11_22_2026 4_00_12 PM.csv", "users_11_23_2026 10_00_12 am.csv"], "users.csv"),
        (["users-20261122T020000Z.csv", "users-2026-11-22T02-00-00Z.csv"], "users.csv"),
        (["users 22 nov 2026.csv", "users 1 December 2026.csv", "users-3-d\u00e9c-2026.csv"], "users.csv"),
        (["users047.csv", "users48.csv"], "users.csv"),
        (["sales e4 2026.xlsx", "Sales-E4-20261122.xlsx"], "sales e4.xlsx"),
        (["20261122.csv", "1.csv"], ".csv"),
        (["march sales.csv", "march-sales 12.csv"], "march sales.csv"),
        (["users", "users 2"], "users"),
    ],
)  # fmt: skip
def test_one_series(names, series):
    assert {series_of(name) for name in names} == {series}


@pytest.mark.parametrize(("one", "other"), [("e4.csv", "e5.csv"), ("users.csv", "users.xlsx"), ("a-1.csv", "b-1.csv")])
def test_two_series(one, other):
    assert series_of(one) != series_of(other)


@settings(max_examples=40)
@given(st.text("xyz \u00e9-_", max_size=8), st.dates(), st.sampled_from(["%Y-%m-%d", "%Y%m%d", "%d.%m.%y", "(%j)"]))
def test_a_date_makes_no_other_series(stem, day, written):
    assert series_of(f"{stem}_{day.strftime(written)}.csv") == series_of(f"{stem}.csv")


@pytest.mark.parametrize(
    ("rows", "before", "share", "held"),
    [
        (49, 100, 0.5, True),
        (50, 100, 0.5, False),
        (150, 100, 0.5, False),
        (43, 100, 0.57, False),
        (42, 100, 0.57, True),
        (0, 1, 0.5, True),
        (0, 0, 0.0, False),
        (0, 100, 1.0, False),
        (99, 100, 0.0, True),
        (0, 100, None, False),
    ],
)
def test_shrunk(rows, before, share, held):
    assert shrunk(rows, before, share) is held
