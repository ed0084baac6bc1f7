"""One dropped sheet by itself: what no plan could be made of is found before it stands in the way of others."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from batch.core.errors import SheetChanged, SheetError
from batch.core.move_rules import MoveRule
from batch.core.table import Kind
from batch.runs.jobfile import Job
from batch.wiring.judging import judged
from batch.wiring.planning import plan_run

USERS = "User principal name,Licenses\na@x.example,Office 365 E4\nb@x.example,Office 365 E4\n"
MOVES = "User principal name,Remove,Add\na@x.example,Office 365 E4,Office 365 E3\n"
E4, E3 = "Office 365 E4", "Office 365 E3"
HR = (MoveRule(holds=E4, to=(E3,), departments=("HR",)),)


def sheet(text):
    path = Path("s.csv")
    path.write_text(text, "utf-8")
    return path


def test_what_a_sheet_is():
    found = judged(Job(source=E4, target=E3), sheet(USERS))
    assert (found.kind, found.rows) == (Kind.USERS, 2)
    assert found.digest == hashlib.sha256(USERS.encode()).hexdigest()
    assert judged(Job(), sheet(MOVES)).kind is Kind.MOVES


@pytest.mark.parametrize(
    ("job", "text", "why"),
    [
        (Job(source=E4, target=E3, mapping={"Login": "user"}), USERS, "has no heading “Login”"),
        (Job(rules=HR), USERS, "asks for a department"),
        (Job(rules=HR), MOVES, "who shall move to what"),
        (Job(), USERS, "does not say who shall get what"),
        (
            Job(source=E4, target=E3),
            "Product Title,Total Licenses,Assigned licenses\nOffice 365 E4,1,0\n",
            "nothing about",
        ),
        (Job(source=E4, target=E3), "", "empty"),
    ],
)
def test_what_no_plan_could_be_made_of(job, text, why):
    with pytest.raises(SheetError, match=why):
        judged(job, sheet(text))


def test_a_sheet_that_was_written_to_after_it_was_looked_at_is_not_planned(job):
    asked = job(out=Path("run"))
    (path,) = asked.users
    looked_at = {path: judged(asked, path).digest}
    path.write_text(path.read_text("utf-8").replace("p1@", "q1@"), "utf-8")
    with pytest.raises(SheetChanged, match=r"users\.csv was changed after it was looked at"):
        plan_run(asked, judged=looked_at)
    assert not Path("run").exists()
    plan_run(asked, judged={path: judged(asked, path).digest})
