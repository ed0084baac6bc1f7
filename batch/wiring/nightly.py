"""A night: every job carries on what is open, then takes what is new; then people are told, and the page is written.

The book (``core.night_book``) says what was done with every file and run, so a night is nothing but going on: an empty
book is the easy case. A job that fails is told and does not stop the others.
"""

from __future__ import annotations

import os
import platform
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from batch import __version__
from batch.core.errors import ReassignError, RunLocked, UsageError
from batch.core.inbox import Quiet
from batch.core.night_book import Delivery
from batch.core.night_dates import missed, night_of
from batch.core.night_events import EventKind
from batch.core.night_story import nights_told
from batch.core.night_values import plain
from batch.core.nights import Fate, Night, Standing
from batch.runs import locks
from batch.runs.inbox import Inbox
from batch.runs.night_store import NightStore
from batch.wiring import night_clearing, night_files, night_messages, night_reports, night_runs
from batch.wiring.night_parts import LOCKS, PAGE, Declared, JobTurn, Nights
from batch.wiring.opening import is_own
from batch.wiring.parts import NightClock, StopSignal
from batch.wiring.running import Onlooker
from batch.wiring.timing import check_times, zone_of

#: How often a night waits for files that are being written, at most.
_ROUNDS = 3
#: A gap of more than so many seconds beyond the usual may be a clock that jumped as well: nothing is removed for it.
_LONG = 7 * 86_400.0
_BACK = 3600.0

_NOBODY = Onlooker()
#: What is done in a job's turn.
_Work = Callable[[JobTurn], None]


def hold_night(
    jobs: Sequence[Declared],
    folder: Path,
    *,
    clock: NightClock,
    stop: StopSignal,
    env: Mapping[str, str],
    onlooker: Onlooker = _NOBODY,
    quiet: dict[str, Quiet] | None = None,
    date: str = "",
) -> Night:
    """Go through these jobs once, and say how the night stands.

    ``quiet``: what earlier looks at the inboxes saw, by job, of somebody who looks again soon; files being written
    are not waited for then, and where nothing is to be done nothing is written down. ``date``: which night it is,
    where the clock is not to say.

    Raises ``RunLocked`` when all of them are in the hands of another process, and what the book raises; whatever goes
    wrong with one job is told in the night. A request to stop ends it between groups, with everything written down.
    """
    with NightStore.open(folder) as store, ExitStack() as stack:
        nights = _opened(store, jobs, clock, stop, onlooker, env, date)
        if quiet is not None and (told := _idle(nights, jobs, quiet)):
            return told
        mine, busy = _locked(nights, jobs, stack)
        if busy and not mine:
            raise busy[0]
        mark = f"{platform.node()}:{os.getpid()}:{clock.now():.3f}"
        gaps = _gaps(nights, jobs)
        nights.note(EventKind.OPENED, about=mark, host=platform.node(), version=__version__, missed=gaps)
        turns = [_begun(nights, declared, stale) for declared, stale in mine]
        _go_through(turns, {} if quiet is None else quiet, rounds=_ROUNDS if quiet is None else 1)
        _each(turns, night_reports.copy, always=True)
        for turn in turns:
            _end(turn)
        for work in (night_messages.write_down, night_messages.send, night_clearing.clear):
            _each(turns, work, always=True)
        for turn in turns:
            if turn.error and not turn.ended_with:
                _end(turn)
        nights.note(EventKind.CLOSED, about=mark)
        night = nights_told(store.book, 1)[0]
        _write_page(nights)
    return night


def _opened(
    store: NightStore,
    jobs: Sequence[Declared],
    clock: NightClock,
    stop: StopSignal,
    onlooker: Onlooker,
    env: Mapping[str, str],
    date: str,
) -> Nights:
    zones = {d.job.timezone for d in jobs if d.job and d.job.timezone}
    now, last = clock.now(), store.book.last_at
    usual = max((d.job.nightly.every for d in jobs if d.job and d.job.nightly), default=0.0)
    return Nights(
        store=store,
        date=date or night_of(now, zone_of(zones.pop() if len(zones) == 1 else "")),
        clock=clock,
        stop=stop,
        onlooker=onlooker,
        env=env,
        doubtful=bool(last) and (now < last - _BACK or now > last + usual + _LONG),
    )


def _idle(nights: Nights, jobs: Sequence[Declared], quiet: Mapping[str, Quiet]) -> Night | None:
    """The night as it stands, when a pass would find nothing to do; None when it might."""
    book = nights.book
    for declared in jobs:
        if declared.job is None or (declared.key, nights.date) not in book.turns or book.open(declared.key):
            return None
        if declared.job.nightly is None or declared.job.nightly.inbox is None or declared.key not in quiet:
            return None
        seen = Inbox(declared.job.nightly.inbox).listed(declared.job.nightly.files)
        if seen:
            return None
    unsent = any(state in ("due", "sending") for due in book.messages.values() for state, _ in due.state.values())
    return None if unsent or not book.passes else nights_told(book, 1)[0]


def _gaps(nights: Nights, jobs: Sequence[Declared]) -> list[str]:
    """The nights that should have been since the last one."""
    dates = [p.night for p in nights.book.passes.values()]
    every = min((d.job.nightly.every for d in jobs if d.job and d.job.nightly), default=0.0)
    return list(missed(max(dates), nights.date, every)) if dates and every else []


def _locked(
    nights: Nights, jobs: Sequence[Declared], stack: ExitStack
) -> tuple[list[tuple[Declared, locks.Holder | None]], list[RunLocked]]:
    """The jobs that are ours for this pass, each with the holder whose lock was left behind; and who has the others."""
    mine, busy = [], []
    for declared in jobs:
        about = f"job {declared.key}"
        try:
            lock = locks.held(nights.folder / LOCKS, f"job-{declared.key}", about, nights.clock.now())
            mine.append((declared, stack.enter_context(lock)))
        except RunLocked as error:
            busy.append(error)
            nights.onlooker.left_alone(f"{declared.key} is left aside. {error.what}")
    nights.store.refresh()  # what they wrote before we had the locks
    return mine, busy


def _begun(nights: Nights, declared: Declared, stale: locks.Holder | None) -> JobTurn:
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
    title = job.name or (last or {}).get("title", "") or declared.key
    turn.note(EventKind.JOB_BEGAN, title=title, digest=declared.digest, ways=ways)
    if not turn.error:
        _attempt(turn, _check)
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


def _go_through(turns: Sequence[JobTurn], quiet: dict[str, Quiet], rounds: int) -> None:
    """What is open in every job, then what is new in every job; files being written are waited for a little."""
    _each(turns, _carry_on)
    for number in range(rounds):
        _each(turns, lambda turn: _take_new(turn, quiet))
        waiting = [turn for turn in turns if turn.writing and not turn.error]
        if not waiting or number == rounds - 1 or turns[0].nights.stop.asked:
            break
        nights = waiting[0].nights
        nights.onlooker.stage_is("Waiting for files that are being written")
        nights.clock.pause(max(turn.night.quiet for turn in waiting) + 1, nights.stop)
        nights.onlooker.stage_is("")


def _each(turns: Sequence[JobTurn], work: _Work, *, always: bool = False) -> None:
    for turn in turns:
        if always or not (turn.error or turn.nights.stop.asked):
            _attempt(turn, work)


def _attempt(turn: JobTurn, work: _Work) -> None:
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
        todo = "This is a fault of the program; run it with REASSIGN_DEBUG=1 to see where it happened."
        turn.wrong(ReassignError(f"Something unexpected happened: {type(error).__name__}: {error}", todo))


def _carry_on(turn: JobTurn) -> None:
    for delivery in turn.nights.book.open(turn.key):
        _attempt(turn, lambda turn, delivery=delivery: _advance(turn, delivery))  # type: ignore[misc]


def _take_new(turn: JobTurn, quiet: dict[str, Quiet]) -> None:
    paths, quiet[turn.key] = night_files.found(turn, quiet.get(turn.key, Quiet()))
    delivery = night_files.take(turn, paths) if paths else None
    if delivery:
        _advance(turn, delivery)


def _advance(turn: JobTurn, delivery: Delivery) -> None:
    """Go on with a delivery from wherever it is, as far as it may go now."""
    if turn.nights.stop.asked:
        return
    if not delivery.claimed:
        night_files.claim(turn, delivery)
    if not delivery.judged:
        night_files.judge(turn, delivery)
    night_files.put_away(turn, delivery)
    if delivery.accepted and not delivery.over:
        _carry_out(turn, delivery)
    if delivery.over or not delivery.accepted:
        night_files.put_away(turn, delivery)
        turn.note(EventKind.FILED, delivery.id)


def _carry_out(turn: JobTurn, delivery: Delivery) -> None:
    """Plan, and go; a plan that is stale before it was begun is made again once, from the same files."""
    if delivery.run is None or (delivery.run.standing is Standing.STALE and delivery.planned_in != turn.nights.date):
        if _given_up(turn, delivery):
            return
        night_runs.plan(turn, delivery)
    night_runs.go(turn, delivery)
    if delivery.run and delivery.run.standing is Standing.STALE and turn.planned != delivery.id:
        night_runs.plan(turn, delivery)
        night_runs.go(turn, delivery)


def _given_up(turn: JobTurn, delivery: Delivery) -> bool:
    """Whether these files could not be planned for so long that they are put aside."""
    nights = turn.nights
    if nights.doubtful or nights.clock.now() - delivery.at <= turn.night.give_up or not delivery.accepted:
        return False
    why = "It could not be planned in all the time it was given."
    files = [
        replace(f, fate=Fate.REJECTED, why=why, todo="Drop it again.") if f.fate is Fate.TAKEN else f
        for f in delivery.files
    ]
    turn.note(EventKind.JUDGED, delivery.id, files=[plain(f) for f in files])
    return True


def _end(turn: JobTurn) -> None:
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


def _write_page(nights: Nights) -> None:
    from batch.reports.morning import write_morning

    told = nights_told(nights.book, 15)
    write_morning(told[0], nights.folder / PAGE, before=told[1:])
