"""`reassign schedule`: what is written, where and when it starts, and that only our own files go."""

from __future__ import annotations

import os
import sys

import pytest

UNITS = ["license-reassign-nightly.service", "license-reassign-nightly.timer"]


@pytest.fixture
def jobs(tmp_path):
    """Write jobs for the nights: name → window and time zone."""

    def write(**windows):
        (tmp_path / "jobs").mkdir(exist_ok=True)
        for name, (window, zone) in windows.items():
            text = (
                f'[inbox]\nfolder = "../drop box/{name}"\n[move]\nfrom = "Office 365 E4"\nto = "Office 365 E3"\n'
                f'[tenant]\nat = "practice:../{name}.tenant/t.db"\n[limits]\n'
            )
            text += f'window = "{window}"\n' if window else ""
            text += f'timezone = "{zone}"\n' if zone else ""
            (tmp_path / "jobs" / f"{name}.toml").write_text(text, "utf-8")
        return tmp_path

    return write


def starts(ended):
    return [(start["at"], start["timezone"]) for start in ended.json()["starts"]]


@pytest.mark.parametrize(
    ("windows", "words", "found"),
    [
        ({"a": ("", "")}, (), [("02:00", "")]),
        ({"a": ("", "Europe/Amsterdam")}, (), [("02:00", "Europe/Amsterdam")]),
        ({"a": ("22:00-05:00", "Europe/Amsterdam")}, (), [("22:00", "Europe/Amsterdam")]),
        # The evening comes before the morning; each opening once.
        (
            {"a": ("01:00-04:00", ""), "b": ("22:00-05:00", "Europe/Amsterdam"), "c": ("01:00-03:00", "")},
            (),
            [("22:00", "Europe/Amsterdam"), ("01:00", "")],
        ),
        ({"a": ("22:00-05:00", "Europe/Amsterdam")}, ("--at", "3"), [("03:00", "Europe/Amsterdam")]),
        (
            {"a": ("22:00-05:00", "")},
            ("--at", "23:30", "--at", "4", "--timezone", "UTC"),
            [("23:30", "UTC"), ("04:00", "UTC")],
        ),
        ({}, ("--timezone", "Asia/Tokyo"), [("02:00", "Asia/Tokyo")]),
    ],
)
def test_when_it_starts(reassign, jobs, windows, words, found):
    jobs(**windows)
    assert starts(reassign("schedule", "show", "--for", "systemd", "--json", *words)) == found


def test_what_it_starts_and_what_it_may_write_to(reassign, jobs):
    folder = jobs(a=("", ""), b=("", ""))
    (folder / "figures").mkdir()
    shown = reassign("schedule", "show", "--for", "systemd", "--json", "--metrics", "figures/r.prom").json()
    here = os.getcwd()
    assert os.path.isabs(shown["command"][0])
    words = ["nightly", "--jobs", f"{here}/jobs", "--nights", f"{here}/nights"]
    assert shown["command"][-8:] == [*words, "--metrics", f"{here}/figures/r.prom", "--quiet"]
    assert shown["for"] == "systemd"
    (writes,) = [line for line in shown["files"][0]["text"].splitlines() if line.startswith("ReadWritePaths=")]
    expected = ["nights", "figures", "drop box/a", "a.tenant", "drop box/b", "b.tenant"]
    assert [part in writes for part in expected] == [True] * 6
    assert [path["path"] for path in shown["files"]] == [f"/etc/systemd/system/{name}" for name in UNITS]
    assert "systemctl enable --now license-reassign-nightly.timer" in shown["switch_on"]


def test_files_are_written_again_and_removed(reassign, jobs):
    folder = jobs(a=("22:00-05:00", "Europe/Amsterdam"))
    (folder / "out").mkdir()
    options = ("--for", "systemd", "--to", "out")
    for _ in range(2):
        done = reassign("schedule", "install", *options)
        assert (done.code, sorted(os.listdir("out"))) == (0, UNITS)
        assert "systemctl daemon-reload" in done.out
    done = reassign("schedule", "remove", *options)
    assert (done.code, os.listdir("out")) == (0, [])
    assert "systemctl daemon-reload" in done.out
    assert "No file" in reassign("schedule", "remove", *options).out


def test_an_edited_file_stays_unless_forced(reassign, jobs):
    folder = jobs(a=("", ""))
    (folder / "out").mkdir()
    options = ("--for", "systemd", "--to", "out")
    reassign("schedule", "install", *options)
    with (folder / "out" / UNITS[0]).open("a", encoding="utf-8") as file:
        file.write("Environment=MINE=1\n")
    for verb in ("install", "remove"):
        done = reassign("schedule", verb, *options)
        assert (done.code, "was edited" in done.err, sorted(os.listdir("out"))) == (2, True, UNITS)
    assert reassign("schedule", "remove", *options, "--force", "--json").json()["removed"]
    assert os.listdir("out") == []


def test_what_is_switched_on_stays(reassign, jobs):
    folder = jobs(a=("", ""))
    (folder / "out" / "timers.target.wants").mkdir(parents=True)
    options = ("--for", "systemd", "--to", "out")
    reassign("schedule", "install", *options)
    (folder / "out" / "timers.target.wants" / UNITS[1]).symlink_to(folder / "out" / UNITS[1])
    done = reassign("schedule", "remove", *options)
    assert (done.code, UNITS[1] in os.listdir("out")) == (2, True)
    assert "systemctl disable --now license-reassign-nightly.timer" in done.err


def test_a_schedule_of_some_jobs_alone(reassign, jobs):
    jobs(a=("22:00-05:00", ""), b=("01:00-04:00", ""))
    shown = reassign("schedule", "show", "b", "--for", "cron", "--name", "of-b", "--json").json()
    assert shown["command"][-3:] == ["--quiet", "--", "b"]
    assert [start["at"] for start in shown["starts"]] == ["01:00"]
    text = shown["files"][0]["text"]
    assert "drop box/a" not in " ".join([text, *shown["before"]])
    both = reassign("schedule", "show", "--for", "systemd", "--json").json()
    assert any("--name NAME JOB" in note for note in both["notes"])


@pytest.mark.parametrize("name", ["../a", "a/b", ""])
def test_only_names_of_schedules_are_removed(reassign, name):
    assert reassign("schedule", "remove", "--for", "cron", "--to", ".", "--name", name, "--force").code == 2


@pytest.mark.parametrize(
    ("kind", "name", "encoding"),
    [
        ("cron", "nights", "utf-8"),
        ("windows", "nights.xml", "utf-16"),
        ("kubernetes", "nights.yaml", "utf-8"),
    ],
)
def test_the_other_schedulers_have_one_file(reassign, jobs, kind, name, encoding):
    folder = jobs(a=("22:00-05:00", "Europe/Amsterdam"))
    (folder / "out").mkdir()
    options = ("--for", kind, "--name", "nights", "--to", "out")
    written = reassign("schedule", "install", *options, "--json").json()
    assert written["written"] == [str(folder / "out" / name)]
    assert (folder / "out" / name).read_text(encoding).rstrip() == written["files"][0]["text"].rstrip()
    shown = reassign("schedule", "show", *options)
    assert "nightly" in shown.out
    assert reassign("schedule", "remove", *options).code == 0
    assert os.listdir("out") == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--at", "25:00"), "not a time of day"),
        (("--at", ""), "without a value"),
        (("--timezone", "Mars/Olympus"), "no time zone"),
        (("--name", "a b"), "cannot be the name"),
        (("--jobs", "nowhere"), "nowhere"),
        (("--user", "a b"), "no name of an account"),
        (("--nights", "a\nb"), "no scheduler takes"),
        (("--to", "nowhere"), "There is no folder"),
        (("--metrics", "figures.txt"), ".prom"),
        (("b",), "There is no job"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(reassign, jobs, words, told):
    jobs(a=("", ""))
    done = reassign("schedule", "install", "--for", "cron", "--to", ".", *words)
    assert (done.code, told in done.err) == (2, True), done.err
    assert sorted(os.listdir(".")) == ["jobs"]


def test_jobs_that_cannot_be_read_are_named_and_the_rest_is_scheduled(reassign, jobs):
    folder = jobs(a=("", ""))
    (folder / "jobs" / "b.toml").write_text("[nightlyy]\n", "utf-8")
    notes = reassign("schedule", "show", "--for", "cron", "--json").json()["notes"]
    assert any("b.toml" in note and "left aside" in note for note in notes)


def test_what_was_imported_is_given_to_the_nights(reassign, jobs, monkeypatch):
    folder = jobs(a=("", ""))
    (folder / "data").mkdir()
    (folder / "data" / "products.json").write_text("{}", "utf-8")
    monkeypatch.setattr("batch.wiring.scheduling.imported_path", lambda: folder / "data" / "products.json")
    monkeypatch.delenv("REASSIGN_DATA")
    before = reassign("schedule", "show", "--for", "cron", "--json").json()["before"]
    assert any(line.startswith("install -D") and line.endswith("nights/data/products.json") for line in before)


@pytest.mark.skipif(sys.platform == "win32", reason="the schedulers of Linux")
@pytest.mark.parametrize(("there", "kind"), [(True, "systemd"), (False, "cron")])
def test_the_scheduler_of_this_machine_is_meant(reassign, jobs, monkeypatch, there, kind):
    jobs(a=("", ""))
    monkeypatch.setattr("batch.wiring.scheduling.Path.exists", lambda self: there)
    assert reassign("schedule", "show", "--json").json()["for"] == kind
