"""Numbers of the nights for Prometheus: a file for the textfile collector of node_exporter or windows_exporter.

Text format 0.0.4 (prometheus.io, "Exposition formats"); every metric is a gauge, since the file is written anew after
each night. The names, with their labels:

    reassign_build_info{version}                     1; the program that held the last night
    reassign_night_last_start_timestamp_seconds      when the last night began
    reassign_night_unfinished                        1 while the last night lasts, or when it was killed; else 0
    reassign_night_missed                            nights that should have been before the last one and were not
    reassign_night_last_end_timestamp_seconds        when the last night that ended did so
    reassign_night_last_exit_code                    its exit code
    reassign_night_duration_seconds                  how long it took
    reassign_job_last_end_timestamp_seconds{job}     when the job last ended
    reassign_job_exit_code{job}                      its exit code then
    reassign_job_duration_seconds{job}               how long it took
    reassign_job_outcome{job,outcome}                1 for how it ended (nothing done part needs_you failed), else 0
    reassign_job_moved_people{job}                   people moved in that night
    reassign_job_refused_people{job}                 people refused, given up, held or in doubt, of its runs so far
    reassign_job_waiting_people{job}                 people of its runs who are not sent yet
    reassign_job_left_out_rows{job}                  rows of its files that asked nothing that could be planned
    reassign_job_files{job,fate}                     files (taken done same rejected held writing gone)
    reassign_job_needs{job}                          things that wait for a person
    reassign_seats_free{job,sku_id,name}             free seats at the last look; below zero when over-allocated
    reassign_messages{state}                         messages of the last night (sent due given_up)

A job is told as the last night of the last eight days that it was in left it, so that one that was started by hand
does not hide the others. What no night says is not there: no night at all is an empty file.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from batch.core.errors import ReassignError, UsageError
from batch.core.harmless import one_line
from batch.core.health import last_of_each
from batch.core.nights import Fate, JobNight, Night, Outcome
from batch.reports.night_words import cut, seats_of, sums_of
from batch.reports.whole import whole

#: A job that no night of so many seconds had is not told any more. A weekly one is.
_KNOWN_FOR = 8 * 86_400.0
_STATES = ("sent", "due", "given_up")

_Labels = tuple[tuple[str, str], ...]


class _Family(NamedTuple):
    """One metric: its name without the program's, what it means, and its samples. Labels are unique in it."""

    name: str
    help: str
    samples: dict[_Labels, float]


def metrics_text(nights: Sequence[Night], now: float) -> str:
    """The nights (newest first) as a whole file in text format 0.0.4; ``now`` in UTC seconds since 1970."""
    if not nights:
        return ""
    known = [night for night in nights if night is nights[0] or now - night.began_at <= _KNOWN_FOR]
    families = [
        *_of_nights(nights),
        *_of_jobs(sorted(last_of_each(known), key=lambda job: job.job)),
        _messages(nights[0]),
    ]
    return "".join(line for family in families if family.samples for line in _lines(family))


def check_name(path: Path) -> None:
    """``UsageError`` unless the name ends in ``.prom``: to be said before a night, not after it."""
    if path.suffix != ".prom":
        raise UsageError(
            f"{path} cannot be the file for the metrics: the textfile collector reads only files that end in .prom.",
            "Name one that does: --metrics reassign.prom",
        )


def write_metrics(text: str, path: Path) -> None:
    """Write the file whole or not at all, readable for everybody (the collector is another user).

    Raises what ``check_name`` does, and ``ReassignError`` when the folder or the disk does not take it.
    """
    check_name(path)
    try:
        with whole(path) as file:
            if hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), 0o644)
            file.write(text.encode("utf-8"))
    except ReassignError as error:
        raise ReassignError(
            error.what, "Make the folder of the collector, or make it writable for the account of the nights."
        ) from error


def _of_nights(nights: Sequence[Night]) -> Iterator[_Family]:
    newest, ended = nights[0], next((night for night in nights if night.ended_at), None)
    yield _one("build_info", "The program that held the last night.", 1, version=newest.version)
    yield _one("night_last_start_timestamp_seconds", "When the last night began, in Unix time.", newest.began_at)
    yield _one("night_unfinished", "1 while the last night lasts, or when it was killed.", not newest.ended_at)
    yield _one("night_missed", "Nights that should have been before the last one and were not.", len(newest.missed))
    if ended is None:
        return
    yield _one("night_last_end_timestamp_seconds", "When the last night that ended did so.", ended.ended_at)
    yield _one("night_last_exit_code", "Exit code of the last night that ended.", ended.exit_code)
    yield _one("night_duration_seconds", "How long the last night that ended took.", _took(ended))


def _of_jobs(jobs: Sequence[JobNight]) -> Iterator[_Family]:
    over = [job for job in jobs if job.ended_at]
    sums = {job.job: sums_of([job]) for job in jobs}
    yield _each("job_last_end_timestamp_seconds", "When the job last ended.", over, lambda job: job.ended_at)
    yield _each("job_exit_code", "Exit code of the job then.", over, lambda job: job.exit_code)
    yield _each("job_duration_seconds", "How long the job took.", over, _took)
    yield _Family(
        "job_outcome",
        "1 for how the job ended, 0 for every other way.",
        {_labels(job=j.job, outcome=way.value): way is j.outcome for j in over for way in Outcome},
    )
    told = "People of the job "
    yield _each("job_moved_people", told + "moved in that night.", jobs, lambda j: sums[j.job].tonight)
    yield _each(
        "job_refused_people", told + "refused, given up, held or in doubt.", jobs, lambda j: sums[j.job].refused
    )
    yield _each("job_waiting_people", told + "not sent yet.", jobs, lambda j: sums[j.job].waiting)
    yield _each("job_left_out_rows", "Rows that could not be planned.", jobs, lambda j: sums[j.job].left_out)
    yield _Family(
        "job_files",
        "Files of the job by what became of them.",
        {_labels(job=j.job, fate=fate.value): sum(f.fate is fate for f in j.files) for j in jobs for fate in Fate},
    )
    yield _each("job_needs", "Things of the job that wait for a person.", jobs, lambda j: len(j.needs))
    yield _Family(
        "seats_free",
        "Free seats when the job last looked; below zero when over-allocated.",
        {_labels(job=j.job, sku_id=s.sku_id, name=s.name): s.free for j in jobs for s in seats_of(j)},
    )


def _messages(night: Night) -> _Family:
    states = [told.state for told in night.told]
    found = {_labels(state=state): float(states.count(state)) for state in _STATES}
    return _Family("messages", "Messages of the last night by what became of them.", found)


def _took(what: Night | JobNight) -> float:
    """Its length in seconds; 0 when the clock was set back meanwhile."""
    return max(0.0, what.ended_at - what.began_at)


def _one(name: str, told: str, value: float, **labels: str) -> _Family:
    return _Family(name, told, {_labels(**labels): value})


def _each(name: str, told: str, jobs: Sequence[JobNight], value: Callable[[JobNight], float]) -> _Family:
    return _Family(name, told, {_labels(job=job.job): value(job) for job in jobs})


def _labels(**labels: str) -> _Labels:
    return tuple((name, cut(value, 200)) for name, value in labels.items())


def _lines(family: _Family) -> Iterator[str]:
    name = f"reassign_{family.name}"
    yield f"# HELP {name} {family.help}\n# TYPE {name} gauge\n"
    for labels, value in family.samples.items():
        told = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
        yield f"{name}{{{told}}} {_number(value)}\n" if told else f"{name} {_number(value)}\n"


def _escaped(text: str) -> str:
    return one_line(text).replace("\\", "\\\\").replace('"', '\\"')


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))
