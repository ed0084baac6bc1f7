"""A time of day in which changes may be sent, by the clock on the wall: over midnight and over changes of the clock."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

from batch.core.errors import UsageError

_WINDOW = re.compile(r"\s*([0-9:]{1,5})\s*(?:-|–|—)\s*([0-9:]{1,5})\s*")
_CLOCK = re.compile(r"([0-9]{1,2})(?::([0-9]{2}))?")
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Window:
    """From ``opens`` until just before ``closes``, every day; over midnight where it opens later than it closes.

    It is open whenever the clock on the wall shows a time in it, so in an hour that comes twice it may be open twice.
    Once open it stays so until the wall shows ``closes`` for the first time, also where the clock goes back to before
    ``opens`` meanwhile. A window that the clock jumps over as a whole does not open that day.
    """

    opens: time
    closes: time

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"

    def contains(self, moment: datetime) -> bool:
        """Whether the window is open; ``moment`` is a time of the zone that the window is meant in."""
        utc = moment.astimezone(UTC)
        begun, lasts = self.opens <= moment.time(), moment.time() < self.closes
        shown = (begun and lasts) if self.opens < self.closes else (begun or lasts)
        return shown or any(opened <= utc < closed for opened, closed in self._stretches(moment))

    def next_close(self, moment: datetime) -> datetime:
        """When the window that ``moment`` is in closes."""
        return next(at for at in self._turns(moment) if not self.contains(at))

    def next_open(self, moment: datetime) -> datetime:
        """When the window opens next after ``moment``; of one that is open, when it does so again."""
        since = self.next_close(moment) if self.contains(moment) else moment
        return next(at for at in self._turns(since) if self.contains(at))

    def _stretches(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The windows of the days around this one, each from its first opening to its first closing, in UTC."""
        overnight = timedelta(days=self.opens > self.closes)
        for day in _days(moment):
            opened, closed = (
                _shown(datetime.combine(on, clock, moment.tzinfo))[0]
                for on, clock in ((day, self.opens), (day + overnight, self.closes))
            )
            yield opened, closed

    def _turns(self, moment: datetime) -> list[datetime]:
        """The moments after this one at which the window may open or close, in order, in the zone of ``moment``."""
        clocks = (datetime.combine(day, c, moment.tzinfo) for day in _days(moment) for c in (self.opens, self.closes))
        found = {*_changes(moment), *(at for local in clocks for at in _shown(local))}
        return [at.astimezone(moment.tzinfo) for at in sorted(found) if at > moment.astimezone(UTC)]


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
    found = [at for day in _days(moment) for at in _shown(datetime.combine(day, clock, moment.tzinfo))]
    return min((at for at in found if at > moment.astimezone(UTC)), default=moment).astimezone(moment.tzinfo)


def _days(moment: datetime) -> list[date]:
    """The days around a moment: no window is open for longer, or opens later."""
    return [moment.date() + timedelta(days=n) for n in range(-2, 5)]


def _changes(moment: datetime) -> Iterator[datetime]:
    """When the clock of the zone is put forward or back in the days after this moment, in UTC."""
    begin = int(moment.timestamp())
    for first, last in pairwise(range(begin, begin + 4 * 86_400, 21_600)):
        if _ahead(first, moment.tzinfo) != _ahead(last, moment.tzinfo):
            yield _change(range(first, last + 1), moment.tzinfo)


def _change(seconds: range, zone: tzinfo | None) -> datetime:
    usual = _ahead(seconds[0], zone)
    changed = bisect_left(seconds, True, key=lambda second: _ahead(second, zone) != usual)
    return datetime.fromtimestamp(seconds[changed], UTC)


def _ahead(second: int, zone: tzinfo | None) -> timedelta | None:
    return datetime.fromtimestamp(second, zone).utcoffset()


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
