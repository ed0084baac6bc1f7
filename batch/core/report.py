"""What a report says, as values. Made from the run folder alone, so it can be made again byte for byte (law 10)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from batch.core.effects_words import KindEffects
from batch.core.outcomes import RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuLine:
    """The seat ledger of one SKU (law 3): before + assigned - removed = expected; ``after`` is what was read."""

    sku_id: str
    part_number: str
    name: str
    #: Enabled units when planned.
    seats: int
    #: Consumed units before, and as they should be now.
    before: int
    assigned: int
    removed: int
    expected: int
    #: Consumed units as read afterwards; None while nothing was read.
    after: int | None
    #: Consumed units once every planned row is done.
    planned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something the fresh read shows that the ledger does not expect."""

    #: ``seats``, ``missing`` (asked and answered, not there), ``unexpected``, ``gone`` …
    code: str
    #: The user or SKU it is about, for people.
    about: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Rows that need attention for one reason, with what to do about it."""

    #: Bucket or outcome word.
    where: str
    code: str
    count: int
    #: A plain sentence about the reason.
    meaning: str
    #: What the admin should do next.
    todo: str
    #: The first few people concerned.
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One sheet that went in, and what was assumed when reading it."""

    file: str
    sheet: str
    kind: str
    digest: str
    rows: int
    #: "Windows-1252, semicolon, header row 3" and the like.
    read_as: str
    assumed: tuple[str, ...]


class Monthly(NamedTuple):
    """What something costs in a month: before the plan, once all of it is done, and as it stands by what was done."""

    before: Decimal
    planned: Decimal
    now: Decimal


class DepartmentCost(NamedTuple):
    """The people of one department who are in the plan, and the prices of the licences they hold."""

    name: str
    people: int
    cost: Monthly


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductCost:
    """The bill of one product for one month; a seat costs its price, whoever holds it."""

    sku_id: str
    name: str
    #: Of one seat, and of all seats that were bought.
    price: Decimal
    seats: int
    bill: Decimal
    #: Seats that the whole plan, and what was done of it so far, leave unused and that were in use before.
    freed: int
    freed_now: int
    #: What the freed seats of the whole plan cost until they are given back.
    idle: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """All that is priced in one currency: an ISO code, a sign, or empty where the sheet names none."""

    currency: str
    #: People in the plan, and what they cost.
    people: int
    cost: Monthly
    #: The dearest first; empty where no sheet says departments.
    departments: tuple[DepartmentCost, ...]
    products: tuple[ProductCost, ...]
    #: The organisation's bill: every seat of these products, and without the seats that the plan frees.
    total: Decimal
    given_back: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What the plan means in money. Two currencies are two bills, never one sum."""

    bills: tuple[Bill, ...]
    #: Products without a usable price, and why where a sheet names one.
    left_out: tuple[tuple[str, str], ...]
    #: The currency taken for prices that name none; empty where none had to be.
    assumed: str = ""


class ResultRow(NamedTuple):
    """One line of the input and what became of it: a line of results.csv."""

    file: str
    sheet: str
    row: int
    user: str
    display_name: str
    #: Product names joined with " + ".
    remove: str
    add: str
    #: Names of service plans that were off and stay off in the new licence; those that are new: ``Report.services``.
    kept_off: str
    #: A ``Bucket`` word, or for planned rows an ``Outcome`` word.
    outcome: str
    #: A machine's word for the reason; empty for applied.
    code: str
    #: A person's sentence: why, and what to do.
    reason: str
    #: The group of up to 20 in which it was (last) sent; 0 = never.
    group: int
    tries: int
    #: UTC seconds of the last entry about it; 0 = none.
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything the workbook, the page and the tables say."""

    run: str
    plan_id: str
    version: str
    tenant: str
    #: "Office 365 E4 → Office 365 E3" or "as asked row by row".
    title: str
    #: UTC seconds; ``ended`` and ``read_at`` (the fresh read) are 0 while it has not happened.
    planned_at: float
    started_at: float
    ended_at: float
    read_at: float
    #: What the fresh read was: the tenant, or the name of a spreadsheet.
    read_from: str
    status: RunStatus
    exit_code: int
    #: Every bucket of laws 1 and 2 plus ``rows``, in that order.
    counts: dict[str, int]
    skus: tuple[SkuLine, ...]
    reconciled: bool
    differences: tuple[Difference, ...]
    #: How many differences there are in all (``differences`` holds the first thousand).
    difference_count: int
    attention: tuple[Reason, ...]
    sources: tuple[SourceFile, ...]
    #: Identity checks (laws 1 to 3): a sentence each and whether it closes.
    checks: tuple[tuple[str, bool], ...]
    #: Applied changes a minute of the run, from its start: for the chart. May be empty.
    pace: tuple[int, ...]
    #: A fresh iterator over every row, in the order of the input.
    rows: Callable[[], Iterator[ResultRow]]
    #: People (not rows) whose change took effect, and people with a change; below zero when not known.
    moved: int = -1
    movers: int = -1
    #: What people gain, keep and lose, for the kinds of change with the most people.
    services: tuple[KindEffects, ...] = ()
    #: The waves in which the changes go, and what was seen after each; empty without a pilot.
    waves: tuple[str, ...] = ()
    #: What is in other hands, and how far it is there; empty when nothing was handed over.
    handed: tuple[str, ...] = ()
    #: Whether a second person approved it; empty where nobody has to.
    approval: str = ""
    #: How the rehearsal of the plan went, in sentences; empty where there is nothing to say.
    rehearsal: tuple[str, ...] = ()
    #: None where no sheet says what a licence costs.
    money: Money | None = None
