"""Everything that a run folder knows and a report is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from batch.core.changes import ChangeKind
from batch.core.ledger import Ledger
from batch.core.money import Priced
from batch.core.plan import Changes
from batch.core.report import Difference, SourceFile
from batch.core.requests import Ask
from batch.core.rules import Rules
from batch.core.terms import Problem, Sku

#: One stored row: source, row number, user, name, ask, bucket, reason word, change.
StoredRow = tuple[int, int, str, str, int, str, str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything a run folder knows."""

    run: str
    plan_id: str
    version: str
    tenant: str
    title: str
    planned_at: float
    skus: tuple[Sku, ...]
    changes: Changes
    asks: tuple[Ask, ...]
    sources: tuple[SourceFile, ...]
    problems: tuple[Problem, ...]
    ledger: Ledger
    #: Words of the guards that held the plan back; empty when it may be (or was) carried out.
    held_back: tuple[str, ...]
    #: Labels of SKUs for people.
    names: Mapping[str, str]
    #: A fresh iterator over the rows in the order of the input.
    rows: Callable[[], Iterable[StoredRow]]
    #: The same rows, and of each only user, bucket, reason word and change.
    standing: Callable[[], Iterable[tuple[str, str, str, int]]]
    #: How many rows without a change there are, by bucket and reason word; the changes of all other rows.
    idle: Mapping[tuple[str, str], int]
    moving: Sequence[int]
    #: The fresh read, if there was one: when, of what, consumed units by SKU, what differs.
    read_at: float = 0.0
    read_from: str = ""
    after: Mapping[str, int] | None = None
    differences: tuple[Difference, ...] = ()
    difference_count: int = 0
    #: How the rehearsal of the plan went, in sentences.
    rehearsal: tuple[str, ...] = ()
    #: What things cost, and who belongs to which department.
    priced: Priced = field(default_factory=Priced)
    #: Changes that something blocks, with their number of rows; the rules under which they were decided.
    would: tuple[tuple[ChangeKind, int], ...] = ()
    rules: Rules = field(default_factory=Rules)
    #: Whether a second person approved the plan; empty where nobody has to.
    approval: str = ""
    #: How many people go first, in a wave of their own; 0 for everybody at once.
    pilot: int = 0
