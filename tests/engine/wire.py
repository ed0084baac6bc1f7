"""The way to a tenant, watched: what is on it must be in the journal, once, with a seat; and it can be cut."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from typing import NoReturn

from batch.core.changes import compare
from batch.core.entries import Seen
from batch.core.plan import Changes
from batch.core.terms import Answer, Call, Holding, People, Sight, Sku
from batch.tenants.practice import PracticeTenant
from tests.engine.memory_journal import Crash, MemoryJournal


class LawBroken(AssertionError):
    """The engine did what it promised never to do."""


class Wire:
    """A ``Tenant`` around a practice tenant. ``crash_at`` kills at that call (from 1), before or after its effect.

    Once dead, calls on the way there are cut (``cut``) or still arrive, but no answer comes back.
    """

    def __init__(
        self, tenant: PracticeTenant, journal: MemoryJournal, changes: Changes, *, latency: float = 0.1
    ) -> None:
        self.tenant = tenant
        self.name = tenant.name
        self.read_lag = tenant.read_lag
        self.latency = latency
        self.calls = 0
        self.crash_at = 0
        self.after = False
        self.cut = True
        #: Whether the seats that the engine knows of are the true ones: nobody else takes any, and reads never lag.
        self.seats_certain = True
        #: Laws broken, told here too, since a dying engine does not ask what became of its calls.
        self.broken: list[str] = []
        self._journal = journal
        self._changes = changes
        self._number = {uid: n for n, uid in enumerate(changes.user_id)}
        self._open: set[str] = set()
        self._on_the_way: Counter[str] = Counter()

    @property
    def dead(self) -> bool:
        return self._journal.dead

    def revive(self, crash_at: int = 0, *, after: bool = False, cut: bool = True) -> None:
        """A new process begins; calls are counted from 1 again."""
        self.calls, self.crash_at, self.after, self.cut = 0, crash_at, after, cut
        self._open.clear()
        self._on_the_way.clear()

    async def skus(self) -> tuple[Sku, ...]:
        ends = await self._there()
        skus = await self.tenant.skus()
        await self._back(ends=ends)
        return skus

    async def people(self, upns: Collection[str] | None, likely: Collection[str] = ()) -> People:
        return await self.tenant.people(upns)

    async def look(self, user_ids: Sequence[str]) -> list[Sight]:
        ends = await self._there()
        sights = await self.tenant.look(user_ids)
        await self._back(ends=ends)
        return sights

    async def assign(self, calls: Sequence[Call]) -> list[Answer]:
        users = [c.user_id for c in calls]
        self._check_laws(calls)
        self._open.update(users)
        takes = Counter(s for c in calls for s in self._takes(c))
        self._on_the_way += takes
        try:
            if self.seats_certain:
                self._check_seats()
            ends = await self._there()
            answers = await self.tenant.assign(calls)
            self._on_the_way -= takes
            takes = Counter()
            await self._back(ends=ends)
        finally:
            self._open.difference_update(users)
            self._on_the_way -= takes
        return answers

    async def close(self) -> None:
        await self.tenant.close()

    def _takes(self, call: Call) -> tuple[str, ...]:
        return self._changes.kinds[self._changes.kind[self._number[call.user_id]]].takes

    async def _there(self) -> bool:
        """The way there; whether the process dies before the answer is back."""
        self.calls += 1
        dies = self.calls == self.crash_at
        # Uneven, so that answers come one by one.
        await asyncio.sleep(self.latency * (0.5 + 0.2 * (self.calls % 3)))
        if dies and not self.after:
            self._journal.dead = True
            raise Crash
        if self.dead and self.cut:
            raise Crash
        return dies

    async def _back(self, *, ends: bool) -> None:
        if ends:
            self._journal.dead = True
        else:
            await asyncio.sleep(self.latency / 2)
        if self.dead:
            raise Crash

    def _check_laws(self, calls: Sequence[Call]) -> None:
        for call in calls:
            change = self._number[call.user_id]
            if change not in self._journal.on_wire:
                self._breaks(f"law 6: change {change} is on the wire and not in the journal")
            if call != self._changes.kinds[self._changes.kind[change]].call(call.user_id):
                self._breaks(f"law 9: change {change} is not the one planned: {call}")
            if call.user_id in self._open:
                self._breaks(f"law 7: change {change} is on the wire twice")

    def _check_seats(self) -> None:
        free = dict(self.tenant._db.execute("SELECT sku_id, enabled - consumed FROM skus"))
        over = {s: n for s, n in self._on_the_way.items() if n > free[s]}
        if over:
            self._breaks(f"law 7: more calls on the way than seats: {over}, free {free}")

    def _breaks(self, text: str) -> NoReturn:
        self.broken.append(text)
        raise LawBroken(text)


def holdings(tenant: PracticeTenant) -> dict[str, Holding]:
    """What everybody really holds."""
    rows = tenant._db.execute("SELECT id, holding FROM users").fetchall()
    return {user_id: tenant._holdings.of(number) for user_id, number in rows}


def truth(tenant: PracticeTenant, changes: Changes) -> list[Seen]:
    """For every change what the tenant really shows."""
    held = holdings(tenant)
    return [
        compare(changes.kinds[kind], held[uid]) if uid in held else Seen.GONE
        for uid, kind in zip(changes.user_id, changes.kind, strict=True)
    ]
