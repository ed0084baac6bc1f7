from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from batch.core.errors import UsageError
from batch.core.outcomes import Bucket
from batch.core.plan import make_plan
from batch.runs.folder import RunFolder
from batch.runs.jobfile import Job
from batch.wiring import planning
from batch.wiring.planning import plan_run, policy_of
from batch.wiring.reporting import report_of
from tests.wiring.conftest import SEATS, USERS


class Tenant:
    read_lag = 3.0


def test_the_bounds_are_the_jobs_where_it_names_them():
    usual = policy_of(Job(), Tenant())
    named = policy_of(Job(group_size=5, in_flight=2, tries=3, stop_at=0.5, settle=7.0), Tenant())
    assert (usual.group_size, usual.settle) == (20, 3.0)
    assert (named.group_size, named.in_flight, named.tries, named.stop_at, named.settle) == (5, 2, 3, 0.5, 7.0)
    assert policy_of(Job(settle=1.0), Tenant()).settle == 3.0  # never less than reads may lag


def test_the_same_rows_in_any_order_make_the_same_plan(planned):
    first = planned(5)
    head, *rows = Path("users.csv").read_text("utf-8").splitlines()
    Path("users.csv").write_text("\n".join([head, *reversed(rows)]), "utf-8")
    again = plan_run(
        Job(
            users=(Path("users.csv"),),
            licenses=(Path("licenses.csv"),),
            source="ENTERPRISEWITHSCAL",
            target="6fd2c87f-b296-42f0-b197-1e91e994b900",
            out=Path("s"),
            accept=("voice",),
        )
    )
    assert first.plan.plan_id == again.plan.plan_id


def test_a_plan_is_all_in_its_folder(planned):
    made = planned(3)
    assert made.path == Path("r")
    assert sorted(p.name for p in Path("r").iterdir()) == ["practice.db", "run.db", "sheets"]
    assert [p.read_bytes() for p in sorted(Path("r/sheets").iterdir())] == [
        Path("users.csv").read_bytes(),
        Path("licenses.csv").read_bytes(),
    ]
    with RunFolder.open(Path("r")) as folder:
        meta, report = folder.meta(), report_of(folder)
    assert (meta["plan_id"], meta["title"]) == (made.plan.plan_id, "Office 365 E4 → Office 365 E3")
    assert [Path(s["at"]).is_absolute() for s in meta["sheets"]] == [True, True]
    assert (report.counts["planned"], report.counts["not_sent"], report.started_at) == (3, 3, 0.0)


def test_sheets_of_one_name_are_both_kept(job):
    for name in ("a", "b"):
        Path(name).mkdir()
        Path(name, "list = 1.csv").write_text(f"{USERS}{name}@c.example,N,NL,Office 365 E4\n", "utf-8")
    plan_run(job(users=(Path("a/list = 1.csv"), Path("b/list = 1.csv"))))
    assert len(list(Path("r/sheets").iterdir())) == 3
    db = sqlite3.connect("r/run.db")
    assert [u for (u,) in db.execute("SELECT user FROM rows ORDER BY n")] == ["a@c.example", "b@c.example"]
    db.close()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"users": ()}, "No sheet of users"),
        ({"users": (Path("licenses.csv"),)}, "says nothing about people"),
        ({"source": ""}, "do not say who shall get what"),
        ({"target": ""}, "do not say who shall get what"),
        ({"source": "Offise 365 E4"}, "--from “Offise 365 E4” is no product"),
        ({"target": "Office 365 E4"}, "are the same product"),
        ({"tenant": "cloud"}, "no tenant that this version knows"),
        ({"faults": "nonsense"}, "no fault"),
        ({"encoding": "klingon"}, "klingon"),
    ],
)
def test_what_cannot_be_planned_leaves_nothing(given, words, job):
    with pytest.raises(UsageError, match=words) as caught:
        plan_run(job(**given))
    assert caught.value.todo
    assert {p.name for p in Path().iterdir()} == {"users.csv", "licenses.csv"}


def test_a_sheet_that_changes_while_it_is_read(job, monkeypatch):
    given = job(2)

    def meanwhile(*arguments, **more):
        with Path("users.csv").open("a", encoding="utf-8") as file:
            file.write("late@c.example,Late,NL,Office 365 E4\n")
        return make_plan(*arguments, **more)

    monkeypatch.setattr(planning, "make_plan", meanwhile)
    with pytest.raises(UsageError, match=r"users\.csv was changed while it was read"):
        plan_run(given)
    assert not Path("r").exists()


def test_a_near_name_is_suggested(job):
    with pytest.raises(UsageError) as caught:
        plan_run(job(target="Ofice 365 E3"))
    assert "Did you mean “Office 365 E3”?" in caught.value.todo


def test_a_job_over_several_sheets_of_people(job):
    Path("more.csv").write_text(
        f"{USERS}p1@c.example,Person 1,NL,Office 365 E4\nq@c.example,Q,NL,Office 365 E4\n", "utf-8"
    )
    made = plan_run(job(users=(Path("users.csv"), Path("more.csv"))))
    assert sorted(made.plan.changes.upn) == ["p0@c.example", "p1@c.example", "p2@c.example", "q@c.example"]
    assert made.plan.bucket.count(Bucket.REPEAT) == 1


def test_limits_hold_a_plan_back_and_are_kept_with_it(planned):
    made = planned(3, max_changes=2, max_share=0.5)
    assert [g.code for g in made.guards] == ["max_changes", "max_share"]
    with RunFolder.open(Path("r")) as folder:
        assert [g["word"] for g in folder.meta()["guards"]] == ["--allow-large"] * 2


def test_seats_that_run_out_are_told_before(job):
    given = job(5)
    Path("licenses.csv").write_text(SEATS.replace("E3,50", "E3,2"), "utf-8")
    made = plan_run(given)
    assert [g.code for g in made.guards] == ["short"]
    assert (len(made.plan.changes), made.plan.bucket.count(Bucket.SHORT)) == (2, 3)


def test_what_is_kept_is_json_all_through(planned):
    planned(2, mapping={"Display name": "display_name"}, encoding="utf-8", settle=1.0)
    db = sqlite3.connect("r/run.db")
    kept = {key: json.loads(value) for key, value in db.execute("SELECT key, value FROM meta")}
    db.close()
    assert kept["job"]["users"] == ["users.csv"]
    assert kept["job"]["mapping"] == {"Display name": "display_name"}
    assert kept["policy"]["settle"] == 1.0
