"""`reassign schedule`: the nights started by the scheduler that is there already."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from batch.cli.telling import say

if TYPE_CHECKING:
    from batch.schedules.task import Schedule, Task
    from batch.wiring.scheduled_task import Wanted

F = TypeVar("F", bound=Callable[..., Any])

_PATH = click.Path(path_type=Path)
_PLACE = (
    click.option(
        "--for",
        "kind",
        type=click.Choice(["systemd", "cron", "windows", "kubernetes"]),
        help="The scheduler (default: the one that this machine has).",
    ),
    click.option("--name", metavar="NAME", help="What it is called there (default license-reassign-nightly)."),
    click.option(
        "--to", type=_PATH, metavar="DIR", help="Where its files lie (default: where it looks for them, else here)."
    ),
)
_WHAT = (
    click.argument("only", nargs=-1, metavar="[JOB]..."),
    click.option(
        "--at", multiple=True, metavar="HH:MM", help="When (default: when the jobs' windows open, else 02:00)."
    ),
    click.option("--timezone", metavar="NAME", help="The time zone of --at (default: the jobs', else the machine's)."),
    click.option("--jobs", type=_PATH, default=Path("jobs"), metavar="DIR", help="The job files (default jobs)."),
    click.option("--nights", type=_PATH, default=Path("nights"), metavar="DIR", help="The nights (default nights)."),
    click.option(
        "--metrics", type=_PATH, metavar="FILE", help="Have figures for Prometheus written to FILE each night."
    ),
    click.option("--user", metavar="NAME", help="The account (default license-reassign; Windows: LOCAL SERVICE)."),
    click.option("--image", metavar="NAME", help="Kubernetes: the image that has the program in it."),
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value instead of words.")


def _all(*options: Callable[[F], F]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


@click.group(
    epilog="""\b
Examples:
  reassign schedule show
  reassign schedule install --at 22:00 --timezone Europe/Amsterdam
  reassign schedule remove"""
)
def schedule() -> None:
    """Have the nights started by systemd, cron, the Windows Task Scheduler or Kubernetes."""


@schedule.command(
    epilog="""\b
Examples:
  reassign schedule show
  reassign schedule show --for cron --at 22:00
  reassign schedule show --for kubernetes --timezone Europe/Amsterdam --image registry.example/reassign:1.0"""
)
@_all(*_PLACE, *_WHAT)
@_JSON
def show(*, as_json: bool, **given: Any) -> int:
    """Show what would be written, where, and the commands that switch it on. Writes nothing.

    JOB is the name of a job in --jobs; without one, all that declare something for the nights are meant.
    """
    from batch.wiring import scheduling

    wanted = _wanted(given)
    task, made = scheduling.planned(wanted)
    if as_json:
        click.echo(json.dumps(_value(wanted, task, made)))
        return 0
    for file in made.files:
        say([f"# ----- {scheduling.folder_of(wanted) / file.name}"])
        # Whole lines, however long; nothing in it can command a terminal (schedules.task).
        click.echo(file.text)
    _then(made, before="Before the first night:", on="Switch it on, once the files are in their place:")
    return 0


@schedule.command(
    epilog="""\b
Examples:
  reassign schedule install
  reassign schedule install --for cron --jobs jobs --nights nights

It switches nothing on: it prints the commands that do. Files that it did not write, or that were edited since, are
left as they are.

Exit codes: 0 written, 1 the folder takes no files (rights), 2 another file lies there, or an option cannot be meant."""
)
@_all(*_PLACE, *_WHAT)
@_JSON
def install(*, as_json: bool, **given: Any) -> int:
    """Write the files for the scheduler, and print the commands that switch it on.

    JOB is the name of a job in --jobs; without one, all that declare something for the nights are meant.
    """
    from batch.wiring import scheduling

    wanted = _wanted(given)
    task, made = scheduling.planned(wanted)
    paths = scheduling.install(wanted, made)
    if as_json:
        click.echo(json.dumps(_value(wanted, task, made) | {"written": [str(path) for path in paths]}))
        return 0
    say(f"Written: {path}" for path in paths)
    _then(made, before="Do this before the first night:", on="Switch it on:")
    return 0


@schedule.command(
    epilog="""\b
Examples:
  reassign schedule remove
  reassign schedule remove --for cron
  reassign schedule remove --force

Exit codes: 0 removed (or nothing was there), 1 the folder takes no changes (rights), 2 a file was edited, is not
ours, or is switched on still."""
)
@_all(*_PLACE)
@click.option("--force", is_flag=True, help="Edited files as well, and while they are switched on.")
@_JSON
def remove(*, force: bool, as_json: bool, **given: Any) -> int:
    """Delete the files that were written for the scheduler, unless somebody edited them."""
    from batch.wiring import scheduling

    wanted = _wanted(given)
    gone = scheduling.remove(wanted, force=force)
    after = scheduling.afterwards(wanted)
    if as_json:
        click.echo(json.dumps({"removed": [str(path) for path in gone], "then": list(after)}))
        return 0
    say(f"Removed: {path}" for path in gone)
    if not gone:
        say([f"No file of {wanted.name} was in {scheduling.folder_of(wanted)}."])
    _commands("So that the scheduler forgets it too:", after)
    return 0


def _wanted(given: dict[str, Any]) -> Wanted:
    """What was asked; ``UsageError`` for an option without a value: a "$VARIABLE" that is not set."""
    from batch.core.errors import UsageError
    from batch.wiring.scheduled_task import Wanted

    for name, value in given.items():
        if value == "" or (isinstance(value, tuple) and "" in value):
            raise UsageError(f"--{name} was given without a value.", "Give one, or leave the option out.")
    return Wanted(**{name: value for name, value in given.items() if value not in (None, ())})


def _then(made: Schedule, *, before: str, on: str) -> None:
    _commands(before, made.before)
    _commands(on, made.switch_on)
    if made.notes:
        say(["", "Mind:", *(f"  {note}" for note in made.notes)])


def _commands(title: str, commands: Iterable[str]) -> None:
    lines = [f"  {command}" for command in commands]
    if lines:
        say(["", title, *lines])


def _value(wanted: Wanted, task: Task, made: Schedule) -> dict[str, Any]:
    from batch.wiring import scheduling

    return {
        "for": wanted.kind or scheduling.usual(),
        "name": wanted.name,
        "command": list(task.command),
        "starts": [{"at": f"{start.at:%H:%M}", "timezone": start.zone} for start in task.starts],
        "files": [{"path": str(scheduling.folder_of(wanted) / file.name), "text": file.text} for file in made.files],
        "before": list(made.before),
        "switch_on": list(made.switch_on),
        "notes": list(made.notes),
    }
