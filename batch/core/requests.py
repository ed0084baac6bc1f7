"""Rows become requests: what each row asks, or why it asks nothing that can be done."""

from __future__ import annotations

from dataclasses import dataclass

from batch.core.outcomes import Bucket
from batch.core.table import Table
from batch.core.terms import Problem


@dataclass(frozen=True, slots=True)
class Ask:
    """What rows ask for one user: the same value for every row that asks the same."""

    remove: tuple[str, ...]
    add: tuple[str, ...]
    #: Service plan ids that shall be off in the added SKUs, when the sheet names them; None = carry over what is off.
    disabled: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """Every row of every table, as columns of equal length, in the order of the input.

    A row is in exactly one state: it asks (``ask[i] >= 0``, bucket PLANNED until the plan says otherwise), or it is a
    PROBLEM, a REPEAT or UNCHANGED with a code.
    """

    tables: tuple[Table, ...]
    #: Which table each row came from, and its row number there.
    table: list[int]
    row: list[int]
    #: Lower-case, trimmed user principal name (empty where there is none).
    user: list[str]
    #: Index into ``asks``; -1 when the row asks nothing.
    ask: list[int]
    asks: tuple[Ask, ...]
    bucket: list[Bucket]
    #: Reason word for rows that ask nothing; empty otherwise.
    code: list[str]
    #: One value for every PROBLEM and REPEAT row, with its sentence, in the order of the input.
    problems: tuple[Problem, ...]
    #: How often two rows of one person asked different things that go together and were joined in one change.
    joined: int = 0
