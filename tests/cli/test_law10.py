"""Law 10: a report can be made again from the run folder, byte for byte, anywhere and at any time."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import MOVE, SAMPLES, environment, process

REPORTS = ("results.csv", "rejects.csv", "report.html", "report.xlsx", "result.json")


def bytes_of(run):
    """Every report of a run folder by its name."""
    return {name: (Path(run) / name).read_bytes() for name in REPORTS}


def done(reassign, sheets):
    assert reassign("run", *sheets(30), "--out", "r", "--yes").code == 0


def partial(reassign, sheets):
    reassign("tenant", "create", "t.db", "--users", SAMPLES / "users.csv", "--licenses", SAMPLES / "licenses.csv")
    options = ("--users", SAMPLES / "dirty.csv", "--users", SAMPLES / "swaps.xlsx", "--tenant", "practice:t.db")
    assert reassign("run", *options, *MOVE, "--out", "r", "--yes").code == 3


def rough(reassign, sheets):
    faults = "seed=3,throttle=0.2,retry-after=0.01,lost-after=0.2,read-lost=0.1,forbidden-after=25"
    assert reassign("plan", *sheets(40), "--out", "r", "--faults", faults).code == 0
    assert reassign("apply", "r", "--tries", "1").code in (3, 8)


def held_back(reassign, sheets):
    reassign("plan", *sheets(30, 12), "--out", "r", "--max-changes", "5")
    assert reassign("apply", "r").code == 4


def export(reassign, sheets):
    done(reassign, sheets)
    shutil.copy("users.csv", "fresh.csv")
    assert reassign("reconcile", "r", "--users", "fresh.csv").code == 9


@pytest.mark.parametrize("kind", [done, partial, rough, held_back, export])
def test_a_copy_of_the_folder_makes_the_same_reports(kind, reassign, sheets, tmp_path):
    kind(reassign, sheets)
    before = bytes_of("r")
    assert reassign("report", "r").code == 0
    assert bytes_of("r") == before
    copy = tmp_path / "far" / "away" / "another name"
    shutil.copytree("r", copy)
    for name in (*REPORTS, "log.jsonl", "practice.db", "run.lock"):
        (copy / name).unlink(missing_ok=True)
    shutil.rmtree("r")
    for sheet in tmp_path.glob("*.csv"):
        sheet.unlink()
    os.chdir(copy.parent)
    assert reassign("report", copy.name).code == 0
    assert bytes_of(copy) == before


def test_another_process_in_another_place_and_time_zone_makes_the_same(reassign, sheets, tmp_path):
    partial(reassign, sheets)
    before = bytes_of("r")
    copy = tmp_path / "copy"
    shutil.copytree("r", copy)
    for name in REPORTS:
        (copy / name).unlink()
    env = environment(TZ="Pacific/Auckland", PYTHONHASHSEED="1", PYTHONIOENCODING="cp1252", PYTHONUTF8="0", LC_ALL="C")
    assert process("report", copy, env=env, cwd=copy.parent, encoding="cp1252").code == 0
    assert bytes_of(copy) == before
