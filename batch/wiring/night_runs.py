"""The run of a delivery: planned, let through, carried out or on as far as the night allows, and how it stands then."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from batch.core.errors import PlanGuarded, ReassignError, RunLocked, SheetChanged, SheetError
from batch.core.harmless import in_shell
from batch.core.night_events import EventKind
from batch.core.night_records import Delivery
from batch.core.night_values import plain
from batch.core.nights import RunNight, Standing
from batch.runs import locks
from batch.runs.folder import DATABASE, RunFolder
from batch.runs.jobfile import Job
from batch.wiring import applying, approving, timing
from batch.wiring.night_files import judge, path_of
from batch.wiring.night_parts import LOCKS, PAGE, RUNS, JobTurn
from batch.wiring.night_standing import (
    STOPPED,
    STOPPED_ITSELF,
    Now,
    carry_on_by_hand,
    ended,
    failed,
    given_up,
    look,
    removed,
    stood,
    told,
)
from batch.wiring.opening import GRAPH, is_own, located
from batch.wiring.planning import plan_run
from batch.wiring.reporting import report_of, write_reports
from batch.wiring.running import carry_on


def tenant_key(job: Job, env: Mapping[str, str]) -> str:
    """What tells the tenants of jobs apart; empty for one of the run's own, which nobody shares."""
    if is_own(job.tenant):
        return ""
    if job.tenant == GRAPH:
        return f"{GRAPH}:{job.cloud or 'global'}:{env.get('AZURE_TENANT_ID', '').casefold()}"
    return located(job.tenant)


def run_path(turn: JobTurn, run: str) -> Path:
    """The folder of this run, as a person would type it."""
    return turn.nights.folder / RUNS / run


def plan_and_go(turn: JobTurn, delivery: Delivery) -> None:
    """Plan, and go at once: nobody else changes the tenant between the two, or the people are looked at again."""
    with ExitStack() as stack:
        alone = True
        try:
            _lock_tenant(turn, tenant_key(turn.job, turn.nights.env), f"job {turn.key}", stack)
        except RunLocked:
            alone = False
        plan(turn, delivery)
        if not alone:
            turn.planned = ""
        if delivery.run and delivery.accepted:
            go(turn, delivery, alone=alone)


def plan(turn: JobTurn, delivery: Delivery) -> None:
    """Make a plan of the delivery's files in a run folder of its own; raises what planning raises."""
    number = delivery.plans + 1
    name = delivery.id if number == 1 else f"{delivery.id}-plan{number}"
    path = run_path(turn, name)
    adopted = (path / DATABASE).is_file()  # the night was killed between the plan and the book
    if not adopted:
        try:
            _plan(turn, delivery, path)
        except (SheetChanged, SheetError):
            # Whoever had it open when it was claimed has gone on writing, or has taken it away.
            judge(turn, delivery)
            if not delivery.accepted:
                return
            _plan(turn, delivery, path)
    with RunFolder.open(path) as folder:
        folder.note({"allowed": ["--allow-short"] if turn.job.allow_short else []})
    now = look(path)
    if delivery.run:
        turn.notes.append(f"{delivery.run.run} is planned anew as {name}. {delivery.run.what}")
    turn.looked = (delivery.id, now)
    run = told(turn, delivery, path, now, Standing.WAITS, now.report.exit_code)
    tenant = tenant_key(turn.job, turn.nights.env)
    turn.note(EventKind.PLANNED, delivery.id, run=plain(run), tenant=tenant)
    turn.planned = "" if adopted else delivery.id


def _plan(turn: JobTurn, delivery: Delivery, path: Path) -> None:
    nights = turn.nights
    judged = {path_of(turn, delivery, file): file.digest for file in delivery.accepted}
    job = replace(turn.job, users=tuple(judged), out=path)
    plan_run(job, nights.onlooker.stage_is, nights.onlooker.tell, clock=nights.clock.steady(), judged=judged)


def go(turn: JobTurn, delivery: Delivery, *, alone: bool = False) -> None:
    """Carry the run of this delivery out, or on, as far as it may go now; how it stands is written down.

    ``alone``: its tenant is locked already.
    """
    assert delivery.run is not None
    path = run_path(turn, delivery.run.run)
    if path.parent.is_dir() and not os.path.lexists(path):
        _left(turn, delivery, removed(turn, delivery), None, over=True)
        return
    sent = None
    try:
        with ExitStack() as stack:
            if not alone:
                _lock_tenant(turn, delivery.tenant, f"job {turn.key}, run {delivery.id}", stack)
            run, over, sent = _gone(turn, delivery, path)
    except ReassignError as error:
        if isinstance(error, RunLocked):
            turn.busy.add(delivery.id)
        run, over = failed(turn, delivery, path, error), False
    except KeyboardInterrupt:
        _left(turn, delivery, _stopped(turn, delivery, path), None, over=False)
        raise
    _left(turn, delivery, run, sent, over=over)


def _stopped(turn: JobTurn, delivery: Delivery, path: Path) -> RunNight:
    """How the run stands after a second request to stop, which ends everything where it is."""
    what, todo = "It was stopped.", "Nothing to do: it is carried on."
    try:
        return told(turn, delivery, path, look(path), Standing.STOPPED, 130, what, todo)
    except ReassignError:
        return stood(turn, delivery, Standing.STOPPED, 130, what, todo)


def _lock_tenant(turn: JobTurn, tenant: str, about: str, stack: ExitStack) -> None:
    if not tenant:
        return
    folder = turn.nights.folder / LOCKS
    stale = stack.enter_context(locks.held(folder, f"tenant-{tenant}", about, turn.nights.clock.now()))
    if stale:
        turn.notes.append(
            f"A lock on the tenant was left behind by {stale}; that process is gone, and this one goes on."
        )


def _gone(turn: JobTurn, delivery: Delivery, path: Path) -> tuple[RunNight, bool, int]:
    """Go; how the run stands then, whether it is over, and how many people it has sent."""
    planned, now = turn.looked or ("", None)
    turn.looked = None
    if now is None or planned != delivery.id:
        now = look(path)
    left = _cap_left(turn, delivery)
    hindered = _hindered(turn, delivery, path, now, left)
    if hindered:
        if not (path / PAGE).is_file():
            # Whoever has to let it through looks at these.
            with RunFolder.open(path) as folder:
                write_reports(folder, report_of(folder))
        return (*hindered, now.sent)
    # With nothing left there is nobody to send, and 0 would be no bound at all.
    given: dict[str, Any] = {} if left is None else {"most": max(left, 1)}
    moved = now.report.counts["applied"]
    turn.note(EventKind.GOING, delivery.id, sent=now.sent, moved=moved)
    nights = turn.nights
    fresh = delivery.planned_in == nights.date and not now.ledger.started_at and turn.planned == delivery.id
    clock = nights.clock.steady()
    done = carry_on(path, (), given, fresh=fresh, clock=clock, onlooker=nights.onlooker, stop=nights.stop)
    before, now = now.sent, Now(done.report, done.ledger, done.sent)
    if now.ledger.stop == "cap_reached" and now.sent == before and left == turn.night.daily_cap:
        # A whole night's cap, and nobody fitted: a group moves as a whole.
        what = f"Next to go are the members of one group, more than the night's cap of {left:,}."
        todo = f"Raise daily_cap in the job file, or move them by hand: reassign apply {in_shell(path)}"
        return told(turn, delivery, path, now, Standing.HELD, 4, what, todo), False, now.sent
    return (*ended(turn, delivery, path, now), now.sent)


def _hindered(
    turn: JobTurn, delivery: Delivery, path: Path, now: Now, left: int | None
) -> tuple[RunNight, bool] | None:
    """How the run stands when it may not go on just now; None when it may. ``left``: what the cap leaves tonight."""

    def stands(standing: Standing, code: int, what: str, todo: str) -> tuple[RunNight, bool]:
        return told(turn, delivery, path, now, standing, code, what, todo), False

    begun = bool(now.ledger.started_at)
    with RunFolder.open(path) as folder:
        meta = folder.meta()
        try:
            approving.check_approved(folder, meta, (), {})
        except PlanGuarded as error:
            return given_up(turn, delivery, path, now) or stands(Standing.APPROVAL, 4, error.what, error.todo)
        try:
            if not begun:
                applying.check_guards(folder, meta, ())
        except PlanGuarded:
            return given_up(turn, delivery, path, now) or stands(Standing.HELD, 4, *_held_back(meta, path))
    if not now.ledger.open and begun:
        return None
    if now.ledger.stop in STOPPED_ITSELF:
        held = stands(Standing.HELD, 4, STOPPED, carry_on_by_hand(path))
        return given_up(turn, delivery, path, now) or held
    waits = Standing.GOES_ON if begun else Standing.WAITS
    try:
        timing.closing(meta, {}, turn.nights.clock.now(), str(path))
    except PlanGuarded as error:
        return stands(waits, 3 if begun else 0, error.what, "Nothing to do: the next night goes on with it.")
    # Where everybody was sent before, what is in doubt may be settled all the same.
    if now.report.counts["not_sent"] and left == 0:
        what = f"The night's cap of {turn.night.daily_cap:,} people in this tenant is reached."
        return stands(Standing.GOES_ON, 3, what, "Nothing to do: the next night goes on with it.")
    return None


def _held_back(meta: Mapping[str, Any], path: Path) -> tuple[str, str]:
    """What holds a plan back, without anybody's name, and what lets it through."""
    held = [g for g in meta["guards"] if g["word"] not in meta.get("allowed", ())]
    what = " ".join(g.get("unnamed") or g["what"] for g in held)
    words = " ".join(dict.fromkeys(g["word"] for g in held))
    todo = (
        f"Look at it ({in_shell(path / 'report.html')}). To let it through all the same, in the next night where its "
        f"window is closed now: reassign apply {in_shell(path)} {words}"
    )
    return what, todo


def _cap_left(turn: JobTurn, delivery: Delivery) -> int | None:
    """How many people may still be sent tonight in the tenant of this run; None for as many as there are."""
    cap = turn.night.daily_cap
    if cap is None:
        return None
    turn.nights.store.refresh()
    used = 0
    for other in turn.nights.book.deliveries.values():
        if other.tenant == delivery.tenant and (delivery.tenant or other is delivery):
            before = other.going.get(turn.nights.date)
            if before is not None:
                used += max(0, _sent(turn, other) - before[0])
    return max(0, cap - used)


def _sent(turn: JobTurn, delivery: Delivery) -> int:
    """People sent by this delivery's run so far; a night that was killed left it to the run's folder to tell."""
    if delivery.sent is not None or delivery.run is None:
        return delivery.sent or 0
    path = run_path(turn, delivery.run.run)
    return look(path).sent if (path / DATABASE).is_file() else 0


def _left(turn: JobTurn, delivery: Delivery, run: RunNight, sent: int | None, *, over: bool) -> None:
    """Write down how the run was left, unless the book says just that of this night; ``sent``: people so far."""
    sent = _sent(turn, delivery) if sent is None else sent
    if delivery.nights.get(turn.nights.date) != run or over or delivery.sent is None:
        turn.note(EventKind.WENT, delivery.id, run=plain(run), over=over, sent=sent)
