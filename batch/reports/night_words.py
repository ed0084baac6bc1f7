"""What a night says in words and numbers: one wording for the morning page and the table of nights."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from batch.core.harmless import one_line
from batch.core.health import outcome_of
from batch.core.night_news import FATE_WORDS, WORDS
from batch.core.nights import RANKS, Fate, JobNight, Need, Night, Outcome, SeatsLeft, Standing
from batch.reports.words import MONTHS, Tone, count_of, people

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

#: How a job or a night ended, and its tone. A word stands with each colour.
_TONES = {
    Outcome.NOTHING: Tone.CALM,
    Outcome.DONE: Tone.GOOD,
    Outcome.PART: Tone.WARN,
    Outcome.NEEDS_YOU: Tone.WARN,
    Outcome.FAILED: Tone.BAD,
}
OUTCOMES = {outcome: (WORDS[outcome].capitalize(), tone) for outcome, tone in _TONES.items()}
#: A night, or a job in it, that began and of whose end nothing is known.
NOT_ENDED = ("Did not end", Tone.BAD)
MISSED = ("No night", Tone.WARN)
#: Nothing was done, since what there is to do waits for its window or for the next night's share.
WAITS = ("Waits", Tone.CALM)

STANDINGS: dict[Standing, tuple[str, Tone]] = {
    Standing.DONE: ("Done", Tone.GOOD),
    Standing.PART: ("Over, in part", Tone.WARN),
    Standing.DIFFERS: ("Tenant differs", Tone.BAD),
    Standing.GOES_ON: ("Goes on", Tone.WARN),
    Standing.WAITS: ("Not begun yet", Tone.CALM),
    Standing.APPROVAL: ("Waits for approval", Tone.WARN),
    Standing.HELD: ("Held back", Tone.WARN),
    Standing.STOPPED: ("Stopped", Tone.WARN),
    Standing.STALE: ("Out of date", Tone.WARN),
    Standing.FAILED: ("Failed", Tone.BAD),
    Standing.GIVEN_UP: ("Given up", Tone.BAD),
}

#: What became of a file; those that somebody has to look at come first.
_FATE_TONES = {
    Fate.REJECTED: Tone.BAD,
    Fate.HELD: Tone.WARN,
    Fate.GONE: Tone.CALM,
    Fate.WRITING: Tone.CALM,
    Fate.TAKEN: Tone.CALM,
    Fate.SAME: Tone.CALM,
    Fate.DONE: Tone.GOOD,
}
FATES = {fate: (FATE_WORDS[fate].capitalize(), tone) for fate, tone in _FATE_TONES.items()}

# A command ends with its sentence; outside quotes it has no character with which a shell would begin another one.
_WORD = r"(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s\"'.,:;|&<>`$()]+|[.,:](?!\s|$))++"
_COMMAND = re.compile(rf"(?:(?<=: )|(?<=\n)|^)reassign(?: {_WORD})+")


class Sums(NamedTuple):
    """What the runs of one or several jobs add up to. People, but ``left_out``: rows."""

    files: int
    tonight: int
    moved: int
    refused: int
    waiting: int
    left_out: int


def sums_of(jobs: Iterable[JobNight]) -> Sums:
    """The numbers of these jobs together."""
    jobs = tuple(jobs)
    runs = [run for job in jobs for run in job.runs]
    return Sums(
        files=sum(len(job.files) for job in jobs),
        tonight=sum(run.tonight for run in runs),
        moved=sum(run.moved for run in runs),
        refused=sum(run.refused for run in runs),
        waiting=sum(run.waiting for run in runs),
        left_out=sum(run.left_out for run in runs),
    )


def seats_of(job: JobNight) -> list[SeatsLeft]:
    """Free seats as the job's last look at each product found them, fewest first."""
    found = {seats.sku_id: seats for run in job.runs for seats in run.seats}
    return sorted(found.values(), key=lambda seats: (seats.free, seats.name, seats.sku_id))


def needs_of(job: JobNight) -> Sequence[Need]:
    """What waits for a person; a job that failed or needs somebody has at least one such thing."""
    if job.needs or RANKS[job.outcome] < RANKS[Outcome.NEEDS_YOU]:
        return job.needs
    what = job.error or ("It failed." if job.outcome is Outcome.FAILED else "Somebody has to look at it.")
    return (Need(what=what, todo="What it did stands below, with its name."),)


def ended_as(night: Night) -> tuple[str, Tone]:
    """How a night ended, as a word and its tone."""
    if not night.ended_at:
        return NOT_ENDED
    outcome = outcome_of(night)
    # The exit code of a night in which something only waits is that of one that is done in part.
    idle = RANKS[outcome] <= RANKS[Outcome.PART] and all(job.outcome is Outcome.NOTHING for job in night.jobs)
    return WAITS if idle and any(map(_waits, night.jobs)) else OUTCOMES[outcome]


def job_ended_as(job: JobNight) -> tuple[str, Tone]:
    """How a job ended in a night, as a word and its tone."""
    if not job.ended_at:
        return NOT_ENDED
    return WAITS if job.outcome is Outcome.NOTHING and _waits(job) else OUTCOMES[job.outcome]


def _waits(job: JobNight) -> bool:
    return any(run.standing is Standing.WAITS for run in job.runs)


def day(iso: str) -> str:
    """ "Tue 24 Nov 2026", whatever the locale; what is no ISO date comes back as it is."""
    try:
        when = date.fromisoformat(iso)
    except ValueError:
        return cut(iso, 40)
    return f"{_DAYS[when.weekday()]} {when.day} {MONTHS[when.month - 1]} {when.year}"


def cut(text: str, most: int) -> str:
    """The text on one line, harmless, and no longer than so many characters."""
    # What is cut off need not be made legible first: a title may have a million characters.
    text = one_line(text[: 4 * most])
    return text if len(text) <= most else f"{text[: most - 1]}…"


def cut_list(items: Sequence[str], most: int) -> str:
    """ "a, b and 3 more"."""
    if len(items) > most:
        return f"{', '.join(items[:most])} and {len(items) - most:,} more"
    return " and ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))


def headline(night: Night) -> str:
    """How the night went, in one plain sentence or two."""
    if not night.ended_at:
        return f"The night of {day(night.date)} did not end."
    failed = sum(job.outcome is Outcome.FAILED for job in night.jobs)
    outcome = outcome_of(night)
    if not night.jobs:
        return "No job was carried out." if outcome is Outcome.FAILED else "No job was due."
    if outcome is Outcome.NOTHING and not any(job.files or job.runs for job in night.jobs):
        return "Nothing was in the inboxes."
    told = [f"{_moved(night)}."]
    if failed:
        told.append(f"{count_of(failed, 'job')} failed.")
    needs = sum(len(needs_of(job)) for job in night.jobs)
    if needs:
        told.append(f"{count_of(needs, 'thing')} {'needs' if needs == 1 else 'need'} you.")
    return " ".join(told)


def _moved(night: Night) -> str:
    sums = sums_of(night.jobs)
    told = f"{people(sums.tonight)} moved" if sums.tonight else "Nobody moved"
    if sums.refused:
        told += f", {sums.refused:,} could not"
    return told + (f", {sums.waiting:,} {'is' if sums.waiting == 1 else 'are'} still to go" if sums.waiting else "")


def missed(night: Night) -> str:
    """That nights were missed, and what that means; empty where none was."""
    if not night.missed:
        return ""
    days = cut_list([day(when) for when in night.missed], 7)
    return f"There was no night on {days}. What was due then was looked at in this one."


def pieces(todo: str) -> list[tuple[str, bool]]:
    """A sentence cut into text and commands to copy (True): what follows ": " or begins a line with "reassign "."""
    found: list[tuple[str, bool]] = []
    at = 0
    for match in _COMMAND.finditer(todo):
        found += [(todo[at : match.start()], False), (match[0], True)]
        at = match.end()
    found.append((todo[at:], False))
    # The full stop of a sentence that ended with a command begins what follows it.
    told = [(text if is_command else text.lstrip(" .,;\n").rstrip(), is_command) for text, is_command in found]
    return [(text, is_command) for text, is_command in told if text]
