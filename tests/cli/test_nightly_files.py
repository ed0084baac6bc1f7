"""What a night does with the files of an inbox that do not go together, or are not what they were."""

from __future__ import annotations

import os
import time

import pytest

from tests.cli.conftest import counters_of, people
from tests.cli.test_nightly import JOB, site

__all__ = ["site"]
pytestmark = pytest.mark.usefixtures("_no_workbook")


@pytest.fixture
def drop(tmp_path):
    """Put a text into the inbox as if it had come an hour ago."""

    def put(name, text):
        path = tmp_path / "inbox" / name
        path.write_text(text, "utf-8")
        os.utime(path, (time.time() - 3600,) * 2)

    return put


def lying(tmp_path, folder):
    """Names of the files below a folder of the inbox."""
    return sorted(path.name for path in (tmp_path / "inbox" / folder).glob("*/*") if not path.name.endswith(".why.txt"))


def test_sheets_of_two_kinds_are_two_runs(site, drop, reassign, tmp_path):
    drop("a-users.csv", people(10))
    drop("b-moves.csv", "UserPrincipalName,OldLicense,NewLicense\np0020@c.example,Office 365 E4,Office 365 E3\n")
    told = reassign("nightly", "--json")
    assert told.code == 0
    runs = told.json()["jobs"][0]["runs"]
    assert sorted(run["moved"] for run in runs) == [1, 10]
    assert counters_of(reassign, "tenant.db")["writes"] == 11
    assert lying(tmp_path, "done") == ["a-users.csv", "b-moves.csv"]


def test_a_file_that_no_plan_can_be_made_of_does_not_stand_in_the_way(site, drop, reassign, tmp_path):
    (tmp_path / "jobs" / "e4.toml").write_text(f'{JOB}[sheets]\nmap = {{ "User principal name" = "user" }}\n', "utf-8")
    drop("bad.csv", "Name,Licence\nAnna,Office 365 E4\n")
    drop("good.csv", people(4))
    told = reassign("nightly")
    assert told.code == 4
    assert counters_of(reassign, "tenant.db")["writes"] == 4
    assert (lying(tmp_path, "rejected"), lying(tmp_path, "done")) == (["bad.csv"], ["good.csv"])
    drop("more.csv", people(6))
    assert reassign("nightly").code == 4  # the night is the same, and so is what needs somebody
    assert counters_of(reassign, "tenant.db")["writes"] == 6


def test_what_is_planned_is_what_was_judged(site, drop, reassign, tmp_path, monkeypatch):
    from batch.wiring import night_runs

    planned = []
    plan = night_runs.plan_run

    def written_to_once(job, *arguments, **named):
        """Somebody who had the file open when it was claimed goes on writing."""
        if not planned:
            job.users[0].write_text(people(7), "utf-8")
        planned.append(job)
        return plan(job, *arguments, **named)

    monkeypatch.setattr(night_runs, "plan_run", written_to_once)
    drop("users.csv", people(5))
    told = reassign("nightly", "--json")
    assert (told.code, len(planned)) == (0, 2)
    assert told.json()["jobs"][0]["files"][0]["rows"] == 7
    assert counters_of(reassign, "tenant.db")["writes"] == 7


@pytest.mark.skipif(os.name == "nt", reason="links need rights that Windows gives to few")
def test_a_link_in_the_place_of_a_claimed_file_is_not_followed(site, drop, reassign, tmp_path, monkeypatch):
    from batch.wiring import night_walk

    (tmp_path / "secret.csv").write_text(people(9), "utf-8")
    judge = night_walk.night_files.judge

    def swapped(turn, delivery):
        (path,) = (tmp_path / "inbox" / "taken" / delivery.id).iterdir()
        path.unlink()
        path.symlink_to(tmp_path / "secret.csv")
        judge(turn, delivery)

    monkeypatch.setattr(night_walk.night_files, "judge", swapped)
    drop("users.csv", people(5))
    assert reassign("nightly").code == 0
    assert counters_of(reassign, "tenant.db")["writes"] == 0


def test_a_run_that_somebody_has_in_hand_is_tried_again_and_told(site, drop, reassign, tmp_path, monkeypatch):
    from filelock import FileLock

    from batch.wiring import parts

    (tmp_path / "jobs" / "e4.toml").write_text(f"{JOB}[nightly]\ndaily_cap = 3\n", "utf-8")
    drop("users.csv", people(5))
    assert reassign("nightly", "--night", "2026-12-01").code == 3
    (run,) = (tmp_path / "nights" / "runs").iterdir()
    naps = []
    monkeypatch.setattr(parts.WallClock, "pause", lambda self, seconds, stop: naps.append(seconds))
    with FileLock(run / "run.lock"):
        told = reassign("nightly", "--night", "2026-12-02")
    assert (told.code, len(naps)) == (3, 20)
    assert "Another process is carrying" in told.out
    assert reassign("nightly", "--night", "2026-12-02").code == 0
    assert counters_of(reassign, "tenant.db")["writes"] == 5


def test_another_inbox_in_the_job_file_leaves_no_file_behind(site, drop, reassign, tmp_path):
    capped = f"{JOB}[nightly]\ndaily_cap = 3\n"
    (tmp_path / "jobs" / "e4.toml").write_text(capped, "utf-8")
    drop("users.csv", people(5))
    assert reassign("nightly", "--night", "2026-12-01").code == 3
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "jobs" / "e4.toml").write_text(capped.replace("../inbox", "../elsewhere"), "utf-8")
    told = reassign("nightly", "--night", "2026-12-02")
    assert (told.code, "The job file was edited" in told.out) == (0, True)
    assert lying(tmp_path, "done") == ["users.csv"]
    assert lying(tmp_path, "taken") == []


def test_what_is_never_taken_is_named(site, drop, reassign, tmp_path):
    drop("report.pdf", "nothing for us")
    assert "report.pdf" in reassign("nightly").out


def test_what_waits_for_a_person_can_be_looked_at_and_let_through_as_it_is_told(site, drop, reassign, tmp_path):
    (tmp_path / "jobs" / "e4.toml").write_text(f"{JOB}[limits]\nmax_changes = 3\n", "utf-8")
    drop("users.csv", people(5))
    held = reassign("nightly", "--json")
    assert held.code == 4
    (need,) = held.json()["jobs"][0]["needs"]
    assert list((tmp_path / "nights" / "runs").glob("*/report.html"))
    command = need["todo"].rpartition("reassign ")[2].split()
    assert command[0] == "apply"
    assert reassign(*command).code == 0
    assert reassign("nightly", "--night", "2026-12-02").code == 0
    assert lying(tmp_path, "done") == ["users.csv"]


def test_a_night_of_one_job_says_nothing_of_the_others(site, drop, reassign, tmp_path):
    (tmp_path / "jobs" / "bad.toml").write_text('[inbox]\nfolder = "../none"\n[tenant]\nat = "graph"\n', "utf-8")
    drop("users.csv", people(5))
    assert reassign("nightly", "bad").code == 1
    told = reassign("nightly", "e4")
    assert (told.code, "bad" in told.out) == (0, False)


def test_a_file_that_may_not_be_moved_keeps_no_other_and_is_told_after_a_day(
    site, drop, reassign, tmp_path, monkeypatch
):
    rename = os.rename

    def refused(source, target):
        if os.path.basename(source) == "stuck.csv":
            raise PermissionError(1, "Operation not permitted", str(source))
        rename(source, target)

    monkeypatch.setattr(os, "rename", refused)
    drop("stuck.csv", people(3))
    drop("users.csv", people(5))
    told = reassign("nightly")
    assert (told.code, "It may not be moved" in told.out) == (0, True)
    assert counters_of(reassign, "tenant.db")["writes"] == 5
    os.utime(tmp_path / "inbox" / "stuck.csv", (time.time() - 2 * 86_400,) * 2)
    told = reassign("nightly", "--night", "2026-12-02")
    assert (told.code, "for more than a day" in told.out) == (1, True)


def test_a_quiet_time_of_hours_is_not_waited_for(site, drop, reassign, tmp_path, monkeypatch):
    from batch.wiring import parts

    naps = []
    monkeypatch.setattr(parts.WallClock, "pause", lambda self, seconds, stop: naps.append(seconds))
    (tmp_path / "jobs" / "e4.toml").write_text(JOB.replace("[move]", 'quiet = "6h"\n[move]'), "utf-8")
    drop("users.csv", people(5))
    told = reassign("nightly")
    assert (told.code, naps, "still being written" in told.out) == (0, [], True)


def test_figures_that_cannot_be_written_do_not_hide_the_night(site, drop, reassign, tmp_path):
    drop("users.csv", people(5))
    told = reassign("nightly", "--metrics", "none/figures.prom")
    assert (told.code, "5 of 5 moved" in told.out) == (1, True)
