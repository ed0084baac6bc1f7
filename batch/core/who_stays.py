"""Who stays when the seats do not suffice for all: as few as possible, and those who come last.

A SKU of which too many seats are taken has to lose a taker; whoever stays does not give back his own SKU, so that one
may have to lose a taker in turn, and so on to a SKU with a seat to spare. Each seat that is missing is such a chain of
people who stay, and the shortest chains (in the graph of ``token_graph``) keep the fewest back: a flow of least cost,
found chain by chain. A chain may also let somebody go again who was to stay, where that saves others. Who swaps E3 for
E5 while somebody else swaps E5 for E3 is in no such chain: that he stays would help nobody.

That one of a more urgent level stays costs more than that all of the less urgent ones do. At equal cost the lowest in
rank stays, and of one class always the last.

Not looked for: a choice that would leave a seat to a ring which has none otherwise (its people stay as well). Whoever
takes or gives back several at once is in no chain; of them it is assumed that they go.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heapreplace

import numpy as np

from batch.core.token_graph import TokenGraph

#: So many levels of priority count each for itself; all beyond are one.
_LEVELS = 5
#: An arc of a chain: the SKU that it helps, the one that it burdens (-1 for none), the class, what it costs, and
#: whether it lets somebody go again.
_Arc = tuple[int, int, int, int, bool]


def who_goes(graph: TokenGraph, kinds: np.ndarray, free: Sequence[int], levels: Sequence[int]) -> np.ndarray:
    """The places of those who go, ascending. ``kinds``: the class of each mover; ``levels``: ascending, or empty.

    Over-allocated SKUs that get back too little for anybody are left as they are.
    """
    chains = _Chains(graph, kinds, free, levels)
    chains.close()
    return np.sort(np.array([place for line in chains.going for place in line], dtype=np.int64))


class _Chains:
    """Who of each class goes (lowest in rank last) and who stays (highest in rank last), and what each SKU has over."""

    def __init__(self, graph: TokenGraph, kinds: np.ndarray, free: Sequence[int], levels: Sequence[int]) -> None:
        self.graph = graph
        ends = np.cumsum(graph.counts)[:-1]
        by_class = np.split(np.argsort(kinds, kind="stable"), ends) if len(graph.counts) else []
        able = _able(graph, free)
        self.going: list[list[int]] = [places.tolist() if c in able else [] for c, places in enumerate(by_class)]
        self.staying: list[list[int]] = [[] for _ in by_class]
        graph = graph.with_counts([len(line) for line in self.going])
        taken, given = graph.taken(), graph.given()
        endless = len(kinds) + 1
        #: Seats left in the end; of what nobody takes there are always enough.
        self.over = [n + back - out if out else endless for n, back, out in zip(free, given, taken, strict=True)]
        self._price(levels, len(kinds))
        self.far: list[int | None] = []
        self.ways: list[list[tuple[int, _Arc]]] = []

    def _price(self, levels: Sequence[int], count: int) -> None:
        """What it costs that somebody stays: more than all of the next level together. One step more is a trifle."""
        known, inverse = np.unique(np.asarray(levels, dtype=np.int64), return_inverse=True)
        self.level: list[int] = np.minimum(inverse, _LEVELS - 1).tolist()
        steps = len(self.graph.skus) + 1
        most = min(len(known), _LEVELS)
        self.price: list[int] = [steps * (count + 1) ** (most - 1 - n) for n in range(most)] or [steps]

    def close(self) -> None:
        """Let people stay, chain by chain, until no seat is missing that staying could save."""
        self._measure()
        for sku in range(len(self.over)):
            while self.over[sku] < 0 and self.far[sku] is not None:
                if self._chain(sku):
                    self._measure()

    def _chain(self, sku: int) -> bool:
        """One seat less is missing of this SKU; whether the ways have to be measured again."""
        stale = False
        self.over[sku] += 1
        while True:
            _, arc = self.ways[sku][0]
            _, onward, c, cost, back = arc
            source, target = (self.staying, self.going) if back else (self.going, self.staying)
            target[c].append(source[c].pop())
            if self._cost(c, back=back) == cost:
                heapreplace(self.ways[sku], (_turn(source[c][-1], back=back), arc))
            else:
                stale = True
            if onward < 0:
                return stale
            if not self.far[onward]:
                self.over[onward] -= 1
                return stale or not self.over[onward]
            sku = onward

    def _cost(self, c: int, *, back: bool) -> int | None:
        """What the next of this class costs who stays, or goes again."""
        line = self.staying[c] if back else self.going[c]
        if not line:
            return None
        price = self.price[self.level[line[-1]] if self.level else 0]
        return 1 - price if back else 1 + price

    def _arcs(self) -> list[_Arc]:
        arcs = []
        for c, (takes, frees) in enumerate(zip(self.graph.takes, self.graph.frees, strict=True)):
            if takes and self.graph.single(c):
                ((sku, _),), onward = takes, frees[0][0] if frees else -1
                if (cost := self._cost(c, back=False)) is not None:
                    arcs.append((sku, onward, c, cost, False))
                if frees and (cost := self._cost(c, back=True)) is not None:
                    arcs.append((onward, sku, c, cost, True))
        return arcs

    def _measure(self) -> None:
        """How far each SKU is from a seat to spare (None: there is no way), and its shortest ways."""
        arcs = self._arcs()
        into: list[list[_Arc]] = [[] for _ in self.over]
        far: list[int | None] = [0 if n > 0 else None for n in self.over]
        todo = [sku for sku, n in enumerate(self.over) if n > 0]
        for arc in arcs:
            if arc[1] >= 0:
                into[arc[1]].append(arc)
            else:
                _nearer(far, todo, arc[0], arc[3])
        for onward in todo:
            reached = far[onward] or 0
            for arc in into[onward]:
                _nearer(far, todo, arc[0], arc[3] + reached)
        self.far = far
        self.ways = [[] for _ in far]
        for arc in arcs:
            rest = far[arc[1]] if arc[1] >= 0 else 0
            if rest is not None and far[arc[0]] == arc[3] + rest:
                line = self.staying if arc[4] else self.going
                self.ways[arc[0]].append((_turn(line[arc[2]][-1], back=arc[4]), arc))
        for ways in self.ways:
            heapify(ways)


def _able(graph: TokenGraph, free: Sequence[int]) -> set[int]:
    """The classes to whose SKUs a seat can come at all; nobody else can go, whoever stays."""
    seats = {sku for sku, n in enumerate(free) if n > 0}
    able: set[int] = set()
    waiting = [c for c, count in enumerate(graph.counts) if count]
    while ready := [c for c in waiting if all(sku in seats for sku, _ in graph.takes[c])]:
        able.update(ready)
        seats.update(sku for c in ready for sku, _ in graph.frees[c])
        waiting = [c for c in waiting if c not in able]
    return able


def _nearer(far: list[int | None], todo: list[int], sku: int, distance: int) -> None:
    known = far[sku]
    if known is None or distance < known:
        far[sku] = distance
        todo.append(sku)


def _turn(place: int, *, back: bool) -> int:
    """Whose turn it is among equals: first the lowest in rank stays, or else the highest goes again."""
    return place if back else -place
