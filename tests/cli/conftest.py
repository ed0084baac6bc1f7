"""The command as people meet it: in this process where it is quick, as a process of its own where that matters."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from batch.cli import main

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "sample_data"
E3, E4 = "6fd2c87f-b296-42f0-b197-1e91e994b900", "1392051d-0cb9-4b7a-88d5-621fee5e8711"
MOVE = ("--from", "Office 365 E4", "--to", "Office 365 E3", "--accept", "voice")


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    def json(self):
        """The one JSON value on stdout."""
        return json.loads(self.out)


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch, tmp_path):
    """An empty folder to work in, no imported products, and no setting of whoever runs the tests."""
    for name in list(os.environ):
        if name in ("NO_COLOR", "SSL_CERT_FILE") or name.upper().startswith(("REASSIGN_", "AZURE_", "HTTP")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("REASSIGN_DATA", str(tmp_path / "data"))
    # Whatever the width of whoever runs the tests (a worker of pytest-xdist has 80).
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def reassign(capsys):
    """Run a command line in this process; whatever it is given, it ends without a traceback."""

    def call(*arguments):
        capsys.readouterr()
        code = main.run([str(a) for a in arguments])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.out + captured.err
        assert "something unexpected" not in captured.err
        return Ended(code, captured.out, captured.err)

    return call


@pytest.fixture
def _no_workbook(monkeypatch):
    """report.xlsx stays empty where nobody looks at it: it takes longer than all else that a command does."""
    monkeypatch.setattr("batch.reports.workbook.write_workbook", lambda report, path: path.write_bytes(b""))


def command(*arguments):
    """The command line of a process of its own."""
    return [sys.executable, "-m", "batch", *map(str, arguments)]


def environment(**more):
    """What a process of its own needs to find the package from any folder."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100", **more}


def process(*arguments, **options):
    """Run the command as a process of its own, to its end."""
    done = subprocess.run(
        command(*arguments),
        check=False,
        timeout=120,
        **{"capture_output": True, "env": environment(), "encoding": "utf-8", **options},
    )
    ended = Ended(done.returncode, done.stdout or "", done.stderr or "")
    assert "Traceback" not in ended.out + ended.err
    return ended


def people(number, licence="Office 365 E4"):
    """A sheet of people who hold this."""
    lines = [f"p{n:04}@c.example,Person {n},NL,{licence}" for n in range(number)]
    return "User principal name,Display name,Usage location,Licenses\n" + "".join(f"{line}\n" for line in lines)


def seats(e3, e4=0):
    """A sheet of what was bought."""
    return f"Product Title,Total Licenses,Assigned licenses\nOffice 365 E4,{max(e4, e3)},0\nOffice 365 E3,{e3},0\n"


@pytest.fixture
def sheets(tmp_path):
    """Write a sheet of so many people and one of enough seats; the options that name them and the move."""

    def write(number, e3=None):
        (tmp_path / "users.csv").write_text(people(number), "utf-8")
        (tmp_path / "licenses.csv").write_text(seats(number if e3 is None else e3, number), "utf-8")
        return ("--users", "users.csv", "--licenses", "licenses.csv", *MOVE)

    return write


def lines_of(path):
    """A CSV file of ours as a list of records."""
    return list(csv.DictReader(io.StringIO(Path(path).read_text("utf-8-sig"), newline="")))


def result_of(run):
    """result.json of a run folder."""
    return json.loads((Path(run) / "result.json").read_text("ascii"))


def counters_of(reassign, file):
    """What happened to a practice tenant since it was made."""
    return reassign("tenant", "show", file, "--json").json()["counters"]


BUCKETS = ("problems", "repeats", "unchanged", "blocked", "short", "planned")
OUTCOMES = ("applied", "refused", "exhausted", "held", "in_doubt", "not_sent")


def assert_counts_close(counts):
    """Laws 1 and 2."""
    assert set(counts) == {"rows", *BUCKETS, *OUTCOMES}
    assert counts["rows"] == sum(counts[b] for b in BUCKETS)
    assert counts["planned"] == sum(counts[o] for o in OUTCOMES)
