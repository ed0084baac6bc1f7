"""Whether all is well with the nights, for a monitor: `reassign nightly --check-last 26h`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from batch.core.harmless import one_line
from batch.core.nights import RANKS, JobNight, Night, Outcome

#: Clocks of one machine differ by so much without having been set back. Seconds.
_SLACK = 120.0
#: Jobs that are named in the one line.
_NAMED = 5
_WELL, _FAILED, _WAITS = 0, 1, 3
#: What the exit code of a night says of it as a whole; any other is a failure.
_CODES = {0: Outcome.NOTHING, 3: Outcome.PART, 4: Outcome.NEEDS_YOU, 9: Outcome.NEEDS_YOU, 130: Outcome.PART}


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How things stand: 0 all is well, 3 something goes on or waits for a person, 1 failed or no night. One line each.

    ``todo`` is empty where there is nothing to do.
    """

    ok: bool
    exit_code: int
    what: str
    todo: str = ""


def outcome_of(night: Night) -> Outcome:
    """How a night went as a whole: as its worst job, or as its exit code says where that is worse."""
    found = [job.outcome for job in night.jobs]
    found += [Outcome.NEEDS_YOU for job in night.jobs if job.needs]
    found.append(_CODES.get(night.exit_code, Outcome.FAILED))
    return max(found, key=RANKS.__getitem__)


def check_last(nights: Sequence[Night], now: float, within: float) -> Health:
    """Judge the nights (newest first) at ``now`` (UTC seconds since 1970): did one end well in the last ``within``?

    A night that is under way counts once it ended, and as killed once it began longer ago than ``within``. A job is
    judged by the last night that it was in, so that one that was started by hand does not hide the others.
    """
    if not nights:
        return _bad("No night was ever held here.", "Look whether the schedule is installed: reassign schedule show")
    newest = nights[0]
    if max(newest.began_at, newest.ended_at) > now + _SLACK:
        return _bad(
            f"The last night is of {_at(max(newest.began_at, newest.ended_at))}, and it is only {_at(now)}: "
            "the clock was set back, or was wrong then.",
            "Set the clock of this machine right; the next night then says how things stand.",
        )
    ended = [night for night in nights if night.ended_at]
    recent = [night for night in ended if now - night.ended_at <= within]
    if not recent:
        return _none_in_time(newest, ended, now, within)
    return _judged(newest, recent)


def _none_in_time(newest: Night, ended: Sequence[Night], now: float, within: float) -> Health:
    last = f"last one ended at {_at(ended[0].ended_at)}, {_long(now - ended[0].ended_at)} ago" if ended else ""
    before = f"The {last}." if last else "None ever did."
    if newest.ended_at:
        return _bad(
            f"No night ended in the last {_long(within)}; the {last}.",
            "Look whether the machine was on and the schedule runs: reassign schedule show",
        )
    if now - newest.began_at > within:
        return _bad(
            f"The night of {newest.date} began at {_at(newest.began_at)} and did not end: it was killed, or it hangs. "
            f"{before}",
            "Start it again: reassign nightly. It carries on with whatever is open; one that still runs is left alone.",
        )
    return _bad(
        f"No night ended in the last {_long(within)}; one began at {_at(newest.began_at)}. {before}",
        "Wait for its end, or see how far it is: reassign show --nights",
    )


def _judged(newest: Night, recent: Sequence[Night]) -> Health:
    last = recent[0]
    told = f"The night of {last.date} ended at {_at(last.ended_at)}"
    going = "" if newest.ended_at else f" The next one began at {_at(newest.began_at)} and has not ended yet."
    jobs = last_of_each(recent)
    failed = [job for job in jobs if job.outcome is Outcome.FAILED]
    waiting = [job for job in jobs if job not in failed and (job.needs or job.exit_code or job.outcome is Outcome.PART)]
    untold = sum(message.state != "sent" for message in last.told)
    see = "See why: reassign show --nights"
    if failed or outcome_of(last) is Outcome.FAILED:
        why = f"failed: {_names(failed)}" if failed else f"its exit code is {last.exit_code}"
        return _bad(f"{told}; {why}.{going}", see)
    if waiting or untold or RANKS[outcome_of(last)] >= RANKS[Outcome.PART]:
        said = [_waiting(waiting)] if waiting else []
        said += [f"{untold} {'message' if untold == 1 else 'messages'} not delivered"] if untold else []
        why = "; ".join(said) or f"its exit code is {last.exit_code}"
        return Health(ok=False, exit_code=_WAITS, what=f"{told}; {why}.{going}", todo=see)
    if not jobs:
        return Health(ok=False, exit_code=_WAITS, what=f"{told}; it had no job.{going}", todo="See: reassign job list")
    number = len(last.missed)
    missed = f" {number} {'night' if number == 1 else 'nights'} before it did not happen." if number else ""
    return Health(ok=True, exit_code=_WELL, what=f"{told}; all is well.{missed}{going}")


def _waiting(jobs: Sequence[JobNight]) -> str:
    """Who waits for a person, and who goes on by itself."""
    needing = [job for job in jobs if job.needs or job.outcome is Outcome.NEEDS_YOU]
    later = [job for job in jobs if job not in needing and job.outcome is Outcome.NOTHING]
    going = [job for job in jobs if job not in needing and job not in later]
    told = (("waits for a person", needing), ("done in part", going), ("waits for its window", later))
    return "; ".join(f"{what}: {_names(found)}" for what, found in told if found)


def last_of_each(nights: Iterable[Night]) -> list[JobNight]:
    """Each job as the newest of these nights (newest first) left it, in the order in which they are found."""
    found: dict[str, JobNight] = {}
    for night in nights:
        for job in night.jobs:
            found.setdefault(job.job, job)
    return list(found.values())


def _names(jobs: Sequence[JobNight]) -> str:
    """The keys of the first jobs; they come from file names."""
    named = ", ".join(one_line(job.job)[:60] for job in jobs[:_NAMED])
    return f"{named} and {len(jobs) - _NAMED} more" if len(jobs) > _NAMED else named


def _bad(what: str, todo: str) -> Health:
    return Health(ok=False, exit_code=_FAILED, what=what, todo=todo)


def _at(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M} UTC"


def _long(seconds: float) -> str:
    minutes = max(0, round(seconds / 60))
    if minutes < 60:
        return f"{minutes} min"
    hours, left = divmod(minutes, 60)
    if hours >= 72:
        return f"{hours // 24} days"
    return f"{hours} h {left} min" if left else f"{hours} h"
