"""``serve``: on this machine only, from when it says it is ready until it is told to stop."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest
from aiohttp import ClientSession

from batch.core.errors import UsageError
from batch.tenants.faults import Faults
from batch.tenants.practice import PracticeTenant
from batch.tenants.served.app import serve
from tests.tenants.small_tenant import E4, SKUS, direct, people


def test_it_says_where_it_is_and_stops_when_told(tmp_path: Path) -> None:
    async def main() -> None:
        tenant = PracticeTenant.create(tmp_path / "t.db", SKUS, people(direct(E4)))
        stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(serve(tenant, Faults(), None, 0, ready.set_result, stop))
        root = await ready
        assert root.startswith("http://127.0.0.1:")
        assert root.endswith("/v1.0")
        async with ClientSession(headers={"Authorization": "Bearer t"}) as http, http.get(f"{root}/users") as answer:
            assert answer.status == 200
        stop.set()
        await serving
        await tenant.close()

    asyncio.run(main())


@pytest.mark.parametrize("taken", [True, False])
def test_a_port_that_cannot_be_had_is_told(tmp_path: Path, *, taken: bool) -> None:
    async def main(port: int) -> None:
        tenant = PracticeTenant.create(tmp_path / "t.db", SKUS, people())
        try:
            with pytest.raises(UsageError, match=f"Port {port} cannot be used") as refusal:
                await serve(tenant, Faults(), None, port, lambda _: None, asyncio.Event())
            assert "any" in refusal.value.todo
        finally:
            await tenant.close()

    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        asyncio.run(main(busy.getsockname()[1] if taken else 70_000))
