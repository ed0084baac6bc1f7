"""The first sheet of report.xlsx: what happened, in words, numbers and two charts."""

from __future__ import annotations

from batch.core.outcomes import RunStatus
from batch.core.report import Report
from batch.reports.charts import seat_charts
from batch.reports.words import WORDS, facts, headline, reconciliation, status_word, tally, tone_of
from batch.reports.workbook_pen import COLOURS, Pen

#: Charts read their numbers from this sheet; the columns for the seats stand to the right of the counts.
_SHEET = "Summary"
_CHART_ROWS = 16


def add_summary(pen: Pen) -> None:
    """Write the sheet. Columns A to C hold counts and facts, E to I what the seats chart shows."""
    report, tone = pen.report, tone_of(pen.report)
    sheet = pen.begin(_SHEET, [20, 9, 56, 3, 34, 11, 11, 11, 11], tone=tone)
    pen.spread(status_word(report).upper(), 8, pen.tinted(tone, bold=True, valign="vcenter", indent=1))
    big = pen.tinted(tone, bold=True, font_size=16, text_wrap=True, valign="vcenter", indent=1)
    pen.spread(headline(report), 8, big, height=48)
    pen.spread(reconciliation(report), 8, pen.tinted(tone, valign="vcenter", indent=1), height=22)
    pen.row += 1
    counts, seats = _numbers(pen)
    pen.row += 1
    chart_row = pen.row
    if counts[1] > counts[0]:
        sheet.insert_chart(chart_row, 0, _outcome_chart(pen, counts), {"x_offset": 2, "object_position": 3})
    if seats[1] > seats[0]:
        sheet.insert_chart(chart_row, 4, _seat_chart(pen, seats), {"object_position": 3})
    pen.row += _CHART_ROWS
    pen.spread("The run", 2, pen.look(bold=True, font_size=13))
    for name, value in facts(report):
        pen.put(0, name, pen.look(font_color="#545D68"))
        sheet.merge_range(pen.row, 1, pen.row, 8, "", pen.look(text_wrap=True))
        pen.put(1, value, pen.look(text_wrap=True))
        pen.row += 1


def _numbers(pen: Pen) -> tuple[tuple[int, int], tuple[int, int]]:
    """Counts on the left, seats on the right, row by row; returns first row and row after the last of each."""
    counts = tally(pen.report)
    seats = [chart.line for chart in seat_charts(pen.report)]
    number, bold = pen.look(num_format="#,##0"), pen.look(bold=True)
    head = pen.look(bold=True, bottom=1, font_color="#545D68")
    first_head = pen.look(bold=True, bottom=1, font_color="#545D68", indent=1)
    right = pen.look(bold=True, bottom=1, font_color="#545D68", align="right")
    for column, (text, look) in enumerate((("Rows", head), ("Count", right), ("What it means", first_head))):
        pen.put(column, text, look)
    if seats:
        last = "After" if pen.report.read_at else "As planned"
        for column, text in enumerate(("Seats in use", "Seats", "Before", "Expected", last), start=4):
            pen.put(column, text, right if column > 4 else head)
    pen.row += 1
    first = pen.row
    for index in range(max(len(counts) + 1, len(seats))):
        if index < len(counts):
            word, count = counts[index]
            name, meaning, tone = WORDS[word]
            pen.put(0, name, pen.look(bold=True, font_color=COLOURS[tone][2]))
            pen.put(1, count, number)
            pen.put(2, meaning, pen.look(font_color="#545D68", indent=1))
        elif index == len(counts):
            pen.put(0, "All rows", pen.look(bold=True, top=1))
            pen.put(1, pen.report.counts.get("rows", 0), pen.look(bold=True, top=1, num_format="#,##0"))
        if index < len(seats):
            line = seats[index]
            pen.put(4, line.name, bold)
            shown = line.after if pen.report.read_at else line.planned
            for column, value in enumerate((line.seats, line.before, line.expected, shown), start=5):
                pen.put(column, value, number)
        pen.row += 1
    return (first, first + len(counts)), (first, first + len(seats))


def _outcome_chart(pen: Pen, rows: tuple[int, int]) -> object:
    found = tally(pen.report)
    chart = pen.book.add_chart({"type": "doughnut"})
    chart.add_series(
        {
            "name": "Rows",
            "categories": [_SHEET, rows[0], 0, rows[1] - 1, 0],
            "values": [_SHEET, rows[0], 1, rows[1] - 1, 1],
            "categories_data": [WORDS[word][0] for word, _ in found],
            "values_data": [count for _, count in found],
            "points": [{"fill": {"color": _shade(word, found)}, "border": {"color": "#FFFFFF"}} for word, _ in found],
        }
    )
    chart.set_title({"name": "What became of every row", "name_font": {"size": 12}})
    chart.set_hole_size(58)
    chart.set_legend({"position": "right"})
    chart.set_size({"width": 600, "height": 300})
    return chart


def _shade(word: str, found: list[tuple[str, int]]) -> str:
    """The colour of a word: its tone, lighter for each earlier word of the same tone, so that slices differ."""
    tone = WORDS[word][2]
    before = [w for w, _ in found if WORDS[w][2] is tone].index(word)
    colour = COLOURS[tone][0]
    mix = min(before * 0.22, 0.66)
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(part + (255 - part) * mix):02X}" for part in parts)


def _seat_chart(pen: Pen, rows: tuple[int, int]) -> object:
    lines = [chart.line for chart in seat_charts(pen.report)]
    chart = pen.book.add_chart({"type": "bar"})
    for name, column, colour, values in _seat_series(pen.report):
        chart.add_series(
            {
                "name": name,
                "categories": [_SHEET, rows[0], 4, rows[1] - 1, 4],
                "values": [_SHEET, rows[0], column, rows[1] - 1, column],
                "categories_data": [line.name for line in lines],
                "values_data": values,
                "fill": {"color": colour},
                "gap": 60,
                "overlap": 0,
                "data_labels": {"value": True, "num_format": "#,##0", "font": {"size": 8}},
            }
        )
    chart.set_title({"name": "Seats in use", "name_font": {"size": 12}})
    chart.set_y_axis({"reverse": True, "num_font": {"size": 9}})
    chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}, "min": 0})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 560, "height": 300})
    return chart


def _seat_series(report: Report) -> list[tuple[str, int, str, list[int]]]:
    lines = [chart.line for chart in seat_charts(report)]
    seats = ("Seats", 5, "#D9DEE4", [line.seats for line in lines])
    before = ("Before", 6, COLOURS[WORDS["unchanged"][2]][0], [line.before for line in lines])
    expected = ("Expected", 7, "#2F6FC4", [line.expected for line in lines])
    if report.read_at:
        after = [line.after if line.after is not None else line.expected for line in lines]
        return [seats, before, expected, ("After", 8, "#1A7F43", after)]
    planned = ("As planned", 8, "#1A7F43", [line.planned for line in lines])
    return [seats, before, planned] if report.status is RunStatus.BLOCKED else [seats, before, expected, planned]
