"""`reassign notify`: do the messages of jobs arrive?"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batch.cli.options import jobs_folder, telling
from batch.cli.telling import say
from batch.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batch.runs.jobfile import Job

_NOT_ALL = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What became of a test message on one way; ``to`` is empty where there was no way to go."""

    job: str
    kind: str = ""
    to: str = ""
    sent: bool = False
    what: str = ""
    todo: str = ""


@click.command(
    epilog="""\b
Examples:
  reassign notify --test
  reassign notify --test finance --jobs jobs

JOB is a job file, or the name of one in --jobs DIR; without any, all jobs there that tell somebody.
Each address and webhook of their [notify] gets one message, at once and without a second try. The servers are named
by the environment: REASSIGN_SMTP_HOST, REASSIGN_SMTP_FROM, REASSIGN_WEBHOOK_URL … (see the README).

Exit codes: 0 all sent, 2 nothing is declared or a job cannot be used, 3 some could not be sent."""
)
@click.argument("jobs", nargs=-1, metavar="[JOB]...")
@click.option("--test", is_flag=True, help="Send a test message on every way.")
@jobs_folder
@telling
def notify(jobs: tuple[str, ...], *, test: bool, folder: Path, as_json: bool, quiet: bool) -> int:
    """Send a test message to everybody whom jobs tell about their nights, and say what became of it."""
    if not test:
        raise UsageError("reassign notify sends test messages only.", "Say so: reassign notify --test")
    tried = [result for name, job in _chosen(jobs, folder) for result in _tested(name, job)]
    if not tried:
        raise UsageError(
            "No job here tells anybody: there is no mail and no webhook in any [notify].",
            "Add them to a job file; reassign job init writes one that explains them.",
        )
    code = 0 if all(result.sent for result in tried) else _NOT_ALL
    if as_json:
        click.echo(json.dumps({"exit_code": code, "ways": [asdict(result) for result in tried]}))
    else:
        say(line for result in tried if not (quiet and result.sent) for line in _lines(result))
    return code


def _chosen(names: tuple[str, ...], folder: Path) -> Iterator[tuple[str, Job | UsageError]]:
    """The jobs to try, by key; a broken one that was not asked for by name is its error."""
    from batch.runs.jobfile import read_job
    from batch.wiring.jobs import find_job, nightly_jobs

    if not names:
        yield from ((path.stem, job) for path, job in nightly_jobs(folder))
    for name in names:
        path = find_job(name, folder)
        yield path.stem, read_job(path)


def _tested(name: str, job: Job | UsageError) -> Iterator[Tried]:
    import os

    from batch.notices.undelivered import NotSent
    from batch.wiring.notifying import deliver, message_to_test, ways_of

    if isinstance(job, UsageError):
        yield Tried(job=name, what=job.what, todo=job.todo)
    elif job.nightly:
        ways, complaints = ways_of(job.nightly, os.environ)
        yield from (Tried(job=name, what=complaint) for complaint in complaints)
        for way in ways:
            if way.unusable:
                continue  # that is one of the complaints
            try:
                deliver(way, message_to_test(name, job.name), patient=False)
            except NotSent as error:
                yield Tried(job=name, kind=way.kind, to=way.to, what=error.what, todo=error.todo)
            else:
                yield Tried(job=name, kind=way.kind, to=way.to, sent=True)


def _lines(result: Tried) -> Iterator[str]:
    to = f"{result.kind} to {result.to}: " if result.to else ""
    yield f"{result.job}: {to}{'sent.' if result.sent else 'not sent. ' + result.what}"
    if result.todo:
        yield f"  {result.todo}"
