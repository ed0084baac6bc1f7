"""The jobs that are declared in a folder: found by name, and checked before anything is done."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from batch.core.errors import UsageError
from batch.core.harmless import legible, one_line
from batch.core.inbox import is_plain
from batch.core.move_rules import one_form
from batch.core.rule_hops import check_circles
from batch.runs.globs import named_files
from batch.runs.jobfile import Job, look_into, read_job
from batch.wiring.opening import GRAPH
from batch.wiring.ruling import rules_of
from batch.wiring.timing import check_times

_ENDING = ".toml"
#: What a job for the nights is called: it becomes part of the names of folders, of lines to paste and of records.
_KEY = re.compile(r"[^\W_][\w .+-]*")
#: Bytes; the time and more is added, and most file systems have names of 255.
_LONGEST_KEY = 100


def find_job(name: str, folder: Path) -> Path:
    """The file of a job that is named by its file, or by its key: the file's name in ``folder`` without its ending.

    Raises ``UsageError``, with the nearest name, when there is none.
    """
    if Path(name).is_file():
        return Path(name)
    if name.endswith(_ENDING):
        return folder / name if (folder / name).is_file() else Path(name)
    keys = [path.stem for path in job_files(folder)]
    if name in keys:
        return folder / f"{name}{_ENDING}"
    near = get_close_matches(name.casefold(), keys, n=1)
    listed = f"Jobs in {folder}: {', '.join(keys[:20])}." if keys else f"There is no job in {folder}."
    raise UsageError(f"There is no job “{legible(name)[:80]}”.", f"Did you mean {near[0]}?" if near else listed)


def job_files(folder: Path) -> list[Path]:
    """Every job file in the folder, by name. Raises ``UsageError`` for a folder that cannot be looked into."""
    try:
        with os.scandir(folder) as entries:
            names = [e.name for e in entries if e.name.endswith(_ENDING) and e.name[0] != "." and e.is_file()]
    except OSError as error:
        raise UsageError(
            f"The folder of jobs {folder} cannot be read: {error.strerror or error}.",
            "Name the folder: --jobs DIR. To have a job written: reassign job init FILE",
        ) from error
    return [folder / name for name in sorted(names)]


def nightly_jobs(folder: Path) -> list[tuple[Path, Job | UsageError]]:
    """Every job in the folder, by name: its file, and the job or why it cannot be used. By-hand jobs are among them."""
    found: list[tuple[Path, Job | UsageError]] = []
    for path in job_files(folder):
        try:
            found.append((path, checked_job(path)))
        except UsageError as error:
            found.append((path, error))
    clashes = dict(_clashes([(path, job) for path, job in found if isinstance(job, Job)]))
    return [(path, clashes.get(path, job)) for path, job in found]


def clash_of(path: Path) -> UsageError | None:
    """What the job in this file is at odds about with another in its folder; None for nothing."""
    try:
        jobs = [(other, look_into(other)[0]) for other in job_files(path.parent)]
    except UsageError:
        return None
    return dict(_clashes([(other, job) for other, job in jobs if job])).get(path)


def checked_job(path: Path) -> Job:
    """The job in this file, with everything in it checked that can be without looking at sheets and the tenant."""
    job = read_job(path)
    if complaints := list(_beyond(job, path)):
        raise complaints[0]
    return job


def complaints_of(path: Path) -> tuple[Job | None, tuple[UsageError, ...]]:
    """The job in this file, if it can be read, and everything that is wrong with it."""
    job, complaints = look_into(path)
    return job, complaints or (tuple(_beyond(job, path)) if job else ())


def with_files(job: Job) -> Job:
    """The job with the files that its patterns stand for now; ``UsageError`` for a pattern that nothing fits."""
    return replace(job, users=_files(job.users, job), licenses=_files(job.licenses, job))


def _files(paths: Sequence[Path], job: Job) -> tuple[Path, ...]:
    found: dict[Path, None] = {}
    for path in paths:
        files = named_files((path,), newest=bool(job.newest))
        if not files:
            raise UsageError(
                f"No file is named like {path}.", "See what the folder holds, or correct the name of the sheet."
            )
        found |= dict.fromkeys(files)
    return tuple(found)


def _beyond(job: Job, path: Path) -> Iterator[UsageError]:
    """What is wrong with a job that could be read."""
    if job.nightly and not _is_key(path.stem):
        yield UsageError(
            f"{legible(str(path))}: a job for the nights cannot be called “{one_line(path.stem)[:60]}”.",
            "Rename the file: letters, digits, blanks and . _ + - in its name, a letter or digit first, at most "
            f"{_LONGEST_KEY} bytes; like e4-to-e3.toml.",
        )
    for check in (check_times, rules_of, _check_circles):
        try:
            check(job)
        except UsageError as error:
            yield UsageError(f"{path}: {error.what}", error.todo)
    if job.nightly and not job.nightly.inbox and not job.users:
        yield UsageError(
            f"{path}: a job for the nights has to say where its sheets come from.",
            "Name a folder in [inbox], or files at a fixed place: users in [sheets].",
        )
    if job.tenant == GRAPH:
        yield from _of_graph(job, path)
    if job.nightly and job.out:
        yield UsageError(f"{path}: folder in [out] is for a single run.", "Leave it out: each night has a folder anew.")


def _check_circles(job: Job) -> None:
    """``UsageError`` for nightly rules in a circle, as far as one name for each product shows it."""
    named = [replace(r, holds=one_form(r.holds), to=tuple(map(one_form, r.to))) for r in job.rules]
    if job.nightly:
        check_circles(named)


def _is_key(stem: str) -> bool:
    return bool(_KEY.fullmatch(stem)) and is_plain(stem) and len(stem.encode()) <= _LONGEST_KEY


def _of_graph(job: Job, path: Path) -> Iterator[UsageError]:
    from batch.tenants.graph.settings import SignIn, cloud_of, sign_in_of

    try:
        cloud_of(job.cloud)
        way = sign_in_of(job.sign_in)
    except UsageError as error:
        yield UsageError(f"{path}: {error.what}", error.todo)
        return
    if job.nightly and way is SignIn.DEVICE_CODE:
        yield UsageError(f"{path}: a device code waits for a person.", "Name another sign_in in [tenant] for nights.")


def _clashes(jobs: Sequence[tuple[Path, Job]]) -> Iterator[tuple[Path, UsageError]]:
    """Jobs that would take each other's files out of one inbox: chance would say which of them does."""
    dropped = [(path, job.nightly) for path, job in jobs if job.nightly and job.nightly.inbox and job.nightly.enabled]
    for path, mine in dropped:
        for other, theirs in dropped:
            same = path != other and os.path.realpath(str(mine.inbox)) == os.path.realpath(str(theirs.inbox))
            if same and (not mine.files or not theirs.files or set(mine.files) & set(theirs.files)):
                yield (
                    path,
                    UsageError(
                        f"{path}: {other.name} takes files from the same inbox, {mine.inbox}.",
                        "Give each job an inbox of its own, or names of its own: files in [inbox].",
                    ),
                )
                break
