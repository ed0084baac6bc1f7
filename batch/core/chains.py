"""Chains of people who stay: one for each seat that is missing, the shortest first.

A SKU of which too many seats are taken has to lose a taker; whoever stays does not give back his own SKU, so that one
may have to lose a taker in turn, and so on to a SKU with a seat to spare. The shortest chains (in the graph of
``token_graph``) keep the fewest back: a flow of least cost, found chain by chain. A chain may also let somebody go
again who was to stay, where that saves others. Who swaps E3 for E5 while somebody else swaps E5 for E3 is in no such
chain: that he stays would help nobody.

That one of a more urgent level stays costs more than that all of the less urgent ones do. At equal cost the lowest in
rank stays, and of one class always the last. Whoever takes or gives back several at once is in no chain; of them it is
assumed that they go.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from copy import copy
from heapq import heapify, heapreplace

import numpy as np

from batch.core.token_graph import TokenGraph

#: So many levels of priority count each for itself; all beyond are one.
_LEVELS = 5
#: Farther than every way; twice that still fits a number.
_NOWHERE = 1 << 61
_FAR = _NOWHERE >> 1
_GO, _BACK = 0, 1


class Chains:
    """Who of each class goes (lowest in rank last) and who stays (highest in rank last), and what each SKU has over."""

    def __init__(
        self,
        graph: TokenGraph,
        lines: Sequence[list[int]],
        free: Sequence[int],
        levels: Sequence[int],
        without: Set[int],
    ) -> None:
        self.graph, self.free, self.without = graph, free, without
        able = _able(graph, free, without)
        self.going: list[list[int]] = [line.copy() if c in able else [] for c, line in enumerate(lines)]
        self.staying: list[list[int]] = [[] for _ in lines]
        #: By class who goes whatever others do.
        self.sent: dict[int, int] = {}
        now = graph.with_counts([len(line) for line in self.going])
        endless = sum(graph.counts) + 1
        #: Seats left in the end; of what nobody takes there are always enough.
        self.over = [
            n + back - out if out else endless for n, back, out in zip(free, now.given(), now.taken(), strict=True)
        ]
        #: For each class that chains are made of: the SKU taken, and the one given back (one beyond them all for none).
        self.ends: dict[int, tuple[int, int]] = {
            c: (takes[0][0], frees[0][0] if frees else len(free))
            for c, (takes, frees) in enumerate(zip(graph.takes, graph.frees, strict=True))
            if takes and graph.single(c)
        }
        self.of = {ends: c for c, ends in self.ends.items()}
        self._price(levels)
        #: By the SKU that is helped and the one that is burdened: what it costs that one stays, or goes again.
        self.cost = np.full((2, len(free) + 1, len(free) + 1), _NOWHERE, dtype=np.int64)
        self.touched = set(self.ends)

    def _price(self, levels: Sequence[int]) -> None:
        """What it costs that somebody stays: more than any chain of the next level. One step more is a trifle."""
        _, self.levels = np.unique(np.asarray(levels, dtype=np.int64), return_inverse=True)
        base = 2 * len(self.free) + 4
        most = max(n for n in range(1, _LEVELS + 1) if n == 1 or base ** (n + 1) < _FAR)
        self.level: list[int] = np.minimum(self.levels, most - 1).tolist()
        self.price = [base ** (most - n) for n in range(most)] if len(levels) else [base]

    def close(self) -> None:
        """Let people stay, chain by chain, until no seat is missing that staying could save."""
        self._measure()
        for sku in range(len(self.over)):
            while self.over[sku] < 0 and self.far[sku] < _FAR:
                if self._chain(sku):
                    self._measure()

    def _chain(self, sku: int) -> bool:
        """One seat less is missing of this SKU; whether the ways have to be measured again."""
        stale = False
        self.over[sku] += 1
        while True:
            ways = self._ways(sku)
            _, onward, c, side = ways[0]
            source, target = (self.staying, self.going) if side == _BACK else (self.going, self.staying)
            cost = self._cost(c, side)
            target[c].append(source[c].pop())
            self.touched.add(c)
            if self._cost(c, side) == cost:
                heapreplace(ways, (_turn(source[c][-1], side), onward, c, side))
            else:
                stale = True
            if onward == len(self.over):
                return stale
            if not self.far[onward]:
                self.over[onward] -= 1
                return stale or not self.over[onward]
            sku = onward

    def _cost(self, c: int, side: int) -> int:
        """What the next of this class costs who stays, or goes again."""
        line = self.staying[c] if side == _BACK else self.going[c]
        if not line:
            return _NOWHERE
        price = self.price[self.level[line[-1]] if self.level else 0]
        return 1 - price if side == _BACK else 1 + price

    def _measure(self) -> None:
        """How far each SKU is from a seat to spare, over the shortest way."""
        for c in self.touched:
            sku, onward = self.ends[c]
            self.cost[_GO, sku, onward] = self._cost(c, _GO)
            if onward < len(self.over):
                self.cost[_BACK, onward, sku] = self._cost(c, _BACK)
        self.touched.clear()
        cheapest = self.cost.min(axis=0)
        far = np.where(np.array([*self.over, 1]) > 0, 0, _NOWHERE)
        while not np.array_equal(far, nearer := np.minimum(far, (cheapest + far).min(axis=1))):
            far = nearer
        self.distances = far
        self.far: list[int] = far.tolist()
        self.ways: dict[int, list[tuple[int, int, int, int]]] = {}

    def _ways(self, sku: int) -> list[tuple[int, int, int, int]]:
        """The first steps of the shortest ways from this SKU, as a heap: whose turn it is, where to, class and side."""
        if sku not in self.ways:
            sides, onwards = np.nonzero(self.cost[:, sku] + self.distances == self.far[sku])
            ways = []
            for side, onward in zip(sides.tolist(), onwards.tolist(), strict=True):
                c = self.of[(onward, sku) if side == _BACK else (sku, onward)]
                ways.append((_turn((self.staying if side == _BACK else self.going)[c][-1], side), onward, c, side))
            heapify(ways)
            self.ways[sku] = ways
        return self.ways[sku]

    def copied(self) -> Chains:
        """The same once more, to try something else with it."""
        other = copy(self)
        other.going, other.staying = ([line.copy() for line in lines] for lines in (self.going, self.staying))
        other.over, other.cost, other.sent, other.touched = (
            self.over.copy(),
            self.cost.copy(),
            self.sent.copy(),
            self.touched.copy(),
        )
        return other

    def let_into(self, ring: Set[int]) -> bool:
        """Let the first of the cheapest class go that brings a seat into these SKUs, in somebody else's stead."""
        self._measure()
        ways = [
            (self.far[sku] - self.price[self.level[line[-1]] if self.level else 0], line[-1], c)
            for c, (sku, onward) in self.ends.items()
            if (line := self.staying[c]) and onward in ring and sku not in ring and self.far[sku] < _FAR
        ]
        if not ways:
            return False
        c = min(ways)[2]
        sku, onward = self.ends[c]
        self.sent[c] = self.staying[c].pop()
        self.touched.add(c)
        self.over[sku] -= 1
        self.over[onward] += 1
        self.close()
        return True

    def counts(self) -> list[int]:
        """How many of each class go."""
        return [len(line) + (c in self.sent) for c, line in enumerate(self.going)]

    def places(self, idle: Set[int] = frozenset()) -> list[int]:
        """Who goes, but for those of some classes."""
        sent = (place for c, place in self.sent.items() if c not in idle)
        return [*sent, *(place for c, line in enumerate(self.going) if c not in idle for place in line)]

    def by_level(self, idle: Set[int]) -> list[int]:
        """How many of each level go, the most urgent first, but for those of some classes."""
        places = self.places(idle)
        if not self.level:
            return [len(places)]
        found: list[int] = np.bincount(self.levels[places], minlength=self.levels[-1] + 1).tolist()
        return found


def _able(graph: TokenGraph, free: Sequence[int], without: Set[int]) -> set[int]:
    """The classes to whose SKUs a seat can come at all; nobody else can go, whoever stays."""
    most = list(free)
    able: set[int] = set()
    waiting = [c for c, count in enumerate(graph.counts) if count and c not in without]
    while ready := [c for c in waiting if all(most[sku] >= n for sku, n in graph.takes[c])]:
        able.update(ready)
        for c in ready:
            for sku, n in graph.frees[c]:
                most[sku] += n * graph.counts[c]
        waiting = [c for c in waiting if c not in able]
    return able


def _turn(place: int, side: int) -> int:
    """Whose turn it is among equals: first the lowest in rank stays, or else the highest goes again."""
    return place if side == _BACK else -place
