"""A time of day in one time zone, by the clock of a machine in another; and nights on which it does not come."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

from batch.core.window import next_at

_YEAR = timedelta(days=366)


def times_here(at: time, zone: tzinfo, here: tzinfo, day: date) -> tuple[time, ...]:
    """What the clock ``here`` shows when it is ``at`` in ``zone``, on any day of the year from ``day`` on.

    Mostly one time, two where one of both changes its clock and the other does not (or on another day). Days on which
    it is never ``at`` there are left out (``jumped_over``).
    """
    moments = (_moment(at, zone, day + timedelta(days=n)) for n in range(_YEAR.days))
    return tuple(sorted({moment.astimezone(here).time() for moment in moments if _shows(at, zone, moment)}))


def jumped_over(at: time, zone: tzinfo, day: date, years: int) -> tuple[datetime, ...]:
    """When the clock of ``zone`` jumps over ``at``, in so many years from ``day``: the moments, in that zone."""
    midnights = [datetime.combine(day + timedelta(days=n), time(0), zone) for n in range(years * _YEAR.days)]
    changing = (a.date() for a, b in pairwise(midnights) if a.utcoffset() != b.utcoffset())
    gone = (day for day in changing if not _shows(at, zone, _moment(at, zone, day)))
    return tuple(next_at(at, datetime.combine(day, at, zone) - timedelta(hours=12)) for day in gone)


def _moment(at: time, zone: tzinfo, day: date) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)


def _shows(at: time, zone: tzinfo, moment: datetime) -> bool:
    """Whether the clock of ``zone`` shows ``at`` then; it does not where it jumped over it."""
    return moment.astimezone(zone).time() == at
