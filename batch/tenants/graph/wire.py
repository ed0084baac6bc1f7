"""One HTTP exchange with the service: what is sent with every request, and what comes back as a value, whatever came.

Nothing here raises for what the network did. The token goes to the root's own host and into no text: exceptions of
the HTTP library carry the headers of a request with them, so none of them leaves this module.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol
from uuid import uuid4

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from batch import __version__
from batch.tenants.graph import bodies
from batch.tenants.graph.route import proxy_for
from batch.tenants.graph.troubles import NEVER_CONNECTED, in_words

_MEGA = 1024 * 1024
#: Bytes of an answer that are read at most: of a batch of 20, and of a page of 999 users.
BATCH_MOST = 8 * _MEGA
PAGE_MOST = 64 * _MEGA

#: What the HTTP library raises once something may have left.
_CUT = (aiohttp.ClientError, HttpProcessingError, OSError, ValueError)
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Tokens(Protocol):
    """Where bearer tokens come from."""

    async def bearer(self, *, renew: bool = False) -> str:
        """A token that is still good; with ``renew`` a fresh one, since the last was not accepted.

        Raises ``TenantRefused``, or ``TenantUnavailable`` when whoever gives them cannot be reached.
        """

    async def close(self) -> None:
        """Let go of whatever they were fetched with."""


class Patience(NamedTuple):
    """How long one exchange may take, in seconds."""

    connect: float = 15.0
    #: Without a single byte.
    quiet: float = 60.0
    whole: float = 180.0


class Reply(NamedTuple):
    """What came back.

    ``status`` 0: nothing that can be used, though the request may have taken effect; -1: no connection came about, so
    it never left.
    """

    status: int
    #: Names are lower case.
    headers: Mapping[str, str] = _NO_HEADERS
    #: The JSON object; None when there is none, and then ``trouble`` says what came instead.
    body: dict[str, Any] | None = None
    trouble: str = ""


class _Request(NamedTuple):
    method: str
    url: URL
    payload: bytes | None
    most: int
    more: dict[str, str]


class Wire:
    """Connections to one root, kept alive. The same wire may be used in one event loop after another.

    ``UsageError`` when the environment names a proxy that cannot be used. Whatever waits for a token raises what
    ``Tokens`` raises.
    """

    def __init__(self, root: str, tokens: Tokens, patience: Patience | None = None) -> None:
        self._root = root.rstrip("/")
        self.root = URL(self._root, encoded=True)
        self.host = self.root.host or ""
        self._proxy = proxy_for(self.root)
        self._tokens = tokens
        self._patience = patience or Patience()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._keeper: AsyncGenerator[aiohttp.ClientSession, None] | None = None
        self._session: aiohttp.ClientSession | None = None

    async def get(self, path: str, *, eventual: bool = False) -> Reply:
        """Read what is at this path below the root, or at an absolute URL; ``ValueError`` for one elsewhere."""
        more = {"ConsistencyLevel": "eventual"} if eventual else {}
        return await self._signed(_Request("GET", self._url(path), None, PAGE_MOST, more))

    async def post(self, path: str, payload: bytes) -> Reply:
        """Send this JSON to this path below the root."""
        more = {"Content-Type": "application/json"}
        return await self._signed(_Request("POST", self._url(path), payload, BATCH_MOST, more))

    async def renew(self) -> None:
        """The service did not accept the token for a part of what was sent: get another one."""
        await self._tokens.bearer(renew=True)

    def below(self, text: str) -> bool:
        """Whether this absolute URL lies under the root, so that the token may go there."""
        if not (text.isascii() and text.isprintable()) or " " in text or "\\" in text:
            return False
        try:
            url = URL(text, encoded=True)
            same = _place(url) == _place(self.root)
        except ValueError:
            return False
        inside = url.raw_path.startswith(f"{self.root.raw_path.rstrip('/')}/")
        return same and inside and url.raw_user is None and ".." not in url.raw_path.split("/")

    async def close(self) -> None:
        """Let go of the connections of the loop that runs now, and of those that tokens came by."""
        await self._tokens.close()
        keeper, self._keeper, self._session = self._keeper, None, None
        if keeper is not None and self._loop is asyncio.get_running_loop():
            await keeper.aclose()

    def _url(self, path: str) -> URL:
        if path.startswith("/"):
            return URL(self._root + path, encoded=True)
        if not self.below(path):
            raise ValueError("the token goes nowhere but below the root")
        return URL(path, encoded=True)

    async def _signed(self, request: _Request) -> Reply:
        token = await self._tokens.bearer()
        reply = await self._exchange(request, token)
        if reply.status != 401:
            return reply
        # It took no effect. Somebody else may have renewed the token meanwhile; if not, do it.
        fresh = await self._tokens.bearer()
        if fresh == token:
            fresh = await self._tokens.bearer(renew=True)
        return await self._exchange(request, fresh)

    async def _exchange(self, request: _Request, token: str) -> Reply:
        session = await self._open()
        sending = session.request(
            request.method,
            request.url,
            data=request.payload,
            headers={"Authorization": f"Bearer {token}", "client-request-id": str(uuid4()), **request.more},
            allow_redirects=False,
            proxy=self._proxy.url if self._proxy else None,
            proxy_headers=self._proxy.headers if self._proxy else None,
        )
        try:
            async with sending as response:
                return await self._received(response, request.most, token)
        except NEVER_CONNECTED as error:
            return Reply(-1, trouble=in_words(error, self.host))
        except _CUT as error:
            return Reply(0, trouble=in_words(error, self.host))

    async def _received(self, response: aiohttp.ClientResponse, most: int, token: str) -> Reply:
        headers = {name.lower(): value for name, value in response.headers.items()}
        try:
            body = bodies.parse(bodies.without(token, await bodies.gather(response.content.iter_any(), most)))
        except bodies.TooLong:
            return _useless(response.status, headers, f"the answer was larger than {most // _MEGA} MB")
        except _CUT as error:
            return _useless(response.status, headers, in_words(error, self.host))
        if body is None:
            return _useless(response.status, headers, "the answer was not JSON")
        return Reply(response.status, headers, body)

    async def _open(self) -> aiohttp.ClientSession:
        """The session of the loop that runs now."""
        loop = asyncio.get_running_loop()
        if self._session is None or self._loop is not loop:
            self._loop, self._keeper = loop, self._keep()
            self._session = await anext(self._keeper)
        return self._session

    async def _keep(self) -> AsyncGenerator[aiohttp.ClientSession, None]:
        """A session that lives as long as its loop: a loop that ends closes the generators it has begun."""
        secure = self.root.scheme == "https"
        patience = self._patience
        async with aiohttp.ClientSession(
            # How many go at once is the caller's to bound.
            connector=aiohttp.TCPConnector(limit=0, ssl=ssl.create_default_context() if secure else True),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=patience.whole, connect=patience.connect, sock_read=patience.quiet),
            headers={
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
                "User-Agent": f"license-reassign/{__version__}",
                # A bulk job gives way to people who wait.
                "x-ms-throttle-priority": "Low",
            },
        ) as session:
            yield session


def _useless(status: int, headers: Mapping[str, str], trouble: str) -> Reply:
    """A success that cannot be read is no answer; a failure stays one by its status."""
    return Reply(0 if 200 <= status < 300 else status, headers, None, trouble)


def _place(url: URL) -> tuple[str, str, int | None]:
    return url.scheme, (url.host or "").casefold(), url.port
