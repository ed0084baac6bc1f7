"""Which character stands between the cells of a text file; chosen from its first lines, and said."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
_SAMPLE_LINES = 300
#: One address as people paste it: ``ada@x.example`` or ``Ada <ada@x.example>``.
_ADDRESS = re.compile(r"\s*(?:[^<>@;]*<\s*[^<>\s@;]+@[^<>\s@;]+\s*>|[^\s<>@,;\"'|]+@[^\s<>@,;\"'|]+)\s*")


@dataclass(frozen=True, slots=True)
class Choice:
    """The delimiter (empty: one column) and how many cells a line has; ``pasted`` when lines are lists of addresses."""

    delimiter: str
    width: int
    pasted: bool = False


def choose(lines: Sequence[str], given: str = "") -> Choice:
    """The delimiter that splits most of the first lines into equally many cells, more cells first when that is even.

    ``given`` is what a first line ``sep=;`` says. Lists of addresses pasted from a mail program
    (``Ada <ada@x>; Bob <bob@x>``) are one column: their lines stay whole, quotes included.
    """
    sample = [line for line in lines[:_SAMPLE_LINES] if line.strip()]
    if not given and _is_pasted(sample):
        return Choice("", 1, pasted=True)
    if given:
        return _measured(sample, given) or Choice(given, 1)
    best, score = Choice("", 1), (0.0, 0)
    for candidate in NAMES:
        choice = _measured(sample, candidate)
        if choice is None:
            continue
        widths = _widths(sample, candidate)
        agree = widths.count(_mode(widths)) / len(widths)
        if (agree >= 0.5 or widths[0] > 1) and (agree + (widths[0] > 1), choice.width) > score:
            best, score = choice, (agree + (widths[0] > 1), choice.width)
    return best


def _measured(sample: Sequence[str], delimiter: str) -> Choice | None:
    widths = _widths(sample, delimiter)
    if not widths or max(widths) == 1:
        return None
    return Choice(delimiter, max(_mode(widths), widths[0]))


def _mode(widths: Sequence[int]) -> int:
    """The commonest number of cells above one; the larger of two equally common ones."""
    counts = Counter(width for width in widths if width > 1)
    return max(counts, key=lambda width: (counts[width], width), default=1)


def _widths(sample: Sequence[str], delimiter: str) -> list[int]:
    """Cells of each record of the sample, counted outside quotes."""
    try:
        return [len(record) for record in csv.reader(sample, delimiter=delimiter) if record]
    except csv.Error:
        return [line.count(delimiter) + 1 for line in sample]


def _is_pasted(sample: Sequence[str]) -> bool:
    """Every piece between semicolons (or between commas) is an address; a plain heading may stand above."""
    if not sample:
        return False
    first_is_heading = "@" not in sample[0] and not any(mark in sample[0] for mark in NAMES)
    body = sample[1:] if first_is_heading else sample
    if not any(mark in line for line in body for mark in "<;,"):
        return False  # one bare address a line needs no special reading
    return any(_all_addresses(body, mark) for mark in ";,")


def _all_addresses(lines: Sequence[str], mark: str) -> bool:
    pieces = [piece for line in lines for piece in line.split(mark) if piece.strip()]
    return bool(pieces) and all(_ADDRESS.fullmatch(piece) for piece in pieces)
