"""A served practice tenant and somebody who talks to it, in one event loop whose clock jumps instead of waiting."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientTimeout
from aiohttp.test_utils import TestServer
from yarl import URL

from batch.core.quota import Quota
from batch.core.terms import Holding, Sku
from batch.tenants.faults import Faults
from batch.tenants.practice import PracticeTenant
from batch.tenants.served.app import LOGGER, make_app
from tests.tenants.small_tenant import E3, E4, SKUS, people, user

ASK_ALL = {"ConsistencyLevel": "eventual"}
JSON = {"Content-Type": "application/json"}


#: What a busy machine may need to carry bytes from one socket to the other, in seconds.
_PATIENCE = 0.005


class _Jumping(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if not timeout or timeout < 0:
            return super().select(timeout)
        ready = super().select(_PATIENCE)
        if not ready:
            self.now += timeout
        return ready


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


@dataclass
class Told:
    """An answer, read whole."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> str:
        return self.body["error"]["code"]

    @property
    def message(self) -> str:
        return self.body["error"]["message"]

    @property
    def values(self) -> list[Any]:
        return self.body["value"]


@dataclass
class Face:
    tenant: PracticeTenant
    http: ClientSession
    #: Without the version.
    root: str

    async def ask(self, method: str, url: str, *, token: str = "secret", headers: Any = None, **more: Any) -> Told:
        """``url``: behind the version, or absolute; sent as it is."""
        sent = {"Authorization": f"Bearer {token}", **(headers or {})}
        whole = url if url.startswith("http") else f"{self.root}/v1.0{url}"
        async with self.http.request(method, URL(whole, encoded=True), headers=sent, **more) as answer:
            is_json = answer.content_type == "application/json"
            body = await answer.json() if is_json else await answer.text()
            return Told(answer.status, body, {name.lower(): value for name, value in answer.headers.items()})

    async def get(self, url: str, **more: Any) -> Told:
        return await self.ask("GET", url, **more)

    async def post(self, url: str, body: Any, **more: Any) -> Told:
        return await self.ask("POST", url, json=body, **more)

    async def batch(self, *requests: Any, **more: Any) -> Told:
        return await self.post("/$batch", {"requests": list(requests)}, **more)

    async def held(self, n: int) -> Holding | None:
        return (await self.tenant.look([user(n)]))[0].holding


def assign(key: str = user(0), *, remove: Iterable[str] = (E4,), add: Iterable[str] = (E3,)) -> dict[str, Any]:
    """An item of a batch that swaps; its id is the user's."""
    body = swap_body(remove=remove, add=add)
    return {"id": key, "method": "POST", "url": f"/users/{key}/assignLicense", "headers": JSON, "body": body}


def swap_body(*, remove: Iterable[str] = (E4,), add: Iterable[str] = (E3,)) -> dict[str, Any]:
    return {"addLicenses": [{"skuId": sku_id, "disabledPlans": []} for sku_id in add], "removeLicenses": list(remove)}


def read(key: str, query: str = "") -> dict[str, Any]:
    return {"id": key, "method": "GET", "url": f"/users/{key}{query}"}


def by_id(told: Told) -> dict[str, Any]:
    assert told.status == 200, told
    found = {response["id"]: response for response in told.body["responses"]}
    assert len(found) == len(told.body["responses"])
    return found


@asynccontextmanager
async def served(
    folder: Path,
    *held: Holding,
    faults: Faults | None = None,
    quota: Quota | None = None,
    skus: Iterable[Sku] = SKUS,
) -> AsyncIterator[Face]:
    faults = faults or Faults()
    calm = replace(faults, latency=0.0)
    tenant = PracticeTenant.create(folder / "served.db", skus, people(*held), faults=calm)
    server = TestServer(make_app(tenant, faults, quota))
    await server.start_server(access_log=None, logger=LOGGER)
    try:
        async with ClientSession(timeout=ClientTimeout(total=None)) as http:
            yield Face(tenant, http, str(server.make_url("")).rstrip("/"))
    finally:
        await server.close()
        await tenant.close()


def during(folder: Path, held: Iterable[Holding], work: Callable[[Face], Awaitable[None]], **more: Any) -> None:
    """Serve a tenant with users who hold this, do the work, stop serving."""

    async def main() -> None:
        async with served(folder, *held, **more) as face:
            await work(face)
            await asyncio.sleep(0)

    with asyncio.Runner(loop_factory=_Loop) as runner:
        runner.run(main())
