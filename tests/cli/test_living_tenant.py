"""A tenant does not stand still between planning, applying, stopping and looking again."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from batch.core.entries import Entry, EntryKind
from batch.core.terms import Assignment, Holding, Sight
from batch.runs.folder import RunFolder
from batch.tenants.practice import PracticeTenant
from tests.cli.conftest import E3, E4, MOVE, counters_of, lines_of, people, result_of, seats

SWAY = "a23b959c-7ce8-4e57-9140-b90eb88a9e97"


@contextlib.contextmanager
def opened(file):
    tenant = PracticeTenant.open(file)
    try:
        yield tenant
    finally:
        asyncio.run(tenant.close())


def look(file, number) -> Sight:
    with opened(file) as tenant:
        return asyncio.run(tenant.look([id_of(tenant, number)]))[0]


def id_of(tenant, number):
    return asyncio.run(tenant.people([f"p{number:04}@c.example"])).ids[0]


@pytest.fixture
def planned(reassign, sheets):
    def plan(number, *options):
        reassign("tenant", "create", "t.db", *sheets(number)[:4])
        return reassign("plan", *sheets(number), "--tenant", "practice:t.db", "--out", "r", *options)

    return plan


def test_a_run_that_goes_on_leaves_alone_whom_somebody_changed_meanwhile(reassign, planned):
    planned(4)
    # The run was opened and stopped before anybody was sent.
    with RunFolder.open(Path("r")) as folder:
        folder.journal().append(
            [Entry(EntryKind.OPENED, -1, 1.0), Entry(EntryKind.STOPPED, -1, 2.0, code="interrupted")]
        )
    with opened("t.db") as tenant:
        tenant.touch(id_of(tenant, 2), Holding.of([Assignment(sku_id=E4, disabled=(SWAY,))]))
    assert reassign("apply", "r").code == 3
    assert result_of("r")["counts"] | {"applied": 3, "held": 1} == result_of("r")["counts"]
    assert look("t.db", 2).holding == Holding.of([Assignment(sku_id=E4, disabled=(SWAY,))])
    (left,) = [row for row in lines_of("r/results.csv") if row["outcome"] == "held"]
    assert (left["user"], left["code"]) == ("p0002@c.example", "changed_meanwhile")


def test_a_tenant_is_the_same_from_wherever_the_plan_is_carried_out(reassign, planned, monkeypatch, tmp_path):
    planned(3)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "t.db").write_bytes(Path("t.db").read_bytes())
    monkeypatch.chdir(tmp_path / "other")
    assert reassign("apply", "../r").code == 0
    assert counters_of(reassign, "../t.db")["writes"] == 3
    assert counters_of(reassign, "t.db")["writes"] == 0


def test_somebody_hired_between_plan_and_apply_is_no_difference(reassign, planned):
    planned(3)
    with opened("t.db") as tenant:
        tenant.set_seats(E3, 9)
    assert reassign("apply", "r").code == 0
    (line,) = [s for s in result_of("r")["skus"] if s["sku_id"] == E3]
    assert (line["seats"], line["before"], line["after"]) == (9, 0, 3)


def test_everybody_short_and_let_through_is_done_in_part(reassign, sheets):
    assert reassign("run", *sheets(3, 0), "--out", "r", "--yes", "--allow-short").code == 3
    assert result_of("r")["status"] == "nothing"


def test_lag_named_only_when_applying_is_waited_for_too(reassign, planned):
    planned(60)
    assert reassign("apply", "r", "--faults", "seed=3,lag=400ms,lost-after=0.5").code == 0
    assert counters_of(reassign, "t.db")["redundant"] == 0


def test_a_file_named_as_both_sheets_counts_once(reassign):
    Path("users.csv").write_text(people(2), "utf-8")
    Path("licenses.csv").write_text(seats(2), "utf-8")
    files = (
        "--users",
        "users.csv",
        "--licenses",
        "licenses.csv",
        "--licenses",
        "licenses.csv",
        "--licenses",
        "users.csv",
    )
    assert reassign("run", *files, *MOVE, "--out", "r", "--yes").code == 0
    result = result_of("r")
    assert result["counts"]["rows"] == 2
    assert {s["part_number"]: s["seats"] for s in result["skus"]}["ENTERPRISEPACK"] == 2


def test_a_comparison_from_before_the_last_move_is_not_told(reassign, planned):
    planned(3)
    reassign("reconcile", "r")
    with RunFolder.open(Path("r")) as folder:
        folder.journal().append([Entry(EntryKind.OPENED, -1, 4e9)])
    assert reassign("show", "r").code == 0
    assert "Not reconciled yet" in reassign("show", "r").out


def test_a_number_of_licences_that_is_none_is_told(reassign):
    Path("users.csv").write_text(people(1), "utf-8")
    Path("licenses.csv").write_text(seats(1).replace("E3,1", "E3,Unlimited"), "utf-8")
    told = reassign("plan", "--users", "users.csv", "--licenses", "licenses.csv", *MOVE, "--out", "r")
    assert "“Unlimited” is no number of licences" in told.out


def test_an_export_says_nothing_about_services(reassign, sheets):
    sheets(1)
    Path("moves.csv").write_text(
        "UserPrincipalName,LicenseSKU,DisabledPlans\np0000@c.example,Office 365 E4,SWAY\n", "utf-8"
    )
    reassign("plan", "--users", "moves.csv", "--users", "users.csv", "--licenses", "licenses.csv", "--out", "r")
    reassign("reconcile", "r", "--users", "users.csv")
    codes = [d["code"] for d in result_of("r")["differences"]]
    assert codes == ["unseen"]
