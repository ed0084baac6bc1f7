"""One group of calls on a practice tenant, inside one open transaction."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from batch.core.exclusions import Conflicts
from batch.core.terms import NO_ANSWER, Add, Answer, Call, Holding, Sku, Way
from batch.tenants.fates import Fate
from batch.tenants.practice_directory import set_location
from batch.tenants.practice_people import Holdings
from batch.tenants.practice_rules import APPLIED, NOT_HELD, capacity, no_seat, no_such_user, rule
from batch.tenants.practice_ways import Ways

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
        self.skus = skus
        self.conflicts = conflicts
        self.holdings = holdings
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
        before = self.holdings.of(number)
        ruling = rule(call, before, location, self.skus, self.conflicts)
        if isinstance(ruling, Answer):
            return ruling
        gap = bool(before.assignments) and not ruling.holding.assignments
        return Settled(self.holdings.number(ruling.holding), ruling.gained, ruling.freed, gap)

    def forget(self) -> None:
        """Drop what is kept in memory: a transaction was undone, and its numbers with it."""
        self._kept.clear()
        self.holdings.forget()


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
        self._write()
        self.counts["over_full"] = self._seats.save()
        self._db.executemany(
            "INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
            [item for item in self.counts.items() if item[1]],
        )

    def _carry_out(self, call: Call) -> Answer:
        if call.way is Way.GROUP:
            return self._on_group(call)
        user = self._users.get(call.user_id)
        if user is None:
            return self._refused(no_such_user(call.user_id))
        n, location, number = user
        if call.way is Way.MEMBERSHIP:
            return self._between_groups(call, number)
        settled = self._rulebook.settle(call, number, call.location or location)
        if isinstance(settled, Answer):
            return self._refused(settled)
        for sku_id in settled.gained:
            if self._seats[sku_id] <= 0:
                return self._refused(no_seat(sku_id))
        self.successes += 1
        if call.location:
            set_location(self._db, call.user_id, call.location)
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

    def _ways(self) -> Ways:
        book = self._rulebook
        return Ways(self._db, book.holdings, book.skus, book.conflicts, self._seats.__getitem__)

    def _between_groups(self, call: Call, number: int) -> Answer:
        after, answer = self._ways().moved(call, self._rulebook.holdings.of(number))
        changed = self._become(call.user_id, after)
        if answer is not APPLIED:
            return self._refused(answer)
        self.successes += 1
        self.counts["redundant"] += not changed
        return APPLIED

    def _on_group(self, call: Call) -> Answer:
        self._write()
        ways = self._ways()
        group = ways.regrouped(call)
        if isinstance(group, Answer):
            return self._refused(group)
        for user_id in ways.members(group.group_id):
            if user_id not in self._users:
                row = self._db.execute("SELECT n, location, holding FROM users WHERE id = ?", (user_id,)).fetchone()
                self._users[user_id] = row
            after, _ = ways.given(self._rulebook.holdings.of(self._users[user_id][2]), group)
            self._become(user_id, after)
        self.successes += 1
        return APPLIED

    def _become(self, user_id: str, after: Holding) -> bool:
        """The user holds this from now on, and seats follow; whether that is anything new."""
        holdings = self._rulebook.holdings
        n, location, number = self._users[user_id]
        before, new = holdings.of(number), holdings.number(after)
        if new == number:
            return False
        for sku_id in after.sku_ids - before.sku_ids:
            self._seats.take(sku_id)
        for sku_id in before.sku_ids - after.sku_ids:
            self._seats.take(sku_id, -1)
        self._moved.append((new, n))
        self.before.setdefault(user_id, number)
        self._users[user_id] = (n, location, new)
        self.counts["gaps"] += bool(before.sku_ids) and not after.sku_ids
        return True

    def _write(self) -> None:
        """Write the users changed so far."""
        self.counts["writes"] += len(self._moved)
        self._db.executemany("UPDATE users SET holding = ?, writes = writes + 1 WHERE n = ?", self._moved)
        self._moved.clear()

    def _refused(self, answer: Answer) -> Answer:
        # What is taken away already was taken away by an earlier sending: this one was one too many.
        self.counts["redundant" if answer is NOT_HELD else "refused"] += 1
        return answer
