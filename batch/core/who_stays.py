"""Who stays when the seats do not suffice for all: as few as possible, and those who come last.

For moves of one for another, with no SKU over-allocated, ``chains`` finds the most who can go, level by level, unless
that leaves a ring without a seat (``token_graph``): nobody of it could go. Then, ring by ring, the cheapest mover who
brings a seat into it is let go in somebody else's stead, if more go that way. Where an over-allocated SKU keeps others
back, it is looked whether more go when nobody takes it. Both only when it counts more people, the most urgent level
before all others: no such change costs a level anybody for the sake of a less urgent one.

Not guaranteed is the very most: which rings are best started, and which over-allocated SKUs best freed up, is found
step by step and not by trying every combination.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence, Set

import numpy as np

from batch.core.chains import Chains
from batch.core.purchase import open_skus
from batch.core.token_graph import TokenGraph

#: So many over-allocated SKUs that keep others back are each looked at, more only all together.
_EACH = 4


def who_goes(
    graph: TokenGraph,
    kinds: np.ndarray,
    free: Sequence[int],
    levels: Sequence[int],
    without: Set[int] = frozenset(),
) -> np.ndarray:
    """The places of those who go, ascending. ``kinds``: the class of each mover; ``levels``: ascending, or empty.

    ``without``: classes of which nobody is to go.
    """
    ends = np.cumsum(graph.counts)[:-1]
    by_class = np.split(np.argsort(kinds, kind="stable"), ends) if len(graph.counts) else []
    lines = [places.tolist() for places in by_class]

    def settled(without: Set[int]) -> _Choice:
        return _started(_Choice(Chains(graph, lines, free, levels, without)))

    best = settled(without)
    while tight := [sku for sku, n in enumerate(free) if n < 0 and best.chains.over[sku] <= 0]:
        shut = [tight, *([sku] for sku in tight if 1 < len(tight) <= _EACH)]
        better = max((settled(best.chains.without | _takers(graph, skus)) for skus in shut), key=_Choice.by_level)
        if better.by_level() <= best.by_level():
            break
        best = better
    return np.sort(np.array(best.chains.places(), dtype=np.int64))


def _started(best: _Choice) -> _Choice:
    """The choice, with seats for its rings where more go that way."""
    for _ in best.chains.over:
        others = ((best.chains.copied(), ring) for ring in best.rings)
        fed = (_Choice(chains) for chains, ring in others if chains.let_into(ring))
        better = next((other for other in fed if other.by_level() > best.by_level()), None)
        if better is None:
            break
        best = better
    return best


class _Choice:
    """Who goes by these chains, and the rings of which nobody can start."""

    def __init__(self, chains: Chains) -> None:
        self.chains = chains
        chains.close()
        counts = chains.counts()
        graph = chains.graph.with_counts(counts)
        spare = open_skus(graph, chains.free)
        exits = graph.last_exits(spare, [0 if count else -1 for count in counts])
        shut = [sku for sku, yes in enumerate(spare) if not yes and sku not in exits]
        self.rings = [set(ring.skus) for ring in graph.rings(shut) if all(chains.free[s] <= 0 for s in ring.skus)]
        self._by_level: list[int] | None = None

    def by_level(self) -> list[int]:
        """How many of each level go, the most urgent first; of a ring without a seat nobody does."""
        if self._by_level is None:
            chains = self.chains
            idle = [sku for ring in self.rings for sku in ring]
            idle += [sku for sku, n in enumerate(chains.over) if n < 0]
            self._by_level = chains.by_level(_takers(chains.graph, idle))
        return self._by_level


def _takers(graph: TokenGraph, skus: Collection[int]) -> set[int]:
    """The classes that take a seat of these."""
    return {c for c, takes in enumerate(graph.takes) if any(sku in skus for sku, _ in takes)}
