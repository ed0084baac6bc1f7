"""Writes so young that a read may not show them yet: the eventual consistency of a practice tenant."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import NamedTuple


class _Write(NamedTuple):
    at: float
    #: User id → number of the holding before the write.
    before: dict[str, int]
    #: SKU id → seats taken (below zero: freed).
    seats: dict[str, int]


class Past:
    """The writes of the last ``lag`` seconds by the event loop's clock; kept in memory, so a new process forgets."""

    def __init__(self, lag: float) -> None:
        self._lag = lag
        self._writes: deque[_Write] = deque()

    def note(self, now: float, before: Mapping[str, int], seats: Mapping[str, int]) -> None:
        """These users held this until now, and these seats changed hands."""
        if self._lag:
            self._writes.append(_Write(now, dict(before), dict(seats)))

    def holdings(self, now: float, moment: float) -> dict[str, int]:
        """User id → number of the holding at that earlier moment, for everybody written to since."""
        shown: dict[str, int] = {}
        for write in self._since(now, moment):
            for user_id, number in write.before.items():
                shown.setdefault(user_id, number)
        return shown

    def seats(self, now: float, moment: float) -> dict[str, int]:
        """SKU id → seats taken since that earlier moment."""
        taken: dict[str, int] = {}
        for write in self._since(now, moment):
            for sku_id, count in write.seats.items():
                taken[sku_id] = taken.get(sku_id, 0) + count
        return taken

    def _since(self, now: float, moment: float) -> list[_Write]:
        """The writes after that moment, oldest first; forgets those that every read shows by now."""
        while self._writes and self._writes[0].at < now - self._lag:
            self._writes.popleft()
        return [write for write in self._writes if write.at > moment]
