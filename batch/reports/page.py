"""report.html: one file, no network, no script; readable on a phone, in the dark and on paper."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from batch.core.harmless import legible
from batch.core.outcomes import Outcome
from batch.core.report import Report, ResultRow, SkuLine
from batch.reports.charts import outcome_bars, pace_chart, seat_charts
from batch.reports.page_money import money_parts
from batch.reports.whole import whole
from batch.reports.words import (
    WORDS,
    attention,
    count_of,
    facts,
    headline,
    iso,
    label,
    reconciliation,
    status_word,
    to_attend,
    tone_of,
)

#: Rows on the page; the others stand in results.csv and report.xlsx.
MOST_ATTENDED = 200
MOST_APPLIED = 20
_MOST_DIFFERENCES = 100
_MOST_KINDS = 12


def write_page(report: Report, path: Path) -> None:
    """Write report.html whole or not at all; raises ``ReassignError`` when it cannot be written."""
    page = render(report).encode("utf-8")
    with whole(path) as file:
        file.write(page)


def render(report: Report) -> str:
    """The page as text. Every value from outside is escaped."""
    attended, applied = _samples(report)
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            report=report,
            attention=attention(report),
            status=status_word(report),
            tone=tone_of(report).value,
            headline=headline(report),
            reconciliation=reconciliation(report),
            facts=facts(report),
            outcomes=outcome_bars(report),
            seats=seat_charts(report),
            moving=sum(line.before != line.planned or line.before != line.expected for line in report.skus),
            pace=pace_chart(report),
            ledger=[_ledger_cells(line) for line in report.skus],
            ledger_caption="In use before + assigned − removed = expected"
            + ("." if report.read_at else "; not read again yet."),
            services=report.services[:_MOST_KINDS],
            services_more=len(report.services[_MOST_KINDS:]),
            money=money_parts(report),
            differences=[(d.about, d.text, d.code) for d in report.differences[:_MOST_DIFFERENCES]],
            attended=[_attended_cells(row) for row in attended],
            attended_caption=_caption(len(attended), to_attend(report), "results.csv"),
            applied=[_applied_cells(row) for row in applied],
            applied_caption=_caption(len(applied), report.counts.get(_moved(report), 0), "results.csv"),
        )
    )


@cache
def environment() -> Environment:
    """Templates of this package; whatever comes from outside is escaped and made legible."""
    environment = Environment(
        loader=PackageLoader("batch.reports", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Text that the templates made (Markup) passes; text from outside loses what HTML does not allow.
        finalize=lambda value: legible(value) if type(value) is str else value,
    )
    environment.filters["number"] = _number
    environment.filters["label"] = label
    environment.filters["legible"] = legible
    environment.filters["tone"] = lambda word: WORDS[word][2].value if word in WORDS else "calm"
    return environment


def _moved(report: Report) -> Outcome:
    return Outcome.APPLIED if report.started_at else Outcome.NOT_SENT


def _samples(report: Report) -> tuple[list[ResultRow], list[ResultRow]]:
    """The first rows that need attention and the first that moved or would; reads no further than it must."""
    attended: list[ResultRow] = []
    applied: list[ResultRow] = []
    reasons, moved = {(r.where, r.code) for r in attention(report)}, _moved(report)
    wanted = min(to_attend(report), MOST_ATTENDED) + min(report.counts.get(moved, 0), MOST_APPLIED)
    for row in report.rows() if wanted else ():
        if (row.outcome, row.code) in reasons and len(attended) < MOST_ATTENDED:
            attended.append(row)
        elif row.outcome == moved and len(applied) < MOST_APPLIED:
            applied.append(row)
        else:
            continue
        if len(attended) + len(applied) == wanted:
            break
    return attended, applied


def _caption(shown: int, total: int, file: str) -> str:
    return count_of(total, "row") if shown >= total else f"The first {shown:,} of {total:,} rows; all of them in {file}"


def _number(value: int) -> str:
    return f"{value:,}"


def _ledger_cells(line: SkuLine) -> tuple[Any, ...]:
    read = line.after is not None
    used = line.after if line.after is not None else line.expected
    return (
        line.name,
        line.part_number,
        _number(line.seats),
        _number(line.before),
        f"+{line.assigned:,}" if line.assigned else "0",
        f"−{line.removed:,}" if line.removed else "0",
        _number(line.expected),
        _number(used) if read else "–",
        _number(line.seats - used),
        (f"{used - line.expected:+,}".replace("-", "−") if used != line.expected else "0") if read else "–",
    )


def _attended_cells(row: ResultRow) -> tuple[Any, ...]:
    return (row.user or "(none)", row.display_name, label(row.outcome), row.reason, row.row, row.group or "", row.tries)


def _applied_cells(row: ResultRow) -> tuple[Any, ...]:
    at = iso(row.at).replace("T", " ").removesuffix("Z")
    return (row.user, row.display_name, row.remove, row.add, row.kept_off, row.row, row.group or "", at)
