"""`reassign retire` from the sheets to the certificate, on a practice tenant."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from batch.core.terms import Assignment, Holding
from batch.reports.certificate import document, render
from batch.runs.folder import RunFolder
from batch.tenants.practice import PracticeTenant
from batch.wiring.opening import Reach
from batch.wiring.retiring import Asked, certified
from tests.cli.conftest import E3, E4

OLD = ("--sku", "Office 365 E4", "--tenant", "practice:t.db")
FACTS = """\
answered_on = {day}
account_type = "MOSA"
purchase_channel = "direct"
balance_due = false
recurring_billing = true
credit_check = false
upgrade_in_progress = false
addons = []
deleted_users_decided = true
voice_checked = true
holds_checked = true
nothing_assigns_it = true
never_delete = true
approved_by = "Bo Billing"
approver_may_bill = true
"""
SIGNED = ("--by", "Ann Admin", "--facts", "facts.toml")
#: 23 November 2026, 12:00 UTC.
NOW = 1795435200.0


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Where the move was made: a run names its tenant by the whole path."""
    return tmp_path_factory.mktemp("moved") / "here"


@pytest.fixture
def moved(reassign, sheets, place, tmp_path, monkeypatch):
    """Three people who were moved from E4 to E3 in ``t.db``; ``before.db`` is a copy of before. Made once."""
    kept = place.with_name("kept")
    if not kept.exists():
        sheet = sheets(3)
        Path("facts.toml").write_text(FACTS.format(day="2026-11-23"), "utf-8")
        shutil.copytree(tmp_path, place)
        monkeypatch.chdir(place)
        assert reassign("tenant", "create", "t.db", *sheet[:4]).code == 0
        assert reassign("tenant", "create", "stranger.db", *sheet[:2]).code == 0
        shutil.copyfile("t.db", "undated.db")
        assert reassign("tenant", "copy", "--from", "practice:t.db", "before.db").code == 0
        done = reassign("run", *sheet[:2], *sheet[4:], "--tenant", "practice:t.db", "--accept", "voice", "--yes", "-q")
        assert done.code == 0
        shutil.copytree(place, kept)
    shutil.copytree(kept, place, dirs_exist_ok=True)
    monkeypatch.chdir(place)


def outside(change, file="t.db"):
    """Do something to a practice tenant; ``change`` is given it and everybody's id by UPN."""
    tenant = PracticeTenant.open(Path(file))
    try:
        people = asyncio.run(tenant.people(None))
        change(tenant, dict(zip(people.upns, people.ids, strict=True)))
    finally:
        asyncio.run(tenant.close())


def certificate(**asked):
    """The certificate as of a fixed moment."""
    return certified(Asked(sku="Office 365 E4", reach=Reach(at="practice:t.db"), by="Ann Admin", **asked), NOW)


def marks(made):
    return {line.rule: line.mark.value for line in made.lines}


def test_moved_signed_and_certified(reassign, moved):
    made = reassign("retire", *OLD, "--by", "Ann Admin")
    assert (made.code, made.out.partition(":")[0]) == (4, "NOT SAFE")  # a service is lost, and nobody answers for it
    made = reassign("retire", *OLD, "--by", "Ann Admin", "--accept", "C15=nobody calls")
    assert (made.code, made.out.partition(":")[0]) == (3, "UNKNOWN")
    one = certificate(facts=Path("facts.toml"), accept={"C15": "nobody calls"})
    assert one.verdict.exit_code == 0, one.open
    again = certificate(facts=Path("facts.toml"), accept={"C15": "nobody calls"})
    assert (document(one), render(one)) == (document(again), render(again))
    (run,) = document(one)["runs"]
    with RunFolder.open(next(Path("runs").iterdir())) as folder:
        rows, seal = folder.journal().tip()
        digests = {source.digest: source.what for source in one.sources if source.name == run["run"]}
        assert digests.keys() == {folder.meta()["plan_id"], seal}
        assert f"({rows} rows)" in digests[seal]
    assert (run["planned"], run["applied"], run["reconciled"]) == (3, 3, True)


def test_the_command_writes_page_and_json_and_says_what_it_wrote(reassign, moved):
    made = reassign(
        "retire", *OLD, *SIGNED, "--accept", "C15=nobody calls", "--accept", "c19=there are few", "--on", "2026-12-01",
        "--out", "c", "--json",
    )  # fmt: skip
    value = made.json()
    assert json.loads(Path("c/certificate.json").read_text("ascii")) == value
    assert value["digest"] in Path("c/certificate.html").read_text("utf-8")
    assert value["exit_code"] == made.code
    assert value["deadlines"][0]["day"] == "2026-12-02"
    assert {s["name"] for s in value["sources"]} >= {"licensed people", "subscriptions", "facts.toml", "users.csv"}


def test_nothing_was_moved_yet(reassign, sheets):
    reassign("tenant", "create", "t.db", *sheets(3)[:4])
    made = reassign("retire", *OLD, "--to", "Office 365 E3", "--json")
    assert made.code == 4
    found = {line["rule"]: line["mark"] for line in made.json()["lines"]}
    assert [found[rule] for rule in ("C2", "C5", "C10", "C22")] == ["fail", "unknown", "fail", "unknown"]
    assert made.json()["seats"]["direct_only"] == 3


def test_people_who_lost_it_or_left_are_told_apart(moved):
    def meddle(tenant, ids):
        tenant.touch(ids["p0000@c.example"], Holding())
        tenant.delete_user(ids["p0001@c.example"])

    outside(meddle)
    made = certificate(facts=Path("facts.toml"))
    assert (made.evidence.fates.removed, made.evidence.fates.vanished) == (("p0000@c.example",), ("p0001@c.example",))
    assert made.evidence.fates.closes
    assert marks(made)["C5"] == "fail"
    assert "p0001@c.example" in next(line.found for line in made.lines if line.rule == "C9")


def test_who_got_it_again_from_a_group_is_found(moved):
    both = Holding.of([Assignment(sku_id=E4, group="00000000-0000-4000-8000-000000000001"), Assignment(sku_id=E3)])
    outside(lambda tenant, ids: tenant.touch(ids["p0002@c.example"], both))
    made = certificate(facts=Path("facts.toml"))
    assert {rule for rule, mark in marks(made).items() if mark == "fail"} >= {"C3", "C4", "C10", "C18", "C19"}
    assert (made.evidence.census.inherited, made.evidence.census.unexplained) == (("p0002@c.example",), 0)


def test_a_pilot_alone_does_not_know_everybody(reassign, sheets):
    sheet = sheets(3)
    reassign("tenant", "create", "t.db", *sheet[:4])
    Path("first.csv").write_text("".join(Path("users.csv").read_text("utf-8").splitlines(keepends=True)[:2]), "utf-8")
    options = (*sheet[4:], "--tenant", "practice:t.db", "--accept", "voice", "--yes", "-q")
    assert reassign("run", "--users", "first.csv", *options).code == 0
    made = certificate()
    assert marks(made)["C5"] == "unknown"
    assert "1 person, but 3 seats" in next(line.found for line in made.lines if line.rule == "C5")
    # The rest of the way: one plan knew everybody who was left.
    assert reassign("run", "--users", "users.csv", *options).code == 0
    made = certificate()
    assert (marks(made)["C5"], made.evidence.fates.holders, len(made.evidence.runs)) == ("pass", 3, 2)


@pytest.mark.parametrize(
    ("name", "people", "mark"),
    [("before.db", 3, "pass"), ("users.csv", 3, "pass"), ("part.csv", 3, "unknown"), ("odd.csv", 3, "unknown")],
)
def test_the_baseline_is_a_copy_or_an_export_of_everybody(name, people, mark, moved):
    lines = Path("users.csv").read_text("utf-8").splitlines(keepends=True)
    Path("part.csv").write_text("".join(lines[:3]), "utf-8")
    Path("odd.csv").write_text("".join([*lines, "p9@c.example,Person 9,NL,Some Plan\n"]), "utf-8")
    made = certificate(baseline=Path(name))
    assert (made.evidence.fates.holders, len(made.evidence.fates.moved)) == (people, people)
    assert marks(made)["C5"] == mark


def test_a_copy_that_may_be_from_after_the_move_proves_nothing(reassign, moved):
    assert reassign("tenant", "copy", "--from", "practice:t.db", "late.db").code == 0
    for name, why in (
        ("t.db", "t.db is the tenant itself"),
        ("undated.db", "does not say when it was made"),
        ("late.db", "was made after the first run began"),
    ):
        made = certificate(baseline=Path(name))
        assert marks(made)["C5"] == "unknown"
        assert why in made.lines[4].found


def test_everybody_lost_it_and_the_baseline_is_from_after_that(reassign, moved):
    shutil.rmtree("runs")
    outside(lambda tenant, ids: [tenant.touch(person, Holding()) for person in ids.values()])
    assert reassign("tenant", "copy", "--from", "practice:t.db", "after.db").code == 0
    whole = FACTS.format(day="2026-11-23") + "baseline_is_whole = true\n"
    Path("facts.toml").write_text(whole, "utf-8")
    for name in ("t.db", "after.db"):
        made = certificate(baseline=Path(name), targets=("Office 365 E3",), facts=Path("facts.toml"))
        assert made.verdict.exit_code != 0
        found = marks(made)
        assert [found[rule] for rule in ("C5", "C7", "C8")] == ["unknown"] * 3
        assert found["C15"] == "fail"
        assert "knows nobody who held it" in made.lines[4].found


def test_a_new_licence_with_every_service_off_is_none(moved):
    def switch_off(tenant, ids):
        sku = next(s for s in asyncio.run(tenant.skus()) if s.sku_id == E3)
        off = tuple(sorted(sku.plan_ids))
        tenant.touch(ids["p0000@c.example"], Holding.of([Assignment(sku_id=E3, disabled=off)]))
        tenant.touch(ids["p0001@c.example"], Holding.of([Assignment(sku_id=E3, disabled=off[1:])]))

    outside(switch_off)
    made = certificate(facts=Path("facts.toml"))
    assert (made.evidence.fates.removed, len(made.evidence.fates.moved)) == (("p0000@c.example",), 2)
    lines = {line.rule: line for line in made.lines}
    assert lines["C5"].mark.value == "fail"
    assert "MCOVOICECONF (2 people)" in lines["C15"].found
    assert "(1 person)" in lines["C15"].found


def test_an_export_without_runs_needs_somebodys_word(moved):
    asked = {"baseline": Path("users.csv"), "targets": ("Office 365 E3",), "root": Path("nowhere")}
    made = certificate(**asked)
    assert marks(made)["C5"] == "unknown"
    Path("facts.toml").write_text("baseline_is_whole = true\n", "utf-8")
    made = certificate(**asked, facts=Path("facts.toml"))
    # An export says who held it, not which services were off: that is no way back.
    assert (marks(made)["C5"], marks(made)["C22"]) == ("pass", "fail")


def test_runs_of_another_tenant_are_not_looked_at(reassign, moved):
    shutil.copyfile("before.db", "other.db")
    assert reassign("retire", "--sku", "Office 365 E4", "--tenant", "practice:other.db", "--json").json()["runs"] == []
    (run,) = Path("runs").iterdir()
    ended = reassign("retire", "--sku", "Office 365 E4", "--tenant", "practice:other.db", "--run", run)
    assert ended.code == 2
    assert "t.db" in ended.err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--accept", "C2=who cares"], "C2 can never be accepted: those people would lose service"),
        (["--accept", "C10=who cares", "--by", "Ann"], "C10 can never be accepted"),
        (["--accept", "C15=why"], "--by"),
        (["--accept", "C15", "--by", "Ann"], "no reason"),
        (["--accept", "C99=why", "--by", "Ann"], "no line C99"),
        (["--to", "Office 365 E4"], "same product"),
        (["--to", "Microsoft 365 E5"], "the tenant lists no"),
        (["--facts", "nowhere.toml"], "nowhere.toml"),
        (["--baseline", "nowhere.csv"], "nowhere.csv"),
        (["--baseline", "licenses.csv"], "does not say who held what"),
        (["--baseline", "stranger.db"], "another organisation"),
        (["--run", "nowhere"], "nowhere"),
        (["--on", "tomorrow"], "tomorrow"),
    ],
)
def test_what_cannot_be_meant(arguments, word, reassign, moved):
    ended = reassign("retire", *OLD, *arguments)
    assert ended.code == 2
    assert word.casefold() in ended.err.casefold()
