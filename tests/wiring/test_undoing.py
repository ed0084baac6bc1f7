"""A run and its undo: the tenant ends as the before-image, to the last service that was off."""

from __future__ import annotations

import asyncio
import csv
import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from batch.core.errors import PlanGuarded, PlanStale, UsageError
from batch.core.exclusions import Conflicts
from batch.core.pace import Policy
from batch.core.terms import Add, Assignment, Call, Holding, People, ServicePlan, Sku
from batch.runs.folder import RunFolder
from batch.runs.jobfile import Job
from batch.tenants.practice import PracticeTenant
from batch.wiring import applying, approving, auditing
from batch.wiring.parts import SteadyClock
from batch.wiring.planning import plan_run
from batch.wiring.rejects import write_rejects
from batch.wiring.reporting import report_of
from batch.wiring.undoing import undo_run

PLANS = tuple(ServicePlan(plan_id=f"{n}" * 8 + "-0000-4000-8000-000000000000", name=f"PLAN_{n}") for n in range(4))
OLD, NEW = "a" * 8 + "-0000-4000-8000-00000000000a", "b" * 8 + "-0000-4000-8000-00000000000b"
SKUS = (
    Sku(sku_id=OLD, part_number="OLD", name="Old", plans=PLANS[:3], enabled=10),
    Sku(sku_id=NEW, part_number="NEW", name="New", plans=PLANS[1:], enabled=10),
)
UPNS = [f"u{n}@x.example" for n in range(5)]


def image(tenant):
    """Who holds what, with everything that is off."""
    people = asyncio.run(tenant.people(None))
    return {upn: people.holdings[h] for upn, h in zip(people.upns, people.holding, strict=True)}


@pytest.fixture
def tenant(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    holdings = tuple(
        Holding.of([Assignment(sku_id=OLD, disabled=tuple(sorted(p.plan_id for p in PLANS[:n])))]) for n in range(3)
    )
    people = People(
        [f"id{n}" for n in range(5)], UPNS, [f"U {n}" for n in range(5)], ["NL"] * 5, [0, 1, 2, 0, 1], holdings
    )
    made = PracticeTenant.create("t.db", SKUS, people, conflicts=Conflicts())
    with Path("users.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["User principal name", "Licenses"], *([upn, "Old"] for upn in UPNS)])
    yield made
    asyncio.run(made.close())


JOB = Job(users=(Path("users.csv"),), source="OLD", target="NEW", tenant="practice:t.db", out=Path("run"))


def carry_out(path):
    with RunFolder.open(Path(path)) as folder, folder.locked():
        changes = applying.load_verified(folder)
        meta = folder.meta()
        with applying.tenant_of(folder, meta) as tenant:
            policy = Policy(**meta["policy"])
            return applying.carry_out(folder, tenant, changes, [], policy, SteadyClock(), fresh=True)


def test_run_then_undo_restores_the_before_image(tenant):
    before = image(tenant)
    plan_run(JOB)
    carry_out("run")
    assert image(tenant) != before
    planned = undo_run(Path("run"), Job(out=Path("back")))
    assert len(planned.plan.changes) == 5
    carry_out("back")
    assert image(tenant) == before


def test_the_way_back_is_as_careful_as_the_way_there_and_says_what_is_gone(tenant):
    plan_run(replace(JOB, pilot=2))
    carry_out("run")
    Path("stay.csv").write_text(f"{UPNS[1]}\n", "utf-8")
    planned = undo_run(Path("run"), Job(out=Path("back"), protect=(Path("stay.csv"),)))
    assert [c for c in planned.plan.code if c] == ["protected"]
    with RunFolder.open(Path("back")) as folder:
        meta = folder.meta()
        assert (meta["title"], meta["policy"]["pilot"]) == ("Undo of run", 2)
        assert "Left alone because of stay.csv: 1 by name." in meta["assumed"]
        applying.check_sheets(meta)
        report = report_of(folder)
        write_rejects(folder, report)
    assert (report.counts["blocked"], report.attention[0].where) == (1, "not_sent")
    assert UPNS[1] not in Path("back/rejects.csv").read_text("utf-8")


def test_somebodys_change_in_between_is_left_alone_and_named(tenant):
    before = image(tenant)
    plan_run(JOB)
    carry_out("run")
    asyncio.run(tenant.assign([Call("id2", (), (Add(NEW),))]))  # all services on
    meddled = image(tenant)[UPNS[2]]
    planned = undo_run(Path("run"), Job(out=Path("back")))
    assert [(c, b.value) for c, b in zip(planned.plan.code, planned.plan.bucket, strict=True) if c] == [
        ("changed_since", "blocked")
    ]
    carry_out("back")
    assert image(tenant) == before | {UPNS[2]: meddled}


def test_somebody_else_with_the_same_name_is_not_the_one(tenant):
    plan_run(JOB)
    carry_out("run")
    with sqlite3.connect("t.db") as db:
        db.execute("UPDATE users SET id = 'another' WHERE id = 'id0'")
    planned = undo_run(Path("run"), Job(out=Path("back")))
    assert planned.plan.code.count("unknown_user") == 1


def test_a_run_that_moved_nobody_has_nothing_to_undo(tenant):
    plan_run(JOB)
    with pytest.raises(UsageError, match="moved nobody"):
        undo_run(Path("run"), Job(out=Path("back")))
    assert not Path("back").exists()


@pytest.fixture
def waiting(tenant):
    plan_run(Job(**{**{f: getattr(JOB, f) for f in JOB.__dataclass_fields__}, "approval": True, "max_age": 9e6}))
    with RunFolder.open(Path("run")) as folder:
        yield folder


def test_a_plan_waits_for_the_second_person(waiting):
    with pytest.raises(PlanGuarded, match="second person"):
        approving.check_approved(waiting, waiting.meta(), (), {})
    approving.approve(waiting, "Anna de Vries")
    approving.check_approved(waiting, waiting.meta(), (), {"stop_at": 0.1})
    assert [a.by for a in approving.approvals(waiting)] == ["Anna de Vries"]


def test_an_approval_is_for_exactly_one_plan(waiting):
    approving.approve(waiting, "Anna de Vries")
    waiting.note({"terms": "others"})
    with pytest.raises(PlanGuarded):
        approving.check_approved(waiting, waiting.meta(), (), {})


@pytest.mark.parametrize(
    ("words", "given", "named"),
    [
        (("--allow-large",), {}, "without --allow-large"),
        ((), {"stop_at": 1.0}, "without --stop-at 100%"),
        ((), {"max_age": 9e9}, "without --max-age"),
    ],
)
def test_what_goes_beyond_the_approved_plan_was_not_approved(waiting, words, given, named):
    approving.approve(waiting, "Anna de Vries")
    with pytest.raises(PlanGuarded, match=named):
        approving.check_approved(waiting, waiting.meta(), words, given)


def test_the_way_back_needs_a_second_person_as_well(waiting):
    approving.approve(waiting, "Anna de Vries")
    carry_out("run")
    undo_run(Path("run"), Job(out=Path("back")))
    with RunFolder.open(Path("back")) as back, pytest.raises(PlanGuarded, match="second person"):
        approving.check_approved(back, back.meta(), (), {})


def test_who_made_the_plan_cannot_approve_it(waiting):
    who = waiting.meta()["planned_by"]
    with pytest.raises(UsageError, match="made this plan"):
        approving.approve(waiting, f" {who.upper()} ")
    waiting.note({"planned_by": "somebody else"})
    with pytest.raises(PlanStale):
        approving.approve(waiting, who)


def test_a_plan_under_way_is_not_approved_any_more(waiting):
    carry_out("run")
    with pytest.raises(UsageError, match="carried out already"):
        approving.approve(waiting, "Anna de Vries")


def edited(folder, **values):
    path = folder.path / auditing.MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def marks(folder):
    return {line.rule: line.mark.value for line in auditing.verify(folder)}


@pytest.mark.parametrize(("account", "mark"), [("anna", "pass"), (None, "warn")])
def test_a_run_that_is_whole_verifies(account, mark, waiting, monkeypatch):
    """A second name from the account that made the plan is no proof of a second person."""
    monkeypatch.setattr(approving, "account", lambda: account or waiting.meta()["planned_by"])
    approving.approve(waiting, "Anna de Vries")
    auditing.write_manifest(waiting)
    found = marks(waiting)
    assert found.pop("approval") == mark
    assert set(found.values()) == {"pass"}


def test_entries_cut_off_with_their_seal_are_noticed(waiting):
    carry_out("run")
    auditing.write_manifest(waiting)
    last = waiting.db.execute("SELECT max(last) FROM seals").fetchone()[0]
    before = waiting.db.execute("SELECT max(last) FROM seals WHERE last < ?", (last,)).fetchone()[0]
    waiting.db.execute("DELETE FROM entries WHERE seq > ?", (before,))
    waiting.db.execute("DELETE FROM seals WHERE last > ?", (before,))
    assert marks(waiting) | {"approval": ""} == {
        "plan": "pass",
        "journal": "pass",
        "tip": "fail",
        "manifest": "pass",
        "input": "pass",
        "reports": "pass",
        "approval": "",
    }


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (lambda folder: folder.db.execute("UPDATE changes SET upn = 'x' WHERE n = 0"), "plan"),
        (lambda folder: folder.note({"names": {}}), "plan"),
        (lambda folder: folder.note({"planned_at": 1.0}), "plan"),
        (lambda folder: folder.db.execute("UPDATE skus SET sku = replace(sku, 'PLAN_1', 'PLAN_2')"), "plan"),
        (lambda folder: folder.db.execute("UPDATE entries SET at = at + 1 WHERE seq = 1"), "journal"),
        (lambda folder: next((folder.path / "sheets").iterdir()).write_text("x"), "input"),
        (lambda folder: (folder.path / "report.html").write_text("x"), "reports"),
        (lambda folder: folder.db.execute("DELETE FROM entries"), "journal"),
        (lambda folder: edited(folder, planned_by="somebody else"), "manifest"),
        (lambda folder: edited(folder, inputs=[]), "manifest"),
        (lambda folder: edited(folder, carried_out=[{"by": "nobody", "at": ""}]), "manifest"),
    ],
)
def test_whatever_was_changed_is_found(waiting, spoil, rule):
    (waiting.path / "report.html").write_text("as it was")
    carry_out("run")
    auditing.write_manifest(waiting)
    spoil(waiting)
    assert marks(waiting)[rule] == "fail"


def test_without_a_manifest_what_it_would_show_is_not_known(waiting):
    found = marks(waiting)
    assert found["tip"] == found["reports"] == "unknown"
    assert found["approval"] == "warn"
