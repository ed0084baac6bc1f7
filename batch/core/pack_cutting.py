"""Cutting an order in which the seats suffice one by one into packs whose seats are all free as they begin.

People stand in one line for each end state, and packs are cut from the lines: from the one whose next is first in the
plan, as long as its whole pack finds seats. A pack takes its seats before it gives any back, so mixing up the order
may end where nobody finds a seat. Then the order is cut in two, and each half by itself: what the first half leaves is
the same in whichever way it is done. One person alone always finds a seat, so it comes to an end.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping, Sequence

from batch.core.plan import Changes


class _Line:
    """People of one end state: their places in the stretch, and what each of them takes."""

    def __init__(self, places: list[int], needs: Sequence[tuple[str, ...]]) -> None:
        self.places = places
        self.needs = [needs[place] for place in places]
        #: What all of them take, where that is the same.
        self.same = self.needs[0] if len(set(self.needs)) == 1 else None


class Cutter:
    """The seats, and the lines in which people stand: ``line_of`` has the line of each kind of change."""

    def __init__(self, changes: Changes, line_of: Mapping[int, int], free: Mapping[str, int], size: int) -> None:
        self.kind, self.line_of, self.size = changes.kind, line_of, size
        self.takes = [k.takes for k in changes.kinds]
        self.frees = [k.frees for k in changes.kinds]
        self.free = dict(free)

    def cut(self, order: list[int]) -> list[list[int]]:
        """The packs, each a list of changes, in the order in which they are to be done."""
        packs: list[list[int]] = []
        todo = [order] if order else []
        while todo:
            stage = todo.pop()
            found = self._packs_of(stage)
            if found is None:
                assert len(stage) > 1, "in an order in which the seats suffice one person alone finds one"
                half = len(stage) // 2
                todo += [stage[half:], stage[:half]]
            else:
                packs += found
        return packs

    def _packs_of(self, stage: Sequence[int]) -> list[list[int]] | None:
        """The packs of this stretch, its seats taken and given back; None where it ends with people left over."""
        lines: dict[int, list[int]] = {}
        for place, change in enumerate(stage):
            lines.setdefault(self.line_of[self.kind[change]], []).append(place)
        needs = [self.takes[self.kind[change]] for change in stage]
        # What is left of each line, by the place of its next.
        heads = sorted((line[0], _Line(line, needs), 0) for line in lines.values())
        before, packs = dict(self.free), []
        while heads:
            at, count = self._best(heads)
            if not count:
                self.free = before
                return None
            _, line, done = heads.pop(at)
            end = done + count
            packs.append([stage[place] for place in line.places[done:end]])
            self._do(packs[-1])
            if end < len(line.places):
                insort(heads, (line.places[end], line, end))
        return packs

    def _best(self, heads: Sequence[tuple[int, _Line, int]]) -> tuple[int, int]:
        """Which line is next, and how many of it: the first whose whole pack finds seats, else the most that do."""
        best, most = 0, 0
        room: dict[tuple[str, ...], int] = {}
        for at, (_, line, done) in enumerate(heads):
            wanted = min(self.size, len(line.places) - done)
            if line.same is None:
                count = self._fitting(line.needs[done : done + wanted])
            else:
                # There may be thousands of lines, and few ways of taking seats.
                if line.same not in room:
                    room[line.same] = self._fitting([line.same] * self.size)
                count = min(wanted, room[line.same])
            if count == wanted:
                return at, count
            if count > most:
                best, most = at, count
        return best, most

    def _fitting(self, needs: Sequence[tuple[str, ...]]) -> int:
        """How many of these, one after another, find their seats before any is given back."""
        spent: dict[str, int] = {}
        free = self.free
        for at, skus in enumerate(needs):
            for sku in skus:
                spent[sku] = taken = spent.get(sku, 0) + 1
                if taken > free.get(sku, 0):
                    return at
        return len(needs)

    def _do(self, pack: Sequence[int]) -> None:
        free = self.free
        for change in pack:
            number = self.kind[change]
            for sku in self.takes[number]:
                free[sku] -= 1
            for sku in self.frees[number]:
                free[sku] = free.get(sku, 0) + 1
