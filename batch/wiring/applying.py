"""Carrying out the plan of a run folder, with the checks that come before."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from batch.core.entries import Entry, EntryKind, Seen
from batch.core.errors import PlanGuarded, PlanStale, TenantUnavailable
from batch.core.ledger import Ledger
from batch.core.pace import Policy
from batch.core.plan import Changes, plan_digest, terms_digest
from batch.core.states import State
from batch.engine.apply import apply, replay
from batch.engine.ports import Clock, Journal, Tenant, Watcher
from batch.engine.reading import patiently
from batch.runs.folder import RunFolder, readable
from batch.runs.store import load_changes, load_outcomes, load_skus
from batch.wiring.looking import seen_now
from batch.wiring.opening import Reach, Tell, opened
from batch.wiring.parts import StopSignal, Watchers

_NOTHING: Mapping[str, Any] = {}
#: How long at most until a request to stop is noticed.
_NAP = 0.2
_AGAIN = "Plan again: reassign plan, with the same options."


def load_verified(folder: RunFolder) -> Changes:
    """The plan's changes; ``PlanStale`` when the plan in the folder is not the one its id stands for."""
    with readable(folder.path):
        changes = load_changes(folder.db)
        digest = plan_digest(load_skus(folder.db), changes, *load_outcomes(folder.db))
        meta = folder.meta()
        planned = meta["plan_id"]
        terms = terms_of(meta)
    if digest != planned or terms != meta["terms"]:
        raise PlanStale(f"The plan in {folder.path} was changed since it was made.", _AGAIN)
    return changes


def terms_of(meta: Mapping[str, Any]) -> str:
    """The digest over what the plan may be carried out under: what holds it back, bounds, job, sheets and tenant."""
    keys = ["guards", "policy", "job", "sheets", "tenant_at"]
    # Folders of earlier versions do not say whose tenant it was.
    keys += [key for key in ("organisation", "reached") if key in meta]
    return terms_digest(meta["plan_id"], *(meta[key] for key in keys))


def check_guards(folder: RunFolder, meta: dict[str, Any], words: Sequence[str]) -> None:
    """``PlanGuarded`` while the plan is held back by something that no word lets through; words said once are kept."""
    allowed = sorted({*meta.get("allowed", ()), *words})
    folder.note({"allowed": allowed})
    held = [g for g in meta["guards"] if g["word"] not in allowed]
    if held:
        words = " ".join(dict.fromkeys(g["word"] for g in held))
        raise PlanGuarded(" ".join(g["what"] for g in held), f"To let it through all the same, add: {words}")


def check_sheets(meta: dict[str, Any]) -> None:
    """``PlanStale`` when a sheet that the plan was made from has changed on disk. One that is gone is no hindrance."""
    for sheet in meta["sheets"]:
        path = Path(sheet["at"])
        if sheet["digest"] and path.is_file():
            with path.open("rb") as file:
                now = hashlib.file_digest(file, "sha256").hexdigest()
            if now != sheet["digest"]:
                raise PlanStale(f"{sheet['file']} was changed since the plan was made.", _AGAIN)


async def check_people(changes: Changes, tenant: Tenant) -> None:
    """``PlanStale`` when somebody whom the plan moves no longer holds what the plan was made from, or is gone.

    ``TenantUnavailable`` when somebody cannot be read.
    """
    seen = await seen_now(changes, tenant)
    gone = [upn for upn, what in zip(changes.upn, seen, strict=True) if what is Seen.GONE]
    unread = [upn for upn, what in zip(changes.upn, seen, strict=True) if what is Seen.UNSEEN]
    if unread:
        raise TenantUnavailable(
            f"{len(unread):,} of the people could not be read: {_some(unread)}.",
            "Nothing was sent. Try again later.",
        )
    changed = [upn for upn, what in zip(changes.upn, seen, strict=True) if what not in (Seen.BEFORE, Seen.GONE)]
    told = [
        f"{what} since the plan was made: {_some(upns)} ({len(upns)} in all)."
        for what, upns in (("Gone from the tenant", gone), ("With other licences", changed))
        if upns
    ]
    if told:
        raise PlanStale(" ".join(told), _AGAIN)


def _some(upns: Sequence[str]) -> str:
    return f"{', '.join(upns[:3])}{' …' if len(upns) > 3 else ''}"


async def hold_changed(changes: Changes, tenant: Tenant, ledger: Ledger, journal: Journal, now: float) -> None:
    """Before a run goes on: whoever is not sent yet and was changed by somebody else meanwhile is left alone."""
    unsent = (State.PENDING, State.WAITING)
    seen = await seen_now(changes, tenant)
    held = [n for n, what in enumerate(seen) if what is Seen.OTHER and ledger.state[n] in unsent]
    if held:
        journal.append([Entry(EntryKind.OBSERVED, n, now, status=Seen.OTHER) for n in held])


async def note_seats(folder: RunFolder, tenant: Tenant) -> None:
    """Keep how the seats stand before the first move: what came and went since the plan is none of this run's doing."""
    skus = await patiently(tenant.skus, Policy())
    folder.note({"before": {s.sku_id: [s.enabled, s.consumed] for s in skus}})


def tenant_of(
    folder: RunFolder, meta: Mapping[str, Any], given: Mapping[str, Any] = _NOTHING, tell: Tell = lambda text: None
) -> AbstractContextManager[Tenant]:
    """The tenant that the run's plan was made for, open for as long as the block lasts."""
    return opened(Reach.again(meta, folder.path, given), meta, tell)


async def _unless_stopped(work: Coroutine[None, None, None], stop: StopSignal) -> None:
    """Do the work, or end as Ctrl-C does as soon as somebody asks to stop: nothing has left yet."""
    task = asyncio.ensure_future(work)
    while not task.done() and not stop.asked:
        await asyncio.wait([task], timeout=_NAP)
    if not task.done():
        task.cancel()
        await asyncio.wait([task])
        raise KeyboardInterrupt
    task.result()


def carry_out(
    folder: RunFolder,
    tenant: Tenant,
    changes: Changes,
    watchers: Sequence[Watcher],
    policy: Policy,
    clock: Clock,
    *,
    fresh: bool,
    told: tuple[Callable[[str], None], Callable[[], None]] = (lambda text: None, lambda: None),
) -> Ledger:
    """Apply, or carry on. ``fresh`` says that the plan was made a moment ago, so the people need no second look.

    ``told`` are two who are told: what is done before the first group leaves ("" once it does), and that somebody
    asked to stop.
    """
    stage_is, stopping = told

    async def go(stop: StopSignal) -> Ledger:
        tenant.so_far = lambda users: stage_is(f"Looking at everybody before the first move: {users:,} people")
        ledger = replay(changes, journal.entries())
        if ledger.started_at:
            await _unless_stopped(hold_changed(changes, tenant, ledger, journal, clock.now()), stop)
        elif not fresh:
            await _unless_stopped(check_people(changes, tenant), stop)
            await _unless_stopped(note_seats(folder, tenant), stop)
        stage_is("")
        return await apply(changes, tenant, journal, clock, Watchers(watchers, stop), policy)

    journal = folder.journal()
    # Whatever was planned: a read is believed only once it can no longer lag on this tenant.
    policy = replace(policy, settle=max(policy.settle, tenant.read_lag))
    with StopSignal(stopping) as stop:
        return asyncio.run(go(stop))
