"""The morning page: how last night went. One file, no network, no script; on a phone, in the dark and on paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from batch.core.errors import ReassignError
from batch.core.nights import RANKS, FileNight, JobNight, Night, Outcome, RunNight, Told
from batch.reports.night_words import (
    FATES,
    MISSED,
    OUTCOMES,
    STANDINGS,
    cut,
    cut_list,
    day,
    ended_as,
    headline,
    job_ended_as,
    missed,
    needs_of,
    pieces,
    seats_of,
    sums_of,
)
from batch.reports.page import environment
from batch.reports.whole import whole
from batch.reports.words import Tone, lasting, moment

#: What stands on the page of each; of the rest, only how many. All of it is in `reassign show --nights --json`.
MOST_NEEDS = 60
MOST_FILES = 20
MOST_RUNS = 20
MOST_NOTES = 12
MOST_MESSAGES = 40
MOST_SEATS = 3
#: In the table of more jobs than this each has one line.
_SHORT = 12
#: Nights in the table at the end, with this one.
NIGHTS = 14
_NAME, _TITLE, _TEXT = 160, 120, 700
_STATES = {
    "sent": ("Sent", Tone.GOOD),
    "due": ("Tried again", Tone.WARN),
    "given_up": ("Given up", Tone.BAD),
}


def write_morning(night: Night, path: Path, *, before: Sequence[Night] = ()) -> None:
    """Write the page whole or not at all; ``before`` are the nights before it, newest first.

    Its links lead to ``runs/`` beside the page. The same nights give the same bytes. Raises ``ReassignError`` when it
    cannot be written.
    """
    page = render(night, before=before).encode("utf-8")
    try:
        with whole(path) as file:
            file.write(page)
    except ReassignError as error:
        raise ReassignError(
            error.what, "Make room on the disk or make the folder writable; the next night writes the page again."
        ) from error


def render(night: Night, *, before: Sequence[Night] = ()) -> str:
    """The page as text. Every value from outside is escaped, cut and made legible."""
    jobs = sorted(night.jobs, key=lambda job: (bool(job.ended_at), -RANKS[job.outcome]))
    word, tone = ended_as(night)
    needs = [(job, need) for job in jobs for need in needs_of(job)]
    seats = MOST_SEATS if len(jobs) <= _SHORT else 1
    above = frozenset(need.todo for _, need in needs[:MOST_NEEDS])
    told = [_job(at, job, seats, above) for at, job in enumerate(jobs, 1)]
    return (
        environment()
        .get_template("morning.html.j2")
        .render(
            word=word,
            tone=tone.value,
            day=day(night.date),
            headline=headline(night),
            ended=bool(night.ended_at),
            began=moment(night.began_at),
            missed=missed(night),
            tiles=_tiles(night),
            needs=[(cut(n.what, _TEXT), _todo(n.todo), cut(j.title or j.job, _TITLE)) for j, n in needs[:MOST_NEEDS]],
            needs_more=len(needs[MOST_NEEDS:]),
            jobs=told,
            details=[job for job in told if job["detailed"]],
            messages=[_message(one) for one in night.told[:MOST_MESSAGES]],
            messages_more=len(night.told[MOST_MESSAGES:]),
            nights=_nights([night, *(one for one in before if one.date != night.date)]),
            facts=_facts(night),
        )
    )


def _tiles(night: Night) -> list[tuple[str, int, str]]:
    """The numbers of the night that are not zero, and how many moved: label, number, tone. None of an empty night."""
    sums, needs = sums_of(night.jobs), sum(len(needs_of(job)) for job in night.jobs)
    failed = sum(job.outcome is Outcome.FAILED for job in night.jobs)
    tiles = [
        ("Moved tonight", sums.tonight, Tone.GOOD),
        ("Could not", sums.refused, Tone.BAD),
        ("Waiting", sums.waiting, Tone.WARN),
        ("Rows left out", sums.left_out, Tone.WARN),
        ("Files", sums.files, Tone.CALM),
        ("Need you", needs, Tone.WARN),
        ("Jobs failed", failed, Tone.BAD),
    ]
    if not any(number for _, number, _ in tiles):
        return []
    first = (tiles[0][0], tiles[0][1], (tiles[0][2] if tiles[0][1] else Tone.CALM).value)
    return [first, *((label, number, tone.value) for label, number, tone in tiles[1:] if number)]


def _job(at: int, job: JobNight, most_seats: int, above: frozenset[str]) -> dict[str, Any]:
    """A job as a line of the table and, where there is more to say, as a section of its own.

    ``above``: what there is to do that stands at the top of the page already.
    """
    seats = seats_of(job)
    runs, files = job.runs[:MOST_RUNS], sorted(job.files, key=_urgency)
    word, tone = job_ended_as(job)
    return {
        "at": at,
        "key": cut(job.job, _NAME),
        "title": cut(job.title or job.job, _TITLE),
        "word": word,
        "tone": tone.value,
        "code": job.exit_code,
        "sums": sums_of([job]),
        "seats": [(cut(one.name, 60), _signed(one.free), one.free < 0) for one in seats[:most_seats]],
        "seats_more": len(seats[most_seats:]),
        "took": lasting(job.ended_at - job.began_at) if job.ended_at else "–",
        "detailed": bool(job.runs or job.files or job.notes or job.error),
        "error": cut(job.error, _TEXT),
        "runs": [_run(run, above) for run in runs],
        "runs_more": len(job.runs) - len(runs),
        "files": [_file(file, above) for file in files[:MOST_FILES]],
        "files_more": _rest(files[MOST_FILES:]),
        "notes": [cut(note, _TEXT) for note in job.notes[:MOST_NOTES]],
        "notes_more": len(job.notes[MOST_NOTES:]),
    }


def _run(run: RunNight, above: frozenset[str]) -> dict[str, Any]:
    word, tone = STANDINGS[run.standing]
    folder = _folder(run.run)
    return {
        "name": cut(run.run, _NAME),
        "page": folder and f"{folder}/report.html",
        "workbook": folder and f"{folder}/report.xlsx",
        "rejects": f"{folder}/rejects.csv" if folder and run.refused + run.left_out else "",
        "word": word,
        "tone": tone.value,
        "carried_on": run.carried_on,
        "what": cut(run.what, _TEXT),
        "todo": "" if run.todo in above else cut(run.todo, _TEXT),
        "numbers": (run.planned, run.tonight, run.moved, run.refused, run.waiting, run.left_out),
    }


def _folder(run: str) -> str:
    """The run's folder as a link from the page; empty for a name that would lead out of ``runs/`` (or nowhere)."""
    return "" if not run.strip(". ") else f"runs/{quote(run, safe='', errors='replace')}"


def _file(file: FileNight, above: frozenset[str]) -> dict[str, Any]:
    word, tone = FATES[file.fate]
    return {
        "name": cut(file.name, _NAME),
        "word": word,
        "tone": tone.value,
        "why": cut(file.why, _TEXT),
        "todo": "" if file.todo in above else cut(file.todo, _TEXT),
        "rows": file.rows,
        "run": cut(file.run, _NAME),
    }


def _urgency(file: FileNight) -> int:
    return list(FATES).index(file.fate)


def _rest(files: Sequence[FileNight]) -> str:
    """ "and 480 more: 470 done, 10 seen before"; empty for none."""
    if not files:
        return ""
    fates = [file.fate for file in files]
    counted = [f"{fates.count(fate):,} {word.lower()}" for fate, (word, _) in FATES.items() if fate in fates]
    return f"and {len(files):,} more: {', '.join(counted)}"


def _todo(todo: str) -> list[tuple[str, bool]]:
    """What to do, cut into text and commands; a command that is too long to be whole is none."""
    return [(cut(text, _TEXT), is_command and len(text) <= _TEXT) for text, is_command in pieces(todo[: 4 * _TEXT])]


def _message(told: Told) -> dict[str, str]:
    word, tone = _STATES.get(told.state, (told.state.replace("_", " "), Tone.WARN))
    return {
        "job": cut(told.job, _NAME),
        "about": OUTCOMES[told.outcome][0],
        "way": cut(told.way, 20),
        "to": cut(told.to, _NAME),
        "word": cut(word, 40),
        "tone": tone.value,
        "why": cut(told.why, _TEXT),
    }


def _nights(nights: Iterable[Night]) -> list[dict[str, Any]]:
    """The last nights, newest first, and between them those that were missed."""
    rows: list[dict[str, Any]] = []
    for night in nights:
        word, tone = ended_as(night)
        rows.append(
            {
                "day": day(night.date),
                "sums": sums_of(night.jobs),
                "jobs": len(night.jobs),
                "needs": sum(len(needs_of(job)) for job in night.jobs),
                "took": lasting(night.ended_at - night.began_at) if night.ended_at else "–",
                "word": word,
                "tone": tone.value,
            }
        )
        none = {"sums": None, "word": MISSED[0], "tone": MISSED[1].value}
        rows += [{**none, "day": day(when)} for when in sorted(night.missed, reverse=True)]
    return rows[:NIGHTS]


def _facts(night: Night) -> list[tuple[str, str]]:
    ended = moment(night.ended_at) if night.ended_at else "not known"
    return [
        ("Night", day(night.date)),
        ("Began", moment(night.began_at)),
        ("Ended", ended),
        ("Took", lasting(night.ended_at - night.began_at) if night.ended_at else "–"),
        ("Jobs", cut_list([cut(job.job, 40) for job in night.jobs], 12) or "none"),
        ("Exit code", str(night.exit_code) if night.ended_at else "–"),
        ("Machine", cut(night.host, 80)),
        ("Made by", f"license-reassign {cut(night.version, 40)}"),
    ]


def _signed(number: int) -> str:
    return f"{number:,}".replace("-", "−")
