"""How large the type on a page may be, so that a pack fits on one sheet of A4.

Nothing here measures a font: widths are those of Arial and of the fonts made to its measure, and lengths are those of
the style sheet in ``packs.html.j2``. A page that is fuller than the smallest type allows goes on on a second sheet.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from math import ceil
from typing import NamedTuple

from batch.core.handed import Cover, Licence, PackSheet
from batch.handover.commands import collect_command
from batch.handover.steps import LICENSES_PAGE_TAKES, Step
from batch.handover.wording import Piece, Words, plain

#: Sizes of type in points that are tried, best first: of what is told, and of the people.
_SIZES = (
    (9.5, 9.5), (9.5, 9.0), (9.0, 9.0), (9.0, 8.5), (9.0, 8.0), (8.5, 8.0), (8.5, 7.5), (8.0, 7.5), (8.0, 7.0),
    (7.5, 7.0), (7.5, 6.5), (7.0, 6.5), (7.0, 6.0), (6.5, 6.0), (6.5, 5.5), (6.0, 5.5), (6.0, 5.0), (5.5, 5.0),
    (5.0, 5.0),
)  # fmt: skip
_MM = 25.4 / 72
#: What a page holds between its margins, in millimetres; 2 of its height and 1 of its width are kept free.
_HEIGHT, _WIDTH = 275.0, 188.0
#: Of what stands in the page: between its parts, as usual and where there are many people.
_GAP, _TIGHT_GAP = 2.2, 1.2
#: Shares of the table for display names and for remarks: as usual, and where names are long.
_SHARES = ((0.35, 0.16), (0.47, 0.09))
#: The two columns of what is told: the steps, and inside the boxes.
_STEPS, _BOX = 0.6 * (_WIDTH - 4.0), 0.4 * (_WIDTH - 4.0) - 4.6
#: Bold type is so much wider.
_BOLD = 1.08
#: Type that is the same on all pages.
_HEAD, _FOOT = 15.0 * _MM, 7.5 * _MM
#: How wide letters of Arial are, in ems; accents do not matter.
_WIDTHS = {
    letter: width
    for letters, width in (
        ("ijl'", 0.23), (" !,./:;I[]\\ft|", 0.28), ("()-`r{}\"", 0.35), ("*Jckxsvyz^", 0.5), ("FLTZ+<=>~", 0.61),
        ("ABEKPSVXY&", 0.67), ("CDHNRUw", 0.73), ("GOQ", 0.78), ("mM%", 0.89), ("@W", 1.02),
    )
    for letter in letters
}  # fmt: skip


class Sizes(NamedTuple):
    """How a page is set: sizes of type in points, columns of the user names to copy, shares of the table in percent."""

    told: float
    people: float
    columns: int
    names: int
    remarks: int


def is_tight(sheet: PackSheet) -> bool:
    """Whether there are so many people that everything comes closer together."""
    return len(sheet.people) > LICENSES_PAGE_TAKES


def sizes(sheet: PackSheet, steps: Sequence[Step], words: Words, cover: Cover) -> Sizes:
    """The largest type in which this pack fits on one page; the smallest there is if it fits in none."""
    fixed = _fixed(sheet, words, cover)
    for told, people in _SIZES:
        columns = _columns(sheet, 0.88 * people)
        table, (names, remarks) = min((_people(sheet, people, *shares), shares) for shares in _SHARES)
        copied = _copied(sheet, people, columns)
        if fixed + _told(sheet, steps, words, cover, told * _MM) + table + copied <= _HEIGHT:
            break
    return Sizes(told, people, columns, round(100 * names), round(100 * remarks))


def _fixed(sheet: PackSheet, words: Words, cover: Cover) -> float:
    """Millimetres that are the same in any type: the gaps, the number of the pack, the way back and the foot."""
    parts = 7 + (sheet.of > 1) + is_tight(sheet)
    run = _lines(f"{cover.run} {words.run} {words.handover} {words.digest} {cover.digest[:16]}", 0.8 * _WIDTH, _FOOT)
    command = collect_command(cover, words.file)
    back = plain(words, words.back, workbook="packs-100.xlsx", command=command, file=words.file)
    gaps = (parts - 1) * (_TIGHT_GAP if is_tight(sheet) else _GAP)
    return (
        gaps + 1.15 * _HEAD + 2.2 + _lines(back, _WIDTH / _BOLD, _FOOT) * 1.25 * _FOOT + run * 1.3 * _FOOT + 1.2 + 5.6
    )


def _told(sheet: PackSheet, steps: Sequence[Step], words: Words, cover: Cover, em: float) -> float:
    """Millimetres that everything told in type of this size takes: the heading, the notes, the steps beside the boxes,
    and the line to sign.
    """
    head = _lines(cover.title, 0.55 * _WIDTH, em) + max(0, _lines(cover.tenant, 0.4 * _WIDTH, em) - 2)
    order = _lines(words.in_order, _WIDTH / _BOLD, em) if sheet.of > 1 else 0
    many = plain(words, words.many, people=len(sheet.people), limit=LICENSES_PAGE_TAKES)
    warned = _lines(many, _WIDTH / _BOLD - 5.0, em) * 1.3 * em + 3.0 if is_tight(sheet) else 0.0
    width = _STEPS - 1.7 * em
    left = sum(_lines(_text(step.told), width / _heavy(step.told), em) * 1.3 + 0.25 for step in steps) * em
    right = sum(lines * 1.3 * em + 5.1 for lines in _boxes(sheet, words, em))
    return (head + order + 1) * 1.3 * em + warned + max(left, right)


def _boxes(sheet: PackSheet, words: Words, em: float) -> Iterator[float]:
    """How many lines each box has, its heading among them."""
    width = (_BOX - 1.5 * em) / _BOLD
    # What is marked (new, stays) has its mark in the line, so that takes some of the width.
    yield 1.5 + sum(_licence(licence, width - 7.0 * em, em) for licence in sheet.ticked or (Licence(words.nothing),))
    if sheet.gone:
        mark = dict.fromkeys(sheet.inherited, f" {words.greyed} ")
        yield 1.5 + sum(_lines(name + mark.get(name, ""), width, em) + 0.2 for name in sheet.gone)
    if sheet.inherited:
        yield 1.5 + _lines(words.through_groups, width, em) - 1 + _lines(", ".join(sheet.inherited), width, em)


def _licence(licence: Licence, width: float, em: float) -> float:
    """Lines that a licence takes, and those of the services of it to switch off."""
    off = _lines(f"{', '.join(licence.off)} {'x' * 14}", width + 5.0 * em, em) if licence.off else 0
    return _lines(licence.name, width, em) + 0.2 + 0.95 * off


def _people(sheet: PackSheet, size: float, names: float, remarks: float) -> float:
    """Millimetres that the table takes."""
    em = size * _MM
    left, right = names * _WIDTH - 1.2 * em, (1.0 - names - remarks) * _WIDTH - 6.4 * em
    lines = sum(max(_lines(p.name, left, em), _lines(p.upn, right, em)) for p in sheet.people)
    padding, high = (0.24, 1.15) if is_tight(sheet) else (0.44, 1.2)
    return (high * (lines + 1) + padding * (len(sheet.people) + 1)) * em + 0.26 * len(sheet.people) + 0.8


def _copied(sheet: PackSheet, size: float, columns: int) -> float:
    """Millimetres that the user names to copy take, under their heading."""
    em = 0.88 * size * _MM
    lines = [_lines(person.upn, _WIDTH / columns - 5.0, em) for person in sheet.people]
    return 1.65 * size * _MM + (ceil(sum(lines) / columns) + max(lines, default=1) - 1) * 1.25 * em + 2.6


def _columns(sheet: PackSheet, size: float) -> int:
    longest = max((_ems(person.upn) for person in sheet.people), default=0.0)
    return next((count for count in (5, 4, 3) if longest * size * _MM <= _WIDTH / count - 5), 2)


def _text(told: Iterable[Piece]) -> str:
    return "".join(piece.text for piece in told)


@lru_cache(maxsize=1024)  # most packs are done alike
def _heavy(told: tuple[Piece, ...]) -> float:
    """How much wider the sentence is than in plain type."""
    plainly = _ems(_text(told))
    return sum(_ems(text) * (_BOLD if strong else 1.0) for text, strong in told) / plainly if plainly else 1.0


@lru_cache(maxsize=8192)
def _lines(text: str, width: float, em: float) -> int:
    """Lines that the text takes in this width, broken between words, and anywhere where a word is longer."""
    room = max(width / em, 1.0)
    if _ems(text) <= room:
        return 1
    lines, used = 1, 0.0
    for word in text.split(" "):
        size = _ems(word)
        if used and used + size > room:
            lines, used = lines + 1, 0.0
        if size > room:
            more = ceil(size / (0.97 * room)) - 1
            lines, size = lines + more, size - 0.97 * more * room
        used += size + _WIDTHS[" "]
    return lines


@lru_cache(maxsize=8192)
def _ems(text: str) -> float:
    """About how wide the text is, in ems."""
    return sum(map(_em, text))


@lru_cache(maxsize=4096)
def _em(character: str) -> float:
    letter = unicodedata.normalize("NFD", character)[0]
    if letter in _WIDTHS:
        return _WIDTHS[letter]
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.02
    return 0.73 if character.isupper() else 0.57
