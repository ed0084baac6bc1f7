"""Rows become requests: what each row asks, or why it asks nothing that can be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from batch.core.asks import Ask, No, in_words
from batch.core.catalog import Catalog
from batch.core.move_rules import MoveRule
from batch.core.outcomes import Bucket
from batch.core.priority import LAST, by_person, ranks
from batch.core.repeats import Settled, settle
from batch.core.rows import Rows, names_a_row, users_of
from batch.core.table import Field, Kind, Table
from batch.core.terms import Problem
from batch.core.wishes import Wishes

__all__ = ["Ask", "Requests", "make_requests"]


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
    #: Who goes first, 1 before 2; the same for everybody without a number, and for all rows of one person. Empty where
    #: no sheet has such a column.
    priority: list[int] = field(default_factory=list)


def make_requests(
    tables: Sequence[Table], catalog: Catalog, *, source: str = "", target: str = "", rules: Sequence[MoveRule] = ()
) -> Requests:
    """What every row of the tables that ask says; ``source`` and ``target`` are SKU ids, or empty.

    Where a table says who shall move, such tables ask, and ``source`` and ``target`` fill what a row leaves open.
    Otherwise the users ask: those who hold ``source``, or everybody in a sheet that does not say who holds what; with
    ``rules`` (``move_rules.resolved``, for tables that ``move_rules.check_sheets`` lets pass) those whom one fits.
    Other tables are knowledge: what template users hold. Their rows are no requests.
    """
    kinds = {table.kind for table in tables}
    asking = Kind.MOVES if Kind.MOVES in kinds else Kind.USERS
    wishes = Wishes(tables, catalog, source, target, rules)
    rows = Rows(tuple(tables))
    for number, table in enumerate(tables):
        if table.kind is asking:
            rows.read(number, wishes)
        else:
            rows.files += [(number, p) for p in table.problems if not names_a_row(p, table)]
    return _settled(rows, wishes.meanings, catalog)


def _settled(rows: Rows, meanings: Sequence[Ask | No], catalog: Catalog) -> Requests:
    """The rows with one state each. A row with a problem of its own has ``said`` -1, the last of every list here."""
    asks = [m for m in meanings if isinstance(m, Ask)]
    numbers = {ask: number for number, ask in enumerate(asks)}
    ask_of = [numbers[m] if isinstance(m, Ask) else -1 for m in meanings] + [-1]
    bucket_of = [Bucket.PLANNED if isinstance(m, Ask) else m.bucket for m in meanings] + [Bucket.PROBLEM]
    code_of = ["" if isinstance(m, Ask) else m.code for m in meanings] + [""]
    ask = [ask_of[s] for s in rows.said]
    bucket = [bucket_of[s] for s in rows.said]
    code = [code_of[s] for s in rows.said]
    problems = rows.problems | _problems_of_cells(rows, meanings)

    settled = settle(rows.user, ask, asks)
    problems |= _problems_of_repeats(rows, settled, {i: asks[ask[i]] for i in settled.against}, catalog)
    for i in (*settled.again, *settled.against):
        ask[i] = -1
        bucket[i] = Bucket.REPEAT if i in settled.again else Bucket.PROBLEM
    for both, sharing in settled.joined:
        asks.append(both)
        for i in sharing:
            ask[i] = len(asks) - 1
    for i, problem in problems.items():
        code[i] = problem.code
    canonical, ask = _in_one_order(asks, ask)
    return Requests(
        tables=rows.tables,
        table=rows.table,
        row=rows.row,
        user=rows.user,
        ask=ask,
        asks=canonical,
        bucket=bucket,
        code=code,
        problems=rows.in_order(problems),
        joined=settled.count,
        priority=_priorities(rows),
    )


def _priorities(rows: Rows) -> list[int]:
    """The rank of each row by whatever any sheet of people says about its person; the most urgent counts (law 4)."""
    if not any(Field.PRIORITY in table.cells for table in rows.tables):
        return []
    asking = set(rows.table)
    elsewhere: dict[str, int] = {}
    for number, table in enumerate(rows.tables):
        if number not in asking and (said := ranks(table)):
            for user, urgency in zip(users_of(table)[0], said, strict=True):
                elsewhere[user] = min(urgency, elsewhere.get(user, LAST))
    return by_person(rows.user, rows.priority, elsewhere)


def _problems_of_cells(rows: Rows, meanings: Sequence[Ask | No]) -> dict[int, Problem]:
    """The problems of rows whose products cannot be used as they stand."""
    wrong = {n: m for n, m in enumerate(meanings) if isinstance(m, No) and m.bucket is Bucket.PROBLEM}
    if not wrong:
        return {}
    found = [(i, wrong[s]) for i, s in enumerate(rows.said) if s in wrong]
    return {i: Problem(place=rows.place(i, no.field), code=no.code, text=no.text) for i, no in found}


def _problems_of_repeats(rows: Rows, settled: Settled, asks: Mapping[int, Ask], catalog: Catalog) -> dict[int, Problem]:
    """A sentence for each row that says again, or contradicts, what another row says for the same person."""
    problems = {}
    for i, other in settled.again.items():
        text = f"For {rows.user[i]} {_there(rows, i, other)} asks the same already; this row adds nothing."
        problems[i] = Problem(place=rows.place(i, Field.USER), code="duplicate", text=text)
    for i, other in settled.against.items():
        here, there = in_words(asks[i], catalog), in_words(asks[other], catalog)
        text = (
            f"For {rows.user[i]} this row asks to {here}, but {_there(rows, i, other)} asks to {there}. "
            "Neither is done; delete the wrong one."
        )
        problems[i] = Problem(place=rows.place(i, Field.USER), code="duplicate_conflict", text=text)
    return problems


def _there(rows: Rows, index: int, other: int) -> str:
    """How to name another row, from the row at ``index``: with its file where that is another one."""
    here, there = rows.place(index, None), rows.place(other, None)
    return f"row {there.row}" if (here.file, here.sheet) == (there.file, there.sheet) else str(there)


def _rank(ask: Ask) -> tuple[object, ...]:
    return ask.remove, ask.add, ask.disabled or (), ask.disabled is None, ask.way, ask.to_group


def _in_one_order(asks: Sequence[Ask], ask: list[int]) -> tuple[tuple[Ask, ...], list[int]]:
    """Only the asks in use, in an order that does not depend on the order of the rows (law 4)."""
    used = sorted({*ask} - {-1}, key=lambda a: _rank(asks[a]))
    distinct = list(dict.fromkeys(asks[a] for a in used))
    position = {kept: number for number, kept in enumerate(distinct)}
    number_of = [position.get(a, -1) for a in asks] + [-1]
    return tuple(distinct), [number_of[a] for a in ask]
