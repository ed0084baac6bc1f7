"""The geometry of the page's charts: values in, numbers in per cent out, so that SVG fits any width.

Every number that a chart shows also stands as text next to it.
"""

from __future__ import annotations

from dataclasses import dataclass

from batch.core.report import Report, SkuLine
from batch.reports.words import WORDS, label, tally

#: Bars leave room on the right for their number.
_FULL = 68.0
#: Products in the seats chart; all of them stand in the table.
MOST_SKUS = 12
_MOST_COLUMNS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar or slice: ``start`` and ``size`` in per cent of the chart's width or height."""

    label: str
    number: int
    start: float
    size: float
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatChart:
    """Seats of one SKU in use before and after, and where the seats end (per cent)."""

    line: SkuLine
    bars: tuple[Bar, ...]
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceChart:
    """Applied changes over time; each column stands for ``minutes`` minutes."""

    minutes: int
    length: int
    highest: int
    columns: tuple[Bar, ...]


def seat_charts(report: Report) -> list[SeatChart]:
    """One small chart for each SKU that moves, the largest movements first, on one scale."""
    moving = sorted(
        (line for line in report.skus if line.before != line.planned or line.before != line.expected),
        key=lambda line: (-abs(line.planned - line.before), line.sku_id),
    )[:MOST_SKUS]
    largest = max((n for line in moving for n in (line.seats, line.before, line.planned, line.after or 0)), default=0)
    scale = _FULL / max(largest, 1)
    return [_seat_chart(line, scale, started=bool(report.started_at)) for line in moving]


def _seat_chart(line: SkuLine, scale: float, *, started: bool) -> SeatChart:
    found = [("Before", line.before, "calm"), ("Expected", line.expected, "plan")]
    if line.after is not None:
        found.append(("After", line.after, "good" if line.after == line.expected else "bad"))
    elif not started:
        found[1] = ("As planned", line.planned, "plan")
    bars = tuple(
        Bar(label=name, number=number, start=0.0, size=round(max(number, 0) * scale, 2), tone=tone)
        for name, number, tone in found
    )
    return SeatChart(line=line, bars=bars, end=round(max(line.seats, 0) * scale, 2))


def outcome_bars(report: Report) -> list[Bar]:
    """Slices of one bar that adds up to every row."""
    found = tally(report)
    total = max(sum(count for _, count in found), 1)
    bars, start = [], 0.0
    for word, count in found:
        size = count * 100 / total
        bars.append(
            Bar(label=label(word), number=count, start=round(start, 2), size=round(size, 2), tone=WORDS[word][2].value)
        )
        start += size
    return bars


def pace_chart(report: Report) -> PaceChart | None:
    """Columns of applied changes over time, or None when there is too little to draw."""
    if len(report.pace) < 2 or not any(report.pace):
        return None
    minutes = -(-len(report.pace) // _MOST_COLUMNS)
    sums = [sum(report.pace[at : at + minutes]) for at in range(0, len(report.pace), minutes)]
    highest, width = max(sums), 100 / len(sums)
    columns = tuple(
        Bar(
            label=f"from minute {index * minutes + 1}",
            number=count,
            start=round(index * width, 2),
            size=round(count * 100 / highest, 2),
            tone="good",
        )
        for index, count in enumerate(sums)
    )
    return PaceChart(minutes=minutes, length=len(report.pace), highest=highest, columns=columns)
