"""One grid of text becomes one table: columns by meaning, rows that are rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import compress

from batch.core.prices import problems_of
from batch.core.priority import not_read
from batch.core.table import Field, Kind, Table
from batch.core.terms import Place, Problem
from batch.sheets.columns import ADDRESS, ASKING, Body, Columns, understand
from batch.sheets.headings import key
from batch.sheets.layouts import Header, known_export
from batch.sheets.left_out import left_out
from batch.sheets.lost import HOW_TO_KEEP, without_lost
from batch.sheets.matrix import held, product_columns
from batch.sheets.pasted import expand
from batch.sheets.raw import Raw

#: Fields in which an export may have lost a list.
_LISTS = (Field.HOLDS, Field.HOLDS_DIRECT, Field.HOLDS_GROUP, Field.REMOVE, Field.ADD, Field.DISABLED)


def to_table(raw: Raw, header: Header, *, named: Mapping[str, Field], file: str, digest: str) -> Table:
    """The table of one sheet; kind UNKNOWN, without cells, when nothing can be made of it.

    ``named`` is key of a heading → meaning, as the user named it.
    """
    body = Body(raw, header)
    place = Place(file=file, sheet=raw.sheet, row=header.row)
    maker = _Maker(raw, header, body, place)
    if any(header.headings):
        columns = {c: named[key(text)] for c, text in enumerate(header.headings) if text and key(text) in named}
        maker.with_headings(understand(body, place, columns))
    else:
        maker.without_headings()
    table = Table(
        file=file,
        sheet=raw.sheet,
        digest=digest,
        kind=maker.kind,
        format=replace(raw.format, header_row=header.row),
        mapping=maker.mapping,
        rows=maker.rows,
        cells=maker.cells,
        problems=(*raw.problems, *maker.problems),
        assumed=(*raw.assumed, *header.assumed, *maker.assumed),
    )
    return _with_odd_cells(table)


def _with_odd_cells(table: Table) -> Table:
    """The table with what is told of cells that say no price and no priority; neither stops a row."""
    said = [not_read(table.cells.get(Field.PRIORITY, ()), table.mapping.get(Field.PRIORITY, ""))]
    if odd := tuple(problems_of(table)):
        first = f"the first in row {odd[0].place.row}: {odd[0].text}"
        said.append(f"Prices that cannot be read are left out: {len(odd):,}, {first}")
    return replace(table, problems=(*table.problems, *odd), assumed=(*table.assumed, *filter(None, said)))


class _Maker:
    """What becomes of one sheet, step by step: columns, records left out, people pasted together, lists lost."""

    def __init__(self, raw: Raw, header: Header, body: Body, place: Place) -> None:
        self.raw, self.header, self.body, self.place = raw, header, body, place
        self.kind = Kind.UNKNOWN
        self.rows = raw.rows[header.first :] if header.first else raw.rows
        self.mapping: dict[Field, str] = {}
        self.cells: dict[Field, list[str]] = {}
        self.problems: list[Problem] = []
        self.assumed: list[str] = []

    def with_headings(self, columns: Columns) -> None:
        """Read the columns that mean something."""
        self.kind, self.problems, self.assumed = columns.kind, columns.problems, columns.assumed
        if export := known_export(self.header.headings):
            self.assumed.insert(0, f"Looks like {export}.")
        if self.kind is Kind.UNKNOWN:
            return
        self.mapping = {meant: self.body.headings[column] for meant, column in columns.of.items()}
        self.cells = {meant: self.body.cells(column) for meant, column in columns.of.items()}
        deciding = next(meant for meant in (Field.USER, Field.PRODUCT, Field.SKU_ID) if meant in columns.of)
        if deciding is Field.USER and not self.cells.keys() & {Field.HOLDS, Field.ADD, Field.REMOVE}:
            self._read_matrix(columns.unknown)
        others = [self.body.headings[c] for c in columns.unknown if c not in columns.of.values()]
        if self.cells.keys() == {Field.USER} and others:
            unread = _listed(others[:20])
            self.assumed.append(
                f'Only users are read; not {unread} (say what a column means with --map "Heading=add").'
            )
        self._leave_out(columns.of[deciding])
        if deciding is Field.USER:
            self._part_people()
            self._empty_lost_lists()

    def without_headings(self) -> None:
        """A bare list: one address a line, or many in one line as pasted from a mail program."""
        addresses = [c for c in range(len(self.raw.columns)) if self.body.mostly(c, ADDRESS)]
        if not addresses:
            return
        self.kind = Kind.USERS
        self.mapping = {Field.USER: ""}
        pasted = self._is_pasted()
        self.cells = {Field.USER: self._lines() if pasted else self.body.cells(addresses[0])}
        self.assumed.append("No headings: read as a list of users.")
        if len(self.raw.columns) > 1 and not pasted:
            self.assumed.append(
                f"Only column {addresses[0] + 1} is read; give the columns headings, such as User, Remove and Add."
            )
        self._leave_out(addresses[0])
        self._part_people()

    def _is_pasted(self) -> bool:
        """True when people stand beside one another: every filled cell at the top is an address, or one in ``< >``."""
        cells = [cell for column in range(len(self.raw.columns)) for cell in self.body.sample(column)]
        several = len(self.raw.columns) > 1
        return several and (any("<" in cell for cell in cells) or all(ADDRESS.fullmatch(cell) for cell in cells))

    def _lines(self) -> list[str]:
        """Each record as the one text that it was before it was cut at its delimiter."""
        between = ", " if self.raw.format.delimiter == "," else "; "
        return [between.join(filter(None, record)) for record in zip(*self.raw.columns, strict=True)]

    def _read_matrix(self, unknown: Sequence[int]) -> None:
        products, ignored = product_columns(self.body, unknown)
        if not products:
            return
        names = [self.body.headings[column] for column in products]
        self.cells[Field.HOLDS] = held(self.body, products)
        self.mapping[Field.HOLDS] = ", ".join(names)
        self.assumed.append(f"Read as a matrix: who has a mark holds {_listed(names)}.")
        if ignored:
            self.assumed.append(f"Not read as products: {_listed([self.body.headings[c] for c in ignored])}.")

    def _leave_out(self, column: int) -> None:
        gone, problems = left_out(self.body, self.header, column, self.rows, self.place)
        self.problems.extend(problems)
        if gone:
            kept = bytearray(b"\1") * len(self.rows)
            for index in gone:
                kept[index] = 0
            self.rows = list(compress(self.rows, kept))
            self.cells = {meant: list(compress(cells, kept)) for meant, cells in self.cells.items()}

    def _part_people(self) -> None:
        """Several people in one cell become several rows with the same number; names found there fill empty names."""
        parted = expand(self.cells[Field.USER])
        if parted is None:
            return
        origins, users, names = parted
        if len(users) > len(self.rows):
            self.assumed.append("Several people in one cell or line are read as one row each.")
        self.rows = [self.rows[index] for index in origins]
        self.cells = {meant: [cells[index] for index in origins] for meant, cells in self.cells.items()}
        self.cells[Field.USER] = users
        if any(names):
            given = self.cells.get(Field.DISPLAY_NAME, names)
            self.cells[Field.DISPLAY_NAME] = [old or new for old, new in zip(given, names, strict=True)]
            self.mapping.setdefault(Field.DISPLAY_NAME, "")

    def _empty_lost_lists(self) -> None:
        """Lists that the export wrote as type names: unknown, not none.

        A column with nothing else is not kept; where only some rows lost theirs, each such row is a problem.
        """
        for meant in [meant for meant in _LISTS if meant in self.cells]:
            cells, lost = without_lost(self.cells[meant])
            if not lost:
                continue
            heading = self.mapping[meant]
            text = f"In column “{heading}” the export wrote the type of a list instead of the list. {HOW_TO_KEEP}"
            self.assumed.append(
                f"What “{heading}” held is not known in {len(lost)} of the rows; it is not taken for none."
            )
            self.cells[meant] = cells
            place = replace(self.place, column=heading)
            if any(cells):
                places = [replace(place, row=self.rows[i]) for i in lost]
            else:
                del self.cells[meant], self.mapping[meant]
                places = [place]
            self.problems += [Problem(place=at, code="lost_list", text=text) for at in places]
        if self.kind is Kind.MOVES and self.cells.keys().isdisjoint(ASKING):
            self.kind = Kind.USERS


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)
