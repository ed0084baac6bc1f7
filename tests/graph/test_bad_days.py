"""Bad days of the real command against what it takes for Microsoft 365: exit codes, words, and no secret anywhere."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from aiohttp import web

from batch.cli import main
from batch.tenants.faults import Faults, Thief
from batch.tenants.practice import PracticeTenant
from tests.cli.conftest import E3, MOVE, Ended, lines_of
from tests.graph.processes import TOKEN, assert_no_secret, counters, environment, make_tenant, reassign, result, written
from tests.graph.tunnels import HOST, certificate, proxied, served_here

pytestmark = pytest.mark.usefixtures("elsewhere")

GRAPH = ("--users", "users.csv", "--tenant", "graph", "--settle", "200ms", "--write-quota", "none")
PLAN = ("plan", "--users", "users.csv", *MOVE, "--tenant", "graph", "--settle", "200ms", "--out", "r")
RUN = ("run", *GRAPH, *MOVE, "--yes", "--out", "r")


@pytest.fixture
def here(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ended]:
    """Run the command in this process, which is quicker, with the same environment."""

    def call(root: str, *arguments: object, token: str = TOKEN) -> Ended:
        for name in set(os.environ) - environment(root).keys():
            monkeypatch.delenv(name)
        for name, value in environment(root, token).items():
            monkeypatch.setenv(name, value)
        capsys.readouterr()
        code = main.run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.out + captured.err
        assert TOKEN not in captured.out + captured.err
        return Ended(code, captured.out, captured.err)

    return call


def tells(ended: Ended, code: int, *words: str) -> None:
    """It ended with this code, says these words, and says what to do in a line of its own."""
    assert ended.code == code, ended
    for word in words:
        assert word in ended.err + ended.out, f"{word}: {ended}"
    assert len(ended.err.strip().splitlines()) >= 2, ended
    assert_no_secret()


def test_a_token_that_has_ended(here: Callable[..., Ended]) -> None:
    make_tenant(5)
    with served_here("tenant.db") as root:
        tells(here(root, *PLAN, token="expired"), 8, "REASSIGN_GRAPH_TOKEN", "it has ended")
    assert written() == {0: 5}


def test_a_token_that_may_only_read(here: Callable[..., Ended]) -> None:
    """The run stops at its first group and says which right is missing; with the right it goes on."""
    make_tenant(60)
    with served_here("tenant.db") as root:
        ended = here(root, *RUN, token="readonly")
        assert ended.code == 8, ended
        assert "LicenseAssignment.ReadWrite.All" in ended.out + ended.err
        assert "carry on: reassign apply r" in " ".join(ended.out.split())
        assert (written(), counters()["writes"]) == ({0: 60}, 0)
        counts = result("r")["counts"]
        assert (counts["applied"], counts["not_sent"], counts["in_doubt"]) == (0, 60, 0)  # type: ignore[index]
        assert all("LicenseAssignment.ReadWrite.All" in line["reason"] for line in lines_of("r/results.csv"))
        ended = here(root, "apply", "r")
    assert ended.code == 0, ended
    assert written() == {1: 60}
    assert_no_secret()


@pytest.mark.parametrize(
    "which",
    [
        ("no connection to 127.0.0.1 came about", f"the certificate of {HOST} is not trusted"),
        pytest.param(("the name", f"the proxy on the way to {HOST} answered HTTP 407"), marks=pytest.mark.slow),
    ],
)
def test_no_way_there(which: tuple[str, ...], elsewhere: Path) -> None:
    """Nobody listens, nobody knows the name, the certificate is a stranger's, the proxy says no: told soon, and why."""
    make_tenant(5)
    _, shown = certificate(elsewhere)
    way = "http://somebody:a-proxy-password@127.0.0.1"
    with served_here("tenant.db", secure=shown) as root, ExitStack() as stack:
        port = int(root.split(":")[2].removesuffix("/v1.0"))
        through, closed = stack.enter_context(proxied(port)), stack.enter_context(proxied(9, refuses=407))
        cases: dict[str, tuple[str, dict[str, str]]] = {
            "no connection": ("http://127.0.0.1:9/v1.0", {}),
            "the name": ("https://no-such-host.invalid/v1.0", {}),
            "the certificate": (f"https://{HOST}:{port}/v1.0", {"HTTPS_PROXY": f"{way}:{through.port}"}),
            "the proxy": (f"https://{HOST}/v1.0", {"HTTPS_PROXY": f"{way}:{closed.port}"}),
        }
        began = time.monotonic()
        with ThreadPoolExecutor() as pool:
            asked = []
            for words in which:
                at, more = next(case for name, case in cases.items() if words.startswith(name))
                asked.append(pool.submit(reassign, at, *RUN, **more))
        ended = dict(zip(which, (one.result() for one in asked), strict=True))
    assert time.monotonic() - began < 25
    for words, one in ended.items():
        tells(one, 1, words, "SSL_CERT_FILE" if "certificate" in words else "reassign tenant doctor")
        assert "a-proxy-password" not in one.out + one.err
    assert_no_secret("a-proxy-password")
    assert written() == {0: 5}


def test_a_web_page_instead_of_the_service(here: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked again for a while, since such pages come and go; then somebody is told."""

    async def page(request: web.Request) -> web.Response:
        return web.Response(text="<html>Welcome</html>", content_type="text/html")

    monkeypatch.setattr("batch.tenants.graph.pages.wait_for", lambda *_: 0.01)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", page)
    make_tenant(5)
    with served_here("", app=app) as root:
        tells(here(root, *PLAN), 1, "the answer was not JSON")


def test_the_tenant_does_not_own_the_new_product(here: Callable[..., Ended]) -> None:
    make_tenant(5)
    with served_here("tenant.db") as root:
        ended = here(root, "run", *GRAPH, "--from", "Office 365 E4", "--to", "SPE_E5", "--yes", "--out", "r")
    assert ended.code == 3, ended
    assert "The tenant does not own the new product." in ended.out
    assert "p0000@c.example" in ended.out
    assert {line["code"] for line in lines_of("r/results.csv")} == {"sku_not_owned"}
    assert written() == {0: 5}


def left_behind(number: int) -> None:
    """So many found no seat: each is named with the reason, and can be fed in again; everybody else moved once."""
    left = [line for line in lines_of("r/results.csv") if line["outcome"] != "applied"]
    assert len(left) == number
    assert all("seat" in line["reason"] for line in left), left
    with closing(sqlite3.connect("tenant.db")) as db:
        unmoved = {upn for (upn,) in db.execute("SELECT upn FROM users WHERE writes = 0")}
    assert {line["user"] for line in left} == unmoved
    assert len(lines_of("r/rejects.csv")) == number
    assert written() == {0: number, 1: 60 - number}
    assert (counters()["redundant"], counters()["gaps"], counters()["over_full"]) == (0, 0, 0)
    assert_no_secret()


def test_somebody_else_takes_the_last_seats(here: Callable[..., Ended]) -> None:
    make_tenant(60)
    with served_here("tenant.db", Faults(thieves=(Thief(E3, 20),) * 3)) as root:
        ended = here(root, *RUN, "--in-flight", "1")
    assert counters()["thefts"] == 3
    left_behind(3)
    # The seats in use are not what this run alone would make of them, and that is told.
    assert ended.code == 3, ended
    assert "Done in part. 57 people moved" in ended.out
    assert "57 seats should be in use, 60 are" in ended.out


def test_seats_are_given_back_in_mid_run(here: Callable[..., Ended]) -> None:
    make_tenant(60)

    def lapse(tenant: PracticeTenant, request: web.Request) -> None:
        if request.path.endswith("$batch") and counters()["writes"] >= 20:
            tenant.set_seats(E3, 37)

    with served_here("tenant.db", meddle=lapse) as root:
        ended = here(root, *RUN, "--in-flight", "1")
    assert ended.code == 3, ended
    assert "Done in part. 37 people moved" in ended.out
    left_behind(23)


@pytest.mark.parametrize(
    "password", ["somebody:a-proxy-password@", pytest.param("", marks=pytest.mark.slow)], ids=["a password", "none"]
)
def test_a_proxy_and_a_private_certificate(password: str, elsewhere: Path) -> None:
    """The proxy is told where to, and nothing else; the certificate is trusted because a file says so."""
    make_tenant(30)
    trusted, shown = certificate(elsewhere)
    with served_here("tenant.db", secure=shown) as root:
        port = int(root.split(":")[2].removesuffix("/v1.0"))
        with proxied(port) as proxy:
            way = {"HTTPS_PROXY": f"http://{password}127.0.0.1:{proxy.port}", "SSL_CERT_FILE": str(trusted)}
            ended = reassign(f"https://{HOST}:{port}/v1.0", *RUN, **way)
    assert ended.code == 0, ended
    assert written() == {1: 30}
    assert proxy.heads
    assert all(head.startswith(f"CONNECT {HOST}:{port} HTTP/1.1\r\n") for head in proxy.heads)
    assert not any(TOKEN in head or "\nAuthorization" in head for head in proxy.heads)
    assert all(("Proxy-Authorization: Basic" in head) == bool(password) for head in proxy.heads)
    assert "a-proxy-password" not in ended.out + ended.err
    assert_no_secret("a-proxy-password")
