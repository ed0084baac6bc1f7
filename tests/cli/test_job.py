"""`reassign job`: jobs written, checked, listed and shown; and what a job says is done by plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from batch.runs.jobfile import read_job
from tests.cli.conftest import people, seats


@pytest.fixture
def written(reassign):
    """A job file as init writes it, with its inbox."""
    done = reassign("job", "init", "jobs/a.toml", "--from", "Office 365 E4", "--to", "Office 365 E3", "--inbox", "in")
    assert (done.code, done.err) == (0, "")
    Path("in").mkdir()
    return Path("jobs/a.toml")


def test_a_job_is_written_checked_and_switched_on(reassign, written, monkeypatch):
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "hush")
    done = reassign("job", "check", "a")
    assert done.code == 0
    assert "a (jobs/a.toml): nothing wrong\n  It is switched off" in done.out
    assert "  AZURE_TENANT_ID (sign-in): not set here\n" in done.out
    assert "  AZURE_CLIENT_SECRET (sign-in): set\n" in done.out
    assert "hush" not in done.out
    again = reassign("job", "init", "jobs/a.toml")
    assert (again.code, again.out) == (2, "")
    assert "jobs/a.toml is there already" in again.err
    written.write_text(written.read_text("utf-8").replace("enabled = false", "enabled = true"), "utf-8")
    assert read_job(written).nightly.enabled
    assert "switched off" not in reassign("job", "check", written).out


def test_check_says_everything_that_is_wrong_and_ends_with_2(reassign, written):
    text = written.read_text("utf-8").replace("max_changes = 1000", "max_changes = -1\nwindw = '1-2'\ntoken = 'SECRET'")
    written.write_text(text, "utf-8")
    Path("jobs/b.toml").write_text("[sheets]\nusers = 'none.csv'\n[limits]\nwindow = '22:00-05:00'\n", "utf-8")
    done = reassign("job", "check")
    assert done.code == 2
    line = text.splitlines().index("max_changes = -1") + 1
    for number, words in (
        (line, "max_changes in [limits] should be"),
        (line + 1, "windw in [limits] is not known"),
        (line + 2, "token in [limits] does not belong in a job file"),
    ):
        assert f"jobs/a.toml, line {number}: {words}" in done.out
    assert "SECRET'" not in done.out
    assert "b (jobs/b.toml): 1 to mend\n  There is no sheet jobs/none.csv." in done.out
    first, second = reassign("job", "check", "--json").json()
    assert (len(first["problems"]), second["hours"][:32]) == (3, "It sends from 22:00 to 05:00 (th")
    assert reassign("job", "check", "zzz").code == 2


def test_list_shows_all_jobs_and_those_that_cannot_be_used(reassign, written):
    assert reassign("job", "list", "--jobs", "none").code == 2
    Path("jobs/b.toml").write_text("[move]\nfrom = 'A'\nto = 'B'\n[limits]\nwindow = '22:00-05:00'\n", "utf-8")
    Path("jobs/c.toml").write_text("x = 1", "utf-8")
    done = reassign("job", "list")
    assert done.code == 0
    assert [line.split() for line in done.out.splitlines()[1:3]] == [
        ["a", "off", "100", "any", "time", "Office", "365", "E4", "→", "Office", "365", "E3,", "graph"],
        ["b", "by", "hand", "22:00-05:00", "A", "→", "B,", "a", "practice", "tenant", "from", "the", "sheets"],
    ]
    assert "c: cannot be used. jobs/c.toml, line 1: x is not known." in done.out
    listed = reassign("job", "list", "--json").json()
    assert [one.get("nightly") for one in listed] == [True, False, None]
    assert listed[2]["problem"]["what"].startswith("jobs/c.toml, line 1")


def test_show_tells_everything_that_holds(reassign, written):
    Path("jobs/b.toml").write_text("[[rule]]\nholds = 'A'\nto = ['B', 'C']\ndepartment = 'Sales'\n", "utf-8")
    lines = {line.strip() for line in reassign("job", "show", "a").out.splitlines()}
    assert {"max_changes     1,000", "quiet           1m  (default)", "give_up         14d  (default)"} <= lines
    by_rules = reassign("job", "show", "b").out
    assert "by hand: by 1 rule\n" in by_rules
    assert "[[rule]] 1\n  holds           A\n  to              B, C\n  department      Sales" in by_rules
    assert "[nightly]" not in by_rules
    value = reassign("job", "show", "jobs/a.toml", "--json").json()
    assert (value["job"], value["nightly"], value["settings"]["inbox"]["folder"]) == ("a", True, "in")
    assert (value["settings"]["limits"]["group_size"], value["settings"]["nightly"]["daily_cap"]) == (20, None)
    assert reassign("job", "show", "b", "--json").json()["rules"][0]["to"] == ["B", "C"]


def test_a_job_can_let_those_through_who_fit(reassign):
    Path("u-1.csv").write_text(people(3), "utf-8")
    Path("l.csv").write_text(seats(2, 3), "utf-8")
    job = "[sheets]\nusers = 'u-*.csv'\nlicenses = 'l.csv'\n[services]\naccept = ['voice']\n"
    move = "[move]\nfrom = 'Office 365 E4'\nto = 'Office 365 E3'\n"
    for says, code in (("", 4), ("[limits]\nallow_short = true\n", 0)):
        Path("job.toml").write_text(job + move + says, "utf-8")
        assert reassign("plan", "job.toml", "--out", f"r{code}", "--quiet").code == code
