"""One process that stays: a pass whenever something is dropped, a window opens, or some time has passed.

What it does is ``hold_night``, nothing else; ended and started again it goes on as a scheduled night would.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from batch.core.errors import ReassignError
from batch.core.inbox import Quiet
from batch.core.nights import Night
from batch.wiring.night_parts import Declared
from batch.wiring.night_resting import outlook
from batch.wiring.nightly import hold_night
from batch.wiring.parts import NightClock, StopSignal
from batch.wiring.running import Onlooker

#: Seconds between two passes at most: shares tell nobody what is dropped on them, and approvals come at any time.
_LONGEST = 300.0
#: And so many where nothing that can be seen has changed (seats may have been bought).
_REST = 3600.0
#: And at least.
_SHORTEST = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rest:
    """A pass that was held, and what the next one would go by."""

    night: Night
    since: float
    found: object

    def holds(self, jobs: Sequence[Declared], folder: Path, now: float) -> bool:
        """Whether another pass would find everything as it was; not for long, since not all can be seen from here."""
        recent = 0 <= now - self.since < _REST
        return recent and self.found is not None and outlook(self.night, jobs, folder, now) == self.found


def watch_nights(
    jobs: Callable[[], Sequence[Declared]],
    folder: Path,
    *,
    clock: NightClock,
    stop: StopSignal,
    env: Mapping[str, str],
    onlooker: Onlooker,
    told: Callable[[Night], None],
) -> None:
    """Hold passes until somebody asks to stop. ``jobs`` is asked before each: job files may be edited meanwhile.

    ``told`` is given the night after each pass that had something to tell. What ends a pass is told, and the next one
    tries again.
    """
    quiet: dict[str, Quiet] = {}
    last: object = None
    rest: _Rest | None = None
    while not stop.asked:
        declared: Sequence[Declared] = ()
        try:
            declared = jobs()
            if rest is None or not rest.holds(declared, folder, clock.now()):
                rest = None
                night = hold_night(declared, folder, clock=clock, stop=stop, env=env, onlooker=onlooker, quiet=quiet)
                now = clock.now()
                rest = _Rest(night=night, since=now, found=outlook(night, declared, folder, now))
            news = [(job.job, job.outcome, job.files, job.runs, job.error) for job in rest.night.jobs]
            if news != last:
                last = news
                told(rest.night)
        except ReassignError as error:
            onlooker.left_alone(f"{error.what} {error.todo}")
        if not stop.asked:
            _wait(declared, _pause(declared, quiet), stop)


def _pause(jobs: Sequence[Declared], quiet: Mapping[str, Quiet]) -> float:
    """Seconds until the next pass, unless something is dropped before: shorter while a file is being written."""
    quiets = [d.job.nightly.quiet for d in jobs if d.job and d.job.nightly and quiet.get(d.key, Quiet()).seen]
    return max(_SHORTEST, min([_LONGEST, *quiets]))


def _wait(jobs: Sequence[Declared], seconds: float, stop: StopSignal) -> None:
    """Until something changes in an inbox, the time is over, or somebody asks to stop."""
    from watchfiles import watch

    inboxes = [d.job.nightly.inbox for d in jobs if d.job and d.job.nightly and d.job.nightly.inbox]
    over = threading.Event()
    paths = [inbox for inbox in inboxes if inbox.is_dir()]
    waited = 0.0
    step = min(seconds, 1.0)
    while waited < seconds and not stop.asked:
        if not paths:
            over.wait(step)
            waited += step
            continue
        found = watch(*paths, recursive=False, stop_event=over, rust_timeout=int(step * 1000), yield_on_timeout=True)
        try:
            if next(found, None):
                return
        except (OSError, RuntimeError):  # an inbox that is gone, or more watches than the system has: looked at by time
            paths = []
        waited += step
