"""Every exit code that is promised, brought about the way it happens to people."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from batch.cli import main
from batch.core.terms import Assignment, Holding
from batch.runs.folder import RunFolder
from batch.runs.store import load_changes
from batch.tenants.practice import PracticeTenant
from tests.cli.conftest import (
    E3,
    E4,
    MOVE,
    assert_counts_close,
    command,
    counters_of,
    environment,
    lines_of,
    people,
    result_of,
)


@pytest.fixture
def planned(reassign, sheets):
    """A plan of so many people in the folder ``r``."""

    def plan(number, *options, e3=None):
        ended = reassign("plan", *sheets(number, e3), "--out", "r", *options)
        assert ended.code in (0, 4)
        return ended

    return plan


def edit(*statements):
    """Change run.db behind the program's back."""
    db = sqlite3.connect("r/run.db")
    with db:
        for statement in statements:
            db.execute(statement)
    db.close()


def outside(change):
    """Do something to the practice tenant of ``r`` behind the program's back."""
    tenant = PracticeTenant.open(Path("r/practice.db"))
    try:
        change(tenant)
    finally:
        asyncio.run(tenant.close())


def ids():
    """Everybody in the plan of ``r``, in its order: user id by UPN."""
    db = sqlite3.connect("r/run.db")
    try:
        return dict(db.execute("SELECT upn, user_id FROM changes ORDER BY n"))
    finally:
        db.close()


# -- 0 -------------------------------------------------------------------------------------------------------------


def test_0_done_and_reconciled(reassign, sheets):
    assert reassign("run", *sheets(3), "--out", "r", "--yes").code == 0
    result = result_of("r")
    assert (result["status"], result["exit_code"], result["reconciled"]) == ("done", 0, True)


def test_0_nothing_to_do(reassign, sheets):
    Path("none.csv").write_text("User principal name,Licenses\na@c.example,Office 365 E3\n", "utf-8")
    options = ("--users", "none.csv", "--from", "Office 365 E4", "--to", "Office 365 E3")
    assert reassign("run", *options, "--out", "r", "--yes").code == 0
    assert result_of("r")["status"] == "nothing"


# -- 1 -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", [["plan"], ["run", "--yes"]])
def test_1_a_run_folder_that_cannot_be_made(verb, reassign, sheets):
    Path("taken").write_text("a file, not a folder")
    ended = reassign(*verb, *sheets(2), "--out", "taken/below/r")
    assert ended.code == 1
    assert "taken" in ended.err
    assert "could not be written" in ended.err
    assert Path("taken").read_text() == "a file, not a folder"


def test_1_a_report_that_cannot_be_written_loses_nothing(reassign, planned):
    planned(3)
    Path("r/report.xlsx").unlink()
    Path("r/report.xlsx").mkdir()
    ended = reassign("apply", "r")
    assert ended.code == 1
    assert "report.xlsx" in ended.err
    Path("r/report.xlsx").rmdir()
    assert reassign("reconcile", "r").code == 0
    assert counters_of(reassign, "r/practice.db")["writes"] == 3


# -- 2 -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["plan"], "--users"),
        (["plan", "--users", "missing.csv"], "missing.csv"),
        (["plan", "missing.toml"], "missing.toml"),
        (["apply"], "RUN"),
        (["apply", "nowhere"], "nowhere"),
        (["reconcile", "nowhere"], "nowhere"),
        (["report", "nowhere"], "nowhere"),
        (["show", "nowhere"], "nowhere"),
        (["tenant", "show", "nowhere.db"], "nowhere.db"),
        (["plan", "--users", "users.csv"], "--from"),
        (["plan", "--users", "users.csv", "--from", "Office 365 E4"], "--from"),
        (["plan", "--users", "users.csv", "--from", "Office 365 E4", "--to", "Offise 365 E33"], "Offise 365 E33"),
        (["plan", "--users", "users.csv", "--max-share", "300%"], "300%"),
        (["plan", "--users", "users.csv", "--group-size", "21"], "21"),
        (["plan", "--users", "users.csv", "--tenant", "graph:what"], "graph:what"),
        (["plan", "--users", "users.csv", "--tenant", "practice:nowhere.db"], "nowhere.db"),
        (["run", "--users", "users.csv"], "--yes"),
    ],
)
def test_2_what_cannot_be_used(arguments, word, reassign, sheets, monkeypatch):
    sheets(2)
    monkeypatch.setattr("sys.stdin", open(os.devnull, encoding="utf-8"))  # noqa: SIM115  nobody is there to say yes
    ended = reassign(*arguments)
    sys.stdin.close()
    assert ended.code == 2
    assert word in ended.err
    assert ended.out == ""
    assert not Path("runs").exists()


# -- 3 -------------------------------------------------------------------------------------------------------------


def test_3_done_in_part(reassign, planned):
    planned(5, e3=3)
    assert reassign("apply", "r", "--allow-short").code == 3
    result = result_of("r")
    assert (result["status"], result["reconciled"]) == ("partial", True)
    assert (result["counts"]["applied"], result["counts"]["short"]) == (3, 2)
    assert len(lines_of("r/rejects.csv")) == 2


def test_3_somebody_is_not_in_the_tenant(reassign, sheets):
    options = sheets(3)
    assert reassign("tenant", "create", "t.db", "--users", "users.csv", "--licenses", "licenses.csv").code == 0
    with Path("users.csv").open("a", encoding="utf-8") as file:
        file.write("nobody@c.example,Nobody,NL,Office 365 E4\n")
    assert reassign("run", *options, "--tenant", "practice:t.db", "--out", "r", "--yes").code == 3
    (reject,) = lines_of("r/rejects.csv")
    assert reject["User principal name"] == "nobody@c.example"
    assert reject["Reason"]


# -- 4 -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "e3", "word", "others", "then"),
    [
        (["--max-changes", "2"], None, "--allow-large", "--allow-short", 0),
        (["--max-share", "50%"], None, "--allow-large", "--allow-short", 0),
        ([], 2, "--allow-short", "--allow-large", 3),
    ],
)
def test_4_held_back_until_the_word_is_said(limit, e3, word, others, then, reassign, planned):
    ended = planned(3, *limit, e3=e3)
    assert ended.code == 4
    assert "Held back" in ended.out
    assert word in ended.out
    for words in ([], [others]):
        held = reassign("apply", "r", *words)
        assert held.code == 4
        assert word in held.err
        assert result_of("r")["status"] == "blocked"
        assert result_of("r")["exit_code"] == 4
    assert counters_of(reassign, "r/practice.db")["calls"] == 0
    assert reassign("apply", "r", word).code == then


def test_4_a_word_said_when_planning_is_kept_with_the_plan(reassign, planned):
    assert planned(3, "--max-changes", "2", "--allow-large").code == 0
    assert reassign("apply", "r").code == 0


def test_4_run_is_held_back_too(reassign, sheets):
    ended = reassign("run", *sheets(3), "--max-changes", "2", "--out", "r", "--yes")
    assert ended.code == 4
    assert "--allow-large" in ended.err
    assert reassign("run", *sheets(3), "--max-changes", "2", "--out", "s", "--yes", "--allow-large").code == 0


def hours_from_now(first, last):
    """A window in UTC, so many hours from now."""
    now = datetime.now(UTC)
    return "-".join(f"{now + timedelta(hours=n):%H:%M}" for n in (first, last))


def test_4_the_window_is_closed_and_nothing_is_sent(reassign, planned):
    planned(3, "--window", hours_from_now(2, 3), "--timezone", "UTC")
    ended = reassign("apply", "r")
    assert ended.code == 4
    assert "is closed" in ended.err
    assert "It opens on" in ended.err
    assert counters_of(reassign, "r/practice.db")["calls"] == 0
    assert reassign("apply", "r", "--window", hours_from_now(-2, 2), "--until", hours_from_now(3, 4)[:5]).code == 0


# -- 5 -------------------------------------------------------------------------------------------------------------


def test_5_a_sheet_was_changed(reassign, planned):
    planned(3)
    with Path("users.csv").open("a", encoding="utf-8") as file:
        file.write("late@c.example,Late,NL,Office 365 E4\n")
    ended = reassign("apply", "r")
    assert ended.code == 5
    assert "users.csv" in ended.err
    assert counters_of(reassign, "r/practice.db")["calls"] == 0


def test_5_the_plan_is_too_old(reassign, planned):
    planned(3, "--pilot", "1")
    ended = reassign("apply", "r", "--max-age", "1ms")
    assert ended.code == 5
    assert "--max-age" in ended.err
    assert counters_of(reassign, "r/practice.db")["calls"] == 0
    assert reassign("apply", "r", "--max-age", "1h").code == 0
    assert Path("r/log.jsonl").read_text("utf-8").count('"verified"') == 1


def test_5_not_when_a_sheet_is_gone(reassign, planned):
    planned(3)
    Path("users.csv").unlink()
    assert reassign("apply", "r").code == 0


def test_5_most_people_were_changed_in_the_tenant(reassign, planned):
    planned(3)
    outside(lambda tenant: tenant.touch(ids()["p0001@c.example"], Holding(())))
    outside(lambda tenant: tenant.delete_user(ids()["p0002@c.example"]))
    ended = reassign("apply", "r")
    assert ended.code == 5
    assert "2 of 3 people changed" in ended.err
    assert "p0001@c.example" in ended.err
    assert counters_of(reassign, "r/practice.db")["calls"] == 0


def test_3_who_was_changed_in_the_tenant_is_left_alone_and_the_others_move(reassign, planned):
    planned(5)
    outside(lambda tenant: tenant.touch(ids()["p0001@c.example"], Holding(())))
    outside(lambda tenant: tenant.delete_user(ids()["p0002@c.example"]))
    ended = reassign("apply", "r")
    assert ended.code == 3
    assert "Left alone. With other licences since the plan was made: p0001@c.example (1 in all)" in ended.err
    assert "Gone from the tenant since the plan was made: p0002@c.example" in ended.err
    result = result_of("r")
    assert (result["reconciled"], result["counts"]["applied"]) == (True, 3)
    assert (result["counts"]["held"], result["counts"]["refused"]) == (1, 1)
    assert_counts_close(result["counts"])
    named = {row["User principal name"]: row["Reason"] for row in lines_of("r/rejects.csv")}
    assert set(named) == {"p0001@c.example", "p0002@c.example"}
    assert counters_of(reassign, "r/practice.db")["calls"] == 3


def test_0_whom_somebody_moved_already_there_is_nothing_to_do_for(reassign, planned):
    planned(3)
    with RunFolder.open(Path("r")) as folder:
        after = load_changes(folder.db).kinds[0].after
    outside(lambda tenant: tenant.touch(ids()["p0001@c.example"], after))
    ended = reassign("apply", "r")
    assert ended.code == 0
    assert "Moved already by somebody else, so there is nothing to do: p0001@c.example" in ended.err
    result = result_of("r")
    assert (result["status"], result["counts"]["applied"], result["counts"]["held"]) == ("done", 2, 1)
    assert counters_of(reassign, "r/practice.db")["calls"] == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE changes SET user_id = '00000000-0000-4000-8000-000000000000' WHERE n = 0",
        "UPDATE changes SET upn = 'somebody.else@c.example' WHERE n = 0",
        "DELETE FROM changes WHERE n = 2",
        "UPDATE kinds SET remove = '[]'",
        f"UPDATE kinds SET adds = '[[\"{E4}\", []]]'",
        "UPDATE rows SET bucket = 'unchanged' WHERE n = 0",
        "UPDATE skus SET sku = replace(sku, '\"enabled\": 3', '\"enabled\": 4')",
    ],
)
def test_5_the_plan_was_edited(statement, reassign, planned):
    planned(3)
    edit(statement)
    for verb in ("apply", "reconcile"):
        ended = reassign(verb, "r")
        assert ended.code == 5
        assert "changed since it was made" in ended.err
    assert counters_of(reassign, "r/practice.db")["calls"] == 0


# -- 6 -------------------------------------------------------------------------------------------------------------

VERBS = ("apply", "reconcile", "report", "show")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run of four people that ended well, made once; tests take copies."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "users.csv").write_text(people(4), "utf-8")
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()):
        assert main.run(["run", "--users", "users.csv", *MOVE, "--out", "r", "--yes", "--quiet"]) == 0
    return folder / "r"


def refused_by_every_verb(reassign):
    """Each command that opens the run says that it is damaged, and none calls the tenant."""
    for verb in VERBS:
        ended = reassign(verb, "r")
        assert ended.code == 6
        assert "damaged" in ended.err or "journal" in ended.err
        assert "plan again" in ended.err
    assert counters_of(reassign, "r/practice.db")["calls"] == 4


@pytest.mark.parametrize("part", ["head", "middle", "all", "short"])
def test_6_run_db_is_damaged(part, reassign, finished):
    shutil.copytree(finished, "r")
    path = Path("r/run.db")
    data = bytearray(path.read_bytes())
    noise = bytes((n * 37 + 11) % 256 for n in range(4096))
    match part:
        case "head":
            data[:1024] = noise[:1024]
        case "middle":
            for at in range(4096, len(data) - 4096, 4096):
                data[at : at + 4096] = noise
        case "all":
            data = bytearray(noise)
        case "short":
            del data[len(data) // 2 :]
    path.write_bytes(bytes(data))
    refused_by_every_verb(reassign)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET status = 201 WHERE seq = (SELECT max(seq) - 1 FROM entries)",
        "UPDATE entries SET at = at + 1 WHERE seq = 1",
        "UPDATE entries SET changes = '1' || changes WHERE changes <> ''",
        "DELETE FROM entries WHERE seq = 3",
        "DELETE FROM entries WHERE seq = (SELECT max(seq) FROM entries)",
        "DELETE FROM entries",
        "DELETE FROM seals WHERE last = (SELECT min(last) FROM seals)",
        "DELETE FROM seals WHERE last = (SELECT max(last) FROM seals)",
        "UPDATE seals SET digest = 'nonsense'",
        "INSERT INTO entries SELECT max(seq) + 1, 1, 0, 0, 0, 0, '', '', 0 FROM entries",
        "DROP TABLE entries",
        "DROP TABLE seals",
        "DROP TABLE changes",
        "DROP TABLE rows",
        "UPDATE meta SET value = 'no JSON' WHERE key = 'policy'",
        "UPDATE rows SET change = 99",
    ],
)
def test_6_run_db_was_edited_into_nonsense(statement, reassign, finished):
    shutil.copytree(finished, "r")
    edit(statement)
    refused_by_every_verb(reassign)


def test_6_a_run_of_another_version(reassign, finished):
    shutil.copytree(finished, "r")
    for statement in ("UPDATE meta SET value = '2' WHERE key = 'schema'", "DELETE FROM meta WHERE key = 'schema'"):
        edit(statement)
        for verb in VERBS:
            ended = reassign(verb, "r")
            assert ended.code == 6
            assert "version" in ended.err


# -- 7 -------------------------------------------------------------------------------------------------------------

_HOLD = (
    "import sys, filelock; lock = filelock.FileLock(sys.argv[1]); lock.acquire(); print('held', flush=True); input()"
)


def test_7_another_process_has_the_run(reassign, planned):
    planned(3)
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, "r/run.lock"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        for verb in ("apply", "reconcile", "report"):
            ended = reassign(verb, "r")
            assert ended.code == 7
            assert "Another process" in ended.err
        assert reassign("show", "r").code == 0
        other.kill()
    assert reassign("apply", "r").code == 0


# -- 8 -------------------------------------------------------------------------------------------------------------


def test_8_the_tenant_refuses_us_and_the_run_can_be_carried_on(reassign, planned):
    planned(30, "--faults", "seed=1,forbidden-after=12")
    ended = reassign("apply", "r", "--in-flight", "1")
    assert ended.code == 8
    result = result_of("r")
    assert (result["status"], result["exit_code"]) == ("stopped", 8)
    assert result["counts"]["applied"] == 12
    assert result["counts"]["not_sent"] == 18
    assert_counts_close(result["counts"])
    assert reassign("apply", "r", "--faults", "").code == 0
    counters = counters_of(reassign, "r/practice.db")
    assert (counters["writes"], counters["redundant"], counters["gaps"]) == (30, 0, 0)


# -- 9 -------------------------------------------------------------------------------------------------------------


def test_9_somebody_was_changed_behind_our_back(reassign, planned):
    planned(3)
    assert reassign("apply", "r").code == 0
    outside(lambda tenant: tenant.touch(ids()["p0001@c.example"], Holding((Assignment(sku_id=E4),))))
    ended = reassign("reconcile", "r")
    assert ended.code == 9
    result = result_of("r")
    assert result["reconciled"] is False
    assert "p0001@c.example" in [d["about"] for d in result["differences"]]
    assert "p0001@c.example" in ended.out


def test_0_a_seat_was_taken_behind_our_back_and_is_named(reassign, sheets):
    options = sheets(3, 5)
    with Path("users.csv").open("a", encoding="utf-8") as file:
        file.write("new@c.example,New,NL,\n")
    assert reassign("plan", *options, "--out", "r").code == 0
    assert reassign("apply", "r").code == 0
    db = sqlite3.connect("r/practice.db")
    ((new,),) = db.execute("SELECT id FROM users WHERE upn = 'new@c.example'").fetchall()
    db.close()
    outside(lambda tenant: tenant.touch(new, Holding((Assignment(sku_id=E3),))))
    ended = reassign("reconcile", "r")
    assert ended.code == 0
    assert "everybody is as asked; seats of Office 365 E3 changed hands outside this run." in " ".join(
        ended.out.split()
    )
    assert [(d["code"], d["about"]) for d in result_of("r")["differences"]] == [("seats", "Office 365 E3")]
    outside(lambda tenant: tenant.touch(new, Holding(())))
    assert reassign("reconcile", "r").code == 0


# -- 130 -----------------------------------------------------------------------------------------------------------


def answered(log):
    """How many answers the log in the run folder tells of."""
    try:
        return Path(log).read_text("utf-8").count('"answered"')
    except FileNotFoundError:
        return 0


def signalled(numbers, arguments=("apply", "r"), gap=0.05):
    """Start the command, and once it is at work send it these signals; how it ended."""
    with subprocess.Popen(
        command(*arguments), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as going:
        limit = time.monotonic() + 60
        while not answered("r/log.jsonl"):
            assert going.poll() is None, going.communicate()
            assert time.monotonic() < limit
            time.sleep(0.01)
        for number in numbers:
            going.send_signal(number)
            time.sleep(gap)
        out, err = going.communicate(timeout=60)
    assert "Traceback" not in out + err
    assert "never retrieved" not in err
    assert "was destroyed" not in err
    return going.returncode, out, err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_130_stopped_by_a_person_and_carried_on(number, reassign, planned):
    planned(120, "--faults", "latency=150ms", "--in-flight", "1", "--group-size", "10")
    code, out, _ = signalled([number])
    assert code == 130
    result = result_of("r")
    assert (result["status"], result["exit_code"]) == ("stopped", 130)
    assert result["counts"]["in_doubt"] == 0
    assert 10 <= result["counts"]["applied"] < 120
    assert "reassign apply" in out
    assert_counts_close(result["counts"])
    assert reassign("apply", "r", "--faults", "").code == 0
    counters = counters_of(reassign, "r/practice.db")
    assert (counters["writes"], counters["calls"], counters["redundant"]) == (120, 120, 0)


def test_130_a_second_signal_ends_it_at_once_and_loses_nothing(reassign, planned):
    planned(120, "--faults", "latency=400ms", "--in-flight", "2", "--group-size", "10")
    code, _, err = signalled([signal.SIGINT, signal.SIGINT], gap=0.1)
    assert code == 130
    assert "interrupted" in err
    assert reassign("apply", "r", "--faults", "").code == 0
    counters = counters_of(reassign, "r/practice.db")
    assert (counters["writes"], counters["redundant"], counters["gaps"]) == (120, 0, 0)


def test_130_while_planning_leaves_nothing_behind(sheets):
    options = sheets(3)
    with subprocess.Popen(
        command("plan", *options, "--out", "runs/r", "--faults", "latency=20s"),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as going:
        limit = time.monotonic() + 60
        while not list(Path().glob("runs/.r-*/practice.db")):
            assert going.poll() is None
            assert time.monotonic() < limit
            time.sleep(0.01)
        time.sleep(0.1)
        going.send_signal(signal.SIGINT)
        _, err = going.communicate(timeout=60)
    assert going.returncode == 130
    assert "Traceback" not in err
    assert not Path("runs").exists()


def test_a_second_command_on_a_run_at_work_is_7_and_harmless(reassign, planned):
    planned(60, "--faults", "latency=200ms", "--in-flight", "1")
    with subprocess.Popen(
        command("apply", "r"), env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as going:
        while not answered("r/log.jsonl"):
            assert going.poll() is None
            time.sleep(0.01)
        for verb in ("apply", "reconcile", "report"):
            assert reassign(verb, "r").code == 7
        assert reassign("show").code == 0
        assert going.wait(timeout=60) == 0
    assert counters_of(reassign, "r/practice.db")["redundant"] == 0


def test_a_plan_that_is_held_back_cannot_be_let_through_by_editing(reassign, sheets):
    assert reassign("plan", *sheets(3), "--max-changes", "1", "--out", "r").code == 4
    with contextlib.closing(sqlite3.connect("r/run.db")) as db, db:
        db.execute("UPDATE meta SET value = '[]' WHERE key = 'guards'")
    assert reassign("apply", "r").code == 5
