"""When a plan may be carried out: how old it may be, and the times at which changes may be sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from batch.core.errors import PlanGuarded, PlanStale, UsageError
from batch.core.harmless import in_shell
from batch.core.window import Window, next_at, parse_clock, parse_window
from batch.reports.words import lasting
from batch.runs.jobfile import Job


class Here(tzinfo):
    """The time zone that this machine is set to, with its changes of the clock."""

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        """How far the machine's clock is ahead of UTC at this local time."""
        return None if moment is None else moment.replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, moment: datetime | None) -> timedelta | None:
        """Not told apart from the rest of the offset."""
        return None

    def tzname(self, moment: datetime | None) -> str | None:
        """The zone's own name at this local time."""
        return None if moment is None else moment.replace(tzinfo=None).astimezone().tzname()

    def fromutc(self, moment: datetime) -> datetime:
        """The local time of a moment in UTC."""
        return datetime.fromtimestamp(moment.replace(tzinfo=UTC).timestamp()).replace(tzinfo=self)


def zone_of(name: str) -> tzinfo:
    """The time zone of this name, the machine's own for none; ``UsageError`` for one that nobody knows."""
    if not name:
        return Here()
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(
            f"“{name}” is no time zone that this machine knows.",
            "Write it like Europe/Amsterdam; where the machine has no list of zones, install one: pip install tzdata",
        ) from error


def check_times(job: Job) -> None:
    """``UsageError`` for a window or a time zone that cannot be meant, before anything is planned."""
    zone_of(job.timezone)
    if job.window:
        parse_window(job.window)


def check_age(meta: Mapping[str, Any], given: Mapping[str, Any], now: float) -> None:
    """``PlanStale`` for a plan that is older than it may be when it is begun (``--max-age``)."""
    most = _chosen(meta, given, "max_age")
    age = now - meta["planned_at"]
    if most is not None and age > most:
        raise PlanStale(
            f"The plan was made {lasting(age)} ago, and may be {lasting(most)} old when it is begun (--max-age).",
            "Plan again: reassign plan, with the same options.",
        )


def closing(meta: Mapping[str, Any], given: Mapping[str, Any], now: float, run: str = "RUN") -> float:
    """Until when changes may be sent from ``now`` on, UTC seconds since 1970; 0 where nothing says so.

    Raises ``PlanGuarded`` while the window is closed, ``UsageError`` for times that cannot be meant. ``run`` is the
    run folder as a person would name it.
    """
    for name in ("window", "timezone", "until"):
        # A "$VARIABLE" that is not set must not open a window.
        if given.get(name) == "":
            raise UsageError(f"--{name} was given without a value.", "Give one, or leave the option out.")
    zone = zone_of(_chosen(meta, given, "timezone") or "")
    here = datetime.fromtimestamp(now, UTC).astimezone(zone)
    ends = []
    if text := _chosen(meta, given, "window"):
        window = parse_window(text)
        _check_open(window, here, run)
        ends.append(window.next_close(here))
    if text := given.get("until"):
        ends.append(_until(text, here))
    return min((end.timestamp() for end in ends), default=0.0)


def _chosen(meta: Mapping[str, Any], given: Mapping[str, Any], name: str) -> Any:
    """What an option says, else the job. Folders of earlier versions say nothing."""
    return given[name] if given.get(name) is not None else meta["job"].get(name)


def _check_open(window: Window, here: datetime, run: str) -> None:
    if not window.contains(here):
        opens = window.next_open(here)
        wait = opens.timestamp() - here.timestamp()
        raise PlanGuarded(
            f"The window {window} is closed; nothing was sent. Here it is {here:%H:%M} ({here.tzname()}).",
            f"It opens on {opens:%Y-%m-%d at %H:%M}, in {lasting(wait)}: reassign apply {in_shell(run)}. "
            "For another window this time, say --window.",
        )


def _until(text: str, here: datetime) -> datetime:
    """A time of day (the next one), or a date with a time, in the zone of ``here`` unless it names its own."""
    if clock := parse_clock(text):
        return next_at(clock, here)
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise UsageError(
            f"--until: “{text.strip()}” is not a time.", "Write it like 05:00, or with its date: 2026-11-24T05:00"
        ) from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=here.tzinfo)
    if moment.timestamp() <= here.timestamp():
        raise UsageError(f"--until: {text.strip()} is over.", "Name a time that is still to come.")
    return moment
