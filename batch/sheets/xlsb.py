"""The records of a binary workbook (XLSB), as far as needed to know how far its sheets reach.

A record is a number of one or two bytes, a length of up to four bytes (seven bits each) and its content: Microsoft's
[MS-XLSB], section 2.1.4.
"""

from __future__ import annotations

from collections.abc import Iterator

from batch.sheets.extents import Extent

_ROW_HEADER = 0
_CELLS = range(1, 12)
_BUNDLED_SHEET = 156


def xlsb_extent(part: bytes) -> Extent:
    """How far a sheet's part reaches. A record that is cut off ends it, as it ends the reading."""
    extent = Extent()
    row = 0
    for kind, start, length in _records(part):
        if kind in _CELLS and length >= 8:
            extent.reach(row + 1, int.from_bytes(part[start : start + 4], "little") + 1)
        elif kind == _ROW_HEADER and length >= 4:
            row = int.from_bytes(part[start : start + 4], "little")
    return extent


def xlsb_sheets(book: bytes) -> dict[str, str]:
    """Sheet name → relationship id, from the workbook's part."""
    sheets = {}
    for kind, start, length in _records(book):
        if kind == _BUNDLED_SHEET:
            relation, after = _wide_string(book[start : start + length], 8)
            name, _ = _wide_string(book[start : start + length], after)
            sheets[name] = relation
    return sheets


def _records(part: bytes) -> Iterator[tuple[int, int, int]]:
    """Number, offset and length of the content of each record."""
    at, end = 0, len(part)
    while at + 2 <= end:
        kind = part[at]
        at += 1
        if kind & 0x80:
            kind = (kind & 0x7F) | (part[at] & 0x7F) << 7
            at += 1
        length = shift = 0
        while at < end and shift < 28:
            byte = part[at]
            at += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        yield kind, at, length
        at += length


def _wide_string(content: bytes, at: int) -> tuple[str, int]:
    """A text with its number of UTF-16 units before it, and where it ends."""
    units = int.from_bytes(content[at : at + 4], "little")
    end = at + 4 + 2 * units
    return content[at + 4 : end].decode("utf-16-le", "replace"), end
