"""The jobs of a night, as they were found: one that cannot be read is told, and does not stop the others."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from batch.core.errors import ReassignError, UsageError
from batch.runs.jobfile import Job
from batch.wiring.jobs import checked_job, find_job, nightly_jobs
from batch.wiring.night_parts import Declared


def declared_jobs(names: Sequence[str], folder: Path) -> list[Declared]:
    """These jobs, or every job in the folder that declares something for the nights; the most urgent first.

    A file in the folder that cannot be read is among them: it may be one. Raises ``UsageError`` for a name that is no
    job's, and for a job named that is none for the nights.
    """
    found: list[Declared] = []
    if names:
        for name in dict.fromkeys(names):
            path = find_job(name, folder)
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
        return checked_job(path)
    except UsageError as error:
        return error


def _declared(path: Path, found: Job | ReassignError) -> Declared:
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        digest = ""
    if isinstance(found, Job):
        return Declared(key=path.stem, path=path, job=found, digest=digest)
    return Declared(key=path.stem, path=path, job=None, error=found, digest=digest)
