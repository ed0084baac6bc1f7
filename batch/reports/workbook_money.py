"""The sheet Money of report.xlsx; only where a sheet of licences names prices."""

from __future__ import annotations

from decimal import Decimal

from batch.core.money_words import EXPLAINED, money_lines
from batch.core.report import Bill, DepartmentCost
from batch.reports.page_money import PRODUCT_HEADS, department_heads
from batch.reports.workbook_pen import Pen

_MONEY = "#,##0.00"
#: A price may have parts of a cent.
_PRICE = "#,##0.00####"
_CHANGE = "+#,##0.00;-#,##0.00;0.00"
_LAST = 6


def add_money(pen: Pen) -> None:
    """Write the sheet: the sentences, then departments and products of each currency."""
    money = pen.report.money
    if money is None:
        return
    started = bool(pen.report.started_at)
    pen.begin("Money", [40, 14, 16, 16, 16, 16, 18])
    pen.title("Money, by the month", _LAST)
    for sentence in money_lines(money, started=started):
        pen.spread(sentence, _LAST, pen.look(text_wrap=True), height=15.0 * (1 + len(sentence) // 135))
    for bill in money.bills:
        pen.row += 1
        unit = f", in {bill.currency}" if bill.currency else ""
        if bill.departments:
            _departments(pen, bill, unit, started=started)
            pen.row += 1
        _products(pen, bill, unit)
    pen.row += 1
    if money.left_out:
        pen.spread("Left out, since no sheet names a usable price", _LAST, pen.look(bold=True, font_size=13))
    for name, why in money.left_out:
        pen.put(0, name, pen.listed(indent=1))
        pen.sheet.merge_range(pen.row, 1, pen.row, _LAST, "", pen.listed(indent=1))
        pen.put(1, why, pen.listed(indent=1))
        pen.row += 1
    pen.row += 1
    pen.spread(EXPLAINED, _LAST, pen.look(italic=True, text_wrap=True, valign="top"), height=32)


def _departments(pen: Pen, bill: Bill, unit: str, *, started: bool) -> None:
    pen.spread(f"The people of the plan by department{unit}", _LAST, pen.look(bold=True, font_size=13))
    pen.heads(department_heads(started=started), right=lambda column: column > 0)
    everybody = DepartmentCost("Everybody in the plan", bill.people, bill.cost)
    for department in (*bill.departments, everybody):
        cost, bold = department.cost, department is everybody
        before, planned, change = map(_cell, (cost.before, cost.planned, cost.planned - cost.before))
        now = [_cell(cost.now)] if started else []
        number, money, signed = (pen.listed(num_format=form, bold=bold) for form in ("#,##0", _MONEY, _CHANGE))
        looks = [pen.listed(indent=1, bold=bold), number, money, money, signed, money]
        pen.fitted([department.name, department.people, before, planned, change, *now], looks)


def _products(pen: Pen, bill: Bill, unit: str) -> None:
    pen.spread(f"Seats that were bought, and those that the plan frees{unit}", _LAST, pen.look(bold=True, font_size=13))
    pen.heads(PRODUCT_HEADS, right=lambda column: column > 0)
    number, price, money = (pen.listed(num_format=form) for form in ("#,##0", _PRICE, _MONEY))
    for p in bill.products:
        looks = [pen.listed(indent=1), price, number, money, number, money]
        idle, rest = _cell(p.idle), _cell(p.bill - p.idle)
        pen.fitted([p.name, _cell(p.price), p.seats, _cell(p.bill), p.freed, idle, rest], looks)
    bold = pen.listed(num_format=_MONEY, bold=True)
    total, idle, rest = map(_cell, (bill.total, bill.total - bill.given_back, bill.given_back))
    pen.fitted(["All of them", "", "", total, "", idle, rest], [pen.listed(indent=1, bold=True), bold])


def _cell(amount: Decimal) -> float:
    """What a workbook holds is a binary fraction; nothing is reckoned with it here."""
    return float(amount)
