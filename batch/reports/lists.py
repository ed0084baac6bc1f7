"""Plain lists as CSV files, to hand to somebody: the order sheet, what changed in a tenant."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import TextIOWrapper
from pathlib import Path

from batch.core.errors import ReassignError
from batch.core.harmless import legible, neutral
from batch.reports.whole import whole


def write_list(headings: Sequence[str], rows: Iterable[Sequence[str | int]], path: Path) -> None:
    """One line a row. UTF-8 with a byte order mark, CRLF, comma; the file appears whole or not at all.

    Text comes from sheets and services and is made harmless for spreadsheets.
    """
    try:
        with whole(path) as file:
            text = TextIOWrapper(file, encoding="utf-8-sig", newline="")
            writer = csv.writer(text, lineterminator="\r\n")
            writer.writerow(headings)
            writer.writerows([neutral(legible(c)) if isinstance(c, str) else c for c in row] for row in rows)
            text.detach()
    except ReassignError as error:
        raise ReassignError(error.what, "Name another file, or close it where another program has it open.") from error
