"""Whatever is sent, the served tenant answers in Graph's words or not at all: no traceback, no 500, nothing changed."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tenants.served.face import JSON, Face, assign, by_id, during, swap_body
from tests.tenants.small_tenant import E4, direct, upn, user

DEEP = b"[" * 100_000

NO_BATCH = [
    b"",
    b"{",
    b"nonsense",
    b"\xff\xfe{\x00}\x00",
    b'{"requests": [NaN]}',
    b'{"requests": Infinity}',
    b'{"n": ' + b"9" * 10_000 + b"}",
    DEEP,
    b'{"requests":' + DEEP,
    b'"\\ud800"',
    b"{}\x00",
    b"\xef\xbb\xbf[]",
]


class TestBodies:
    def test_what_is_no_batch_is_400(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            for body in NO_BATCH:
                for url in ("/$batch", f"/users/{user(0)}/assignLicense"):
                    told = await face.ask("POST", url, data=body, headers=JSON)
                    assert (told.status, told.code) == (400, "BadRequest"), body[:30]
            assert await face.held(0) == direct(E4)

        during(tmp_path, [direct(E4)], work)

    def test_too_much_is_413(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            large = json.dumps({"requests": [assign(user(0))], "padding": "x" * (4 * 1024 * 1024)}).encode()
            told = await face.ask("POST", "/$batch", data=io.BytesIO(large), headers=JSON)
            assert (told.status, told.code) == (413, "RequestEntityTooLarge")
            bomb = gzip.compress(b"[" + b" " * (16 * 1024 * 1024) + b"]")
            told = await face.ask("POST", "/$batch", data=bomb, headers=JSON | {"Content-Encoding": "gzip"})
            assert told.status in (400, 413)
            assert await face.held(0) == direct(E4)

        during(tmp_path, [direct(E4)], work)

    def test_other_types_and_wrong_compression_are_refused(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            text = json.dumps({"requests": [assign(user(0))]}).encode()
            for headers in ({"Content-Type": "text/plain"}, {"Content-Type": ";"}, {"Content-Type": "application/xml"}):
                told = await face.ask("POST", "/$batch", data=text, headers=headers)
                assert (told.status, "Content-Type" in told.message) == (400, True)
            wrong = {**JSON, "Content-Encoding": "gzip"}
            assert (await face.ask("POST", "/$batch", data=b"no gzip", headers=wrong)).status == 400
            assert (await face.ask("POST", "/$batch", data=zlib.compress(text)[:-9], headers=wrong)).status == 400
            assert await face.held(0) == direct(E4)
            good = {**JSON, "Content-Encoding": "gzip"}
            by_id(await face.ask("POST", "/$batch", data=gzip.compress(text), headers=good))
            assert await face.held(0) != direct(E4)

        during(tmp_path, [direct(E4)], work)

    def test_names_that_are_no_text_are_not_found(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            urls = [
                "/users/\ud800",
                "/users/a\x00b/assignLicense",
                "/users/%00",
                "/users/%ED%A0%80",
                "/users/ü?$select=\ud800",
            ]
            items = [
                {"id": f"{n}\ud800", "method": "POST" if "assign" in url else "GET", "url": url}
                | ({"headers": JSON, "body": swap_body()} if "assign" in url else {})
                for n, url in enumerate(urls)
            ]
            told = await face.ask("POST", "/$batch", data=json.dumps({"requests": items}).encode(), headers=JSON)
            found = by_id(told)
            assert [found[item["id"]]["status"] for item in items] == [400, 404, 404, 400, 400]

        during(tmp_path, [direct(E4)], work)


STRANGE_PATHS = [
    "/users/%zz",
    "/users/%",
    "/users/%ff",
    "/users?%zz=1",
    "/users?$select=%e0%80",
    "/users/..%2f..%2fetc",
    "/users/../subscribedSkus",
    "/users?$filter=" + quote("id eq '"),
    "/users?$filter=" + quote("id eq 'x'; DROP TABLE users --"),
    "/users?$filter=" + "(" * 3000,
    "/users?" + "&".join(f"a{n}=b" for n in range(900)),
    "/users('",
    "/users('')",
    "/users(''')",
    "/" + "/".join("x" * 500),
    "/users/" + "x" * 5000,
]


def test_a_strange_url_is_answered(tmp_path: Path) -> None:
    async def work(face: Face) -> None:
        for path in STRANGE_PATHS:
            assert (await face.get(path)).status in (200, 400, 404), path[:40]
        assert (await face.get("/users")).values[0]["id"] == user(0)

    during(tmp_path, [direct(E4)], work)


#: Sent as they are; each on a connection of its own.
RAW = [
    b"GET /v1.0/users?$filter=id eq 'x' HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http://elsewhere/v1.0/users HTTP/1.1\r\nHost: evil.example/..\r\nAuthorization: Bearer t\r\n\r\n",
    b"GET /v1.0/users/\xff\xfe HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /v1.0/users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\r\nclient-request-id: \xff\xfe\r\n\r\n",
    b"POST /v1.0/$batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"NONSENSE\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET /v1.0/users HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    b"GET /v1.0/" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
]


class TestConnections:
    def test_raw_bytes_never_make_a_500(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            port = int(face.root.rpartition(":")[2])
            for sent in RAW:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(sent)
                writer.write_eof()
                answer = await reader.read()
                writer.close()
                await writer.wait_closed()
                assert b"Traceback" not in answer
                assert not answer.startswith(b"HTTP/1.1 5"), sent[:40]
                assert (await face.get("/users")).status == 200

        during(tmp_path, [direct(E4)], work)

    def test_who_hangs_up_in_the_middle_disturbs_nobody(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            port = int(face.root.rpartition(":")[2])
            body = json.dumps({"requests": [assign(user(0))]}).encode()
            head = (
                "POST /v1.0/$batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            ).encode()
            for sent in (head + body[:50], head + body):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(sent)
                await writer.drain()
                writer.transport.abort()
                for _ in range(5):
                    await asyncio.sleep(0)
            assert (await face.get("/users")).status == 200

        during(tmp_path, [direct(E4)], work)

    def test_links_lead_back_to_where_the_request_went(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            for host, root in (("localhost:81", "localhost:81"), ("[::1]:8", "[::1]:8"), ("x/../y", "127.0.0.1")):
                told = await face.get("/users?$top=1", headers={"Host": host})
                assert told.body["@odata.nextLink"].startswith(f"http://{root}/v1.0/users?")

        during(tmp_path, [direct(E4)] * 2, work)

    def test_only_a_proper_id_is_echoed(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            for given_id in ("x y", "é", "x" * 129):
                told = await face.get("/users", headers={"client-request-id": given_id})
                assert told.headers["client-request-id"] == told.headers["request-id"]

        during(tmp_path, [], work)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from([E4, user(0), upn(0)]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "addLicenses", "skuId", "x"]), inner, max_size=3)
    ),
    max_leaves=5,
)
items = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["1", "2", "A", "a"]) | json_values,
        "method": st.sampled_from(["GET", "POST", "PATCH", "x"]) | json_values,
        "url": st.sampled_from(
            [
                "/users",
                f"/users/{upn(0)}",
                f"users/{user(0)}/assignLicense",
                "/$batch",
                "/users?$filter=a",
                "",
                "?",
                "/(",
            ]
        )
        | json_values,
        "headers": st.just(JSON) | json_values,
        "body": st.just(swap_body()) | json_values,
        "dependsOn": st.lists(st.sampled_from(["1", "2", "a"]), max_size=2) | json_values,
    },
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batches=st.lists(st.lists(items, max_size=4) | json_values, min_size=10, max_size=10))
def test_no_batch_makes_a_500(tmp_path_factory: pytest.TempPathFactory, batches: list[Any]) -> None:
    async def work(face: Face) -> None:
        for requests in batches:
            told = await face.post("/$batch", {"requests": requests})
            assert told.status in (200, 400)
            if told.status == 200:
                assert by_id(told).keys() == {request["id"] for request in requests}

    during(tmp_path_factory.mktemp("batches"), [direct(E4)], work)
