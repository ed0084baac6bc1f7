"""Which night it is, by clocks on several walls, and which nights are missing."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.core.night_dates import missed, night_of

AMSTERDAM, YORK, HOWE = (ZoneInfo(n) for n in ("Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe"))


@pytest.mark.parametrize(
    ("wall", "fold", "zone", "night"),
    [
        ("2026-11-23T12:00", 0, AMSTERDAM, "2026-11-23"),
        ("2026-11-23T11:59", 0, AMSTERDAM, "2026-11-22"),
        ("2026-11-23T22:00", 0, AMSTERDAM, "2026-11-23"),
        ("2026-11-24T02:00", 0, AMSTERDAM, "2026-11-23"),
        # The clock goes back: both half past two are of one night, and so is the evening before.
        ("2026-10-24T22:00", 0, AMSTERDAM, "2026-10-24"),
        ("2026-10-25T02:30", 0, AMSTERDAM, "2026-10-24"),
        ("2026-10-25T02:30", 1, AMSTERDAM, "2026-10-24"),
        ("2026-10-25T11:59", 0, AMSTERDAM, "2026-10-24"),
        ("2026-10-25T12:00", 0, AMSTERDAM, "2026-10-25"),
        # And forward.
        ("2027-03-28T01:59", 0, AMSTERDAM, "2027-03-27"),
        ("2027-03-28T03:00", 0, AMSTERDAM, "2027-03-27"),
        ("2027-03-28T11:59", 0, AMSTERDAM, "2027-03-27"),
        ("2026-11-01T01:30", 1, YORK, "2026-10-31"),
        ("2027-04-04T01:45", 1, HOWE, "2027-04-03"),
        ("2026-12-31T23:59", 0, UTC, "2026-12-31"),
        ("2027-01-01T00:00", 0, UTC, "2026-12-31"),
    ],
)
def test_a_night_lasts_from_noon_to_noon(wall, fold, zone, night):
    assert night_of(datetime.fromisoformat(wall).replace(tzinfo=zone, fold=fold).timestamp(), zone) == night


@given(st.integers(1_700_000_000, 1_900_000_000), st.sampled_from((AMSTERDAM, YORK, HOWE, UTC)))
def test_nights_never_run_backwards_and_last_about_a_day(now, zone):
    nights = [night_of(now + hours * 3600, zone) for hours in range(0, 49)]
    assert nights == sorted(nights)
    assert len(set(nights)) == 3 or len(set(nights)) == 2
    assert all(23 <= nights.count(night) <= 25 for night in nights if night not in (nights[0], nights[-1]))


@pytest.mark.parametrize(
    ("last", "tonight", "days", "found"),
    [
        ("2026-11-22", "2026-11-23", 1, ()),
        ("2026-11-23", "2026-11-23", 1, ()),
        ("2026-11-20", "2026-11-23", 1, ("2026-11-21", "2026-11-22")),
        ("2026-11-24", "2026-11-23", 1, ()),
        ("2026-11-01", "2026-11-08", 7, ()),
        ("2026-11-01", "2026-11-09", 7, ("2026-11-08",)),
        ("2026-02-27", "2026-03-02", 1, ("2026-02-28", "2026-03-01")),
        ("2026-11-01", "2026-11-04", 0.2, ("2026-11-02", "2026-11-03")),
    ],
)
def test_nights_that_should_have_been(last, tonight, days, found):
    assert missed(last, tonight, days * 86_400) == found


def test_of_very_many_only_some_are_listed():
    assert len(missed("2000-01-01", "2026-11-23", 86_400)) == 60
