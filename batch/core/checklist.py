"""A check list as values: each line says what was found, how it is known, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """What one line of a check list comes to. What is not known is never taken for passed."""

    PASS = "pass"  # noqa: S105
    WARN = "warn"
    UNKNOWN = "unknown"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a check list."""

    #: The rule's own short name, which stays the same over versions: ``U7``, ``C10``, ``seats``.
    rule: str
    #: What is asked, as a short sentence for people.
    asks: str
    mark: Mark
    #: What was found, with its numbers.
    found: str
    #: Where that comes from: the tenant, a file, a person's answer; empty when nothing was there to look at.
    source: str = ""
    #: What to do next; empty when there is nothing to do.
    todo: str = ""
    #: When it is worth looking again, UTC seconds since 1970; 0: no time is known, or it makes no difference.
    again_at: float = 0.0


def worst(lines: Iterable[Line]) -> Mark:
    """The mark of a whole list: fail before unknown before warn before pass; an empty list is unknown."""
    order = list(Mark)
    return max((line.mark for line in lines), key=order.index, default=Mark.UNKNOWN)
