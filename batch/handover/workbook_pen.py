"""What the sheets of packs.xlsx share: formats, paper, and cells that hold text as text.

Text goes in with ``write_string`` alone: no cell becomes a formula, a link or a number by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from batch.core.harmless import legible, one_line
from batch.handover.wording import Piece

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

#: What Excel takes in one cell, in UTF-16 units.
MOST_TEXT = 32_767
#: Microsoft 365 takes display names of 256 and user names of 113 characters; what is longer is no name, and would hide
#: the rest of the page.
MOST_NAME = 512
#: A longer sentence is written without bold parts: they count against what a cell holds.
MOST_RICH = 8_000
_CUT = " … (cut)"
_LINE_HEIGHT = 15.0
_HIGHEST = 400.0

#: A sentence, or its pieces.
Told = str | Sequence[Piece]
INK, PALE, LINE = "#1B1F24", "#545D68", "#D9DEE4"
#: Background and ink.
GOOD, WARN, BAD = ("#E4F5EA", "#0F5A2E"), ("#FDF3DC", "#704600"), ("#FDEAEA", "#8F1D1C")


def cell_text(text: str, most: int = MOST_TEXT) -> str:
    """The text as a cell can hold it: legible, and cut with a mark when it has more than ``most`` UTF-16 units."""
    text = legible(text)
    if len(text) * 2 <= most or len(text.encode("utf-16-le")) // 2 <= most:
        return text
    room = (most - len(_CUT)) * 2
    return text.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + _CUT


def name_text(text: str) -> str:
    """A name on one line, cut where it is none."""
    return cell_text(one_line(text), MOST_NAME)


def _in_footer(text: str) -> str:
    """Excel takes 255 characters for the whole line, digits right behind a size as a part of it, and & for orders."""
    return f" {one_line(text)[:48]}".replace("&", "+")


class Pen:
    """Writes one sheet after the other, from the top down."""

    def __init__(self, book: Workbook, run: str, known_by: str) -> None:
        """``run`` and ``known_by`` (a few digits of the digest) stand at the foot of each page."""
        self.book = book
        self.row = 0
        self._footer = f"&L&8{_in_footer(run)}&C&8&A&R&8{_in_footer(known_by)} · &P / &N"
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}
        self._sheet: Worksheet | None = None
        self._widths: Sequence[int] = ()

    @property
    def sheet(self) -> Worksheet:
        """The sheet being written."""
        assert self._sheet is not None
        return self._sheet

    @property
    def last(self) -> int:
        """Its last column."""
        return len(self._widths) - 1

    def turn_to(self, sheet: Worksheet, widths: Sequence[int], colour: str) -> None:
        """Begin this sheet: widths in characters (0: a hidden column), and paper (A4, upright, as wide as one page)."""
        self._sheet, self._widths, self.row = sheet, widths, 0
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width or 18, None, {} if width else {"hidden": True})
        sheet.hide_gridlines(2)
        sheet.set_tab_color(colour)
        sheet.set_portrait()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer(self._footer)

    def bare(self, **properties: Any) -> Format:
        """A format with these properties alone; each is made once."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(properties)
        return self._formats[key]

    def look(self, **properties: Any) -> Format:
        """A format with these properties on top of the common ones."""
        side = {"align": "left"} if "indent" in properties else {}  # without a side, an indent is ignored
        common = {"font_name": "Calibri", "font_size": 11, "valign": "top", "font_color": INK}
        return self.bare(**{**common, **side, **properties})

    def tinted(self, tone: tuple[str, str], **properties: Any) -> Format:
        """A format in the colours of a tone."""
        return self.look(bg_color=tone[0], font_color=tone[1], **properties)

    def put(self, column: int, cell: str | int, look: Format) -> None:
        """Write one cell of the current row: text as text, numbers as numbers, nothing as a blank."""
        if cell == "":
            self.sheet.write_blank(self.row, column, None, look)
        elif isinstance(cell, str):
            self.sheet.write_string(self.row, column, cell_text(cell), look)
        else:
            self.sheet.write_number(self.row, column, cell, look)

    def spread(self, told: Told, look: Format, *, first: int = 0, least: float = 0.0) -> None:
        """Write one text from a column to the last, as high as it needs; end the row."""
        text = told if isinstance(told, str) else "".join(piece.text for piece in told)
        self.sheet.set_row(self.row, max(least, self._height(text, first)))
        if first < self.last:
            self.sheet.merge_range(self.row, first, self.row, self.last, "", look)
        self.put(first, text, look)
        if not isinstance(told, str) and len(text) <= MOST_RICH:
            self._in_bold(first, [Piece(text, strong) for t, strong in told if (text := cell_text(t))], look)
        self.row += 1

    def said(self, label: str, told: Told, look: Format) -> None:
        """A label in the first column, and what it says over the others."""
        self.put(0, label, self.look(bold=True, font_color=PALE, text_wrap=True))
        self.spread(told, look, first=1, least=self._height(label, 0, 0))

    def _in_bold(self, column: int, told: Sequence[Piece], look: Format) -> None:
        """The portal's words and the values of a sentence in bold; one piece alone stays as it was written."""
        if len(told) > 1:
            bold, usual = (self.bare(bold=b, font_name="Calibri", font_size=11, font_color=INK) for b in (True, False))
            parts = ((bold if piece.strong else usual, piece.text) for piece in told)
            self.sheet.write_rich_string(self.row, column, *chain.from_iterable(parts), look)

    def line(self, cells: Sequence[str | int], looks: Sequence[Format], *, least: float = 0.0) -> None:
        """Write one row from column A, as high as its longest text needs: not every program finds that out itself."""
        lines = [self._height(c, n, n) for n, c in enumerate(cells) if isinstance(c, str) and self._widths[n]]
        self.sheet.set_row(self.row, max(least, *lines))
        for column, (cell, look) in enumerate(zip(cells, looks, strict=True)):
            self.put(column, cell, look)
        self.row += 1

    def heads(self, names: Sequence[str], *, right: Sequence[int] = ()) -> None:
        """A header row that is printed on every page; columns in ``right`` are aligned like numbers."""
        common = {"bold": True, "font_color": "#FFFFFF", "bg_color": "#2B4A6F", "text_wrap": True, "valign": "vcenter"}
        left, number = self.look(**common, indent=1), self.look(**common, align="right")
        self.sheet.repeat_rows(self.row)
        self.line(names, [number if column in right else left for column in range(len(names))], least=26)

    def _height(self, text: str, first: int, last: int = -1) -> float:
        """In points, of a text in one column, or from there over all the others."""
        width = (self._widths[first] if first == last else sum(self._widths[first:])) - 1
        if len(text) <= width and "\n" not in text:
            return _LINE_HEIGHT + 2
        lines = sum(1 + max(len(part) - 1, 0) // width for part in text.split("\n"))
        return min(_LINE_HEIGHT * lines + 2, _HIGHEST)
