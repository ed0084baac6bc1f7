"""Telling people: what is news goes into the book as a message, and from there over every way that the job declares.

A message is whole in the book before it is sent, and "about to be sent" is in it before it leaves. Whether one that was
on its way when the night was killed has arrived nobody can know: it is sent again, with the same id, so that nothing
goes untold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from batch.core.night_book import Due, Turn
from batch.core.night_events import EventKind
from batch.core.night_news import message_for, news_of
from batch.core.night_values import plain
from batch.notices.undelivered import NotSent
from batch.runs.nightjob import NightJob
from batch.wiring.night_parts import PAGE, JobTurn
from batch.wiring.notifying import Way, deliver, ways_of

#: What of a job file says how people are told.
_KEPT = ("mail", "on", "webhook", "webhook_name", "attach")


def kept(night: NightJob) -> dict[str, Any]:
    """How the job's people are told, as the book keeps it: a job file may be broken when it matters most."""
    return {name: getattr(night, name) for name in _KEPT}


def as_kept(value: Mapping[str, Any] | None) -> NightJob:
    """How people were told when the job file could be read last."""
    found = dict(value or {})
    for name in ("mail", "on"):
        if name in found:
            found[name] = tuple(found[name])
    return NightJob(**found)


def write_down(turn: JobTurn) -> None:
    """Make a message of what nobody was told yet about this job's night."""
    nights = turn.nights
    declared: Turn = nights.book.turns[(turn.key, nights.date)]
    items = news_of(nights.book, declared)
    if not items:
        return
    message = message_for(declared, items, nights.clock.now(), str(nights.folder / PAGE))
    ways, _ = ways_of(turn.night, nights.env)
    if message.outcome.value not in turn.night.on:
        ways = ()
    listed = [{"key": way.key, "kind": way.kind, "to": way.to} for way in ways]
    turn.note(EventKind.NEWS, message.id, message=plain(message), items=[i.key for i in items], ways=listed)


def send(turn: JobTurn) -> None:
    """Send whatever is due about this job, the oldest first. Never the reason for anything to fail."""
    nights = turn.nights
    ways = {way.key: way for way in ways_of(turn.night, nights.env)[0]}
    for due in [due for due in nights.book.messages.values() if due.job == turn.key]:
        for key, (state, _) in list(due.state.items()):
            if state in ("due", "sending") and not nights.stop.asked:
                _send(turn, due, key, ways.get(key))


def _send(turn: JobTurn, due: Due, key: str, way: Way | None) -> None:
    if way is None:
        turn.note(EventKind.UNSENT, due.message.id, way=key, again=False, why="The job does not declare this way now.")
        return
    turn.note(EventKind.SENDING, due.message.id, way=key)
    try:
        deliver(way, due.message)
    except NotSent as error:
        turn.note(EventKind.UNSENT, due.message.id, way=key, again=error.again, why=error.what)
        turn.nights.onlooker.left_alone(f"A message was not sent: {error.what} {error.todo}")
    else:
        turn.note(EventKind.SENT, due.message.id, way=key)


def unusable(turn: JobTurn) -> tuple[str, ...]:
    """What the job declares and cannot be used, in sentences: a variable that is not set."""
    return ways_of(turn.night, turn.nights.env)[1]
