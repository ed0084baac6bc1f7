"""What a message says, made harmless and bounded once for every way: job titles and file names come from outside."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from batch.core.harmless import legible, one_line
from batch.core.nights import Message, Need

_TITLE = 120
_SUBJECT = 200
_SENTENCE = 800
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
#: Sentences, and needs, in one message.
_MOST = 40

_COUNTS = {
    "planned": "Planned",
    "moved": "Moved",
    "tonight": "Moved this night",
    "refused": "Not moved",
    "waiting": "Still to come",
    "left_out": "Rows left out",
    "files": "Files without a new run",
}


def harmless(message: Message) -> Message:
    """The message with every text on one line, legible and of a bounded length; paths stay whole.

    Its id is what may stand in a header: letters, digits, ``_`` and ``-``.
    """
    return replace(
        message,
        id=message.id if _ID.fullmatch(message.id) else digest(message.id),
        job=short(message.job, _TITLE),
        night=short(message.night, _TITLE),
        title=short(message.title, _TITLE),
        subject=short(message.subject or message.job, _SUBJECT),
        lines=_lines(message.lines),
        needs=_needs(message.needs),
        page=_path(message.page),
        reports=tuple(map(_path, message.reports)),
    )


def short(text: str, most: int) -> str:
    """The text made legible, on one line of at most so many characters."""
    line = one_line(text)
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def digest(text: str) -> str:
    """32 hexadecimal digits that stand for this text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def counted(message: Message) -> tuple[tuple[str, int], ...]:
    """The numbers of a message with a label for people; those that are nought are left out."""
    return tuple((_COUNTS.get(name, name), number) for name, number in message.counts if number)


def made(message: Message) -> str:
    """When the message was made, in UTC, for a machine."""
    return datetime.fromtimestamp(message.made_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _lines(lines: Sequence[str]) -> tuple[str, ...]:
    shown = tuple(short(line, _SENTENCE) for line in lines[:_MOST])
    more = len(lines) - len(shown)
    return (*shown, f"{more:,} more: see the page.") if more else shown


def _needs(needs: Sequence[Need]) -> tuple[Need, ...]:
    shown = tuple(Need(what=short(n.what, _SENTENCE), todo=short(n.todo, _SENTENCE)) for n in needs[:_MOST])
    more = len(needs) - len(shown)
    return (*shown, Need(what=f"{more:,} more.", todo="See the page.")) if more else shown


def _path(path: str) -> str:
    return legible(path).replace("\n", " ").replace("\t", " ")
