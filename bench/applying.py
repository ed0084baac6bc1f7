"""One apply, measured from inside: `python bench/applying.py journal|bare|told RUN TENANT LATENCY`, one JSON line out.

``journal`` is the engine as it stands: ledger, and a durable journal in run.db. ``told`` has the log and the progress
on top, as the command has. ``bare`` is the least that could do the job: the same groups of 20 from the same plan, the
same calls, as many in flight, the same tenant, each answer judged, and nothing written down.
"""

from __future__ import annotations

import asyncio
import io
import json
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from batch.core.entries import Entry
from batch.core.pace import Policy
from batch.core.plan import Changes
from batch.core.states import State
from batch.core.terms import Answer
from batch.core.verdict import VerdictKind, verdict
from batch.engine.apply import apply
from batch.engine.ports import Tenant, Watcher
from batch.runs.folder import RunFolder
from batch.runs.store import load_changes
from batch.tenants.faults import Faults
from batch.tenants.practice import PracticeTenant
from batch.wiring.parts import SteadyClock, StopSignal, Watchers

IN_FLIGHT = 16
POLICY = Policy(in_flight=IN_FLIGHT)


class Silence:
    """A watcher that looks away."""

    def saw(self, entries: Sequence[Entry]) -> None:
        """Nothing."""

    def waits(self, seconds: float, why: str) -> None:
        """Nothing."""

    def stop_asked(self) -> bool:
        """Never."""
        return False


async def bare(changes: Changes, tenant: Tenant) -> int:
    """Send every change in groups, keep nothing; how many took effect."""
    applied, at, count = 0, 0, len(changes)
    ids, kind, kinds = changes.user_id, changes.kind, changes.kinds
    flights: set[asyncio.Task[list[Answer]]] = set()
    while at < count or flights:
        while at < count and len(flights) < POLICY.in_flight:
            group = range(at, min(at + POLICY.group_size, count))
            calls = [kinds[kind[c]].call(ids[c]) for c in group]
            flights.add(asyncio.ensure_future(tenant.assign(calls)))
            at = group.stop
        done, flights = await asyncio.wait(flights, return_when=asyncio.FIRST_COMPLETED)
        for flight in done:
            for status, code, text, _, _ in flight.result():
                applied += verdict(status, code, text).kind is VerdictKind.APPLIED
    return applied


def watcher(folder: Path, total: int) -> Watcher:
    """The log and the progress as the command has them."""
    from batch.reports.log import EventLog
    from batch.reports.progress import Progress, Screen

    screen = Screen(stream=io.StringIO(), live=True)
    progress = Progress(total, screen, now=time.monotonic, verdict_of=lambda entry: "applied")
    return Watchers([progress, EventLog(folder / "log.jsonl")], StopSignal())


def memory() -> int:
    """Bytes in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def main() -> None:
    """Carry the plan out once."""
    mode, run, tenant_file, latency = sys.argv[1], Path(sys.argv[2]), sys.argv[3], float(sys.argv[4])
    empty = memory()
    with RunFolder.open(run) as folder:
        changes = load_changes(folder.db)
        columns = memory() - empty
        tenant = PracticeTenant.open(tenant_file, Faults(latency=latency))
        began = time.perf_counter()
        if mode == "bare":
            applied = asyncio.run(bare(changes, tenant))
        else:
            looks_on = watcher(run, len(changes)) if mode == "told" else Silence()
            work = apply(changes, tenant, folder.journal(), SteadyClock(), looks_on, POLICY)
            applied = asyncio.run(work).tally[State.APPLIED]
        seconds = time.perf_counter() - began
        asyncio.run(tenant.close())
    if applied != len(changes):
        sys.exit(f"only {applied} of {len(changes)} changes took effect")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "changes": len(changes), "columns": columns, "peak": peak}))


if __name__ == "__main__":
    main()
