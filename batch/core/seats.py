"""Seats over the whole run: in which order people can go, and where the seats run out.

Seats freed by earlier moves feed later ones. People go in plan order; who finds no seat waits, and goes as soon as one
is freed, before anybody further down who needs the same. Near-linear in the number of moves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

#: What a move needs and gives back: SKUs that take a seat, SKUs that free one.
SeatClass = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """The first mover for whom no seat of a SKU is free, and how many go without in all."""

    sku_id: str
    #: Position among the movers (0-based, plan order) of the first who goes without.
    first: int
    #: How many movers find no seat of this SKU.
    lacking: int
    #: How many seats are to be bought so that all of them find one once the others have moved: more than ``lacking``
    #: when it is over-allocated.
    seats: int


@dataclass(frozen=True, slots=True)
class Seating:
    """The movers who fit, as positions in the order in which they go, and the shortages."""

    order: list[int]
    shortages: tuple[Shortage, ...]


def seat(classes: Sequence[SeatClass], which: Sequence[int], free: Mapping[str, int]) -> Seating:
    """Seat the movers: ``which[i]`` is the class of mover ``i`` (plan order), ``free`` the free seats per SKU.

    A SKU that is missing in ``free`` has none. Over-allocated SKUs (free below zero) must first be freed up.
    """
    counts = [0] * len(classes)
    for c in which:
        counts[c] += 1
    needed: dict[str, int] = {}
    for (takes, _), n in zip(classes, counts, strict=True):
        for sku in takes:
            needed[sku] = needed.get(sku, 0) + n
    if all(n <= free.get(sku, 0) for sku, n in needed.items() if n):
        return Seating(list(range(len(which))), ())
    return _simulate(classes, which, dict(free))


def _simulate(classes: Sequence[SeatClass], which: Sequence[int], free: dict[str, int]) -> Seating:
    queues: list[list[int]] = [[] for _ in classes]
    for i, c in enumerate(which):
        queues[c].append(i)
    cursor = [0] * len(classes)
    heads = [(q[0], c) for c, q in enumerate(queues) if q]
    heapify(heads)
    parked: dict[str, list[tuple[int, int]]] = {}
    order: list[int] = []
    while heads:
        head, c = heappop(heads)
        takes, frees = classes[c]
        lacking = next((s for s in takes if free.get(s, 0) <= 0), None)
        if lacking is not None:
            parked.setdefault(lacking, []).append((head, c))
            continue
        order.append(head)
        for sku in takes:
            free[sku] = free.get(sku, 0) - 1
        cursor[c] += 1
        if cursor[c] < len(queues[c]):
            heappush(heads, (queues[c][cursor[c]], c))
        for sku in frees:
            free[sku] = free.get(sku, 0) + 1
            for waiting in parked.pop(sku, ()):
                heappush(heads, waiting)
    left = [(takes, queue[at:]) for (takes, _), queue, at in zip(classes, queues, cursor, strict=True)]
    return Seating(order, _shortages(left, free))


def _shortages(left: Sequence[tuple[tuple[str, ...], list[int]]], free: Mapping[str, int]) -> tuple[Shortage, ...]:
    """What those who are left would need beyond what is free, SKU by SKU, the earliest mover first."""
    wanting: dict[str, list[int]] = {}
    for takes, movers in left:
        for sku in takes if movers else ():
            wanting.setdefault(sku, []).extend(movers)
    shortages = []
    for sku, movers in wanting.items():
        lacking = sorted(movers)[max(free.get(sku, 0), 0) :]
        if lacking:
            seats = len(movers) - free.get(sku, 0)
            shortages.append(Shortage(sku_id=sku, first=lacking[0], lacking=len(lacking), seats=seats))
    return tuple(sorted(shortages, key=lambda s: (s.first, s.sku_id)))
