"""What can happen to a request and its answer on the way, beyond what the practice tenant does by itself."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import MappingProxyType
from typing import Any

from aiohttp import web

from tests.graph.passage import Mishap, Passage, Respond

JSON = "application/json"
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
#: How long a server hangs before it does what it was asked (if it does), in seconds.
HANGS = 0.12


def refuses(
    status: int, headers: Mapping[str, str] | Callable[[], Mapping[str, str]] = _NO_HEADERS, body: Any = None
) -> Mishap:
    """Nothing is done, and this is answered."""

    async def mishap(request: web.Request, respond: Respond, passage: Passage) -> web.Response:
        given = headers() if callable(headers) else headers
        return _told(status, body if body is not None else error(status), given)

    return mishap


def fails(status: int) -> Mishap:
    """All is done, and this is answered."""

    async def mishap(request: web.Request, respond: Respond, passage: Passage) -> web.Response:
        await respond()
        return _told(status, error(status))

    return mishap


def error(status: int) -> dict[str, Any]:
    words = {401: "InvalidAuthenticationToken", 403: "Authorization_RequestDenied", 429: "TooManyRequests"}
    inner = {"date": "2026-11-23T00:00:00", "request-id": "r", "client-request-id": "c"}
    return {"error": {"code": words.get(status, "UnknownError"), "message": "", "innerError": inner}}


def in_a_second() -> dict[str, str]:
    now = datetime.now(UTC)
    return {"Date": format_datetime(now, usegmt=True), "Retry-After": format_datetime(now + timedelta(seconds=1), True)}


def raw(data: Callable[[bytes], bytes], *, done: bool = True, reset: bool = False) -> Mishap:
    """These bytes come over the wire, made from the body of the true answer, and the connection ends."""

    async def mishap(request: web.Request, respond: Respond, passage: Passage) -> web.Response:
        body = _body(await respond()) if done else b"{}"
        assert request.transport is not None
        if bytes_ := data(body):
            request.transport.write(bytes_)
        if reset:
            request.transport.abort()
        else:
            request.transport.close()
        return web.Response(status=499)

    return mishap


def head(length: int | None, more: str = "") -> bytes:
    size = f"Content-Length: {length}\r\n" if length is not None else "Transfer-Encoding: chunked\r\n"
    return f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\n{size}{more}\r\n".encode()


def answers(change: Callable[[bytes], bytes | None], *, kind: str = JSON, **headers: str) -> Mishap:
    """All is done; the body of the answer becomes this."""

    async def mishap(request: web.Request, respond: Respond, passage: Passage) -> web.Response:
        response = await respond()
        more = {name.replace("_", "-"): value for name, value in headers.items()} | {"Content-Type": kind}
        return web.Response(status=response.status, body=change(_body(response)), headers=more)

    return mishap


def mixes(change: Callable[[list[Any]], Any], status: int = 200) -> Mishap:
    """All is done; the responses of the batch become this."""

    async def mishap(request: web.Request, respond: Respond, passage: Passage) -> web.Response:
        response = await respond()
        if response.status != 200:
            return response
        return _told(status, {"responses": change(json.loads(_body(response))["responses"])})

    return mishap


async def hangs_for_good(request: web.Request, respond: Respond, passage: Passage) -> web.Response:
    """No answer comes, and nothing is done."""
    return await _hung(request)


async def hangs_after_all_is_done(request: web.Request, respond: Respond, passage: Passage) -> web.Response:
    """No answer comes, though all is done."""
    await respond()
    return await _hung(request)


async def hangs_then_does_it(request: web.Request, respond: Respond, passage: Passage) -> web.Response:
    """No answer comes; when whoever asked has given up, all is done."""
    await asyncio.sleep(HANGS)
    await respond()
    return await _hung(request)


async def stops_in_mid_answer(request: web.Request, respond: Respond, passage: Passage) -> web.Response:
    """All is done, half of the answer comes, then nothing more."""
    body = _body(await respond())
    assert request.transport is not None
    request.transport.write(head(len(body)) + body[: len(body) // 2])
    return await _hung(request)


async def points_elsewhere(request: web.Request, respond: Respond, passage: Passage) -> web.Response:
    """Whoever asked is sent to another place, with the same body."""
    return web.Response(status=307, headers={"Location": f"{passage.elsewhere}{request.path.removeprefix('/v1.0')}"})


async def points_elsewhere_when_done(request: web.Request, respond: Respond, passage: Passage) -> web.Response:
    """All is done; whoever asked is sent to another place."""
    await respond()
    return web.Response(status=302, headers={"Location": f"{passage.elsewhere}{request.path.removeprefix('/v1.0')}"})


async def next_page_elsewhere(request: web.Request, respond: Respond, passage: Passage) -> web.Response:
    """The next page is said to be at another place."""
    body = json.loads(_body(await respond()))
    return _told(200, body | {"@odata.nextLink": f"{passage.elsewhere}/users?$skiptoken=1"})


async def says_the_last_answer_again(request: web.Request, respond: Respond, passage: Passage) -> web.Response:
    """All is done; what is answered is the answer to another batch."""
    await respond()
    return _told(200, passage.earlier or {"responses": []})


async def answers_twice(request: web.Request, respond: Respond, passage: Passage) -> web.Response:
    """All is done; the answer comes twice on one connection, as if it were the answer to the next request too."""
    response = await respond()
    body = _body(response)
    assert request.transport is not None
    request.transport.write(head(len(body)) + body)
    return response


async def turns_some_away(request: web.Request, respond: Respond, passage: Passage) -> web.Response:
    """Every third of the batch is not let in, though the batch was; the others are done."""
    items = json.loads(await request.read())["requests"]
    away, rest = items[::3], [item for n, item in enumerate(items) if n % 3]
    for item in away:
        if item["method"] == "POST":
            passage.forgive(item["url"].split("/")[2])
    responses = [{"id": item["id"], "status": 401, "body": error(401)} for item in away]
    if rest:
        request._read_bytes = json.dumps({"requests": rest}).encode()
        response = await respond()
        if response.status != 200:
            return response
        responses += json.loads(_body(response))["responses"]
    return _told(200, {"responses": responses})


async def _hung(request: web.Request) -> web.Response:
    while request.transport is not None and not request.transport.is_closing():
        await asyncio.sleep(0.01)
    return web.Response(status=499)


def _body(response: web.StreamResponse) -> bytes:
    body = getattr(response, "body", b"")
    return body if isinstance(body, bytes) else b""


def _told(status: int, body: Any, headers: Mapping[str, str] = _NO_HEADERS) -> web.Response:
    return web.Response(status=status, body=json.dumps(body).encode(), content_type=JSON, headers=headers)


def _nested(body: bytes) -> bytes:
    return b'{"responses":' + b"[" * 100_000 + b"]" * 100_000 + b"}"


def _renamed(new: Callable[[str], str]) -> Callable[[list[Any]], Any]:
    return lambda responses: [{**one, "id": new(one["id"])} for one in responses]


#: Turned away or in trouble as a whole, before anything was done or after.
WHOLE: dict[str, Mishap] = {
    "429 with whole seconds": refuses(429, {"Retry-After": "1"}),
    "429 with a fraction": refuses(429, {"Retry-After": "0.03"}),
    "429 with a date": refuses(429, in_a_second),
    "429 without a word": refuses(429),
    "429 with nonsense": refuses(429, {"Retry-After": "soon, -1, NaN"}),
    "401": refuses(401, {"WWW-Authenticate": "Bearer"}),
    **{f"{status} before": refuses(status) for status in (408, 423, 500, 502, 503, 504)},
    **{f"{status} after": fails(status) for status in (500, 502, 503, 504)},
    "a proxy's page": refuses(200, {}, "<html>Sign in to the network</html>"),
    "elsewhere": points_elsewhere,
    "elsewhere when done": points_elsewhere_when_done,
}
#: Answers that cannot be read; all was done unless it says otherwise.
GARBLED: dict[str, Mishap] = {
    "HTML": answers(lambda body: b"<html><body>It works!</body></html>", kind="text/html"),
    "nothing": answers(lambda body: b""),
    "half of it": answers(lambda body: body[: len(body) // 2]),
    "not in UTF-8": answers(lambda body: body.decode().encode("utf-16")),
    "a list": answers(lambda body: b"[]"),
    "null": answers(lambda body: b"null"),
    "too deep": answers(_nested),
    "NaN": answers(lambda body: b'{"responses":NaN}'),
    "gzip that is none": answers(lambda body: body, Content_Encoding="gzip"),
    "gzip cut off": answers(lambda body: gzip.compress(body)[:-12], Content_Encoding="gzip"),
    "huge": answers(lambda body: gzip.compress(b'{"a":"' + b"x" * (65 * 1024 * 1024), 1), Content_Encoding="gzip"),
    "cut off": raw(lambda body: head(len(body)) + body[:-20]),
    "cut off and reset": raw(lambda body: head(len(body)) + body[:-20], reset=True),
    "cut off in chunks": raw(lambda body: head(None) + b"%x\r\n" % len(body) + body[:-20]),
    "early hints before": raw(lambda body: b"HTTP/1.1 103 Early Hints\r\n\r\n" + head(len(body)) + body),
    "without a length": raw(lambda body: b"HTTP/1.0 200 OK\r\nContent-Type: text/json\r\n\r\n" + body),
    "without a length, cut off": raw(lambda body: b"HTTP/1.0 200 OK\r\n\r\n" + body[: len(body) // 2], reset=True),
    "more than its length": raw(lambda body: head(len(body)) + body + body),
    "switches protocols": raw(lambda body: b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"),
    "brotli": answers(lambda body: body, Content_Encoding="br"),
    "deflate that is none": answers(lambda body: body, Content_Encoding="deflate"),
    "a strange charset": answers(lambda body: body, kind="application/json;charset=no-such"),
    "with a mark of byte order": answers(lambda body: b"\xef\xbb\xbf" + body),
    "a cookie and a hint": answers(lambda body: body, Set_Cookie="a=b; Path=/", Retry_After="9", Link="</x>; rel=next"),
    "load out of bounds": answers(lambda body: body, X_Ms_Throttle_Limit_Percentage="1e99"),
    "no chunk": raw(lambda body: head(None) + b"zz\r\n" + body),
    "two lengths": raw(lambda body: head(len(body), f"Content-Length: {len(body) - 5}\r\n") + body),
    "no HTTP": raw(lambda body: b"SSH-2.0-OpenSSH_9.6\r\n"),
    "endless header": raw(lambda body: b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000),
    "answered twice": answers_twice,
    "closed before": raw(lambda body: b"", done=False),
    "closed after": raw(lambda body: b""),
    "reset before": raw(lambda body: b"", done=False, reset=True),
    "reset after": raw(lambda body: b"", reset=True),
}
HANGING: dict[str, Mishap] = {
    "hangs for good": hangs_for_good,
    "hangs when done": hangs_after_all_is_done,
    "hangs, then does it": hangs_then_does_it,
    "hangs in mid answer": stops_in_mid_answer,
}
#: Only for batches.
MIXED: dict[str, Mishap] = {
    "424 with all answers": mixes(lambda responses: responses, 424),
    "in reverse": mixes(lambda responses: responses[::-1]),
    "ids in capitals": mixes(_renamed(str.upper)),
    "ids of others": mixes(_renamed(lambda item_id: item_id + "0")),
    "ids as numbers": mixes(lambda responses: [{**one, "id": n} for n, one in enumerate(responses)]),
    "ids without their number": mixes(_renamed(lambda item_id: item_id.split(".")[-1])),
    "each twice": mixes(lambda responses: responses * 2),
    "each twice, once as refused": mixes(
        lambda responses: [*responses, *({**one, "status": 400, "body": error(400)} for one in responses)]
    ),
    "some missing": mixes(lambda responses: responses[::2]),
    "all missing": mixes(lambda responses: []),
    "no list": mixes(lambda responses: {"0": responses}),
    "no objects": mixes(lambda responses: [None, 7, "x", *(one["id"] for one in responses)]),
    "statuses as text": mixes(lambda responses: [{**one, "status": str(one["status"])} for one in responses]),
    "no statuses": mixes(lambda responses: [{"id": one["id"], "body": one.get("body")} for one in responses]),
    "statuses of no kind": mixes(lambda responses: [{**one, "status": 1 << 70} for one in responses]),
    "strange headers": mixes(
        lambda responses: [{**one, "headers": {"Retry-After": ["1"], "x": None}} for one in responses]
    ),
    "another batch's": says_the_last_answer_again,
    "some turned away": turns_some_away,
}
EVERYWHERE = WHOLE | GARBLED
