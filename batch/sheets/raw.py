"""A grid of text as it came out of a file, before anybody asks what its columns mean."""

from __future__ import annotations

from dataclasses import dataclass

from batch.core.table import Format
from batch.core.terms import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """One sheet as positional columns of text. Every list in ``columns`` is as long as ``rows``."""

    #: The name of the sheet in a workbook; empty for text and JSON.
    sheet: str
    format: Format
    columns: list[list[str]]
    #: For each record the physical line of a text file (1 = first) or the row number that Excel shows.
    rows: list[int]
    #: Lines that could not be read at all, already left out.
    problems: tuple[Problem, ...] = ()
    #: Sentences about what was assumed (encoding, delimiter).
    assumed: tuple[str, ...] = ()
