"""How commands talk: on which stream, in colour or not, in words or as JSON."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import textwrap
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from batch.core.ledger import Ledger
    from batch.core.plan import Changes
    from batch.core.report import Report
    from batch.reports.log import EventLog
    from batch.reports.progress import Progress
    from batch.runs.folder import RunFolder


#: What stands before the first word of a line: blanks, and the number of a step.
_BEGIN = re.compile(r"^ *(?:\d+\. )?")
_COMMANDS = ("reassign ", ".\\")
#: Characters in a line for people.
_LONGEST = 2000


def colored(stream: object = None) -> bool:
    """Colour only on a terminal, and never when NO_COLOR is set."""
    stream = stream or sys.stdout
    return bool(getattr(stream, "isatty", lambda: False)()) and not os.environ.get("NO_COLOR")


def width() -> int:
    """Characters in a line of this terminal; 100 where there is none."""
    return min(shutil.get_terminal_size((100, 24)).columns, 120)


def cut(text: str) -> str:
    """The text, or the beginning of a very long one: a cell may hold thousands of characters."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def fitted(lines: Iterable[str]) -> Iterator[str]:
    """The lines broken at blanks where they are wider than this terminal; what follows stands below the first word.

    A command stays one line, since it is pasted.
    """
    for line in lines:
        if line.lstrip().startswith(_COMMANDS):
            yield line
            continue
        begin = " " * (len(line) - len(_BEGIN.sub("", line)))
        pen = textwrap.TextWrapper(width(), subsequent_indent=begin, break_long_words=False, break_on_hyphens=False)
        yield from pen.wrap(line) or [line]


def say(lines: Iterable[str], *, dyed: bool = False) -> None:
    """Print lines, in characters that the stream can show.

    What could command a terminal is taken out, unless the lines are ``dyed``: made legible before and coloured since.
    """
    from batch.core.harmless import in_encoding, legible

    for line in lines:
        text = line if dyed else cut(legible(line).replace("\n", " "))
        click.echo(in_encoding(text, getattr(sys.stdout, "encoding", None)), color=colored())


class Stages:
    """One line on a terminal that says what is being done and for how long; nothing anywhere else.

    Call it with what comes next; as a context manager it leaves the line empty at the end.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._live = not quiet and sys.stderr.isatty()
        self._text = ""
        self._since = 0.0
        self._drawn = False
        self._over = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def __call__(self, text: str) -> None:
        """The stage that begins now; one that differs only behind a colon goes on."""
        if text.partition(":")[0] != self._text.partition(":")[0]:
            self._since = time.monotonic()
        self._text = text
        self._draw()

    def __enter__(self) -> Stages:
        if self._live:
            self._ticker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._live:
            self._ticker.join()
            self._text = ""
            self._draw()

    def _tick(self) -> None:
        while not self._over.wait(1.0):
            self._draw()

    def _draw(self) -> None:
        if not self._live:
            return
        if not self._text and not self._drawn:
            return  # the line belongs to somebody else
        self._drawn = bool(self._text)
        seconds = int(time.monotonic() - self._since)
        line = f"{self._text} …{f' {seconds} s' if seconds else ''}" if self._text else ""
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(f"\r\x1b[K{line[: width() - 1]}")
            sys.stderr.flush()


def tell_person(text: str) -> None:
    """Something that a person has to act on now, whatever else is quiet: the code to sign in a device with."""
    from batch.core.harmless import legible

    click.echo(f"\n{legible(text)}", err=True)


def tell_stopping() -> None:
    """Somebody asked the run to stop."""
    text = "Stopping: what is on its way is finished first. Ctrl-C again ends it at once; nothing is lost either way."
    click.echo(f"\n{text}", err=True)


def tell_left_alone(text: str) -> None:
    """Who changed since the plan was made, and is left alone; everybody else goes."""
    from batch.core.harmless import legible

    click.echo(cut(legible(text)), err=True)


def compared_with_tenant(
    folder: RunFolder, changes: Changes, ledger: Ledger, given: Mapping[str, Any], *, quiet: bool
) -> None:
    """Look at the run's tenant and keep what differs; ``given``: how it is reached, where that was said anew.

    ``UsageError`` when changes are in other hands and the run's tenant cannot show what was done about them.
    """
    from batch.wiring import applying, collecting, reconciling
    from batch.wiring.parts import SteadyClock
    from batch.wiring.running import looked_again

    meta = folder.meta()
    collecting.check_tenant(folder, meta, ledger)
    with applying.tenant_of(folder, meta, given, tell_person) as tenant, Stages(quiet=quiet) as stage_is:
        fresh = looked_again(folder, tenant, changes, ledger, SteadyClock(), stage_is)
    reconciling.keep(folder, changes, ledger, fresh)


def tell_report(
    report: Report, folder: Path, *, as_json: bool, quiet: bool, more: Mapping[str, object] | None = None
) -> None:
    """Say how a run stands; ``more`` stands beside it in the JSON value."""
    if as_json:
        import json

        from batch.reports.tables import result

        click.echo(json.dumps({**result(report), **(more or {})}))
    elif not quiet:
        from batch.reports.terminal import summary_lines

        say(summary_lines(report, color=colored(), width=width(), folder=str(folder)), dyed=True)


def watchers_for(folder: Path, total: int, before: Ledger, *, quiet: bool) -> tuple[Progress, EventLog]:
    """The progress on stderr and the log in the run folder."""
    from batch.core.states import State
    from batch.core.verdict import VerdictKind, verdict
    from batch.reports.log import EventLog
    from batch.reports.progress import Progress, Screen

    live = sys.stderr.isatty()
    screen = Screen(stream=sys.stderr, live=live, color=colored(sys.stderr), quiet=quiet, width=width())
    words = {
        VerdictKind.APPLIED: "applied",
        VerdictKind.REFUSED: "refused",
        VerdictKind.RETRY: "waiting",
        VerdictKind.DOUBT: "doubt",
        VerdictKind.STOP: "waiting",
    }
    progress = Progress(
        total,
        screen,
        now=time.monotonic,
        verdict_of=lambda e: words[verdict(e.status, e.code, e.text).kind],  # type: ignore[arg-type,return-value]
        settled=(before.tally[State.APPLIED], before.tally[State.REFUSED]),
    )
    return progress, EventLog(folder / "log.jsonl")
