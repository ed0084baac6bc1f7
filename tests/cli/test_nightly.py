"""`reassign nightly` and `reassign job accept` as people meet them."""

from __future__ import annotations

import os
import time

import pytest

from tests.cli.conftest import counters_of, people, seats

pytestmark = pytest.mark.usefixtures("_no_workbook")

JOB = """
[job]
name = "E4 to E3"
[inbox]
folder = "../inbox"
[move]
from = "Office 365 E4"
to = "Office 365 E3"
[services]
accept = ["voice"]
[tenant]
at = "practice:../tenant.db"
"""


@pytest.fixture
def site(tmp_path, reassign):
    """A practice tenant of forty people, one job, and its inbox; a function that drops a file an hour ago."""
    (tmp_path / "users.csv").write_text(people(40), "utf-8")
    (tmp_path / "licenses.csv").write_text(seats(40, 40), "utf-8")
    assert reassign("tenant", "create", "tenant.db", "--users", "users.csv", "--licenses", "licenses.csv").code == 0
    for folder in ("jobs", "inbox"):
        (tmp_path / folder).mkdir()
    (tmp_path / "jobs" / "e4.toml").write_text(JOB, "utf-8")

    def drop(name, number):
        path = tmp_path / "inbox" / name
        path.write_text(people(number), "utf-8")
        os.utime(path, (time.time() - 3600,) * 2)

    return drop


def test_a_night_moves_who_was_dropped_and_says_so(site, reassign, tmp_path):
    site("users.csv", 25)
    told = reassign("nightly")
    assert told.code == 0
    assert "e4 (E4 to E3): done." in told.out
    assert "25 of 25 moved, all this night" in told.out
    assert counters_of(reassign, "tenant.db")["writes"] == 25
    assert [p.name for p in (tmp_path / "inbox/done").glob("*/*")] == ["users.csv"]
    assert "25 people moved" in (tmp_path / "nights/report.html").read_text("utf-8")
    (night,) = reassign("show", "--nights", "--json").json()
    assert night["exit_code"] == 0
    assert reassign("nightly", "--check-last", "26h").code == 0


def test_the_cap_leaves_the_rest_to_the_next_night(site, reassign, tmp_path):
    (tmp_path / "jobs" / "e4.toml").write_text(f"{JOB}[nightly]\ndaily_cap = 15\n", "utf-8")
    site("users.csv", 40)
    for date, code, moved in (("01", 3, 15), ("01", 3, 15), ("02", 3, 30), ("03", 0, 40)):
        assert reassign("nightly", "--night", f"2026-12-{date}", "--quiet").code == code
        assert counters_of(reassign, "tenant.db")["writes"] == moved


def test_a_file_that_shrank_waits_until_a_person_lets_it_through(site, reassign, tmp_path):
    site("users-1.csv", 30)
    assert reassign("nightly").code == 0
    site("users-2.csv", 10)
    held = reassign("nightly", "--night", "2026-12-02", "--json")
    assert held.code == 4
    (job,) = held.json()["jobs"]
    assert job["files"][0]["fate"] == "held"
    assert "reassign job accept e4 users-2.csv" in job["needs"][0]["todo"]
    assert reassign("job", "accept", "e4", "users-9.csv").code == 2
    assert reassign("job", "accept", "e4", "./users-2.csv").code == 0
    assert reassign("nightly", "--night", "2026-12-03").code == 0
    assert {p.name for p in (tmp_path / "inbox/done").glob("*/*")} == {"users-1.csv", "users-2.csv"}


def test_reports_are_put_where_the_job_wants_them_too_and_never_fail_a_run(site, reassign, tmp_path):
    wanted = f'{JOB}[reports]\nfolder = "../share"\nfiles = ["report.html", "rejects.csv"]\n'
    (tmp_path / "jobs" / "e4.toml").write_text(wanted, "utf-8")
    site("users.csv", 5)
    assert reassign("nightly").code == 0
    assert {path.name for path in (tmp_path / "share").glob("e4-*/*")} == {"report.html", "rejects.csv"}
    (tmp_path / "jobs" / "e4.toml").write_text(wanted.replace("../share", "../users.csv"), "utf-8")
    site("more.csv", 9)
    told = reassign("nightly", "--night", "2026-12-02")
    assert (told.code, "The reports were not copied" in told.out) == (0, True)


def test_a_broken_job_does_not_stop_the_others(site, reassign, tmp_path):
    site("users.csv", 5)
    (tmp_path / "jobs" / "broken.toml").write_text("[inbox]\nfoldr = 'x'\n", "utf-8")
    told = reassign("nightly")
    assert told.code == 2
    assert "foldr in [inbox] is not known" in told.out
    assert "5 of 5 moved" in told.out


def test_what_needs_a_person_is_said_once_with_its_command_on_a_line_of_its_own(site, reassign, tmp_path, monkeypatch):
    monkeypatch.delenv("REASSIGN_SMTP_HOST", raising=False)
    text = f'{JOB}[limits]\napproval = true\n[notify]\nmail = "a@b.example"\n'
    (tmp_path / "jobs" / "e4.toml").write_text(text, "utf-8")
    (tmp_path / "jobs" / "more.toml").write_text(text.replace("../inbox", "../more"), "utf-8")
    (tmp_path / "more").mkdir()
    site("users.csv", 5)
    monkeypatch.setenv("COLUMNS", "60")
    told = reassign("nightly")
    assert told.code == 4
    (run,) = (tmp_path / "nights/runs").iterdir()
    assert f"\n    reassign approve nights/runs/{run.name} --by NAME\n" in told.out
    said = " ".join(told.out.split())
    assert said.count("waits for the word of a second person") == 1
    assert said.count("REASSIGN_SMTP_HOST is not set") == 1
    health = reassign("nightly", "--check-last", "26h")
    assert (health.code, health.out.splitlines()[-1]) == (3, "The page: nights/report.html")


def test_a_job_whose_window_is_closed_waits(site, reassign, tmp_path):
    hour = (time.localtime().tm_hour + 4) % 24
    (tmp_path / "jobs" / "e4.toml").write_text(
        f'{JOB}[limits]\nwindow = "{hour:02}:00-{(hour + 1) % 24:02}:00"\n', "utf-8"
    )
    site("users.csv", 5)
    told = reassign("nightly")
    assert (told.code, "e4 (E4 to E3): waits." in told.out) == (3, True)
    assert "Waits (3)" in reassign("show", "--nights").out
    assert "; waits for its window: e4." in reassign("nightly", "--check-last", "26h").out


def test_what_cannot_be_meant_is_refused(site, reassign, tmp_path):
    assert reassign("nightly", "e5").code == 2
    (tmp_path / "jobs" / "hand.toml").write_text("[move]\nfrom = 'a'\nto = 'b'\n", "utf-8")
    by_hand = reassign("nightly", "hand")
    assert (by_hand.code, "nothing for the nights" in by_hand.err) == (2, True)
    wrong = reassign("nightly", "--metrics", "figures.txt")
    assert (wrong.code, ".prom" in wrong.err) == (2, True)
    assert reassign("nightly", "--check-last", "26h").code == 1
    for options in (
        ("--check-last", "26h", "--watch"),
        ("--check-last", "26h", "e4"),
        ("--watch", "--night", "2026-12-01"),
    ):
        assert reassign("nightly", *options).code == 2
    elsewhere = reassign("job", "accept", "e4", "users.csv", "--nights", "elsewhere")
    assert (elsewhere.code, "--nights DIR" in elsewhere.err) == (2, True)
    assert not (tmp_path / "elsewhere").exists()


def test_metrics_are_written_after_the_night(site, reassign, tmp_path):
    site("users.csv", 3)
    assert reassign("nightly", "--metrics", "reassign.prom", "--quiet").code == 0
    assert 'reassign_job_moved_people{job="e4"} 3' in (tmp_path / "reassign.prom").read_text("utf-8")
