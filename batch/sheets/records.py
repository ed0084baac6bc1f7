"""Lines of a text file become columns of cells, each record with the physical line it begins on.

Two ways to the same result. The quick one is pandas' C reader; it is trusted only when it found exactly as many
records as there are lines, so that record and line numbers are the same thing. Everything else (line breaks inside
quotes, lines that are too long, quotes that never close) goes the careful way.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from batch.core.terms import Place, Problem

#: A cell of Excel holds at most 253 line breaks; a quote that stays open longer was never meant to be one.
_MOST_LINES = 255
_UNUSED = "\x1f\x1e\x1d\x1c\x01\x02\x03"


@dataclass(frozen=True, slots=True)
class Records:
    """Columns of equal length, the physical line of each record (1 = first), and the lines left out."""

    columns: list[list[str]]
    rows: list[int]
    problems: tuple[Problem, ...] = ()


def read_records(payload: bytes, delimiter: str, width: int, *, file: str, skipped: int) -> Records:
    """Every record of a UTF-8 text. ``skipped`` lines stood before it; ``width`` is the number of cells of a line.

    Short lines are padded with empty cells. A line with more filled cells than ``width`` and a quote that never
    closes are ``unreadable`` problems: which cell belongs to which column is anybody's guess.
    """
    delimiter = delimiter or next((mark for mark in _UNUSED if mark.encode() not in payload), _UNUSED[0])
    columns = _quick(payload, delimiter, width)
    if columns is not None:
        return Records(columns, list(range(skipped + 1, skipped + 1 + len(columns[0]))))
    return _Careful(payload.decode("utf-8"), delimiter, width, file, skipped).read()


class _Bytes:
    """UTF-8 bytes as the C reader likes them best: not decoded on the way, as those of ``io.BytesIO`` would be."""

    def __init__(self, payload: bytes) -> None:
        self._payload = payload
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        end = len(self._payload) if size < 0 else self._at + size
        piece = self._payload[self._at : end]
        self._at += len(piece)
        return piece

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._payload.splitlines(keepends=True))


def _quick(payload: bytes, delimiter: str, width: int) -> list[list[str]] | None:
    if b"\r" in payload and payload.count(b"\r") != payload.count(b"\r\n"):
        return None
    import pandas as pd

    lines = payload.count(b"\n") + (not payload.endswith(b"\n"))
    source: Any = _Bytes(payload)
    try:
        frame = pd.read_csv(
            source,
            sep=delimiter,
            header=None,
            names=range(width),
            index_col=False,
            dtype=str,
            keep_default_na=False,
            na_filter=False,
            skip_blank_lines=False,
            quoting=csv.QUOTE_MINIMAL if b'"' in payload else csv.QUOTE_NONE,
            encoding="utf-8",
            engine="c",
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError):
        return None
    if len(frame) != lines:
        return None
    return [frame[index].tolist() for index in range(width)]


class _Careful:
    """The ``csv`` module, fed line by line so that an open quote can be seen and read past."""

    def __init__(self, text: str, delimiter: str, width: int, file: str, skipped: int) -> None:
        self._lines = list(io.StringIO(text, newline=""))
        self._delimiter = delimiter
        self._width = width
        self._file = file
        self._skipped = skipped
        self._start = 0
        self._next = 0
        self._starved = False
        self._records: list[list[str]] = []
        self._rows: list[int] = []
        self._problems: list[Problem] = []

    def read(self) -> Records:
        while self._start < len(self._lines):
            self._next, self._starved = self._start, False
            try:
                self._read_on()
            except csv.Error as error:
                self._give_up(f"This line cannot be read: {error}.")
        columns = [list(column) for column in zip(*self._records, strict=True)] or [[] for _ in range(self._width)]
        return Records(columns, self._rows, tuple(self._problems))

    def _feed(self) -> Iterator[str]:
        while self._next < len(self._lines) and self._next - self._start < _MOST_LINES:
            self._next += 1
            yield self._lines[self._next - 1]
        self._starved = True

    def _read_on(self) -> None:
        """Records from the current line on, until the text ends or a quote is found that does not close."""
        for record in csv.reader(self._feed(), delimiter=self._delimiter):
            if self._starved or (self._next - self._start > 1 and not self._is_well_quoted()):
                self._give_up("A quotation mark opens in this line and is not closed where a cell ends.")
                return
            self._keep(record)
            self._start = self._next

    def _is_well_quoted(self) -> bool:
        """Whether a record of several lines keeps strictly to the rules; two stray quotes far apart do not."""
        lines = self._lines[self._start : self._next]
        try:
            list(csv.reader(lines, delimiter=self._delimiter, strict=True))
        except csv.Error:
            return False
        return True

    def _keep(self, record: list[str]) -> None:
        width = self._width
        if len(record) > width:
            while len(record) > width and not record[-1].strip():
                record.pop()
            if len(record) > width:
                said = f"This line has {len(record)} cells, the table has {width}; nobody can say which is which."
                self._say(f"{said} Put quotation marks around a cell that holds the delimiter.")
                return
        self._records.append(record + [""] * (width - len(record)))
        self._rows.append(self._skipped + self._start + 1)

    def _give_up(self, why: str) -> None:
        """Report the current line and go on with the one after it."""
        self._say(f"{why} The line was left out; mend it and read the file again.")
        self._start += 1

    def _say(self, text: str) -> None:
        place = Place(file=self._file, row=self._skipped + self._start + 1)
        self._problems.append(Problem(place=place, code="unreadable", text=text))


def whole_lines(payload: bytes, *, skipped: int) -> Records:
    """Each line as one cell, untouched: a list of addresses pasted from a mail program."""
    lines = [line.rstrip("\r\n") for line in io.StringIO(payload.decode("utf-8"), newline="")]
    return Records([lines], list(range(skipped + 1, skipped + 1 + len(lines))))
