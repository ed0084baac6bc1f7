"""`reassign check`: what the sheets say, and every problem by row; no tenant is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batch.cli.telling import say
from batch.core.catalog import Catalog
from batch.core.check import Unread, check_value
from batch.core.check_lines import lines
from batch.core.errors import SheetError, UsageError
from batch.core.table import Table

if TYPE_CHECKING:
    from batch.sheets.reading import Met


@click.command(
    epilog="""\b
Examples:
  reassign check users.csv licenses.csv
  reassign check moves.xlsx --sheet "March" --json
  reassign check export.csv --map "Login of person=user" --encoding cp1252

Exit codes: 0 readable (rows may have problems), 2 a file cannot be used."""
)
@click.argument("sheets", metavar="SHEET...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value instead of words.")
@click.option("--map", "maps", multiple=True, metavar="COLUMN=FIELD", help="What a column means; may be repeated.")
@click.option("--encoding", metavar="NAME", help="The text encoding, where the guess is wrong.")
@click.option("--sheet", metavar="NAME", help="Read this sheet of a workbook only.")
def check(
    sheets: tuple[Path, ...], as_json: bool, maps: tuple[str, ...], encoding: str | None, sheet: str | None
) -> int:
    """Say what each SHEET holds, how it was read, and every problem by row. Changes nothing, needs no tenant."""
    from batch.sheets.products import known_products
    from batch.sheets.reading import check_mapping

    catalog = Catalog.of((), known_products())
    mapping = column_meanings(maps)
    found: list[Table | Unread] = []
    met: Met = {}
    for path in sheets:
        found += _read(path, mapping, encoding, sheet, met)
    if any(isinstance(table, Table) for table in found):
        check_mapping(mapping, met, [str(p) for p in sheets])
    value = check_value(found, catalog)
    if as_json:
        click.echo(json.dumps(value))
    else:
        say(lines(value, catalog))
    useless = any(not entry["rows"] and not entry["seats"] for entry in value["files"])
    return UsageError.exit_code if useless else 0


def column_meanings(maps: tuple[str, ...]) -> dict[str, str]:
    """``Column=field`` texts as heading → field word. Raises ``UsageError`` for one that is not of that form."""
    meanings = {}
    for text in maps:
        column, equals, field = text.rpartition("=")
        if not equals or not column.strip() or not field.strip():
            raise UsageError(f"--map “{text}” is not of the form COLUMN=FIELD.", 'Write it like --map "Login=user".')
        meanings[column.strip()] = field.strip()
    return meanings


def _read(
    path: Path, mapping: Mapping[str, str], encoding: str | None, sheet: str | None, met: Met
) -> list[Table | Unread]:
    """The tables of one file, or why it cannot be read: the other files are shown all the same."""
    from batch.sheets.reading import read_tables

    try:
        return list(read_tables(path, mapping=mapping, encoding=encoding, sheet=sheet, met=met))
    except SheetError as error:
        return [Unread(file=str(path), code=error.code, text=f"{error.what} {error.todo}".strip())]
