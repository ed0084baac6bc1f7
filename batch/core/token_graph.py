"""Moves as a graph: free seats are tokens, and every move carries one from the SKU it takes to the SKU it gives back.

Why it is worth the picture. A mover from E3 to E5 takes a free seat of E5 and leaves a free seat of E3: one token goes
from E5 to E3, against the way the person goes. Who only loses something brings a token in from outside, who only gains
something carries one out. The movers who take a SKU are its *exits*: whenever it has a token, the next of them may go.

What is needed. In the end nobody may sit on a seat that is not there, so a SKU that somebody takes needs at least
taken − given back − free seats more. And where a set of SKUs has nothing to spare in the end, and every move that takes
one of them gives back one of them, its last move cannot be: it would leave a seat over. Such a ring (E3 → E5 → E3 with
no seat free) needs one seat more, wherever in it.

What is enough, when nobody takes or gives back several. Call a SKU open when a seat of it is left over in the end, or
nobody takes it. From every other SKU there is, once no ring is left, a chain of moves to an open one. Give each of them
as its *last exit* a mover along such a chain. Now let anybody go for whom there is a seat, as long as the exits of each
SKU keep their order. Should that stop early, every SKU with exits left has no token, so as many moves or more are still
to come into it as are to go out of it; as each move counts once on both sides, it is as many exactly, open ones have no
exits left, and no move into them is left. So all those whose last exit leads to an open one are through, then those
behind them, and so on: nobody is left at all. It is the argument of the last exits in an Eulerian tour, and of Diaconis
and Fulton's stacks: what is done in the end depends on the order at each SKU alone, not on who happened to go first.

So the number to buy is exact, and at most one mover a SKU leaves his place. Whoever takes or gives back several at once
breaks the count of both sides: then what is needed is still needed, and the last exits are only a good guess.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

#: What a move needs and gives back: SKUs that take a seat, SKUs that free one, each as often as there are seats of it
#: (a change of a whole group has many).
SeatClass = tuple[tuple[str, ...], tuple[str, ...]]
#: SKUs by number, each with how many seats of it.
Seats = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Ring:
    """SKUs that only feed each other and have nothing to spare: one seat more, of any of them, is needed."""

    skus: tuple[int, ...]
    #: One way round, as people go: from a SKU over others back to it.
    path: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TokenGraph:
    """The kinds of moves, with SKUs as numbers in the order of their ids; a SKU that nobody mentions is not in it."""

    skus: tuple[str, ...]
    takes: tuple[Seats, ...]
    frees: tuple[Seats, ...]
    #: How many movers each class has.
    counts: tuple[int, ...]

    @classmethod
    def of(cls, classes: Sequence[SeatClass], counts: Sequence[int]) -> TokenGraph:
        """The graph of these classes, each with so many movers."""
        skus = tuple(sorted({sku for pair in classes for side in pair for sku in side}))
        number = {sku: n for n, sku in enumerate(skus)}
        takes, frees = (
            tuple(tuple((number[sku], n) for sku, n in Counter(pair[side]).items()) for pair in classes)
            for side in (0, 1)
        )
        return cls(skus, takes, frees, tuple(counts))

    @property
    def one_for_one(self) -> bool:
        """Whether nobody takes several, and nobody who takes one gives back several: then all here is exact."""
        return all(self.single(c) for c, n in enumerate(self.counts) if n)

    def single(self, c: int) -> bool:
        """Whether whoever is of this class takes nothing, or one seat and gives back one at most."""
        out, back = (sum(n for _, n in side[c]) for side in (self.takes, self.frees))
        return not out or out == 1 >= back

    def with_counts(self, counts: Sequence[int]) -> TokenGraph:
        """The same kinds of moves with other numbers of movers."""
        return TokenGraph(self.skus, self.takes, self.frees, tuple(counts))

    def taken(self) -> list[int]:
        """How many seats of each SKU are taken in all."""
        return self._sums(self.takes)

    def given(self) -> list[int]:
        """How many seats of each SKU are given back in all."""
        return self._sums(self.frees)

    def _sums(self, sides: Sequence[Seats]) -> list[int]:
        found = [0] * len(self.skus)
        for side, count in zip(sides, self.counts, strict=True):
            for sku, n in side:
                found[sku] += n * count
        return found

    def last_exits(self, is_open: Sequence[bool], last: Sequence[int]) -> dict[int, int]:
        """For each SKU that leads to an open one the class of its last exit; those that lead to none are left out.

        ``last`` is the place of each class's last mover, -1 for none. The chains grow from the open SKUs, first over
        movers who are the last of their SKU as it is, so that few leave their place.
        """
        used = [c for c, place in enumerate(last) if place >= 0]
        closing = [-1] * len(self.skus)
        behind: list[list[int]] = [[] for _ in self.skus]
        missing = {c: len(self.frees[c]) for c in used}
        for c in used:
            for sku, _ in self.takes[c]:
                closing[sku] = max(closing[sku], last[c])
            for sku, _ in self.frees[c]:
                behind[sku].append(c)
        exits: dict[int, int] = {}
        heap: list[tuple[int, int, int, int]] = []
        reached = [sku for sku, yes in enumerate(is_open) if yes]
        ready = [c for c in used if not missing[c]]
        while reached or ready or heap:
            for c in (c for sku in reached for c in behind[sku]):
                missing[c] -= 1
                if not missing[c]:
                    ready.append(c)
            for c in ready:
                for sku, _ in self.takes[c]:
                    heappush(heap, (closing[sku] - last[c], last[c], sku, c))
            reached, ready = [], []
            if heap:
                _, _, sku, c = heappop(heap)
                if sku not in exits and not is_open[sku]:
                    exits[sku] = c
                    reached.append(sku)
        return exits

    def rings(self, shut: Sequence[int]) -> list[Ring]:
        """Where tokens only go round: of SKUs that lead to no open one, each set that has no way out of itself."""
        inside = set(shut)
        onward: dict[int, list[int]] = {sku: [] for sku in shut}
        for takes, frees, count in zip(self.takes, self.frees, self.counts, strict=True):
            for sku, _ in takes if count else ():
                if sku in inside:
                    onward[sku] += [other for other, _ in frees if other in inside]
        reach = {sku: _reached(onward, sku) for sku in shut}
        ends = {reach[sku] for sku in shut if all(reach[other] == reach[sku] for other in reach[sku])}
        taken = self.taken()
        return [
            Ring(tuple(sorted(end)), _way_round(onward, min(end, key=lambda sku: (-taken[sku], sku))))
            for end in sorted(ends, key=min)
        ]


def _reached(onward: dict[int, list[int]], start: int) -> frozenset[int]:
    """Every SKU to which a token of this one can come; one in a ring comes back to itself."""
    found: set[int] = set()
    todo = [start]
    while todo:
        for sku in onward[todo.pop()]:
            if sku not in found:
                found.add(sku)
                todo.append(sku)
    return frozenset(found)


def _way_round(onward: dict[int, list[int]], start: int) -> tuple[int, ...]:
    """A shortest way of a token from a SKU back to it, read backwards: the way that people go."""
    came: dict[int, int] = {}
    line = [start]
    for sku in line:
        for other in sorted(onward[sku]):
            if other not in came:
                came[other] = sku
                line.append(other)
    path = [start, came[start]]
    while path[-1] != start:
        path.append(came[path[-1]])
    return tuple(path)
