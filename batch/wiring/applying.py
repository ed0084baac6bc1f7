"""Carrying out the plan of a run folder, with the checks that come before."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from batch.core.entries import Entry, EntryKind
from batch.core.errors import PlanGuarded, PlanStale
from batch.core.ledger import Ledger
from batch.core.pace import Policy
from batch.core.plan import Changes, plan_digest, terms_digest
from batch.engine.apply import apply, replay
from batch.engine.ports import Clock, Journal, Tenant, Watcher
from batch.engine.reading import patiently
from batch.runs.folder import RunFolder, readable
from batch.runs.store import load_changes, load_outcomes, load_skus
from batch.wiring.drifting import AGAIN, check_products, leave_who_changed
from batch.wiring.opening import Reach, Tell, opened
from batch.wiring.parts import StopSignal, Watchers, account
from batch.wiring.verifying import looks_again

_NOTHING: Mapping[str, Any] = {}
#: How long at most until a request to stop is noticed.
_NAP = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Who is told what while a plan is carried out."""

    #: What is done before the first group leaves; "" once it does.
    stage_is: Callable[[str], None] = lambda text: None
    #: Somebody asked to stop.
    stopping: Callable[[], None] = lambda: None
    #: Who changed since the plan was made, in sentences.
    left_alone: Callable[[str], None] = lambda text: None
    #: Who hears of Ctrl-C where that is caught around more than this run, and tells it; None: the run catches it.
    stop: StopSignal | None = None


_NOBODY = Listener()
#: What a plan's digests are made of; another number is another way, and cannot be checked here.
FORMAT = 2


def load_verified(folder: RunFolder) -> Changes:
    """The plan's changes; ``PlanStale`` when the plan in the folder is not the one its id stands for."""
    with readable(folder.path):
        changes = load_changes(folder.db)
        digest = plan_digest(load_skus(folder.db), changes, *load_outcomes(folder.db))
        meta = folder.meta()
        planned = meta["plan_id"]
        terms = terms_of(meta)
    if meta.get("format", 1) != FORMAT:
        raise PlanStale(
            f"The plan in {folder.path} was made by another version of this program ({meta.get('version', '?')}).",
            "Plan again with this one. To carry on with it, or to undo it, use the version that made it.",
        )
    if digest != planned or terms != meta["terms"]:
        raise PlanStale(f"The plan in {folder.path} was changed since it was made.", AGAIN)
    return changes


#: Noted by this version; what a person reads before they approve is among it.
_LATER = ("organisation", "reached", "protect", "names", "title", "assumed", "prices", "planned_by", "planned_at")


def terms_of(meta: Mapping[str, Any]) -> str:
    """The digest over what the plan may be carried out under: what holds it back, bounds, job, sheets and tenant."""
    keys = ["guards", "policy", "job", "sheets", "tenant_at"]
    # Folders of earlier versions say less.
    keys += [key for key in _LATER if key in meta]
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
    for sheet in (*meta["sheets"], *meta.get("protect", ())):
        path = Path(sheet["at"])
        if sheet["digest"] and path.is_file():
            with path.open("rb") as file:
                now = hashlib.file_digest(file, "sha256").hexdigest()
            if now != sheet["digest"]:
                raise PlanStale(f"{sheet['file']} was changed since the plan was made.", AGAIN)


async def look_first(
    folder: RunFolder, changes: Changes, tenant: Tenant, ledger: Ledger, journal: Journal, now: float
) -> str:
    """Look at seats and people before anything (more) is sent, and leave alone who was changed by somebody else.

    Before the first move it is kept how the seats stand: what came and went since the plan is none of this run's doing.
    What to say about people, in sentences. Raises what ``drifting`` raises.
    """
    begun = bool(ledger.started_at)
    skus = () if begun else await patiently(tenant.skus, Policy())
    if not begun:
        check_products(changes, load_skus(folder.db), skus)
    said = await leave_who_changed(changes, tenant, ledger, journal, now)
    if not begun:
        folder.note({"before": {s.sku_id: [s.enabled, s.consumed] for s in skus}})
    return said


def tenant_of(
    folder: RunFolder, meta: Mapping[str, Any], given: Mapping[str, Any] = _NOTHING, tell: Tell = lambda text: None
) -> AbstractContextManager[Tenant]:
    """The tenant that the run's plan was made for, open for as long as the block lasts."""
    return opened(Reach.again(meta, folder.path, given), meta, tell)


async def _unless_stopped(work: Coroutine[None, None, str], stop: StopSignal) -> str:
    """What the work comes to, or end as Ctrl-C does as soon as somebody asks to stop: nothing has left yet."""
    task = asyncio.ensure_future(work)
    while not task.done() and not stop.asked:
        await asyncio.wait([task], timeout=_NAP)
    if not task.done():
        task.cancel()
        await asyncio.wait([task])
        raise KeyboardInterrupt
    return task.result()


def carry_out(
    folder: RunFolder,
    tenant: Tenant,
    changes: Changes,
    watchers: Sequence[Watcher],
    policy: Policy,
    clock: Clock,
    *,
    fresh: bool,
    listener: Listener = _NOBODY,
) -> Ledger:
    """Apply, or carry on. ``fresh`` says that the plan was made a moment ago, so the people need no second look.

    ``KeyboardInterrupt`` when the listener's ``stop`` was asked before this began.
    """

    async def go(stop: StopSignal) -> Ledger:
        if stop.asked:
            raise KeyboardInterrupt
        first = "Looking at everybody before the first move"
        tenant.so_far = lambda users: listener.stage_is(f"{first}: {users:,} people")
        ledger, said = replay(changes, journal.entries()), ""
        if ledger.started_at or not fresh:
            said = await _unless_stopped(look_first(folder, changes, tenant, ledger, journal, clock.now()), stop)
        tenant.so_far = lambda users: None
        listener.stage_is("")
        if said:
            listener.left_alone(said)
        watcher = Watchers(watchers, stop)
        look_again = looks_again(changes, tenant, clock, lambda left, seconds: watcher.waits(seconds, "verifying"))
        if ledger.open:
            journal.append([Entry(EntryKind.CARRIED_OUT, -1, clock.now(), code=account())])
        return await apply(changes, tenant, journal, clock, watcher, policy, look_again)

    journal = folder.journal()
    # Whatever was planned: a read is believed only once it can no longer lag on this tenant.
    policy = replace(policy, settle=max(policy.settle, tenant.read_lag))
    with contextlib.nullcontext(listener.stop) if listener.stop else StopSignal(listener.stopping) as stop:
        return asyncio.run(go(stop))
