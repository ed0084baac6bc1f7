"""What a cell that should name a user says: the user principal name, or why it is none.

The rules are Microsoft's for sign-in names (the user name policies of Microsoft Entra ID): letters without accents,
digits and ``' . - _ ! # ^ ~`` before one ``@``, no dot directly before it, at most 64 characters before it and 113 in
all (48 for the domain). Guests look like ``name_home.com#EXT#@tenant.onmicrosoft.com`` and keep all of these rules.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

#: A name that is right and already in its canonical form. No part can match in two ways, so it takes linear time.
_RIGHT = r"(?!'-)[a-z0-9'._!#^~-]{1,64}+(?<!\.)@(?:[a-z0-9][a-z0-9-]*+\.)+[a-z][a-z0-9-]*[a-z0-9]"
_PLAIN = re.compile(rf"(?=.{{1,113}}\Z){_RIGHT}").fullmatch
#: Lines of such names, matched in one go, since nearly all names are right: how long each is has to be seen besides.
_ALL_PLAIN = re.compile(rf"(?:{_RIGHT}\n)*+").fullmatch
_BLOCK = 500
_LONGEST = 113
_IN_ANGLES = re.compile(r"[^<>]*<([^<>]*)>[\s;,]*")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_NEUTRALISED = re.compile(r"'(?=[=+\-@])")
_PREFIX = re.compile(r"(?:mailto|smtp|sip):", re.IGNORECASE)
_CONCEALED = re.compile(r"[0-9a-f]{32}(?:[0-9a-f]{32})?")
_GUID = re.compile(r"\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?")
_ILLEGAL = re.compile(r"[^a-z0-9'._!#^~@-]")

#: Words for a shown value: long enough to recognise it, short enough for one line.
_SHOWN = 60


def read_users(cells: Sequence[str]) -> tuple[list[str], dict[int, str]]:
    """The canonical name of every cell, and for the few that name no user their index → problem code.

    A name that is wrong is kept as it stands (trimmed, lower case), so that it can be shown.
    """
    users = list(cells)
    faults: dict[int, str] = {}
    for index in _odd(cells):
        lowered = users[index].strip().lower()
        if _PLAIN(lowered):
            users[index] = lowered
            continue
        user = users[index] = canonical(lowered)
        if code := fault(user):
            faults[index] = code
    return users, faults


def _odd(cells: Sequence[str]) -> list[int]:
    """The indexes of cells that are not the canonical name of a user."""
    odd: list[int] = []
    for start in range(0, len(cells), _BLOCK):
        block = cells[start : start + _BLOCK]
        text = "\n".join(block) + "\n"
        if max(map(len, block)) > _LONGEST or text.count("\n") > len(block) or not _ALL_PLAIN(text):
            odd += [i for i, cell in enumerate(block, start) if _PLAIN(cell) is None]
    return odd


def canonical(cell: str) -> str:
    """The name as the service compares it: trimmed, lower case, taken out of ``Name <upn>`` and of our own quoting.

    ``rejects.csv`` writes an apostrophe before a character that a spreadsheet would take for a formula; it goes again.
    """
    name = cell.strip().lower()
    if _PLAIN(name):
        return name
    name = _INVISIBLE.sub("", name)
    if inside := _IN_ANGLES.fullmatch(name):
        name = inside[1]
    name = _PREFIX.sub("", name.strip(' \t\r\n\u00a0;,"'), count=1)
    return _NEUTRALISED.sub("", name, count=1) if name.startswith("'") else name


def fault(user: str) -> str:
    """The problem code of a canonical name; empty when it can be a user's name."""
    if not user:
        return "empty_upn"
    if _PLAIN(user):
        return ""
    if _CONCEALED.fullmatch(user):
        return "concealed_name"
    return "not_a_user" if "@" not in user and _is_something_else(user) else "invalid_upn"


def _is_something_else(text: str) -> bool:
    """True for ids, numbers, serial numbers and plain words: cells that were never meant as an address."""
    if _GUID.fullmatch(text) or not any(c.isalpha() for c in text):
        return True
    if text.startswith("="):
        return False
    return all(c.isalpha() or c.isspace() for c in text) or ("." not in text and sum(c.isdigit() for c in text) >= 4)


def sentence(code: str, user: str) -> str:
    """What is wrong with this name and what to do, for a code of ``fault``."""
    shown = user if len(user) <= _SHOWN else user[: _SHOWN - 1] + "…"
    match code:
        case "empty_upn":
            return "The row names no user; write the user's sign-in name (user principal name) or delete the row."
        case "concealed_name":
            return (
                f"“{shown}” is a concealed name: the report hides who people are. Let it show names (admin center, "
                "Settings > Org settings > Reports) and export it again."
            )
        case "not_a_user":
            return f"“{shown}” is not a user's sign-in name; write the user principal name, like name@company.com."
        case _:
            return f"“{shown}” cannot be a sign-in name: {_why(user)}. Write it like name@company.com."


def _why(user: str) -> str:
    """What exactly breaks the rules; the first thing that a person would see."""
    before, at, domain = user.partition("@")
    if user.startswith("="):
        return "it is a formula"
    if not at:
        return "it has no @"
    if "@" in domain:
        return "it has more than one @"
    if any(c.isspace() for c in user):
        return "there is a blank in it"
    if illegal := _ILLEGAL.search(user):
        return f"the character {illegal[0]!r} is not allowed"
    if not before or before.endswith("."):
        return "there is nothing before the @" if not before else "a dot stands directly before the @"
    if len(before) > 64 or len(user) > _LONGEST:
        return "it is too long (64 characters before the @ and 113 in all are allowed)"
    return "its domain is incomplete"
