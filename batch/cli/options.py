"""Options that several commands share, and the job they add up to."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def share(value: str) -> float:
    """A share written as ``0.2`` or ``20%``, as a number from 0 to 1."""
    text = value.strip()
    try:
        number = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        raise click.BadParameter(f"“{text}” is not a share; write 0.2 or 20%.") from None
    if not 0 <= number <= 1:
        raise click.BadParameter(f"“{text}” is not between 0 and 1.")
    return number


def duration(value: str) -> float:
    """A time written as ``300``, ``300s``, ``5m`` or ``500ms``, in seconds."""
    match = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*(ms|s|m|min|h|d|)", value.strip(), re.IGNORECASE)
    if match is None:
        raise click.BadParameter(f"“{value.strip()}” is not a time; write 300, 30s, 5m, 24h or 7d.")
    units = {"ms": 0.001, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}
    return float(match[1]) * units.get(match[2].lower(), 1.0)


def listed(_: click.Context, __: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """An option that may be repeated, and may name several with commas between."""
    found = tuple(part.strip() for text in value for part in text.split(",") if part.strip())
    if value and not found:
        raise click.BadParameter("it was given without a value. Give one, or leave the option out.")
    return found


def quota(value: str) -> str:
    """A quota as it was written, once it is known to be one; ``UsageError`` otherwise."""
    from batch.core.quota import Quota

    Quota.parse(value)
    return value


_PATH = click.Path(path_type=Path)

#: Where job files are, and where the nights are.
jobs_folder = click.option(
    "--jobs", "folder", type=_PATH, default=Path("jobs"), metavar="DIR", help="Where job files are (default jobs)."
)
nights_folder = click.option(
    "--nights", type=_PATH, default=Path("nights"), metavar="DIR", help="Where the nights are (default nights)."
)

_CARING = (
    click.option("--protect", multiple=True, type=_PATH, metavar="FILE", help="People and groups to leave alone."),
    click.option("--pilot", type=click.IntRange(1), metavar="N", help="Move N people first, look, then more and more."),
    click.option("--approval", is_flag=True, default=None, help="Ask for a second person: reassign approve RUN."),
)
_PLANNING = (
    click.argument("job", required=False, type=_PATH),
    click.option("--users", multiple=True, type=_PATH, metavar="SHEET", help="Who holds what, or who shall move."),
    click.option("--licenses", multiple=True, type=_PATH, metavar="SHEET", help="What was bought."),
    click.option("--from", "source", metavar="SKU", help="Product to move from: name, part number or GUID."),
    click.option("--to", "target", metavar="SKU", help="Product to move to."),
    click.option(
        "--tenant",
        metavar="graph|copy:FILE|practice:FILE",
        help="Microsoft 365, a throw-away duplicate of a practice tenant, or that itself (else: made from the sheets).",
    ),
    click.option("--cloud", metavar="NAME", help="National cloud of Microsoft 365 (default global)."),
    click.option("--out", type=_PATH, metavar="DIR", help="The run folder (default: runs/ and the time)."),
    click.option("--map", "maps", multiple=True, metavar="COLUMN=FIELD", help="What a column means; may be repeated."),
    click.option("--encoding", metavar="NAME", help="The text encoding, where the guess is wrong."),
    click.option("--sheet", metavar="NAME", help="Read this sheet only of workbooks of people."),
    click.option("--max-changes", type=click.IntRange(0), metavar="N", help="Hold a plan back that moves more people."),
    click.option(
        "--max-share", type=share, metavar="SHARE", help="Hold a plan back that moves more of a product's holders."
    ),
    click.option(
        "--new-services",
        type=click.Choice(["inherit", "all-on", "template"]),
        help="Services that the old licence had not: stay off (default), all on, or those of --template.",
    ),
    click.option("--template", multiple=True, callback=listed, metavar="PLAN", help="New services to switch on."),
    click.option(
        "--accept", multiple=True, callback=listed, metavar="HAZARD", help="Accept what a move loses, by its name."
    ),
    click.option("--strict", is_flag=True, default=None, help="Block rows whose services exclude or need each other."),
    click.option("--usage-location", "location", metavar="XX", help="Given to people who have none, with their move."),
    *_CARING,
)
_TIMES = (
    click.option("--window", metavar="22:00-05:00", help="Send only at this time of day; stop between groups."),
    click.option(
        "--timezone", metavar="NAME", help="The time zone of --window, e.g. Europe/Amsterdam (default: here)."
    ),
    click.option("--max-age", type=duration, metavar="TIME", help="Refuse to begin a plan that is older, e.g. 24h."),
)
_LOOKING = (
    click.option("--settle", type=duration, metavar="TIME", help="How long reads may lag (Microsoft 365: 5m)."),
    click.option("--sign-in", metavar="WAY", help="How to sign in to Microsoft 365 (default: as AZURE_* says)."),
)
_RUNNING = (
    click.option("--group-size", type=click.IntRange(1, 20), metavar="1-20", help="People in one group (default 20)."),
    click.option("--in-flight", type=click.IntRange(1, 64), metavar="N", help="Groups at the same time (default 4)."),
    click.option("--tries", type=click.IntRange(1, 100), metavar="N", help="Tries for one change (default 10)."),
    click.option("--stop-at", type=share, metavar="SHARE", help="Stop when more of the changes fail (default 25%)."),
    click.option(
        "--write-quota",
        type=quota,
        metavar="N/TIME",
        envvar="REASSIGN_WRITE_QUOTA",
        help="Writes that Microsoft 365 takes (default 3000/150s; none for no limit).",
    ),
    *_TIMES,
    *_LOOKING,
    click.option("--faults", metavar="LIST", help="Faults of a practice tenant, e.g. seed=7,throttle=0.1"),
)
_ALLOWING = (
    click.option("--allow-large", is_flag=True, help="Carry out a plan that is over --max-changes or --max-share."),
    click.option("--allow-short", is_flag=True, help="Move those who fit when seats run out."),
    click.option("--allow-group", is_flag=True, help="Change a group's licences for members in no sheet as well."),
)
_TELLING = (
    click.option("--json", "as_json", is_flag=True, help="Print one JSON value instead of words."),
    click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors."),
)


def _all(options: tuple[Callable[[F], F], ...]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


planning, running, looking = _all(_PLANNING), _all(_RUNNING), _all(_LOOKING)
allowing, telling, caring = _all(_ALLOWING), _all(_TELLING), _all(_CARING)


def allowed(*, allow_large: bool, allow_short: bool, allow_group: bool) -> list[str]:
    """The words that were said, as the guards name them."""
    said = {"--allow-large": allow_large, "--allow-short": allow_short, "--allow-group": allow_group}
    return [word for word, is_said in said.items() if is_said]


#: Setting of a job → the option that gives it, where they differ.
_OPTIONS = {"source": "from", "target": "to", "location": "usage-location"}


def job_of(job: Path | None, *, maps: tuple[str, ...] = (), **given: Any) -> Any:
    """The job file's settings with the options that were given in their place."""
    from batch.cli.check import column_meanings
    from batch.core.errors import UsageError
    from batch.runs.jobfile import Job, read_job

    for name, value in given.items():
        # A "$VARIABLE" that is not set must not fall back on another product or tenant. No faults are no faults.
        if value == "" and name != "faults":
            option = _OPTIONS.get(name, name.replace("_", "-"))
            raise UsageError(f"--{option} was given without a value.", "Give one, or leave the option out.")
    base = read_job(job) if job else Job()
    chosen = {name: value for name, value in given.items() if value not in (None, ())}
    if maps:
        chosen["mapping"] = {**base.mapping, **column_meanings(maps)}
    return replace(base, **chosen)
