"""URLs taken apart: path segments and OData query options; everything that is not understood is refused."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from urllib.parse import quote, unquote

from batch.tenants.served.exchange import GraphError, bad_request, unsupported

#: Sizes of a page.
DEFAULT_TOP, MOST = 100, 999
_BAD_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")
_KEY = re.compile(r"([A-Za-z]+)\((.+)\)", re.DOTALL)
#: Characters that need no escape in the value of an option.
_PLAIN = "$,()/:'@!*"
_TOKEN = re.compile("[0-9a-f]{1,15}")


def split_url(url: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Decoded path segments and query options of a relative URL; ``users('x')`` becomes two segments."""
    path, _, query = url.partition("#")[0].partition("?")
    segments: list[str] = []
    for raw in path.strip("/").split("/"):
        segment = decoded(raw)
        segments += _keyed(segment) if segment.endswith(")") else (segment,)
    return tuple(segments), _options(query) if query else {}


def _keyed(segment: str) -> list[str]:
    match = _KEY.fullmatch(segment)
    if match is None:
        return [segment]
    name, key = match.groups()
    if len(key) >= 2 and key[0] == key[-1] == "'":
        key = key[1:-1].replace("''", "'")
    return [name, key]


def decoded(text: str) -> str:
    """Percent-escapes undone."""
    if text.isascii() and "%" not in text:
        return text
    try:
        text.encode()
        if not _BAD_ESCAPE.search(text):
            return unquote(text, errors="strict")
    except UnicodeError:
        pass
    raise bad_request("The URL holds a malformed percent-escape or is not UTF-8.")


def _options(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        name = decoded(name).strip()
        if name in found:
            text = f"Query option '{name}' was specified more than once, but it must be specified at most once."
            raise bad_request(text)
        if name:
            found[name] = decoded(value.replace("+", " "))
    return found


def only(options: Mapping[str, str], allowed: Collection[str]) -> None:
    """Refuse system options (those with ``$``) that are not among these; others mean nothing to the service."""
    for name in options:
        if name.startswith("$") and name not in allowed:
            raise unsupported(f"The query option '{name}' is not supported for this resource.")


def selected(options: Mapping[str, str], known: Mapping[str, str], kind: str) -> tuple[str, ...]:
    """The properties named in ``$select``, as ``known`` (lower-case name → name) spells them; empty for the default."""
    names = [name.strip() for name in options.get("$select", "").split(",")]
    if names in ([""], ["*"]):
        return ()
    found: dict[str, None] = {}
    for name in names:
        if name.casefold() not in known:
            raise bad_request(f"Could not find a property named '{name}' on type 'microsoft.graph.{kind}'.")
        found[known[name.casefold()]] = None
    return tuple(found)


def top(options: Mapping[str, str]) -> int:
    """How many there are on a page."""
    text = options.get("$top", str(DEFAULT_TOP))
    if not re.fullmatch("[0-9]{1,9}", text):
        wanted = "The $top query option requires a non-negative integer value."
        raise bad_request(f"Invalid value '{text}' for $top query option found. {wanted}")
    if not 1 <= int(text) <= MOST:
        raise unsupported(f"Invalid page size specified: '{int(text)}'. Must be between 1 and {MOST} inclusive.")
    return int(text)


def counted(options: Mapping[str, str]) -> bool:
    """Whether ``$count=true`` is asked."""
    text = options.get("$count", "false").casefold()
    if text not in ("true", "false"):
        raise bad_request(f"Invalid value '{text}' for $count query option found.")
    return text == "true"


def place(options: Mapping[str, str]) -> int:
    """The place behind which the page begins."""
    token = options.get("$skiptoken")
    if token is None:
        return 0
    if not _TOKEN.fullmatch(token):
        text = "The specified page token value has expired and can no longer be included in your request."
        raise GraphError(400, "Directory_ExpiredPageToken", text)
    return int(token, 16)


def next_link(url: str, options: Mapping[str, str], last: int) -> str:
    """The absolute link to the page behind ``last``, with the same query."""
    query = {**options, "$skiptoken": f"{last:x}"}
    return f"{url}?" + "&".join(f"{quote(name, safe='$')}={quote(value, safe=_PLAIN)}" for name, value in query.items())


def cost(base: int, options: Mapping[str, str]) -> int:
    """Resource units of a read that starts at ``base`` ("Throttling limits: identity and access service limits")."""
    small = bool(re.fullmatch("[0-9]|1[0-9]", options.get("$top", "")))
    return max(1, base - ("$select" in options) - small)
