"""Working days: an order by invoice waits for up to two of them (Microsoft's "Buy or remove licenses" article)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta


def after_working_days(start: date, days: int, holidays: Collection[date] = ()) -> date:
    """The day on which ``days`` working days after ``start`` have passed: a Friday and two make Tuesday.

    Saturdays, Sundays and ``holidays`` do not count.
    """
    day = start
    while days > 0:
        day += timedelta(days=1)
        if day.weekday() < 5 and day not in holidays:
            days -= 1
    return day
