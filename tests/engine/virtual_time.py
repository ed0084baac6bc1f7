"""An event loop whose clock jumps instead of waiting, so that hours of waiting take milliseconds."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

#: Where virtual clocks begin: UTC seconds since 1970.
EPOCH = 1_700_000_000.0


class Deadlock(AssertionError):
    """Nobody is ready, and nobody ever will be."""


class _Jumping(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise Deadlock(f"nothing is left that could happen after {self.now:.3f} s")
        if not ready and timeout:
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Sleeps take no time; a wait that nothing can end raises ``Deadlock``. Use as a context manager."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now

    def __enter__(self) -> VirtualLoop:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of ``work``; no task may be left over."""
        try:
            return self.run_until_complete(work)
        finally:
            left = asyncio.all_tasks(self)
            for task in left:
                task.cancel()
            if left:
                self.run_until_complete(asyncio.wait(left))

    def pass_by(self, seconds: float) -> None:
        """Let so much time go by."""
        self._jumping.now += seconds


class VirtualClock:
    """A ``Clock`` on a virtual loop."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def now(self) -> float:
        return EPOCH + self._loop.time()
