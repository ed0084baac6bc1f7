"""`reassign verify`: whether a run folder is what it says it is."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from batch.cli.telling import say


@click.command(
    epilog="""\b
Examples:
  reassign verify runs/20261123-024501
  reassign verify runs/20261123-024501 --json

Exit codes: 0 everything adds up, 3 something is missing to look at, 5 the plan was changed, 6 the journal, a copy
of a sheet or a report was."""
)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value instead of words.")
def verify(run: Path, *, as_json: bool) -> int:
    """Check the plan, the chain of the journal, the sheets and the reports of RUN. Nothing is changed."""
    from batch.core.checklist import Mark
    from batch.core.checklist_words import told
    from batch.runs.folder import RunFolder
    from batch.wiring import auditing

    with RunFolder.open(run) as folder:
        lines = auditing.verify(folder)
    failed = {line.rule for line in lines if line.mark is Mark.FAIL}
    code = 5 if "plan" in failed else 6 if failed else 3 if any(line.mark is Mark.UNKNOWN for line in lines) else 0
    if as_json:
        click.echo(json.dumps({"run": str(run), "exit_code": code, "lines": [asdict(line) for line in lines]}))
    else:
        say([f"{run}:", *told(lines)])
    return code
