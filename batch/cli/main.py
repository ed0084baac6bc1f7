"""The `reassign` command: which commands there are, and how any of them ends.

A command's module is imported when the command is used, so that `reassign --help` stays quick. A command returns its
exit code (None is 0) or raises; every exception ends here as a sentence for people.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import sys
import traceback
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import NamedTuple

import click

from batch import __version__
from batch.core.errors import ReassignError, UsageError

INTERRUPTED = 130
_PROGRAM = "reassign"


class Told(NamedTuple):
    """Where a command is found and what it does, in one line."""

    module: str
    function: str
    summary: str


#: In the order in which they are used.
COMMANDS: dict[str, Told] = {
    "check": Told("batch.cli.check", "check", "Say what sheets hold, and every problem by row. Needs no tenant."),
    "order": Told("batch.cli.order", "order", "Say which licences to buy, how many and why. Buys nothing."),
    "ready": Told("batch.cli.ready", "ready", "Look whether all is bought and set up; wait until it is."),
    "route": Told("batch.cli.route", "route", "The Upgrade tab or by hand: the check list, and the advice."),
    "watch": Told("batch.cli.watch", "watch", "Say what the Upgrade tab changed, from a snapshot before it."),
    "plan": Told("batch.cli.plan", "plan", "Read sheets and tenant and show what would happen. Changes nothing."),
    "approve": Told("batch.cli.approve", "approve", "A second person's word for a plan that asks for one."),
    "apply": Told("batch.cli.apply", "apply", "Carry a plan out, or carry on with it."),
    "handover": Told("batch.cli.handover", "handover", "Make packs for people, or jobs for PowerShell, of a plan."),
    "collect": Told("batch.cli.collect", "collect", "Take in what others did, and what shows that it is done."),
    "reconcile": Told("batch.cli.reconcile", "reconcile", "Look at the tenant again and write the reports."),
    "run": Told("batch.cli.apply", "run", "Plan, ask, apply and reconcile in one go."),
    "undo": Told("batch.cli.undo", "undo", "Plan the way back for everybody whom a run moved."),
    "report": Told("batch.cli.report", "report", "Write the reports of a run again, from its folder alone."),
    "verify": Told("batch.cli.verify", "verify", "Check that a run folder is what it says it is."),
    "show": Told("batch.cli.show", "show", "Show runs and how they stand, from their folders alone."),
    "job": Told("batch.cli.job", "job", "Declared jobs: write one, check, list and show them."),
    "notify": Told("batch.cli.notify", "notify", "Send a test message to everybody whom jobs tell."),
    "schedule": Told("batch.cli.schedule", "schedule", "Have systemd, cron, Windows or Kubernetes start the nights."),
    "nightly": Told("batch.cli.nightly", "nightly", "Do the nightly jobs: take what was dropped, move, report, tell."),
    "retire": Told("batch.cli.retire", "retire", "Say whether a product can be cancelled, and certify it."),
    "tenant": Told("batch.cli.tenant", "tenant", "Look at Microsoft 365; make and copy practice tenants."),
    "catalog": Told("batch.cli.catalog", "catalog", "Look up products; import Microsoft's table of them."),
    "completion": Told("batch.cli.completion", "completion", "Print the completion script for a shell."),
}


class LazyGroup(click.Group):
    """A group whose commands are a table of names; each is imported only when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order in which they are used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself, imported now; None for a name that is no command."""
        told = COMMANDS.get(cmd_name)
        if told is None:
            return None
        try:
            command = getattr(import_module(told.module), told.function)
        except ModuleNotFoundError as error:
            if error.name != told.module:
                raise
            raise UsageError(f"This installation has no command {cmd_name}.", "Install it again.") from error
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command named first; for a misspelt one the error names the nearest."""
        near = get_close_matches(args[0], COMMANDS, n=1)
        if args[0] not in COMMANDS and near:
            ctx.fail(f"There is no command “{args[0]}”. Did you mean {near[0]}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands for --help, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, told.summary) for name, told in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Examples:
  reassign check users.csv licenses.csv
  reassign plan --users users.csv --licenses licenses.csv \\
      --from "Office 365 E4" --to "Office 365 E3" --tenant practice:tenant.db
  reassign run jobs/sample.toml

Each command has its own --help.""",
)
@click.version_option(__version__, prog_name=_PROGRAM, message="%(prog)s %(version)s")
def cli() -> None:
    """Move people from one Microsoft 365 licence to another, in bulk, in groups of 20, reconciled."""


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script: run the command line and leave with its exit code."""
    # A million rows are millions of small values that stay: looking through them for rubbish so often as Python would
    # by itself takes longer than the work.
    gc.set_threshold(100_000, 50, 100)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # a scheduler may start us without
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115  for as long as we run
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    code = run(arguments)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read us has gone; the interpreter must not try to flush once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code; whatever goes wrong is told on stderr, with --json on stdout too."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        code = cli.main(arguments, prog_name=_PROGRAM, standalone_mode=False, color=_color())
    except ReassignError as error:
        _say(error.what, error.todo)
        if "--json" in words and not error.told_as_json:
            _say_as_json(error)
        return error.exit_code
    except click.Abort:
        _say("interrupted; what was done is kept.")
        return INTERRUPTED
    except click.ClickException as error:
        told = io.StringIO()
        error.show(told)
        click.echo(_legible(told.getvalue()), err=True, nl=False)
        return UsageError.exit_code
    except BrokenPipeError:
        return 1
    except Exception as error:
        return _unexpected(error)
    return code if isinstance(code, int) else 0


def _unexpected(error: Exception) -> int:
    """Tell an error that nobody foresaw in one sentence; its traceback only when asked for."""
    if os.environ.get("REASSIGN_DEBUG") == "1":
        traceback.print_exception(error)
    match error:
        case MemoryError():
            _say("the computer ran out of memory.", "Close other programs, or split the sheets into smaller ones.")
        case OSError():
            where = f" ({error.filename})" if error.filename else ""
            _say(f"{error.strerror or error}{where}.", "Check the folder, its rights and the space on the disk.")
        case _:
            _say(
                f"something unexpected happened: {type(error).__name__}: {error}",
                "This is a fault of the program; run it again with REASSIGN_DEBUG=1 to see where it happened.",
            )
    return ReassignError.exit_code


def _color() -> bool | None:
    """For click: never any colour with NO_COLOR, else only on a terminal."""
    return False if os.environ.get("NO_COLOR") else None


def _say(what: str, todo: str = "") -> None:
    with contextlib.suppress(BrokenPipeError):
        click.echo(f"{click.style(f'{_PROGRAM}:', fg='red')} {_legible(what)}", err=True, color=_color())
        if todo:
            click.echo(_legible(todo), err=True)


def _say_as_json(error: ReassignError) -> None:
    with contextlib.suppress(BrokenPipeError):
        value = {"exit_code": error.exit_code, "error": {"what": error.what, "todo": error.todo}}
        click.echo(json.dumps(value))


def _legible(text: str) -> str:
    """The text without what could command or flood a terminal: it may quote a cell or the name of a file."""
    from batch.cli.telling import cut
    from batch.core.harmless import legible

    return cut(legible(text))
