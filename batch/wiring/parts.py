"""The parts that a command is put together from: clock, watchers, event loop."""

from __future__ import annotations

import asyncio
import getpass
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from types import FrameType
from typing import Protocol, TypeVar

from batch.core.entries import Entry
from batch.engine.ports import Clock, Watcher

T = TypeVar("T")


def waited(work: Awaitable[T]) -> T:
    """The result of ``work`` on an event loop of its own.

    ``asyncio.run`` with a result of a million rows takes many seconds and a gigabyte at its end: when it puts Ctrl-C
    back, CPython 3.11 writes out the main task, with its result, for an error message that nobody sees.
    """
    results: list[T] = []

    async def keep() -> None:
        results.append(await work)

    asyncio.run(keep())
    return results[0]


def account() -> str:
    """Who works here, as the computer knows them; empty when it does not say."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container may have no name for whoever runs it
        return ""


class SteadyClock:
    """The wall clock as it was at the start, carried on by the monotonic one: it never jumps within a process."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        """UTC seconds since 1970."""
        return self._offset + time.monotonic()


class StopSignal:
    """Ctrl-C or SIGTERM: the first asks the run to finish what is in flight, the second ends it where it is.

    Use as a context manager around a run. ``told`` is called for the first.
    """

    def __init__(self, told: Callable[[], None] = lambda: None) -> None:
        self.asked = False
        self._told = told
        self._before: list[tuple[signal.Signals, object]] = []

    def __enter__(self) -> StopSignal:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before.append((number, signal.signal(number, self._take)))
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before:
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _take(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        self._told()


class Watchers:
    """Several watchers as one."""

    def __init__(self, watchers: Sequence[Watcher], stop: StopSignal) -> None:
        self._watchers = watchers
        self._stop = stop

    def saw(self, entries: Sequence[Entry]) -> None:
        """Tell every watcher."""
        for watcher in self._watchers:
            watcher.saw(entries)

    def waits(self, seconds: float, why: str) -> None:
        """Tell every watcher."""
        for watcher in self._watchers:
            watcher.waits(seconds, why)

    def stop_asked(self) -> bool:
        """Whether a signal came."""
        return self._stop.asked


class NightClock(Protocol):
    """Time as nights see it: the clock on the wall, which may be set forth and back between two looks."""

    def now(self) -> float:
        """UTC seconds since 1970."""

    def pause(self, seconds: float, stop: StopSignal) -> None:
        """Wait so long, or until somebody asks to stop."""

    def steady(self) -> Clock:
        """A clock that does not jump, for one run."""


class WallClock:
    """The clock of this machine."""

    def now(self) -> float:
        """UTC seconds since 1970."""
        return time.time()

    def pause(self, seconds: float, stop: StopSignal) -> None:
        """Sleep so long in short naps; over when somebody asks to stop."""
        until = time.monotonic() + seconds
        while not stop.asked and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.2))

    def steady(self) -> Clock:
        """A clock that does not jump, from now on."""
        return SteadyClock()
