"""What the sheets of report.xlsx share: formats, paper, and cells that hold text as text.

Text goes in with ``write_string`` alone: no cell becomes a formula, a link or a number by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from batch.core.harmless import legible
from batch.core.report import Report
from batch.reports.words import Tone

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

#: What Excel takes in one cell, in UTF-16 units.
MOST_TEXT = 32_767
_CUT = " … (cut: too long for a cell)"

COLOURS = {
    Tone.GOOD: ("#1A7F43", "#E4F5EA", "#0F5A2E"),
    Tone.WARN: ("#B87400", "#FDF3DC", "#704600"),
    Tone.BAD: ("#C2302F", "#FDEAEA", "#8F1D1C"),
    Tone.CALM: ("#7D8896", "#EAEDF1", "#3C4650"),
}


@lru_cache(maxsize=8192)  # products and reasons recur in nearly every row
def cell_text(text: str) -> str:
    """The text as Excel can hold it: legible, and cut with a mark when it is too long."""
    text = legible(text)
    if len(text) * 2 <= MOST_TEXT or len(text.encode("utf-16-le")) // 2 <= MOST_TEXT:
        return text
    room = (MOST_TEXT - len(_CUT)) * 2
    return text.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + _CUT


class Pen:
    """Writes one sheet after the other, from the top down, in the formats that all sheets share."""

    def __init__(self, book: Workbook, report: Report) -> None:
        self.book = book
        self.report = report
        self.row = 0
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}
        self._sheet: Worksheet | None = None
        self._widths: Sequence[int] = ()

    @property
    def sheet(self) -> Worksheet:
        """The sheet being written."""
        assert self._sheet is not None
        return self._sheet

    def begin(self, name: str, widths: Sequence[int], *, tone: Tone = Tone.CALM) -> Worksheet:
        """Begin a sheet: column widths in characters, and paper (A4, landscape, as wide as one page)."""
        sheet: Worksheet = self.book.add_worksheet(name)
        self._sheet, self._widths, self.row = sheet, widths, 0
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.hide_gridlines(2)
        sheet.set_tab_color(COLOURS[tone][0])
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer(f"&L&8 {legible(self.report.run)[:60].replace('&', '&&')}&C&8&A&R&8Page &P of &N")
        return sheet

    def look(self, **properties: Any) -> Format:
        """A format with these properties on top of the common ones; each is made once."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            side = {"align": "left"} if "indent" in properties else {}  # without a side, an indent is ignored
            common = {"font_name": "Calibri", "font_size": 11, "valign": "top", "font_color": "#1B1F24"}
            self._formats[key] = self.book.add_format({**common, **side, **properties})
        return self._formats[key]

    def listed(self, **properties: Any) -> Format:
        """The format of a cell in a list: wrapped, with a fine line beneath."""
        return self.look(text_wrap=True, bottom=1, bottom_color="#D9DEE4", **properties)

    def tinted(self, tone: Tone, **properties: Any) -> Format:
        """A format in the colours of a tone."""
        _, back, ink = COLOURS[tone]
        return self.look(bg_color=back, font_color=ink, **properties)

    def line(self, cells: Sequence[str | int | float | None], looks: Sequence[Format]) -> None:
        """Write one row from column A, leaving out what is empty; with fewer looks than cells the last one goes on."""
        for column, cell in enumerate(cells):
            if cell is not None and cell != "":
                self.put(column, cell, looks[min(column, len(looks) - 1)])
        self.row += 1

    def fitted(self, cells: Sequence[str | int | float | None], looks: Sequence[Format]) -> None:
        """The same with every cell, as high as its longest text needs: not every program finds that out itself."""
        lines = max(self._lines(cell, column) for column, cell in enumerate(cells))
        self.sheet.set_row(self.row, min(15.0 * lines + 2, 400))
        for column, cell in enumerate(cells):
            self.put(column, cell, looks[min(column, len(looks) - 1)])
        self.row += 1

    def _lines(self, cell: str | int | float | None, column: int) -> int:
        if not isinstance(cell, str):
            return 1
        width = max(self._widths[column] - 2, 1)
        return sum(1 + max(len(part) - 1, 0) // width for part in cell.split("\n"))

    def put(self, column: int, cell: str | int | float | None, look: Format) -> None:
        """Write one cell of the current row: text as text, numbers as numbers, nothing as a blank."""
        if cell is None or cell == "":
            self.sheet.write_blank(self.row, column, None, look)
        elif isinstance(cell, str):
            self.sheet.write_string(self.row, column, cell_text(cell), look)
        else:
            self.sheet.write_number(self.row, column, cell, look)

    def spread(self, text: str, last: int, look: Format, *, height: float = 0.0) -> None:
        """Write one text over columns A to ``last`` of a row of its own."""
        if height:
            self.sheet.set_row(self.row, height)
        self.sheet.merge_range(self.row, 0, self.row, last, "", look)
        self.put(0, text, look)
        self.row += 1

    def title(self, text: str, last: int) -> None:
        """A sheet's title, with room beneath."""
        self.spread(text, last, self.look(bold=True, font_size=16), height=26)
        self.row += 1

    def heads(self, names: Sequence[str], *, right: Callable[[int], bool] = lambda column: False) -> None:
        """A header row that is printed on every page; columns for which ``right`` holds are aligned like numbers."""
        self.sheet.repeat_rows(self.row)
        self.sheet.set_row(self.row, 32)
        for column, name in enumerate(names):
            look = self.look(
                bold=True,
                font_color="#FFFFFF",
                bg_color="#2B4A6F",
                text_wrap=True,
                valign="vcenter",
                **({"align": "right"} if right(column) else {"align": "left", "indent": 1}),
            )
            self.put(column, name, look)
        self.row += 1
