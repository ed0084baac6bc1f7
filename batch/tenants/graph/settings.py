"""How a Graph tenant is reached: the cloud, the root of its calls, the way of signing in, and a ready token."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import TypeVar
from urllib.parse import urlsplit

from batch.core.errors import UsageError
from batch.tenants.graph.clouds import ENDPOINTS, Cloud

URL_VARIABLE = "REASSIGN_GRAPH_URL"
TOKEN_VARIABLE = "REASSIGN_GRAPH_TOKEN"  # noqa: S105  the name of a variable
#: Seconds for which a read may still show the state before a write, and the most that can be asked for.
SETTLE = 300.0
LONGEST_SETTLE = 86_400.0
#: Bytes of a token at most. Real ones have 1.5 to 5 KB.
LONGEST_TOKEN = 100_000

_VERSION = "/v1.0"
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_PREFIX = re.compile(r"^bearer(?:\s+|$)", re.IGNORECASE)
_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


class SignIn(StrEnum):
    """The ways of signing in, by the word that ``--sign-in`` takes."""

    AUTO = "auto"
    SECRET = "secret"  # noqa: S105  a word, not a secret
    CERTIFICATE = "certificate"
    MANAGED_IDENTITY = "managed-identity"
    WORKLOAD = "workload"
    CLI = "cli"
    DEVICE_CODE = "device-code"


Word = TypeVar("Word", Cloud, SignIn)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that is fixed before the first call. It holds no secret."""

    cloud: Cloud
    sign_in: SignIn
    #: The root of every call, ``/v1.0`` included, without a slash at the end. A token goes to this host only.
    root: str
    #: What a token is asked for; the cloud's, wherever the root is.
    scope: str
    #: Seconds for which a read may still show the state before a write that took effect.
    settle: float

    @classmethod
    def of(
        cls, cloud: str = "", sign_in: str = "", settle: float | None = None, environ: Mapping[str, str] = os.environ
    ) -> Settings:
        """The settings that these options and variables add up to; ``UsageError`` for any that cannot be used."""
        chosen = cloud_of(cloud)
        return cls(
            cloud=chosen,
            sign_in=sign_in_of(sign_in),
            root=_root(environ) or ENDPOINTS[chosen].root,
            scope=ENDPOINTS[chosen].scope,
            settle=_settle(settle),
        )


def cloud_of(word: str) -> Cloud:
    """The cloud with this name, the global one for none; ``UsageError`` for a name that no cloud has."""
    return _member(word, Cloud, "--cloud", Cloud.GLOBAL)


def sign_in_of(word: str) -> SignIn:
    """The way of signing in with this name, ``auto`` for none; ``UsageError`` for an unknown one."""
    return _member(word, SignIn, "--sign-in", SignIn.AUTO)


def ready_token(environ: Mapping[str, str] = os.environ) -> str:
    """The token in ``REASSIGN_GRAPH_TOKEN`` without “Bearer”; empty when the variable is not set.

    ``UsageError`` for what cannot be a token; it never repeats what stands there.
    """
    if TOKEN_VARIABLE not in environ:
        return ""
    text = environ[TOKEN_VARIABLE].strip()
    token = _PREFIX.sub("", text, count=1)
    if not token:
        raise UsageError(f"{TOKEN_VARIABLE} is set, but empty.", "Put a token there, or unset the variable.")
    if not is_token(token):
        raise UsageError(
            f"What stands in {TOKEN_VARIABLE} is no token: a token is one line of visible ASCII without blanks, "
            f"shorter than {LONGEST_TOKEN // 1000} KB.",
            "Copy the access token anew, the token alone: no quotes, no JSON round it, no line breaks.",
        )
    return token


def is_token(text: str) -> bool:
    """Whether this can stand behind “Bearer” in a header (RFC 6750, read loosely): visible ASCII, not too long."""
    return len(text) < LONGEST_TOKEN and _VISIBLE.fullmatch(text) is not None


def _member(word: str, kind: type[Word], option: str, default: Word) -> Word:
    plain = word.strip().casefold()
    words = [str(member) for member in kind]
    if plain in words or not plain:
        return kind(plain) if plain else default
    near = get_close_matches(plain, words, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise UsageError(f"{option} has no “{word.strip()[:80]}”.", f"{hint}There are: {', '.join(words)}.")


def _settle(seconds: float | None) -> float:
    if seconds is None:
        return SETTLE
    if not 0 <= seconds <= LONGEST_SETTLE:
        raise UsageError(
            f"--settle {seconds:g} is no number of seconds that can be waited.",
            f"Give a number from 0 to {LONGEST_SETTLE:g}; {SETTLE:g} is usual.",
        )
    return float(seconds)


def _root(environ: Mapping[str, str]) -> str:
    """The root in ``REASSIGN_GRAPH_URL``, tidied; empty when the variable is not set.

    An empty variable is an error rather than the default: a script that failed to fill it in means some other tenant
    than the real one.
    """
    if URL_VARIABLE not in environ:
        return ""
    text = environ[URL_VARIABLE].strip()
    if not text:
        raise UsageError(f"{URL_VARIABLE} is set, but empty.", "Put an address there, or unset the variable.")
    try:
        url = urlsplit(text)
        host, port = url.hostname or "", url.port
    except ValueError:
        raise _no_root("is no address") from None
    # What may hold a password or a key is not repeated.
    if url.username is not None or url.password is not None:
        raise _no_root("holds a user name or password")
    if "?" in text or "#" in text:
        raise _no_root("holds a query or a fragment")
    path = url.path.rstrip("/")
    if not _VISIBLE.fullmatch(text) or "\\" in text or not host or port == 0 or ".." in path or "%" in path:
        raise _no_root("is no plain address")
    if url.scheme != "https" and not (url.scheme == "http" and _loopback(host)):
        raise _no_root("would send the token unprotected: only https is, or http to this computer itself (127.0.0.1)")
    if not path.endswith(_VERSION):
        raise _no_root(f"does not end in {_VERSION}")
    return f"{url.scheme}://{url.netloc.lower()}{path}"


def _no_root(why: str) -> UsageError:
    return UsageError(
        f"{URL_VARIABLE} {why}.",
        f"Write it like {ENDPOINTS[Cloud.GLOBAL].root} or http://127.0.0.1:8080{_VERSION}, or unset it.",
    )


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in _LOOPBACK)
