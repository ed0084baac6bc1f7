"""What a job needs of the machine that it runs on: environment variables, files and folders, and its hours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from batch.core.errors import ReassignError, UsageError
from batch.core.window import parse_window
from batch.reports.words import lasting
from batch.runs.inbox import Inbox
from batch.runs.jobfile import Job
from batch.runs.nightjob import NightJob
from batch.wiring.jobs import with_files
from batch.wiring.opening import GRAPH
from batch.wiring.timing import zone_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """An environment variable that a job reads. Its value is nobody's business here."""

    name: str
    #: What it is for: ``sign-in``, ``mail`` or ``webhook``.
    about: str
    #: Without it, nothing of that works.
    needed: bool
    is_set: bool


def variables_of(job: Job, env: Mapping[str, str]) -> tuple[Variable, ...]:
    """The variables for what the job declares: its tenant, its mail, its webhook."""
    named = [*_of_tenant(job, env), *(_of_notices(job.nightly) if job.nightly else ())]
    return tuple(
        Variable(name=name, about=about, needed=needed, is_set=bool(env.get(name))) for name, about, needed in named
    )


def _of_tenant(job: Job, env: Mapping[str, str]) -> Iterator[tuple[str, str, bool]]:
    from batch.tenants.graph.credentials import NEEDS, way_of
    from batch.tenants.graph.settings import TOKEN_VARIABLE, SignIn, sign_in_of

    if job.tenant != GRAPH:
        return
    if env.get(TOKEN_VARIABLE):
        yield TOKEN_VARIABLE, "sign-in", True
        return
    way = sign_in_of(job.sign_in)
    if way is SignIn.AUTO:
        try:
            way = way_of(way, env).sign_in
        except UsageError:  # One variable tells the way, another is missing.
            told = [(one, names) for one, names in NEEDS.items() if env.get(names[-1])]
            way = told[0][0]
    # A job for the nights cannot count on a person's own sign-in.
    if way is SignIn.CLI and job.nightly and not job.sign_in:
        way = SignIn.SECRET
    for name in NEEDS.get(way, ()):
        yield name, "sign-in", True


def _of_notices(nightly: NightJob) -> Iterator[tuple[str, str, bool]]:
    if nightly.mail:
        for end in ("HOST", "FROM", "PORT", "USER", "PASSWORD", "TLS"):
            yield f"REASSIGN_SMTP_{end}", "mail", end in ("HOST", "FROM")
    if nightly.webhook:
        end = f"_{nightly.webhook_name}" if nightly.webhook_name else ""
        yield f"REASSIGN_WEBHOOK_URL{end}", "webhook", True
        yield f"REASSIGN_WEBHOOK_SECRET{end}", "webhook", nightly.webhook == "json"


def missing_of(job: Job) -> Iterator[ReassignError]:
    """What the job names and this machine does not have, or may not use."""
    if job.nightly and not job.tenant:
        yield UsageError(
            "A job for the nights has to name its tenant.",
            'Write at = "graph" (or "practice:FILE", or "copy:FILE" to rehearse) into [tenant].',
        )
    if job.nightly and job.nightly.inbox:
        yield from _of_inbox(job.nightly.inbox)
    told = "Check its name; names are looked for from the folder of the job file."
    try:
        files = with_files(job)
    except UsageError as error:
        yield error
        files = replace(job, users=(), licenses=())
    for path in (*files.users, *files.licenses, *files.protect):
        if not path.is_file():
            yield UsageError(f"There is no sheet {path}.", told)
    kind, _, file = job.tenant.partition(":")
    if file and not Path(file).is_file():
        what = "practice tenant" if kind == "practice" else "practice tenant to copy"
        yield UsageError(f"There is no {what} {file}.", "Make it: reassign tenant create FILE, or correct its name.")


def _of_inbox(folder: Path) -> Iterator[ReassignError]:
    """Whether files can be taken here, and put into each of its folders by a rename."""
    try:
        Inbox(folder).check()
    except ReassignError as error:
        yield error


def hours_of(job: Job, now: float) -> str:
    """A sentence about the hours in which the job sends: whether they are open, and when they open or close next."""
    if not job.window:
        return "It sends at any time of day."
    window, zone = parse_window(job.window), zone_of(job.timezone)
    here = datetime.fromtimestamp(now, UTC).astimezone(zone)
    is_open = window.contains(here)
    turns = window.next_close(here) if is_open else window.next_open(here)
    wait = lasting(turns.timestamp() - now)
    return (
        f"It sends from {window.opens:%H:%M} to {window.closes:%H:%M} ({job.timezone or 'the time of this machine'}): "
        f"{'open now, until' if is_open else 'closed now; it opens'} {turns:%Y-%m-%d %H:%M}, in {wait}."
    )
