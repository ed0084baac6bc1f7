"""What a sheet of people says: its rows, and everything that is wrong with them, ready for JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from batch.core.asks import Ask, No, in_words
from batch.core.catalog import Ambiguous, Catalog, Unknown
from batch.core.cells import HOLDINGS, Once, columns, not_a_product, product_cells, together
from batch.core.outcomes import Bucket
from batch.core.repeats import settle, several
from batch.core.rows import users_of
from batch.core.table import Field, Kind, Table
from batch.core.terms import Problem
from batch.core.wishes import Wishes

_PRODUCTS = (*HOLDINGS, Field.REMOVE, Field.ADD)
_TOLD_BY_CELL = {"unknown_sku", "ambiguous_sku"}
#: A heading in the plural: the cell holds all the licences of a user, so a second row of that user contradicts it.
_PLURAL = re.compile(
    r"licen[sc]es|licenties|lizenzen|licencias|products\b|producten|produkte|produits|productos|skus\b"
)


def told(row: int, column: str, code: str, text: str) -> dict[str, Any]:
    """A problem, ready for JSON; ``row`` 0 stands for the whole file."""
    return {"row": row, "column": column, "code": code, "text": text}


def as_told(problem: Problem) -> dict[str, Any]:
    """The same for a problem with its place."""
    return told(problem.place.row, problem.place.column, problem.code, problem.text)


class People:
    """A sheet of people: who holds what, or who shall move."""

    def __init__(self, table: Table, catalog: Catalog, wishes: Wishes) -> None:
        self.table = table
        self.catalog = catalog
        self.users, self.odd = users_of(table)
        self.products = product_cells(catalog)
        self.meanings = wishes.meanings
        #: What each row asks, as an index into ``meanings``; empty for a sheet that only says who holds what.
        self.said = wishes.of(table, self.users) if table.kind is Kind.MOVES else []

    def rows(self) -> list[dict[str, Any]]:
        """Every row that names somebody, in the order of the sheet. Rows with equal cells share their lists."""
        read = Once[tuple[str, ...], tuple[list[str], ...]](self._read)
        names, places = columns(self.table, (Field.DISPLAY_NAME, Field.LOCATION))
        products = map(read.__getitem__, zip(*columns(self.table, _PRODUCTS), strict=True))
        rows = [
            {
                "row": row,
                "user": user,
                "display_name": name,
                "holds": holds,
                "remove": remove,
                "add": add,
                "unresolved": unresolved,
                "usage_location": place,
            }
            for row, user, name, place, (holds, remove, add, unresolved) in zip(
                self.table.rows, self.users, names, places, products, strict=True
            )
        ]
        for i, template in enumerate(self.table.cells.get(Field.TEMPLATE, []) if self.said else []):
            if template:
                rows[i]["add"] = list(self._ask(i).add)
        return [row for row in rows if row["user"]]

    def problems(self) -> Iterator[dict[str, Any]]:
        """Everything that is wrong with the rows."""
        yield from map(as_told, self.odd.values())
        yield from self._doubtful_products()
        if self.table.kind is Kind.MOVES:
            yield from self._doubtful_asks()
            yield from self._repeated_asks()
        else:
            yield from self._repeated_people()

    def _told(self, index: int, field: Field | None, code: str, text: str) -> dict[str, Any]:
        return told(self.table.rows[index], self.table.mapping.get(field, "") if field else "", code, text)

    def _read(self, cells: tuple[str, ...]) -> tuple[list[str], ...]:
        """What is held, goes and comes, and the texts that are no certain product."""
        *held, remove, add = (self.products[cell] for cell in cells)
        every = (together(held), remove, add)
        unresolved = dict.fromkeys(part.text for products in every for part in products.unresolved)
        return (*(list(products.ids) for products in every), list(unresolved))

    def _ask(self, index: int) -> Ask:
        meaning = self.meanings[self.said[index]]
        return meaning if isinstance(meaning, Ask) else Ask((), ())

    def _doubtful_products(self) -> Iterator[dict[str, Any]]:
        for field in _PRODUCTS:
            cells = self.table.cells.get(field, [])
            doubtful = {c: found.unresolved for c in dict.fromkeys(cells) if (found := self.products[c]).unresolved}
            told = Once[Ambiguous | Unknown, tuple[str, str]](not_a_product)
            for i, parts in [(i, doubtful[cell]) for i, cell in enumerate(cells) if cell in doubtful]:
                yield from (self._told(i, field, *told[part]) for part in parts)

    def _doubtful_asks(self) -> Iterator[dict[str, Any]]:
        for i, said in enumerate(self.said):
            meaning = self.meanings[said]
            if not isinstance(meaning, No) or meaning.bucket is not Bucket.PROBLEM or i in self.odd:
                continue
            if meaning.code not in _TOLD_BY_CELL or meaning.field is Field.TEMPLATE:
                yield self._told(i, meaning.field, meaning.code, meaning.text)

    def _repeated_asks(self) -> Iterator[dict[str, Any]]:
        numbers = {m: n for n, m in enumerate(m for m in self.meanings if isinstance(m, Ask))}
        number = [numbers[m] if isinstance(m, Ask) else -1 for m in self.meanings]
        asks = [-1 if i in self.odd else number[said] for i, said in enumerate(self.said)]
        settled = settle(self.users, asks, list(numbers))
        for i, other in settled.again.items():
            yield self._again(i, other, "asks the same")
        for i, other in settled.against.items():
            if i > other:
                there, here = (in_words(self._ask(row), self.catalog) for row in (other, i))
                yield self._against(i, other, f"asks to {there}", f"this one asks to {here}")

    def _repeated_people(self) -> Iterator[dict[str, Any]]:
        holds = self._holdings()
        one_a_row = self._is_one_licence_a_row()
        for rows in several(self.users, holds).values():
            first: dict[int, int] = {}
            for i in rows:
                other = first.setdefault(holds[i], i)
                if other != i:
                    yield self._again(i, other, "says the same")
                elif i != rows[0] and not one_a_row:
                    yield self._against(i, rows[0], "names other licences", "only one of them can be right")

    def _holdings(self) -> list[int]:
        """A number for what each row holds: rows that hold the same have the same; -1 where nobody can be named."""
        numbers: dict[tuple[object, ...], int] = {}

        def number(cells: tuple[str, ...]) -> int:
            held = together([self.products[cell] for cell in cells])
            return numbers.setdefault((frozenset(held.ids), frozenset(held.unresolved)), len(numbers))

        said = Once[tuple[str, ...], int](number)
        holds = list(map(said.__getitem__, zip(*columns(self.table, HOLDINGS), strict=True)))
        for i in self.odd:
            holds[i] = -1
        return holds

    def _is_one_licence_a_row(self) -> bool:
        """True for the long form, in which a user has a row for each licence: no cell has two, nor a heading many."""
        fields = [field for field in HOLDINGS if field in self.table.cells]
        if any(_PLURAL.search(self.table.mapping.get(field, "").casefold()) for field in fields):
            return False
        cells = {cell for field in fields for cell in self.table.cells[field]}
        return all(len(found.ids) + len(found.unresolved) < 2 for found in map(self.products.__getitem__, cells))

    def _again(self, index: int, other: int, what: str) -> dict[str, Any]:
        text = f"For {self.users[index]} row {self.table.rows[other]} {what} already; this row adds nothing."
        return self._told(index, Field.USER, "duplicate", text)

    def _against(self, index: int, other: int, what: str, so: str) -> dict[str, Any]:
        text = f"For {self.users[index]} row {self.table.rows[other]} {what}; {so}. Delete the wrong row."
        return self._told(index, Field.USER, "duplicate_conflict", text)
