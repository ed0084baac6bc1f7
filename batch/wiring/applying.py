"""Carrying out the plan of a run folder, with the checks that come before."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from batch.core.changes import compare
from batch.core.entries import Seen
from batch.core.errors import PlanGuarded, PlanStale
from batch.core.ledger import Ledger
from batch.core.pace import Policy
from batch.core.plan import Changes, plan_digest, terms_digest
from batch.engine.apply import apply, replay
from batch.engine.ports import Tenant, Watcher
from batch.engine.reading import patiently
from batch.runs.folder import RunFolder, readable
from batch.runs.store import load_changes, load_outcomes, load_skus
from batch.wiring.parts import SteadyClock, StopSignal, Watchers, open_tenant

_AGAIN = "Plan again: reassign plan, with the same options."


def load_verified(folder: RunFolder) -> Changes:
    """The plan's changes; ``PlanStale`` when the plan in the folder is not the one its id stands for."""
    with readable(folder.path):
        changes = load_changes(folder.db)
        digest = plan_digest(load_skus(folder.db), changes, *load_outcomes(folder.db))
        meta = folder.meta()
        planned = meta["plan_id"]
        terms = terms_digest(planned, meta["guards"], meta["policy"])
    if digest != planned or terms != meta["terms"]:
        raise PlanStale(f"The plan in {folder.path} was changed since it was made.", _AGAIN)
    return changes


def check_guards(meta: dict[str, Any], allowed: Sequence[str]) -> None:
    """``PlanGuarded`` while the plan is held back by something that ``allowed`` (options as typed) does not name."""
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
    """``PlanStale`` when somebody whom the plan moves no longer holds what the plan was made from."""
    people = await patiently(lambda: tenant.people(set(changes.upn)), Policy())
    now = dict(zip(people.ids, people.holding, strict=True))
    known: dict[tuple[int, int], bool] = {}
    moved = []
    for user_id, upn, kind in zip(changes.user_id, changes.upn, changes.kind, strict=True):
        holding = now.get(user_id, -1)
        if (kind, holding) not in known:
            before = holding >= 0 and compare(changes.kinds[kind], people.holdings[holding]) is Seen.BEFORE
            known[(kind, holding)] = before
        if not known[(kind, holding)]:
            moved.append(upn)
    if moved:
        shown = ", ".join(moved[:3]) + (" …" if len(moved) > 3 else "")
        raise PlanStale(f"The licences of {len(moved)} people changed since the plan was made: {shown}", _AGAIN)


@contextlib.contextmanager
def tenant_of(folder: RunFolder, meta: dict[str, Any], faults: str | None = None) -> Iterator[Tenant]:
    """The tenant that the run's plan was made for, open for as long as the block lasts."""
    own = meta["job"]["tenant"] == ""
    chosen = meta["job"]["faults"] if faults is None else faults
    tenant = open_tenant(meta["tenant"], chosen, base=folder.path if own else None)
    try:
        yield tenant
    finally:
        asyncio.run(tenant.close())


def carry_out(
    folder: RunFolder, tenant: Tenant, changes: Changes, watchers: Sequence[Watcher], policy: Policy, *, fresh: bool
) -> Ledger:
    """Apply, or carry on. ``fresh`` says that the plan was made a moment ago, so the people need no second look."""

    async def go(stop: StopSignal) -> Ledger:
        if not fresh and not replay(changes, journal.entries()).started_at:
            await check_people(changes, tenant)
        return await apply(changes, tenant, journal, SteadyClock(), Watchers(watchers, stop), policy)

    journal = folder.journal()
    with StopSignal() as stop:
        return asyncio.run(go(stop))
