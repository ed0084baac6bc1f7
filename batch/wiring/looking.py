"""What the tenant shows now about every change of a plan."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from batch.core.cells import Once
from batch.core.changes import compare_whole
from batch.core.entries import Seen
from batch.core.ledger import Ledger
from batch.core.pace import Policy, wait_for
from batch.core.plan import Changes
from batch.core.reconcile import units_moved, unsure
from batch.core.settle import observe
from batch.core.states import OUTCOMES, State
from batch.core.terms import Way, group_of
from batch.engine.ports import Clock, Tenant
from batch.engine.reading import patiently

#: Users that are read together.
_GROUP = 20
#: How often a user who could not be read is read again, and with which pauses.
_TRIES, _PATIENCE = 6, Policy(backoff=0.5, longest_wait=30.0)
#: Seconds until those that differ are read again; doubles each time up to the longest.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 60.0

#: Told how many still differ and for how many seconds they may.
Waiting = Callable[[int, float], None]


async def seen_now(changes: Changes, tenant: Tenant, *, under_way: bool = False) -> list[Seen]:
    """For each change what a read of its user shows, taken as settled; ``under_way`` as ``patiently`` has it.

    Users are read in bulk by name; who is not found so (renamed, or gone) is looked for by id.
    """
    touched = {s for k in changes.kinds for s in (*k.remove, *(a.sku_id for a in k.add))}
    names = set(changes.upn)
    if any(kind.way is Way.GROUP for kind in changes.kinds):
        names = {upn for upn, user in zip(changes.upn, changes.user_id, strict=True) if not group_of(user)}
    people = await patiently(lambda: tenant.people(names, touched), Policy(), under_way=under_way)
    holding = dict(zip(people.ids, people.holding, strict=True))
    known = Once[tuple[int, int], Seen](lambda key: compare_whole(changes.kinds[key[0]], people.holdings[key[1]]))
    seen = [
        known[(kind, holding[user])] if user in holding else Seen.UNSEEN
        for user, kind in zip(changes.user_id, changes.kind, strict=True)
    ]
    await _look_at([n for n, user in enumerate(changes.user_id) if user not in holding], seen, changes, tenant)
    return seen


async def settled_now(
    changes: Changes,
    ledger: Ledger,
    before: Mapping[str, int],
    tenant: Tenant,
    clock: Clock,
    waiting: Waiting = lambda left, seconds: None,
    told_first: Callable[[Sequence[Seen]], object] = lambda seen: None,
) -> tuple[list[Seen], dict[str, int]]:
    """What is seen of each change, and consumed units by SKU, once reads no longer lag behind our own writes.

    Entra ID is eventually consistent, so whatever differs is read again, one by one and with growing waits, until it
    agrees or no read can lag any more; once only if somebody asked the run to stop. ``before``: consumed units before
    the first move. ``told_first`` is given what the first read shows, before anything is taken for a difference: it may
    bring the ledger up to date.
    """
    lag = 0.0 if ledger.stop == "interrupted" else max(tenant.read_lag, ledger.policy.settle)
    # The clock of the process that wrote last may have been ahead.
    deadline = min(max(ledger.at, default=0.0), clock.now()) + lag
    # What was done shall be told, even if the service cannot be reached for a few minutes just now.
    seen = await seen_now(changes, tenant, under_way=True)
    told_first(seen)
    moved = units_moved(changes.kinds, _applied(changes, ledger))
    expected = {sku: before[sku] + count for sku, count in moved.items() if sku in before}
    units: dict[str, int] = {}

    async def differing() -> tuple[list[int], int]:
        units.update({s.sku_id: s.consumed for s in await patiently(tenant.skus, Policy(), under_way=True)})
        odd = [n for n, what in enumerate(seen) if unsure(OUTCOMES[State(ledger.state[n])], what)]
        return odd, len(odd) + sum(units.get(sku) != count for sku, count in expected.items())

    await read_again(differing, seen, changes, tenant, lambda: deadline - clock.now(), waiting)
    return seen, units


async def read_again(
    differing: Callable[[], Awaitable[tuple[list[int], int]]],
    seen: list[Seen],
    changes: Changes,
    tenant: Tenant,
    left: Callable[[], float],
    waiting: Waiting,
) -> None:
    """Read those that differ again, into ``seen``, until nothing differs or no read can lag any more.

    ``differing`` says which changes differ, and how much differs in all; ``left``: for how many seconds reads may lag.
    """
    pause = 0.0 if tenant.read_lag else _FIRST_PAUSE
    while True:
        odd, differs = await differing()
        seconds = left()
        # A list may be older than a user read alone, so those that differ are read alone once in any case.
        if not differs or (seconds <= 0 and pause):
            return
        if pause:
            waiting(differs, seconds)
        await asyncio.sleep(min(pause, max(seconds, 0.0)))
        pause = min(pause * 2, _LONGEST_PAUSE) or _FIRST_PAUSE
        await _look_at(odd, seen, changes, tenant)


def _applied(changes: Changes, ledger: Ledger) -> Iterable[int]:
    done = Counter(k for k, state in zip(changes.kind, ledger.state, strict=True) if state == State.APPLIED)
    return [done[k] for k in range(len(changes.kinds))]


async def _look_at(numbers: list[int], seen: list[Seen], changes: Changes, tenant: Tenant) -> None:
    """Read the users of these changes one by one, several times if need be; who cannot be read stays as seen before."""
    for first in range(0, len(numbers), _GROUP):
        left = numbers[first : first + _GROUP]
        for tries in range(1, _TRIES + 1):
            sights = await tenant.look([changes.user_id[n] for n in left])
            for n, sight in zip(left, sights, strict=True):
                found = observe(changes.kinds[changes.kind[n]], sight, settled=True)
                seen[n] = found if found is not Seen.UNSEEN else seen[n]
            unread = [(n, s.retry_after) for n, s in zip(left, sights, strict=True) if s.status not in (200, 404)]
            left = [n for n, _ in unread]
            if not left or tries == _TRIES:
                break
            await asyncio.sleep(wait_for(_PATIENCE, left[0], tries, max(hint for _, hint in unread)))
