"""What next: one pure decision from the ledger, the time and the room that is left."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import islice

from batch.core.ledger import Ledger
from batch.core.quota import Meter
from batch.core.standings import Due
from batch.core.states import State


@dataclass(frozen=True, slots=True)
class Send:
    """Send these changes as one group."""

    changes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """Read the users of these changes, which are in doubt."""

    changes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """Read the tenant's seats before anything (more) is sent."""


@dataclass(frozen=True, slots=True)
class Verify:
    """Read whomever this wave moved, which ends before the change ``up_to``: more are to follow it."""

    up_to: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do until then, or until an answer comes."""

    until: float
    why: str


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing to do until an answer comes."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop; ``code`` says why. What is not sent stays not sent."""

    code: str


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing is left to do."""


_NO_SEATS = Stop("no_seats")
#: There are people to send, but no more of them this time.
_CAP = Stop("cap_reached")
#: There are seats, but they are kept for people in other hands; and so is the place of this wave.
_SEATS_KEPT = Stop("seats_kept")
_WAVE_HANDED = Stop("wave_handed")
_SHORT = (_NO_SEATS, _SEATS_KEPT)
#: For whoever is under no quota.
_NO_LIMIT = Meter(None, 0.0)
#: As a plain number: members of an enum take a while to look up, and this is needed for every change.
_PENDING, _WAITING = int(State.PENDING), int(State.WAITING)

#: SKU ids, each with the number of seats.
Needs = tuple[tuple[str, int], ...]
Action = Send | Ask | Count | Verify | Wait | Rest | Stop | Done


class Queue:
    """The changes not sent yet, in plan order, by what they need in seats.

    A view on the ledger: cursors only ever skip what is no longer pending, so asking twice gives the same answer.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        classes: dict[tuple[str, ...], int] = {}
        self.lane_of_kind = [classes.setdefault(takes, len(classes)) for takes in ledger.takes]
        self.lanes = [array("I") for _ in classes]
        for change, state in enumerate(ledger.state):
            if state == _PENDING:
                self.lanes[self.lane_of_kind[ledger.kind[change]]].append(change)
        #: Each SKU with how many seats of it one change takes; a group's takes several.
        self.needs = [tuple(Counter(takes).items()) for takes in classes]
        self.cursor = [0] * len(self.lanes)
        #: Changes whose users are being read just now, and when that was asked.
        self.looking: dict[int, float] = {}

    def fresh(self, wanted: int, spent: dict[str, int], *, stuck: bool = False) -> list[int]:
        """Up to ``wanted`` changes of this wave whose seats are free now, in plan order; ``spent``: seats that are not.

        The plan's order is one in which the seats suffice: who finds none is not overtaken by others who need the same.
        ``stuck``: nothing will be freed any more, so others may have the seats of which there are some.
        """
        heads: list[tuple[int, int, int]] = []
        wave_end = self.ledger.wave_end
        for lane, changes in enumerate(self.lanes):
            at = self._head(lane)
            if at < len(changes) and changes[at] < wave_end:
                heappush(heads, (changes[at], lane, at))
        chosen: list[int] = []
        short: set[str] = set()
        while heads and len(chosen) < wanted:
            _, lane, at = heappop(heads)
            needs, changes = self.needs[lane], self.lanes[lane]
            room = seats_left(self.ledger, needs, spent) if short.isdisjoint(sku for sku, _ in needs) else 0
            if room <= 0:
                short.update(n[0] for n in needs if not stuck or seats_left(self.ledger, (n,), spent) <= 0)
                continue
            # As many as have seats, as long as this lane has the next in order.
            before = heads[0][0] if heads else wave_end
            end = bisect_left(changes, before, at, min(len(changes), at + min(room, wanted - len(chosen))))
            chosen += changes[at:end]
            for sku, count in needs:
                spent[sku] = spent.get(sku, 0) + count * (end - at)
            if end < len(changes) and changes[end] < wave_end:
                heappush(heads, (changes[end], lane, end))
        return chosen

    def needs_of(self, change: int) -> Needs:
        """The seats that one change takes."""
        return self.needs[self.lane_of_kind[self.ledger.kind[change]]]

    def _head(self, lane: int) -> int:
        at, changes, state = self.cursor[lane], self.lanes[lane], self.ledger.state
        while at < len(changes) and state[changes[at]] != _PENDING:
            at += 1
        self.cursor[lane] = at
        return at


def seats_left(ledger: Ledger, needs: Needs, spent: dict[str, int]) -> int:
    """For how many changes that take these seats there are some: free, neither promised nor spent in this group."""
    free, promised = ledger.free, ledger.promised
    left = ((free.get(sku, 0) - promised.get(sku, 0) - spent.get(sku, 0)) // count for sku, count in needs)
    return min(left, default=len(ledger.state))


def spend(ledger: Ledger, needs: Needs, spent: dict[str, int]) -> bool:
    """Take the seats of one change if all are there."""
    if seats_left(ledger, needs, spent) <= 0:
        return False
    for sku, count in needs:
        spent[sku] = spent.get(sku, 0) + count
    return True


def step(
    ledger: Ledger, queue: Queue, now: float, flights: int, *, stop_asked: bool, meter: Meter = _NO_LIMIT
) -> Action:
    """The next action with ``flights`` groups on the wire at time ``now``; ``meter`` says how many may leave."""
    closes = ledger.policy.until or math.inf
    stopping = ledger.stop or ("interrupted" if stop_asked else "window_closed" if now >= closes else "")
    action = _next(ledger, queue, now, flights, stopping, meter)
    # Nothing is waited for beyond the time in which anything may be sent.
    return Wait(closes, action.why) if isinstance(action, Wait) and not stopping and closes < action.until else action


def _next(ledger: Ledger, queue: Queue, now: float, flights: int, stopping: str, meter: Meter) -> Action:
    if flights < ledger.policy.in_flight:
        if ledger.doubtful and (doubts := _doubts(ledger, queue, now, stopping=bool(stopping))):
            return Ask(doubts)
        if not stopping and ledger.counted >= 0 and (group := _group(ledger, queue, now)):
            return _send(group, now, meter)
        if not stopping and not flights and ledger.counted < 0 and ledger.unsent:
            # Who is not in doubt need not wait for those who are.
            return Count()
        if not stopping and (until := next_due(ledger, queue, now)) is not None:
            return Wait(until, _why(ledger))
    if flights:
        return Rest()
    end = _end(ledger, queue, now, stopping)
    if end in _SHORT and (rest := queue.fresh(ledger.policy.group_size, dict(ledger.reserved), stuck=True)):
        rest = ledger.within_cap(rest)
        return _send(tuple(rest), now, meter) if rest else _CAP
    return end


def _send(group: tuple[int, ...], now: float, meter: Meter) -> Send | Wait:
    """Send the group, or wait until the quota admits the whole of it: groups stay full."""
    wait = meter.wait(len(group), now)
    return Wait(now + wait, "quota") if wait else Send(group[: meter.most])


def _end(ledger: Ledger, queue: Queue, now: float, stopping: str) -> Action:
    """Nothing is on the wire and nothing is to come: stop, be done, or look whether seats were freed."""
    unsent = ledger.tally[State.PENDING] + ledger.tally[State.WAITING]
    if stopping and unsent + ledger.tally[State.DOUBT]:
        return Stop(stopping)
    if not unsent:
        return Done()
    if not ledger.unsent:
        return _WAVE_HANDED if _is_elsewhere(ledger) else Verify(ledger.wave_end)
    counted = ledger.counted >= ledger.tally[State.APPLIED]
    if (counted or not ledger.tally[State.WAITING]) and _is_capped(ledger, queue):
        return _CAP
    if not counted:
        # The first count may be a careful one; seats that it does not know of show once reads no longer lag.
        settled = ledger.moved_at + ledger.policy.settle
        return Wait(settled, "settling") if ledger.counted >= 0 and now < settled else Count()
    if ledger.wave_end < len(ledger.state) and ledger.unseen and not _is_elsewhere(ledger):
        # Later waves may free seats. Who waits for one goes with them; a wave that moved nobody vouches for nothing.
        return Verify(ledger.wave_end)
    return _SEATS_KEPT if ledger.handed and queue.fresh(1, {}, stuck=True) else _NO_SEATS


def _is_capped(ledger: Ledger, queue: Queue) -> bool:
    """Whether there are seats for whoever comes next, and only the bound of this time keeps them."""
    coming = queue.fresh(1, dict(ledger.reserved)) if ledger.policy.most else []
    return len(ledger.within_cap(coming)) < len(coming)


def _is_elsewhere(ledger: Ledger) -> bool:
    """Whether people of the wave under way are in other hands: what became of them is not known yet."""
    state, end = ledger.state, ledger.wave_end
    return bool(ledger.handed and state.count(State.HANDED, 0, end) + state.count(State.CLAIMED, 0, end))


def _doubts(ledger: Ledger, queue: Queue, now: float, *, stopping: bool) -> tuple[int, ...]:
    """Users to read now. While stopping, one look each is worth it; waiting for more is not."""
    found = (c for c in due(ledger, ledger.doubtful, State.DOUBT, now) if c not in queue.looking)
    return tuple(islice((c for c in found if not stopping or not ledger.looks[c]), ledger.policy.group_size))


def _group(ledger: Ledger, queue: Queue, now: float) -> tuple[int, ...]:
    """Those whose wait is over first, then fresh ones, so that groups stay full while throttled changes wait."""
    size = ledger.policy.group_size
    spent: dict[str, int] = {}
    again = due(ledger, ledger.waiting, State.WAITING, now) if ledger.waiting else ()
    group = list(islice((c for c in again if spend(ledger, queue.needs_of(c), spent)), size))
    return (*group, *ledger.within_cap(queue.fresh(size - len(group), dict(ledger.reserved))))


def due(ledger: Ledger, heap: list[Due], state: State, now: float) -> Iterator[int]:
    """The changes of this heap whose time has come, earliest first; drops items that no longer count."""
    while heap and not _current(ledger, heap[0], state):
        heappop(heap)
    if heap and heap[0].at <= now:
        yield from (item.change for item in _in_order(heap, now) if _current(ledger, item, state))


def _in_order(heap: list[Due], now: float) -> Iterator[Due]:
    """The due items of a heap in order, each once (the same may stand in it twice), without taking them out."""
    frontier = [(heap[0], 0)]
    last = None
    while frontier:
        item, at = heappop(frontier)
        if item.at > now:
            return
        if item != last:
            yield item
        last = item
        for child in (2 * at + 1, 2 * at + 2):
            if child < len(heap):
                heappush(frontier, (heap[child], child))


def _current(ledger: Ledger, item: Due, state: State) -> bool:
    return ledger.state[item.change] == state and ledger.due[item.change] == item.at


def next_due(ledger: Ledger, queue: Queue, now: float) -> float | None:
    """The next moment after ``now`` at which a change may be sent, or a user read, again; None when there is none."""
    times = [
        item.at
        for heap, state in ((ledger.waiting, State.WAITING), (ledger.doubtful, State.DOUBT))
        for item in (heap[:1] if heap and heap[0].at > now else heap)
        if item.at > now and item.change not in queue.looking and _current(ledger, item, state)
    ]
    return min(times, default=None)


def _why(ledger: Ledger) -> str:
    first = [item.change for heap in (ledger.waiting, ledger.doubtful) for item in heap[:1]]
    return ", ".join(sorted({ledger.why[c][0] for c in first if c in ledger.why})) or "waiting"
