"""How far a sheet of a workbook really reaches, from the references of its cells and never from what it declares.

The reader of workbooks fills a rectangle from the first cell to the last one. One stray cell far away makes that
rectangle larger than any memory, so its size is known before the reader sees the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import IO

from batch.core.errors import SheetError

#: At most so many columns in a sheet, and rows times columns in the rectangle from A1 to its last cell.
MAX_COLUMNS = 2_000
MAX_CELLS = 60_000_000
#: Bytes of an XML part that are read at a time; small enough that they are looked at while the processor has them near.
CHUNK = 1 << 18
_LONGEST_TAG = 1 << 24

#: A cell that is not written like ``<c r="AZ999999"`` or nearer to A1; without one, 52 columns and 999,999 rows hold
#: everything, which is within the limits, and nothing needs to be counted.
_FAR = re.compile(rb'<c(?! r="A?[A-Z][1-9]\d{0,5}"[ >/])[\s/>]')
_PREFIXED = re.compile(rb":c[\s/>]")
_ATTRIBUTES = rb"""((?:[^>"']++|"[^"]*+"|'[^']*+')*+)>"""
_XLSX_TAG = re.compile(rb"<(?:[^\s<>/:]+:)?(row|c)(?=[\s/>])" + _ATTRIBUTES)
_REFERENCE = re.compile(rb"""\br\s*=\s*["']\s*([A-Za-z]*)(\d*)""")
_HIDDEN_ROW = re.compile(rb"""<row [^>]*\bhidden=["'](?:1|true)""")
_ODS_TAG = re.compile(rb"<(/?table:(?:table-row|table)|table:(?:covered-)?table-cell)(?=[\s/>])" + _ATTRIBUTES)
_ODS_REPEAT = re.compile(rb"""table:number-(?:rows|columns)-repeated\s*=\s*["'](\d+)""")
_ODS_NAME = re.compile(rb"""table:name\s*=\s*"([^"]*)""")


@dataclass(slots=True)
class Extent:
    """The last row and column in use (1-based), each with a cell that is there, and the rows that are hidden."""

    rows: int = 0
    columns: int = 0
    lowest: str = ""
    rightmost: str = ""
    hidden: int = 0

    def reach(self, row: int, column: int) -> None:
        """A cell stands here."""
        if row > self.rows:
            self.rows, self.lowest = row, f"{column_letters(column)}{row}"
        if column > self.columns:
            self.columns, self.rightmost = column, f"{column_letters(column)}{row}"

    def refuse_if_too_large(self, file: str, sheet: str) -> None:
        """Raise ``SheetError`` (``too_large``) that names the far cell and says what to delete."""
        if self.columns <= MAX_COLUMNS and self.rows * self.columns <= MAX_CELLS:
            return
        by_column = self.columns > MAX_COLUMNS or self.columns > 256
        cell = self.rightmost if by_column else self.lowest
        what = f"the columns from there back to the last one of your table (sheet {sheet})"
        if not by_column:
            what = f"the rows from there back to the last one of your table (sheet {sheet})"
        raise SheetError(
            f"{file}, sheet {sheet}: cell {cell} is so far away that the sheet has {self.rows:,} rows and "
            f"{self.columns:,} columns; at most {MAX_COLUMNS:,} columns and {MAX_CELLS:,} cells are read.",
            f"Delete {what} and save, or copy the table to a new workbook.",
            code="too_large",
        )


def column_letters(column: int) -> str:
    """``1`` → ``A``, ``27`` → ``AA``."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: bytes) -> int:
    """``A`` → 1, ``XFD`` → 16,384; anything longer than four letters is beyond every sheet."""
    number = 0
    for letter in letters.upper()[:5]:
        number = number * 26 + letter - 64
    return number


@dataclass(slots=True)
class Glance:
    """What is seen of a worksheet while its text passes by in ``pieces``, once and quickly."""

    #: True while every cell says that it stands within AZ999999.
    near: bool = True
    hidden: int = 0

    def look(self, piece: bytes) -> None:
        """Look at the next piece. One byte that is rare is looked for before each slower search."""
        if self.near and (_FAR.search(piece) or (b":" in piece and _PREFIXED.search(piece))):
            self.near = False
        if b"hidden=" in piece:
            self.hidden += len(_HIDDEN_ROW.findall(piece))


def chunks(stream: IO[bytes]) -> Iterator[bytes]:
    """Everything in a stream, some at a time."""
    while chunk := stream.read(CHUNK):
        yield chunk


def pieces(text: Iterable[bytes], file: str) -> Iterator[bytes]:
    """The text of an XML part, which comes in chunks, in pieces that end before a ``<``, so that no tag is cut."""
    rest = b""
    for chunk in text:
        rest += chunk
        cut = rest.rfind(b"<")
        if cut > 0:
            yield rest[:cut]
            rest = rest[cut:]
        elif len(rest) > _LONGEST_TAG:
            raise SheetError(f"{file} holds XML that no spreadsheet program writes.", code="hostile")
    if rest:
        yield rest


def near_extent() -> Extent:
    """The extent of every worksheet whose cells all stand within AZ999999: just that."""
    extent = Extent()
    extent.reach(999_999, 52)
    return extent


def xlsx_extent(stream: IO[bytes], file: str) -> Extent:
    """How far a worksheet reaches, counted as the reader does: without a reference, the next row or column is meant."""
    extent = Extent()
    row = column = 0
    for piece in pieces(chunks(stream), file):
        for match in _XLSX_TAG.finditer(piece):
            name, attributes = match.groups()
            reference = _REFERENCE.search(attributes)
            letters, digits = reference.groups() if reference else (b"", b"")
            if name == b"row":
                row, column = int(digits[:9]) if digits else row + 1, 0
                continue
            column = column_number(letters) if letters else column + 1
            row = int(digits[:9]) if digits else max(row, 1)
            if not attributes.endswith(b"/"):
                extent.reach(row, column)
    return extent


def ods_extents(stream: IO[bytes], file: str) -> dict[str, Extent]:
    """How far each sheet of an OpenDocument spreadsheet reaches, repeated rows and columns counted."""
    extents: dict[str, Extent] = {}
    extent, row, column, repeat, filled = Extent(), 0, 0, 1, 0
    for piece in pieces(chunks(stream), file):
        for match in _ODS_TAG.finditer(piece):
            name, attributes = match.groups()
            if name.endswith(b"table-cell"):
                times = _repeats(attributes)
                column += times
                if not attributes.endswith(b"/") or b"office:value" in attributes:
                    filled = column
            elif name == b"table:table-row":
                row, column, repeat, filled = row + repeat, 0, _repeats(attributes), 0
            elif name == b"/table:table-row" and filled:
                extent.reach(row + repeat - 1, filled)
            elif name == b"table:table":
                found = _ODS_NAME.search(attributes)
                extent, row, repeat = Extent(), 0, 1
                extents[unescape(found.group(1).decode("utf-8", "replace")) if found else ""] = extent
    return extents


def _repeats(attributes: bytes) -> int:
    found = _ODS_REPEAT.search(attributes)
    return int(found.group(1)[:12]) if found else 1
