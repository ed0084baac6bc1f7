"""Who goes first when seats are tight: what a cell of the priority column says.

A whole number, 1 before 2 (process.md step 3: by the priority column, then by name); or the words high, normal and low
in five languages, which stand for 1, 2 and 3. Whoever has no priority goes last.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from batch.core.cells import Once
from batch.core.table import Field, Table

#: The rank of everybody without a priority: after every number that is read.
LAST = 1_000_000_000

#: A whole number from 1, with the decimals that a workbook's number may show.
_NUMBER = re.compile(r"0*([1-9][0-9]{0,8})(?:[.,]0{1,2})?")
_WORDS: Mapping[str, int] = {
    **dict.fromkeys(("high", "hoog", "hoch", "haute", "haut", "élevée", "élevé", "alta", "alto"), 1),
    **dict.fromkeys(("normal", "medium", "normaal", "gemiddeld", "middel", "mittel"), 2),
    **dict.fromkeys(("normale", "moyenne", "moyen", "media", "medio"), 2),
    **dict.fromkeys(("low", "laag", "niedrig", "gering", "faible", "basse", "bas", "baja", "bajo"), 3),
}
#: As many cells are shown of those that say nothing.
_SHOWN = 3


def rank(cell: str) -> int | None:
    """The priority that the cell says, ``LAST`` for an empty one; None where it says something else."""
    text = cell.strip()
    if not text:
        return LAST
    found = _NUMBER.fullmatch(text)
    return int(found[1]) if found else _WORDS.get(text.casefold())


def ranks(table: Table) -> list[int] | None:
    """The rank of every row; a cell that says something else counts as empty. None for a sheet without the column."""
    cells = table.cells.get(Field.PRIORITY)
    if cells is None:
        return None
    read = Once[str, int](lambda cell: LAST if (said := rank(cell)) is None else said)
    return list(map(read.__getitem__, cells))


def not_read(cells: Iterable[str], heading: str) -> str:
    """A sentence about the cells of a priority column that say no priority; empty where all do."""
    odd = {cell: number for cell, number in Counter(cells).items() if rank(cell) is None}
    if not odd:
        return ""
    shown = ", ".join(f"“{cell[:40]}”" for cell in sorted(odd)[:_SHOWN])
    more = f" and {len(odd) - _SHOWN:,} more" if len(odd) > _SHOWN else ""
    rows = sum(odd.values())
    return (
        f"In column “{heading}” {shown}{more} ({rows:,} {'row' if rows == 1 else 'rows'}) is no priority; "
        "such rows go last. Write 1 (first), 2, 3 …, or high, normal, low."
    )


def by_person(users: Sequence[str], said: Sequence[int], elsewhere: Mapping[str, int]) -> list[int]:
    """The rank of each row: the most urgent of all that is said about its person, in whatever row or sheet."""
    best = dict(elsewhere)
    for user, urgency in zip(users, said, strict=True):
        if urgency < best.get(user, LAST):
            best[user] = urgency
    return [best.get(user, LAST) for user in users]
