"""`reassign plan`: what would happen. Changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from batch.cli.options import allowed, allowing, job_of, planning, running, telling


@click.command(
    epilog="""\b
Examples:
  reassign plan jobs/sample.toml
  reassign plan --users users.csv --licenses licenses.csv --tenant practice:tenant.db \\
      --from "Office 365 E4" --to "Office 365 E3"
  reassign plan --users swaps.xlsx --tenant practice:tenant.db --max-changes 500

Exit codes: 0 can be carried out, 2 a sheet or option cannot be used, 4 held back (limits, shortage)."""
)
@planning
@running
@allowing
@telling
def plan(
    job: Path | None,
    *,
    allow_large: bool,
    allow_short: bool,
    allow_group: bool,
    as_json: bool,
    quiet: bool,
    **given: Any,
) -> int:
    """Read the sheets and the tenant, make the plan and write it into a run folder. JOB is a job file."""
    from batch.cli.plan_page import tell_plan
    from batch.cli.telling import Stages, tell_person
    from batch.runs.folder import RunFolder
    from batch.wiring.planning import plan_run

    chosen = job_of(job, **given)
    with Stages(quiet=quiet) as stage_is:
        planned = plan_run(chosen, stage_is, tell_person)
    short = allow_short or bool(chosen.allow_short)
    words = allowed(allow_large=allow_large, allow_short=short, allow_group=allow_group)
    with RunFolder.open(planned.path) as folder:
        folder.note({"allowed": words})
    tell_plan(planned.path, planned.plan.changes, as_json=as_json, quiet=quiet)
    held = any(g.word not in words for g in planned.guards)
    # Everybody is blocked for what they would lose: nothing would happen, and that is no success.
    return 4 if held or (planned.plan.would and not len(planned.plan.changes)) else 0
