"""A Watcher that shows how far a run has come: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TextIO

from batch.core.entries import Entry, EntryKind, Seen
from batch.core.harmless import in_encoding, one_line
from batch.reports.words import lasting, waiting

Verdict = Literal["applied", "refused", "waiting", "doubt"]

#: What a look at a change in doubt means here. "refused": it will not be tried again.
_SEEN: dict[Seen, Verdict] = {
    Seen.AFTER: "applied",
    Seen.BEFORE: "waiting",
    Seen.OTHER: "refused",
    Seen.GONE: "refused",
    Seen.UNSEEN: "doubt",
    Seen.MAYBE_BEFORE: "doubt",
}
_LIVE_SECONDS = 0.1
_PLAIN_SECONDS = 5.0
_RATE_SECONDS = 60.0
_BAR = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Where progress is shown. ``live``: a terminal whose line can be drawn again; else plain lines."""

    stream: TextIO
    live: bool
    color: bool = False
    quiet: bool = False
    #: Characters in a line.
    width: int = 80


class Progress:
    """Counts what the entries say and tells it, never more often than is good for a reader.

    ``total`` changes are in the plan, of which ``settled`` (moved, refused) were settled by an earlier process.
    ``now`` gives seconds; ``stop`` says whether somebody asked the run to stop. Nothing here raises: a stream that is
    closed or odd ends the telling, not the run.
    """

    def __init__(
        self,
        total: int,
        screen: Screen,
        *,
        now: Callable[[], float],
        verdict_of: Callable[[Entry], Verdict],
        settled: tuple[int, int] = (0, 0),
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._total, self._screen, self._silent = total, screen, screen.quiet
        self._now, self._verdict_of, self._stop = now, verdict_of, stop
        self.moved, self.refused = settled
        self._open: dict[int, Verdict] = {}
        self._told_at: float | None = None
        self._drawn = 0
        self._pause: tuple[float, str] | None = None
        self._marks: deque[tuple[float, int]] = deque([(now(), sum(settled))])

    @property
    def waiting(self) -> int:
        """Changes that were put off and will be sent again."""
        return sum(verdict == "waiting" for verdict in self._open.values())

    @property
    def doubtful(self) -> int:
        """Changes whose answer did not come."""
        return sum(verdict == "doubt" for verdict in self._open.values())

    def saw(self, entries: Sequence[Entry]) -> None:
        """Count these entries and tell the state when it is time to."""
        for entry in entries:
            if entry.change < 0:
                continue
            if entry.kind is EntryKind.ANSWERED:
                self._count(entry.change, "applied" if entry.status == 200 else self._verdict_of(entry))
            elif entry.kind is EntryKind.OBSERVED:
                self._count(entry.change, _SEEN[Seen(entry.status)])
            if entry.kind is EntryKind.SENT:
                self._open.pop(entry.change, None)
                self._pause = None
        self._tell()

    def waits(self, seconds: float, why: str) -> None:
        """Say why nothing can be sent for a while."""
        self._pause = (self._now() + seconds, why)
        self._tell()

    def stop_asked(self) -> bool:
        """True once somebody asked the run to stop."""
        return self._stop()

    def close(self) -> None:
        """Tell the last state, whatever was told before, and leave the terminal on a fresh line."""
        self._pause = None
        self._tell(last=True)
        self._silent = True

    def _count(self, change: int, verdict: Verdict) -> None:
        self._open.pop(change, None)
        if verdict == "applied":
            self.moved += 1
        elif verdict == "refused":
            self.refused += 1
        else:
            self._open[change] = verdict

    def _tell(self, *, last: bool = False) -> None:
        if self._silent:
            return
        now = self._now()
        gap = _LIVE_SECONDS if self._screen.live else _PLAIN_SECONDS
        if not last and self._told_at is not None and now - self._told_at < gap:
            return
        self._told_at = now
        text = in_encoding(self._sentence(now), getattr(self._screen.stream, "encoding", None) or "utf-8")
        try:
            self._screen.stream.write(self._framed(text, last=last) if self._screen.live else text + "\n")
            self._screen.stream.flush()
        except (OSError, ValueError):  # gone, closed, or not able to show it: the run goes on untold
            self._silent = True

    def _framed(self, text: str, *, last: bool) -> str:
        text = text[: max(self._screen.width - 1, 1)]
        blank = " " * max(self._drawn - len(text), 0)  # blanks wipe out what was longer, on every kind of terminal
        self._drawn = len(text)
        dyed = f"\x1b[32m{text[:_BAR]}\x1b[0m{text[_BAR:]}" if self._screen.color else text
        return f"\r{dyed}{blank}" + ("\n" if last else "")

    def _sentence(self, now: float) -> str:
        parts = [f"{self.moved:,} of {self._total:,} moved"]
        found = ((self.refused, "refused"), (self.waiting, "waiting"), (self.doubtful, "in doubt"))
        parts += [f"{number:,} {word}" for number, word in found if number]
        parts += self._pace(now)
        if self._pause and self._pause[0] > now:
            parts.insert(1, f"waiting {lasting(self._pause[0] - now)}: {one_line(waiting(self._pause[1]))}")
        return (self._bar() + " " if self._screen.live else "") + " · ".join(parts)

    def _bar(self) -> str:
        full = _BAR * min(self.moved + self.refused, self._total) // max(self._total, 1)
        return "█" * full + "░" * (_BAR - full)

    def _pace(self, now: float) -> list[str]:
        """People a second over the last minute, and the time left at that rate."""
        ended = self.moved + self.refused
        self._marks.append((now, ended))
        while len(self._marks) > 2 and now - self._marks[1][0] >= _RATE_SECONDS:
            self._marks.popleft()
        since, then = self._marks[0]
        if now <= since or ended <= then:
            return []
        rate = (ended - then) / (now - since)
        left = max(self._total - ended, 0)
        return [f"{rate:,.1f}/s", *([f"{lasting(left / rate)} left"] if left else [])]
