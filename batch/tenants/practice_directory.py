"""Single users and pages of users in a practice tenant, as its HTTP face needs them."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from typing import NamedTuple

from batch.core.terms import Holding
from batch.tenants.practice_people import Holdings

_COLUMNS = "n, id, upn, name, location, holding"
_USERS = f"(SELECT {_COLUMNS} FROM users)"  # noqa: S608
#: ``shown`` is a function of the connection: the holding that a lagging read shows.
_LAGGING = "(SELECT n, id, upn, name, location, shown(id, holding) AS holding FROM users)"


class Person(NamedTuple):
    """One user as a read shows it."""

    #: The place in the order of pages.
    n: int
    user_id: str
    upn: str
    name: str
    #: Empty when there is none.
    location: str
    holding: Holding


class Condition(NamedTuple):
    """SQL over the columns id, upn, name, location and holding (a number of ``holdings``), with what its ``?`` mean."""

    sql: str = "1"
    values: tuple[str | int | None, ...] = ()


EVERYBODY = Condition()


class Directory:
    """Looks users up at one moment: ``shown`` gives some ids an older holding's number."""

    def __init__(self, db: sqlite3.Connection, holdings: Holdings, shown: Mapping[str, int]) -> None:
        self._db = db
        self._holdings = holdings
        self._shown = shown
        self._users = _USERS
        if shown:
            db.create_function("shown", 2, shown.get)
            self._users = _LAGGING

    def find(self, keys: Collection[str]) -> dict[str, Person]:
        """Users by these ids or user principal names, all in lower case; unknown ones are absent."""
        marks = ",".join("?" * len(keys))
        # Only question marks are put into the text.
        query = f"SELECT {_COLUMNS} FROM users WHERE id IN ({marks}) OR upn IN ({marks})"  # noqa: S608
        found: dict[str, Person] = {}
        for row in self._db.execute(query, [*keys, *keys]):
            person = self._person(*row)
            found[person.user_id] = found[person.upn] = person
        return found

    def page(self, condition: Condition, after: int, limit: int) -> list[Person]:
        """The next users behind place ``after`` for whom the condition holds, in the order of their places."""
        # The condition is compiled text without a value in it.
        query = f"SELECT {_COLUMNS} FROM {self._users} WHERE n > ? AND ({condition.sql}) ORDER BY n LIMIT ?"  # noqa: S608
        rows = self._db.execute(query, (after, *condition.values, limit)).fetchall()
        return [self._person(*row) for row in rows]

    def count(self, condition: Condition) -> int:
        """For how many users the condition holds."""
        query = f"SELECT count(*) FROM {self._users} WHERE {condition.sql}"  # noqa: S608
        return int(self._db.execute(query, condition.values).fetchone()[0])

    def _person(self, n: int, user_id: str, upn: str, name: str, location: str, number: int) -> Person:
        return Person(n, user_id, upn, name, location, self._holdings.of(self._shown.get(user_id, number)))


def set_location(db: sqlite3.Connection, user_id: str, location: str) -> bool:
    """Give this user this usage location, in the open transaction; whether there is such a user."""
    return db.execute("UPDATE users SET location = ? WHERE id = ?", (location, user_id)).rowcount > 0
