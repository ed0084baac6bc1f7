"""`reassign apply` and `reassign run`: carry a plan out, or carry on with it; then reconcile and report."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from batch.cli.options import allowed, allowing, job_of, planning, running, telling
from batch.cli.telling import (
    Stages,
    looked_again,
    tell_left_alone,
    tell_person,
    tell_report,
    tell_stopping,
    watchers_for,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batch.core.ledger import Ledger
    from batch.core.pace import Policy
    from batch.core.plan import Changes
    from batch.engine.ports import Watcher
    from batch.runs.folder import RunFolder

#: Options that are bounds of a run by the same name.
_BOUNDS = ("group_size", "in_flight", "tries", "stop_at", "settle")
_until = click.option(
    "--until", metavar="TIME", help="Send nothing from then on: 05:00, or with its date 2026-11-24T05:00."
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
@allowing
@click.option("--yes", is_flag=True, help="Do not ask before carrying the plan out.")
@telling
def run(
    job: Path | None,
    *,
    until: str | None,
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

    if not yes and not sys.stdin.isatty():
        raise UsageError("Nobody is there to say yes.", "Add --yes, or plan first: reassign plan")
    with Stages(quiet=quiet) as stage_is:
        planned = plan_run(job_of(job, **given), stage_is, tell_person)
    tell_plan(planned.path, planned.plan.changes, as_json=False, quiet=quiet or as_json, goes_on=True)
    words = allowed(allow_large=allow_large, allow_short=allow_short, allow_group=allow_group)
    with RunFolder.open(planned.path) as folder:
        folder.note({"allowed": words})
    held = [g for g in planned.guards if g.word not in words]
    if not held and len(planned.plan.changes) and not yes:
        declined = _declined(planned.plan.changes.people())
        if declined is not None:
            click.echo(f"Nothing was changed. Carry it out later: reassign apply {in_shell(planned.path)}", err=True)
            return declined
    return carry_out_run(planned.path, words, {"until": until}, fresh=yes, as_json=as_json, quiet=quiet)


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
    from batch.core.errors import PlanGuarded, TenantRefused, TenantUnavailable
    from batch.core.harmless import in_shell
    from batch.engine.apply import replay
    from batch.runs.folder import RunFolder
    from batch.wiring import applying, approving, reporting, timing
    from batch.wiring.collecting import check_ours
    from batch.wiring.parts import SteadyClock

    now = SteadyClock().now()
    with RunFolder.open(path) as folder, folder.locked():
        with Stages(quiet=quiet) as stage_is:
            stage_is("Checking the plan")
            changes = applying.load_verified(folder)
        meta = folder.meta()
        ledger = replay(changes, folder.journal().entries())
        check_ours(folder, meta, ledger)
        if not ledger.started_at:
            try:
                approving.check_approved(folder, meta, words, given)
                applying.check_guards(folder, meta, words)
            except PlanGuarded as error:
                held = reporting.report_of(folder, changes, ledger)
                reporting.write_reports(folder, held)
                tell_report(held, path, as_json=as_json, quiet=True)  # the error tells it in words
                error.told_as_json = as_json
                raise
            timing.check_age(meta, given, now)
            if not fresh:
                applying.check_sheets(meta)
        else:
            approving.check_approved(folder, meta, words, given)  # carrying on takes no wider bounds either
        until = timing.closing(meta, given, now, str(path)) if len(changes) and ledger.open else 0.0
        policy = _policy(meta, given, until)
        try:
            quiets = (quiet, quiet or as_json)
            ledger = _carry_out(folder, meta, changes, ledger, given, policy, fresh=fresh, quiet=quiets)
        except (TenantRefused, TenantUnavailable) as error:
            if not _written_down(folder, changes):
                raise
            carry_on = f"reassign apply {in_shell(path)}"
            error.todo = f"{error.todo} What was done is kept; look again or carry on: {carry_on}"
            raise
        with Stages(quiet=quiet) as stage_is:
            stage_is("Writing the reports")
            report = reporting.report_of(folder, changes, ledger)
            reporting.write_reports(folder, report)
    tell_report(report, path, as_json=as_json, quiet=quiet)
    return report.exit_code


def _carry_out(
    folder: RunFolder,
    meta: dict[str, Any],
    changes: Changes,
    ledger: Ledger,
    given: dict[str, Any],
    policy: Policy,
    *,
    fresh: bool,
    quiet: tuple[bool, bool],
) -> Ledger:
    """Apply what is open and keep what a fresh look shows; ``quiet``: of stages, of progress."""
    from batch.wiring import applying, reconciling
    from batch.wiring.parts import SteadyClock

    with applying.tenant_of(folder, meta, given, tell_person) as tenant:
        clock = SteadyClock()
        if len(changes) and ledger.open:
            with _watched(folder.path, ledger, quiet=quiet[1]) as watchers, Stages(quiet=quiet[0]) as stage_is:
                told = applying.Listener(stage_is=stage_is, stopping=tell_stopping, left_alone=tell_left_alone)
                ledger = applying.carry_out(
                    folder, tenant, changes, watchers, policy, clock, fresh=fresh, listener=told
                )
        with Stages(quiet=quiet[0]) as stage_is:
            found = looked_again(folder, tenant, changes, ledger, clock, stage_is)
            reconciling.keep(folder, changes, ledger, found)
    return ledger


def _written_down(folder: RunFolder, changes: Changes) -> bool:
    """Write the reports as far as the run has come, without a last look; False when nothing was begun."""
    from batch.engine.apply import replay
    from batch.wiring import reporting

    ledger = replay(changes, folder.journal().entries())
    if ledger.started_at:
        reporting.write_reports(folder, reporting.report_of(folder, changes, ledger))
    return bool(ledger.started_at)


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


def _policy(meta: dict[str, Any], given: dict[str, Any], until: float) -> Policy:
    """The plan's bounds with those that were given in their place; nothing is sent from ``until`` on."""
    from batch.core.pace import Policy
    from batch.wiring.opening import quota_of

    chosen = {name: given[name] for name in _BOUNDS if given.get(name) is not None}
    if given.get("write_quota"):
        quota = quota_of(meta["tenant_at"], given["write_quota"])
        chosen |= {"writes": quota.writes if quota else 0, "window": quota.seconds if quota else 0.0}
    return Policy(**{**meta["policy"], **chosen, "until": until})
