"""How long an order may take, and how often to look for it.

Whoever pays by invoice, or orders above a cost that is not published, may wait for a credit check of up to two working
days (Microsoft's "Buy or remove licenses" article). Anything else is there after minutes, sometimes hours.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time

from batch.core.deadlines import day_of
from batch.core.working_days import after_working_days

WORKING_DAYS = 2
_MINUTE = 60.0
#: Seconds until it is worth looking again, for the first look, the second and every further one.
_PAUSES = (15 * _MINUTE, 60 * _MINUTE)


def pause(looks: int) -> float:
    """Seconds until the next look after ``looks`` that found it not ready: 15 minutes, then an hour each time."""
    return _PAUSES[min(looks, len(_PAUSES) - 1)]


def over_by(ordered: date, holidays: Collection[date] = ()) -> float:
    """The end of the credit check of something ordered on this day, at the latest: UTC seconds since 1970.

    That is the beginning of the day on which two working days have passed: for a Friday the Tuesday.
    """
    day = after_working_days(ordered, WORKING_DAYS, holidays)
    return datetime.combine(day, time(), UTC).timestamp()


def told(at: float) -> str:
    """ "Tuesday 24 November 2026", of a moment in UTC."""
    day = day_of(at)
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
