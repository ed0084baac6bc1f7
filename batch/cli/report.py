"""`reassign report`: the reports of a run once more, from its folder alone."""

from __future__ import annotations

from pathlib import Path

import click

from batch.cli.options import telling
from batch.cli.telling import tell_report


@click.command(epilog="\b\nExample:\n  reassign report runs/20261123-024501")
@click.argument("run", type=click.Path(path_type=Path))
@telling
def report(run: Path, *, as_json: bool, quiet: bool) -> int:
    """Write the reports of RUN again, byte for byte as they were; no tenant is asked."""
    from batch.runs.folder import RunFolder
    from batch.wiring import reporting

    with RunFolder.open(run) as folder, folder.locked():
        found = reporting.report_of(folder)
        reporting.write_reports(folder, found)
    tell_report(found, run, as_json=as_json, quiet=quiet)
    return 0
