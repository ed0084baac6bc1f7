"""Whom a plan leaves alone: lists of people and groups, from the file to the plan and its folder."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from batch.core.errors import PlanStale, UsageError
from batch.core.estate import LicensingGroup
from batch.core.outcomes import Bucket
from batch.core.terms import Add, Holding
from batch.runs.folder import RunFolder
from batch.runs.jobfile import Job
from batch.tenants.practice import PracticeTenant
from batch.wiring.applying import check_sheets, load_verified
from batch.wiring.planning import plan_run
from tests.tenants.small_tenant import E3, E4, GROUP, SKUS, VISIO, direct, inherited, people, upn

BOARD = LicensingGroup(group_id=GROUP, name="Board", licences=(Add(VISIO),))
OTHER = LicensingGroup(group_id="g2", name="Others", licences=(Add(VISIO),))


@pytest.fixture
def planned():
    """A plan over five people who hold E4, the fourth with Visio through the board's group, and these lists."""

    def plan(*lists):
        holdings = [direct(E4)] * 5
        holdings[3] = Holding.of([*direct(E4).assignments, inherited(VISIO)])
        made = PracticeTenant.create("t.db", SKUS, people(*holdings), groups=[BOARD, OTHER])
        asyncio.run(made.close())
        Path("users.csv").write_text("UPN\n" + "\n".join(map(upn, range(5))), "utf-8")
        for n, text in enumerate(lists):
            Path(f"list{n}.csv").write_text(text, "utf-8")
        return plan_run(
            Job(
                users=(Path("users.csv"),),
                source=E4,
                target=E3,
                tenant="practice:t.db",
                out=Path("r"),
                protect=tuple(Path(f"list{n}.csv") for n in range(len(lists))),
            )
        )

    return plan


def left_alone(plan):
    """The rows that are left alone, by number; nobody else is anything but planned."""
    assert {b for b, code in zip(plan.bucket, plan.code, strict=True) if code != "protected"} <= {Bucket.PLANNED}
    return [n for n, code in enumerate(plan.code) if code == "protected"]


@pytest.mark.parametrize(
    ("lists", "rows"),
    [
        ([], []),
        ([f"{upn(1)}\n{upn(4).upper()}\n"], [1, 4]),
        (["Group\nBOARD\n"], [3]),
        ([f"{GROUP}\n"], [3]),
        (["Others\n"], []),
        ([f"UPN;Group\n{upn(0)};\n;Board\n", f"{upn(2)}\n"], [0, 2, 3]),
    ],
)
def test_whoever_is_on_a_list_is_left_alone(lists, rows, planned):
    assert left_alone(planned(*lists).plan) == rows


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Bord\n", "list0.csv, row 1: “Bord” is neither a user's sign-in name nor a group"),
        (f"UPN\n{upn(1)}\nuser1 at contoso.com\n", "row 3, column UPN: “user1 at contoso.com” is neither"),
        ("somebody.else@contoso.com\n", "people whom the tenant does not have"),
        ("", "is empty"),
        ("UPN\n", "names nobody"),
    ],
)
def test_a_list_that_would_protect_nobody_by_mistake_stops_the_plan(text, told, planned):
    with pytest.raises(UsageError, match=told):
        planned(text)
    assert not Path("r").exists()


def test_a_list_is_kept_with_the_run_and_is_one_of_its_terms(planned):
    planned(f"{upn(1)}\nBoard\n")
    with RunFolder.open(Path("r")) as folder:
        meta = folder.meta()
        (kept,) = meta["protect"]
        assert Path("r/sheets", kept["copy"]).read_bytes() == Path("list0.csv").read_bytes()
        assert "Left alone because of list0.csv: 1 by name and whoever has a licence from “Board”." in meta["assumed"]
        assert len(load_verified(folder)) == 3
        check_sheets(meta)
        Path("list0.csv").write_text(f"{upn(1)}\n", "utf-8")
        with pytest.raises(PlanStale, match=r"list0.csv was changed"):
            check_sheets(meta)
        folder.db.execute("UPDATE meta SET value = ? WHERE key = 'protect'", (json.dumps([]),))
        with pytest.raises(PlanStale):
            load_verified(folder)
