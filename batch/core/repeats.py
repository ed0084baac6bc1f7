"""Rows of one person: said again, things that go together, or a contradiction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from batch.core.asks import Ask, join


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What is to be changed where several rows ask for one person, by the position of the row."""

    #: Asks of several rows that were joined to one, and the rows that share it.
    joined: list[tuple[Ask, list[int]]] = field(default_factory=list)
    #: Later row → the earlier row that says the same.
    again: dict[int, int] = field(default_factory=dict)
    #: Row → the first row that says something that contradicts it.
    against: dict[int, int] = field(default_factory=dict)
    #: How many different asks were joined to others.
    count: int = 0


def settle(users: Sequence[str], ask: Sequence[int], asks: Sequence[Ask]) -> Settled:
    """Look at every person who asks in more than one row.

    ``users`` and ``ask`` are columns of rows, ``ask`` indexes ``asks`` and is below zero where a row asks nothing.
    Which asks result does not depend on the order of the rows; only which row counts as the repeat does.
    """
    joined: list[tuple[Ask, list[int]]] = []
    again: dict[int, int] = {}
    against: dict[int, int] = {}
    count = 0
    for rows in several(users, ask).values():
        first: dict[int, int] = {}
        for row in rows:
            if (said := first.setdefault(ask[row], row)) != row:
                again[row] = said
        if len(first) == 1:
            continue
        both = join([asks[a] for a in first])
        if both is None:
            for row in rows:
                again.pop(row, None)
                against[row] = next(other for a, other in first.items() if a != ask[row])
        else:
            joined.append((both, list(first.values())))
            count += len(first) - 1
    return Settled(joined=joined, again=again, against=against, count=count)


def several(users: Sequence[str], ask: Sequence[int]) -> dict[str, list[int]]:
    """The rows of every person who asks more than once; most people ask once, so the common case is quick."""
    asking = [user for user, a in zip(users, ask, strict=True) if a >= 0]
    seen: set[str] = set(asking)
    if len(seen) == len(asking):
        return {}
    several: dict[str, list[int]] = {}
    for user in asking:
        if user in seen:
            seen.discard(user)
        else:
            several[user] = []
    for row, user in enumerate(users):
        if ask[row] >= 0 and user in several:
            several[user].append(row)
    return several
