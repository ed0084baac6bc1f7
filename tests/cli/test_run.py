"""The whole way, there and back: plan, apply, reconcile, report, rejects fed in again."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path

import pytest

from batch.cli.main import COMMANDS
from batch.tenants.practice import PracticeTenant
from tests.cli.conftest import (
    BUCKETS,
    E3,
    MOVE,
    OUTCOMES,
    SAMPLES,
    assert_counts_close,
    command,
    counters_of,
    environment,
    lines_of,
    process,
    result_of,
)

FILES = ("run.db", "report.xlsx", "report.html", "results.csv", "rejects.csv", "result.json", "log.jsonl")
PROMISED = {"schema", "run", "status", "exit_code", "counts", "skus", "reconciled", "differences"}
SKU_KEYS = {"sku_id", "part_number", "name", "seats", "before", "expected", "after"}
TENANT = ("tenant", "create", "t.db", "--users")


def tenant_do(path, change):
    """Do something to a practice tenant; what came of it."""
    tenant = PracticeTenant.open(Path(path))
    try:
        return change(tenant)
    finally:
        asyncio.run(tenant.close())


def export(path, sheet):
    """Write what the practice tenant shows now as a sheet of users, as an admin would export it."""
    people, skus = tenant_do(path, lambda t: (asyncio.run(t.people(None)), t.describe().skus))
    names = {s.sku_id: s.name for s in skus}
    with Path(sheet).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["User principal name", "Licenses"])
        for upn, holding in zip(people.upns, people.holding, strict=True):
            held = sorted(names[s] for s in people.holdings[holding].sku_ids)
            writer.writerow([upn, "+".join(held) or "Unlicensed"])


# -- the folder and its files --------------------------------------------------------------------------------------


def test_a_run_leaves_every_promised_file_and_counts_that_close(reassign, sheets):
    ended = reassign("run", *sheets(25), "--out", "r", "--yes")
    assert ended.code == 0
    assert {f for f in FILES if not (Path("r") / f).is_file()} == set()
    result = result_of("r")
    assert set(result) >= PROMISED
    assert (result["schema"], result["run"], result["status"]) == (1, "r", "done")
    assert all(set(sku) >= SKU_KEYS for sku in result["skus"])
    assert next(iter(result["counts"])) == "rows"
    assert set(result["counts"]) == {"rows", *BUCKETS, *OUTCOMES}
    assert_counts_close(result["counts"])
    assert result["counts"]["applied"] == 25
    rows = lines_of("r/results.csv")
    assert [int(row["row"]) for row in rows] == list(range(2, 27))
    assert {row["outcome"] for row in rows} == {"applied"}
    assert lines_of("r/rejects.csv") == []
    for line in Path("r/log.jsonl").read_text("utf-8").splitlines():
        assert json.loads(line)["event"]
    assert not [f for f in Path("r").iterdir() if f.name.endswith(".part")]


def test_results_have_one_line_a_row_whatever_the_rows_are(reassign):
    options = ("--users", SAMPLES / "dirty.csv", "--licenses", SAMPLES / "licenses.csv")
    reassign(*TENANT, SAMPLES / "users.csv", "--licenses", SAMPLES / "licenses.csv")
    reassign("run", *options, *MOVE, "--tenant", "practice:t.db", "--out", "r", "--yes", "--allow-short")
    result, rows = result_of("r"), lines_of("r/results.csv")
    assert_counts_close(result["counts"])
    assert len(rows) == result["counts"]["rows"]
    assert len({(r["file"], r["sheet"], r["row"]) for r in rows}) == len(rows)
    for word in ("problems", "repeats", "unchanged", "blocked", "short", *OUTCOMES):
        assert sum(r["outcome"] == word for r in rows) == result["counts"][word]
    assert all(r["reason"] and r["code"] for r in rows if r["outcome"] not in {"applied"})


# -- plan, apply, and again ----------------------------------------------------------------------------------------


def test_plan_changes_nothing_and_apply_does_what_it_showed(reassign, sheets):
    planned = reassign("plan", *sheets(25), "--out", "r")
    assert planned.code == 0
    assert "25 people would move" in planned.out
    assert "reassign apply r" in planned.out
    assert counters_of(reassign, "r/practice.db")["calls"] == 0
    assert reassign("apply", "r").code == 0
    counters = counters_of(reassign, "r/practice.db")
    assert (counters["writes"], counters["groups"]) == (25, 2)


def test_applying_a_finished_run_again_is_harmless(reassign, sheets):
    reassign("run", *sheets(5), "--out", "r", "--yes")
    before = counters_of(reassign, "r/practice.db")
    for _ in range(2):
        assert reassign("apply", "r").code == 0
    assert counters_of(reassign, "r/practice.db") == before
    assert lines_of("r/results.csv")[0]["outcome"] == "applied"


def test_the_same_job_again_has_nothing_to_do(reassign, sheets):
    options = (*sheets(5), "--tenant", "practice:t.db", "--yes")
    reassign(*TENANT, "users.csv", "--licenses", "licenses.csv")
    assert reassign("run", *options, "--out", "a").code == 0
    assert reassign("run", *options, "--out", "b").code == 0
    assert result_of("b")["status"] == "nothing"
    assert result_of("b")["counts"]["planned"] == 0
    assert counters_of(reassign, "t.db")["calls"] == 5


def test_two_runs_in_one_second_get_folders_of_their_own(reassign, sheets):
    options = sheets(2)
    for _ in range(3):
        assert reassign("plan", *options).code == 0
    assert len(list(Path("runs").iterdir())) == 3
    listed = reassign("show", "--json")
    assert len(listed.json()) == 3
    assert {run["status"] for run in listed.json()} == {"planned"}


# -- reconcile -----------------------------------------------------------------------------------------------------


def test_reconcile_with_a_fresh_export(reassign):
    options = ("--users", SAMPLES / "users.csv", "--licenses", SAMPLES / "licenses.csv", *MOVE)
    assert reassign("run", *options, "--out", "r", "--yes").code == 0
    export("r/practice.db", "fresh.csv")
    for _ in range(2):
        assert reassign("reconcile", "r", "--users", "fresh.csv").code == 0
    result = result_of("r")
    assert (result["read_from"], result["reconciled"], result["difference_count"]) == ("fresh.csv", True, 0)


def test_reconcile_with_an_export_that_says_otherwise(reassign, sheets):
    assert reassign("run", *sheets(4), "--out", "r", "--yes").code == 0
    export("r/practice.db", "fresh.csv")
    text = Path("fresh.csv").read_text("utf-8")
    Path("fresh.csv").write_text(
        text.replace("p0001@c.example,Office 365 E3", "p0001@c.example,Office 365 E4").replace(
            "p0003@c.example,Office 365 E3\n", ""
        ),
        "utf-8",
    )
    assert reassign("reconcile", "r", "--users", "fresh.csv").code == 9
    found = {d["about"]: d["code"] for d in result_of("r")["differences"]}
    assert found == {"p0001@c.example": "missing", "p0003@c.example": "unseen"}
    assert reassign("reconcile", "r").code == 0


def test_reconcile_with_a_sheet_that_says_nothing_of_licences(reassign, sheets):
    reassign("run", *sheets(2), "--out", "r", "--yes")
    Path("fresh.csv").write_text("User principal name\np0001@c.example\n", "utf-8")
    ended = reassign("reconcile", "r", "--users", "fresh.csv")
    assert ended.code == 2
    assert "fresh.csv" in ended.err
    assert result_of("r")["reconciled"] is True


# -- rejects fed in again ------------------------------------------------------------------------------------------


def test_rejects_for_want_of_seats_move_once_seats_are_bought(reassign, sheets):
    options = (*sheets(8, 5), "--tenant", "practice:t.db", "--yes")
    reassign(*TENANT, "users.csv", "--licenses", "licenses.csv")
    assert reassign("run", *options, "--out", "a", "--allow-short").code == 3
    rejected = [row["User principal name"] for row in lines_of("a/rejects.csv")]
    assert len(rejected) == 3
    tenant_do("t.db", lambda t: t.set_seats(E3, 10))
    again = ("--users", "a/rejects.csv", *MOVE, "--tenant", "practice:t.db", "--yes")
    assert reassign("run", *again, "--out", "b").code == 0
    moved = [row["user"] for row in lines_of("b/results.csv") if row["outcome"] == "applied"]
    assert sorted(moved) == sorted(rejected)
    counters = counters_of(reassign, "t.db")
    assert (counters["writes"], counters["redundant"]) == (8, 0)


def test_rejects_that_were_mended_move(reassign, sheets):
    options = sheets(4)
    reassign(*TENANT, "users.csv", "--licenses", "licenses.csv")
    text = Path("users.csv").read_text("utf-8")
    Path("users.csv").write_text(text.replace("p0002@c.example", "p0002 at c.example"), "utf-8")
    tenant = ("--tenant", "practice:t.db", "--yes")
    assert reassign("run", *options, *tenant, "--out", "a").code == 3
    (reject,) = lines_of("a/rejects.csv")
    assert reject["Display name"] == "Person 2"
    mended = Path("a/rejects.csv").read_text("utf-8-sig").replace("p0002 at c.example", "p0002@c.example")
    Path("mended.csv").write_text(mended, "utf-8")
    assert reassign("run", "--users", "mended.csv", *MOVE, *tenant, "--out", "b").code == 0
    assert [(r["user"], r["outcome"]) for r in lines_of("b/results.csv")] == [("p0002@c.example", "applied")]


# -- every sample --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("users", "licenses", "options", "code"),
    [
        ("users.csv", "licenses.csv", MOVE, 0),
        ("users.csv", "licenses-too-few.csv", MOVE, 4),
        ("users.csv", "licenses-too-few.csv", (*MOVE, "--allow-short"), 3),
    ],
)
def test_the_samples_of_users(users, licenses, options, code, reassign):
    ended = reassign(
        "run", "--users", SAMPLES / users, "--licenses", SAMPLES / licenses, *options, "--out", "r", "--yes"
    )
    assert ended.code == code
    assert_counts_close(result_of("r")["counts"])
    assert result_of("r")["exit_code"] == code


def test_the_sample_of_swaps(reassign):
    reassign(*TENANT, SAMPLES / "users.csv", "--licenses", SAMPLES / "licenses.csv")
    swap = ("run", "--users", SAMPLES / "swaps.xlsx", "--tenant", "practice:t.db", "--yes")
    ended = reassign(*swap, "--accept", "mailbox,data,voice", "--accept", "archive,apps", "--out", "r")
    assert ended.code in (0, 3)
    result = result_of("r")
    assert_counts_close(result["counts"])
    assert result["counts"]["rows"] == 40
    assert result["reconciled"]
    assert result["counts"]["applied"] == result["counts"]["planned"] > 20


def test_the_sample_job_file(reassign):
    job = SAMPLES.parent / "jobs" / "sample.toml"
    assert reassign("run", job, "--out", "r", "--yes").code == 0
    assert result_of("r")["counts"]["applied"] == 152
    assert reassign("plan", job, "--out", "s", "--max-changes", "5").code == 4
    assert "Office 365 E5" in reassign("plan", job, "--out", "t", "--to", "Office 365 E5").out


# -- telling -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", ["plan", "run"])
def test_json_is_one_value_and_nothing_else(before, reassign, sheets):
    options = sheets(4)
    yes = ("--yes",) if before == "run" else ()
    ended = reassign(before, *options, "--out", "r", "--json", *yes)
    assert ended.code == 0
    assert set(ended.json()) >= PROMISED
    for verb in ("apply", "reconcile", "report", "show"):
        ended = reassign(verb, "r", "--json")
        assert ended.code == 0
        assert ended.out.count("\n") == 1
        assert ended.json() == result_of("r")
    assert len(reassign("show", "--in", ".", "--json").json()) == 1


@pytest.mark.parametrize(("number", "options", "code"), [(4, ("--max-changes", "1"), 4), (4, ("--allow-short",), 3)])
def test_json_tells_a_bad_end_too(number, options, code, reassign, sheets):
    given = sheets(number, number - 1)
    ended = reassign("run", *given, "--out", "r", "--yes", "--json", *options)
    assert (ended.code, ended.json()["exit_code"]) == (code, code)
    assert ended.json() == result_of("r")


def test_an_error_is_one_json_value_too(reassign):
    ended = reassign("show", "nothing-there", "--json")
    told = ended.json()
    assert (ended.code, told["exit_code"]) == (2, 2)
    assert told["error"]["what"] in ended.err
    assert told["error"]["todo"]
    assert reassign("show", "nothing-there").out == ""


def test_quiet_says_nothing(reassign, sheets):
    options = sheets(4)
    for arguments in (
        ("plan", *options, "--out", "r"),
        ("apply", "r"),
        ("reconcile", "r"),
        ("report", "r"),
        ("run", *options, "--out", "s", "--yes"),
    ):
        ended = reassign(*arguments, "--quiet")
        assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_quiet_still_tells_errors(reassign, sheets):
    reassign("plan", *sheets(4), "--out", "r", "--max-changes", "1", "--quiet")
    ended = reassign("apply", "r", "--quiet")
    assert (ended.code, ended.out) == (4, "")
    assert "--allow-large" in ended.err


def test_without_a_terminal_progress_is_plain_lines(sheets):
    ended = process("run", *sheets(40), "--out", "r", "--yes")
    assert ended.code == 0
    assert re.search(r"^40 of 40 moved", ended.err, re.MULTILINE)
    assert not set("\x1b\r█") & set(ended.err + ended.out)
    assert "\x1b" not in process("apply", "nowhere").err


def on_a_terminal(*arguments, **more):
    """Run the command with a terminal for its output; everything that it wrote there, and its exit code."""
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            command(*arguments), stdin=theirs, stdout=theirs, stderr=theirs, env=environment(TERM="xterm", **more)
        ) as going:
            os.close(theirs)
            theirs = -1
            written = bytearray()
            while select.select([ours], [], [], 60)[0]:
                try:
                    piece = os.read(ours, 65536)
                except OSError:  # how Linux tells that the last one has closed it
                    break
                if not piece:
                    break
                written += piece
            return going.wait(timeout=60), written.decode("utf-8")
    finally:
        os.close(ours)
        if theirs >= 0:
            os.close(theirs)


def test_on_a_terminal_a_bar_grows_in_colour(sheets):
    code, text = on_a_terminal("run", *sheets(60), "--out", "r", "--yes", PYTHONUTF8="1")
    assert code == 0
    assert "Traceback" not in text
    assert re.search(r"\r\x1b\[32m█+\x1b\[0m 60 of 60 moved", text)
    assert "\x1b[1m" in text


def test_no_color_is_honoured(sheets):
    code, text = on_a_terminal("run", *sheets(60), "--out", "r", "--yes", PYTHONUTF8="1", NO_COLOR="1")
    assert code == 0
    assert re.search(r"\r█+ 60 of 60 moved", text)
    assert not re.search(r"\x1b\[[0-9;]*m", text)


def test_errors_are_without_colour_when_there_is_no_terminal_or_no_wish_for_it():
    for color, wanted in (({}, True), ({"NO_COLOR": "1"}, False)):
        code, text = on_a_terminal("apply", "nowhere", **color)
        assert code == 2
        assert ("\x1b[31m" in text) is wanted


@pytest.mark.parametrize(("answer", "code", "moved"), [("y\n", 0, 3), ("n\n", 0, 0), ("\x04", 130, 0)])
def test_run_asks_before_it_changes_anything(answer, code, moved, reassign, sheets):
    options = sheets(3)
    ours, theirs = pty.openpty()
    os.write(ours, answer.encode())
    with os.fdopen(theirs, "rb", buffering=0) as keyboard:
        ended = process("run", *options, "--out", "r", stdin=keyboard)
    os.close(ours)
    assert ended.code == code
    assert re.search(r"Move \d+ (person|people)\?", ended.err)
    assert counters_of(reassign, "r/practice.db")["writes"] == moved
    if answer == "n\n":
        assert "reassign apply r" in ended.err
    assert reassign("apply", "r").code == 0


def test_help_imports_nothing_heavy():
    heavy = {"pandas", "numpy", "sqlite3", "xlsxwriter", "jinja2", "python_calamine", "aiohttp", "azure", "msal"}
    inner = ("create", "show", "copy", "doctor", "serve")
    commands = [[], *([n] for n in COMMANDS), *(["tenant", n] for n in inner), ["catalog", "show"]]
    code = (
        "import sys; from batch.cli.main import run\n"
        f"for words in {commands!r}: assert run([*words, '--help']) == 0\n"
        f"print(sorted({heavy!r} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment(), timeout=60
    )
    assert done.stdout.splitlines()[-1] == "[]"
