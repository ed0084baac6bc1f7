"""One exchange with a service that misbehaves in every way, and where the token goes."""

from __future__ import annotations

import asyncio
import gc
import gzip
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from batch import __version__
from batch.core.errors import TenantRefused, UsageError
from batch.tenants.graph import wire
from batch.tenants.graph.wire import Patience, Reply, Wire
from tests.tenants.graph.certificates import Authority
from tests.tenants.graph.hostile import Behaviour, Hostile, Tokens, hostile, http, no_name, zipped
from tests.tenants.graph.quick_time import RELAXED, run_quickly

FINE = http({"value": []})


def talk(behave: Behaviour, work: Callable[[Wire, Hostile], Awaitable[Any]], patience: Patience = RELAXED) -> Any:
    async def main() -> Any:
        async with hostile(behave) as service:
            made = Wire(service.root, Tokens(), patience)
            try:
                return await work(made, service)
            finally:
                await made.close()

    return run_quickly(main())


def reply_to(answer: bytes | None, *, post: bool = False) -> Reply:
    async def work(made: Wire, _: Hostile) -> Reply:
        return await (made.post("/$batch", b"{}") if post else made.get("/users"))

    found = talk(lambda _: answer, work)
    assert isinstance(found, Reply)
    return found


class TestWhatIsSent:
    def test_every_request_says_who_asks_and_that_it_can_wait(self) -> None:
        async def work(made: Wire, service: Hostile) -> None:
            await made.get("/users?$select=id", eventual=True)
            await made.get("/users")
            await made.post("/$batch", b'{"requests":[]}')
            for request in service.asked:
                assert request.headers["authorization"] == "Bearer token-1"
                assert request.headers["user-agent"] == f"license-reassign/{__version__}"
                assert request.headers["x-ms-throttle-priority"] == "Low"
                assert request.headers["accept"] == "application/json"
                assert "cookie" not in request.headers
            first, second, third = service.asked
            assert first.path == "/v1.0/users?$select=id"
            assert (first.headers["consistencylevel"], "consistencylevel" in second.headers) == ("eventual", False)
            assert (third.method, third.path, third.body) == ("POST", "/v1.0/$batch", b'{"requests":[]}')
            assert third.headers["content-type"] == "application/json"
            assert len({request.headers["client-request-id"] for request in service.asked}) == 3
            assert service.connections == 1

        talk(lambda _: http({}, headers={"Set-Cookie": "a=b"}), work)

    def test_header_names_of_the_answer_are_lower_case(self) -> None:
        assert reply_to(http({}, headers={"RETRY-After": "7"})).headers["retry-after"] == "7"

    def test_what_is_zipped_is_unzipped(self) -> None:
        assert reply_to(zipped(b'{"a":1}')).body == {"a": 1}


class TestWhatComesBack:
    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            (http(b"<html><body>hello</body></html>", headers={"Content-Type": "text/html"}), "not JSON"),
            (http(b"[1]"), "not JSON"),
            (http(b""), "not JSON"),
            (http(b"[" * 50_000), "not JSON"),
            (http({"a": 1}, length=500), "cut off"),
            (http(b'{"a":1}', headers={"Content-Encoding": "gzip"}), "cut off or garbled"),
            (http(gzip.compress(b'{"a":1}' * 999)[:60], headers={"Content-Encoding": "gzip"}), "garbled|not JSON"),
            (b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n', "cut"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}", "cut"),
            (b"HTTP/1.1 2OO OK\r\n\r\n{}", "cut"),
            (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "cut"),
            (b"\x16\x03\x01\x00\xff" * 9, "cut"),
            (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n{}", "cut"),
            (b"", "cut"),
            (None, "cut"),
        ],
    )
    def test_a_success_that_cannot_be_read_is_no_answer(self, answer: bytes | None, words: str) -> None:
        for post in (False, True):
            reply = reply_to(answer, post=post)
            assert (reply.status, reply.body) == (0, None)
            assert any(word in reply.trouble for word in words.split("|"))

    @pytest.mark.parametrize("status", [301, 400, 403, 404, 424, 429, 500, 503])
    def test_a_failure_stays_one_by_its_status(self, status: int) -> None:
        reply = reply_to(http(b"<html>sorry</html>", status, {"Retry-After": "9"}))
        assert (reply.status, reply.body, reply.trouble) == (status, None, "the answer was not JSON")
        assert reply.headers["retry-after"] == "9"

    @pytest.mark.parametrize("squeezed", [False, True])
    def test_a_huge_answer_is_not_read_to_its_end(self, monkeypatch: pytest.MonkeyPatch, *, squeezed: bool) -> None:
        monkeypatch.setattr(wire, "BATCH_MOST", 1 << 20)
        huge = b'{"a":"' + b"x" * (8 << 20) + b'"}'
        reply = reply_to(zipped(huge) if squeezed else http(huge), post=True)
        assert (reply.status, reply.trouble) == (0, "the answer was larger than 1 MB")
        # A page may be larger.
        assert reply_to(zipped(huge) if squeezed else http(huge)).status == 200

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_nobody_is_followed_to_another_place(self, status: int) -> None:
        async def work(made: Wire, service: Hostile) -> None:
            async with hostile(lambda _: FINE) as elsewhere:
                service.behave = lambda _: http({}, status, {"Location": f"{elsewhere.root}/users"})
                assert (await made.get("/users")).status == status
                assert (await made.post("/$batch", b"{}")).status == status
                assert not elsewhere.asked

        talk(lambda _: FINE, work)

    def test_a_service_that_says_nothing_is_given_up(self) -> None:
        async def work(made: Wire, service: Hostile) -> None:
            service.slow = 50.0
            reply = await made.post("/$batch", b"{}")
            assert (reply.status, reply.trouble) == (0, "127.0.0.1 did not answer in time")

        talk(lambda _: FINE, work, RELAXED._replace(quiet=5.0))
        talk(lambda _: FINE, work, RELAXED._replace(whole=5.0))

    def test_the_next_request_after_a_cut_gets_a_connection_of_its_own(self) -> None:
        answers = iter([None, FINE])

        async def work(made: Wire, service: Hostile) -> None:
            assert [(await made.post("/$batch", b"{}")).status for _ in range(2)] == [0, 200]
            assert service.connections == 2

        talk(lambda _: next(answers), work)


class TestNeverLeft:
    def test_nobody_listens(self) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            root = f"http://127.0.0.1:{unused.getsockname()[1]}/v1.0"
            reply = once(root)
        assert (reply.status, reply.body) == (-1, None)
        assert "no connection to 127.0.0.1 came about" in reply.trouble

    def test_nobody_knows_the_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("asyncio.base_events.BaseEventLoop.getaddrinfo", no_name)
        reply = once("https://graph.invalid/v1.0")
        assert (reply.status, reply.trouble) == (-1, "the name graph.invalid was not found")

    def test_a_connection_that_does_not_come_about_in_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def never(*_: object, **__: object) -> None:
            await asyncio.sleep(1000)

        monkeypatch.setattr("aiohttp.TCPConnector._create_connection", never)
        reply = once("https://graph.invalid/v1.0", Patience(connect=5.0))
        assert (reply.status, reply.trouble) == (-1, "no connection to graph.invalid came about in time")


def once(root: str, patience: Patience = RELAXED) -> Reply:
    async def main() -> Reply:
        made = Wire(root, Tokens(), patience)
        try:
            return await made.post("/$batch", b"{}")
        finally:
            await made.close()

    return run_quickly(main())


class TestToken:
    def test_a_401_is_sent_once_more_with_a_fresh_token(self) -> None:
        async def work(made: Wire, service: Hostile) -> None:
            assert (await made.post("/$batch", b"{}")).status == 200
            assert [r.headers["authorization"] for r in service.asked] == ["Bearer token-1", "Bearer token-2"]
            assert {r.body for r in service.asked} == {b"{}"}

        talk(lambda r: FINE if r.headers["authorization"] == "Bearer token-2" else http({}, 401), work)

    def test_a_second_401_stays(self) -> None:
        async def work(made: Wire, service: Hostile) -> None:
            assert (await made.get("/users")).status == 401
            assert len(service.asked) == 2

        talk(lambda _: http({"error": {"code": "InvalidAuthenticationToken"}}, 401), work)

    def test_many_at_once_renew_it_once(self) -> None:
        tokens = Tokens()

        async def main() -> None:
            async with hostile(
                lambda r: FINE if r.headers["authorization"] == "Bearer token-2" else http({}, 401)
            ) as service:
                made = Wire(service.root, tokens, RELAXED)
                replies = await asyncio.gather(*(made.get("/users") for _ in range(5)))
                assert [reply.status for reply in replies] == [200] * 5
                await made.close()

        run_quickly(main())
        assert tokens.renewals == 1

    def test_what_the_tokens_raise_comes_through(self) -> None:
        class Refusing:
            async def close(self) -> None:
                """Nothing to let go of."""

            async def bearer(self, *, renew: bool = False) -> str:
                raise TenantRefused("no")

        async def main() -> None:
            made = Wire("http://127.0.0.1:9/v1.0", Refusing())
            with pytest.raises(TenantRefused):
                await made.get("/users")
            await made.close()

        run_quickly(main())

    @pytest.mark.parametrize(
        ("link", "below"),
        [
            ("https://graph.microsoft.com/v1.0/users?$skiptoken=a%20b", True),
            ("https://graph.microsoft.com:443/v1.0/users", True),
            ("https://GRAPH.Microsoft.com/v1.0/users", True),
            ("https://graph.microsoft.com/v1.0", False),
            ("https://graph.microsoft.com/beta/users", False),
            ("https://graph.microsoft.com/v1.0x/users", False),
            ("https://graph.microsoft.com/v1.0/../beta/users", False),
            ("https://graph.microsoft.com:444/v1.0/users", False),
            ("http://graph.microsoft.com/v1.0/users", False),
            ("https://graph.microsoft.com.evil.example/v1.0/users", False),
            ("https://evil.example/v1.0/users", False),
            ("https://graph.microsoft.com@evil.example/v1.0/users", False),
            ("https://me:x@graph.microsoft.com/v1.0/users", False),
            ("https://evil.example\\@graph.microsoft.com/v1.0/users", False),
            ("https://graph.microsoft.com/v1.0/users\r\nX: y", False),
            ("https://graph.microsoft.com/v1.0/users y", False),
            ("https://graph.microsoft.cöm/v1.0/users", False),
            ("//graph.microsoft.com/v1.0/users", False),
            ("/v1.0/users", False),
            ("https://[/v1.0/users", False),
            ("https://graph.microsoft.com:port/v1.0/users", False),
            ("", False),
        ],
    )
    def test_the_token_goes_nowhere_but_below_the_root(self, link: str, *, below: bool) -> None:
        assert Wire("https://graph.microsoft.com/v1.0/", Tokens()).below(link) is below

    def test_not_even_when_told(self) -> None:
        async def work(made: Wire, service: Hostile) -> None:
            async with hostile(lambda _: FINE) as elsewhere:
                with pytest.raises(ValueError, match="nowhere"):
                    await made.get(f"{elsewhere.root}/users")
                assert not elsewhere.asked

        talk(lambda _: FINE, work)


class TestLoops:
    def test_one_wire_serves_one_loop_after_another_and_leaves_nothing_open(self) -> None:
        made: list[Wire] = []

        async def work(*, close: bool = False) -> None:
            async with hostile(lambda _: FINE) as service:
                made[:] = made or [Wire(service.root, Tokens())]
                made[0]._root = service.root
                assert (await made[0].get("/users")).status == 200
                assert (await made[0].get("/users")).status == 200
                assert service.connections == 1
                if close:
                    await made[0].close()

        asyncio.run(work())
        asyncio.run(work())
        asyncio.run(work(close=True))
        asyncio.run(made[0].close())
        asyncio.run(work())
        asyncio.run(made[0].close())
        gc.collect()

    def test_a_request_that_is_called_off_leaves_nothing_open(self) -> None:
        async def work(made: Wire, service: Hostile) -> None:
            service.slow = 100.0
            asking = asyncio.ensure_future(made.get("/users"))
            await asyncio.sleep(1)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking

        talk(lambda _: FINE, work)
        gc.collect()

    def test_a_wire_that_was_never_used_closes(self) -> None:
        asyncio.run(Wire("https://graph.microsoft.com/v1.0", Tokens()).close())


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


class TestTls:
    def meet(self, authority: Authority, root: str = "https://127.0.0.1:{port}/v1.0") -> tuple[Reply, Hostile]:
        async def main() -> tuple[Reply, Hostile]:
            async with hostile(lambda _: FINE, authority.server()) as service:
                made = Wire(root.format(port=service.port), Tokens())
                try:
                    return await made.get("/users"), service
                finally:
                    await made.close()

        return asyncio.run(main())

    def test_a_private_ca_is_trusted_when_named(self, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
        reply, service = self.meet(authority)
        assert reply.status == 200
        assert len(service.asked) == 1

    def test_otherwise_nothing_leaves(self, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("SSL_CERT_FILE", raising=False)
        reply, service = self.meet(authority)
        assert reply.status == -1
        assert "is not trusted" in reply.trouble
        assert "SSL_CERT_FILE" in reply.trouble
        assert not service.asked

    def test_a_certificate_for_somebody_else(self, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
        reply, service = self.meet(authority, "https://localhost:{port}/v1.0")
        assert reply.status == -1
        assert not service.asked

    def test_a_server_without_tls(self) -> None:
        async def main() -> Reply:
            async with hostile(lambda _: FINE) as service:
                made = Wire(f"https://127.0.0.1:{service.port}/v1.0", Tokens(), Patience(connect=20.0))
                try:
                    return await made.get("/users")
                finally:
                    await made.close()

        assert run_quickly(main()).status == -1

    def test_through_a_proxy_that_sees_neither_token_nor_path(
        self, authority: Authority, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
        seen: list[str] = []

        async def main() -> None:
            async with hostile(lambda _: FINE, authority.server()) as service:
                proxy = await asyncio.start_server(tunnel(seen, service.port), "127.0.0.1", 0)
                port = proxy.sockets[0].getsockname()[1]
                monkeypatch.setenv("HTTPS_PROXY", f"http://me:s%40cret@127.0.0.1:{port}")
                made = Wire("https://graph.example/v1.0", Tokens())
                assert (await made.get("/users")).status == 200
                assert service.asked[0].headers["authorization"] == "Bearer token-1"
                await made.close()
                proxy.close()
                await proxy.wait_closed()

        asyncio.run(main())
        (head,) = seen
        assert head.startswith("CONNECT graph.example:443 ")
        assert "Proxy-Authorization: Basic bWU6c0BjcmV0" in head
        assert "token-1" not in head

    @pytest.mark.parametrize("status", [403, 407, 502])
    def test_a_proxy_that_refuses(self, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
        async def main() -> None:
            async with hostile(lambda _: http({}, status)) as proxy:
                monkeypatch.setenv("HTTPS_PROXY", f"http://me:secret@127.0.0.1:{proxy.port}")
                made = Wire("https://graph.example/v1.0", Tokens())
                reply = await made.get("/users")
                assert reply.status == -1
                assert reply.trouble == f"the proxy on the way to graph.example answered HTTP {status}"
                await made.close()
                assert "token-1" not in str(proxy.asked)

        asyncio.run(main())

    def test_a_proxy_that_is_not_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{unused.getsockname()[1]}")
            reply = once("https://graph.example/v1.0")
        assert (reply.status, reply.trouble) == (-1, "the proxy on the way to graph.example could not be reached")


def tunnel(seen: list[str], port: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await reader.readuntil(b"\r\n\r\n")).decode())
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer), return_exceptions=True)

    return serve


class TestProxy:
    @pytest.fixture(autouse=True)
    def _bare(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUEST_METHOD"):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.lower(), raising=False)

    @pytest.mark.parametrize(
        ("root", "environment", "proxy"),
        [
            ("https://graph.microsoft.com/v1.0", {}, None),
            ("https://graph.microsoft.com/v1.0", {"HTTPS_PROXY": "http://p:3128"}, "http://p:3128"),
            ("https://graph.microsoft.com/v1.0", {"https_proxy": "p:3128"}, "http://p:3128"),
            ("https://graph.microsoft.com/v1.0", {"ALL_PROXY": "http://p:1"}, "http://p:1"),
            ("https://graph.microsoft.com/v1.0", {"HTTP_PROXY": "http://p:1"}, None),
            ("https://graph.microsoft.com/v1.0", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": ".microsoft.com"}, None),
            ("https://127.0.0.1:8443/v1.0", {"HTTPS_PROXY": "http://p:1"}, None),
            ("https://[::1]:8443/v1.0", {"HTTPS_PROXY": "http://p:1"}, None),
            ("http://localhost:8080/v1.0", {"HTTP_PROXY": "http://p:1", "ALL_PROXY": "http://p:1"}, None),
        ],
    )
    def test_the_environment_names_it(
        self, monkeypatch: pytest.MonkeyPatch, root: str, environment: dict[str, str], proxy: str | None
    ) -> None:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        found = Wire(root, Tokens())._proxy
        assert (str(found.url).rstrip("/") if found else None) == proxy

    @pytest.mark.parametrize("proxy", ["socks5://me:secret@p:1080", "http://", "http://me:secret@p:port", "ftp://p"])
    def test_one_that_cannot_be_used_is_the_persons_to_mend(self, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        with pytest.raises(UsageError, match="proxy") as caught:
            Wire("https://graph.microsoft.com/v1.0", Tokens())
        assert "secret" not in str(caught.value)

    def test_netrc_is_not_read(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

        async def work(made: Wire, service: Hostile) -> None:
            await made.get("/users")
            assert service.asked[0].headers["authorization"] == "Bearer token-1"

        talk(lambda _: FINE, work)


def test_the_token_is_in_no_trouble_and_no_log(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("asyncio.base_events.BaseEventLoop.getaddrinfo", no_name)
    caplog.set_level(logging.DEBUG)
    answers = [None, b"", http({}, 401), http(b"{"), b"HTTP/1.1 2OO OK\r\n\r\n", http({"a": 1}, length=99), FINE]
    replies = [reply_to(answer, post=post) for answer in answers for post in (False, True)]
    replies.append(once("https://graph.invalid/v1.0"))
    told = [repr(replies), caplog.text, repr(Wire("http://127.0.0.1/v1.0", Tokens()))]
    assert not any("token-" in text or "Bearer" in text for text in told)


def test_contexts_are_made_for_secure_roots_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssl, "create_default_context", lambda: pytest.fail("not for plain HTTP"))
    assert reply_to(FINE).status == 200
