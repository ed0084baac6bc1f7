"""`reassign collect`: take in what others did about what was handed over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from batch.cli.options import looking, telling
from batch.cli.packs import pack_lines, packs_value
from batch.cli.telling import Stages, compared_with_tenant, fitted, say, tell_report

if TYPE_CHECKING:
    from batch.core.handed import Odd
    from batch.wiring.collecting import Collected, Told

#: Rows that are not believed and are named; the rest is counted.
_NAMED = 20
_PARTLY = 3
_WHAT = {
    "results": "results of the script",
    "packs": "a workbook of packs",
    "export": "an export",
    "graph": "an answer of Graph",
}
_COUNTED = {
    "done": "said to be done",
    "refused": "refused",
    "changed": "changed by somebody else",
    "gone": "gone",
    "gave_up": "given up for now",
    "not_done": "not done",
    "after": "shown as asked",
    "before": "shown as before",
    "other": "shown as neither",
    "unseen": "not told about",
}


@click.command(
    epilog="""\b
Examples:
  reassign collect runs/20261123-024501 results.csv
  reassign collect runs/20261123-024501 packs.xlsx fresh-export.csv
  reassign collect runs/20261123-024501 users.json
  reassign collect runs/20261123-024501

FILE is the script's results.csv (also in part, also several, also again), a ticked workbook of packs, or what shows
who holds what now: a fresh export of the users with their licences (also a department at a time), or an answer of
Graph saved as JSON. Without FILE the tenant itself is looked at. What is only said to be done stays in doubt until it
is shown; whom an answer of Graph or the tenant showed with other services than asked, an export alone does not close.

Exit codes: 0 done and reconciled, 3 something is open or in doubt, or rows were not believed; 2 a file cannot be used
(then nothing of the others is taken either), 6 damaged, 7 locked, 8 refused by the tenant, 9 what is shown is not what
was done."""
)
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(path_type=Path))
@looking
@telling
def collect(run: Path, files: tuple[Path, ...], *, as_json: bool, quiet: bool, **given: Any) -> int:
    """Take in what others did about changes of RUN that were handed over, and show what is still open.

    Rows that are not believed change nothing.
    """
    from batch.core.open_packs import open_packs
    from batch.engine.apply import replay
    from batch.runs.folder import RunFolder
    from batch.wiring import applying, collecting, reporting

    found: Collected | None = None
    with RunFolder.open(run) as folder, folder.locked():
        with Stages(quiet=quiet) as stage_is:
            stage_is("Checking the plan")
            changes = applying.load_verified(folder)
            ledger = replay(changes, folder.journal().entries())
            if files:
                found = collecting.collect(folder, changes, ledger, files, stage_is)
        if not files:
            collecting.check_handed(folder, ledger)
            compared_with_tenant(folder, changes, ledger, given, quiet=quiet)
        report = reporting.report_of(folder, changes, ledger)
        reporting.write_reports(folder, report)
    odd = [(told, row) for told in found.told for row in told.odd] if found else []
    code = report.exit_code or (_PARTLY if odd else 0)
    packs = open_packs(ledger, changes)
    if as_json:
        tell_report(report, run, as_json=True, quiet=quiet, more={**_value(found, odd), "packs": packs_value(packs)})
        return code
    if not quiet:
        say(fitted(_lines(found)))
        say(pack_lines(packs, run))
    _tell_odd(odd)
    tell_report(report, run, as_json=False, quiet=quiet)
    return code


def _lines(found: Collected | None) -> list[str]:
    """What each file said, and what else a person should know."""
    lines = []
    for told in found.told if found else ():
        counts = ", ".join(f"{count:,} {_COUNTED[word]}" for word, count in told.counts.items() if word in _COUNTED)
        news = f"{told.new:,} of it new" if told.new else "nothing new"
        again = "taken in before, so it says nothing new" if told.again else news
        lines.append(f"{told.file}: {_WHAT[told.source]}; {counts or 'nothing about anybody'}; {again}.")
    if found and not found.proven:
        lines.append("Nothing shows yet what was done: bring a fresh export as well.")
    return [*lines, *(found.said if found else ())]


def _tell_odd(odd: list[tuple[Told, Odd]]) -> None:
    from batch.cli.telling import cut
    from batch.core.harmless import one_line

    for told, row in odd[:_NAMED]:
        sheet = f", sheet {row.sheet}" if row.sheet else ""
        text = f"Not believed: {told.file}{sheet}, row {row.row}: {row.text}"
        click.echo(cut(one_line(text)), err=True)
    if len(odd) > _NAMED:
        click.echo(f"Not believed: {len(odd) - _NAMED:,} more rows.", err=True)


def _value(found: Collected | None, odd: list[tuple[Told, Odd]]) -> dict[str, Any]:
    told = found.told if found else ()
    return {
        "collected": [
            {
                "file": one.file,
                "kind": one.source.value,
                "counts": dict(one.counts),
                "new": one.new,
                "again": one.again,
                "not_believed": len(one.odd),
            }
            for one in told
        ],
        "not_believed": [
            {"file": one.file, "sheet": row.sheet, "row": row.row, "code": row.code, "text": row.text}
            for one, row in odd[:_NAMED]
        ],
        "notes": list(found.said) if found else [],
    }
