"""How the values in a job file are read: each reader takes a value and the file's folder, and gives it back checked."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from batch.core.errors import UsageError
from batch.core.quota import Quota

Read = Callable[[Any, Path], Any]

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_BYTES = {"": 1, "B": 1, "KB": 1000, "MB": 1_000_000}
#: More no mail server takes.
_MOST_BYTES = 100_000_000
#: One address: what stands before the @ and the domain, without blanks, quotes, commas or anything invisible.
_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f]{1,64}@[^\W_](?:[\w.-]{0,251}[^\W_])?")
_MOST_ADDRESSES = 50
#: People in a tenant, or anything else that is counted.
_LARGEST = 1_000_000_000


class Wrong(Exception):
    """A value is not what it should be; the text says what it should be."""


def words(value: Any, _: Path) -> str:
    """Text that says something."""
    if not isinstance(value, str) or not value.strip():
        raise Wrong("text in quotation marks")
    return value.strip()


def path(value: Any, folder: Path) -> Path:
    """A file or folder, looked for from the folder of the job file."""
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise Wrong("the name of a file or folder in quotation marks")
    return _beside(folder, value)


def _beside(folder: Path, name: str) -> Path:
    """The named file, looked for from the folder of the job file, without the detours (jobs/../sheets)."""
    return Path(os.path.normpath(folder / name.strip()))


def paths(value: Any, folder: Path) -> tuple[Path, ...]:
    """Files; one stands for a list of one."""
    listed = value if isinstance(value, list) else [value]
    try:
        return tuple(path(item, folder) for item in listed)
    except Wrong as wrong:
        raise Wrong("the name of a file, or a list of them") from wrong


def sheets(value: Any, folder: Path) -> tuple[Path, ...]:
    """Files, or patterns for the names of files in one folder; folders within it are not looked into."""
    found = paths(value, folder)
    if any("**" in part for file in found for part in file.parts):
        raise Wrong("names in one folder, like “../exports/users-*.csv”, without **")
    return found


def tenant(value: Any, folder: Path) -> str:
    """Where the licences live; the file of a practice tenant from the folder of the job file."""
    if value == "graph":
        return "graph"
    kind, _, file = value.partition(":") if isinstance(value, str) else ("", "", "")
    if kind in ("practice", "copy") and file.strip():
        return f"{kind}:{_beside(folder, file)}"
    raise Wrong("“practice:FILE”, “copy:FILE” or “graph”")


def quota(value: Any, _: Path) -> str:
    """Writes in a time."""
    try:
        Quota.parse(value if isinstance(value, str) else "")
    except UsageError:
        raise Wrong("how many writes in how long, like “3000/150s”, or “none”") from None
    return str(value)


def whole(least: int, most: int | None = None) -> Read:
    """Reads a whole number within these bounds."""
    told = f"a whole number from {least} to {most}" if most else f"a whole number of at least {least}"

    def read(value: Any, _: Path) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < least or (most and value > most):
            raise Wrong(told)
        if value > _LARGEST:
            raise Wrong(f"at most {_LARGEST:,}")
        return value

    return read


def yes(value: Any, _: Path) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise Wrong("true or false")
    return value


def names(value: Any, _: Path) -> tuple[str, ...]:
    """Names; one stands for a list of one."""
    listed = value if isinstance(value, list) else [value]
    if not listed or not all(isinstance(item, str) and item.strip() for item in listed):
        raise Wrong("a name in quotation marks, or a list of them")
    return tuple(item.strip() for item in listed)


def file_names(value: Any, folder: Path) -> tuple[str, ...]:
    """Names or patterns of files in one folder."""
    try:
        found = names(value, folder)
    except Wrong:
        found = ("/",)
    if any(set(name) & set("/\\\0") for name in found):
        raise Wrong("the name of a file like “users-*.csv”, or a list of them, without folders")
    return found


def one_of(*choices: str, remark: str = "") -> Read:
    """Reads one of these words; ``remark`` follows them where another one is refused."""

    def read(value: Any, _: Path) -> str:
        if value not in choices:
            raise Wrong(" or ".join(f"“{word}”" for word in choices) + remark)
        return str(value)

    return read


def some_of(*choices: str) -> Read:
    """Reads some of these words, each once; one stands for a list of one."""

    def read(value: Any, _: Path) -> tuple[str, ...]:
        listed = value if isinstance(value, list) else [value]
        if not listed or not all(isinstance(word, str) and word in choices for word in listed):
            raise Wrong(f"a list of {', '.join(f'“{word}”' for word in choices)}")
        return tuple(dict.fromkeys(listed))

    return read


def age(value: Any, _: Path) -> float:
    """Seconds, or a text like "24h"."""
    match = re.fullmatch(r"\s*(\d{1,6})\s*([smhd])\s*", value) if isinstance(value, str) else None
    if match:
        return float(match[1]) * _UNITS[match[2]]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise Wrong("a number of seconds, or a time like “24h” or “7d”")
    return float(value)


def lasting(least: str, most: str) -> Read:
    """Reads a time within these bounds, both written as ``age`` reads them."""
    low, high = (age(text, Path()) for text in (least, most))

    def read(value: Any, folder: Path) -> float:
        try:
            found = age(value, folder)
        except Wrong:
            found = -1.0
        if not low <= found <= high:
            raise Wrong(f"a time from “{least}” to “{most}”")
        return found

    return read


def share(value: Any, _: Path) -> float:
    """A share from 0 to 1, or a percentage in quotation marks: 0.2 and "20%" are the same."""
    found = value
    if isinstance(value, str) and (percent := re.fullmatch(r"\s*(\d{1,3}(?:\.\d{1,6})?)\s*%\s*", value)):
        found = float(percent[1]) / 100
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found <= 1:
        raise Wrong("a share from 0 to 1, or a percentage like “20%”")
    return float(found)


def share_or_never(value: Any, folder: Path) -> float | None:
    """A share, or None for “never” and false."""
    if value is False or value == "never":
        return None
    try:
        return share(value, folder)
    except Wrong:
        raise Wrong("a share from 0 to 1, a percentage like “50%”, or “never”") from None


def seconds(value: Any, _: Path) -> float:
    """A number of seconds, a day at most."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 86_400:
        raise Wrong("a number of seconds from 0 to 86400")
    return float(value)


def size(value: Any, _: Path) -> int:
    """A number of bytes, or a text like "5MB" (a million each)."""
    found = value
    if isinstance(value, str) and (match := re.fullmatch(r"\s*(\d{1,9})\s*(B|KB|MB|)\s*", value, re.IGNORECASE)):
        found = int(match[1]) * _BYTES[match[2].upper()]
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= _MOST_BYTES:
        raise Wrong("a number of bytes, or a size like “5MB”, 100MB at most")
    return found


def addresses(value: Any, _: Path) -> tuple[str, ...]:
    """E-mail addresses, each once; one stands for a list of one."""
    listed = value if isinstance(value, list) else [value]
    texts = (item.strip() if isinstance(item, str) else "" for item in listed)
    good = all(_ADDRESS.fullmatch(text) and text.isprintable() for text in texts)
    if not listed or len(listed) > _MOST_ADDRESSES or not good:
        told = f"an e-mail address like “licences@contoso.com”, or a list of them ({_MOST_ADDRESSES} at most)"
        raise Wrong(told)
    return tuple(dict.fromkeys(item.strip() for item in listed))


def variable_end(value: Any, _: Path) -> str:
    """The end of an environment variable's name."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Z0-9_]{1,64}", value):
        raise Wrong("capitals, digits and _ only, like “FINANCE”")
    return value


def headings(value: Any, _: Path) -> dict[str, str]:
    """Headings with what they mean."""
    if not isinstance(value, dict) or not all(isinstance(word, str) and word.strip() for word in value.values()):
        raise Wrong('headings with what they mean, like { "Login" = "user" }')
    return {heading.strip(): word.strip() for heading, word in value.items()}
