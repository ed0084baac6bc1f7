"""Sending a message to a webhook: HTTPS only, signed, in half a minute. Its URL is a secret that stands in no text."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import ipaddress
import json
import math
import re
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from batch import __version__
from batch.core.errors import UsageError
from batch.core.nights import Message
from batch.notices.shapes import body
from batch.notices.undelivered import LATER, NotSent
from batch.notices.wording import harmless

_URL, _SECRET = "REASSIGN_WEBHOOK_URL", "REASSIGN_WEBHOOK_SECRET"
#: Seconds (the specification: 15 to 30), and bytes of an answer that are read at most.
_WHOLE, _CONNECT = 30.0, 15.0
_MOST = 64 * 1024
#: Bytes of a secret (Standard Webhooks: at least 24, at most 64).
_KEY = range(24, 65)
_MAKE_ONE = "Make one with: openssl rand -base64 32"
_WORD = re.compile(r"[A-Za-z_]{3,60}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """Where a webhook is called, in which shape (``json``, ``teams`` or ``slack``), and the key that signs it."""

    shape: str
    url: str = field(repr=False)
    key: bytes = field(default=b"", repr=False)
    host: str
    #: The environment variable that holds the URL, for people.
    variable: str = _URL

    @classmethod
    def from_environment(cls, shape: str, name: str, env: Mapping[str, str]) -> Hook:
        """The hook that ``REASSIGN_WEBHOOK_URL[_NAME]`` and ``REASSIGN_WEBHOOK_SECRET[_NAME]`` say.

        ``UsageError`` names a variable that is missing or wrong, and never says what it holds. Our own shape has to be
        signed; Teams and Slack do not look at a signature, and need no secret.
        """
        end = f"_{name}" if name else ""
        variable, secret = _URL + end, _SECRET + end
        url = env.get(variable, "").strip()
        if not url:
            raise UsageError(
                f"{variable} is not set: where the webhook is.", f"Set the environment variable {variable}."
            )
        host = _host(url, variable)
        text = env.get(secret, "").strip()
        if not text and shape == "json":
            raise UsageError(f"{secret} is not set: what the webhook is signed with.", _MAKE_ONE)
        return cls(shape=shape, url=url, key=_key(text, secret) if text else b"", host=host, variable=variable)


def send(message: Message, hook: Hook, now: Callable[[], float] = time.time) -> None:
    """Call the webhook once; raises ``NotSent``. Any 2xx is a success (Standard Webhooks); redirects are not followed.

    The environment's proxy is used (``HTTPS_PROXY``, ``NO_PROXY``), and the certificates that this system trusts.
    """
    said = harmless(message)
    payload = body(said, hook.shape)
    headers = {
        "Content-Type": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": f"license-reassign/{__version__}",
        **(signed(said.id, int(now()), payload, hook.key) if hook.key else {}),
    }
    answer = asyncio.run(_posted(hook, payload, headers))
    if not 200 <= answer.status < 300:
        raise _refused(answer, hook)


def signed(message_id: str, at: int, payload: bytes, key: bytes) -> dict[str, str]:
    """The three headers of the Standard Webhooks specification (1.0.0), signed with HMAC-SHA256.

    ``message_id`` has no full stop in it and stays the same for each try; ``at`` is the time of the try.
    """
    content = f"{message_id}.{at}.".encode("ascii") + payload
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode("ascii")
    return {"webhook-id": message_id, "webhook-timestamp": str(at), "webhook-signature": f"v1,{signature}"}


class _Answer(NamedTuple):
    #: 0: none came.
    status: int
    #: Seconds that it asks us to wait; below zero: it does not say.
    after: float = -1.0
    #: A word that the receiver gave (Slack: ``invalid_payload``), or what went wrong on the way.
    why: str = ""


async def _posted(hook: Hook, payload: bytes, headers: Mapping[str, str]) -> _Answer:
    """One exchange. What the HTTP library raises knows the URL, so none of it leaves this function."""
    import aiohttp
    from yarl import URL

    secure = hook.url.casefold().startswith("https:")
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=ssl.create_default_context() if secure else True),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=_WHOLE, connect=_CONNECT),
        trust_env=not _is_here(hook.host),
        auto_decompress=False,
    )
    try:
        async with (
            session,
            session.post(URL(hook.url, encoded=True), data=payload, headers=headers, allow_redirects=False) as response,
        ):
            after = _retry_after(response.headers.get("Retry-After", ""))
            text = b"" if response.ok else await response.content.read(_MOST)
            return _Answer(response.status, after, _word(text, hook.url))
    except aiohttp.ClientConnectorCertificateError:
        return _Answer(0, LATER, "its certificate is not trusted; SSL_CERT_FILE can name a private authority")
    except aiohttp.ClientConnectorDNSError:
        return _Answer(0, why="the name was not found")
    except (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError):
        return _Answer(0, why="the proxy on the way could not be reached, or refused")
    except aiohttp.ClientConnectorError:
        return _Answer(0, why="no connection came about")
    except TimeoutError:
        return _Answer(0, why="no answer came in time")
    except (aiohttp.ClientError, OSError, ValueError):
        return _Answer(0, why="the connection was cut before an answer came")


def _refused(answer: _Answer, hook: Hook) -> NotSent:
    status, why = answer.status, f": {answer.why}" if answer.why else ""
    at = f"The {hook.shape} webhook at {hook.host}"
    if status == 0:
        todo = f"Check {hook.variable}, and whether this machine may connect there (HTTPS_PROXY, NO_PROXY)."
        return NotSent(f"{at} could not be called{why}.", todo, again=True, after=answer.after)
    what = f"{at} answered HTTP {status}{why}."
    if status in (408, 425, 429) or status >= 500:
        return NotSent(what, "It is tried again.", again=True, after=answer.after)
    if status < 400:
        return NotSent(what, f"It has moved: set {hook.variable} to the new place.", again=False)
    if status in (404, 410):
        return NotSent(what, f"It is not there any more: make a new one, and set {hook.variable}.", again=False)
    todo = f"Check {hook.variable}, the secret beside it, and that webhook in [notify] is the shape that it takes."
    return NotSent(what, todo, again=False)


def _word(text: bytes, url: str) -> str:
    """The one word that an answer gives as its reason (Slack), or the code of an error in JSON (Teams); else empty."""
    said = text.decode("utf-8", "replace").strip()
    try:
        value = json.loads(said) if said.startswith("{") else said
        word = value["error"]["code"] if isinstance(value, dict) else value
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return word if isinstance(word, str) and _WORD.fullmatch(word) and word not in url else ""


def _retry_after(text: str) -> float:
    """Seconds that ``Retry-After`` asks for, as a number or a date; -1 when it says nothing to believe."""
    if re.fullmatch(r"[0-9]{1,9}", text.strip()):
        return float(text)
    try:
        until = parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError, IndexError):
        return -1.0
    return max(until - time.time(), -1.0) if math.isfinite(until) else -1.0


def _host(url: str, variable: str) -> str:
    """The host of a URL that may be used. ``UsageError`` otherwise, without the URL."""
    from yarl import URL

    try:
        found = URL(url, encoded=True) if url.isascii() and url.isprintable() and " " not in url else URL()
        host, _ = found.host or "", found.port
    except ValueError:
        found, host = URL(), ""
    if not host or found.scheme not in ("https", "http"):
        raise UsageError(f"{variable} is not a URL.", "Copy it whole; it begins with https://.")
    if found.scheme == "http" and not _is_here(host):
        raise UsageError(f"{variable} is not https.", "Without TLS anybody on the way could read and use it.")
    return host


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.casefold() == "localhost"


def _key(text: str, variable: str) -> bytes:
    """The bytes of a secret, in base64 with or without ``whsec_`` before it. ``UsageError`` for any other."""
    plain = text.removeprefix("whsec_").rstrip("=")
    try:
        key = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) not in _KEY:
        raise UsageError(f"{variable} is not 24 to 64 bytes in base64 (with or without whsec_ before).", _MAKE_ONE)
    return key
