"""What the rows of a sheet ask, worked out once for each distinct combination of cells."""

from __future__ import annotations

from collections.abc import Sequence

from batch.core.asks import ALREADY_DONE, NOT_ASKED, Ask, No, ask_of, certain, on_way, problem
from batch.core.catalog import Ambiguous, Catalog
from batch.core.cells import HOLDINGS, Once, Products, columns, product_cells, together
from batch.core.move_rules import EARLIER_RULE, Matching, MoveRule
from batch.core.table import Field, Kind, Table
from batch.core.terms import Problem
from batch.core.users import canonical

_ASKING = (Field.REMOVE, Field.ADD, Field.DISABLED, Field.WAY, Field.TO_GROUP)


class Wishes:
    """Rows → numbers into ``meanings``: an ask, or why the row asks nothing."""

    def __init__(
        self, tables: Sequence[Table], catalog: Catalog, source: str, target: str, rules: Sequence[MoveRule] = ()
    ) -> None:
        self.meanings: list[Ask | No] = []
        self._tables = tables
        self._catalog = catalog
        self._source = (source,) if source else ()
        self._target = (target,) if target else ()
        self._products = product_cells(catalog)
        self._number = Once[Ask | No, int](self._keep)
        self._rules = rules
        self._matching = Matching(rules, self._products)
        #: The rule that counts for each person; worked out with the first table that asks.
        self._counts: dict[str, int] | None = None
        self._held: dict[str, Products] = {}
        self._read_for: set[str] = set()

    def of(self, table: Table, users: Sequence[str]) -> list[int]:
        """The number of what each row of the table asks; ``users`` are the canonical names in its rows."""
        if table.kind is Kind.USERS:
            return self._by_rules(table, users) if self._rules else self._of_users(table)
        ask = Once[tuple[str, ...], int](lambda key: self._number[self._moves(*key)])
        said = list(map(ask.__getitem__, zip(*columns(table, _ASKING), strict=True)))
        if Field.TEMPLATE in table.cells:
            self._copy_templates(table, users, said)
        return said

    def hinders(self, found: Problem, table: Table) -> bool:
        """True when a problem in a row that was read keeps it from asking; what it holds does not hinder a move."""
        held = {table.mapping.get(field) for field in HOLDINGS} - {None, ""}
        return not (table.kind is Kind.MOVES and found.place.column in held)

    def _keep(self, meaning: Ask | No) -> int:
        self.meanings.append(meaning)
        return len(self.meanings) - 1

    def _of_users(self, table: Table) -> list[int]:
        """Those who hold the source ask; everybody does where nothing is said about who holds what."""
        asks = self._number[ask_of(self._source, self._target, "", self._catalog)]
        held = [table.cells[field] for field in HOLDINGS if field in table.cells]
        if not held or not self._source:
            return [asks] * len(table.rows)
        not_asked = self._number[NOT_ASKED]
        said = Once[tuple[str, ...], int](lambda cells: asks if self._holds_source(cells) else not_asked)
        return list(map(said.__getitem__, zip(*held, strict=True)))

    def _by_rules(self, table: Table, users: Sequence[str]) -> list[int]:
        """Those whom a rule fits ask for what it gives; a row that fits a later rule of its person's asks nothing."""
        if self._counts is None:
            self._counts = self._matching.of_people(t for t in self._tables if t.kind is Kind.USERS)
        counts, later = self._counts, self._number[EARLIER_RULE]
        said = Once[int | No, int](lambda fit: self._number[fit if isinstance(fit, No) else self._rule(fit)])
        return [
            later if isinstance(fit, int) and fit > counts.get(user, fit) else said[fit]
            for user, fit in zip(users, self._matching.of(table), strict=True)
        ]

    def _rule(self, number: int) -> Ask | No:
        return ask_of((self._rules[number].holds,), self._rules[number].to, "", self._catalog)

    def _holds_source(self, cells: tuple[str, ...]) -> bool:
        """True when the cells name the source, or a name it shares with another product: the tenant knows which."""
        held = together([self._products[cell] for cell in cells])
        doubtful = {c.sku_id for u in held.unresolved if isinstance(u, Ambiguous) for c in u.candidates}
        return not doubtful.union(held.ids).isdisjoint(self._source)

    def _moves(self, remove: str, add: str, off: str, way: str, to_group: str) -> Ask | No:
        """What a row that names products asks; what it leaves open is the source and the target."""
        goes, comes = self._products[remove], self._products[add]
        if no := certain(goes, Field.REMOVE) or certain(comes, Field.ADD):
            return no
        removed, added = goes.ids if remove.strip() else self._source, comes.ids if add.strip() else self._target
        return on_way(ask_of(removed, added, off, self._catalog), way, to_group)

    def _copy_templates(self, table: Table, users: Sequence[str], said: list[int]) -> None:
        """Rows that name a template user ask for what that user holds and their own user does not."""
        templates = {i: canonical(cell) for i, cell in enumerate(table.cells[Field.TEMPLATE]) if cell.strip()}
        self._read_holdings({*templates.values(), *(users[i] for i in templates)})
        cells = columns(table, _ASKING)
        for i, template in templates.items():
            remove, add, off, way, to_group = (column[i] for column in cells)
            asked = self._like(template, users[i], remove, add, off)
            said[i] = self._number[on_way(asked, way, to_group)]

    def _like(self, template: str, user: str, remove: str, add: str, off: str) -> Ask | No:
        model, goes, extra = self._held.get(template), self._products[remove], self._products[add]
        if model is None:
            return problem(
                "unknown_template",
                f"No sheet says what the template user “{template[:113]}” holds; "
                "give a users sheet with licences in which that user stands.",
                Field.TEMPLATE,
            )
        doubt = certain(goes, Field.REMOVE) or certain(extra, Field.ADD) or certain(model, Field.TEMPLATE)
        if doubt:
            return doubt
        has = self._held[user].ids if user in self._held else ()
        wanted = {*model.ids, *extra.ids}.difference(has)
        removed = goes.ids if remove.strip() else self._source
        if not wanted and not removed:
            return ALREADY_DONE
        return ask_of(removed, wanted, off, self._catalog)

    def _read_holdings(self, wanted: set[str]) -> None:
        """What these users hold by every sheet that says so, several rows of one user together."""
        wanted -= self._read_for
        self._read_for |= wanted
        for table in self._tables:
            held = [table.cells[field] for field in HOLDINGS if field in table.cells]
            if not held or Field.USER not in table.cells:
                continue
            for i, cell in enumerate(table.cells[Field.USER]):
                if (user := canonical(cell)) in wanted:
                    found = [self._products[column[i]] for column in held]
                    self._held[user] = together([*found, self._held.get(user, Products((), ()))])
