"""The nights handed to the scheduler that is there: what is written for it, put in its place, and taken away."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from batch.core.errors import UsageError
from batch.core.harmless import in_shell
from batch.reports.metrics import check_name
from batch.runs.job_tables import NIGHTS
from batch.runs.jobfile import Job
from batch.schedules import cron, kubernetes, systemd, windows
from batch.schedules.placing import place, take_away
from batch.schedules.task import Schedule, Task, checked_name
from batch.sheets.products import imported_path
from batch.wiring.jobs import find_job, nightly_jobs
from batch.wiring.scheduled_task import Wanted, task_of
from batch.wiring.timing import Here


@dataclass(frozen=True, slots=True)
class Scheduler:
    """One of the schedulers that are there already."""

    schedule: Callable[[Task], Schedule]
    #: The files of a schedule, by its name.
    names: Callable[[str], tuple[str, ...]]
    #: Where they are looked for; None: wherever the person stands.
    folder: str | None
    encoding: str = "utf-8"


SCHEDULERS = {
    "systemd": Scheduler(systemd.schedule, systemd.names, systemd.FOLDER),
    "cron": Scheduler(cron.schedule, cron.names, cron.FOLDER),
    "windows": Scheduler(windows.schedule, windows.names, None, "utf-16"),
    "kubernetes": Scheduler(kubernetes.schedule, kubernetes.names, None),
}


def scheduler_of(wanted: Wanted) -> Scheduler:
    """The scheduler that is meant."""
    return SCHEDULERS[wanted.kind or usual()]


def folder_of(wanted: Wanted) -> Path:
    """Where its files are written."""
    return Path(os.path.abspath(wanted.to or scheduler_of(wanted).folder or "."))


def usual() -> str:
    """The scheduler that this machine has."""
    if sys.platform == "win32":
        return "windows"
    return "systemd" if Path("/run/systemd/system").exists() else "cron"


def planned(wanted: Wanted, now: datetime | None = None) -> tuple[Task, Schedule]:
    """What would be started, and what would be written for it; nothing is written.

    Raises ``UsageError`` for a time, a zone or a name that cannot be meant, and for a folder of jobs that is not there.
    """
    if wanted.metrics:
        check_name(wanted.metrics)
    found = _chosen(wanted)
    jobs = [job for _, job in found if isinstance(job, Job) and job.nightly and job.nightly.enabled]
    broken = [error.what for _, error in found if isinstance(error, UsageError)]
    task = task_of(wanted, jobs, folder_of(wanted), now or datetime.now(Here()))
    schedule = scheduler_of(wanted).schedule(task)
    data = _imported_products(task) if scheduler_of(wanted).folder else ()
    notes = (*_notes(wanted, task, jobs, broken), *schedule.notes)
    return task, replace(schedule, before=(*schedule.before, *data), notes=notes)


def _chosen(wanted: Wanted) -> list[tuple[Path, Job | UsageError]]:
    """The jobs that are meant, read. ``UsageError`` for a name that is none of them."""
    keys = {find_job(name, wanted.jobs).stem for name in wanted.only}
    found = nightly_jobs(wanted.jobs)
    if missing := keys - {path.stem for path, _ in found}:
        raise UsageError(f"There is no job “{min(missing)}” in {wanted.jobs}.", "Name its folder: --jobs DIR")
    return [(path, job) for path, job in found if not keys or path.stem in keys]


def install(wanted: Wanted, schedule: Schedule) -> tuple[Path, ...]:
    """Write the files of the schedule, all or none; their paths. Nothing is switched on."""
    return place(schedule.files, folder_of(wanted))


def still_on(wanted: Wanted) -> bool:
    """Whether systemd starts it: its files may be taken away only when it does not."""
    link = folder_of(wanted) / "timers.target.wants" / f"{wanted.name}.timer"
    return scheduler_of(wanted) is SCHEDULERS["systemd"] and link.is_symlink()


def remove(wanted: Wanted, *, force: bool) -> tuple[Path, ...]:
    """Delete the files of the schedule that were written here; their paths.

    Raises ``UsageError`` for files of others, and without ``force`` for edited ones and while systemd starts it.
    """
    if still_on(wanted) and not force:
        raise UsageError(
            f"{wanted.name}.timer is switched on; its files are left as they are.",
            f"Switch it off, then remove it: systemctl disable --now {wanted.name}.timer",
        )
    scheduler = scheduler_of(wanted)
    return take_away(scheduler.names(checked_name(wanted.name)), folder_of(wanted), scheduler.encoding, force=force)


def afterwards(wanted: Wanted) -> tuple[str, ...]:
    """What a person runs once the files are gone."""
    return {
        "systemd": ("systemctl daemon-reload",),
        "windows": (f"schtasks /Delete /TN {wanted.name} /F",),
        "kubernetes": (f"kubectl delete cronjob -l app.kubernetes.io/instance={wanted.name}",),
    }.get(wanted.kind or usual(), ())


def _imported_products(task: Task) -> tuple[str, ...]:
    """The command that gives the nights the product table that the person imported, where there is one."""
    theirs, mine = os.path.join(task.environment["REASSIGN_DATA"], imported_path().name), imported_path()
    if not mine.is_file() or str(mine) == theirs:
        return ()
    return (f"install -D -m 0644 {in_shell(mine)} {in_shell(theirs)}",)


def _notes(wanted: Wanted, task: Task, jobs: list[Job], broken: list[str]) -> Iterator[str]:
    for what in broken:
        yield f"A job was left aside: {what}"
    if not jobs:
        tables = ", ".join(f"[{name}]" for name in NIGHTS)
        yield f"No job in {wanted.jobs} is for the nights yet; one that is has one of the tables {tables}."
    if len(task.starts) > 1:
        yield (
            "It is started when each window opens. While one pass lasts, no second one is started: give jobs of other "
            "tenants, whose windows overlap, a schedule of their own: reassign schedule install --name NAME JOB"
        )
    if (wanted.kind == "windows") != (sys.platform == "win32") and wanted.kind in ("windows", "systemd", "cron"):
        yield f"The paths are those of this machine; have it written on the one where {wanted.kind} is."
