"""One process that stays: a pass whenever something is dropped, a window opens, or some time has passed.

What it does is ``hold_night``, nothing else; ended and started again it goes on as a scheduled night would.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from batch.core.errors import ReassignError
from batch.core.inbox import Quiet
from batch.core.nights import Night
from batch.wiring.night_parts import Declared
from batch.wiring.night_resting import outlook
from batch.wiring.nightly import hold_night
from batch.wiring.parts import NightClock, StopSignal
from batch.wiring.running import Onlooker

if TYPE_CHECKING:
    from watchfiles.main import FileChange

#: Seconds between two passes at most while something may have come back that nobody tells of: a tenant, a server.
_LONGEST = 300.0
#: And between two looks at whether another pass could find anything: shares tell nobody what is dropped on them.
_LOOK = 30.0
#: Milliseconds.
_NAP = 250
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
    inboxes = _Inboxes()
    while not stop.asked:
        declared: Sequence[Declared] = ()
        try:
            declared = jobs()
            inboxes.watch(declared)
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
        inboxes.wait(_pause(declared, quiet, rest), stop)
    inboxes.close()


def _pause(jobs: Sequence[Declared], quiet: Mapping[str, Quiet], rest: _Rest | None) -> float:
    """Seconds until the next look, unless something is dropped before: shorter while a file is being written."""
    quiets = [d.job.nightly.quiet for d in jobs if d.job and d.job.nightly and quiet.get(d.key, Quiet()).seen]
    longest = _LONGEST if rest is None or rest.found is None else _LOOK
    return max(_SHORTEST, min([longest, *quiets]))


class _Inboxes:
    """The inboxes of the jobs, watched without a gap: what is dropped during a pass is known after it."""

    def __init__(self) -> None:
        self._paths: tuple[Path, ...] = ()
        self._changes: Generator[set[FileChange]] | None = None

    def watch(self, jobs: Sequence[Declared]) -> None:
        """Watch the inboxes of these jobs from now on. Where the system cannot, time has to do."""
        inboxes = (d.job.nightly.inbox for d in jobs if d.job and d.job.nightly and d.job.nightly.inbox)
        paths = tuple(sorted({inbox for inbox in inboxes if inbox.is_dir()}))
        if paths == self._paths:
            return
        self.close()
        self._paths = paths
        if paths:
            from watchfiles import watch

            self._changes = watch(*paths, recursive=False, rust_timeout=_NAP, yield_on_timeout=True)
            self._dropped()  # it begins with the first look

    def wait(self, seconds: float, stop: StopSignal) -> bool:
        """Until something changes in an inbox (True), the time is over, or somebody asks to stop."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not stop.asked:
            if self._dropped():
                return True
            if self._changes is None:
                time.sleep(_NAP / 1000)
        return False

    def close(self) -> None:
        """Watch nothing any more."""
        if self._changes is not None:
            self._changes.close()
        self._paths, self._changes = (), None

    def _dropped(self) -> bool:
        """Whether something changed since the last look; waits a moment for it."""
        try:
            return bool(self._changes and next(self._changes, None))
        except (OSError, RuntimeError):  # an inbox that is gone, or more watches than the system has
            self.close()
            return False
