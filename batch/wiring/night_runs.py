"""The run of a delivery: planned, let through, carried out or on as far as the night allows, and how it stands then."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from batch.core.errors import PlanGuarded, ReassignError
from batch.core.harmless import in_shell
from batch.core.night_book import Delivery
from batch.core.night_events import EventKind
from batch.core.night_values import plain
from batch.core.nights import RunNight, Standing
from batch.runs import locks
from batch.runs.folder import DATABASE, RunFolder
from batch.runs.jobfile import Job
from batch.wiring import applying, approving, timing
from batch.wiring.night_files import path_of
from batch.wiring.night_parts import LOCKS, RUNS, JobTurn
from batch.wiring.night_standing import (
    STOPPED,
    STOPPED_ITSELF,
    Now,
    carry_on_by_hand,
    ended,
    failed,
    given_up,
    look,
    stood,
    told,
)
from batch.wiring.opening import GRAPH, is_own, located
from batch.wiring.planning import plan_run
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


def plan(turn: JobTurn, delivery: Delivery) -> None:
    """Make a plan of the delivery's files in a run folder of its own; raises what planning raises."""
    number = delivery.plans + 1
    name = delivery.id if number == 1 else f"{delivery.id}-plan{number}"
    path = run_path(turn, name)
    paths = tuple(path_of(turn, delivery, file) for file in delivery.accepted)
    if not (path / DATABASE).is_file():  # else the night was killed between the plan and the book
        nights = turn.nights
        job = replace(turn.job, users=paths, out=path)
        plan_run(job, nights.onlooker.stage_is, nights.onlooker.tell, clock=nights.clock.steady())
    with RunFolder.open(path) as folder:
        folder.note({"allowed": ["--allow-short"] if turn.job.allow_short else []})
    now = look(path)
    run = told(turn, delivery, path, now, Standing.WAITS, now.report.exit_code)
    tenant = tenant_key(turn.job, turn.nights.env)
    turn.note(EventKind.PLANNED, delivery.id, run=plain(run), tenant=tenant)
    turn.planned = delivery.id


def go(turn: JobTurn, delivery: Delivery) -> None:
    """Carry the run of this delivery out, or on, as far as it may go now; how it stands is written down."""
    assert delivery.run is not None
    path = run_path(turn, delivery.run.run)
    try:
        with ExitStack() as stack:
            _lock_tenant(turn, delivery, stack)
            run, over = _gone(turn, delivery, path)
    except ReassignError as error:
        run, over = failed(turn, delivery, path, error), False
    except KeyboardInterrupt:
        _left(turn, delivery, stood(delivery.run, Standing.STOPPED, 130, "It was stopped.", ""), over=False)
        raise
    _left(turn, delivery, run, over=over)


def _lock_tenant(turn: JobTurn, delivery: Delivery, stack: ExitStack) -> None:
    if not delivery.tenant:
        return
    about = f"job {turn.key}, run {delivery.id}"
    folder = turn.nights.folder / LOCKS
    stale = stack.enter_context(locks.held(folder, f"tenant-{delivery.tenant}", about, turn.nights.clock.now()))
    if stale:
        turn.notes.append(
            f"A lock on the tenant was left behind by {stale}; that process is gone, and this one goes on."
        )


def _gone(turn: JobTurn, delivery: Delivery, path: Path) -> tuple[RunNight, bool]:
    now = look(path)
    hindered = _hindered(turn, delivery, path, now)
    if hindered:
        return hindered
    left = _cap_left(turn, delivery)
    given: dict[str, Any] = {} if left is None else {"most": left}
    moved = now.report.counts["applied"]
    turn.note(EventKind.GOING, delivery.id, sent=now.sent, moved=moved)
    nights = turn.nights
    fresh = delivery.planned_in == nights.date and not now.ledger.started_at and turn.planned == delivery.id
    clock = nights.clock.steady()
    carry_on(path, (), given, fresh=fresh, clock=clock, onlooker=nights.onlooker, stop=nights.stop)
    return ended(turn, delivery, path, look(path))


def _hindered(turn: JobTurn, delivery: Delivery, path: Path, now: Now) -> tuple[RunNight, bool] | None:
    """How the run stands when it may not go on just now; None when it may."""

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
        except PlanGuarded as error:
            todo = f"Look at it, then: reassign apply {in_shell(path)} … {error.todo}"
            return given_up(turn, delivery, path, now) or stands(Standing.HELD, 4, error.what, todo)
    if not now.ledger.open and begun:
        return None
    if now.ledger.stop in STOPPED_ITSELF and delivery.sent in (None, now.sent):
        held = stands(Standing.HELD, 4, STOPPED, carry_on_by_hand(path))
        return given_up(turn, delivery, path, now) or held
    waits = Standing.GOES_ON if begun else Standing.WAITS
    try:
        timing.closing(meta, {}, turn.nights.clock.now(), str(path))
    except PlanGuarded as error:
        return stands(waits, 3 if begun else 0, error.what, "Nothing to do: the next night goes on with it.")
    if _cap_left(turn, delivery) == 0:
        what = f"The night's cap of {turn.night.daily_cap:,} people in this tenant is reached."
        return stands(waits, 3, what, "Nothing to do: the next night goes on with it.")
    return None


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
                used += _sent(turn, other) - before[0]
    return max(0, cap - used)


def _sent(turn: JobTurn, delivery: Delivery) -> int:
    """People sent by this delivery's run so far; a night that was killed left it to the run's folder to tell."""
    if delivery.sent is not None or delivery.run is None:
        return delivery.sent or 0
    path = run_path(turn, delivery.run.run)
    return look(path).sent if (path / DATABASE).is_file() else 0


def _left(turn: JobTurn, delivery: Delivery, run: RunNight, *, over: bool) -> None:
    """Write down how the run was left, unless the book says just that of this night."""
    sent = _sent(turn, delivery)
    if delivery.nights.get(turn.nights.date) != run or over or delivery.sent is None:
        turn.note(EventKind.WENT, delivery.id, run=plain(run), over=over, sent=sent)
