"""Where the sheets of a ticked workbook have their tables of people, and what stands in them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from batch.core.handed import Odd
from batch.core.harmless import one_line
from batch.handover.tick_words import (
    LONGEST_HEAD,
    OTHER_HEADS,
    REMARK_HEADS,
    TICK_HEADS,
    USER_HEADS,
    Tick,
    folded,
    tick,
)

#: What is kept of a remark.
MOST_REMARK = 500
_REF = re.compile("^[0-9]{1,9}-[0-9a-f]{12}$", re.MULTILINE)
_DIGEST = re.compile("[0-9a-f]{64}")
#: More digests in one file than this are no handovers of ours.
_MOST_DIGESTS = 50


class Grid(Protocol):
    """One sheet as columns of text, each as long as ``rows``."""

    @property
    def sheet(self) -> str:
        """The name of the sheet; empty for a text file."""

    @property
    def rows(self) -> Sequence[int]:
        """The number that a person sees beside each row."""

    @property
    def columns(self) -> Sequence[Sequence[str]]:
        """The cells."""


_HEADS = TICK_HEADS | OTHER_HEADS
_MEANT = (TICK_HEADS, USER_HEADS, REMARK_HEADS)


class _Heads(NamedTuple):
    """Where a table of people has what, by columns. People may have copied a column, or taken one away."""

    tick: tuple[int, ...]
    user: tuple[int, ...]
    remark: tuple[int, ...]


class Line(NamedTuple):
    """A row that has a Ref, or a tick."""

    sheet: str
    row: int
    refs: tuple[str, ...]
    #: Whether the headings over this row are still there.
    headed: bool
    ticks: tuple[str, ...]
    users: tuple[str, ...]
    remark: str

    def odd(self, code: str, text: str) -> Odd:
        """The row, not believed."""
        return Odd(self.row, self.sheet, code, text)


def has_refs(grid: Grid) -> bool:
    """Whether any cell has the form of a Ref; quick, also for an export of a million rows that is asked first."""
    return any(_REF.search("\n".join(column)) for column in grid.columns)


class TickedSheet:
    """What one sheet has of ours."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        #: The cells that have the form of a Ref, by the index of their row.
        self.refs: dict[int, list[str]] = {}
        digests: set[str] = set()
        heads: dict[int, dict[int, str]] = {}
        for number, column in enumerate(grid.columns):
            for index, cell in enumerate(column):
                if 14 <= len(cell) <= 24 and _REF.fullmatch(cell):
                    self.refs.setdefault(index, []).append(cell)
                elif len(cell) == 64 and _DIGEST.fullmatch(cell):
                    digests.add(cell)
                elif 0 < len(cell) <= LONGEST_HEAD and (head := folded(cell)) in _HEADS:
                    heads.setdefault(index, {})[number] = head
        self.digests = frozenset(sorted(digests)[:_MOST_DIGESTS])
        #: The rows that have the heading of the ticks and one more of ours, from the top down. No heading has a Ref
        #: beside it: what says "done" there is a tick.
        self.heads = {
            index: _Heads(*(tuple(c for c, head in found.items() if head in meant) for meant in _MEANT))
            for index, found in sorted(heads.items())
            if index not in self.refs and not TICK_HEADS.isdisjoint(found.values()) and len(set(found.values())) > 1
        }

    def lines(self) -> Iterator[Line]:
        """The rows with a Ref, and those beneath a heading of ours that are ticked and name somebody."""
        starts = list(self.heads)
        columns = {column for heads in self.heads.values() for column in heads.tick}
        filled = {i for column in columns for i, cell in enumerate(self._grid.columns[column]) if cell}
        for index in sorted(filled.union(self.refs) - self.heads.keys()):
            # Who sorted the headings into the table finds them further down.
            at = starts[max(bisect_right(starts, index) - 1, 0)] if starts else None
            line = self._line(index, None if at is None else self.heads[at])
            if line.refs or (at is not None and at < index and any(line.users) and Tick.DONE in map(tick, line.ticks)):
                yield line

    def _line(self, index: int, heads: _Heads | None) -> Line:
        ticks, users, remarks = (self._cells(index, columns) for columns in heads or _Heads((), (), ()))
        return Line(
            sheet=self._grid.sheet,
            row=self._grid.rows[index],
            refs=tuple(dict.fromkeys(self.refs.get(index, ()))),
            headed=heads is not None,
            ticks=ticks,
            users=users,
            remark=one_line(" ".join(remarks))[:MOST_REMARK],
        )

    def _cells(self, index: int, columns: tuple[int, ...]) -> tuple[str, ...]:
        return tuple(cell for column in columns if (cell := self._grid.columns[column][index].strip()))
