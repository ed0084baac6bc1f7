"""One group of calls on a practice tenant, inside one open transaction."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from batch.core.terms import NO_ANSWER, Add, Answer, Call, Sku
from batch.tenants.fates import Fate
from batch.tenants.plan_families import Conflicts
from batch.tenants.practice_people import Holdings
from batch.tenants.practice_rules import APPLIED, NOT_HELD, capacity, no_seat, no_such_user, rule

#: Rulings kept in memory; a migration has a handful of kinds.
_KEPT = 50_000
_SEATS = "SELECT status, enabled, warning, consumed FROM skus WHERE sku_id = ?"
_CONSUME = "UPDATE skus SET consumed = consumed + ? WHERE sku_id = ? RETURNING status, enabled, warning, consumed"


class Settled(NamedTuple):
    """A ruling with the holding's number, and whether the user ends with nothing after holding something."""

    after: int
    gained: tuple[str, ...]
    freed: tuple[str, ...]
    gap: bool


class Rulebook:
    """The rules of one tenant; the same call on the same holding is judged once."""

    def __init__(self, skus: Mapping[str, Sku], conflicts: Conflicts, holdings: Holdings) -> None:
        self._skus = skus
        self._conflicts = conflicts
        self._holdings = holdings
        self._kept: dict[tuple[int, tuple[str, ...], tuple[Add, ...], str], Settled | Answer] = {}

    def settle(self, call: Call, number: int, location: str) -> Settled | Answer:
        """What this call makes of the holding with this number, or the refusal; seats are not looked at."""
        key = (number, call.remove, call.add, location)
        found = self._kept.get(key)
        if found is None:
            found = self._judge(call, number, location)
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[key] = found
        return found

    def _judge(self, call: Call, number: int, location: str) -> Settled | Answer:
        before = self._holdings.of(number)
        ruling = rule(call, before, location, self._skus, self._conflicts)
        if isinstance(ruling, Answer):
            return ruling
        gap = bool(before.assignments) and not ruling.holding.assignments
        return Settled(self._holdings.number(ruling.holding), ruling.gained, ruling.freed, gap)

    def forget(self) -> None:
        """Drop what is kept in memory: a transaction was undone, and its numbers with it."""
        self._kept.clear()
        self._holdings.forget()


class Seats(dict[str, int]):
    """SKU id → units that can still be given out in the open transaction; read when first asked for."""

    def __init__(self, db: sqlite3.Connection, *, warning_seats: bool) -> None:
        super().__init__()
        self._db = db
        self._warning_seats = warning_seats
        #: SKU id → seats taken so far; below zero: freed.
        self.taken: Counter[str] = Counter()

    def __missing__(self, sku_id: str) -> int:
        row = self._db.execute(_SEATS, (sku_id,)).fetchone()
        self[sku_id] = self._room(*row)
        return self[sku_id]

    def take(self, sku_id: str, count: int = 1) -> None:
        """Seats change hands: ``count`` more of this SKU are consumed."""
        self[sku_id] -= count
        self.taken[sku_id] += count

    def save(self) -> int:
        """Write the seats; how many SKUs were filled beyond what can be given out (it must be none)."""
        over = 0
        for sku_id, count in self.taken.items():
            row = self._db.execute(_CONSUME, (count, sku_id)).fetchone()
            over += count > 0 and self._room(*row) < 0
        return over

    def _room(self, status: str, enabled: int, warning: int, consumed: int) -> int:
        return capacity(status, enabled, warning, warning_seats=self._warning_seats) - consumed


class Group:
    """The calls of one group, carried out one by one; each whole or not at all."""

    def __init__(self, db: sqlite3.Connection, calls: Sequence[Call], rulebook: Rulebook, seats: Seats) -> None:
        self._db = db
        self._calls = calls
        self._rulebook = rulebook
        self._seats = seats
        marks = ",".join("?" * len(calls))
        # Only question marks are put into the text.
        query = f"SELECT id, n, location, holding FROM users WHERE id IN ({marks})"  # noqa: S608
        rows = db.execute(query, [call.user_id for call in calls])
        self._users: dict[str, tuple[int, str, int]] = {row[0]: row[1:] for row in rows}
        self._moved: list[tuple[int, int]] = []
        #: What happened, by the names in ``counters``.
        self.counts: Counter[str] = Counter(groups=1, calls=len(calls))
        #: User id → number of the holding before, for everybody who was changed.
        self.before: dict[str, int] = {}
        #: Calls that succeeded, whatever was answered.
        self.successes = 0

    def answers(self, fates: Sequence[Fate], order: Iterable[int]) -> list[Answer]:
        """Carry the calls out in this order; the answers stand in the order of the calls."""
        answers = [NO_ANSWER] * len(self._calls)
        for index in order:
            effect, instead, kind = fates[index]
            answer = self._carry_out(self._calls[index]) if effect else NO_ANSWER
            answers[index] = instead or answer
            if kind:
                self.counts[kind.replace("-", "_")] += 1
        return answers

    def save(self) -> None:
        """Write users, seats and counters."""
        self.counts["writes"] = len(self._moved)
        self.counts["over_full"] = self._seats.save()
        self._db.executemany("UPDATE users SET holding = ?, writes = writes + 1 WHERE n = ?", self._moved)
        self._db.executemany(
            "INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
            [item for item in self.counts.items() if item[1]],
        )

    def _carry_out(self, call: Call) -> Answer:
        user = self._users.get(call.user_id)
        if user is None:
            return self._refused(no_such_user(call.user_id))
        n, location, number = user
        settled = self._rulebook.settle(call, number, location)
        if isinstance(settled, Answer):
            return self._refused(settled)
        for sku_id in settled.gained:
            if self._seats[sku_id] <= 0:
                return self._refused(no_seat(sku_id))
        self.successes += 1
        if settled.after == number:
            self.counts["redundant"] += 1
            return APPLIED
        for sku_id in settled.gained:
            self._seats.take(sku_id)
        for sku_id in settled.freed:
            self._seats.take(sku_id, -1)
        self._moved.append((settled.after, n))
        self.before[call.user_id] = number
        if settled.gap:
            self.counts["gaps"] += 1
        return APPLIED

    def _refused(self, answer: Answer) -> Answer:
        # What is taken away already was taken away by an earlier sending: this one was one too many.
        self.counts["redundant" if answer is NOT_HELD else "refused"] += 1
        return answer
