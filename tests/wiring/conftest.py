"""Plans in folders, made by the parts that commands are put together from."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from batch.runs.jobfile import Job
from batch.tenants.faults import Faults
from batch.wiring.planning import plan_run
from tests.wiring.long_nights import World, moment

USERS = "User principal name,Display name,Usage location,Licenses\n"
SEATS = "Product Title,Total Licenses,Assigned licenses\nOffice 365 E4,50,0\nOffice 365 E3,50,0\nOffice 365 E5,50,0\n"


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch, tmp_path):
    monkeypatch.setenv("REASSIGN_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def _made(tmp_path_factory):
    """By name: the folder in which something was made once, and what making it gave."""
    return tmp_path_factory.mktemp("made"), {}


@pytest.fixture
def again(_made, monkeypatch):
    """Make something in a folder of its own, once for all tests of the module; each finds it as it was made."""

    def find(name, make):
        root, given = _made
        work, kept = root / name, root / f"{name}-kept"
        shutil.rmtree(work, ignore_errors=True)
        if name in given:
            shutil.copytree(kept, work)
        else:
            work.mkdir()
        monkeypatch.chdir(work)
        if name not in given:
            given[name] = make()
            shutil.copytree(work, kept)
        return given[name]

    return find


@pytest.fixture
def job():
    """A job over so many people who hold Office 365 E4, with whatever else is given."""

    def make(number=3, **given):
        lines = [f"p{n}@c.example,Person {n},NL,Office 365 E4\n" for n in range(number)]
        Path("users.csv").write_text(USERS + "".join(lines), "utf-8")
        Path("licenses.csv").write_text(SEATS, "utf-8")
        usual = {"users": (Path("users.csv"),), "licenses": (Path("licenses.csv"),), "out": Path("r")}
        return Job(**{**usual, "source": "Office 365 E4", "target": "Office 365 E3", "accept": ("voice",), **given})

    return make


@pytest.fixture
def planned(job):
    """A plan in a folder."""

    def plan(*arguments, **given):
        return plan_run(job(*arguments, **given))

    return plan


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A tenant of sixteen people in virtual time, in a night in November; jobs are declared by the test."""
    monkeypatch.setattr("batch.reports.workbook.write_workbook", lambda report, path: path.write_bytes(b""))
    world = World(tmp_path, 16, moment("2026-11-02", "02:05"), monkeypatch.setattr)
    world.faults = Faults(latency=20)
    return world
