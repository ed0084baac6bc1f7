"""A time of day in which changes may be sent, by the clock on the wall: over midnight and over changes of the clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from batch.core.errors import UsageError

_WINDOW = re.compile(r"\s*([0-9:]{1,5})\s*(?:-|–|—)\s*([0-9:]{1,5})\s*")
_CLOCK = re.compile(r"([0-9]{1,2})(?::([0-9]{2}))?")
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Window:
    """From ``opens`` until just before ``closes``, every day; over midnight where it opens later than it closes."""

    opens: time
    closes: time

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"

    def contains(self, moment: datetime) -> bool:
        """Whether the clock on the wall is in the window; ``moment`` is a time of the zone that the window is meant in.

        An hour that comes twice is in it twice.
        """
        at = moment.time()
        if self.opens < self.closes:
            return self.opens <= at < self.closes
        return at >= self.opens or at < self.closes

    def next_close(self, moment: datetime) -> datetime:
        """When the window that ``moment`` is in closes; in an hour that comes twice, the first time."""
        return next_at(self.closes, moment)

    def next_open(self, moment: datetime) -> datetime:
        """When the window opens next after ``moment``."""
        return next_at(self.opens, moment)


def parse_window(text: str) -> Window:
    """The window written as ``22:00-05:00``; ``UsageError`` for anything else, and for one of no length."""
    found = _WINDOW.fullmatch(text)
    opens, closes = (parse_clock(found[1]), parse_clock(found[2])) if found else (None, None)
    if opens is None or closes is None:
        raise UsageError(f"“{text.strip()}” is not a window of time.", "Write it like 22:00-05:00.")
    if opens == closes:
        raise UsageError(
            f"The window {text.strip()} has no length.", "Write when it opens and when it closes, or leave it out."
        )
    return Window(opens, closes)


def parse_clock(text: str) -> time | None:
    """A time of day written as ``5``, ``05:00`` or ``24:00`` (which is ``00:00``); None for anything else."""
    found = _CLOCK.fullmatch(text.strip())
    hour, minute = (int(found[1]), int(found[2] or 0)) if found else (99, 0)
    if (hour, minute) == (24, 0):
        return time(0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def next_at(clock: time, moment: datetime) -> datetime:
    """The first moment after ``moment`` at which the clock of its zone shows ``clock`` or jumps over it."""
    days = (moment.date() + timedelta(days=n) for n in range(-1, 3))
    found = [at for day in days for at in _shown(datetime.combine(day, clock, moment.tzinfo))]
    return min((at for at in found if at > moment.astimezone(UTC)), default=moment).astimezone(moment.tzinfo)


def _shown(local: datetime) -> list[datetime]:
    """When the wall shows this time, in UTC: once; twice when the clock goes back; or when it is jumped over."""
    first, second = sorted(local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    wanted = local.replace(tzinfo=None)

    def shows(at: datetime) -> datetime:
        return at.astimezone(local.tzinfo).replace(tzinfo=None, fold=0)

    if shows(first) == wanted:
        return [first] if first == second else [first, second]
    while shows(first) < wanted:
        first += _MINUTE
    return [first]
