"""A night: every job carries on what is open, then takes what is new; then people are told, and the page is written.

The book (``core.night_book``) says what was done with every file and run, so a night is nothing but going on: an empty
book is the easy case. A job that fails is told and does not stop the others.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Container, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from batch import __version__
from batch.core.errors import ReassignError, RunLocked
from batch.core.inbox import Quiet
from batch.core.night_dates import missed, night_of
from batch.core.night_events import EventKind
from batch.core.night_story import exit_code, nights_told
from batch.core.nights import Night
from batch.runs import locks
from batch.runs.inbox import Inbox
from batch.runs.night_store import NightStore
from batch.wiring import night_clearing, night_messages, night_reports
from batch.wiring.night_parts import LOCKS, PAGE, Declared, Nights
from batch.wiring.night_turns import begun, each, end, missing_jobs
from batch.wiring.night_walk import ROUNDS, go_through
from batch.wiring.parts import NightClock, StopSignal
from batch.wiring.running import Onlooker
from batch.wiring.timing import zone_of

#: A gap of more than so many seconds beyond the usual may be a clock that jumped as well: nothing is removed for it,
#: and for as long again.
_LONG = 7 * 86_400.0
_BACK = 3600.0

_NOBODY = Onlooker()


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
        jobs = [*jobs, *missing_jobs(store.book, folder, {d.key for d in jobs}, clock.now())]
        nights = _opened(store, jobs, clock, stop, onlooker, env, date)
        if quiet is not None and (told := _idle(nights, jobs, quiet)):
            return told
        mine, busy = _locked(nights, jobs, stack)
        if busy and not mine:
            raise busy[0]
        mark = _begin(nights, jobs)
        turns = [begun(nights, declared, stale) for declared, stale in mine]
        go_through(turns, {} if quiet is None else quiet, rounds=ROUNDS if quiet is None else 1)
        for work in (night_reports.copy, night_clearing.clear):
            each(turns, work, always=True)
        for turn in turns:
            end(turn)
        _write_page(nights)  # the messages name it
        for work in (night_messages.write_down, night_messages.send):
            each(turns, work, always=True)
        for turn in turns:
            if turn.error and not turn.ended_with:
                end(turn)
        nights.note(EventKind.CLOSED, about=mark)
        _write_page(nights)
        return _of(nights_told(store.book, 1)[0], {declared.key for declared, _ in mine})


def _begin(nights: Nights, jobs: Sequence[Declared]) -> str:
    """Write down that a pass begins; its name."""
    host, now = platform.node(), nights.clock.now()
    mark = f"{host}:{os.getpid()}:{now:.3f}"
    gaps, jumped = _gaps(nights, jobs), _jumped(nights.store, jobs, now)
    nights.note(EventKind.OPENED, about=mark, host=host, version=__version__, missed=gaps, jumped=jumped)
    return mark


def _of(night: Night, keys: Container[str]) -> Night:
    """The night as far as these jobs go: those of another pass, by other names, are not what was asked for."""
    jobs = tuple(job for job in night.jobs if job.job in keys)
    return replace(night, jobs=jobs, exit_code=exit_code(jobs))


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
    now = clock.now()
    recent = any(p.jumped and abs(now - p.began_at) < _LONG for p in store.book.passes.values())
    return Nights(
        store=store,
        date=date or night_of(now, zone_of(zones.pop() if len(zones) == 1 else "")),
        clock=clock,
        stop=stop,
        onlooker=onlooker,
        env=env,
        jobs=tuple(d.job.nightly for d in jobs if d.job and d.job.nightly),
        doubtful=recent or _jumped(store, jobs, now),
    )


def _jumped(store: NightStore, jobs: Sequence[Declared], now: float) -> bool:
    """Whether the clock was set since the book was written in last, or nobody was here for long."""
    last = store.book.last_at
    usual = max((d.job.nightly.every for d in jobs if d.job and d.job.nightly), default=0.0)
    return bool(last) and (now < last - _BACK or now > last + usual + _LONG)


def _idle(nights: Nights, jobs: Sequence[Declared], quiet: Mapping[str, Quiet]) -> Night | None:
    """The night as it stands, when a pass would find nothing to do; None when it might."""
    book = nights.book
    for declared in jobs:
        if declared.job is None or (declared.key, nights.date) not in book.turns or book.open(declared.key):
            return None
        if declared.job.nightly is None or declared.job.nightly.inbox is None or declared.key not in quiet:
            return None
        try:
            seen = Inbox(declared.job.nightly.inbox).listed(declared.job.nightly.files)
        except ReassignError:
            return None  # told in a pass, where it stops nobody else
        if seen:
            return None
    unsent = any(state in ("due", "sending") for due in book.messages.values() for state, _ in due.state.values())
    return None if unsent or not book.passes else nights_told(book, 1)[0]


def _gaps(nights: Nights, jobs: Sequence[Declared]) -> list[str]:
    """The nights that should have been since the last one."""
    # A clock that was ahead once is not believed for ever.
    dates = [p.night for p in nights.book.passes.values() if p.night <= nights.date]
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


def _write_page(nights: Nights) -> None:
    """The page of the morning; what was done stands in the book, whether or not it can be written."""
    from batch.reports.morning import write_morning

    told = nights_told(nights.book, 15)
    try:
        write_morning(told[0], nights.folder / PAGE, before=told[1:])
    except (OSError, ReassignError) as error:
        nights.onlooker.left_alone(f"The page of the night was not written: {error}")
