"""`reassign approve`: the second person's word for a plan."""

from __future__ import annotations

import json
from pathlib import Path

import click

from batch.cli.telling import say


@click.command(
    epilog="""\b
Example:
  reassign approve runs/tonight --by "Anna de Vries"

A plan asks for it with --approval, and reassign apply refuses it until somebody did.

Exit codes: 0 approved, 2 by the one who planned it, or too late, 5 the plan was changed since it was made."""
)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--by", required=True, metavar="NAME", help="Who approves; not the one who made the plan.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value instead of words.")
def approve(run: Path, *, by: str, as_json: bool) -> int:
    """Write down that NAME approves exactly the plan in RUN. A plan that is changed afterwards has no approval."""
    from batch.core.harmless import in_shell
    from batch.runs.folder import RunFolder
    from batch.wiring import approving
    from batch.wiring.auditing import write_manifest

    with RunFolder.open(run) as folder, folder.locked():
        meta = folder.meta()
        given = approving.approve(folder, by)
        write_manifest(folder)
    if as_json:
        click.echo(json.dumps(given._asdict()))
    else:
        if given.account == meta.get("planned_by"):
            say([f"Mind: the plan was made from the same account, {given.account}."])
        say([f"{given.by} approves plan {given.plan_id[:12]}. Carry it out: reassign apply {in_shell(run)}"])
    return 0
