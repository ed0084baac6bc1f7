"""How a run stands at the end of a night, and what is to be done about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from batch.core.errors import PlanGuarded, PlanStale, ReassignError, RunLocked
from batch.core.harmless import in_shell
from batch.core.ledger import Ledger
from batch.core.night_records import Delivery
from batch.core.nights import RunNight, SeatsLeft, Standing
from batch.core.plan import Changes
from batch.core.report import Report
from batch.engine.apply import replay
from batch.reports.words import lasting
from batch.runs.folder import RunFolder, readable
from batch.runs.store import load_changes
from batch.wiring.night_parts import JobTurn
from batch.wiring.reporting import report_of
from batch.wiring.running import sent_so_far

#: The run stopped itself: a person looks before it goes on.
STOPPED_ITSELF = ("wave_failed", "too_many_failures")
#: It stopped for good reason, and goes on with the next night.
_GOES_ON = ("window_closed", "cap_reached")
STOPPED = "The run stopped itself: too many could not be moved."


@dataclass(frozen=True, slots=True)
class Now:
    """How a run stands by its own folder."""

    report: Report
    ledger: Ledger
    sent: int


def look(path: Path) -> Now:
    """The run in this folder as it stands; raises what opening and reading a folder raises."""
    with RunFolder.open(path) as folder:
        with readable(path):
            changes: Changes = load_changes(folder.db)
        ledger = replay(changes, folder.journal().entries())
        return Now(report_of(folder, changes, ledger), ledger, sent_so_far(ledger, changes))


def ended(turn: JobTurn, delivery: Delivery, path: Path, now: Now) -> tuple[RunNight, bool]:
    """How the run stands after it was carried on, and whether it is over."""
    counts = now.report.counts
    left = counts["not_sent"] + counts["exhausted"] + counts["in_doubt"]
    standing, what, todo = _open(now, path, left) if left else _over(now, path)
    if standing is Standing.HELD and (gave_up := given_up(turn, delivery, path, now)):
        return gave_up
    return told(turn, delivery, path, now, standing, now.report.exit_code, what, todo), not left


def _open(now: Now, path: Path, left: int) -> tuple[Standing, str, str]:
    """Something is left to do: how the run stands, what is to be said, and what to do."""
    stop, unsent = now.ledger.stop, now.report.counts["not_sent"]
    if stop == "interrupted":
        return Standing.STOPPED, "It was stopped.", "Nothing to do: it is carried on."
    if now.report.exit_code == 8:
        return Standing.FAILED, "The tenant refused us.", f"Sign-in or rights: reassign tenant doctor. {_see(path)}"
    if stop in _GOES_ON:
        why = "window closed" if stop == "window_closed" else "night's cap was reached"
        return Standing.GOES_ON, f"The {why}.", "Nothing to do: the next night goes on with it."
    if stop in STOPPED_ITSELF:
        return Standing.HELD, STOPPED, carry_on_by_hand(path)
    if unsent:
        todo = f"Free or buy some; every night goes on with those who find one. {_see(path)}"
        return Standing.HELD, f"{unsent:,} wait for a seat or for other hands.", todo
    return Standing.GOES_ON, f"{left:,} could not be settled.", "Nothing to do: the next night tries again."


def _over(now: Now, path: Path) -> tuple[Standing, str, str]:
    report = now.report
    if report.exit_code == 9:
        what = f"The tenant shows something else than was done: {report.difference_count:,} differences."
        return Standing.DIFFERS, what, _see(path)
    if report.exit_code == 0:
        return Standing.DONE, "", ""
    most = max(report.attention, key=lambda reason: reason.count, default=None)
    what = f"{most.count:,} rows: {most.meaning}" if most else "Some rows could not or would not move."
    return Standing.PART, what, _see(path)


def carry_on_by_hand(path: Path) -> str:
    """What to do about a run that stopped itself."""
    return f"Look at its report, mend the cause, then carry on: reassign apply {in_shell(path)}"


def _see(path: Path) -> str:
    return f"See {in_shell(path / 'report.html')}; who did not move stands in {in_shell(path / 'rejects.csv')}."


def given_up(turn: JobTurn, delivery: Delivery, path: Path, now: Now) -> tuple[RunNight, bool] | None:
    """The run, given up, when it has waited for a person for too long; not while the clock is in doubt."""
    nights = turn.nights
    if nights.doubtful or nights.clock.now() - delivery.moved_at <= turn.night.give_up:
        return None
    what = f"Nobody let it through, or helped it on, in {lasting(turn.night.give_up)}: it is given up."
    todo = f"To do it all the same, drop the file again, or by hand: reassign apply {in_shell(path)}"
    return told(turn, delivery, path, now, Standing.GIVEN_UP, 4, what, todo), True


def removed(turn: JobTurn, delivery: Delivery) -> RunNight:
    """How a run stands whose folder somebody removed: nobody carries on what they do not want to see."""
    what = "Somebody removed its folder, so it is given up."
    return stood(turn, delivery, Standing.GIVEN_UP, 4, what, "To do it all the same, drop the file again.")


def failed(turn: JobTurn, delivery: Delivery, path: Path, error: ReassignError) -> RunNight:
    """How the run stands when it could not be gone on with."""
    assert delivery.run is not None
    standing = Standing.FAILED
    match error:
        case RunLocked() if delivery.run.standing in (Standing.APPROVAL, Standing.HELD):
            return stood(turn, delivery, delivery.run.standing, 4, delivery.run.what, delivery.run.todo)
        case RunLocked():
            standing = Standing.GOES_ON
        case PlanStale():
            standing = Standing.STALE
        case PlanGuarded():
            standing = Standing.HELD
    try:
        now = look(path)
    except ReassignError:
        return stood(turn, delivery, standing, error.exit_code, error.what, error.todo)
    if standing is Standing.STALE and now.ledger.started_at:
        standing = Standing.FAILED  # what was begun is not planned anew: nobody would know how the first one ended
    return told(turn, delivery, path, now, standing, error.exit_code, error.what, error.todo)


def told(
    turn: JobTurn,
    delivery: Delivery,
    path: Path,
    now: Now,
    standing: Standing,
    code: int,
    what: str = "",
    todo: str = "",
) -> RunNight:
    """The run with its figures, standing so."""
    report = now.report
    counts = report.counts
    before = delivery.going.get(turn.nights.date)
    return RunNight(
        run=path.name,
        path=str(path),
        title=report.title,
        standing=standing,
        exit_code=code,
        planned=counts["planned"],
        moved=counts["applied"],
        tonight=counts["applied"] - before[1] if before else 0,
        refused=counts["refused"] + counts["exhausted"] + counts["held"] + counts["in_doubt"],
        waiting=counts["not_sent"],
        left_out=counts["problems"] + counts["blocked"] + counts["short"],
        seats=tuple(
            SeatsLeft(sku_id=s.sku_id, name=s.name, free=s.seats - (s.expected if s.after is None else s.after))
            for s in report.skus
        ),
        what=what,
        todo=todo,
        carried_on=delivery.night != turn.nights.date,
    )


def stood(turn: JobTurn, delivery: Delivery, standing: Standing, code: int, what: str, todo: str) -> RunNight:
    """The run with the figures that it was left with, standing so."""
    assert delivery.run is not None
    tonight = delivery.run.tonight if turn.nights.date in delivery.nights else 0
    return replace(delivery.run, standing=standing, exit_code=code, what=what, todo=todo, tonight=tonight)
