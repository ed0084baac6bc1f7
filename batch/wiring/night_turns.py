"""A job's turn in a pass: begun, guarded against whatever goes wrong in it, and ended."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Container, Sequence
from pathlib import Path

from batch.core.errors import ReassignError, UsageError
from batch.core.harmless import in_shell
from batch.core.night_book import NightBook
from batch.core.night_events import EventKind
from batch.runs import locks
from batch.runs.nightjob import NightJob
from batch.wiring import night_messages
from batch.wiring.night_parts import RUNS, Declared, JobTurn, Nights
from batch.wiring.opening import is_own
from batch.wiring.timing import check_times

#: What is done in a job's turn.
Work = Callable[[JobTurn], None]


def begun(nights: Nights, declared: Declared, stale: locks.Holder | None) -> JobTurn:
    """A job's turn, which is in the book from now on; with what is wrong with the job already."""
    from batch.runs.jobfile import Job

    last = nights.book.ways.get(declared.key)
    job = declared.job or Job()
    night = job.nightly or night_messages.as_kept(last)
    turn = JobTurn(nights=nights, key=declared.key, job=job, night=night, error=declared.error)
    if stale:
        turn.notes.append(f"A lock was left behind by {stale}; that process is gone, and this one goes on.")
    turns = [t for (key, _), t in nights.book.turns.items() if key == declared.key]
    if turns and declared.digest and turns[-1].digest not in ("", declared.digest):
        turn.notes.append("The job file was edited since the last time; runs that are planned go on as planned.")
    if nights.doubtful:
        turn.notes.append("The clock jumped, or nobody was here for long: nothing is removed or given up this time.")
    ways = night_messages.kept(night) if declared.job else {}
    title = job.name or (turns[-1].title if turns else declared.key)
    path = os.path.abspath(declared.path)
    turn.note(EventKind.JOB_BEGAN, title=title, digest=declared.digest, ways=ways, path=path)
    if not turn.error:
        attempt(turn, _check)
    turn.barred = turn.error is not None
    return turn


def _check(turn: JobTurn) -> None:
    """``UsageError`` for what a night could never do with this job."""
    check_times(turn.job)
    if not turn.job.tenant:
        raise UsageError(
            f"The job {turn.key} names no tenant, so it would move nobody but in a rehearsal.",
            'Write at = "graph" (or "practice:FILE", "copy:FILE") under [tenant].',
        )
    if turn.night.inbox is None and not turn.job.users:
        raise UsageError(
            f"The job {turn.key} has neither an inbox nor sheets.", "Write [inbox] folder, or [sheets] users."
        )
    if not is_own(turn.job.tenant):
        return
    turn.notes.append("The tenant is a throw-away duplicate: each run is a rehearsal.")


def missing_jobs(book: NightBook, folder: Path, here: Container[str], now: float) -> list[Declared]:
    """Jobs whose file is no more while something of theirs is open: told for as long as one waits for a person."""
    found = []
    for key, path in book.paths.items():
        left = [d for d in book.open(key) if abs(now - d.moved_at) <= NightJob().give_up] if key not in here else []
        if not left or not path or os.path.lexists(path):
            continue
        runs = [in_shell(folder / RUNS / d.run.run) for d in left if d.run]
        by_hand = f", or carry on by hand: reassign apply {runs[0]}" if runs else ""
        error = UsageError(
            f"The job file {path} is no more, and {len(left):,} of its deliveries are not done.",
            f"Put it back{by_hand}.",
        )
        found.append(Declared(key=key, path=Path(path), job=None, error=error))
    return found


def each(turns: Sequence[JobTurn], work: Work, *, always: bool = False) -> None:
    """Do this for every job that anything can be done with; ``always``: for all, also once somebody asked to stop."""
    for turn in turns:
        if always or not (turn.barred or turn.nights.stop.asked):
            attempt(turn, work)


def attempt(turn: JobTurn, work: Work) -> None:
    """Do this for a job; whatever is wrong with it is kept and told, and the next job has its turn."""
    try:
        work(turn)
    except KeyboardInterrupt:
        turn.nights.stop.asked = True
    except ReassignError as error:
        turn.wrong(error)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        todo = "Check the folder, its rights and the space on the disk."
        turn.wrong(ReassignError(f"{error.strerror or error}{where}.", todo))
    except Exception as error:
        if turn.nights.env.get("REASSIGN_DEBUG") == "1":
            traceback.print_exception(error)
        todo = "This is a fault of the program; run it with REASSIGN_DEBUG=1 to see all about it."
        # What it says may be anything, and this goes out by mail.
        turn.wrong(ReassignError(f"Something unexpected happened: {type(error).__name__} in {_place(error)}.", todo))


def _place(error: Exception) -> str:
    """Where in this program it happened."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f"{Path(f.filename).name}, line {f.lineno}" for f in frames if f"{os.sep}batch{os.sep}" in f.filename]
    return ours[-1] if ours else "another place"


def end(turn: JobTurn) -> None:
    """Write down that the job's turn is over, and what was wrong with it."""
    error = turn.ended_with = turn.error
    turn.notes += night_messages.unusable(turn)
    turn.note(
        EventKind.JOB_ENDED,
        error=error.what if error else "",
        todo=error.todo if error else "",
        exit_code=error.exit_code if error else 0,
        notes=list(dict.fromkeys(turn.notes)),
        writing=list(turn.writing),
    )
