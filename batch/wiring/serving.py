"""Serving a practice tenant over HTTP until somebody asks to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from batch.core.quota import Quota
from batch.tenants.faults import Faults
from batch.tenants.practice import PracticeTenant
from batch.wiring.parts import StopSignal

#: How long at most until a signal is noticed: an event loop on Windows does not wake up for one.
_NAP = 0.2


def serve_practice(file: Path, faults: str, quota: Quota | None, port: int, ready: Callable[[str], None]) -> None:
    """Serve the tenant in ``file`` on 127.0.0.1; ``ready`` is told the root of the address once it listens."""
    from batch.tenants.served.app import serve

    weather = Faults.parse(faults)

    async def until_stopped(stop: StopSignal) -> None:
        # The time on the way passes outside the tenant.
        tenant = PracticeTenant.open(file, replace(weather, latency=0.0))
        over = asyncio.Event()
        serving = asyncio.ensure_future(serve(tenant, weather, quota, port, ready, over))
        try:
            while not stop.asked and not serving.done():
                await asyncio.wait([serving], timeout=_NAP)
            over.set()
            await serving
        finally:
            await tenant.close()

    with StopSignal() as stop:
        asyncio.run(until_stopped(stop))
