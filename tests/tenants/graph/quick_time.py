"""An event loop whose clock runs many times faster than the world's, for real sockets and made-up waits."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from batch.tenants.graph.wire import Patience

T = TypeVar("T")

#: Seconds of the loop in one second of the world.
FASTER = 50.0
#: Time-outs that a busy machine does not run into.
RELAXED = Patience(connect=1500.0, quiet=1500.0, whole=1500.0)


class _Hasty(selectors.DefaultSelector):
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(timeout / FASTER if timeout else timeout)


class QuickLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        super().__init__(_Hasty())

    def time(self) -> float:
        return super().time() * FASTER


def run_quickly(work: Coroutine[Any, Any, T]) -> T:
    """``asyncio.run`` in which a second of sleep takes 20 ms."""
    with asyncio.Runner(loop_factory=QuickLoop) as runner:
        return runner.run(work)
