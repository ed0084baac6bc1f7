"""Carrying a plan out. Applying is resuming: there is no other start.

    replay → step (pure) → intents into the journal, durably → calls leave → answers into the journal → step …

Answers that came and intents that follow from them share one commit, so the journal is never the bottleneck, and no
call is ever on the wire that is not in the journal (law 6).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import TypeVar

from batch.core.entries import Entry, EntryKind, Seen, answered, hint
from batch.core.ledger import Ledger
from batch.core.pace import Policy
from batch.core.plan import Changes
from batch.core.quota import Meter
from batch.core.settle import observe
from batch.core.states import State
from batch.core.step import Ask, Count, Done, Queue, Rest, Send, Stop, Verify, Wait, step
from batch.core.terms import Answer, Sight
from batch.core.verdict import PUSHING_BACK, THROTTLED, verdict
from batch.core.waves import verified_text
from batch.engine.ports import Clock, Journal, Tenant, Watcher
from batch.engine.reading import patiently

#: How long at most until a request to stop is noticed while nothing is on the wire.
_NAP = 0.25
_SENT, _ANSWERED = EntryKind.SENT, EntryKind.ANSWERED
_DONE = Answer(200)
#: What shows that somebody else was at work on a person who was not sent yet.
_DRIFTED = (Seen.OTHER, Seen.GONE, Seen.AFTER)

Flight = asyncio.Task[list[Answer]] | asyncio.Task[list[Sight]]
T = TypeVar("T")
#: Looks at the users of these changes until reads no longer lag: what is seen of each. Raises as ``Tenant`` does.
LookAgain = Callable[[Sequence[int], Ledger], Awaitable[Sequence[Seen]]]


def replay(changes: Changes, entries: Iterable[Entry]) -> Ledger:
    """The ledger of these entries; raises ``JournalDamaged`` when one cannot follow from those before it."""
    ledger = Ledger(changes.kind, changes.kinds)
    for entry in entries:
        ledger.record(entry)
    return ledger


async def apply(
    changes: Changes,
    tenant: Tenant,
    journal: Journal,
    clock: Clock,
    watcher: Watcher,
    policy: Policy,
    look_again: LookAgain | None = None,
) -> Ledger:
    """Carry the plan out, or carry on with it, until nothing is left, something says stop, or somebody does.

    ``look_again`` is needed where the policy has a pilot: a wave is looked at before the next one goes.
    Returns the ledger; raises what the journal raises when it cannot write, and ``TenantRefused`` or
    ``TenantUnavailable`` when the seats cannot be read. Whatever happens, calling it again carries on.
    """
    if policy.pilot and look_again is None:
        raise ValueError("waves need somebody who looks at them")
    ledger = replay(changes, journal.entries())
    if ledger.open:
        await _Run(changes, ledger, tenant, journal, clock, watcher, look_again).go(policy)
    return ledger


@dataclass(slots=True)
class _Run:
    changes: Changes
    ledger: Ledger
    tenant: Tenant
    journal: Journal
    clock: Clock
    watcher: Watcher
    look_again: LookAgain | None = None
    queue: Queue = field(init=False)
    meter: Meter = field(init=False)
    #: Facts recorded in the ledger and not yet in the journal; groups that leave once they are.
    unsaved: list[Entry] = field(default_factory=list)
    leaving: list[Send | Ask] = field(default_factory=list)
    flights: dict[Flight, Send | Ask] = field(default_factory=dict)

    async def go(self, policy: Policy) -> None:
        now = self.clock.now()
        # What an earlier process sent in the last minutes has been used up of the quota.
        self.meter = Meter(policy.quota, now, self.ledger.at if policy.quota else ())
        self._note(Entry(EntryKind.OPENED, -1, now, text=policy.to_json()))
        self.queue = Queue(self.ledger)
        try:
            while await self._next():
                pass
        finally:
            await self._land()

    async def _next(self) -> bool:
        """Take one step; False when the run is over."""
        busy = len(self.flights) + len(self.leaving)
        asked = self.watcher.stop_asked()
        action = step(self.ledger, self.queue, self.clock.now(), busy, stop_asked=asked, meter=self.meter)
        match action:
            case Send():
                self._send(action)
            case Ask():
                self.queue.looking.update(dict.fromkeys(action.changes, self.clock.now()))
                self.leaving.append(action)
            case Wait(until, why):
                self._save()
                await self._pause(until, why)
            case Rest():
                self._save()
                await self._answers(None)
            case Count():
                self._save()
                await self._count()
            case Verify(up_to):
                self._save()
                await self._verify(up_to)
            case Stop(code):
                self._note(Entry(EntryKind.STOPPED, -1, self.clock.now(), code=code))
                self._save()
                return False
            case Done():
                self._note(Entry(EntryKind.FINISHED, -1, self.clock.now()))
                self._save()
                return False
        return True

    def _note(self, *entries: Entry) -> None:
        self.ledger.record(*entries)
        self.unsaved += entries

    def _send(self, group: Send) -> None:
        number = self.ledger.groups + 1
        now = self.clock.now()
        self._note(*map(Entry, repeat(_SENT), group.changes, repeat(now), repeat(number)))
        self.meter.spend(len(group.changes), now)
        self.leaving.append(group)

    def _save(self) -> None:
        """Make every fact durable; only then let the waiting groups leave."""
        if self.unsaved:
            # Let go of first: whatever interrupts this, the same fact is never written twice.
            saving, self.unsaved = self.unsaved, []
            self.journal.append(saving)
            self.watcher.saw(saving)
        for group in self.leaving:
            self.flights[self._depart(group)] = group
        self.leaving = []

    def _depart(self, group: Send | Ask) -> Flight:
        ids, kind, kinds = self.changes.user_id, self.changes.kind, self.changes.kinds
        if isinstance(group, Send):
            calls = [kinds[kind[c]].call(ids[c]) for c in group.changes]
            return asyncio.ensure_future(self.tenant.assign(calls))
        return asyncio.ensure_future(self.tenant.look([ids[c] for c in group.changes]))

    async def _pause(self, until: float, why: str) -> None:
        """Wait until then, an answer, or a request to stop."""
        if why != "quota":  # the pace of every day, several times a second
            self.watcher.waits(max(0.0, until - self.clock.now()), why)
        while (left := until - self.clock.now()) > 0 and not self.watcher.stop_asked():
            if self.flights:
                await self._answers(left)
                return
            await asyncio.sleep(min(left, _NAP))

    async def _answers(self, timeout: float | None) -> None:
        """Take in whatever has come back, waiting for the first."""
        done, _ = await asyncio.wait(self.flights, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        for flight in sorted(done, key=lambda f: self.flights[f].changes):
            self._take_in(self.flights.pop(flight), flight.result())

    def _take_in(self, group: Send | Ask, result: Sequence[Answer | Sight]) -> None:
        now = self.clock.now()
        number = self.ledger.group
        if result.count(_DONE) == len(group.changes):
            # By far the most: everybody done, and nothing more was said.
            first = number[group.changes[0]]
            self._note(*map(Entry, repeat(_ANSWERED), group.changes, repeat(now), repeat(first), repeat(_DONE.status)))
            return
        self._heed(result, now)
        # Successes first: whether a refusal is about us or about one person shows in what became of the others.
        pairs = sorted(zip(group.changes, result, strict=True), key=lambda pair: pair[1].status != _DONE.status)
        self._note(
            *[
                self._observed(change, a, now) if isinstance(a, Sight) else answered(change, now, number[change], a)
                for change, a in pairs
            ]
        )

    def _heed(self, result: Sequence[Answer | Sight], now: float) -> None:
        """Slow down when the service says that it is too much, or is in trouble."""
        answers = [a for a in result if isinstance(a, Answer)]
        pushing = [c for a in answers if (c := verdict(a.status, a.code, a.message).code) in PUSHING_BACK]
        if pushing:
            self.meter.pushed_back(len(pushing) / len(answers), now)
        whole = len(pushing) == len(answers) > 0
        if whole or THROTTLED in pushing:
            self.meter.emptied(now)
        if whole and (asked := max(hint(a.retry_after) for a in answers)) > 0:
            self.meter.closed(min(asked, self.ledger.policy.longest_wait), now)
        self.meter.loaded(max((a.load for a in answers), default=0.0), now)

    def _observed(self, change: int, sight: Sight, now: float) -> Entry:
        # What counts is when the read was asked for: it may have been long on its way back.
        settled = self.queue.looking.pop(change) >= self.ledger.since[change] + self.ledger.policy.settle
        seen = observe(self.changes.kinds[self.changes.kind[change]], sight, settled=settled)
        return Entry(EntryKind.OBSERVED, change, now, self.ledger.group[change], seen, wait=hint(sight.retry_after))

    async def _count(self) -> None:
        reading = patiently(self.tenant.skus, self.ledger.policy, under_way=self.ledger.groups > 0)
        for skus in await self._unless_stopped(reading):
            free = {s.sku_id: s.free for s in skus}
            self._note(Entry(EntryKind.COUNTED, -1, self.clock.now(), text=json.dumps(free, sort_keys=True)))

    async def _verify(self, up_to: int) -> None:
        """Look at everybody whom this wave moved; the ledger judges, and a stop shares the commit of what was seen."""
        assert self.look_again is not None
        moved = self.ledger.unseen
        for seen in await self._unless_stopped(self.look_again(moved, self.ledger)):
            differ = {c: what for c, what in zip(moved, seen, strict=True) if what is not Seen.AFTER}
            text = verified_text(up_to, len(moved), differ)
            self._note(Entry(EntryKind.VERIFIED, -1, self.clock.now(), text=text))
            await self._look_ahead(up_to)

    async def _look_ahead(self, start: int) -> None:
        """Leave alone whoever of the next wave was changed by somebody else while the last one went."""
        assert self.look_again is not None
        if self.ledger.stop:
            return
        state = self.ledger.state
        coming = [c for c in range(start, self.ledger.wave_end) if state[c] == State.PENDING]
        for seen in await self._unless_stopped(self.look_again(coming, self.ledger)):
            drifted = [(c, what) for c, what in zip(coming, seen, strict=True) if what in _DRIFTED]
            self._note(*[Entry(EntryKind.OBSERVED, c, self.clock.now(), status=what) for c, what in drifted])

    async def _unless_stopped(self, work: Awaitable[T]) -> list[T]:
        """The result of a read, alone in a list; nothing in it once somebody asks to stop meanwhile."""
        reading = asyncio.ensure_future(work)
        while not reading.done() and not self.watcher.stop_asked():
            await asyncio.wait([reading], timeout=_NAP)
        if reading.done():
            return [reading.result()]
        reading.cancel()
        await asyncio.wait([reading])
        return []

    async def _land(self) -> None:
        """Whatever ended the run: wait for what is on the wire and keep its answers."""
        while self.flights:
            done, _ = await asyncio.wait(self.flights)
            for flight in done:
                group = self.flights.pop(flight)
                if flight.exception() is None:
                    self._take_in(group, flight.result())
        if self.unsaved and not self.leaving:
            self._save()
