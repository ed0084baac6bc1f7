"""Tenants that never give in, and one that is told what to answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence

from batch.core.terms import Answer, Call, Holding, People, Sight, Sku


class Grim:
    """A ``Tenant`` without state: answers every call, look and count as it was made to; counts what it was asked."""

    name = "grim"
    read_lag = 0.0

    def __init__(
        self,
        skus: Sequence[Sku],
        answer: Callable[[Call], Answer],
        sight: Callable[[str], Sight] = lambda user_id: Sight(user_id, 0),
        count: Callable[[], None] = lambda: None,
    ) -> None:
        self._skus = tuple(skus)
        self._answer = answer
        self._sight = sight
        self._count = count
        self.calls: list[tuple[float, str]] = []
        self.looks: list[tuple[float, str]] = []
        self.counts = 0

    async def skus(self) -> tuple[Sku, ...]:
        self.counts += 1
        await asyncio.sleep(0.01)
        self._count()
        return self._skus

    async def people(self, upns: Collection[str] | None, likely: Collection[str] = ()) -> People:
        return People([], [], [], [], [], ())

    async def look(self, user_ids: Sequence[str]) -> list[Sight]:
        now = asyncio.get_running_loop().time()
        self.looks += [(now, u) for u in user_ids]
        await asyncio.sleep(0.01)
        return [self._sight(u) for u in user_ids]

    async def assign(self, calls: Sequence[Call]) -> list[Answer]:
        now = asyncio.get_running_loop().time()
        self.calls += [(now, c.user_id) for c in calls]
        await asyncio.sleep(0.01)
        return [self._answer(c) for c in calls]

    async def close(self) -> None:
        pass


def shows(holding: Holding) -> Callable[[str], Sight]:
    return lambda user_id: Sight(user_id, 200, holding, "FR")
