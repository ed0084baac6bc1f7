"""Which night it is. A night lasts from noon to noon and is called by the date on which it begins.

So 22:00 and 02:00 are the same night, with or without a change of the clock between them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo

_HALF_A_DAY = timedelta(hours=12)
#: Missed nights that are listed.
_LISTED = 60


def night_of(now: float, zone: tzinfo) -> str:
    """The night of this moment (UTC seconds since 1970) by the clock on the wall of ``zone``, as an ISO date."""
    wall = datetime.fromtimestamp(now, UTC).astimezone(zone).replace(tzinfo=None)
    return (wall - _HALF_A_DAY).date().isoformat()


def missed(last: str, tonight: str, every: float) -> tuple[str, ...]:
    """The nights that should have been between two and were not, one each ``every`` seconds; none for a clock that was
    set back."""
    pace = timedelta(days=max(1, round(every / 86_400)))
    found: list[str] = []
    at = date.fromisoformat(last) + pace
    while at < date.fromisoformat(tonight) and len(found) < _LISTED:
        found.append(at.isoformat())
        at += pace
    return tuple(found)
