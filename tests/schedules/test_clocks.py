"""A time of day in one zone, by the clock of another; and nights on which it does not come."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from batch.schedules.clocks import jumped_over, times_here

DAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("at", "zone", "here", "shown"),
    [
        (time(2), "UTC", "UTC", [time(2)]),
        (time(2), "Europe/Amsterdam", "Europe/Berlin", [time(2)]),
        # Summer and winter.
        (time(22), "Europe/Amsterdam", "UTC", [time(20), time(21)]),
        (time(2), "UTC", "America/New_York", [time(21), time(22)]),
        # Both change their clocks, a week or more apart.
        (time(2), "Europe/Amsterdam", "America/New_York", [time(20), time(21)]),
        (time(2), "Australia/Lord_Howe", "UTC", [time(15), time(15, 30)]),
        # No change there, nor here.
        (time(2), "Asia/Kolkata", "Asia/Tokyo", [time(5, 30)]),
    ],
)
def test_a_time_of_another_zone_is_one_or_two_times_here(at, zone, here, shown):
    assert list(times_here(at, ZoneInfo(zone), ZoneInfo(here), DAY)) == shown


@pytest.mark.parametrize(
    ("at", "zone", "moments"),
    [
        (time(2), "Europe/Amsterdam", ["2027-03-28 03:00", "2028-03-26 03:00"]),
        (time(2, 59), "Europe/Amsterdam", ["2027-03-28 03:00", "2028-03-26 03:00"]),
        (time(3), "Europe/Amsterdam", []),
        (time(1, 59), "Europe/Amsterdam", []),
        (time(2, 30), "America/New_York", ["2027-03-14 03:00", "2028-03-12 03:00"]),
        # Half an hour.
        (time(2, 15), "Australia/Lord_Howe", ["2027-10-03 02:30", "2028-10-01 02:30"]),
        (time(2, 45), "Australia/Lord_Howe", []),
        (time(2), "UTC", []),
        # At midnight.
        (time(0), "Africa/Cairo", ["2027-04-30 01:00", "2028-04-28 01:00"]),
    ],
)
def test_nights_on_which_the_clock_jumps_over_a_time(at, zone, moments):
    found = jumped_over(at, ZoneInfo(zone), DAY, 2)
    assert [f"{moment:%Y-%m-%d %H:%M}" for moment in found] == moments
    assert all(isinstance(moment, datetime) and moment.tzinfo == ZoneInfo(zone) for moment in found)
