"""What a plan means in money, by the month: before and after, by department and by product, and what freed seats cost.

A person costs the prices of the licences they hold, added up. The bill counts seats, whoever holds them: it falls only
once freed seats are given back. Sums are of decimals and exact; what is in another currency is never added.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal, Inexact, localcontext
from itertools import compress, repeat

from batch.core.cells import Once
from batch.core.plan import Changes
from batch.core.prices import Price, Prices
from batch.core.report import Bill, DepartmentCost, Money, Monthly, ProductCost, SkuLine
from batch.core.rows import users_of
from batch.core.states import State
from batch.core.table import Field, Kind, Table
from batch.core.terms import Sku

#: Departments that stand by themselves; the smallest of more are one line.
MOST_DEPARTMENTS = 200
#: Nothing is rounded: with as many digits a sum over any tenant is exact, and it would be told if it were not.
_EXACT = Context(prec=60, traps=[Inexact])
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Priced:
    """What a run folder knows of money: prices, and for each change its person's department (empty: none known)."""

    prices: Prices = field(default_factory=lambda: Prices({}, {}))
    departments: Sequence[str] = ()


def departments_of(tables: Iterable[Table], upns: Sequence[str]) -> list[str]:
    """The department of each of these people by what sheets of people say; empty where none does.

    Of several that are said of one person the first by the alphabet counts, whatever the order of rows (law 4).
    """
    known: dict[str, str] = {}
    tidy = Once[str, str](lambda cell: " ".join(cell.split()))
    for table in tables:
        cells = table.cells.get(Field.DEPARTMENT)
        if cells is None or table.kind not in (Kind.USERS, Kind.MOVES):
            continue
        users, names = users_of(table)[0], list(map(tidy.__getitem__, cells))
        here = dict(zip(users, names, strict=True))
        if known or len(here) < len(users):
            for user, name in zip(users, names, strict=True):
                known[user] = min(filter(None, (name, known.get(user, ""))), default="")
        else:
            known = here
    return list(map(known.get, upns, repeat(""))) if any(tidy.values()) else []


def reckon(
    priced: Priced,
    changes: Changes,
    state: Sequence[int],
    skus: Sequence[Sku],
    lines: Iterable[SkuLine],
    names: Mapping[str, str],
) -> Money | None:
    """The money of a plan as it stands; None where no sheet says what anything costs.

    ``state`` is where each change stands, ``lines`` are the seats of the SKUs that it touches.
    """
    if not priced.prices.of:
        return None
    people = _People(priced.departments or [""] * len(changes), changes, state)
    touched = {line.sku_id: line for line in lines}
    with localcontext(_EXACT):
        currencies = sorted({price.currency for price in priced.prices.of.values()})
        bills = (_bill(c, priced.prices.of, people, skus, touched, names) for c in currencies)
        unknown = _left_out(priced.prices, people, skus, names)
        shown = tuple(sorted((b for b in bills if b.products), key=_dearest))
        return Money(bills=shown, left_out=unknown, assumed=priced.prices.assumed)


class _People:
    """How many changes of each kind there are in each department, and how many of them took effect."""

    def __init__(self, departments: Sequence[str], changes: Changes, state: Sequence[int]) -> None:
        self.kinds = changes.kinds
        pairs = list(zip(departments, changes.kind, strict=True))
        self.planned = Counter(pairs)
        self.done = Counter(compress(pairs, map(State.APPLIED.__eq__, state)))

    def cost(self, prices: Mapping[str, Decimal]) -> dict[str, DepartmentCost]:
        """What the people of each department cost by these prices."""
        # The members of a licensing group hold at least what it gives; what else they hold does not change.
        before = [kind.people * _sum(prices, kind.before.sku_ids) for kind in self.kinds]
        change = [_sum(prices, kind.takes) - _sum(prices, kind.frees) for kind in self.kinds]
        sums: dict[str, list[Decimal]] = {}
        sizes: Counter[str] = Counter()
        for (name, kind), count in self.planned.items():
            done = self.done[(name, kind)]
            total = sums.setdefault(name, [_ZERO] * 3)
            total[0] += count * before[kind]
            total[1] += count * (before[kind] + change[kind])
            total[2] += count * before[kind] + done * change[kind]
            sizes[name] += count * self.kinds[kind].people
        return {name: DepartmentCost(name, sizes[name], Monthly(*total)) for name, total in sums.items()}

    def held(self) -> set[str]:
        """Every SKU that these people hold before or after."""
        return {s for kind in self.kinds for s in kind.before.sku_ids | kind.after.sku_ids}


def _sum(prices: Mapping[str, Decimal], sku_ids: Iterable[str]) -> Decimal:
    return sum((prices.get(s, _ZERO) for s in sku_ids), _ZERO)


def _bill(
    currency: str,
    prices: Mapping[str, Price],
    people: _People,
    skus: Sequence[Sku],
    lines: Mapping[str, SkuLine],
    names: Mapping[str, str],
) -> Bill:
    """Everything in one currency."""
    amounts = {s: price.amount for s, price in prices.items() if price.currency == currency}
    costs = people.cost(amounts)
    products = tuple(
        _product(s, names.get(s.sku_id, s.name), amounts[s.sku_id], lines.get(s.sku_id))
        for s in skus
        if s.sku_id in amounts
    )
    return Bill(
        currency=currency,
        people=sum(c.people for c in costs.values()),
        cost=_together(costs.values()),
        departments=_by_size(costs),
        products=products,
        total=sum((p.bill for p in products), _ZERO),
        given_back=sum((p.bill - p.idle for p in products), _ZERO),
    )


def _dearest(bill: Bill) -> tuple[Decimal, Decimal, str]:
    """What the people of the plan cost comes first, then the largest bill."""
    return -max(bill.cost.before, bill.cost.planned), -bill.total, bill.currency


def _product(sku: Sku, name: str, price: Decimal, line: SkuLine | None) -> ProductCost:
    """The bill of one product. Seats that were free before the plan are nobody's gain; the others are freed by it."""
    free = max(0, sku.enabled - sku.consumed)
    planned, now = (sku.consumed, sku.consumed) if line is None else (line.planned, line.expected)
    freed = max(0, sku.enabled - planned - free)
    return ProductCost(
        sku_id=sku.sku_id,
        name=name,
        price=price,
        seats=sku.enabled,
        bill=price * sku.enabled,
        freed=freed,
        freed_now=max(0, sku.enabled - now - free),
        idle=price * freed,
    )


def _together(costs: Iterable[DepartmentCost]) -> Monthly:
    columns = list(zip(*(c.cost for c in costs), strict=True)) or [(), (), ()]
    return Monthly(*(sum(column, _ZERO) for column in columns))


def _by_size(costs: Mapping[str, DepartmentCost]) -> tuple[DepartmentCost, ...]:
    """Departments, the dearest first; who has none comes last, after one line for all that are too many."""
    named = sorted((c for c in costs.values() if c.name), key=lambda c: (-c.cost.before, -c.cost.planned, c.name))
    rest = named[MOST_DEPARTMENTS:]
    found = named[:MOST_DEPARTMENTS]
    if rest:
        people = sum(c.people for c in rest)
        found.append(DepartmentCost(f"({len(rest):,} more departments)", people, _together(rest)))
    if not any(c.cost.before or c.cost.planned for c in costs.values()):
        return ()
    if found and "" in costs:
        found.append(costs[""]._replace(name="(no department)"))
    return tuple(found)


def _left_out(
    prices: Prices, people: _People, skus: Sequence[Sku], names: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Products without a usable price and why, those that the people of the plan hold first."""
    held = people.held()
    unknown = [s for s in skus if s.sku_id not in prices.of and (s.enabled or s.sku_id in held)]
    unknown.sort(key=lambda s: (s.sku_id not in held, names.get(s.sku_id, s.name), s.sku_id))
    return tuple((names.get(s.sku_id, s.name), prices.unclear.get(s.sku_id, "")) for s in unknown)
