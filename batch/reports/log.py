"""A Watcher that writes log.jsonl: one event a line, for people with a pager and for programs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, TextIO

from batch.core.entries import Entry, EntryKind, Seen
from batch.reports.words import iso

#: What an entry says, leaving out of which change.
_FACT = itemgetter(0, 2, 3, 4, 5, 6, 7)


class EventLog:
    """Appends to ``path``; each batch is flushed. The log is a copy of the journal's facts, never their only home.

    A line holds ``at`` (ISO 8601, UTC), ``event``, and what applies of ``change`` (position in the plan), ``group``,
    ``status`` or ``seen``, ``code`` and ``wait`` (seconds). The service's own words stay in the journal, since nobody
    knows what stands in them. A disk that takes no more ends the log, not the run; ``broken`` then says why.
    """

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._path = path
        self._now = now
        self._file: TextIO | None = None
        self.broken = ""
        try:
            torn = _torn(path)
            self._file = path.open("a", encoding="ascii", newline="\n")
            if torn:  # the power went in the middle of a line: it must not swallow the next one
                self._file.write("\n")
        except OSError as error:
            self._give_up(error)

    def saw(self, entries: Sequence[Entry]) -> None:
        """Write a line for each entry."""
        self._write(_lines(entries))

    def waits(self, seconds: float, why: str) -> None:
        """Write down a pause and its reason."""
        pause = {"at": iso(self._now()), "event": "waits", "wait": round(seconds, 3), "why": why}
        self._write([json.dumps(pause)])

    def stop_asked(self) -> bool:
        """Never: a log asks for nothing."""
        return False

    def close(self) -> None:
        """Close the file; further events are dropped."""
        if self._file:
            try:
                self._file.close()
            except OSError as error:
                self._give_up(error)
        self._file = None

    def _write(self, lines: Iterable[str]) -> None:
        if not self._file:
            return
        try:
            self._file.write("".join(f"{line}\n" for line in lines))
            self._file.flush()
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        self.broken = f"{self._path} takes no more events: {error.strerror or error}."
        self._file = None


def _torn(path: Path) -> bool:
    if not path.exists() or not path.stat().st_size:
        return False
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) != b"\n"


def _lines(entries: Iterable[Entry]) -> Iterator[str]:
    """A line of JSON for each entry. Neighbours mostly differ only in the change, so the rest is put in words once."""
    for _, same in groupby(entries, key=_FACT):
        first, *others = same
        about = json.dumps({"at": iso(first.at), "event": EntryKind(first.kind).name.lower()})[:-1]
        rest = json.dumps(_rest(first))[1:]
        rest = rest if rest == "}" else f", {rest}"
        for entry in (first, *others):
            yield f'{about}, "change": {entry.change:d}{rest}' if entry.change >= 0 else f"{about}{rest}"


def _rest(entry: Entry) -> dict[str, Any]:
    """What an entry says beyond when, what and of which change."""
    event: dict[str, Any] = {}
    if entry.group:
        event["group"] = entry.group
    if entry.kind in (EntryKind.ANSWERED, EntryKind.REPORTED):
        event["status"] = entry.status
    if entry.kind in (EntryKind.OBSERVED, EntryKind.PROVEN):
        event["seen"] = Seen(entry.status).name.lower()
    if entry.code:
        event["code"] = entry.code
    if entry.wait >= 0:
        event["wait"] = entry.wait
    return event
