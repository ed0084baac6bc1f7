"""Several people in one cell or line, as pasted from a mail program: ``Name <upn>; Name <upn>``."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Possessive throughout, so that a hostile cell costs no more than its length.
_PERSON = re.compile(
    r"\s*+(?:\"(?P<quoted>[^\"<>]*+)\"\s*+|(?P<plain>[^<>;\"]*+))<\s*+(?P<user>[^<>\s@]++@[^<>\s@]++)\s*+>[\s;,]*+"
)


def people(text: str) -> list[tuple[str, str]]:
    """(user, display name) of everybody in the text, in order. What names nobody is kept as a user, for core to refuse.

    Plain addresses are parted at commas, semicolons and line breaks only when every part has an ``@``, so that a
    misspelt address stays one wrong address.
    """
    if "<" in text:
        return _named(text)
    parts = [part.strip() for part in re.split(r"[;,\r\n]", text)]
    parts = [part for part in parts if part]
    if len(parts) > 1 and all("@" in part for part in parts):
        return [(part, "") for part in parts]
    return [(text.strip(" ;,") if "@" in text else text, "")]


def _named(text: str) -> list[tuple[str, str]]:
    found, end = [], 0
    while end < len(text):
        person = _PERSON.match(text, end)
        if person is None:
            rest, _, _ = text[end:].partition(";")
            end += len(rest) + 1
            if rest.strip(" ,"):
                found.append((rest.strip(" ,"), ""))
            continue
        found.append((person["user"], (person["quoted"] or person["plain"] or "").strip(" ,'")))
        end = person.end()
    return found


def expand(users: Sequence[str]) -> tuple[list[int], list[str], list[str]] | None:
    """For each person the index of the cell, the user and the display name; None when there is nothing to part."""
    text = "\n".join(users)
    if not any(mark in text for mark in "<;,"):
        return None
    origins: list[int] = []
    names: list[str] = []
    found: list[str] = []
    for index, cell in enumerate(users):
        for user, name in people(cell) if "@" in cell else ((cell, ""),):
            origins.append(index)
            found.append(user)
            names.append(name)
    if len(found) == len(users) and not any(names):
        return None
    return origins, found, names
