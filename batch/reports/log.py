"""A Watcher that writes log.jsonl: one event a line, for people with a pager and for programs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from batch.core.entries import Entry, EntryKind, Seen
from batch.reports.words import iso


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
        self._write([_event(entry) for entry in entries])

    def waits(self, seconds: float, why: str) -> None:
        """Write down a pause and its reason."""
        self._write([{"at": iso(self._now()), "event": "waits", "wait": round(seconds, 3), "why": why}])

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

    def _write(self, events: Sequence[Mapping[str, Any]]) -> None:
        if not self._file:
            return
        try:
            self._file.write("".join(json.dumps(event) + "\n" for event in events))
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


def _event(entry: Entry) -> dict[str, Any]:
    event: dict[str, Any] = {"at": iso(entry.at), "event": EntryKind(entry.kind).name.lower()}
    if entry.change >= 0:
        event["change"] = entry.change
    if entry.group:
        event["group"] = entry.group
    if entry.kind is EntryKind.ANSWERED:
        event["status"] = entry.status
    if entry.kind is EntryKind.OBSERVED:
        event["seen"] = Seen(entry.status).name.lower()
    if entry.code:
        event["code"] = entry.code
    if entry.wait >= 0:
        event["wait"] = entry.wait
    return event
