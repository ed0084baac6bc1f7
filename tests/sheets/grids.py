"""Grids for tests, written as text the way a person would see them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from batch.core.table import Field, Format, Table
from batch.sheets.raw import Raw
from batch.sheets.reading import tables_of


def grid(text: str, *, delimiter: str = ",", sheet: str = "", container: str = "csv") -> Raw:
    """A Raw of the text's records; a leading line break is not part of the text."""
    records = list(csv.reader(io.StringIO(text.removeprefix("\n")), delimiter=delimiter, skipinitialspace=True))
    width = max(map(len, records), default=0)
    padded = [[cell.strip() for cell in record] + [""] * (width - len(record)) for record in records]
    columns = [list(column) for column in zip(*padded, strict=True)]
    form = Format(container=container, delimiter=delimiter if container == "csv" else "")
    return Raw(sheet=sheet, format=form, columns=columns, rows=list(range(1, len(padded) + 1)))


def table(
    text: str, *, mapping: Mapping[str, str] | None = None, delimiter: str = ",", container: str = "csv"
) -> Table:
    """The one table of the text."""
    raw = grid(text, delimiter=delimiter, container=container)
    (found,) = tables_of([raw], file="people.csv", digest="d1", mapping=mapping or {})
    return found


def column(found: Table, meant: Field) -> list[str]:
    """One column of the table; empty when it has none."""
    return found.cells.get(meant, [])


def codes(found: Table) -> list[tuple[int, str]]:
    """Row and code of every problem."""
    return [(problem.place.row, problem.code) for problem in found.problems]
