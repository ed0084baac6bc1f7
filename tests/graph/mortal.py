"""A process that dies at a call to the service."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

from batch.core.terms import Answer, Call, People, Sight, Sku
from batch.tenants.graph.tenant import GraphTenant
from tests.engine.memory_journal import Crash, MemoryJournal
from tests.engine.runs import Death
from tests.graph.passage import Passage


class Mortal:
    """A ``Tenant`` of a process that dies at a call (from 1): before it leaves, while it is there, or after it."""

    def __init__(self, tenant: GraphTenant, journal: MemoryJournal, passage: Passage, death: Death) -> None:
        self.name, self.read_lag = tenant.name, tenant.read_lag
        self._tenant, self._journal = tenant, journal
        where, at, self._after, self._cut = death
        self._at = at if where == "tenant" else 0
        self._calls = 0
        self._seen = asyncio.Event()
        passage.arrived = self._seen.set

    async def skus(self) -> tuple[Sku, ...]:
        return await self._on_the_way(self._tenant.skus())

    async def people(self, upns: Any, likely: Any = ()) -> People:
        return await self._tenant.people(upns, likely)

    async def look(self, user_ids: Sequence[str]) -> list[Sight]:
        return await self._on_the_way(self._tenant.look(user_ids))

    async def assign(self, calls: Sequence[Call]) -> list[Answer]:
        return await self._on_the_way(self._tenant.assign(calls))

    async def close(self) -> None:
        await self._tenant.close()

    async def _on_the_way(self, call: Coroutine[Any, Any, Any]) -> Any:
        self._calls += 1
        if self._calls != self._at:
            result = await call
        elif self._cut:
            # Killed while the service has the request: its connection is cut, the service does not notice in time.
            self._seen.clear()
            going = asyncio.ensure_future(call)
            seen = asyncio.ensure_future(self._seen.wait())
            await asyncio.wait([going, seen], return_when=asyncio.FIRST_COMPLETED)
            seen.cancel()
            going.cancel()
            await asyncio.gather(going, seen, return_exceptions=True)
            self._die()
        elif self._after:
            await call
            self._die()
        else:
            call.close()
            self._die()
        if self._journal.dead:
            raise Crash
        return result

    def _die(self) -> None:
        self._journal.dead = True
        raise Crash
