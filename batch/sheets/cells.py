"""Cleaning of cells, done once for every sheet whatever it came from.

Every cell is trimmed; no-break blanks become ordinary ones; zero-width and direction marks go away. Letters are
left as they are, upper or lower case: what a cell means decides about that, and it is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

#: No-break blanks that Excel, web pages and mail leave behind.
_NO_BREAK = "\u00a0\u2007\u202f"
#: Characters that take no room on the screen: zero-width blanks and joiners, marks of direction, a stray byte-order
#: mark, the soft hyphen.
_ZERO_WIDTH = "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"
_TABLE = {**dict.fromkeys(map(ord, _NO_BREAK), " "), **dict.fromkeys(map(ord, _ZERO_WIDTH))}
_ODD = re.compile(f"[{_NO_BREAK}{_ZERO_WIDTH}]")
#: Every character above begins with one of these bytes in UTF-8; most Western letters do not.
_ODD_BYTES = (b"\xc2", b"\xe2", b"\xef")


def may_be_odd(payload: bytes) -> bool:
    """False when this UTF-8 text surely has no no-break or zero-width blank: a fast pass over the whole."""
    return any(lead in payload for lead in _ODD_BYTES)


def clean_column(cells: Sequence[str], *, odd: bool = True) -> list[str]:
    """The same cells, trimmed and, unless ``odd`` is False, without no-break or zero-width blanks."""
    if odd:
        together = "".join(cells)
        if not together.isascii() and _ODD.search(together):
            return [cell.translate(_TABLE).strip() for cell in cells]
    return list(map(str.strip, cells))


def drop_blank_rows(columns: list[list[str]], rows: list[int]) -> tuple[list[list[str]], list[int]]:
    """Columns and row numbers without the rows in which every cell is empty; the others keep their numbers."""
    if not columns or "" not in columns[0]:
        return columns, rows
    keep = [index for index, cells in enumerate(zip(*columns, strict=True)) if any(cells)]
    if len(keep) == len(rows):
        return columns, rows
    return [[column[i] for i in keep] for column in columns], [rows[i] for i in keep]
