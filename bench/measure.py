"""One command in a process of its own: how long it took, and how much memory it needed at most."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import NamedTuple


class Cost(NamedTuple):
    """What one command cost."""

    #: Seconds on the wall clock.
    wall: float
    #: Seconds of computing, in the program and in the system for it.
    cpu: float
    #: Bytes in memory at most. Never below what the measuring process itself has: it must stay small.
    peak: int
    #: What it printed.
    out: str


def cost(command: Sequence[str | Path], folder: Path, *, fine: tuple[int, ...] = (0,)) -> Cost:
    """Run the command in this folder; ends the measuring when its exit code is not a fine one."""
    began = perf_counter()
    with subprocess.Popen([*map(str, command)], cwd=folder, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        out = child.stdout.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    wall = perf_counter() - began
    if child.returncode not in fine:
        sys.exit(f"exit code {child.returncode} from: {' '.join(map(str, command))}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, out)


def in_turn(times: int, *works: Callable[[], Cost]) -> list[list[Cost]]:
    """Each work so many times, A B A B …, so that a slow moment of the machine hits both; for each its costs."""
    costs: list[list[Cost]] = [[] for _ in works]
    for _ in range(times):
        for found, work in zip(costs, works, strict=True):
            found.append(work())
    return costs


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)
