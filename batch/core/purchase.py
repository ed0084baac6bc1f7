"""How many seats to buy, SKU by SKU, so that everybody finds one; and what proves it.

For moves of one SKU for another the number is exact (``token_graph``): fewer can never do, and so many always do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from batch.core.token_graph import Ring, TokenGraph


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What is to be bought of one SKU, and the figures that prove it."""

    sku_id: str
    #: So many are enough; fewer never are when ``least`` says the same.
    seats: int
    least: int
    #: How many movers take a seat of it, how many give one back, and how many are free (below zero: over-allocated).
    taken: int
    given: int
    free: int
    #: SKU ids as people go round, the first once more at the end; empty when no ring is behind it.
    ring: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Purchase:
    """The least to buy so that all movers can go. Empty when they can go as it is."""

    needs: tuple[Need, ...] = ()
    #: Whether no smaller number of seats would do. Otherwise ``least`` in all are needed, and ``seats`` are enough.
    exact: bool = True

    @property
    def seats(self) -> dict[str, int]:
        """Seats to buy by SKU id."""
        return {n.sku_id: n.seats for n in self.needs}

    @property
    def least(self) -> dict[str, int]:
        """Seats without which it cannot be done, by SKU id; of a ring it may be any other SKU of it."""
        return {n.sku_id: n.least for n in self.needs if n.least}

    @property
    def total(self) -> int:
        """How many seats in all."""
        return sum(n.seats for n in self.needs)

    def of(self, sku_id: str) -> Need | None:
        """What is to be bought of this SKU."""
        return next((n for n in self.needs if n.sku_id == sku_id), None)


def least_purchase(graph: TokenGraph, free: Sequence[int], last: Sequence[int]) -> Purchase:
    """What cannot be done without: for moves of one for another all that is needed, for others a lower bound.

    ``free``: free seats by number of SKU. ``last``: the place of each class's last mover, -1 for none.
    """
    taken, given = graph.taken(), graph.given()
    least = [max(0, out - back - n) if out else 0 for out, back, n in zip(taken, given, free, strict=True)]
    spare = open_skus(graph, [n + more for n, more in zip(free, least, strict=True)])
    exits = graph.last_exits(spare, last)
    rings = graph.rings([sku for sku, yes in enumerate(spare) if not yes and sku not in exits])
    for ring in rings:
        least[ring.path[0]] += 1
    return _purchase(graph, free, least, least, rings)


def with_more(graph: TokenGraph, free: Sequence[int], found: Purchase, bought: Sequence[int]) -> Purchase:
    """The purchase with what one way of letting everybody go needed beyond the least (by number of SKU): a bound."""
    least = [found.least.get(sku, 0) for sku in graph.skus]
    number = {sku: n for n, sku in enumerate(graph.skus)}
    rings = [Ring((), tuple(number[sku] for sku in n.ring)) for n in found.needs if n.ring]
    return _purchase(graph, free, [a + b for a, b in zip(least, bought, strict=True)], least, rings)


def open_skus(graph: TokenGraph, free: Sequence[int]) -> list[bool]:
    """Of which SKUs a seat is left over in the end, or nobody takes one."""
    sums = zip(graph.taken(), graph.given(), free, strict=True)
    return [not out or n + back > out for out, back, n in sums]


def _purchase(
    graph: TokenGraph, free: Sequence[int], seats: Sequence[int], least: Sequence[int], rings: Sequence[Ring]
) -> Purchase:
    taken, given = graph.taken(), graph.given()
    paths = {ring.path[0]: tuple(graph.skus[sku] for sku in ring.path) for ring in rings}
    needs = tuple(
        Need(
            sku_id=graph.skus[sku],
            seats=seats[sku],
            least=least[sku],
            taken=taken[sku],
            given=given[sku],
            free=free[sku],
            ring=paths.get(sku, ()),
        )
        for sku in range(len(graph.skus))
        if seats[sku]
    )
    return Purchase(needs, exact=sum(seats) == sum(least))


def purchase_sentences(purchase: Purchase, names: Mapping[str, str]) -> tuple[str, ...]:
    """What to buy and why, a line a SKU; ``names`` are labels for people."""
    return tuple(f"{names.get(n.sku_id, n.sku_id)}: {amount(n)}. {proof(n, names)}" for n in purchase.needs)


def amount(need: Need) -> str:
    """How many seats: ``buy 12 seats``, or between which numbers the answer lies."""
    if need.least == need.seats:
        return f"buy {_seats(need.seats)}"
    if not need.least:
        return f"buy up to {_seats(need.seats)}"
    return f"buy at least {need.least} and at most {_seats(need.seats)}"


def proof(need: Need, names: Mapping[str, str]) -> str:
    """Why so many, in sentences: the figures, the ring if there is one, and whether it is a bound."""
    said = [_figures(need)]
    if need.ring:
        way = " → ".join(names.get(sku, sku) for sku in need.ring)
        said.append(f"{way} is a ring of moves with no seat to spare; one more of any of these sets it going.")
    if need.least < need.seats:
        said.append("Some take or give back several seats at once, so fewer may do.")
    return " ".join(said)


def _figures(need: Need) -> str:
    """Taken, given back and free, as in ``40 people need one, 20 give one back, 8 are free.``"""
    taken = f"{need.taken} people need one" if need.taken > 1 else "1 person needs one"
    given = f"{need.given or 'nobody'} {'give' if need.given > 1 else 'gives'} one back"
    free = f"{need.free or 'none'} {'are' if need.free > 1 else 'is'} free"
    if need.free < 0:
        free = f"{-need.free} more {'are' if need.free < -1 else 'is'} given out than there are"
    return f"{taken}, {given}, {free}."


def _seats(count: int) -> str:
    return f"{count} seat" if count == 1 else f"{count} seats"
