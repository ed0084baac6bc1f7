"""`reassign job accept`: a person's word that a file which shrank is whole."""

from __future__ import annotations

import json
from pathlib import Path

import click

from batch.cli.options import jobs_folder, nights_folder
from batch.cli.telling import say

_DIR = click.Path(path_type=Path)


@click.command(
    epilog="""\b
Example:
  reassign job accept e4-to-e3 users-2026-11-24.csv

The file goes back to the inbox, and the next night takes it: reassign nightly e4-to-e3"""
)
@click.argument("name", metavar="JOB")
@click.argument("file")
@jobs_folder
@nights_folder
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value instead of words.")
def accept(name: str, file: str, folder: Path, nights: Path, *, as_json: bool) -> None:
    """Let FILE through that is held because it has far fewer rows than the one before it: it is whole."""
    from batch.core.errors import UsageError
    from batch.core.night_values import plain
    from batch.runs.night_store import DATABASE
    from batch.wiring.accepting import accept as let_through
    from batch.wiring.declared import declared_jobs
    from batch.wiring.parts import WallClock

    (declared,) = declared_jobs([name], folder)
    if not (nights / DATABASE).is_file():
        raise UsageError(f"No nights were ever held in {nights}.", "Name the folder that the nights have: --nights DIR")
    found = let_through(declared, nights, file, WallClock())
    if as_json:
        click.echo(json.dumps(plain(found)))
    else:
        say([f"{found.name}, {found.rows:,} rows: the next night takes it."])
