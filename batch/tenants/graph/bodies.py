"""The body of an answer: bytes that never grow beyond a bound, and JSON that is an object or nothing."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any, NoReturn

_HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")

#: What stands in place of a token. A word of fewer characters is none.
_HIDDEN = b"[token]"
_SHORTEST_TOKEN = 16


class TooLong(Exception):
    """The answer is larger than any true one can be."""


async def gather(pieces: AsyncIterator[bytes], most: int) -> bytes:
    """All pieces as one; ``TooLong`` as soon as they come to more than ``most`` bytes."""
    kept, size = [], 0
    async for piece in pieces:
        size += len(piece)
        if size > most:
            raise TooLong
        kept.append(piece)
    return b"".join(kept)


def without(token: str, raw: bytes) -> bytes:
    """The bytes without the token: some gateways repeat what they were sent, and their words are kept and shown."""
    secret = token.encode()
    return raw.replace(secret, _HIDDEN) if len(secret) >= _SHORTEST_TOKEN and secret in raw else raw


def parse(raw: bytes) -> dict[str, Any] | None:
    """The JSON object that these bytes are; None for anything else, however deep, odd or badly encoded.

    Halves of characters, which could neither be stored nor printed, are replaced.
    """
    try:
        text = raw.decode("utf-8").removeprefix("\ufeff")
        value = _DECODER.decode(text)
        if "\\u" in text and _HALF_CHARACTER.search(text):
            value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


#: NaN and Infinity, which Python would take, are no JSON.
_DECODER = json.JSONDecoder(parse_constant=_refuse)
