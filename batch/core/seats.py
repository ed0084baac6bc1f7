"""Seats over the whole run: in which order people can go, how many to buy if they cannot, and who goes meanwhile.

Seats freed by earlier moves feed later ones. People go in plan order; who finds no seat waits, and goes as soon as one
is freed, before anybody further down who needs the same. Only where that would end in a standstill do some people,
one a SKU at most, go later than others who need the same (``token_graph`` says why that is enough). The order serves
one by one and in groups alike: ``step`` keeps it for each SKU, so whatever was dispatched before somebody has, once it
has landed, left at least the seats that the order counts on.

Where seats do not suffice, as many go as can be found, of the first priority, then of the second, and of those who are
asked the same always the first. For moves of one for another, with no SKU over-allocated, that is the most possible but
for rare cases with rings (``who_stays``). Where people take or give back several, or a SKU is over-allocated, several
ways are tried and the best one is taken: a good number, which need not be the most. Near-linear in the number of moves.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat

import numpy as np

from batch.core.purchase import Purchase, least_purchase, open_skus, with_more
from batch.core.token_graph import SeatClass, Seats, TokenGraph
from batch.core.who_stays import who_goes


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """The first mover for whom no seat of a SKU is free, and how many go without in all."""

    sku_id: str
    #: Position among the movers (0-based, plan order) of the first who goes without.
    first: int
    #: How many movers (for a change of a group, of its members) find no seat of this SKU.
    lacking: int
    #: How many seats of it are to be bought so that everybody can go; 0 where those bought of other SKUs will free it.
    seats: int


@dataclass(frozen=True, slots=True)
class Seating:
    """The movers who fit, as positions in the order in which they go, the shortages, and what would end them."""

    order: list[int]
    shortages: tuple[Shortage, ...]
    purchase: Purchase = field(default_factory=Purchase)


def seat(
    classes: Sequence[SeatClass], which: Sequence[int], free: Mapping[str, int], levels: Sequence[int] = ()
) -> Seating:
    """Seat the movers: ``which[i]`` is the class of mover ``i`` (plan order), ``free`` the free seats per SKU.

    A SKU that is missing in ``free`` has none. Over-allocated SKUs (free below zero) must first be freed up.
    ``levels``: each mover's priority, ascending; where seats are short as many as can be found go of the first, then of
    the second. Empty when all are alike.
    """
    kinds = np.asarray(which, dtype=np.int64)
    graph = TokenGraph.of(classes, np.bincount(kinds, minlength=len(classes)).tolist())
    have = [free.get(sku, 0) for sku in graph.skus]
    if all(not n or n <= seats for n, seats in zip(graph.taken(), have, strict=True)):
        return Seating(list(range(len(which))), ())
    everybody = np.arange(len(kinds))
    needed = least_purchase(graph, have, _last_places(graph, kinds, everybody))
    walks: list[_Walk] = []
    for line in _ways(graph, kinds, have, levels, needed):
        walks.append(_Walk(graph, which, list(have)).offer(line))
        if len(walks[-1].order) == len(which):
            return Seating(walks[-1].order, ())
    walk = max(walks, key=lambda w: _by_level(w.order, levels))
    if not graph.one_for_one:
        needed = _bound(graph, kinds, which, have, needed)
    rest = np.setdiff1d(everybody, walk.order, assume_unique=True)
    late = _Walk(graph, which, walk.free).offer(rest.tolist())
    return Seating(walk.order + late.order, _shortages(late, needed), needed)


def _ways(
    graph: TokenGraph, kinds: np.ndarray, free: Sequence[int], levels: Sequence[int], needed: Purchase
) -> Iterator[list[int]]:
    """Who may be offered a seat, and in which order: one way or more, the best guess first."""
    everybody, exact = np.arange(len(kinds)), graph.one_for_one
    yield _with_last_exits(graph, kinds, who_goes(graph, kinds, free, levels) if needed.total else everybody, free)
    if not exact:
        several = {c for c in range(len(graph.takes)) if not graph.single(c)}
        yield _with_last_exits(graph, kinds, who_goes(graph, kinds, free, levels, several), free)
    if not exact or any(n < 0 for n in free):
        # Whoever uses up a seat stands behind all who only pass one on.
        taken = {sku for takes in graph.takes for sku, _ in takes}
        fed = [sku in taken and n >= 0 for sku, n in enumerate(free)]
        uses_up = [
            sum(n for _, n in takes) - sum(n for sku, n in frees if fed[sku])
            for takes, frees in zip(graph.takes, graph.frees, strict=True)
        ]
        behind: list[int] = np.argsort(np.array(uses_up)[kinds], kind="stable").tolist()
        yield behind


def _by_level(order: Sequence[int], levels: Sequence[int]) -> list[int]:
    """How many of each level go, the most urgent first."""
    if not levels:
        return [len(order)]
    known, inverse = np.unique(np.asarray(levels), return_inverse=True)
    found: list[int] = np.bincount(inverse[order], minlength=len(known)).tolist()
    return found


def _last_places(graph: TokenGraph, kinds: np.ndarray, going: np.ndarray) -> list[int]:
    """The place of the last of each class among those who go (ascending), -1 for none."""
    last = np.full(len(graph.takes), -1, dtype=np.int64)
    last[kinds[going]] = going
    return last.tolist()


def _with_last_exits(graph: TokenGraph, kinds: np.ndarray, going: np.ndarray, free: Sequence[int]) -> list[int]:
    """Those who go, in their order, but each last exit behind everybody who takes the same SKU."""
    last = _last_places(graph, kinds, going)
    counts = np.bincount(kinds[going], minlength=len(graph.takes)).tolist()
    graph = graph.with_counts(counts)
    exits = graph.last_exits(open_skus(graph, free), last)
    behind: dict[int, int] = {}
    for sku, exit_class in exits.items():
        end = max(place for place, takes in zip(last, graph.takes, strict=True) if sku in dict(takes))
        behind[last[exit_class]] = max(end, behind.get(last[exit_class], -1))
    moved = [place for place, end in behind.items() if end > place]
    if moved:
        rank = 2 * going
        rank[np.searchsorted(going, moved)] = [2 * behind[place] + 1 for place in moved]
        going = going[np.argsort(rank, kind="stable")]
    places: list[int] = going.tolist()
    return places


class _Walk:
    """Everybody in turn: who finds every seat he takes goes, who does not waits in line with those who take alike."""

    def __init__(self, graph: TokenGraph, which: Sequence[int], free: list[int]) -> None:
        self.graph, self.which, self.free = graph, which, free
        self.order: list[int] = []
        self.lines: dict[Seats, deque[int]] = {takes: deque() for takes in graph.takes}
        self.line_of = [self.lines[takes] for takes in graph.takes]
        #: For each SKU the lines of those who take it (among others), and how many stand in them.
        self.lines_at = [[(t, line) for t, line in self.lines.items() if s in dict(t)] for s in range(len(graph.skus))]
        self.waiting = [0] * len(graph.skus)

    def offer(self, places: Iterable[int]) -> _Walk:
        """Let these go, or wait, one after another."""
        takes, frees, free, waiting = self.graph.takes, self.graph.frees, self.free, self.waiting
        which, line_of, order = self.which, self.line_of, self.order
        for place in places:
            c = which[place]
            needs = takes[c]
            if line_of[c] or [sku for sku, n in needs if free[sku] < n]:
                line_of[c].append(place)
                for sku, _ in needs:
                    waiting[sku] += 1
                continue
            order.append(place)
            for sku, n in needs:
                free[sku] -= n
            for sku, n in frees[c]:
                free[sku] += n
                if waiting[sku]:
                    self.wake(sku)
        return self

    def wake(self, freed: int) -> None:
        """Seats of this SKU came free: whoever waits for them may go, and then those who wait for what they leave."""
        free, waiting, lines_at = self.free, self.waiting, self.lines_at
        takes, frees, which, order = self.graph.takes, self.graph.frees, self.which, self.order
        agenda = [freed]
        while agenda:
            sku = agenda.pop()
            if free[sku] <= 0 or not waiting[sku]:
                continue
            lines = lines_at[sku]
            line = lines[0][1] if len(lines) == 1 and lines[0][0] == ((sku, 1),) else self._next_line(sku)
            if line is None:
                continue
            place = line.popleft()
            order.append(place)
            c = which[place]
            for other, n in takes[c]:
                free[other] -= n
                waiting[other] -= 1
            agenda.append(sku)
            for other, n in frees[c]:
                free[other] += n
                if waiting[other]:
                    agenda.append(other)

    def _next_line(self, sku: int) -> deque[int] | None:
        """Of the lines for this SKU and perhaps others, the one with the earliest head who finds every seat."""
        free = self.free
        ready = (line for needs, line in self.lines_at[sku] if line and all(free[s] >= n for s, n in needs))
        return min(ready, key=_head, default=None)

    def buy(self, bought: list[int]) -> bool:
        """Buy what the first who waits lacks, and note it; False when nobody waits."""
        lines = [line for line in self.lines.values() if line]
        if not lines:
            return False
        needs = self.graph.takes[self.which[min(lines, key=_head)[0]]]
        lacking = [(sku, n - self.free[sku]) for sku, n in needs if self.free[sku] < n]
        for sku, more in lacking:
            bought[sku] += more
            self.free[sku] += more
        self.wake(lacking[0][0])
        return True


def _head(line: deque[int]) -> int:
    return line[0]


def _bound(
    graph: TokenGraph, kinds: np.ndarray, which: Sequence[int], have: Sequence[int], least: Purchase
) -> Purchase:
    """Seats with which everybody can go for certain: the least, and whatever one way of going lacks besides."""
    free = [n + least.least.get(sku, 0) for sku, n in zip(graph.skus, have, strict=True)]
    walk = _Walk(graph, which, free.copy()).offer(_with_last_exits(graph, kinds, np.arange(len(kinds)), free))
    bought = [0] * len(free)
    while walk.buy(bought):
        pass
    return with_more(graph, have, least, bought)


def _shortages(walk: _Walk, needed: Purchase) -> tuple[Shortage, ...]:
    """What those who are left would need beyond what is free, SKU by SKU, the earliest mover first."""
    wanting: dict[int, list[tuple[int, int]]] = {}
    for takes, line in walk.lines.items():
        for sku, n in takes if line else ():
            wanting.setdefault(sku, []).extend(zip(line, repeat(n)))
    shortages, seats = [], needed.seats
    for sku, wanted in wanting.items():
        room, lacking, first = max(walk.free[sku], 0), 0, -1
        for place, n in sorted(wanted):
            if n <= room:
                room -= n
            else:
                lacking, first = lacking + n, first if lacking else place
        if lacking:
            name = walk.graph.skus[sku]
            shortages.append(Shortage(sku_id=name, first=first, lacking=lacking, seats=seats.get(name, 0)))
    return tuple(sorted(shortages, key=lambda s: (s.first, s.sku_id)))
