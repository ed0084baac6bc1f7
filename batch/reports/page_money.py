"""The page's section about money: sentences and, for each currency, tables of departments and products."""

from __future__ import annotations

from dataclasses import dataclass

from batch.core.money_words import EXPLAINED, apart, exact, money_lines, to_the_cent
from batch.core.report import Bill, DepartmentCost, Report

#: Departments on the page; all of them stand in report.xlsx.
MOST_DEPARTMENTS = 25
#: Column headings, the same in the workbook.
PRODUCT_HEADS = ("Product", "Price of a seat", "Seats", "Bill now", "Freed", "Cost if kept", "Bill if given back")


@dataclass(frozen=True, slots=True, kw_only=True)
class BillTables:
    """One currency as captions, headings and cells."""

    departments: list[tuple[str, ...]]
    department_caption: str
    department_heads: list[str]
    products: list[tuple[str, ...]]
    product_caption: str
    product_heads: tuple[str, ...] = PRODUCT_HEADS


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyParts:
    """What the section shows."""

    sentences: list[str]
    bills: list[BillTables]
    explained: str = EXPLAINED


def money_parts(report: Report) -> MoneyParts | None:
    """The section of this report; None where nothing is known about prices."""
    if report.money is None:
        return None
    started = bool(report.started_at)
    return MoneyParts(
        sentences=list(money_lines(report.money, started=started)),
        bills=[_tables(bill, started=started) for bill in report.money.bills],
    )


def department_heads(*, started: bool) -> list[str]:
    """Column headings of the table of departments."""
    return ["Department", "People", "Before", "As planned", "Difference", *(["As it stands"] if started else [])]


def _tables(bill: Bill, *, started: bool) -> BillTables:
    shown = bill.departments[:MOST_DEPARTMENTS]
    everybody = DepartmentCost("Everybody in the plan", bill.people, bill.cost)
    more = "" if len(shown) == len(bill.departments) else f"; the first {len(shown)}, all of them in report.xlsx"
    unit = f"{bill.currency} a month" if bill.currency else "A month"
    total, idle, rest = map(to_the_cent, (bill.total, bill.total - bill.given_back, bill.given_back))
    return BillTables(
        departments=[_department(d, started=started) for d in (*shown, everybody)] if shown else [],
        department_caption=f"{unit}: the people of the plan by department{more}",
        department_heads=department_heads(started=started),
        products=[
            *(
                (
                    p.name,
                    exact(p.price),
                    f"{p.seats:,}",
                    to_the_cent(p.bill),
                    f"{p.freed:,}",
                    to_the_cent(p.idle),
                    to_the_cent(p.bill - p.idle),
                )
                for p in bill.products
            ),
            ("All of them", "", "", total, "", idle, rest),
        ],
        product_caption=f"{unit}: seats that were bought, and those that the plan frees",
    )


def _department(department: DepartmentCost, *, started: bool) -> tuple[str, ...]:
    cost = department.cost
    cells = (to_the_cent(cost.before), to_the_cent(cost.planned), apart(cost.planned - cost.before))
    now = (to_the_cent(cost.now),) if started else ()
    return (department.name, f"{department.people:,}", *cells, *now)
