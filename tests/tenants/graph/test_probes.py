"""Whether a root can be reached: TLS, proxy and silence told apart."""

from __future__ import annotations

import asyncio

import pytest

from batch.core.errors import UsageError
from batch.tenants.graph.probes import reach
from tests.tenants.graph.entra import Entra


@pytest.fixture(autouse=True)
def _straight(monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    return Entra(tmp_path_factory.mktemp("tls"))


def reached(server):
    async def scene():
        async with server.running():
            return await reach(f"{server.url}/v1.0")

    return asyncio.run(scene())


def test_a_private_ca_is_honoured_once_it_is_told(server, monkeypatch):
    found = reached(server)
    assert not found.answered
    assert "certificate" in found.text
    assert "SSL_CERT_FILE" in found.todo
    monkeypatch.setenv("SSL_CERT_FILE", str(server.ca))
    found = reached(server)
    assert found.answered
    assert found.text == "127.0.0.1 answers (HTTP 404)"


def test_a_proxy_that_is_not_there(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://me:hunter2@127.0.0.1:9")
    found = asyncio.run(reach("https://graph.example/v1.0"))
    assert not found.answered
    assert "proxy" in found.text
    assert "HTTPS_PROXY" in found.todo
    assert "hunter2" not in str(found)


def test_a_proxy_that_is_none(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:9")
    with pytest.raises(UsageError):
        asyncio.run(reach("https://graph.example/v1.0"))


def test_a_name_that_nobody_knows(monkeypatch):
    async def scene():
        async def unknown(*_, **__):
            raise OSError("Name or service not known")

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
        return await reach("https://graph.example/v1.0")

    found = asyncio.run(scene())
    assert not found.answered
    assert "graph.example was not found" in found.text
    assert "DNS" in found.todo


def test_something_that_does_not_speak_http():
    async def scene():
        async def rubbish(reader, writer):
            writer.write(b"220 mail.example ESMTP\r\n")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(rubbish, "127.0.0.1", 0)
        async with server:
            return await reach(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1.0")

    assert not asyncio.run(scene()).answered
