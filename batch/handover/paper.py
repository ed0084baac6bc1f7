"""How large the type on a page may be, so that a pack fits on one sheet of A4.

Nothing here measures a font: widths are those of Arial and of the fonts made to its measure, on the safe side. A page
that is fuller than the smallest type allows goes on on a second sheet.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import ceil
from typing import NamedTuple

from batch.core.handed import PackSheet
from batch.handover.steps import LICENSES_PAGE_TAKES, Step

#: Sizes of type in points that are tried, best first: of what is told, and of the people.
_SIZES = (
    (9.5, 9.5), (9.0, 9.0), (9.0, 8.5), (9.0, 8.0), (8.5, 7.5), (8.5, 7.0), (8.0, 6.5), (8.0, 6.0), (7.5, 5.5),
    (7.5, 5.0), (7.0, 5.0), (6.5, 5.0), (6.0, 5.0), (5.5, 5.0), (5.0, 5.0),
)  # fmt: skip
_MM = 25.4 / 72
#: What a page holds between its margins, in millimetres.
_HEIGHT, _WIDTH = 274.0, 190.0
#: Shares of the table for display names and for remarks: as usual, and where names are long.
_SHARES = ((0.35, 0.16), (0.47, 0.09))
#: The heading, captions, the line to sign and the foot, but for what of them grows with the type.
_REST = 42.0
_BOX = 0.4 * _WIDTH - 7.0
_NARROW = frozenset("Ifijlrt.,:;'|!()[]/\\- ")
_WIDE = frozenset("@mMwW%&")


class Sizes(NamedTuple):
    """How a page is set: sizes of type in points, columns of the user names to copy, shares of the table in percent."""

    told: float
    people: float
    columns: int
    names: int
    remarks: int


def is_tight(sheet: PackSheet) -> bool:
    """Whether there are so many people that the lines of the table come closer together."""
    return len(sheet.people) > LICENSES_PAGE_TAKES


def sizes(sheet: PackSheet, steps: Sequence[Step]) -> Sizes:
    """The largest type in which this pack fits on one page; the smallest there is if it fits in none."""
    for told, people in _SIZES:
        columns = _columns(sheet, 0.88 * people)
        table, (names, remarks) = min((_people(sheet, people, *shares), shares) for shares in _SHARES)
        if _REST + _told(sheet, steps, told) + table + _copied(sheet, 0.88 * people, columns) <= _HEIGHT:
            break
    return Sizes(told, people, columns, round(100 * names), round(100 * remarks))


def _told(sheet: PackSheet, steps: Sequence[Step], size: float) -> float:
    """Millimetres that the steps and the boxes take beside each other, and the notes over them."""
    em = size * _MM
    width = 0.6 * _WIDTH - 4.0 - 1.7 * em
    told = sum(_lines("".join(piece.text for piece in step), width, em) * 1.3 + 0.25 for step in steps) * em
    boxes = _listed(((licence.name, licence.off) for licence in sheet.ticked), em)
    if sheet.gone:
        boxes += _listed(((name, ()) for name in sheet.gone), em)
    if sheet.inherited:
        boxes += _listed([(", ".join(sheet.inherited), ())], em)
    notes = 4.4 * em + 2.2 + (1.3 * em + 5.2) * is_tight(sheet)
    return max(told, boxes) + notes


def _listed(licences: Iterable[tuple[str, Sequence[str]]], em: float) -> float:
    """Millimetres that one box takes: its heading, each licence, and the services of it to switch off."""
    width = _BOX - 1.5 * em
    lines = 1.6
    for name, off in licences:
        lines += _lines(name, width - 8.0, em) + 0.2
        lines += 0.92 * _lines(", ".join(off), width - 4.0, em) + 1.0 if off else 0.0
    return lines * 1.3 * em + 5.2


def _people(sheet: PackSheet, size: float, names: float, remarks: float) -> float:
    """Millimetres that the table takes."""
    em = size * _MM
    left, right = names * _WIDTH - em, (1.0 - names - remarks) * _WIDTH - 6.2 * em
    lines = 1.2 * sum(max(_lines(p.name, left, em), _lines(p.upn, right, em)) for p in sheet.people)
    padding = (0.24 if is_tight(sheet) else 0.44) * len(sheet.people)
    return (lines + padding + 1.7) * em + 0.25 * len(sheet.people)


def _copied(sheet: PackSheet, size: float, columns: int) -> float:
    """Millimetres that the user names to copy take."""
    em = size * _MM
    lines = [_lines(person.upn, _WIDTH / columns - 5, em) for person in sheet.people]
    return (ceil(sum(lines) / columns) + max(lines, default=1) - 1) * 1.25 * em + 2.0


def _columns(sheet: PackSheet, size: float) -> int:
    longest = max((_ems(person.upn) for person in sheet.people), default=0.0)
    return next((count for count in (4, 3) if longest * size * _MM <= _WIDTH / count - 5), 2)


def _lines(text: str, width: float, em: float) -> int:
    """Lines that the text takes in this width, which it does not fill to the brim when it breaks."""
    taken = _ems(text) * em
    return ceil(taken / width) if taken <= width else ceil(taken / (0.95 * width))


@lru_cache(maxsize=4096)
def _ems(text: str) -> float:
    """About how wide the text is, in ems."""
    return sum(map(_em, text))


@lru_cache(maxsize=4096)
def _em(character: str) -> float:
    if character in _NARROW:
        return 0.31
    if character in _WIDE or unicodedata.east_asian_width(character) in "WF":
        return 1.02
    if unicodedata.combining(character):
        return 0.0
    return 0.72 if character.isupper() else 0.56
