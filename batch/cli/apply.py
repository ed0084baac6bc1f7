"""`reassign apply` and `reassign run`: carry a plan out, or carry on with it; then reconcile and report."""

from __future__ import annotations

import contextlib
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from batch.cli.options import allowed, allowing, job_of, planning, running, telling
from batch.cli.telling import (
    Stages,
    tell_left_alone,
    tell_person,
    tell_report,
    tell_stopping,
    watchers_for,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batch.core.ledger import Ledger
    from batch.core.report import Report
    from batch.engine.ports import Watcher

_until = click.option(
    "--until", metavar="TIME", help="Send nothing from then on: 05:00, or with its date 2026-11-24T05:00."
)
_most = click.option(
    "--most", type=click.IntRange(1), metavar="N", help="Send at most N people this time; the same command carries on."
)


@click.command(
    epilog="""\b
Examples:
  reassign apply runs/20261123-024501
  reassign apply runs/20261123-024501 --allow-short

Stop it with Ctrl-C: what is on its way is finished, and the same command carries on.

Exit codes: 0 done and reconciled, 3 done in part, 4 held back, 5 stale, 6 damaged, 7 locked, 8 refused by the
tenant, 9 the tenant shows something else, 130 stopped by you."""
)
@click.argument("run", type=click.Path(path_type=Path))
@running
@_until
@_most
@allowing
@telling
def apply(
    run: Path, *, allow_large: bool, allow_short: bool, allow_group: bool, as_json: bool, quiet: bool, **given: Any
) -> int:
    """Carry out the plan in the run folder RUN, or carry on with it; applying is resuming."""
    words = allowed(allow_large=allow_large, allow_short=allow_short, allow_group=allow_group)
    return carry_out_run(run, words, given, fresh=False, as_json=as_json, quiet=quiet)


@click.command(
    epilog="""\b
Examples:
  reassign run jobs/sample.toml
  reassign run --users users.csv --licenses licenses.csv --from "Office 365 E4" --to "Office 365 E3" --yes

Without --tenant a practice tenant is made from the sheets, in the run folder: a rehearsal that touches nobody.

Exit codes: 0 done and reconciled, 2 a sheet or option cannot be used, 3 done in part, 4 held back, 8 refused by
the tenant, 9 the tenant shows something else, 130 stopped by you."""
)
@planning
@running
@_until
@_most
@allowing
@click.option("--yes", is_flag=True, help="Do not ask before carrying the plan out.")
@telling
def run(
    job: Path | None,
    *,
    allow_large: bool,
    allow_short: bool,
    allow_group: bool,
    yes: bool,
    as_json: bool,
    quiet: bool,
    **given: Any,
) -> int:
    """Plan, ask, apply and reconcile in one go. JOB is a job file; options go before what it says."""
    from batch.cli.plan_page import tell_plan
    from batch.core.errors import UsageError
    from batch.core.harmless import in_shell
    from batch.runs.folder import RunFolder
    from batch.wiring.planning import plan_run

    when = {name: given.pop(name) for name in ("until", "most")}
    if not yes and not sys.stdin.isatty():
        raise UsageError("Nobody is there to say yes.", "Add --yes, or plan first: reassign plan")
    chosen = job_of(job, **given)
    with Stages(quiet=quiet) as stage_is:
        planned = plan_run(chosen, stage_is, tell_person)
    tell_plan(planned.path, planned.plan.changes, as_json=False, quiet=quiet or as_json, goes_on=True)
    short = allow_short or bool(chosen.allow_short)
    words = allowed(allow_large=allow_large, allow_short=short, allow_group=allow_group)
    with RunFolder.open(planned.path) as folder:
        folder.note({"allowed": words})
    held = [g for g in planned.guards if g.word not in words]
    if not held and len(planned.plan.changes) and not yes:
        declined = _declined(planned.plan.changes.people())
        if declined is not None:
            click.echo(f"Nothing was changed. Carry it out later: reassign apply {in_shell(planned.path)}", err=True)
            return declined
    return carry_out_run(planned.path, words, when, fresh=yes, as_json=as_json, quiet=quiet)


def _declined(people: int) -> int | None:
    """Ask whether to go on; None for yes, else the exit code."""
    try:
        return None if click.confirm(f"Move {people:,} {'person' if people == 1 else 'people'}?", err=True) else 0
    except click.Abort:  # Ctrl-C is a no
        click.echo(err=True)
        return 130


def carry_out_run(
    path: Path, words: list[str], given: dict[str, Any], *, fresh: bool, as_json: bool, quiet: bool
) -> int:
    """Apply, reconcile and report one run folder; the exit code that its report promises."""
    from batch.core.errors import PlanGuarded
    from batch.wiring.running import Onlooker, carry_on

    told = False

    def held(report: Report) -> None:
        nonlocal told
        tell_report(report, path, as_json=as_json, quiet=True)  # the error tells it in words
        told = as_json

    with Stages(quiet=quiet) as stage_is:
        onlooker = Onlooker(
            stage_is=stage_is,
            tell=tell_person,
            stopping=tell_stopping,
            left_alone=tell_left_alone,
            held=held,
            watched=partial(_watched, quiet=quiet or as_json),
        )
        try:
            report = carry_on(path, words, given, fresh=fresh, onlooker=onlooker).report
        except PlanGuarded as error:
            error.told_as_json = told
            raise
    tell_report(report, path, as_json=as_json, quiet=quiet)
    return report.exit_code


@contextlib.contextmanager
def _watched(path: Path, before: Ledger, *, quiet: bool) -> Iterator[list[Watcher]]:
    """The progress and the log for as long as the run lasts; says it when the log could not be kept."""
    progress, log = watchers_for(path, len(before.state), before, quiet=quiet)
    try:
        yield [progress, log]
    finally:
        progress.close()
        log.close()
    if log.broken:
        click.echo(log.broken, err=True)
