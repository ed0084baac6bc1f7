"""Words for the terminal at the end of a run."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import replace

from batch.core.harmless import in_shell, one_line
from batch.core.money_words import money_lines
from batch.core.outcomes import RunStatus
from batch.core.report import Reason, Report, SkuLine
from batch.reports.words import (
    STATUS_WORDS,
    WORDS,
    Tone,
    attention,
    count_of,
    headline,
    label,
    reconciliation,
    tally,
    to_attend,
    tone_of,
)

_ANSI = {Tone.GOOD: "\x1b[32m", Tone.WARN: "\x1b[33m", Tone.BAD: "\x1b[31m", Tone.CALM: "\x1b[2m"}
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"
#: The headline begins with these words, or says it better (planned, not yet carried out).
_SAID_BY_HEADLINE = (RunStatus.STOPPED, RunStatus.NOTHING)
_MOST_REASONS = 12
_MOST_DIFFERENCES = 5
_NARROWEST = 40
#: Where sentences have the folder of the run.
_RUN = re.compile(r"\bRUN\b")


def summary_lines(report: Report, *, color: bool, width: int, folder: str = "") -> list[str]:
    """The end of a run in a few lines: what happened, counts, seats, what to do, and where the files are.

    ``width`` is in characters (below 40 counts as 40); no line is longer. Text from outside cannot command the
    terminal. A stream that cannot show "→" or "−" is for the caller: see ``harmless.in_encoding``.
    """
    pen = _Pen(color=color, width=max(width, _NARROWEST))
    begins = "" if report.status in _SAID_BY_HEADLINE else f"{STATUS_WORDS[report.status]}. "
    lines = pen.wrapped(f"{begins}{headline(report)}", tone=tone_of(report), bold=True)
    lines += pen.wrapped(reconciliation(report))
    if report.approval:
        lines += pen.wrapped(_RUN.sub(lambda _: in_shell(folder), report.approval) if folder else report.approval)
    lines += ["", *_counts(report, pen)]
    if report.skus:
        lines += ["", *_seats(report, pen)]
    if report.money:
        lines += ["", *pen.wrapped("Money", bold=True)]
        for sentence in money_lines(report.money, started=bool(report.started_at)):
            lines += pen.wrapped(sentence, indent=2)
    reasons = attention(report)
    if reasons:
        lines += ["", *pen.wrapped(f"Needs attention: {count_of(to_attend(report), 'row')}", bold=True)]
        for reason in reasons[:_MOST_REASONS]:
            todo = _RUN.sub(lambda _: in_shell(folder), reason.todo) if folder else reason.todo
            lines += _reason(replace(reason, todo=todo), pen)
        if len(reasons) > _MOST_REASONS:
            lines += pen.wrapped(f"and {count_of(len(reasons) - _MOST_REASONS, 'more reason')}", indent=2)
    if report.difference_count:
        lines += ["", *_differences(report, pen)]
    if folder:
        lines += ["", *pen.wrapped(f"Report: {folder} (report.html, report.xlsx, results.csv, rejects.csv)")]
    return lines


class _Pen:
    """Wraps and colours lines of text."""

    def __init__(self, *, color: bool, width: int) -> None:
        self.color = color
        self.width = width

    def wrapped(self, text: str, *, indent: int = 0, tone: Tone | None = None, bold: bool = False) -> list[str]:
        blank = " " * indent
        # Commands are pasted, so options and file names stay whole where they fit.
        lines = textwrap.wrap(
            one_line(text), self.width, initial_indent=blank, subsequent_indent=blank, break_on_hyphens=False
        )
        return [self.dyed(line, tone, bold=bold) for line in lines]

    def dyed(self, text: str, tone: Tone | None, *, bold: bool = False) -> str:
        start = (_BOLD if bold else "") + (_ANSI[tone] if tone else "")
        return f"{start}{text}{_PLAIN}" if self.color and start else text

    def cut(self, text: str, room: int) -> str:
        text = one_line(text)
        return text if len(text) <= room else text[: max(room - 1, 0)] + "…"


def _counts(report: Report, pen: _Pen) -> Iterator[str]:
    for word, count in tally(report):
        name, meaning, tone = WORDS[word]
        head = f"{count:>9,}  {name:<14}"
        yield pen.dyed(head, tone) + pen.cut(f" {meaning}", pen.width - len(head))
    yield f"{report.counts.get('rows', 0):>9,}  rows in all"


def _seats(report: Report, pen: _Pen) -> Iterator[str]:
    heads = ("seats", "before", "expected", "after")
    room = pen.width - 10 * len(heads)
    if room < 12:  # too narrow for a table: a line for each product
        for line in report.skus:
            yield from pen.wrapped(f"{line.name}: {line.before:,} of {line.seats:,} before, {_after(line)} after")
        return
    yield pen.dyed("Seats in use".ljust(room) + "".join(head.rjust(10) for head in heads), None, bold=True)
    for line in report.skus:
        numbers = (f"{line.seats:,}", f"{line.before:,}", f"{line.expected:,}", _after(line))
        text = pen.cut(line.name, room - 1).ljust(room) + "".join(number.rjust(10) for number in numbers)
        yield pen.dyed(text, Tone.BAD if line.after is not None and line.after != line.expected else None)


def _after(line: SkuLine) -> str:
    return "not read" if line.after is None else f"{line.after:,}"


def _reason(reason: Reason, pen: _Pen) -> list[str]:
    tone = WORDS[reason.where][2] if reason.where in WORDS else Tone.CALM
    lines = pen.wrapped(f"{reason.count:,} × {label(reason.where).lower()} ({reason.code})", indent=2, tone=tone)
    lines += pen.wrapped(reason.meaning, indent=4)
    if reason.todo:
        lines += pen.wrapped(f"→ {reason.todo}", indent=4)
    if reason.examples:
        more = reason.count - len(reason.examples)
        lines += pen.wrapped(", ".join(reason.examples) + (f" and {more:,} more" if more > 0 else ""), indent=4)
    return lines


def _differences(report: Report, pen: _Pen) -> Iterator[str]:
    yield from pen.wrapped(f"Differences: {report.difference_count:,}", tone=Tone.BAD, bold=True)
    shown = report.differences[:_MOST_DIFFERENCES]
    for difference in shown:
        yield from pen.wrapped(f"{difference.about}: {difference.text}", indent=2)
    if report.difference_count > len(shown):
        yield from pen.wrapped(f"and {report.difference_count - len(shown):,} more, in report.html", indent=2)
