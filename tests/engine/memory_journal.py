"""A journal in memory that dies when it is told to, and a watcher that takes notes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from batch.core.entries import Entry, EntryKind


class Crash(BaseException):
    """The process was killed here. Nothing may catch it."""


class MemoryJournal:
    """A ``Journal``: appends whole blocks. ``crash_at`` kills at that append (from 1), before or after it is durable.

    What a SQLite journal cannot do is not done here either: half an append is none of it.
    """

    def __init__(self) -> None:
        self.durable: list[Entry] = []
        self.appends = 0
        self.crash_at = 0
        self.after = False
        self.dead = False
        #: Changes with a durable SENT that has no durable answer.
        self.on_wire: set[int] = set()

    def entries(self) -> Iterator[Entry]:
        yield from list(self.durable)

    def append(self, entries: Sequence[Entry]) -> None:
        if self.dead:
            raise Crash
        self.appends += 1
        assert entries, "an append of nothing"
        if self.appends == self.crash_at:
            self.dead = True
            if self.after:
                self._keep(entries)
            raise Crash
        self._keep(entries)

    def revive(self, crash_at: int = 0, *, after: bool = False) -> None:
        """A new process begins; appends are counted from 1 again."""
        self.dead, self.appends, self.crash_at, self.after = False, 0, crash_at, after

    def _keep(self, entries: Sequence[Entry]) -> None:
        self.durable.extend(entries)
        for entry in entries:
            if entry.kind is EntryKind.SENT:
                self.on_wire.add(entry.change)
            elif entry.kind is EntryKind.ANSWERED:
                self.on_wire.remove(entry.change)
            elif entry.kind is EntryKind.OPENED:
                self.on_wire.clear()


class Notes:
    """A ``Watcher``: what it saw, how long it waited; asks to stop when ``stop_when`` says so."""

    def __init__(self, stop_when: Callable[[Notes], bool] | None = None) -> None:
        self.seen: list[Entry] = []
        self.waited: list[tuple[float, str]] = []
        self.stop_when = stop_when

    def saw(self, entries: Sequence[Entry]) -> None:
        self.seen.extend(entries)

    def waits(self, seconds: float, why: str) -> None:
        self.waited.append((seconds, why))

    def stop_asked(self) -> bool:
        return self.stop_when is not None and self.stop_when(self)
