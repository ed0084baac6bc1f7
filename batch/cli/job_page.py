"""A job as people and programs are shown it: everything that holds for it, what it leaves out included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from batch.core.move_rules import MoveRule
from batch.core.pace import Policy
from batch.runs.job_tables import NIGHTS, RULE, RULE_KEYS, TABLES
from batch.runs.jobfile import Job
from batch.runs.nightjob import NightJob

_BOUNDS = Policy()
#: What holds where a job says nothing, for a program.
_DEFAULTS: dict[str, Any] = {
    **{name: getattr(_BOUNDS, name) for name in ("group_size", "in_flight", "tries", "stop_at")},
    **dict.fromkeys(("newest", "allow_short", "strict", "approval"), False),
    "new_services": "inherit",
    "cloud": "global",
}
#: And for people, where nothing is what holds.
_NOTHING = {
    **dict.fromkeys(("max_changes", "max_share", "daily_cap"), "no such bound"),
    **dict.fromkeys(("keep_runs", "keep_files"), "they stay"),
    "reports": "nowhere else",
    **dict.fromkeys(("mapping", "encoding"), "as guessed"),
    **dict.fromkeys(("departments", "locations"), "any"),
    **dict.fromkeys(("mail", "protect"), "nobody"),
    "name": "the products that it moves between",
    "licenses": "none: the tenant says what was bought",
    "sheet": "all of them",
    "location": "none: rows of people without one are blocked",
    "tenant": "a practice tenant, made from the sheets",
    "sign_in": "as the AZURE_* variables tell",
    "write_quota": "what Microsoft documents",
    "settle": "as long as the tenant needs",
    "pilot": "all in one go",
    "window": "at any time",
    "timezone": "this machine's",
    "max_age": "any",
    "out": "a new folder each time",
    "files": "every kind of sheet",
    "shrink": "never",
    "attach": "never",
}
_TIMES = ("settle", "max_age", "quiet", "every", "give_up", "keep_runs", "keep_files")
_SHARES = ("max_share", "stop_at", "shrink")


def moves_of(job: Job) -> str:
    """What the job moves, in a few words."""
    if job.rules:
        return f"by {len(job.rules)} {'rule' if len(job.rules) == 1 else 'rules'}"
    return f"{job.source} → {job.target}" if job.source and job.target else "as asked row by row"


def value_of(path: Path, job: Job) -> dict[str, Any]:
    """Everything that holds for the job, for a program: table → key → value; null where nothing bounds or is said."""
    tables = {
        name: {key: _plain(_held(part, attribute)) for key, (attribute, _) in keys.items()}
        for name, keys, part in _parts(job)
    }
    rules = [{key: _plain(getattr(rule, name)) for key, (name, _) in RULE_KEYS.items()} for rule in job.rules]
    told = {"job": path.stem, "file": str(path), "title": job.name, "nightly": job.nightly is not None}
    return {**told, "moves": moves_of(job), "settings": tables, "rules": rules}


def lines_of(path: Path, job: Job) -> Iterator[str]:
    """The same for people; what the job does not say is marked as the default that holds."""
    kind = "by hand" if job.nightly is None else "nightly" if job.nightly.enabled else "nightly, switched off"
    yield f"{job.name or path.stem} ({path}), {kind}: {moves_of(job)}"
    for name, keys, part in _parts(job):
        yield f"[{name}]"
        usual = type(part)()
        for key, (attribute, _) in keys.items():
            said = getattr(part, attribute) != getattr(usual, attribute)
            yield f"  {key:<15} {_told(attribute, _held(part, attribute))}{'' if said else '  (default)'}"
    for number, rule in enumerate(job.rules, 1):
        yield f"[[{RULE}]] {number}"
        yield from (f"  {key:<15} {_told(name, getattr(rule, name))}" for key, (name, _) in RULE_KEYS.items())


def _parts(job: Job) -> Iterator[tuple[str, Mapping[str, Any], Job | NightJob]]:
    """Each table that holds for the job, with its keys and the value that has their fields."""
    for name, keys in TABLES.items():
        if name not in NIGHTS:
            if not (name == "move" and job.rules):
                yield name, keys, job
        elif job.nightly is not None and not (name == "inbox" and job.nightly.inbox is None):
            yield name, keys, job.nightly


def _held(part: Job | NightJob | MoveRule, attribute: str) -> Any:
    """What holds: what is said, else the default."""
    said = getattr(part, attribute)
    return _DEFAULTS.get(attribute, said) if said is None or said == "" else said


def _plain(value: Any) -> Any:
    """The value as JSON has it."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return dict(value)
    return str(value) if isinstance(value, Path) else value if value != "" else None


def _told(attribute: str, value: Any) -> str:
    """The value in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value in ("", (), {}) or (attribute == "attach" and not value):
        return _NOTHING.get(attribute, "none")
    if attribute in _TIMES:
        return _lasting(value)
    if attribute in _SHARES:
        return f"{value * 100:g}%"
    if attribute == "attach":
        return f"up to {value / 1_000_000:g} MB"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{heading} = {word}" for heading, word in value.items())
    return f"{value:,}" if isinstance(value, int) else str(value)


def _lasting(seconds: float) -> str:
    """A time as a job file writes it: "14d", "1m"."""
    for unit, length in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:g}{unit}"
    return f"{seconds:g}s"
