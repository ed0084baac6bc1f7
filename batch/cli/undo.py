"""`reassign undo`: a plan that takes back what a run did."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from batch.cli.options import allowed, allowing, caring, job_of, listed, running, telling


@click.command(
    epilog="""\b
Examples:
  reassign undo runs/20261123-024501
  reassign undo runs/20261123-024501 --out runs/back

Whoever was changed by somebody else since is left alone and named. Seats are counted as in any plan. Carry it out
like one: reassign apply

Exit codes: 0 can be carried out, 2 there is nothing to undo, 4 held back (shortage), 5 the plan was changed,
6 damaged, 7 the run is under way, 8 refused by the tenant."""
)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="The new run folder.")
@click.option("--accept", multiple=True, callback=listed, metavar="HAZARD", help="Accept what people lose by it.")
@caring
@running
@allowing
@telling
def undo(
    run: Path, *, allow_large: bool, allow_short: bool, allow_group: bool, as_json: bool, quiet: bool, **given: Any
) -> int:
    """Plan the way back for everybody whom RUN moved, to the last service. Changes nothing."""
    from batch.cli.plan_page import tell_plan
    from batch.cli.telling import Stages, tell_person
    from batch.runs.folder import RunFolder
    from batch.wiring.undoing import undo_run

    with Stages(quiet=quiet) as stage_is:
        planned = undo_run(run, job_of(None, **given), stage_is, tell_person)
    words = allowed(allow_large=allow_large, allow_short=allow_short, allow_group=allow_group)
    with RunFolder.open(planned.path) as folder:
        folder.note({"allowed": words})
    tell_plan(planned.path, planned.plan.changes, as_json=as_json, quiet=quiet)
    return 4 if any(g.word not in words for g in planned.guards) else 0
