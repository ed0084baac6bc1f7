"""What is possible with so many seats, found by trying everything: for a handful of movers only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from batch.core.token_graph import SeatClass


def sets_that_can_go(movers: Sequence[SeatClass], free: Mapping[str, int]) -> set[int]:
    """Every set of movers (as bits) who can have gone, in some order."""
    found, todo = {0}, [0]
    while todo:
        gone = todo.pop()
        have = seats_after(movers, free, gone)
        for n, (takes, _) in enumerate(movers):
            more = gone | 1 << n
            if more not in found and all(have.get(s, 0) >= n for s, n in Counter(takes).items()):
                found.add(more)
                todo.append(more)
    return found


def seats_after(movers: Sequence[SeatClass], free: Mapping[str, int], gone: int) -> dict[str, int]:
    """The free seats once these have gone."""
    have = dict(free)
    for n, (takes, frees) in enumerate(movers):
        if gone >> n & 1:
            for s in takes:
                have[s] = have.get(s, 0) - 1
            for s in frees:
                have[s] = have.get(s, 0) + 1
    return have


def all_can_go(movers: Sequence[SeatClass], free: Mapping[str, int]) -> bool:
    """Whether there is an order in which everybody finds a seat."""
    return (1 << len(movers)) - 1 in sets_that_can_go(movers, free)


def fewest_to_buy(movers: Sequence[SeatClass], free: Mapping[str, int]) -> int:
    """The least number of seats, of whatever SKUs, with which everybody can go."""
    skus = sorted({s for takes, _ in movers for s in takes})
    total = 0
    while not any(all_can_go(movers, added(free, dict(zip(skus, n, strict=True)))) for n in sums(total, len(skus))):
        total += 1
    return total


def added(free: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """These seats and those."""
    return {s: free.get(s, 0) + more.get(s, 0) for s in {*free, *more}}


def sums(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Every way to write a number as a sum of so many."""
    return (n for n in product(range(total + 1), repeat=parts) if sum(n) == total)
