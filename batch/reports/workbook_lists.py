"""The lists of report.xlsx: seats, what needs attention, every row, and where it all came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batch.core.report import ResultRow, SkuLine
from batch.reports.words import WORDS, Tone, attention, count_of, label, reconciliation, tone_of
from batch.reports.workbook_pen import Pen

if TYPE_CHECKING:
    from xlsxwriter.format import Format

#: More rows than this are left to results.csv: nobody reads them in a workbook, and it would take a minute.
MOST_ROWS = 100_000
_DAY = 86_400.0
#: Days from 30 Dec 1899, where Excel's dates begin, to 1970.
_EPOCH = 25_569.0


def add_seats(pen: Pen) -> None:
    """The seat ledger of every product (law 3)."""
    apart = any(line.after is not None and line.after != line.expected for line in pen.report.skus)
    sheet = pen.begin("Seats", [34, 32, 10, 10, 10, 10, 10, 10, 10, 11], tone=Tone.BAD if apart else Tone.CALM)
    pen.title("Seats: in use before + assigned − removed = expected", 9)
    heads = ("Product", "Part number", "Seats", "In use before", "Assigned", "Removed", "Expected", "As read after")
    pen.heads([*heads, "Free", "Difference"], right=lambda column: column >= 2)
    sheet.freeze_panes(pen.row, 1)
    for line in pen.report.skus:
        _seat_line(pen, line)
    pen.row += 1
    pen.spread(reconciliation(pen.report), 9, pen.look(italic=True, text_wrap=True))


def _seat_line(pen: Pen, line: SkuLine) -> None:
    number, wrapped = pen.listed(num_format="#,##0"), pen.listed(indent=1)
    used = line.after if line.after is not None else line.expected
    apart = None if line.after is None else line.after - line.expected
    signed = "+#,##0;-#,##0;0"
    told = pen.tinted(Tone.BAD, bold=True, num_format=signed) if apart else pen.listed(num_format=signed)
    counted = [line.seats, line.before, line.assigned, line.removed, line.expected, line.after, line.seats - used]
    pen.fitted(
        [line.name, line.part_number, *counted, apart],
        [pen.listed(bold=True, indent=1), wrapped, *[number] * len(counted), told],
    )


def add_attention(pen: Pen) -> None:
    """Reasons with their count, what they mean, what to do, and the first people concerned; then the differences."""
    report = pen.report
    reasons = attention(report)
    anything = bool(reasons or report.difference_count)
    sheet = pen.begin("Needs attention", [20, 9, 46, 52, 36, 26], tone=tone_of(report) if anything else Tone.GOOD)
    pen.title("Needs attention", 5)
    if not anything:
        pen.spread("Nothing needs attention.", 5, pen.look())
        return
    wrapped = pen.listed(indent=1)
    if reasons:
        pen.heads(("What", "Rows", "What it means", "What to do", "First people", "Code"), right=lambda c: c == 1)
        sheet.freeze_panes(pen.row, 0)
    for reason in reasons:
        tone = WORDS[reason.where][2] if reason.where in WORDS else Tone.CALM
        pen.fitted(
            [
                label(reason.where),
                reason.count,
                reason.meaning,
                reason.todo,
                "\n".join(reason.examples) + ("\n…" if reason.count > len(reason.examples) else ""),
                reason.code,
            ],
            [
                pen.tinted(tone, bold=True, text_wrap=True, indent=1, bottom=1, bottom_color="#FFFFFF"),
                pen.listed(num_format="#,##0"),
                wrapped,
            ],
        )
    if report.difference_count:
        _differences(pen)


def _differences(pen: Pen) -> None:
    report, wrapped = pen.report, pen.listed(indent=1)
    pen.row += 1
    pen.spread("What the fresh read shows and the run does not explain", 5, pen.look(bold=True, font_size=13))
    for difference in report.differences:
        pen.fitted(["Difference", "", difference.about, difference.text, "", difference.code], [wrapped])
    left = report.difference_count - len(report.differences)
    if left > 0:
        pen.spread(f"… and {count_of(left, 'more difference')}, not kept one by one.", 5, pen.look(italic=True))


def add_rows(pen: Pen) -> None:
    """Every row of the input with its outcome; above ``MOST_ROWS`` a sentence that points to results.csv."""
    total = pen.report.counts.get("rows", 0)
    sheet = pen.begin("All rows", [15, 12, 7, 33, 23, 20, 34, 18, 15, 18, 52, 8, 7, 21])
    if total > MOST_ROWS:
        pen.title("All rows", 8)
        told = (
            f"{count_of(total, 'row')} are too many for this workbook: they stand in results.csv, in the same folder."
        )
        pen.spread(told, 8, pen.look())
        return
    names = ("File", "Sheet", "Row", "User", "Name", "Removed", "Added", "Kept off", "Outcome", "Code", "Why")
    pen.heads([*names, "Group", "Tries", "At (UTC)"], right=lambda column: column in {2, 11, 12})
    sheet.freeze_panes(1, 0)
    plain, wrapped = _row_looks(pen, wrap=False), _row_looks(pen, wrap=True)
    for row in pen.report.rows():
        tone = WORDS[row.outcome][2] if row.outcome in WORDS else Tone.CALM
        if row.reason:
            pen.fitted(_row_cells(row), wrapped[tone])
        else:
            pen.line(_row_cells(row), plain[tone])
    sheet.autofilter(0, 0, max(pen.row - 1, 0), 13)


def _row_looks(pen: Pen, *, wrap: bool) -> dict[Tone, list[Format]]:
    """The formats of the 14 columns, for each tone of the outcome."""
    text, number = pen.look(indent=1, text_wrap=wrap), pen.look(num_format="0")
    date = pen.look(num_format="yyyy-mm-dd hh:mm:ss", align="left", indent=1)
    return {
        tone: [text, text, number, *[text] * 5, pen.tinted(tone, indent=1), text, text, number, number, date]
        for tone in Tone
    }


def _row_cells(row: ResultRow) -> list[str | int | float | None]:
    at = round(row.at) / _DAY + _EPOCH if row.at else None
    return [*row[:8], label(row.outcome), row.code, row.reason, row.group or None, row.tries or None, at]


def add_sources(pen: Pen) -> None:
    """What went in and how it was read, and whether the sums close."""
    report, wrapped = pen.report, pen.listed(indent=1)
    pen.begin("Sources", [30, 18, 12, 9, 40, 52, 40])
    pen.title("What went in, and whether it adds up", 6)
    pen.heads(("File", "Sheet", "About", "Rows", "Read as", "Assumed", "SHA-256"), right=lambda c: c == 3)
    for source in report.sources:
        told = "\n".join(source.assumed)
        pen.fitted(
            [source.file, source.sheet, source.kind, source.rows, source.read_as, told, source.digest],
            [pen.listed(bold=True, indent=1), wrapped, wrapped, pen.listed(num_format="#,##0"), wrapped],
        )
    pen.row += 1
    pen.spread("Checks", 6, pen.look(bold=True, font_size=13))
    fresh = (reconciliation(report), report.reconciled)
    for text, closes in (*report.checks, fresh):
        tone = Tone.GOOD if closes else Tone.BAD if report.read_at or (text, closes) != fresh else Tone.CALM
        word = {Tone.GOOD: "closes", Tone.BAD: "does not close", Tone.CALM: "open"}[tone]
        pen.put(0, word, pen.tinted(tone, bold=True, indent=1))
        pen.sheet.merge_range(pen.row, 1, pen.row, 6, "", wrapped)
        pen.put(1, text, wrapped)
        pen.row += 1
