"""`reassign handover` with the real command: its options, and the round trips through other hands."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from batch.runs.folder import RunFolder
from batch.tenants.practice import PracticeTenant
from batch.wiring.applying import load_verified
from tests.cli.conftest import assert_counts_close, lines_of, people, result_of
from tests.handover.standin import ran, ticked

pytestmark = pytest.mark.usefixtures("_no_workbook")

COUNT = 25
FILES = ("--users", "users.csv", "--licenses", "licenses.csv")
TENANT = ("--tenant", "practice:t.db")


@pytest.fixture
def plan(reassign, sheets):
    """Plan the move of so many people into a folder, with whatever else is said."""

    def make(out, *more, number=COUNT):
        ended = reassign("plan", *sheets(number), "--out", out, "-q", *more)
        assert ended.code == 0, ended.err
        return Path(out)

    return make


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Where a practice tenant is kept once it was made."""
    return tmp_path_factory.mktemp("made") / "t.db"


@pytest.fixture
def tenant(reassign, sheets, made):
    """A practice tenant with a name of its own; people in it can be changed by hand."""
    sheets(COUNT)
    if not made.exists():
        assert reassign("tenant", "create", made, *FILES).code == 0
    shutil.copyfile(made, "t.db")

    def by_hand(run, which):
        """Do these changes of the run as a person does in the admin center."""
        with RunFolder.open(run) as folder:
            changes = load_verified(folder)
        calls = [changes.kinds[changes.kind[n]].call(changes.user_id[n]) for n in which]
        opened = PracticeTenant.open("t.db")

        async def go():
            answers = [answer for call in calls for answer in await opened.assign([call])]
            await opened.close()
            return answers

        assert all(answer.status == 200 for answer in asyncio.run(go()))

    return by_hand


def exported(name="fresh.csv", number=COUNT, licence="Office 365 E3"):
    """A fresh export of the users with their licences."""
    Path(name).write_text(people(number, licence), "utf-8")
    return name


def ending(run):
    """What all ways of doing a plan have in common in the end."""
    result = result_of(run)
    assert_counts_close(result["counts"])
    seats = [(s["sku_id"], s["before"], s["expected"]) for s in result["skus"]]
    return result["status"], result["counts"], seats, result["reconciled"], result["differences"]


# The round trips


def test_all_ways_end_in_the_same_reconciled_ledger(reassign, plan, tenant):
    # API only
    plan("api", *TENANT)
    assert reassign("apply", "api", "-q").code == 0
    # packs only, from a sheet to an export
    plan("packs")
    assert reassign("handover", "packs", "--to", "admin-center", "--lang", "en", "-q").code == 0
    book = ticked(Path("packs/handover/1-admin-center/packs.xlsx"))
    assert reassign("collect", "packs", book, "-q").code == 3, "said is not seen"
    assert result_of("packs")["counts"]["in_doubt"] == COUNT
    assert reassign("collect", "packs", exported(), "-q").code == 0
    # PowerShell only
    plan("jobs")
    assert reassign("handover", "jobs", "--to", "powershell", "--job-size", 20, "--group-size", 10, "-q").code == 0
    results = [ran(job) for job in sorted(Path("jobs/handover/1-powershell").glob("job-*"))]
    assert len(results) == 2
    assert reassign("collect", "jobs", *results, exported(), "-q").code == 0
    assert ending("api") == ending("packs") == ending("jobs")
    assert ending("api")[0] == "done"
    for run in ("api", "packs", "jobs"):
        assert reassign("verify", run).code == 0


def test_what_to_do_next_can_be_pasted_whatever_the_folder_is_called(reassign, plan):
    run = "it's (a) run"
    plan(run)
    assert reassign("handover", run, "--to", "powershell", "-q").code == 0
    refused = [reassign("handover", run, "--to", "powershell"), reassign("apply", run), reassign("reconcile", run)]
    assert [ended.code for ended in refused] == [2, 2, 2]
    for ended in refused:
        # Lines of an error may be broken anywhere between words.
        said = " ".join(ended.err.split())
        assert f'"{run}"' in said.partition("reassign: ")[2].partition("reassign ")[2]


def elsewhere(run):
    """What the plan says of people who are in other hands by another run."""
    with RunFolder.open(Path(run)) as folder:
        return [said for said in folder.meta()["assumed"] if "in other hands by another run" in said]


@pytest.mark.parametrize("more", [(), TENANT], ids=["sheets", "tenant"])
@pytest.mark.usefixtures("tenant")
def test_a_second_plan_says_who_is_in_other_hands(reassign, plan, more):
    plan("one", *more)
    assert reassign("handover", "one", "--to", "powershell", "--first", 2, "-q").code == 0
    plan("two", *more)
    (said,) = elsewhere("two")
    assert said.startswith(
        "2 of these people are in other hands by another run, one: p0000@c.example, p0001@c.example."
    )
    assert "reassign collect one)" in said
    plan("rehearsal", *(() if more else TENANT))
    assert elsewhere("rehearsal") == [], "another tenant"
    assert reassign("handover", "one", "--revoke", "-q").code == 0
    plan("three", *more)
    assert elsewhere("three") == []


def test_taken_back_and_done_by_us_after_all(reassign, plan, tenant):
    run = plan("r", *TENANT)
    tenant(run, [0])
    ended = reassign("handover", "r", "--to", "powershell")
    assert ended.code == 0
    assert "Moved already by somebody else" in ended.err, "everybody is looked at first"
    told = json.loads(Path("r/handover/1-powershell/changes.json").read_text("utf-8"))
    with RunFolder.open(run) as folder:
        tenant_id = folder.meta()["organisation"]["tenant_id"]
    assert (told["count"], told["address"], told["tenant_id"]) == (24, "id", tenant_id)
    ended = reassign("handover", "r", "--revoke")
    assert ended.code == 0
    assert "Taken back from handover 1: 24 people." in ended.out
    assert "reassign apply r" in ended.out
    assert Path("r/handover/1-powershell/revoked.txt").is_file()
    assert reassign("apply", "r", "-q").code == 0
    assert reassign("handover", "r", "--revoke").code == 2


def test_seats_that_people_in_packs_need_are_kept(reassign, plan, tenant):
    plan("r", *TENANT)
    made = reassign("handover", "r", "--to", "admin-center", "--lang", "en", "--first", 10, "--json").json()
    assert (made["people"], made["left"], [p["people"] for p in made["packs"]]) == (10, {"beyond_first": 15}, [10])
    opened = PracticeTenant.open("t.db")
    opened._db.execute("UPDATE skus SET enabled = consumed + 12 WHERE part_number = 'ENTERPRISEPACK'")
    opened._db.close()
    ended = reassign("apply", "r")
    assert ended.code == 3, ended.err
    assert "kept for people who are in packs or jobs" in ended.out
    counts = result_of("r")["counts"]
    assert (counts["applied"], counts["not_sent"]) == (2, 23)


def test_a_pilot_by_hand_and_the_rest_by_us(reassign, plan, tenant):
    run = plan("r", *TENANT, "--pilot", 4)
    assert reassign("handover", "r", "--to", "powershell", "--json").json()["left"] == {"later_wave": 21}
    ended = reassign("apply", "r")
    assert (ended.code, result_of("r")["counts"]["applied"]) == (3, 0)
    assert "this one waits for them" in ended.out
    tenant(run, range(4))
    results = ran(Path("r/handover/1-powershell"))
    assert reassign("collect", "r", results, "-q").code == 3
    assert reassign("collect", "r", "-q").code == 3
    assert result_of("r")["counts"]["applied"] == 4
    assert reassign("handover", "r", "--to", "admin-center", "--first", 2, "-q").code == 0, "the next wave may go"
    assert reassign("handover", "r", "--revoke", "--handover", 2, "-q").code == 0
    assert reassign("apply", "r", "-q").code == 0
    assert ending("r")[1]["applied"] == COUNT


def test_what_we_could_not_do_is_handed_over(reassign, plan, tenant):
    run = plan("r", *TENANT)
    assert reassign("apply", "r", "--faults", "seed=1,throttle=0.5", "--tries", 1, "-q").code == 3
    applied = result_of("r")["counts"]["applied"]
    assert 0 < applied < COUNT
    made = reassign("handover", "r", "--to", "powershell", "--json").json()
    assert (made["people"], made["left"]) == (COUNT - applied, {})
    rest = [int(line["Change"]) for line in lines_of("r/handover/1-powershell/changes.csv")]
    tenant(run, rest)
    assert reassign("collect", "r", "-q").code == 0
    assert ending("r")[1]["applied"] == COUNT


# Its words and options


def test_it_says_what_to_do_now(reassign, plan):
    plan("r", number=3)
    ended = reassign("handover", "r", "--to", "admin-center", "--pack-size", 30, "--lang", "NL")
    assert ended.code == 0
    assert "Handed over: 3 people in 1 pack for the admin center." in ended.out
    assert "reassign collect r r/handover/1-admin-center/packs.xlsx" in ended.out
    assert "reassign collect r EXPORT" in ended.out, "nobody can look at a tenant made from sheets"
    assert "Packs of 30 are for Users > Active users only" in ended.err
    told = " ".join(ended.out.split())
    assert "whoever has some switched off now gets the services of the plan by a pack. Where that" in told
    assert "import Microsoft's table of products before handing over: reassign catalog import FILE.csv" in told
    assert '<html lang="nl"' in Path("r/handover/1-admin-center/packs.html").read_text("utf-8")
    ended = reassign("handover", "r", "--revoke", "--handover", 1, "--json")
    assert ended.json() == {
        "run": "r",
        "taken_back": {"1": 3},
        "claimed": 0,
        "marked": ["r/handover/1-admin-center"],
        "missing": [],
    }


def test_what_cannot_be_meant_is_refused(reassign, plan):
    plan("r", number=1)
    for options, said in (
        ((), "Into whose hand?"),
        (("--to", "powershell", "--pack-size", 3), "--pack-size is nothing for --to powershell"),
        (("--to", "admin-center", "--job-size", 3), "--job-size is nothing for --to admin-center"),
        (("--to", "admin-center", "--lang", "xx"), "Choose one of en, nl, de, fr, es."),
        (("--to", "admin-center", "--pack-size", 41), "41"),
        (("--revoke", "--to", "powershell"), "--revoke takes back; --to is for handing over"),
        (("--revoke", "--allow-short"), "--allow-short is for handing over"),
        (("--handover", 1), "Say --revoke as well"),
        (("--revoke", "--handover", 0), "0 is not in the range"),
        (("--revoke",), "Nothing of r was handed over"),
        (("--to", "fax"), "fax"),
        (("--to", "admin-center", "--out", "users.csv"), "users.csv already exists"),
    ):
        ended = reassign("handover", "r", *options)
        assert (ended.code, said in ended.err) == (2, True), (options, ended.err)
    assert not Path("r/handover").exists()


@pytest.mark.parametrize(("lang", "page"), [("nl_BE.UTF-8", "nl"), ("C.UTF-8", "en"), ("Spanish_Spain", "es")])
def test_the_language_is_this_computers(monkeypatch, lang, page):
    from batch.cli.handover import _language

    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", lang)
    monkeypatch.setattr("locale.getlocale", lambda: (None, None))
    assert _language(None) == page
