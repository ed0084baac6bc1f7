"""The rows of sheets as columns: who stands in them, and which cannot be used at all."""

from __future__ import annotations

from collections.abc import Mapping

from batch.core.priority import LAST, ranks
from batch.core.table import Field, Table
from batch.core.terms import Place, Problem
from batch.core.users import read_users, sentence
from batch.core.wishes import Wishes

_ONLY_AN_ID = "The row has only an object id; write the user's sign-in name beside it."


def names_a_row(problem: Problem, table: Table) -> bool:
    """True for problems of a single row; those of the heading row or above are problems of the file."""
    return problem.place.row > table.format.header_row


def users_of(table: Table) -> tuple[list[str], dict[int, Problem]]:
    """The canonical user name in each row, and by index the problems of rows that name no user."""
    blank = [""] * len(table.rows)
    users, faults = read_users(table.cells.get(Field.USER, blank))
    ids = table.cells.get(Field.OBJECT_ID, blank)
    problems = {}
    for i, code in faults.items():
        only_id = code == "empty_upn" and ids[i].strip()
        problems[i] = Problem(
            place=table.place(i, Field.USER),
            code="not_a_user" if only_id else code,
            text=_ONLY_AN_ID if only_id else sentence(code, users[i]),
        )
    return users, problems


class Rows:
    """The columns of Requests while they are being gathered."""

    def __init__(self, tables: tuple[Table, ...]) -> None:
        self.tables = tables
        self.table: list[int] = []
        self.row: list[int] = []
        self.user: list[str] = []
        #: Index into the meanings of ``Wishes``; below zero for a row with a problem of its own.
        self.said: list[int] = []
        #: What the row's own cell says of its priority (``priority.LAST``: nothing).
        self.priority: list[int] = []
        #: The problems of rows, by index.
        self.problems: dict[int, Problem] = {}
        #: Problems of files as a whole, with the number of their table.
        self.files: list[tuple[int, Problem]] = []

    def read(self, number: int, wishes: Wishes) -> None:
        """Add the rows of one table, and those that could not be read as rows, in the order of the sheet."""
        table = self.tables[number]
        self.files += [(number, p) for p in table.problems if not names_a_row(p, table)]
        users, odd = users_of(table)
        said = wishes.of(table, users)
        priority = ranks(table) or [LAST] * len(users)
        numbers = table.rows
        named = {p.place.row: p for p in reversed(table.problems) if names_a_row(p, table)}
        if named:
            odd |= {i: named[r] for i, r in enumerate(numbers) if r in named and wishes.hinders(named[r], table)}
            left_out = sorted(named.keys() - set(numbers))
            odd |= {len(numbers) + k: named[r] for k, r in enumerate(left_out)}
            numbers = [*numbers, *left_out]
            order = sorted(range(len(numbers)), key=numbers.__getitem__)
            users = [(users[i] if i < len(users) else "") for i in order]
            said = [(said[i] if i < len(said) else -1) for i in order]
            priority = [(priority[i] if i < len(priority) else LAST) for i in order]
            numbers = [numbers[i] for i in order]
            odd = {at: odd[i] for at, i in enumerate(order) if i in odd}
        for i in odd:
            said[i] = -1
        self.problems |= {len(self.row) + i: found for i, found in odd.items()}
        self.table += [number] * len(numbers)
        self.row += numbers
        self.user += users
        self.said += said
        self.priority += priority

    def place(self, index: int, meaning: Field | None) -> Place:
        """Where the cell with this meaning stands, for a row by its index."""
        table = self.tables[self.table[index]]
        column = table.mapping.get(meaning, "") if meaning else ""
        return Place(file=table.file, sheet=table.sheet, row=self.row[index], column=column)

    def in_order(self, problems: Mapping[int, Problem]) -> tuple[Problem, ...]:
        """All problems in the order of the input, those of a file as a whole before those of its rows."""
        of_files = [((number, -1), problem) for number, problem in self.files]
        of_rows = [((self.table[i], i), problem) for i, problem in problems.items()]
        return tuple(problem for _, problem in sorted([*of_files, *of_rows], key=lambda found: found[0]))
