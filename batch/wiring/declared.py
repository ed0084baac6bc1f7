"""The jobs of a night, as they were found: one that cannot be read is told, and does not stop the others."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from batch.core.errors import ReassignError, UsageError
from batch.core.harmless import one_line
from batch.core.inbox import is_plain
from batch.runs.jobfile import Job
from batch.wiring.jobs import checked_job, clash_of, find_job, nightly_jobs
from batch.wiring.night_parts import Declared


def declared_jobs(names: Sequence[str], folder: Path) -> list[Declared]:
    """These jobs, or every job in the folder that declares something for the nights; the most urgent first.

    A file in the folder that cannot be read is among them: it may be one. Raises ``UsageError`` for a name that is no
    job's, for a job named that is none for the nights, and for two of one name: the book would take them for one.
    """
    found: list[Declared] = []
    if names:
        paths = dict.fromkeys(find_job(name, folder) for name in names)
        if twice := next((path for path in paths if sum(path.stem == other.stem for other in paths) > 1), None):
            raise UsageError(
                f"Two of these jobs are called {one_line(twice.stem)}.", "Rename the file of one, or name only one."
            )
        for path in paths:
            found.append(_declared(path, _read(path)))
            job = found[-1].job
            if job and not job.nightly:
                raise UsageError(
                    f"{path} declares nothing for the nights.", "Add an [inbox] to it, or do it now: reassign run JOB"
                )
    else:
        found = [_declared(path, job) for path, job in nightly_jobs(folder)]
    wanted = [d for d in found if d.job is None or (d.job.nightly and (d.job.nightly.enabled or names))]
    return sorted(wanted, key=lambda d: (d.job.nightly.priority if d.job and d.job.nightly else 0, d.key))


def switched_off(folder: Path) -> list[str]:
    """The names of jobs for the nights that are switched off."""
    found = [(path, job.nightly) for path, job in nightly_jobs(folder) if isinstance(job, Job)]
    return [path.stem for path, night in found if night and not night.enabled]


def _read(path: Path) -> Job | UsageError:
    try:
        return clash_of(path) or checked_job(path)
    except UsageError as error:
        return error


def _declared(path: Path, found: Job | ReassignError) -> Declared:
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        digest = ""
    if isinstance(found, Job):
        return Declared(key=path.stem, path=path, job=found, digest=digest)
    return Declared(key=_shown(path.stem), path=path, job=None, error=found, digest=digest)


def _shown(stem: str) -> str:
    """What a file that is no job is called in the book: its own name where that can be written down."""
    if is_plain(stem):
        return stem
    return f"{one_line(stem)}~{hashlib.sha256(stem.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
