"""Servers in a thread: a practice tenant over plain HTTP or TLS, and a proxy that tunnels to it and takes notes."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from batch.tenants.faults import Faults
from batch.tenants.practice import PracticeTenant
from batch.tenants.served.app import make_app

#: The name of the service behind the proxy; it is nowhere else.
HOST = "graph.practice.test"


@contextmanager
def in_a_thread(begin: Callable[[AsyncExitStack], Awaitable[Any]]) -> Iterator[Any]:
    """What ``begin`` returns, on an event loop of its own until the block ends."""
    loop, ready, found = asyncio.new_event_loop(), threading.Event(), []
    over = asyncio.Event()

    async def live() -> None:
        async with AsyncExitStack() as stack:
            found.append(await begin(stack))
            ready.set()
            await over.wait()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    thread = threading.Thread(target=loop.run_until_complete, args=(live(),))
    thread.start()
    try:
        assert ready.wait(10)
        yield found[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)
        loop.close()


@contextmanager
def served_here(
    file: str,
    faults: Faults | None = None,
    secure: ssl.SSLContext | None = None,
    app: web.Application | None = None,
    meddle: Callable[[PracticeTenant, web.Request], None] | None = None,
) -> Iterator[str]:
    """The root of the practice tenant in this file, or of another application; ``meddle`` sees every request first."""

    async def begin(stack: AsyncExitStack) -> str:
        serving = app
        if serving is None:
            tenant = PracticeTenant.open(file, faults)
            stack.push_async_callback(tenant.close)
            serving = make_app(tenant, faults or Faults(), None)
            if meddle:
                serving.middlewares.append(_meddling(tenant, meddle))
        runner = web.AppRunner(serving, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=secure).start()
        return f"{'https' if secure else 'http'}://127.0.0.1:{runner.addresses[0][1]}/v1.0"

    with in_a_thread(begin) as root:
        yield root


def _meddling(tenant: PracticeTenant, meddle: Callable[[PracticeTenant, web.Request], None]) -> Any:
    @web.middleware
    async def middleware(request: web.Request, handler: Any) -> web.StreamResponse:
        meddle(tenant, request)
        return await handler(request)

    return middleware


@dataclass
class Proxy:
    """Tunnels every ``CONNECT`` to one port of this machine, or answers it with a status."""

    to: int
    refuses: int = 0
    port: int = 0
    #: Whole heads of requests.
    heads: list[str] = field(default_factory=list)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
            if self.refuses:
                writer.write(f"HTTP/1.1 {self.refuses} No\r\nContent-Length: 0\r\n\r\n".encode())
            else:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                there, back = await asyncio.open_connection("127.0.0.1", self.to)
                await asyncio.gather(_pump(reader, back), _pump(there, writer))
        writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@contextmanager
def proxied(to: int, refuses: int = 0) -> Iterator[Proxy]:
    async def begin(stack: AsyncExitStack) -> Proxy:
        proxy = Proxy(to, refuses)
        server = await asyncio.start_server(proxy.take, "127.0.0.1", 0)
        stack.callback(server.close)
        proxy.port = server.sockets[0].getsockname()[1]
        return proxy

    with in_a_thread(begin) as proxy:
        yield proxy


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate of ``HOST`` that signs itself, as a file to trust, and as what a server shows."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, shown = folder / "ca.pem", folder / "server.pem"
    pem = serialization.Encoding.PEM
    trusted.write_bytes(made.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    shown.write_bytes(private + made.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown)
    return trusted, context
