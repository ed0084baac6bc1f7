"""A job file (TOML): a declared piece of work. Everything in it is checked before anything is done.

Nothing is taken that is not known: a misspelt key would otherwise be a limit that does not hold.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from batch.core.errors import UsageError
from batch.core.quota import Quota
from batch.runs.written import Written, shown

_NONE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a job file declares; what it leaves out is None (or empty), and the command's own default holds."""

    name: str = ""
    #: The file it was read from; None for one that the command line alone makes.
    file: Path | None = field(default=None, compare=False)
    #: Sheets of people and of products; names in the file are looked for from its own folder.
    users: tuple[Path, ...] = ()
    licenses: tuple[Path, ...] = ()
    #: Products as written: a name, a part number or an id.
    source: str = ""
    target: str = ""
    #: ``graph``, ``practice:FILE`` or ``copy:FILE`` (a duplicate of it); empty for one made from the sheets.
    tenant: str = ""
    #: For Microsoft 365: the national cloud, the way of signing in, and the writes it takes (``3000/150s``, ``none``);
    #: empty for the global cloud, for whatever the environment offers, and for what Microsoft documents.
    cloud: str = ""
    sign_in: str = ""
    write_quota: str = ""
    #: The folder for the run.
    out: Path | None = None
    #: Changes sent together, 1 to 20.
    group_size: int | None = None
    #: Groups on the wire at the same time, at least 1.
    in_flight: int | None = None
    #: The most people a plan may move, and the largest share (0 to 1) of those who hold what it takes away.
    max_changes: int | None = None
    max_share: float | None = None
    #: The share (0 to 1) of failed changes at which the run stops itself.
    stop_at: float | None = None
    #: How often one change is tried, at least 1.
    tries: int | None = None
    #: Seconds for which the tenant may show what was before a change that took effect.
    settle: float | None = None
    #: Heading → field word, where the guess is wrong.
    mapping: Mapping[str, str] = field(default_factory=lambda: _NONE)
    encoding: str | None = None
    #: The one sheet that is read of a workbook of people.
    sheet: str | None = None
    #: ``inherit``, ``all-on`` or ``template``; empty for the first. The service plans that a template switches on.
    new_services: str = ""
    template: tuple[str, ...] = ()
    #: Hazards accepted by name.
    accept: tuple[str, ...] = ()
    #: Whether services that exclude or need each other block a row.
    strict: bool | None = None
    #: The usage location for people who have none, two letters.
    location: str = ""
    #: Lists of people and groups to be left alone.
    protect: tuple[Path, ...] = ()
    #: How many people go first, in a wave of their own.
    pilot: int | None = None
    #: The time of day in which changes are sent (``22:00-05:00``), and the time zone it is meant in.
    window: str = ""
    timezone: str = ""
    #: Seconds after which a plan that was not begun is too old.
    max_age: float | None = None
    #: Whether a second person has to approve the plan.
    approval: bool | None = None
    #: The faults of a practice tenant, as ``reassign tenant`` writes them; empty for none.
    faults: str = ""


class _Wrong(Exception):
    """A value is not what it should be; the text says what it should be."""


def read_job(path: Path) -> Job:
    """The job in this file. Raises ``UsageError`` that names the key, and its line where it can be found."""
    written = Written.read(
        path,
        "job file",
        missing="Check the name of the job file; jobs/sample.toml is one.",
        broken="Correct it there; jobs/sample.toml shows how.",
    )
    found: dict[str, Any] = {}
    for name, table in written.document.items():
        if name not in _TABLES:
            written.unknown(f"[{name}]" if isinstance(table, dict) else name, name, _TABLES)
        if not isinstance(table, dict):
            written.stop(name, f"{name} should be a table, written [{name}]")
        for key, value in table.items():
            if key not in _TABLES[name]:
                written.unknown(f"{key} in [{name}]", key, _TABLES[name])
            attribute, read = _TABLES[name][key]
            try:
                found[attribute] = read(value, path.parent)
            except _Wrong as wrong:
                written.stop(key, f"{key} in [{name}] should be {wrong}, not {shown(value)}")
    return Job(**found, file=path)


_Read = Callable[[Any, Path], Any]


def _words(value: Any, _: Path) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Wrong("text in quotation marks")
    return value.strip()


def _path(value: Any, folder: Path) -> Path:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise _Wrong("the name of a file or folder in quotation marks")
    return _beside(folder, value)


def _beside(folder: Path, name: str) -> Path:
    """The named file, looked for from the folder of the job file, without the detours (jobs/../sheets)."""
    return Path(os.path.normpath(folder / name.strip()))


def _paths(value: Any, folder: Path) -> tuple[Path, ...]:
    listed = value if isinstance(value, list) else [value]
    try:
        return tuple(_path(item, folder) for item in listed)
    except _Wrong as wrong:
        raise _Wrong("the name of a file, or a list of them") from wrong


def _tenant(value: Any, folder: Path) -> str:
    if value == "graph":
        return "graph"
    kind, _, file = value.partition(":") if isinstance(value, str) else ("", "", "")
    if kind in ("practice", "copy") and file.strip():
        return f"{kind}:{_beside(folder, file)}"
    raise _Wrong("“practice:FILE”, “copy:FILE” or “graph”")


def _quota(value: Any, _: Path) -> str:
    try:
        Quota.parse(value if isinstance(value, str) else "")
    except UsageError:
        raise _Wrong("how many writes in how long, like “3000/150s”, or “none”") from None
    return str(value)


def _whole(least: int, most: int | None = None) -> _Read:
    told = f"a whole number from {least} to {most}" if most else f"a whole number of at least {least}"

    def read(value: Any, _: Path) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < least or (most and value > most):
            raise _Wrong(told)
        return value

    return read


def _yes(value: Any, _: Path) -> bool:
    if not isinstance(value, bool):
        raise _Wrong("true or false")
    return value


def _names(value: Any, _: Path) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) and item.strip() for item in listed):
        raise _Wrong("a name in quotation marks, or a list of them")
    return tuple(item.strip() for item in listed)


def _one_of(*words: str) -> _Read:
    def read(value: Any, _: Path) -> str:
        if value not in words:
            raise _Wrong(" or ".join(f"“{word}”" for word in words))
        return str(value)

    return read


def _age(value: Any, _: Path) -> float:
    """Seconds, or a text like "24h"."""
    match = re.fullmatch(r"\s*(\d{1,6})\s*([smhd])\s*", value) if isinstance(value, str) else None
    if match:
        return float(match[1]) * {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}[match[2]]
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise _Wrong("a number of seconds, or a time like “24h” or “7d”")
    return float(value)


def _share(value: Any, _: Path) -> float:
    """A share from 0 to 1, or a percentage in quotation marks: 0.2 and "20%" are the same."""
    share = value
    if isinstance(value, str) and (percent := re.fullmatch(r"\s*(\d{1,3}(?:\.\d{1,6})?)\s*%\s*", value)):
        share = float(percent[1]) / 100
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise _Wrong("a share from 0 to 1, or a percentage like “20%”")
    return float(share)


def _seconds(value: Any, _: Path) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 86_400:
        raise _Wrong("a number of seconds from 0 to 86400")
    return float(value)


def _map(value: Any, _: Path) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(word, str) and word.strip() for word in value.values()):
        raise _Wrong('headings with what they mean, like { "Login" = "user" }')
    return {heading.strip(): word.strip() for heading, word in value.items()}


#: Table → key → the field of ``Job`` and how its value is read.
_TABLES: dict[str, dict[str, tuple[str, _Read]]] = {
    "job": {"name": ("name", _words)},
    "sheets": {
        "users": ("users", _paths),
        "licenses": ("licenses", _paths),
        "map": ("mapping", _map),
        "encoding": ("encoding", _words),
        "sheet": ("sheet", _words),
        "protect": ("protect", _paths),
    },
    "move": {"from": ("source", _words), "to": ("target", _words), "usage_location": ("location", _words)},
    "services": {
        "new": ("new_services", _one_of("inherit", "all-on", "template")),
        "template": ("template", _names),
        "accept": ("accept", _names),
        "strict": ("strict", _yes),
    },
    "tenant": {
        "at": ("tenant", _tenant),
        "faults": ("faults", _words),
        "cloud": ("cloud", _words),
        "sign_in": ("sign_in", _words),
    },
    "limits": {
        "max_changes": ("max_changes", _whole(0)),
        "max_share": ("max_share", _share),
        "group_size": ("group_size", _whole(1, 20)),
        "in_flight": ("in_flight", _whole(1, 64)),
        "tries": ("tries", _whole(1, 100)),
        "stop_at": ("stop_at", _share),
        "settle": ("settle", _seconds),
        "write_quota": ("write_quota", _quota),
        "pilot": ("pilot", _whole(1)),
        "window": ("window", _words),
        "timezone": ("timezone", _words),
        "max_age": ("max_age", _age),
        "approval": ("approval", _yes),
    },
    "out": {"folder": ("out", _path)},
}
