"""One sheet of a job, looked at by itself: whether a plan can be made of it, and of how many people it speaks.

Sheets that are dropped have nothing to do with each other. One that no plan could be made of is found here, before it
would stand in the way of the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from batch.core.errors import SheetChanged, SheetError, UsageError
from batch.core.harmless import in_shell
from batch.core.move_rules import check_sheets
from batch.core.table import Kind, Table
from batch.runs.jobfile import Job
from batch.sheets.reading import read_tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What one sheet is."""

    #: ``moves``: it says who shall move; ``users``: it says who holds what, and the job who of them shall move. Beside
    #: the first the second asks nothing (``core.requests``), so they are never part of one plan without a person.
    kind: Kind
    #: Rows about people.
    rows: int
    #: SHA-256 of the bytes that were read.
    digest: str


def judged(job: Job, path: Path) -> Judged:
    """What this sheet is for the job; ``SheetError`` for one that no plan of the job can be made of by itself."""
    try:
        tables = read_tables(path, mapping=job.mapping, encoding=job.encoding, sheet=job.sheet)
        people = [t for t in tables if t.kind in (Kind.USERS, Kind.MOVES)]
        check_sheets(job.rules, people)
    except SheetError:
        raise
    except UsageError as error:
        raise SheetError(error.what, error.todo) from error
    if not people:
        raise SheetError(
            f"{path.name} says nothing about people.", f"See what it says: reassign check {in_shell(path)}"
        )
    kind = Kind.MOVES if any(t.kind is Kind.MOVES for t in people) else Kind.USERS
    if kind is Kind.USERS and not (job.rules or (job.source and job.target)):
        what = f"{path.name} does not say who shall get what, and neither does the job."
        raise SheetError(what, "Drop a sheet of moves, or write from and to into [move] of the job.")
    return Judged(kind=kind, rows=sum(len(t.rows) for t in people), digest=people[0].digest)


def check_unchanged(tables: Sequence[Table], judged: Mapping[Path, str]) -> None:
    """``SheetChanged`` when a table was read from other bytes (SHA-256) than those that were looked at before."""
    known = {str(path): digest for path, digest in judged.items()}
    for table in tables:
        if known.get(table.file, table.digest) != table.digest:
            what = f"{table.file} was changed after it was looked at."
            raise SheetChanged(what, "Plan again once nobody writes to it any more.")
