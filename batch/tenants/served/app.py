"""A practice tenant behind HTTP on this machine, speaking Microsoft Graph v1.0 as far as licensing goes."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import uuid
from collections.abc import Callable
from typing import Any, NoReturn

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from batch.core.errors import UsageError
from batch.core.quota import Quota
from batch.tenants.faults import Faults
from batch.tenants.practice import PracticeTenant
from batch.tenants.served.batching import batch
from batch.tenants.served.exchange import (
    JSON_TYPE,
    Asked,
    GraphError,
    Reply,
    Unanswered,
    bad_request,
    no_such_segment,
    not_allowed,
)
from batch.tenants.served.options import split_url
from batch.tenants.served.service import Service

#: Bytes in a request body at most.
LARGEST = 4 * 1024 * 1024
_HOST = re.compile(r"[A-Za-z0-9.\-]{1,255}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")
#: What follows in a connection after a body that was not read to its end means nothing.
_CLOSE = {"Connection": "close"}
#: Tokens with a meaning: one that is over, and one that may only read.
_EXPIRED, _READ_ONLY = "expired", "readonly"
_CLIENT_ID = re.compile(r"[!-~]{1,128}")


class _OwnMistakes(logging.Filter):
    """Lets no complaint pass about bytes that are no HTTP: they are the client's, who is told, and no traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write this record."""
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, HttpProcessingError | web.PayloadAccessError | web.RequestPayloadError)


#: For the HTTP server itself; never told of a token.
LOGGER = logging.getLogger(__name__)
LOGGER.addFilter(_OwnMistakes())


def make_app(tenant: PracticeTenant, faults: Faults, quota: Quota | None) -> web.Application:
    """The served tenant. ``tenant`` is opened without latency: half of it passes before and half after each request."""
    app = web.Application(client_max_size=LARGEST)
    app.router.add_route("*", "/{path:.*}", _Door(Service(tenant, faults, quota), faults.latency).handle)
    return app


async def serve(
    tenant: PracticeTenant,
    faults: Faults,
    quota: Quota | None,
    port: int,
    on_ready: Callable[[str], None],
    stop: asyncio.Event,
) -> None:
    """Serve on 127.0.0.1 until ``stop``; port 0 is any free one. ``on_ready`` is told the root with the version in it.

    ``UsageError`` when the port cannot be had.
    """
    runner = web.AppRunner(make_app(tenant, faults, quota), access_log=None, logger=LOGGER, shutdown_timeout=1.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
        except (OSError, OverflowError) as error:
            raise UsageError(f"Port {port} cannot be used: {error}.", "Name another one, or 0 for any.") from error
        on_ready(f"http://127.0.0.1:{runner.addresses[0][1]}/v1.0")
        await stop.wait()
    finally:
        await runner.cleanup()


class _Door:
    """HTTP to values and back."""

    def __init__(self, service: Service, latency: float) -> None:
        self._service = service
        self._half = latency / 2

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one HTTP request, or drop its connection."""
        asked = _blank(request)
        await self._wait()
        try:
            reply = await self._answer(request, asked)
        except GraphError as error:
            reply = error.reply(asked)
        except Unanswered:
            await self._wait()
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=499)
        await self._wait()
        return _response(asked, reply)

    async def _wait(self) -> None:
        if self._half:
            await asyncio.sleep(self._half)

    async def _answer(self, request: web.Request, asked: Asked) -> Reply:
        asked.may_write = _admitted(request)
        version, path, options = _target(request)
        if version != "v1.0":
            raise no_such_segment(version)
        asked.path, asked.options = path, options
        if request.body_exists:
            asked.body = await _body(request)
        if [segment.lower() for segment in path] == ["$batch"]:
            if asked.method != "POST":
                raise not_allowed()
            return await batch(self._service, asked)
        (reply,) = await self._service.answer([asked])
        if reply is None:
            raise Unanswered
        return reply


def _blank(request: web.Request) -> Asked:
    """What is known of a request whatever is in it."""
    request_id, given = str(uuid.uuid4()), request.headers.get("client-request-id", "")
    host = request.headers.get("Host", "")
    return Asked(
        method=request.method,
        path=(),
        headers={name.lower(): value for name, value in request.headers.items() if name.lower() != "authorization"},
        root=f"http://{host if _HOST.fullmatch(host) else '127.0.0.1'}/v1.0",
        request_id=request_id,
        client_request_id=given if _CLIENT_ID.fullmatch(given) else request_id,
    )


def _admitted(request: web.Request) -> bool:
    """Whether the bearer may write; ``GraphError`` 401 for a missing or expired token. Any other token is good."""
    scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise GraphError(401, "InvalidAuthenticationToken", "Access token is empty.")
    if token == _EXPIRED:
        text = "Lifetime validation failed, the token is expired."
        raise GraphError(401, "InvalidAuthenticationToken", text)
    return token != _READ_ONLY


def _target(request: web.Request) -> tuple[str, tuple[str, ...], dict[str, str]]:
    """Version, path behind it and options of the URL as it came."""
    target = re.sub(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?]*", "", request.raw_path)
    (version, *path), options = split_url(target)
    return version, tuple(path or [""]), options


async def _body(request: web.Request) -> Any:
    if request.content_type != "application/json":
        raise bad_request("Write requests (excluding DELETE) must contain the Content-Type header declaration.")
    try:
        raw = await request.read()
    except web.HTTPRequestEntityTooLarge:
        text = f"The body is larger than {LARGEST:,} bytes."
        raise GraphError(413, "RequestEntityTooLarge", text, _CLOSE) from None
    except web.RequestPayloadError:
        text = "The body of the request is cut off or wrongly encoded."
        raise GraphError(400, "BadRequest", text, _CLOSE) from None
    except ConnectionError:
        # Whoever asked is gone, and took the rest of the body along.
        raise Unanswered from None
    try:
        return json.loads(raw.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise bad_request("The body of the request is not JSON that can be read.") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _response(asked: Asked, reply: Reply) -> web.Response:
    headers = {
        "Cache-Control": "no-cache",
        "request-id": asked.request_id,
        "client-request-id": asked.client_request_id,
        "x-ms-resource-unit": str(reply.cost),
        **reply.headers,
    }
    if reply.body is None:
        return web.Response(status=reply.status, headers=headers)
    headers["OData-Version"] = "4.0"
    is_text = isinstance(reply.body, str)
    headers["Content-Type"] = "text/plain" if is_text else JSON_TYPE
    text = reply.body if is_text else json.dumps(reply.body)
    return web.Response(status=reply.status, body=text.encode(), headers=headers)
