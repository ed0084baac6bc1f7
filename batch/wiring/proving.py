"""What exports, and saved answers of Graph, show about the changes of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from batch.core.catalog import Catalog
from batch.core.cells import HOLDINGS, Once, columns, product_cells, together
from batch.core.changes import ChangeKind, compare_whole
from batch.core.entries import Seen
from batch.core.plan import Changes
from batch.core.rows import users_of
from batch.core.table import Field, Kind, Table
from batch.core.terms import Assignment, Holding, Way


class Unclear(NamedTuple):
    """A product under a name from which it is not certain, and where that stands."""

    name: str
    file: str
    row: int


class Sights(NamedTuple):
    """What was seen of each change of a plan."""

    seen: list[Seen]
    #: The changes of which it was seen as well which services are off.
    services: frozenset[int]
    #: Change → what makes it uncertain what its person holds.
    unclear: Mapping[int, tuple[Unclear, ...]]


class Told(NamedTuple):
    """What a file says that one person holds, as SKU ids; ``None`` is what it does not tell."""

    ids: frozenset[str]
    own: frozenset[str] | None
    inherited: frozenset[str]
    #: Pairs of a SKU and a service plan of it that is off.
    off: frozenset[tuple[str, str]] | None
    #: False where a product stands under a name that is not certain, or a list was lost.
    sure: bool
    unclear: tuple[Unclear, ...] = ()

    def joined(self, other: Told) -> Told:
        """What two rows about the same person say together: what one of them does not tell, the other may."""
        told = self.own is not None or other.own is not None
        off = [known for known in (self.off, other.off) if known is not None]
        return Told(
            self.ids | other.ids,
            self._own_beside(other) | other._own_beside(self) if told else None,
            self.inherited | other.inherited,
            frozenset().union(*off) if off else None,
            self.sure and other.sure,
            self.unclear + other.unclear,
        )

    def _own_beside(self, other: Told) -> frozenset[str]:
        """Their own; of a row that does not tell these apart, what the other does not have at all."""
        return self.ids - other.ids if self.own is None else self.own


class _People:
    """Everybody who stands in the files, by name and by id."""

    def __init__(self) -> None:
        self.by_name: dict[str, Told] = {}
        self.by_id: dict[str, Told] = {}
        #: The ids that stand beside a name.
        self.ids: dict[str, str] = {}

    def add(self, name: str, user_id: str, told: Told) -> None:
        for key, people in ((name, self.by_name), (user_id, self.by_id)):
            if key:
                people[key] = told if key not in people else people[key].joined(told)
        if user_id:
            self.ids[name] = user_id

    def of(self, user_id: str, name: str, *, by_id: bool) -> Told | None:
        """What is told of this user. Somebody else who has only the name now is not that person."""
        if not by_id:
            return self.by_name.get(name)
        if user_id in self.by_id:
            return self.by_id[user_id]
        return None if name in self.ids else self.by_name.get(name)


def is_proof(table: Table) -> bool:
    """Whether this sheet says who holds what now."""
    return table.kind is Kind.USERS and any(field in table.cells for field in HOLDINGS)


def seen_in(tables: Iterable[Table], changes: Changes, catalog: Catalog, *, by_id: bool) -> Sights:
    """What the sheets among these that are a proof show of each change; ``UNSEEN`` where they do not tell.

    ``by_id``: the plan knows users by their object ids, so those go before names.
    """
    people = _People()
    for table in filter(is_proof, tables):
        for name, user_id, told in _told(table, catalog):
            people.add(name, user_id, told)
    known = Once[tuple[int, Told], tuple[Seen, bool]](lambda key: _shown(changes.kinds[key[0]], key[1]))
    found = [people.of(user_id, name, by_id=by_id) for user_id, name in zip(changes.user_id, changes.upn, strict=True)]
    sights = [
        (Seen.UNSEEN, False) if told is None else known[(kind, told)]
        for told, kind in zip(found, changes.kind, strict=True)
    ]
    return Sights(
        [seen for seen, _ in sights],
        frozenset(change for change, (_, services) in enumerate(sights) if services),
        {change: told.unclear for change, told in enumerate(found) if told and told.unclear},
    )


def shows_services(tables: Sequence[Table]) -> bool:
    """Whether each of these proofs says which services are off: answers of Graph do, exports do not."""
    return all(_has_services(table) for table in tables)


def shown(kind: ChangeKind, held: frozenset[str]) -> Seen:
    """What a list of products says about a change; the list does not tell direct from inherited, nor service plans.

    Who no longer has what the change leaves alone is not as asked, and not as before.
    """
    added = {a.sku_id for a in kind.add}
    if not kind.takes and not kind.remove:
        return Seen.UNSEEN  # only services change
    touched = added.union(kind.remove)
    rest = {a.sku_id for a in kind.before.assignments if a.state != "Error"} - touched
    if not held.issuperset(rest):
        return Seen.OTHER  # Replace takes away whatever was not ticked
    if held.isdisjoint(kind.remove) and held.issuperset(added):
        return Seen.AFTER
    if held.issuperset(kind.remove) and (added - held) == set(kind.takes):
        return Seen.BEFORE
    return Seen.OTHER


def _has_services(table: Table) -> bool:
    return table.format.container == "json" and Field.DISABLED in table.cells


def _told(table: Table, catalog: Catalog) -> Iterator[tuple[str, str, Told]]:
    """Name, id and what is told, for each row that names somebody."""
    users, odd = users_of(table)
    lost = {problem.place.row for problem in table.problems if problem.code == "lost_list"}
    read = product_cells(catalog)
    parted, services = Field.HOLDS_DIRECT in table.cells, _has_services(table)

    def tell(cells: tuple[str, str, str, str]) -> Told:
        *held, disabled = cells
        products = [read[cell] for cell in held]
        _, own, inherited = (frozenset(p.ids) for p in products)
        off = frozenset(_pairs(disabled)) if services else None
        all_of_it = together(products)
        unclear = tuple(Unclear(part.text, table.file, 0) for part in all_of_it.unresolved)
        return Told(frozenset(all_of_it.ids), own if parted else None, inherited, off, not unclear, unclear)

    known = Once[tuple[str, str, str, str], Told](tell)
    ids, *cells = columns(table, (Field.OBJECT_ID, *HOLDINGS, Field.DISABLED))
    for i, (user_id, held) in enumerate(zip(ids, zip(*cells, strict=True), strict=True)):
        if i not in odd:
            told, row = known[held], table.rows[i]
            if told.unclear:
                told = told._replace(unclear=tuple(part._replace(row=row) for part in told.unclear))
            yield users[i], user_id.strip().lower(), told._replace(sure=False) if row in lost else told


def _pairs(cell: str) -> Iterator[tuple[str, str]]:
    for part in cell.split(";"):
        sku_id, colon, plan = part.strip().partition(":")
        if colon:
            yield sku_id, plan


def _shown(kind: ChangeKind, told: Told) -> tuple[Seen, bool]:
    """What this shows of such a change, and whether services were seen as well."""
    if not told.sure:
        return Seen.UNSEEN, False
    # Where nothing came through groups before, all that is listed is taken for their own.
    own = told.ids if told.own is None and not any(a.group for a in kind.before.assignments) else told.own
    if kind.way is not Way.DIRECT or own is None or told.off is None:
        return shown(kind, told.ids), False
    return compare_whole(kind, Holding.of(_assignments(kind, own, told))), True


def _assignments(kind: ChangeKind, own: frozenset[str], told: Told) -> Iterator[Assignment]:
    off: dict[str, list[str]] = {}
    for sku_id, plan in sorted(told.off or ()):
        off.setdefault(sku_id, []).append(plan)
    for sku_id in own:
        disabled = tuple(off.get(sku_id, ()))
        if sku_id in told.inherited:
            # Graph lists the services of both ways together, so its own cannot be told from the group's.
            expected = kind.after.direct(sku_id) or kind.before.direct(sku_id)
            disabled = expected.disabled if expected else disabled
        yield Assignment(sku_id=sku_id, disabled=disabled)
    # Through which group is not told either; what came through groups before is there as long as the SKU is.
    yield from (a for a in kind.before.assignments if a.group and a.sku_id in told.inherited)
