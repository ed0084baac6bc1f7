"""Jobs in a folder: found, checked, expanded, and what they need of this machine."""

from __future__ import annotations

import json
import os
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from batch.core.errors import ReassignError, UsageError
from batch.core.move_rules import MoveRule
from batch.core.outcomes import Bucket
from batch.runs.folder import RunFolder
from batch.runs.jobfile import Job
from batch.runs.nightjob import NightJob
from batch.wiring.applying import load_verified
from batch.wiring.declared import declared_jobs
from batch.wiring.job_needs import hours_of, missing_of, variables_of
from batch.wiring.jobs import clash_of, complaints_of, find_job, nightly_jobs, with_files
from batch.wiring.origins import job_value
from batch.wiring.planning import plan_run
from tests.wiring.conftest import SEATS

INBOX = "[inbox]\nfolder = '../in'\n"


@pytest.fixture
def declared():
    """Write job files into jobs/: name → text."""

    def write(**texts):
        Path("jobs").mkdir(exist_ok=True)
        for name, text in texts.items():
            Path(f"jobs/{name}.toml").write_text(text, "utf-8")
        return Path("jobs")

    return write


def test_jobs_are_found_by_file_and_by_name(declared):
    folder = declared(spring="", autumn="")
    assert find_job("spring", folder) == Path("jobs/spring.toml")
    assert find_job("jobs/autumn.toml", Path("elsewhere")) == Path("jobs/autumn.toml")
    assert find_job("autumn.toml", folder) == Path("jobs/autumn.toml")
    assert find_job("winter.toml", folder) == Path("winter.toml")
    with pytest.raises(UsageError) as caught:
        find_job("sprong", folder)
    assert str(caught.value) == "There is no job “sprong”.\nDid you mean spring?"
    with pytest.raises(UsageError, match="Jobs in jobs: autumn, spring"):
        find_job("\x1b[2Jxyz", folder)
    with pytest.raises(UsageError, match="The folder of jobs none cannot be read"):
        find_job("spring", Path("none"))


def test_every_job_of_a_folder_is_listed_and_broken_ones_say_why(declared):
    folder = declared(b="[move]\nfrom = 'x'", a=INBOX, c="[", d="[nightly]", e="[limits]\nwindow = '5'", _hidden="")
    Path("jobs/notes.txt").write_text("x")
    Path("jobs/.x.toml").write_text("[")
    Path("jobs/f.toml").mkdir()
    found = {path.stem: job for path, job in nightly_jobs(folder)}
    assert list(found) == ["_hidden", "a", "b", "c", "d", "e"]
    assert {name for name, job in found.items() if isinstance(job, Job)} == {"_hidden", "a", "b"}
    assert found["a"].nightly.inbox == Path("in")
    assert found["b"].nightly is None
    assert "not valid TOML" in found["c"].what
    assert found["d"].what == "jobs/d.toml: a job for the nights has to say where its sheets come from."
    assert found["e"].what.startswith("jobs/e.toml: “5” is not a window of time")


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        ("", "", True),
        ("files = 'a*'\n", "", True),
        ("files = 'a*'\n", "files = ['b*', 'a*']\n", True),
        ("files = 'a*'\n", "files = 'b*'\n", False),
        ("", "[nightly]\nenabled = false\n", False),
    ],
)
def test_two_jobs_do_not_share_an_inbox(first, second, clash, declared):
    Path("in").mkdir()
    os.symlink("in", "link")
    folder = declared(a=INBOX + first, b=INBOX.replace("../in", "../link") + second)
    found = dict(nightly_jobs(folder))
    told = [path.stem for path, job in found.items() if isinstance(job, UsageError)]
    assert told == (["a", "b"] if clash else [])
    assert bool(clash_of(Path("jobs/a.toml"))) is clash


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (INBOX + "[tenant]\nat = 'graph'\nsign_in = 'device-code'", "a device code waits for a person"),
        (INBOX + "[tenant]\nat = 'graph'\nsign_in = 'secrat'", "secrat"),
        (INBOX + "[tenant]\nat = 'graph'\ncloud = 'mars'", "mars"),
        (INBOX + "[out]\nfolder = 'x'", "folder in [out] is for a single run"),
        (INBOX + "[limits]\ntimezone = 'Mars/Olympus'", "is no time zone"),
        (INBOX + "[limits]\nwindow = '22:00-22:00'", "has no length"),
        (INBOX + "[services]\naccept = ['all']", "is no hazard"),
        (INBOX + "[[rule]]\nholds = 'a'\nto = 'b'\nusage_location = ['NL', 'UK']", "Did you mean GB?"),
    ],
)
def test_what_cannot_be_meant_is_a_complaint(text, words, declared):
    declared(a=text)
    job, complaints = complaints_of(Path("jobs/a.toml"))
    assert job is not None
    assert [words in str(error) for error in complaints] == [True]


def test_names_of_jobs_for_the_nights_can_be_written_down_and_pasted(declared):
    odd = ["-rf", 'q"x', "per%c", "$(id)", "new\nline", "\u202ertl", "s\udcffx", "x:y", "k" * 101, "é" * 60]
    good = ["e4 to e3", "2026.école_a+b", "CON"]
    folder = declared(**dict.fromkeys([*odd, *good], "[nightly]\n[sheets]\nusers = 'u.csv'\n"))
    found = declared_jobs((), folder)
    wrong = [d for d in found if d.error]
    assert len(wrong) == len(odd)
    assert all("cannot be called" in str(d.error) for d in wrong)
    # Whatever such a file is called, the book can hold it, and no two of them are one.
    assert len({d.key.encode() for d in found}) == len(odd + good)
    assert {d.key for d in found if not d.error} == set(good)
    declared(**{"-byhand": "[move]\nfrom = 'a'\nto = 'b'\n"})
    assert "-byhand" not in {d.key for d in declared_jobs((), folder)}


def test_jobs_that_are_named_are_no_exception(declared):
    folder = declared(a=INBOX, b=INBOX)
    for names in ((), ("a",), ("b", "a")):
        assert all("takes files from the same inbox" in str(found.error) for found in declared_jobs(names, folder))
    Path("other").mkdir()
    Path("other/a.toml").write_text(INBOX)
    with pytest.raises(UsageError, match="Two of these jobs are called a"):
        declared_jobs(("a", "other/a.toml"), folder)
    (alone,) = declared_jobs(("jobs/../other/a.toml", "jobs/../other/a.toml"), folder)
    assert alone.error is None


def test_nightly_rules_in_a_circle_are_a_complaint(declared):
    rule = "[[rule]]\nholds = 'Office 365 {}'\nto = 'Office 365 {}'\n"
    folder = declared(a=INBOX + rule.format("E4", "E3") + rule.format("e3", "E4"))
    (complaint,) = complaints_of(folder / "a.toml")[1]
    assert "in a circle: rule 1, then rule 2" in complaint.what


def test_patterns_are_looked_up_when_they_are_used():
    for name in ("u-1.csv", "u-2.csv", "l.csv"):
        Path(name).write_text("x")
    job = Job(users=(Path("u-*.csv"), Path("u-2.csv")), licenses=(Path("l.csv"),))
    assert with_files(job).users == (Path("u-1.csv"), Path("u-2.csv"))
    with pytest.raises(UsageError, match=r"No file is named like v-\*\.csv"):
        with_files(Job(users=(Path("u-1.csv"), Path("v-*.csv"))))


# --- plans -------------------------------------------------------------------------------------------------------

PEOPLE = (
    "User principal name,Usage location,Department,Licenses\n"
    "a@c.example,NL,Sales,Office 365 E4\nb@c.example,NL,IT,Office 365 E4\nc@c.example,NL,IT,Office 365 E1\n"
)
RULES = (
    MoveRule(holds="Office 365 E4", to=("Office 365 E5",), departments=("Sales",)),
    MoveRule(holds="ENTERPRISEWITHSCAL", to=("Office 365 E3",), locations=("nl",)),
)
# Two names of one product; by hand, such a swap is one move for everybody.
CIRCLE = (
    MoveRule(holds="Office 365 E4", to=("Office 365 E3",)),
    MoveRule(holds="Office 365 E3", to=("ENTERPRISEWITHSCAL",)),
)


def test_a_plan_by_rules_from_a_pattern():
    Path("users-1.csv").write_text(PEOPLE, "utf-8")
    Path("licenses.csv").write_text(SEATS + "Office 365 E1,9,0\n", "utf-8")
    job = Job(
        users=(Path("users-*.csv"),),
        licenses=(Path("licenses.csv"),),
        rules=RULES,
        accept=("voice",),
        out=Path("r"),
        newest=True,
        allow_short=True,
        nightly=NightJob(inbox=Path("in"), mail=("a@b.nl",)),
    )
    plan = plan_run(job).plan
    assert plan.bucket == [Bucket.PLANNED, Bucket.PLANNED, Bucket.UNCHANGED]
    assert plan.code[2] == "no_rule"
    with RunFolder.open(Path("r")) as folder:
        assert len(load_verified(folder)) == 2
        meta = folder.meta()
    assert meta["title"] == "Office 365 E4 → Office 365 E5, Office 365 E4 → Office 365 E3 by rules"
    assert meta["assumed"][0].startswith("Rule 1: who holds Office 365 E4 and has the department Sales")
    assert (meta["job"]["users"], meta["job"]["allow_short"]) == (["users-1.csv"], True)
    assert [rule["to"] for rule in meta["job"]["rules"]] == [["Office 365 E5"], ["Office 365 E3"]]
    assert not {"nightly", "newest"} & set(meta["job"])


def test_what_a_plan_by_rules_cannot_do_is_refused(job):
    for given, words in (
        ({"rules": RULES}, "Rule 1 of the job asks for a department"),
        ({"rules": RULES[1:]}, "The job has rules for who gets what"),
        ({"rules": RULES[1:] * 2, "source": "", "target": ""}, "Rule 2 can never count"),
        ({"rules": (MoveRule(holds="E44", to=("x",)),), "source": "", "target": ""}, "holds in rule 1 “E44”"),
        ({"rules": CIRCLE, "source": "", "target": "", "nightly": NightJob()}, "in a circle: rule 1, then rule 2"),
        ({"users": (Path("none-*.csv"),)}, r"No file is named like none-\*\.csv"),
    ):
        with pytest.raises(UsageError, match=words):
            plan_run(job(**given))
    assert not Path("r").exists()


def test_a_job_without_the_new_settings_is_kept_as_it_always_was():
    """The terms of a plan are a digest over this; folders of earlier versions stay as good as they were."""
    value = job_value(Job(nightly=NightJob(priority=5), newest=True))
    later = {"nightly", "newest", "rules", "allow_short"}
    assert set(value) == {field.name for field in fields(Job)} - later
    assert json.loads(json.dumps(value)) == json.loads(json.dumps(job_value(Job())))


# --- this machine ------------------------------------------------------------------------------------------------


def names(job, **env):
    return [(v.name, v.needed, v.is_set) for v in variables_of(job, env)]


IDS = [("AZURE_TENANT_ID", True, False), ("AZURE_CLIENT_ID", True, False)]


@pytest.mark.parametrize(
    ("job", "env", "found"),
    [
        (Job(tenant="practice:x"), {}, []),
        (Job(tenant="graph"), {}, []),
        (Job(tenant="graph", sign_in="secret"), {}, [*IDS, ("AZURE_CLIENT_SECRET", True, False)]),
        (Job(tenant="graph", nightly=NightJob()), {}, [*IDS, ("AZURE_CLIENT_SECRET", True, False)]),
        (
            Job(tenant="graph", nightly=NightJob()),
            {"AZURE_CLIENT_CERTIFICATE_PATH": "x"},
            [*IDS, ("AZURE_CLIENT_CERTIFICATE_PATH", True, True)],
        ),
        (Job(tenant="graph"), {"REASSIGN_GRAPH_TOKEN": "x"}, [("REASSIGN_GRAPH_TOKEN", True, True)]),
        (
            Job(nightly=NightJob(webhook="json", webhook_name="A")),
            {"REASSIGN_WEBHOOK_SECRET_A": "x"},
            [("REASSIGN_WEBHOOK_URL_A", True, False), ("REASSIGN_WEBHOOK_SECRET_A", True, True)],
        ),
        (
            Job(nightly=NightJob(webhook="slack")),
            {},
            [("REASSIGN_WEBHOOK_URL", True, False), ("REASSIGN_WEBHOOK_SECRET", False, False)],
        ),
    ],
)
def test_the_variables_that_a_job_needs(job, env, found):
    assert names(job, **env) == found


def test_the_variables_for_mail():
    found = names(Job(nightly=NightJob(mail=("a@b.nl",))), REASSIGN_SMTP_HOST="x")
    assert [name.removeprefix("REASSIGN_SMTP_") for name, needed, _ in found if needed] == ["HOST", "FROM"]
    assert [name for name, _, is_set in found if is_set] == ["REASSIGN_SMTP_HOST"]


def test_what_is_not_there_is_said():
    Path("in").mkdir()
    Path("l.csv").write_text("x")
    good = Job(licenses=(Path("l.csv"),), nightly=NightJob(inbox=Path("in")), tenant="practice:l.csv")
    assert list(missing_of(good)) == []
    bad = Job(
        licenses=(Path("m.csv"), Path("n-*.csv")),
        protect=(Path("p.csv"),),
        nightly=NightJob(inbox=Path("none")),
        tenant="copy:t.db",
    )
    told = [error.what for error in missing_of(bad)]
    assert all(isinstance(error, ReassignError) and error.todo for error in missing_of(bad))
    assert told[1:] == [
        "No file is named like n-*.csv.",
        "There is no sheet p.csv.",
        "There is no practice tenant to copy t.db.",
    ]
    assert "none" in told[0]


def test_folders_of_the_inbox_are_on_its_file_system(monkeypatch):
    Path("in/held").mkdir(parents=True)
    real = os.lstat
    elsewhere = SimpleNamespace(st_dev=-1, st_mode=Path("in").stat().st_mode)
    monkeypatch.setattr(
        os, "lstat", lambda path, **more: elsewhere if Path(path).name == "held" else real(path, **more)
    )
    (told,) = missing_of(Job(tenant="graph", nightly=NightJob(inbox=Path("in"))))
    assert "one file system" in told.todo


@pytest.mark.parametrize(
    ("window", "at", "words"),
    [
        ("", "2026-11-23T12:00", "at any time of day"),
        ("22:00-05:00", "2026-11-23T12:00", "closed now; it opens 2026-11-23 22:00, in 9 h."),
        ("22:00-05:00", "2026-11-23T23:30", "open now, until 2026-11-24 05:00, in 4 h 30 min."),
    ],
)
def test_the_hours_of_a_job_in_a_sentence(window, at, words):
    now = datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp()
    assert words in hours_of(Job(window=window, timezone="Europe/Amsterdam"), now)
