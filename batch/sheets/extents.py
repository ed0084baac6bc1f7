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

#: A cell that is not written like ``<c r="AZ999999" s="1" t="s">`` or nearer to A1; without one, 52 columns and 999,999
#: rows hold everything, which is within the limits, and nothing needs to be counted. Nothing else may stand in the tag:
#: of two references the reader takes the last.
_FAR = re.compile(rb'<c(?! r="A?[A-Z][1-9]\d{0,5}"(?: [st]="\w*+")*+ ?/?>)[\s/>]')
_PREFIXED = re.compile(rb":c[\s/>]")
# Attributes as XML has them, possessive so that each byte is looked at once. The last group is empty in a tag that is
# written in another way, of which nobody knows what the reader makes.
_VALUE = rb"""(?:"[^"<]*+"|'[^'<]*+')"""
_ATTRIBUTES = rb"""((?:\s++[^\s<>"'/=]++\s*+=\s*+""" + _VALUE + rb""")*+)\s*+(/?)(>?)"""
_ATTRIBUTE = re.compile(rb"""\s([^\s<>"'/=]+)\s*=\s*(""" + _VALUE + rb""")""")
_XLSX_TAG = re.compile(rb"<(?:[^\s<>/:]+:)?(row|c)(?=[\s/>])" + _ATTRIBUTES)
_REFERENCE = re.compile(rb"([A-Za-z]*)0*(\d*)")
_HIDDEN_ROW = re.compile(rb"""<row [^<>]*\bhidden=["'](?:1|true)""")
_ODS_TAG = re.compile(rb"<(/?table:(?:table-row|table)|table:(?:covered-)?table-cell)(?=[\s/>])" + _ATTRIBUTES)
_ODS_REPEATS = (b"table:number-columns-repeated", b"table:number-rows-repeated")


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
            raise _no_program(file)
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
            found = _REFERENCE.match(_attributes(match, file).get(b"r", b""))
            letters, digits = found.groups() if found else (b"", b"")
            if match[1] == b"row":
                row, column = int(digits[:9]) if digits else row + 1, 0
                continue
            column = column_number(letters) if letters else column + 1
            row = int(digits[:9]) if digits else max(row, 1)
            if not match[3]:
                extent.reach(row, column)
    return extent


def _attributes(tag: re.Match[bytes], file: str) -> dict[bytes, bytes]:
    """The attributes of a tag, as they came. Raises ``SheetError`` (``hostile``) for what is no well-formed tag."""
    pairs = _ATTRIBUTE.findall(tag[2])
    attributes = {name: value[1:-1].strip() for name, value in pairs}
    if not tag[4] or len(attributes) < len(pairs):
        raise _no_program(file)
    return attributes


def _no_program(file: str) -> SheetError:
    return SheetError(
        f"{file} holds XML that no spreadsheet program writes.",
        "If you trust it, open it in Excel and save the table as a new workbook or as CSV UTF-8.",
        code="hostile",
    )


def ods_extents(stream: IO[bytes], file: str) -> dict[str, Extent]:
    """How far each sheet of an OpenDocument spreadsheet reaches, repeated rows and columns counted."""
    extents: dict[str, Extent] = {}
    extent, row, column, repeat, filled = Extent(), 0, 0, 1, 0
    for piece in pieces(chunks(stream), file):
        for match in _ODS_TAG.finditer(piece):
            name, attributes = match[1], _attributes(match, file)
            if name.endswith(b"table-cell"):
                column += _repeats(attributes)
                if not match[3] or any(name.startswith(b"office:") for name in attributes):
                    filled = column
            elif name == b"table:table-row":
                row, column, repeat, filled = row + repeat, 0, _repeats(attributes), 0
            elif name == b"/table:table-row" and filled:
                extent.reach(row + repeat - 1, filled)
            elif name == b"table:table":
                extent, row, repeat = Extent(), 0, 1
                extents[unescape(attributes.get(b"table:name", b"").decode("utf-8", "replace"))] = extent
    return extents


def _repeats(attributes: dict[bytes, bytes]) -> int:
    """How often a row or cell stands there. Both words at once are for either."""
    times = [attributes[name].lstrip(b"0+")[:12] for name in _ODS_REPEATS if name in attributes]
    return max((int(number) for number in times if number.isdigit()), default=1)
