"""A practice tenant as those outside the service see it: its file, looked at, counted and changed by hand."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from batch.core.errors import TenantUnavailable, UsageError
from batch.core.terms import Holding, Sku
from batch.tenants.practice_directory import set_location
from batch.tenants.practice_estate import read_estate
from batch.tenants.practice_group import Rulebook, Seats
from batch.tenants.practice_people import Holdings
from batch.tenants.practice_store import read_settings, read_skus

#: What is always among the counters; faults that happened add their own names (``error_503`` …).
COUNTERS = (
    "groups",
    "calls",
    "writes",  # calls that changed what a user holds
    "redundant",  # calls that found everything as they wanted it
    "refused",
    "gaps",  # users left with nothing after holding something
    "over_full",  # SKUs filled beyond what can be given out: a fault of ours
    "throttled",
    "forbidden",
    "missing",
    "lost_before",
    "lost_after",
    "thefts",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeSummary:
    """What a practice tenant holds, for people."""

    path: Path
    people: int
    #: People who hold at least one SKU in any way.
    licensed: int
    #: Ordered by SKU id.
    skus: tuple[Sku, ...]


class PracticeFile:
    """The truth in the file: no faults, no lag, no rules."""

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        self.name = f"practice:{path}"
        self._path = path
        self._db = db
        self._holdings = Holdings(db)
        self._estate = read_estate(db)
        conflicts, self._warning_seats = read_settings(db)
        self._rulebook = Rulebook(read_skus(db), conflicts, self._holdings)

    @property
    def tenant_id(self) -> str:
        """The organisation's own id; empty in a file made before it had one."""
        return self._estate.organisation.tenant_id

    def describe(self) -> PracticeSummary:
        """People and seats as they really are."""
        with self._reachable():
            people, licensed = self._db.execute("SELECT count(*), count(nullif(holding, 0)) FROM users").fetchone()
            skus = tuple(read_skus(self._db).values())
        return PracticeSummary(path=self._path, people=people, licensed=licensed, skus=skus)

    def counters(self) -> dict[str, int]:
        """What happened to this file since it was made, over all processes, dead ones included."""
        return dict.fromkeys(COUNTERS, 0) | dict(self._db.execute("SELECT name, value FROM counters").fetchall())

    def writes_of(self, user_id: str) -> int:
        """How many calls changed what this user holds; 0 for an unknown user."""
        row = self._db.execute("SELECT writes FROM users WHERE id = ?", (user_id,)).fetchone()
        return int(row[0]) if row else 0

    def set_seats(self, sku_id: str, enabled: int) -> None:
        """Seats are bought or given back."""
        with self._reachable(), self._writing():
            done = self._db.execute("UPDATE skus SET enabled = ? WHERE sku_id = ?", (enabled, sku_id)).rowcount
        if not done:
            raise UsageError(f"{self.name} has no SKU {sku_id}.", "See `reassign tenant show`.")

    def touch(self, user_id: str, holding: Holding) -> None:
        """Somebody else gives this user this holding, whatever the rules; seats follow."""
        with self._reachable(), self._writing():
            unknown = sorted(holding.sku_ids - read_skus(self._db).keys())
            if unknown:
                raise UsageError(f"{self.name} has no SKU {unknown[0]}.", "See `reassign tenant show`.")
            seats = self._leave(user_id)
            number = self._holdings.number(holding)
            for sku_id in holding.sku_ids:
                seats.take(sku_id)
            seats.save()
            self._db.execute("UPDATE users SET holding = ? WHERE id = ?", (number, user_id))

    def set_location(self, user_id: str, location: str) -> bool:
        """Give this user this usage location, which every read shows at once; whether there is such a user."""
        with self._reachable(), self._writing():
            return set_location(self._db, user_id, location)

    def delete_user(self, user_id: str) -> None:
        """Somebody else deletes this user; the seats come free."""
        with self._reachable(), self._writing():
            self._leave(user_id).save()
            self._db.execute("DELETE FROM users WHERE id = ?", (user_id,))

    def _leave(self, user_id: str) -> Seats:
        row = self._db.execute("SELECT holding FROM users WHERE id = ?", (user_id,)).fetchone()
        if row is None:
            raise UsageError(f"{self.name} has no user {user_id}.", "See `reassign tenant show`.")
        seats = Seats(self._db, warning_seats=self._warning_seats)
        for sku_id in self._holdings.of(row[0]).sku_ids:
            seats.take(sku_id, -1)
        return seats

    @contextlib.contextmanager
    def _reachable(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            todo = "Wait until nobody else writes to it, then try again."
            raise TenantUnavailable(f"{self.name} could not be used: {error}.", todo) from error

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction; undone, with what was remembered of it, when anything goes wrong."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            self._rulebook.forget()
            raise
