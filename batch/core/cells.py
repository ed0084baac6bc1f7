"""What a cell of products or of a number says. Sheets repeat themselves, so each distinct cell is worked out once."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

from batch.core.catalog import Ambiguous, Catalog, Found, Unknown
from batch.core.table import Field, Table

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

#: Columns that say what a user holds; a sheet has some of them or none.
HOLDINGS = (Field.HOLDS, Field.HOLDS_DIRECT, Field.HOLDS_GROUP)

_THOUSANDS = re.compile(r"\d{1,3}(?:([., '’])\d{3}(?:\1\d{3})*)?")
_PLAIN_NUMBER = re.compile(r"\d{1,15}")
#: A whole number with decimals that say nothing: ``25.0`` (a workbook's number as text), ``1.250,00``.
_EMPTY_DECIMALS = re.compile(r"(.*\d)[.,]0(?:0)?")


class Once(dict[K, V], Generic[K, V]):
    """A function whose answers are kept: ``once[key]``. Looking up is as quick as in any dict."""

    def __init__(self, work: Callable[[K], V]) -> None:
        super().__init__()
        self._work = work

    def __missing__(self, key: K) -> V:
        self[key] = answer = self._work(key)
        return answer


class Products(NamedTuple):
    """The products of one cell: those that are certain, in the order of the cell, and what is not."""

    ids: tuple[str, ...]
    unresolved: tuple[Ambiguous | Unknown, ...]


def product_cells(catalog: Catalog) -> Once[str, Products]:
    """Reads cells of products by this catalog."""

    def read(cell: str) -> Products:
        parts = catalog.split(cell)
        ids = dict.fromkeys(part.sku_id for part in parts if isinstance(part, Found))
        return Products(tuple(ids), tuple(part for part in parts if not isinstance(part, Found)))

    return Once(read)


def together(products: list[Products]) -> Products:
    """The products of several cells of one row, each once."""
    if len(products) == 1:
        return products[0]
    return Products(
        tuple(dict.fromkeys(i for p in products for i in p.ids)),
        tuple(dict.fromkeys(u for p in products for u in p.unresolved)),
    )


def columns(table: Table, fields: tuple[Field, ...]) -> list[list[str]]:
    """The cells of these columns; blank ones for a column that the sheet does not have."""
    blank = [""] * len(table.rows)
    return [table.cells.get(field, blank) for field in fields]


def not_a_product(part: Ambiguous | Unknown) -> tuple[str, str]:
    """The problem code and the sentence for a product that is not certain."""
    if isinstance(part, Unknown):
        return "unknown_sku", (
            f"No product is known as “{_short(part.text)}”; check the spelling, or write its part number or its id."
        )
    named = "; ".join(f"{c.name} ({c.part_number or c.sku_id}, id {c.sku_id})" for c in part.candidates)
    return "ambiguous_sku", (
        f"“{_short(part.text)}” is the name of {len(part.candidates)} products: {named}. "
        "Write the part number or the id instead of the name."
    )


def count(cell: str) -> int | None:
    """A whole number of seats, 0 for an empty cell; None where the cell is no such number.

    Thousands may be set off by a dot, a comma, an apostrophe or a blank: ``1.250``, ``1 250``, ``1,250``.
    """
    text = " ".join(cell.split())
    if not text:
        return 0
    if whole := _EMPTY_DECIMALS.fullmatch(text):
        text = whole[1]
    if len(text) <= 20 and text.isascii() | ("’" in text) and (_PLAIN_NUMBER.fullmatch(text) or _thousands(text)):
        return int(re.sub(r"\D", "", text))
    return None


def _thousands(text: str) -> bool:
    return _THOUSANDS.fullmatch(text) is not None


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"
