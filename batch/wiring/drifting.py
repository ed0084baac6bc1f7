"""Who and what changed since the plan was made, found before anything (more) is sent.

People who changed are left alone, one by one; everybody else goes. A plan most of whose people changed, or whose
products are no longer there to give, is stale as a whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from batch.core.decide import ASSIGNABLE
from batch.core.entries import Entry, EntryKind, Seen
from batch.core.errors import PlanStale, TenantUnavailable
from batch.core.ledger import Ledger
from batch.core.plan import Changes
from batch.core.reconcile import units_moved
from batch.core.states import State
from batch.core.terms import Sku
from batch.engine.ports import Journal, Tenant
from batch.wiring.grouping import check_groups
from batch.wiring.looking import seen_now
from batch.wiring.news import CERTAIN, News, Source

AGAIN = "Plan again: reassign plan, with the same options."
#: The share of a plan's people who may have changed before it is another plan's time.
_MOST = 0.5
#: What is said of those who are seen so.
_TOLD = {
    Seen.OTHER: "With other licences since the plan was made",
    Seen.GONE: "Gone from the tenant since the plan was made",
    Seen.AFTER: "Moved already by somebody else, so there is nothing to do",
}


async def leave_who_changed(changes: Changes, tenant: Tenant, ledger: Ledger, journal: Journal, now: float) -> str:
    """Look at everybody; who is not sent yet and was changed by somebody else is noted, so that nothing is sent for
    them. What to say about it, in sentences; empty when nobody changed.

    Raises ``PlanStale`` when nothing was begun and most changed, ``TenantUnavailable`` when nothing was begun and
    somebody could not be read.
    """
    seen = await seen_now(changes, tenant)
    if not ledger.started_at:
        await check_groups(changes, seen, tenant)
        _check_begin(changes, seen)
    if ledger.hands:
        # What others have done meanwhile: their seats are in use already, and are no longer kept for them.
        news = News(ledger, lambda: now)
        news.take(Source.TENANT, {"name": tenant.name}, lambda: news.prove(seen, CERTAIN, range(len(seen))))
        news.write(journal)
    found = [(n, what) for n, what in enumerate(seen) if what is not Seen.BEFORE]
    drifted = [(n, what) for n, what in found if _is_left_alone(State(ledger.state[n]), what)]
    if drifted:
        journal.append([Entry(EntryKind.OBSERVED, n, now, status=what) for n, what in drifted])
    return f"Left alone. {_told(changes, drifted)}" if drifted else ""


def check_products(changes: Changes, planned: Iterable[Sku], now: Iterable[Sku]) -> None:
    """``PlanStale`` when a product that the plan gives is no longer there to be given, or was cut below its need.

    ``planned`` are the tenant's SKUs as the plan knows them. Seats that others took meanwhile are no reason: who finds
    none is not sent, and the run says so.
    """
    before, owned = {s.sku_id: s for s in planned}, {s.sku_id: s for s in now}
    sizes = Counter(changes.kind)
    needed = units_moved(changes.kinds, [sizes[k] for k in range(len(changes.kinds))])
    for sku_id in sorted({a.sku_id for number in sizes for a in changes.kinds[number].add}):
        name = before[sku_id].name if sku_id in before else sku_id
        sku = owned.get(sku_id)
        if sku is None:
            raise PlanStale(f"The tenant no longer has {name}, which the plan gives.", AGAIN)
        if sku.status not in ASSIGNABLE:
            raise PlanStale(f"{name}, which the plan gives, is {sku.status.value} now.", AGAIN)
        if sku_id in before and sku.enabled < before[sku_id].enabled and needed.get(sku_id, 0) > sku.free:
            raise PlanStale(
                f"{name} had {before[sku_id].enabled:,} seats when the plan was made and has {sku.enabled:,} now; "
                f"{needed[sku_id]:,} free ones are needed and {max(sku.free, 0):,} are there.",
                AGAIN,
            )


def _check_begin(changes: Changes, seen: Sequence[Seen]) -> None:
    unread = [upn for upn, what in zip(changes.upn, seen, strict=True) if what is Seen.UNSEEN]
    if unread:
        raise TenantUnavailable(
            f"{len(unread):,} of the people could not be read: {_some(unread)}.",
            "Nothing was sent. Try again later.",
        )
    drifted = [(n, what) for n, what in enumerate(seen) if what is not Seen.BEFORE]
    if len(drifted) > _MOST * len(changes):
        raise PlanStale(
            f"{len(drifted):,} of {len(changes):,} people changed since the plan was made, so it is not begun. "
            f"{_told(changes, drifted)}",
            AGAIN,
        )


def _is_left_alone(state: State, seen: Seen) -> bool:
    """Whether the ledger takes note of this: of whoever was sent before the service's own answers tell."""
    if state is State.PENDING:
        return seen in (Seen.OTHER, Seen.GONE, Seen.AFTER)
    if state is State.EXHAUSTED:
        return seen in (Seen.OTHER, Seen.AFTER)
    return state is State.WAITING and seen is Seen.OTHER


def _told(changes: Changes, drifted: Sequence[tuple[int, Seen]]) -> str:
    parts = []
    for seen, what in _TOLD.items():
        upns = [changes.upn[n] for n, found in drifted if found is seen]
        if upns:
            parts.append(f"{what}: {_some(upns)} ({len(upns):,} in all).")
    return " ".join(parts)


def _some(upns: Sequence[str]) -> str:
    return f"{', '.join(upns[:3])}{' …' if len(upns) > 3 else ''}"
