"""A tenant as spreadsheets describe it: the people and seats of a practice tenant."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import NAMESPACE_URL, uuid5

from batch.core.catalog import Ambiguous, Catalog, Found, Resolution, Unknown
from batch.core.cells import HOLDINGS, Once, columns, count
from batch.core.rows import users_of
from batch.core.table import Field, Kind, Table
from batch.core.terms import Assignment, Candidate, Holding, People, Sku

_BETWEEN_PLANS = re.compile(r"[,;|\r\n]+")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: Where people are whose sheet does not say; only a practice tenant may assume so.
ASSUMED_LOCATION = "US"


@dataclass(frozen=True, slots=True)
class Described:
    """SKUs and people for a practice tenant, and sentences about what had to be assumed."""

    skus: tuple[Sku, ...]
    people: People
    assumed: tuple[str, ...]


def describe(tables: Sequence[Table], known: Iterable[Candidate], *, asked: Iterable[str] = ()) -> Described:
    """The tenant that these sheets describe.

    Products come from the sheets of licences, from what people hold, and from ``asked`` (names); where no sheet of
    licences is given, also from what movers shall get. A product that no such sheet lists has as many seats as there
    are people. What somebody holds under a name that nobody knows becomes a product of its own, so that nobody loses
    one. People come from the sheets of users; where there is none, the movers are all there is.
    """
    kinds = {table.kind for table in tables}
    maker = _Maker(known, closed=Kind.USERS in kinds, listed=Kind.LICENSES in kinds)
    for table in tables:
        if table.kind is Kind.LICENSES:
            maker.buy(table)
    maker.prefer_bought()
    # Sheets that say what people hold come first, whatever their order: movers' sheets only fill what is left open.
    for kind in (Kind.USERS, Kind.MOVES):
        for table in tables:
            if table.kind is kind:
                maker.hire(table)
                if kind is Kind.MOVES and not maker.listed:
                    maker.offer(table)
    for name in asked:
        # A name that nobody knows is a slip of the person who typed it; planning will say so.
        if not isinstance(found := maker.catalog.resolve(name), Unknown):
            maker.need(maker.sku_of(found))
    return maker.described()


class _Maker:
    def __init__(self, known: Iterable[Candidate], *, closed: bool, listed: bool) -> None:
        #: Whether all people are known, and all products that were bought.
        self.closed, self.listed = closed, listed
        #: A product may be known by several names; its first entry has the one to show.
        self.names = tuple(known)
        self.known = {c.sku_id: c for c in reversed(self.names)}
        self.catalog = Catalog.of((), self.names)
        self.skus: dict[str, Sku] = {}
        self.assumed: dict[str, None] = {}
        self.holding_of = Once(self._holding)
        self.both_of = Once[tuple[int, int], int](lambda pair: self._both(*pair))
        self.holdings: dict[Holding, int] = {Holding(): 0}
        #: UPN → id, display name, location, number of the holding.
        self.people: dict[str, tuple[str, str, str, int]] = {}
        #: Who stands in a sheet that says what people hold.
        self.told: set[str] = set()
        self.unlisted: set[str] = set()

    def buy(self, table: Table) -> None:
        """Take in a sheet of licences."""
        fields = (Field.SKU_ID, Field.PRODUCT, Field.TOTAL, Field.ASSIGNED, Field.EXPIRED, Field.SUSPENDED)
        for sku, product, *numbers in zip(*columns(table, fields), strict=True):
            if not (sku or product):
                continue
            found = self.catalog.resolve(sku)
            sku_id = self.sku_of(self.catalog.resolve(product) if product and not isinstance(found, Found) else found)
            for cell in numbers:
                if count(cell) is None:
                    self.assumed[f"“{cell[:40]}” is no number of licences; the practice tenant takes it for 0."] = None
            total, assigned, expired, suspended = (count(n) or 0 for n in numbers)
            old = self.skus.get(sku_id) or self._sku(sku_id)
            self.skus[sku_id] = replace(
                old,
                enabled=old.enabled + total,
                consumed=old.consumed + assigned,
                warning=old.warning + expired,
                suspended=old.suspended + suspended,
            )

    def prefer_bought(self) -> None:
        """From here on the tenant's own products decide what an ambiguous name means."""
        if self.skus:
            self.catalog = Catalog.of(self.skus.values(), self.names)

    def hire(self, table: Table) -> None:
        """Take in the people of a sheet; who comes again gets what the later row adds."""
        users, odd = users_of(table)
        located = Field.LOCATION in table.cells
        if not located and not (table.kind is Kind.MOVES and self.closed):
            told = f"{table.file} has no usage locations; its people are put in {ASSUMED_LOCATION}."
            self.assumed[told] = None
        fields = (Field.OBJECT_ID, Field.DISPLAY_NAME, Field.LOCATION, *HOLDINGS, Field.DISABLED, Field.REMOVE)
        cells = zip(*columns(table, fields), strict=True)
        moves = table.kind is Kind.MOVES
        if not moves and any(f in table.cells for f in HOLDINGS):
            self.told.update(user for i, user in enumerate(users) if i not in odd)
        for i, (user, (object_id, name, location, *held, disabled, remove)) in enumerate(
            zip(users, cells, strict=True)
        ):
            if i in odd or (moves and self.closed and user not in self.people):
                continue
            # A list of movers knows its people only by what shall be taken from them.
            taken = remove if moves and user not in self.told else ""
            holding = self.holding_of[(*held, "" if moves else disabled, taken)]
            old = self.people.get(user)
            if old is not None:
                user_id, known, place, number = old
                self.people[user] = (user_id, known or name, place or location, self.both_of[(number, holding)])
                continue
            plain = object_id.strip().lower()
            user_id = plain if _GUID.fullmatch(plain) else str(uuid5(NAMESPACE_URL, user))
            self.people[user] = (user_id, name, location or ("" if located else ASSUMED_LOCATION), holding)

    def offer(self, table: Table) -> None:
        """Take in the products that movers shall get."""
        for cell in set(table.cells.get(Field.ADD, ())):
            for found in self.catalog.split(cell):
                if isinstance(found, Found):
                    self.need(found.sku_id)

    def need(self, sku_id: str) -> None:
        """Make sure that the tenant owns this product."""
        if sku_id not in self.skus:
            self.skus[sku_id] = self._sku(sku_id)
            self.unlisted.add(sku_id)

    def sku_of(self, found: Resolution) -> str:
        """The id of a product that a cell names, certain or not."""
        if isinstance(found, Found):
            return found.sku_id
        if isinstance(found, Ambiguous):
            first = found.candidates[0]  # the most usual one
            self.assumed[f"“{found.text}” may be several products; the practice tenant takes {first.part_number}."] = (
                None
            )
            return first.sku_id
        sku_id = str(uuid5(NAMESPACE_URL, f"product:{found.text.strip().casefold()}"))
        self.known.setdefault(sku_id, Candidate(sku_id=sku_id, part_number=found.text.strip(), name=found.text.strip()))
        self.assumed[f"Nobody knows the product “{found.text}”; the practice tenant has one of that name."] = None
        return sku_id

    def described(self) -> Described:
        """Everything together, with enough seats of what no sheet of licences lists."""
        rows = list(self.people.values())
        holdings = tuple(self.holdings)
        held: Counter[str] = Counter()
        for number, size in Counter(r[3] for r in rows).items():
            held.update(dict.fromkeys(holdings[number].sku_ids, size))
        for sku_id in self.unlisted:
            self.skus[sku_id] = replace(self.skus[sku_id], enabled=len(rows))
        if self.unlisted:
            labels = ", ".join(sorted(self.skus[s].name for s in self.unlisted))
            self.assumed[
                f"No sheet says how many seats there are of {labels}; the practice tenant has {len(rows)}."
            ] = None
        skus = (replace(s, consumed=max(s.consumed, held[s.sku_id])) for s in self.skus.values())
        ids, names, locations, numbers = (list(c) for c in zip(*rows, strict=True)) if rows else ([], [], [], [])
        people = People(ids, list(self.people), names, locations, numbers, holdings)
        return Described(tuple(sorted(skus, key=lambda s: s.sku_id)), people, tuple(self.assumed))

    def _sku(self, sku_id: str) -> Sku:
        found = self.known.get(sku_id) or Candidate(sku_id=sku_id, part_number=sku_id, name=sku_id)
        return Sku(sku_id=sku_id, part_number=found.part_number, name=found.name, plans=found.plans)

    def _holding(self, cells: tuple[str, ...]) -> int:
        """The number of the holding that cells describe: any way, direct, by group, plans off, to be taken away."""
        held, direct, by_group, disabled, remove = cells
        inherited = self._owned(self.catalog.split(by_group))
        # A list of everything held tells of the inherited ones too, which are not direct for that.
        mine = [s for s in self._owned(self.catalog.split(held)) if s not in inherited]
        # What shall be taken away under a name that nobody knows is a slip; planning says so.
        mine += self._owned(f for f in self.catalog.split(remove) if not isinstance(f, Unknown))
        assignments = [
            Assignment(sku_id=sku_id, group=group, disabled=self._off(disabled, sku_id))
            for sku_id, group in (
                *dict.fromkeys((s, "") for s in (*self._owned(self.catalog.split(direct)), *mine)),
                *((s, str(uuid5(NAMESPACE_URL, f"group:{s}"))) for s in inherited),
            )
        ]
        return self._number(Holding.of(assignments))

    def _owned(self, products: Iterable[Resolution]) -> list[str]:
        """The ids of these products, each once; the tenant owns them from here on."""
        ids = list(dict.fromkeys(map(self.sku_of, products)))
        for sku_id in ids:
            self.need(sku_id)
        return ids

    def _off(self, cell: str, sku_id: str) -> tuple[str, ...]:
        """The plans of this SKU that the cell says are off, sorted: ids, names, or ``sku-id:`` and either."""
        off: set[str] = set()
        for part in filter(None, map(str.strip, _BETWEEN_PLANS.split(cell))):
            sku, colon, plan = part.rpartition(":")
            if not colon or sku.strip().lower() == sku_id:
                words = (plan, *(word for word in plan.lower().split() if _GUID.fullmatch(word)))
                off.update(p for word in words if (p := self.catalog.plan(sku_id, word)))
        return tuple(sorted(off))

    def _number(self, holding: Holding) -> int:
        return self.holdings.setdefault(holding, len(self.holdings))

    def _both(self, one: int, other: int) -> int:
        if one == other:
            return one
        known = list(self.holdings)
        merged = {(a.sku_id, a.group): a for n in (other, one) for a in known[n].assignments}
        return self._number(Holding.of(merged.values()))
