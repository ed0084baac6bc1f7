"""`reassign reconcile`: look again and write the reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from batch.cli.options import looking, telling
from batch.cli.telling import compared_with_tenant, fitted, say, tell_report


@click.command(
    epilog="""\b
Examples:
  reassign reconcile runs/20261123-024501
  reassign reconcile runs/20261123-024501 --users fresh-export.csv

Exit codes: as for apply; 9 when what is seen is not what was done."""
)
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--users",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="SHEET",
    help="Compare with a fresh export instead of the tenant.",
)
@looking
@telling
def reconcile(run: Path, users: tuple[Path, ...], *, as_json: bool, quiet: bool, **given: Any) -> int:
    """Look at the tenant (or a fresh export) again and write the reports of RUN. Harmless, repeatable.

    What was handed over and is seen to be done is closed, as with reassign collect.
    """
    from batch.engine.apply import replay
    from batch.runs.folder import RunFolder
    from batch.wiring import applying, collecting, reconciling, reporting

    notes: tuple[str, ...] = ()
    with RunFolder.open(run) as folder, folder.locked():
        changes = applying.load_verified(folder)
        ledger = replay(changes, folder.journal().entries())
        if users and ledger.hands:
            notes = collecting.collect(folder, changes, ledger, users, only_proofs=True).said
        elif users:
            reconciling.keep(folder, changes, ledger, reconciling.from_sheets(users, changes, folder))
        else:
            compared_with_tenant(folder, changes, ledger, given, quiet=quiet)
        report = reporting.report_of(folder, changes, ledger)
        reporting.write_reports(folder, report)
    if not (as_json or quiet):
        say(fitted(notes))
    tell_report(report, run, as_json=as_json, quiet=quiet)
    return report.exit_code
