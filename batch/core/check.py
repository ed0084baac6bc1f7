"""What sheets say, with every problem by row: the value of ``reassign check --json``. No tenant is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from batch.core.catalog import Ambiguous, Catalog, Found, Unknown
from batch.core.cells import columns, count, not_a_product
from batch.core.check_people import People, as_told, told
from batch.core.money_words import exact
from batch.core.prices import Price, table_prices
from batch.core.table import Field, Kind, Table
from batch.core.wishes import Wishes


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A file that could not be read at all, and why (a problem code and sentences)."""

    file: str
    code: str
    text: str


def check_value(sheets: Sequence[Table | Unread], catalog: Catalog) -> dict[str, Any]:
    """The JSON-ready value: ``{"files": [one entry for each sheet, in the order given]}``.

    An entry has ``file``, ``kind``, ``format``, ``container``, ``mapping`` (meaning → heading), ``assumed``, ``rows``,
    ``seats`` and ``problems``. A workbook of several sheets gives several entries with one ``file``.
    """
    tables = [sheet for sheet in sheets if isinstance(sheet, Table)]
    wishes = Wishes(tables, catalog, "", "")
    return {"files": [_unread(s) if isinstance(s, Unread) else _entry(s, catalog, wishes) for s in sheets]}


def _unread(sheet: Unread) -> dict[str, Any]:
    return {
        "file": sheet.file,
        "kind": Kind.UNKNOWN.value,
        "format": {"encoding": "", "delimiter": "", "sheet": "", "header_row": 0},
        "container": "",
        "mapping": {},
        "assumed": [],
        "rows": [],
        "seats": [],
        "problems": [told(0, "", sheet.code, sheet.text)],
    }


def _entry(table: Table, catalog: Catalog, wishes: Wishes) -> dict[str, Any]:
    problems = [as_told(problem) for problem in table.problems]
    rows: list[dict[str, Any]] = []
    seats: list[dict[str, Any]] = []
    if table.kind is Kind.LICENSES:
        seats = list(_seats(table, catalog, problems))
    elif table.kind is not Kind.UNKNOWN:
        people = People(table, catalog, wishes)
        rows = people.rows()
        problems += people.problems()
    return {
        "file": table.file,
        "kind": table.kind.value,
        "format": {
            "encoding": table.format.encoding,
            "delimiter": table.format.delimiter,
            "sheet": table.sheet,
            "header_row": table.format.header_row,
        },
        "container": table.format.container,
        "mapping": {field.value: heading for field, heading in table.mapping.items()},
        "assumed": list(table.assumed),
        "rows": rows,
        "seats": seats,
        "problems": sorted(problems, key=lambda problem: problem["row"]),
    }


def _seats(table: Table, catalog: Catalog, problems: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What was bought, row by row; what is wrong with a row is added to ``problems``."""
    fields = (Field.SKU_ID, Field.PRODUCT, Field.TOTAL, Field.ASSIGNED)
    prices = table_prices(table)
    for i, (sku, product, total, assigned) in enumerate(zip(*columns(table, fields), strict=True)):
        row = table.rows[i]
        found = _product(sku, product, catalog)
        sku_id = found.sku_id if isinstance(found, Found) else ""
        if not isinstance(found, Found):
            code, text = not_a_product(found)
            problems.append(told(row, table.mapping.get(Field.PRODUCT if product else Field.SKU_ID, ""), code, text))
        numbers = {Field.TOTAL: count(total), Field.ASSIGNED: count(assigned)}
        for field, cell in ((Field.TOTAL, total), (Field.ASSIGNED, assigned)):
            if numbers[field] is None:
                text = f"“{cell[:40]}” is not a whole number of licences; write it with digits only, like 1250."
                problems.append(told(row, table.mapping.get(field, ""), "bad_number", text))
        yield {
            "row": row,
            "sku_id": sku_id,
            "name": product or (catalog.label(sku_id) if sku_id else sku),
            "total": numbers[Field.TOTAL],
            "assigned": numbers[Field.ASSIGNED],
            **(_price(prices[i]) if prices else {}),
        }


def _price(price: Price | str | None) -> dict[str, str]:
    """The price of one seat for one month, exact; empty where there is none that can be read."""
    if not isinstance(price, Price):
        return {"price": "", "currency": ""}
    return {"price": exact(price.amount), "currency": price.currency}


def _product(sku: str, product: str, catalog: Catalog) -> Found | Ambiguous | Unknown:
    """The product of a row: by its id where there is a usable one, else by its name."""
    by_id = catalog.resolve(sku) if sku.strip() else None
    return by_id if by_id and (isinstance(by_id, Found) or not product.strip()) else catalog.resolve(product)
