"""The table of nights for the terminal, and the same as plain values for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from batch.core.nights import JobNight, Night, Outcome
from batch.reports.night_words import NOT_ENDED, WAITS, cut, job_ended_as, seats_of, sums_of
from batch.reports.words import iso

_HEADS = ("Night", "Job", "Files", "Moved", "Refused", "Waiting", "Seats left", "Time", "Ended as")
#: 100 columns together.
_WIDTHS = (11, 17, 5, 8, 8, 8, 19, 9, 15)
_RIGHT = frozenset({2, 3, 4, 5, 7})
_ENDED = {
    Outcome.NOTHING: "Nothing",
    Outcome.DONE: "Done",
    Outcome.PART: "In part",
    Outcome.NEEDS_YOU: "Needs you",
    Outcome.FAILED: "Failed",
}
#: Missed nights in a row that are named.
_MOST_MISSED = 3


def nights_lines(nights: Iterable[Night]) -> Iterator[str]:
    """A heading, then a line for each job of each night (newest first) and for what was no night; 100 columns.

    *Moved* is of that night; *refused* and *waiting* are of its runs so far. *Seats left* is the product with the
    fewest. The exit code stands behind how a job ended unless it is 0.
    """
    yield _line(_HEADS)
    for night in nights:
        if not night.ended_at:
            yield f"{cut(night.date, 10):<11}This night did not end: it is under way, or it was killed."
        elif not night.jobs:
            yield f"{cut(night.date, 10):<11}No job; exit code {night.exit_code}."
        for job in night.jobs:
            yield _line(_cells(night, job))
        yield from _missed(night.missed)


def night_value(night: Night) -> dict[str, Any]:
    """A night as a JSON value: its fields and those of its jobs, files and runs; times in ISO 8601 (UTC) or null."""
    value = asdict(night)
    for part in (value, *value["jobs"]):
        part["seconds"] = _seconds(part["began_at"], part["ended_at"])
        part["began_at"], part["ended_at"] = iso(part["began_at"]) or None, iso(part["ended_at"]) or None
    return value


def _missed(dates: Sequence[str]) -> Iterator[str]:
    newest_first = sorted(dates, reverse=True)
    for when in newest_first[:_MOST_MISSED]:
        yield f"{cut(when, 10):<11}No night was held."
    if len(dates) > _MOST_MISSED:
        yield f"{'':<11}Nor on {len(dates) - _MOST_MISSED:,} nights before."


def _cells(night: Night, job: JobNight) -> tuple[str, ...]:
    sums = sums_of([job])
    ended = (WAITS[0] if job_ended_as(job) == WAITS else _ENDED[job.outcome]) + (
        f" ({job.exit_code})" if job.exit_code else ""
    )
    return (
        cut(night.date, 10),
        cut(job.job, 16),
        _count(sums.files),
        _count(sums.tonight),
        _count(sums.refused),
        _count(sums.waiting),
        _seats(job),
        _time(job),
        ended if job.ended_at else NOT_ENDED[0],
    )


def _line(cells: Sequence[str]) -> str:
    told = [
        text.rjust(width) if at in _RIGHT else f"{text:<{width}}"
        for at, (text, width) in enumerate(zip(cells, _WIDTHS, strict=True))
    ]
    # The seats stand between two columns of numbers, and the last word behind one.
    told[6], told[8] = f"  {told[6]}"[: _WIDTHS[6]], f"  {told[8]}"
    return "".join(told).rstrip()


def _seats(job: JobNight) -> str:
    return next((cut(f"{seats.free:,} {seats.name}", _WIDTHS[6] - 2) for seats in seats_of(job)), "–")


def _count(number: int) -> str:
    return f"{number:,}" if number < 1_000_000 else f"{number / 1e6:.1f} M"


def _seconds(began: float, ended: float) -> float | None:
    return round(max(0.0, ended - began), 3) if ended else None


def _time(job: JobNight) -> str:
    seconds = _seconds(job.began_at, job.ended_at)
    if seconds is None:
        return "–"
    minutes, left = divmod(round(seconds), 60)
    if minutes >= 60_000:  # the clock was wrong
        return "> 999 h"
    return f"{minutes // 60}:{minutes % 60:02}:{left:02}"
