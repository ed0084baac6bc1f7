"""A plan that takes back what a run did, from the before-image in its folder. Changes nothing by itself."""

from __future__ import annotations

import asyncio
import csv
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from itertools import compress
from pathlib import Path
from typing import Any, NamedTuple

from batch.core.catalog import Catalog
from batch.core.effects import hazards_of
from batch.core.errors import UsageError
from batch.core.estate import NO_GROUPS, Groups
from batch.core.guard import Limits, guards
from batch.core.harmless import in_shell
from batch.core.hazards import HAZARDS
from batch.core.outcomes import Bucket
from batch.core.pace import Policy
from batch.core.plan import Changes, make_plan
from batch.core.requests import Requests
from batch.core.states import State
from batch.core.table import Table
from batch.core.terms import People, Sku, Snapshot, Way, group_of
from batch.core.undo import ask_back, decide_back
from batch.engine.apply import replay
from batch.engine.ports import Tenant
from batch.engine.reading import patiently
from batch.runs.folder import SHEETS, RunFolder, readable, staged
from batch.runs.jobfile import Job
from batch.runs.store import load_rows
from batch.sheets.products import known_products
from batch.sheets.reading import read_tables
from batch.wiring.applying import load_verified
from batch.wiring.keeping import free_name, keep_plan, mentioned, notes_of
from batch.wiring.modelling import carry_over
from batch.wiring.opening import Reach, Tell, is_modelled, is_own, opened, whose
from batch.wiring.origins import job_value
from batch.wiring.parts import SteadyClock, waited
from batch.wiring.planning import Planned, labelled, policy_of
from batch.wiring.protecting import Protected
from batch.wiring.rejects import column_meanings
from batch.wiring.ruling import rules_of

_SHEET = "undo.csv"


class _Done(NamedTuple):
    """What a run did, and where."""

    meta: Mapping[str, Any]
    #: The changes that took effect, by name of the person.
    changes: Changes
    #: Display names, by lower-case UPN, where the sheets had any.
    names: Mapping[str, str]
    #: Changes of which nobody knows whether they took effect.
    doubtful: int
    #: Changes in other hands; some of them may have taken effect.
    handed: int
    #: Whether others did any of it, in a tenant of which the run has a model alone.
    elsewhere: bool


def undo_run(
    run: Path, job: Job, stage_is: Callable[[str], None] = lambda text: None, tell: Tell = lambda text: None
) -> Planned:
    """Plan the way back for everybody whom the run in this folder moved; ``job`` has what the command line says.

    Raises ``UsageError`` when the run moved nobody, and whatever reading its folder and its tenant raises.
    """
    stage_is("Reading what the run did")
    done = _done(run)
    protected = Protected.read(job.protect)
    now = SteadyClock().now()
    target = job.out or Path("runs") / f"{free_name(now)}-undo"
    reach = Reach.again(done.meta, run, {"sign_in": job.sign_in or None, "settle": job.settle, "faults": job.faults})
    # What needed a second person's word, or went in waves, does so on the way back as well.
    before = done.meta["job"]
    job = replace(job, approval=job.approval or before.get("approval"), pilot=job.pilot or before.get("pilot"))
    job = replace(job, tenant=_where(run, done.meta), cloud=reach.cloud, sign_in=reach.sign_in, faults=reach.faults)
    with staged(target) as stage:
        stage_is("Reading the tenant")
        with opened(reach, done.meta, tell) as tenant:
            tenant.so_far = lambda users: stage_is(f"Reading the tenant: {users:,} people")
            snapshot, groups = waited(_snapshot(tenant, done.changes, now))
            rules = waited(protected.into(rules_of(job), tenant, real=not is_own(before["tenant"])))
            notes = notes_of(job, tenant, asyncio.run(whose(tenant)), now, policy_of(job, tenant))
        stage_is(f"Planning the way back of {len(done.changes):,} people")
        catalog = Catalog.of(snapshot.skus, known_products())
        table = _sheet(stage, done, catalog)
        requests = _requests(table, done.changes)
        plan = make_plan(requests, snapshot, rules, partial(decide_back, groups=groups), groups)
        labels = {s: catalog.label(s) for s in mentioned(plan, requests)}
        held = guards(plan, Limits(max_changes=job.max_changes, max_share=job.max_share), labels)
        meta = {
            **notes,
            "run": target.name,
            "title": f"Undo of {done.meta['run']}",
            "assumed": (*_assumed(run, done, snapshot.skus), *protected.said()),
            "protect": protected.keep(stage),
            **{name: done.meta[name] for name in ("prices",) if name in done.meta},
            **({"modelled": True} if is_modelled(done.meta) else {}),
            **({"others_did": True} if done.elsewhere else {}),
            "undoes": {"run": done.meta["run"], "folder": str(run.resolve()), "plan_id": done.meta["plan_id"]},
            "job": job_value(job),
            "sheets": [{"file": _SHEET, "at": "", "copy": f"0-{_SHEET}", "digest": table.digest}],
            "columns": column_meanings((table,)),
        }
        keep_plan(stage, plan, requests, held, labels, meta)
    return Planned(target, plan, held)


def _done(run: Path) -> _Done:
    with RunFolder.open(run) as folder, folder.locked():
        changes = load_verified(folder)
        ledger = replay(changes, folder.journal().entries())
        meta = folder.meta()
        # Should the last collection have been cut short.
        carry_over(folder, meta, changes, ledger)
        with readable(run):
            names = {user: name for _, _, user, name, *_ in load_rows(folder.db) if name}
    order = sorted((n for n, s in enumerate(ledger.state) if s == State.APPLIED), key=changes.upn.__getitem__)
    if not order:
        said = f"The run in {run} moved nobody, so there is nothing to undo."
        raise UsageError(said, f"See it: reassign show {in_shell(run)}")
    doubtful = ledger.tally[State.DOUBT] + ledger.tally[State.UNSETTLED] + ledger.tally[State.FLYING]
    applied = Changes(
        user_id=[changes.user_id[n] for n in order],
        upn=[changes.upn[n] for n in order],
        kind=[changes.kind[n] for n in order],
        kinds=changes.kinds,
    )
    return _Done(meta, applied, names, doubtful, ledger.handed, is_modelled(meta) and bool(ledger.hands))


def _where(run: Path, meta: Mapping[str, Any]) -> str:
    """The run's tenant as a plan in another folder names it."""
    at = str(meta["tenant_at"])
    return f"practice:{(run / at.partition(':')[2]).resolve()}" if is_own(meta["job"]["tenant"]) else at


async def _snapshot(tenant: Tenant, changes: Changes, now: float) -> tuple[Snapshot, Groups]:
    """The tenant as it is now. Somebody who has only the name of a person who was moved is not that person."""
    groups = await _groups(tenant, {kind.join for kind in changes.kinds if kind.way is Way.GROUP})
    skus = labelled(await patiently(tenant.skus, Policy()), known_products())
    touched = {s for kind in changes.kinds for s in (*kind.remove, *(a.sku_id for a in kind.add))}
    users = {upn for upn, key in zip(changes.upn, changes.user_id, strict=True) if not group_of(key)}
    found = await patiently(lambda: tenant.people(users, touched), Policy())
    moved = set(changes.user_id)
    same = [user_id in moved for user_id in found.ids]
    columns = (found.ids, found.upns, found.names, found.locations)
    ids, upns, names, locations = (list(compress(column, same)) for column in columns)
    people = People(ids, upns, names, locations, list(compress(found.holding, same)), found.holdings)
    return Snapshot(tenant=tenant.name, taken_at=now, skus=skus, people=people), groups


async def _groups(tenant: Tenant, wanted: set[str]) -> Groups:
    """The groups whose own licences were changed, as they are now."""
    if not wanted:
        return NO_GROUPS
    known = {g.group_id: g for g in await patiently(tenant.licensing_groups, Policy()) if g.group_id in wanted}
    members = {g: await patiently(partial(tenant.members, g), Policy()) for g in sorted(known)}
    return Groups(known, members)


def _sheet(stage: Path, done: _Done, catalog: Catalog) -> Table:
    """The way back as a sheet of moves, kept with the run like any sheet that is read."""
    (stage / SHEETS).mkdir()
    path = stage / SHEETS / f"0-{_SHEET}"
    asks = [ask_back(kind) for kind in done.changes.kinds]
    cells = ["; ".join(ask.remove) for ask in asks], ["; ".join(ask.add) for ask in asks]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("User principal name", "Display name", "Remove licenses", "Add licenses"))
        for upn, kind in zip(done.changes.upn, done.changes.kind, strict=True):
            writer.writerow((upn, done.names.get(upn, ""), cells[0][kind], cells[1][kind]))
    (table,) = read_tables(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return replace(table, file=_SHEET, digest=digest)


def _requests(table: Table, changes: Changes) -> Requests:
    """Each row asks to take back the change of its person."""
    count = len(changes)
    return Requests(
        tables=(table,),
        table=[0] * count,
        row=table.rows,
        user=changes.upn,
        ask=changes.kind,
        asks=tuple(map(ask_back, changes.kinds)),
        bucket=[Bucket.PLANNED] * count,
        code=[""] * count,
        problems=(),
    )


def _assumed(run: Path, done: _Done, skus: Iterable[Sku]) -> tuple[str, ...]:
    said = [f"Everybody goes back to what they held before {run}; a usage location that was set stays."]
    owned = {s.sku_id: s for s in skus}
    lost = {name for kind in set(done.changes.kind) for name in hazards_of(done.changes.kinds[kind], owned)}
    said += [f"Not given back by this: {h.not_back}." for name, h in HAZARDS.items() if name in lost and h.not_back]
    if done.doubtful:
        said.append(
            f"{done.doubtful:,} more are in doubt: nobody knows whether they were moved. "
            f"Settle that first: reassign apply {in_shell(run)}"
        )
    if done.handed:
        said.append(
            f"{done.handed:,} more are in other hands, and may be moved or about to be. "
            f"Take in first what was done there: reassign collect {in_shell(run)} FILE, or reassign handover "
            f"{in_shell(run)} --revoke"
        )
    return tuple(said)
