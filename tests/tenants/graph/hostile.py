"""A service on this machine that answers with whatever bytes a test wants, or not at all."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    #: Lower-case names.
    headers: dict[str, str]
    body: bytes

    @property
    def items(self) -> list[dict[str, Any]]:
        """The requests of a batch."""
        found: list[dict[str, Any]] = json.loads(self.body)["requests"]
        return found


#: Answers with bytes; None drops the connection without a word.
Behaviour = Callable[[Request], bytes | None]


def http(
    body: Any = None, status: int = 200, headers: dict[str, str] | None = None, *, length: int | None = None
) -> bytes:
    """An HTTP answer; ``body`` is bytes as they are, anything else as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = {"Content-Type": "application/json", "Content-Length": str(len(raw) if length is None else length)}
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{k}: {v}" for k, v in (head | (headers or {})).items())]
    return "\r\n".join([*lines, "", ""]).encode() + raw


def zipped(body: bytes) -> bytes:
    return http(gzip.compress(body), headers={"Content-Encoding": "gzip"})


def batched(request: Request, *statuses: int, **more: Any) -> bytes:
    """An answer to a batch: these statuses for its items in order, 200 for the rest."""
    told = [*statuses, *[200] * len(request.items)]
    responses = [
        {"id": item["id"], "status": s, "body": {}} | more for item, s in zip(request.items, told, strict=False)
    ]
    return http({"responses": responses})


@dataclass
class Hostile:
    """What it was asked so far, and where it is."""

    behave: Behaviour
    port: int = 0
    asked: list[Request] = field(default_factory=list)
    connections: int = 0
    #: Waits so long before an answer, in seconds of the loop.
    slow: float = 0.0

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1.0"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while (request := await _read(reader)) is not None:
                self.asked.append(request)
                answer = self.behave(request)
                if self.slow:
                    await asyncio.sleep(self.slow)
                if answer is None:
                    writer.transport.abort()
                    return
                writer.write(answer)
                await writer.drain()
                head, _, body = answer.partition(b"\r\n\r\n")
                if b"Content-Length: %d" % len(body) not in head:
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = head.decode().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path, headers, body)


@asynccontextmanager
async def hostile(behave: Behaviour, tls: ssl.SSLContext | None = None) -> AsyncIterator[Hostile]:
    service = Hostile(behave)
    tasks: set[asyncio.Task[None]] = set()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.ensure_future(service.serve(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0, ssl=tls)
    service.port = server.sockets[0].getsockname()[1]
    try:
        yield service
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


async def no_name(*_: object, **__: object) -> list[object]:
    """In place of ``getaddrinfo``: nobody knows any name, and no network is asked."""
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


class Tokens:
    """Bearer tokens one after another: token-1, token-2, …"""

    def __init__(self) -> None:
        self.number = 1
        self.renewals = 0

    async def close(self) -> None:
        """Nothing to let go of."""

    async def bearer(self, *, renew: bool = False) -> str:
        if renew:
            self.renewals += 1
            self.number += 1
        return f"token-{self.number}"
