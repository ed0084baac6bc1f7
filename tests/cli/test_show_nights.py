"""`reassign show --nights`: the last nights, from the book of nights alone."""

from __future__ import annotations

import pytest

from batch.core.night_events import Event, EventKind
from batch.runs.night_store import NightStore

START = 1_795_482_000.0
DAY = 86_400.0


@pytest.fixture
def nights(tmp_path):
    """Twenty nights of e4-to-e3; every fifth had a job kiosk that failed."""

    def events():
        for n in range(20):
            night, at = f"2026-11-{n + 1:02}", START + n * DAY
            yield Event(kind=EventKind.OPENED, at=at, night=night, about=night,
                        data={"host": "lic01", "version": "1", "missed": []})  # fmt: skip
            for job in ("e4-to-e3", "kiosk")[: 1 + (n % 5 == 4)]:
                error = "The tenant refused us." if job == "kiosk" else ""
                began = {"title": job, "digest": "", "ways": {}}
                ended = {"error": error, "todo": "", "exit_code": 8 * bool(error), "notes": [], "writing": []}
                yield Event(kind=EventKind.JOB_BEGAN, at=at + 1, night=night, job=job, data=began)
                yield Event(kind=EventKind.JOB_ENDED, at=at + 9, night=night, job=job, data=ended)
            yield Event(kind=EventKind.CLOSED, at=at + 10, night=night, about=night)

    with NightStore.open(tmp_path / "nights") as store:
        store.append(*events())


@pytest.mark.usefixtures("nights")
def test_the_last_fourteen_nights_newest_first(reassign):
    shown = reassign("show", "--nights")
    assert shown.code == 0
    lines = shown.out.splitlines()
    assert lines[0].split() == [
        "Night",
        "Job",
        "Files",
        "Moved",
        "Refused",
        "Waiting",
        "Seats",
        "left",
        "Time",
        "Ended",
        "as",
    ]
    assert [line[:10] for line in lines[1:] if "e4-to-e3" in line] == [f"2026-11-{n:02}" for n in range(20, 6, -1)]
    assert [line.split()[-2:] for line in lines if "kiosk" in line] == [["Failed", "(8)"]] * 3


@pytest.mark.usefixtures("nights")
def test_one_job_in_its_last_nights_for_a_program(reassign):
    value = reassign("show", "--nights", "--in", "nights", "--job", "kiosk", "--last", 3, "--json").json()
    assert [night["date"] for night in value] == ["2026-11-20", "2026-11-15", "2026-11-10"]
    assert [[job["job"] for job in night["jobs"]] for night in value] == [["kiosk"]] * 3
    assert value[0]["jobs"][0]["error"] == "The tenant refused us."
    assert reassign("show", "--nights", "--job", "kiosk.toml", "--last", 3, "--json").json() == value


@pytest.mark.usefixtures("nights")
def test_a_job_that_no_night_had_names_the_nearest(reassign):
    shown = reassign("show", "--nights", "--job", "kiosks")
    assert shown.code == 2
    assert "No night had a job kiosks. Did you mean kiosk?" in shown.err


def test_no_night_yet_is_no_error_and_makes_no_folder(reassign, tmp_path):
    assert reassign("show", "--nights").out == "No nights in nights.\n"
    assert reassign("show", "--nights", "--in", "there", "--job", "x", "--json").json() == []
    assert not (tmp_path / "nights").exists()


@pytest.mark.parametrize(
    "words", [("--job", "x"), ("--last", "3"), ("--nights", "runs/x"), ("--nights", "--last", "0")], ids=" ".join
)
def test_what_does_not_go_together_is_said(reassign, words):
    shown = reassign("show", *words)
    assert shown.code == 2
    assert "--nights" in shown.err or "--last" in shown.err
