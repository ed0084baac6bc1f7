"""`reassign show`: runs and nights and how they stand, from the folders alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from batch.cli.packs import pack_lines, packs_value
from batch.cli.telling import say, tell_report

_RUNS = Path("runs")


@click.command(
    epilog="""\b
Examples:
  reassign show
  reassign show runs/20261123-024501
  reassign show --nights
  reassign show --nights --job e4-to-e3 --last 30 --json"""
)
@click.argument("run", required=False, type=click.Path(path_type=Path))
@click.option("--nights", is_flag=True, help="Show the last nights instead, and what each job did in them.")
@click.option("--job", metavar="NAME", help="With --nights: only this job.")
@click.option("--last", type=click.IntRange(1), metavar="N", help="With --nights: so many nights (default 14).")
@click.option(
    "--in",
    "base",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where runs are (default: runs), or the nights (default: nights).",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value instead of words.")
def show(run: Path | None, base: Path | None, job: str | None, last: int | None, *, nights: bool, as_json: bool) -> int:
    """Show one RUN, or all of them, newest first; or the nights."""
    if nights:
        _show_nights(run, base, job, last, as_json=as_json)
        return 0
    if job is not None or last is not None:
        raise click.UsageError("--job and --last are for nights: say --nights as well.")
    if run is not None:
        _show(run, as_json=as_json)
        return 0
    _show_all(base or _RUNS, as_json=as_json)
    return 0


def _show_nights(run: Path | None, base: Path | None, job: str | None, last: int | None, *, as_json: bool) -> None:
    from batch.cli.show_nights import FOLDER, LAST, show_nights

    if run is not None:
        raise click.UsageError(f"--nights shows all nights, and {run} is one run. Say one of the two.")
    show_nights(base or FOLDER, job=job, last=last or LAST, as_json=as_json)


def _show_all(base: Path, *, as_json: bool) -> None:
    from batch.runs.folder import DATABASE

    # A hidden folder is a plan in the making, or what a killed one left behind.
    paths = [p for p in base.glob("[!.]*/") if (p / DATABASE).is_file()] if base.is_dir() else []
    found = sorted(map(_brief, paths), key=lambda run: (run["planned_at"], run["run"]), reverse=True)
    if as_json:
        click.echo(json.dumps(found))
    elif not found:
        say([f"No runs in {base}."])
    else:
        say(_lines(found))


def _show(run: Path, *, as_json: bool) -> None:
    """One run, and what is open of it in other hands."""
    from batch.core.open_packs import open_packs
    from batch.engine.apply import replay
    from batch.runs.folder import RunFolder, readable
    from batch.runs.store import load_changes
    from batch.wiring.reporting import report_of

    with RunFolder.open(run) as folder:
        with readable(run):
            changes = load_changes(folder.db)
        ledger = replay(changes, folder.journal().entries())
        report = report_of(folder, changes, ledger)
    packs = open_packs(ledger, changes)
    tell_report(report, run, as_json=as_json, quiet=False, more={"packs": packs_value(packs)} if packs else None)
    if not as_json:
        say(pack_lines(packs, run))


def _brief(path: Path) -> dict[str, Any]:
    """How one run stands; a folder that cannot be read says why instead."""
    from batch.core.errors import ReassignError
    from batch.reports.words import is_plan, iso
    from batch.runs.folder import RunFolder
    from batch.wiring.reporting import report_of

    try:
        with RunFolder.open(path) as folder:
            report = report_of(folder)
    except ReassignError as error:
        return {
            "run": path.name,
            "status": "unreadable",
            "title": error.what,
            "planned": 0,
            "applied": 0,
            "planned_at": "",
        }
    status = "planned" if is_plan(report) else report.status.value
    counts = report.counts
    return {
        "run": path.name,
        "planned_at": iso(report.planned_at),
        "tenant": report.tenant,
        "status": status,
        "title": report.title,
        "planned": counts["planned"],
        "applied": counts["applied"],
        "reconciled": report.reconciled,
    }


def _lines(found: list[dict[str, Any]]) -> list[str]:
    lines = [f"{'Run':<24}{'Status':<15}{'Moved':>9} of {'Planned':<9} Move, and where"]
    for run in found:
        where = f", {run['tenant']}" if "tenant" in run else ""
        moved = f"{run['applied']:>9,} of {run['planned']:<9,}"
        status = "nothing to do" if run["status"] == "nothing" else run["status"]
        lines.append(f"{run['run']:<24}{status:<15}{moved} {run['title']}{where}")
    return lines
