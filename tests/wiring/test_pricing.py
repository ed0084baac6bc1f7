"""From sheets with prices to a report with money, and again from the folder alone."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from batch.core.errors import JournalDamaged
from batch.runs.folder import RunFolder
from batch.wiring.planning import plan_run
from batch.wiring.reporting import report_of, write_reports

PRICES = (
    "Product Title;Total Licenses;Assigned licenses;Prijs per maand;Valuta\n"
    "Office 365 E4;50;0;38,00;EUR\nOffice 365 E3;50;0;€ 23,10;\nOffice 365 E5;50;0;gratis;\n"
)
USERS = "User principal name,Department,Usage location,Licenses,Priority\n"


@pytest.fixture
def run(job):
    """The folder of a plan of three people, two of whom have a department."""
    job = job()
    people = (("p0", "IT", ""), ("p1", "", "1"), ("p2", "Sales", "2"))
    lines = [f"{name}@c.example,{where},NL,Office 365 E4,{prio}\n" for name, where, prio in people]
    Path("users.csv").write_text(USERS + "".join(lines), "utf-8")
    Path("licenses.csv").write_text(PRICES, "utf-8")
    return plan_run(job)


def money_of(path):
    with RunFolder.open(path) as folder:
        return report_of(folder).money


def edit(path, statement, *values):
    with contextlib.closing(sqlite3.connect(path / "run.db", isolation_level=None)) as db:
        db.execute(statement, values)


def test_money_is_kept_with_the_run(run):
    assert run.plan.changes.upn == ["p1@c.example", "p2@c.example", "p0@c.example"], "by priority"
    money = money_of(run.path)
    (bill,) = money.bills
    assert (bill.currency, *map(str, bill.cost)) == ("EUR", "114.00", "69.30", "114.00")
    assert [(d.name, d.people) for d in bill.departments] == [("IT", 1), ("Sales", 1), ("(no department)", 1)]
    assert [(p.name, str(p.price), p.freed) for p in bill.products] == [
        ("Office 365 E4", "38.00", 3),
        ("Office 365 E3", "23.10", 0),
    ]
    ((name, why),) = money.left_out
    assert name == "Office 365 E5"
    assert why == "licenses.csv, row 4, column Prijs per maand: “gratis” is no price; " + (
        "write it with digits, like 23.10 or 23.10 EUR."
    )


def test_a_folder_of_an_earlier_version_has_no_departments(run):
    edit(run.path, "DROP TABLE departments")
    assert money_of(run.path).bills[0].departments == ()
    edit(run.path, "DELETE FROM meta WHERE key = 'prices'")
    assert money_of(run.path) is None


def test_without_prices_nothing_is_kept(planned):
    path = planned(3).path
    assert money_of(path) is None
    with RunFolder.open(path) as folder:
        assert "prices" not in folder.meta()


def test_the_reports_with_money_can_be_made_again_byte_for_byte(run, tmp_path):
    """Law 10, from a copy of the folder elsewhere."""
    copy = tmp_path / "else" / "where"
    shutil.copytree(run.path, copy)
    made = []
    for path in (run.path, copy):
        with RunFolder.open(path) as folder:
            write_reports(folder, report_of(folder))
        made.append([(path / name).read_bytes() for name in ("report.html", "report.xlsx", "result.json")])
    assert made[0] == made[1]
    assert json.loads(made[0][2])["money"]["bills"][0]["given_back"] == "2941.00"


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "a lot", ""])
def test_a_price_overwritten_in_the_folder_is_damage(run, amount):
    value = json.dumps({"of": {"x": [amount, "EUR"]}, "unclear": {}})
    edit(run.path, "UPDATE meta SET value = ? WHERE key = 'prices'", value)
    with pytest.raises(JournalDamaged):
        money_of(run.path)
