"""`reassign nightly`: what a scheduler starts, and nobody watches."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from batch.cli.options import duration, jobs_folder, nights_folder, telling
from batch.cli.telling import Stages, fitted, say, tell_left_alone, tell_person, tell_stopping

if TYPE_CHECKING:
    from batch.core.nights import JobNight, Night
    from batch.wiring.night_parts import Declared

_DIR = click.Path(path_type=Path)
_TABLE = "reassign show --nights"
#: Files, and needs, of one job that are named on the terminal.
_MOST = 40


@click.command(
    epilog="""\b
Examples:
  reassign nightly
  reassign nightly e4-to-e3 --jobs jobs --nights nights
  reassign nightly --watch
  reassign nightly --metrics /var/lib/node_exporter/reassign.prom
  reassign nightly --check-last 26h

Exit codes: 0 all done, or nothing to do; 3 done in part, or the next night goes on; 4 something waits for a person;
7 another process has these jobs in hand; 9 the tenant shows something else; else that of the job that failed; 130
stopped by you (--watch: 0).
--check-last: 0 all is well; 3 something goes on or waits for a person; 1 failed, or no night in that time."""
)
@click.argument("jobs", nargs=-1, metavar="[JOB]...")
@jobs_folder
@nights_folder
@click.option(
    "--night",
    "date",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Which night it is (default: by the clock, from noon to noon), to do another night's share today.",
)
@click.option("--watch", is_flag=True, help="Stay, and start whenever a file is dropped or a window opens.")
@click.option("--metrics", type=_DIR, metavar="FILE", help="Write figures for Prometheus (textfile collector; *.prom).")
@click.option(
    "--check-last", type=duration, metavar="TIME", help="Only say whether the last night was well and no longer ago."
)
@telling
def nightly(
    jobs: tuple[str, ...],
    folder: Path,
    nights: Path,
    *,
    check_last: float | None,
    metrics: Path | None,
    as_json: bool,
    quiet: bool,
    **given: Any,
) -> int:
    """Do the nightly jobs: take new files, plan, carry out or on, reconcile, report, tell people.

    JOB is a job file or its name, and is done even if it is switched off; without one, every job in --jobs that
    declares something for the nights is. Starting it again is always safe: it goes on where it was, and nobody is
    moved twice.
    """
    _agree(jobs, check_last, metrics, given)
    if check_last is not None:
        return _check_last(nights, check_last, as_json=as_json, quiet=quiet)
    from batch.wiring.declared import declared_jobs
    from batch.wiring.night_watching import watch_nights
    from batch.wiring.nightly import hold_night
    from batch.wiring.parts import StopSignal, WallClock
    from batch.wiring.running import Onlooker

    def declared() -> Sequence[Declared]:
        return declared_jobs(jobs, folder)

    teller = _Teller(folder, nights, metrics, as_json=as_json, quiet=quiet)
    with Stages(quiet=quiet) as stage_is, StopSignal(tell_stopping) as stop:
        onlooker = Onlooker(stage_is=stage_is, tell=tell_person, left_alone=teller.left_alone)
        clock = WallClock()
        if given["watch"]:
            watch_nights(declared, nights, clock=clock, stop=stop, env=os.environ, onlooker=onlooker, told=teller.told)
            return 0
        date = given["date"].date().isoformat() if given["date"] else ""
        night = hold_night(declared(), nights, clock=clock, stop=stop, env=os.environ, onlooker=onlooker, date=date)
        stage_is("")
        teller.told(night)
    return 130 if stop.asked else night.exit_code


class _Teller:
    """Says how a night went."""

    def __init__(self, jobs: Path, nights: Path, metrics: Path | None, *, as_json: bool, quiet: bool) -> None:
        if metrics:
            from batch.reports.metrics import check_name

            check_name(metrics)
        self._jobs, self._nights, self._metrics = jobs, nights, metrics
        self._as_json, self._quiet = as_json, quiet
        self._said: set[str] = set()

    def left_alone(self, text: str) -> None:
        """Something that hinders a job; several jobs may have the same to say."""
        if text not in self._said:
            tell_left_alone(text)
        self._said.add(text)

    def told(self, night: Night) -> None:
        """The night in words, then its figures: what hinders those hides nothing."""
        from batch.wiring.declared import switched_off

        self._said.clear()
        off = () if night.jobs else switched_off(self._jobs)
        _tell(night, self._nights, off, as_json=self._as_json, quiet=self._quiet)
        if self._metrics:
            _write_metrics(self._nights, self._metrics)


def _agree(jobs: Sequence[str], check_last: float | None, metrics: Path | None, given: dict[str, Any]) -> None:
    """``UsageError`` for what does not go together, and would be left aside without a word."""
    from batch.core.errors import UsageError

    if check_last is not None and (jobs or metrics or given["watch"] or given["date"]):
        raise UsageError(
            "--check-last looks at the last night of all jobs, and does nothing else.",
            "Say it alone, or with --nights DIR.",
        )
    if given["watch"] and given["date"]:
        raise UsageError("--watch stays for many nights, and --night names one.", "Say one of the two.")


def _check_last(nights: Path, within: float, *, as_json: bool, quiet: bool) -> int:
    from batch.core.harmless import in_shell
    from batch.core.health import check_last
    from batch.runs.night_store import nights_of
    from batch.wiring.parts import WallClock

    health = check_last(nights_of(nights, newest=14), WallClock().now(), within)
    todo = health.todo if nights == Path("nights") else health.todo.replace(_TABLE, f"{_TABLE} --in {in_shell(nights)}")
    if as_json:
        click.echo(json.dumps({"ok": health.ok, "exit_code": health.exit_code, "what": health.what, "todo": todo}))
    elif not quiet:
        page = nights / "report.html"
        see = "" if health.ok or not page.is_file() else f"The page: {in_shell(page)}"
        say(filter(None, (health.what, todo, see)))
    return health.exit_code


def _write_metrics(nights: Path, file: Path) -> None:
    from batch.reports.metrics import metrics_text, write_metrics
    from batch.runs.night_store import nights_of
    from batch.wiring.parts import WallClock

    write_metrics(metrics_text(nights_of(nights, newest=14), WallClock().now()), file)


def _tell(night: Night, folder: Path, off: Sequence[str], *, as_json: bool, quiet: bool) -> None:
    from batch.reports.nights_table import night_value

    if as_json:
        click.echo(json.dumps(night_value(night)))
    elif not quiet:
        say(fitted(_lines(night, folder, off)))


def _lines(night: Night, folder: Path, off: Sequence[str]) -> list[str]:
    """``off``: the names of jobs that are switched off."""
    from batch.core.harmless import in_shell

    lines = [f"The night of {night.date}."]
    if night.missed:
        lines.append(f"Nights that were missed before it: {', '.join(night.missed)}.")
    notes = Counter(note for job in night.jobs for note in dict.fromkeys(job.notes))
    for job in night.jobs:
        lines += _of_job(job, [note for note in dict.fromkeys(job.notes) if notes[note] == 1])
    lines += [f"Of {number} jobs: {note}" for note, number in notes.items() if number > 1]
    if not night.jobs:
        lines += [f"{name} is switched off: enabled = false in [nightly] of its file." for name in off]
        lines += ["No job declares anything for the nights."] * (not off)
    lines.append(f"The page: {in_shell(folder / 'report.html')}")
    return lines


def _of_job(job: JobNight, notes: Sequence[str]) -> list[str]:
    """What is to be said of a job; what needs a person, once and at the end."""
    from batch.core.night_news import FATE_WORDS, run_line
    from batch.core.nights import FATES, MEANS, RANKS, Outcome
    from batch.reports.night_words import job_ended_as, pieces

    needs_you = RANKS[Outcome.NEEDS_YOU]
    title = f" ({job.title})" if job.title not in ("", job.job) else ""
    lines = [f"{job.job}{title}: {job_ended_as(job)[0].lower()}."]
    for file in job.files[:_MOST]:
        why = "" if RANKS[FATES[file.fate]] >= needs_you else f" {file.why} {file.todo}".rstrip()
        lines.append(f"  {file.name}: {FATE_WORDS[file.fate]}.{why}")
    lines += [f"  And {len(job.files) - _MOST:,} files more: see the page."] * (len(job.files) > _MOST)
    for run in job.runs:
        what = "" if RANKS[MEANS[run.standing]] >= needs_you else f" {run.what} {run.todo}".rstrip()
        lines.append(f"  {run_line(run)}{what}")
    lines += [f"  {note}" for note in notes]
    for need in job.needs[:_MOST]:
        lines.append(f"  Needs you: {need.what}")
        # A command has a line of its own, which is never broken.
        lines += [f"    {text}" for text, _ in pieces(need.todo)]
    return lines + [f"  And {len(job.needs) - _MOST:,} more that need you: see the page."] * (len(job.needs) > _MOST)
