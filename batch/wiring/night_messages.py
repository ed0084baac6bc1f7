"""Telling people: what is news goes into the book as a message, and from there over every way that the job declares.

A message is whole in the book before it is sent, and "about to be sent" is in it before it leaves. Whether one that was
on its way when the night was killed has arrived nobody can know: it is sent again, with the same id, so that nothing
goes untold.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from batch.core.harmless import one_line
from batch.core.night_events import EventKind
from batch.core.night_news import message_for, news_of
from batch.core.night_records import Due, Turn
from batch.core.night_values import plain
from batch.core.nights import Message
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
    found = {name: value[name] for name in _KEPT if name in value} if value else {}
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
    message = _placed(message_for(declared, items, nights.clock.now(), str(nights.folder / PAGE)))
    ways, _ = ways_of(turn.night, nights.env)
    if message.outcome.value not in turn.night.on:
        ways = ()
    listed = [{"key": way.key, "kind": way.kind, "to": way.to} for way in ways]
    turn.note(EventKind.NEWS, message.id, message=plain(message), items=[i.key for i in items], ways=listed)


def _placed(message: Message) -> Message:
    """The message with whole paths, and with where its commands are meant to be typed."""
    where = (
        f"Files are on {one_line(platform.node())}; commands are meant to be typed there, in {one_line(os.getcwd())}."
    )
    reports = tuple(os.path.abspath(path) for path in message.reports)
    return replace(message, lines=(*message.lines, where), page=os.path.abspath(message.page), reports=reports)


def send(turn: JobTurn) -> None:
    """Send whatever is due about this job, the oldest first. Never the reason for anything to fail."""
    nights = turn.nights
    ways = {way.key: way for way in ways_of(turn.night, nights.env)[0]}
    for due in [due for due in nights.book.messages.values() if due.job == turn.key]:
        for key, (state, why) in list(due.state.items()):
            if state not in ("due", "sending") or nights.stop.asked:
                continue
            if key in ways:
                _send(turn, due, ways[key])
            else:
                said = why or "The job does not declare this way now."
                turn.note(EventKind.UNSENT, due.message.id, way=key, again=False, why=said)


def _send(turn: JobTurn, due: Due, way: Way) -> None:
    """One message on one way. A server that does not answer is waited for once in a pass, not for each message."""
    nights, about = turn.nights, due.message.id
    turn.note(EventKind.SENDING, about, way=way.key)
    try:
        patient = way.host not in nights.tired
        deliver(way, due.message, lambda seconds: nights.clock.pause(seconds, nights.stop), patient=patient)
    except NotSent as error:
        if error.again:
            nights.tired.add(way.host)
        again = error.again and not _is_too_old(turn, due)
        turn.note(EventKind.UNSENT, about, way=way.key, again=again, why=error.what)
        nights.onlooker.left_alone(f"A message was not sent: {error.what} {error.todo}")
    else:
        turn.note(EventKind.SENT, about, way=way.key)


def _is_too_old(turn: JobTurn, due: Due) -> bool:
    """Whether a message could not be sent for so long that nobody waits for it any more."""
    nights = turn.nights
    return not nights.doubtful and nights.clock.now() - due.message.made_at > turn.night.give_up


def unusable(turn: JobTurn) -> tuple[str, ...]:
    """What the job declares and cannot be used, in sentences: a variable that is not set."""
    return ways_of(turn.night, turn.nights.env)[1]
