from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.core.errors import UsageError
from batch.runs.jobfile import Job, read_job

ROOT = Path(__file__).parents[2]


@pytest.fixture
def job(tmp_path):
    """Read a job file with this text."""

    def read(text: str) -> Job:
        path = tmp_path / "jobs" / "a.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        return read_job(path)

    return read


def test_an_empty_job_leaves_everything_to_the_command(job):
    assert job("") == Job()


def test_every_key_has_its_place(job, tmp_path):
    read = job("""
        job.name = "spring"
        [sheets]
        users = ["../u.csv", "more/v.xlsx"]
        licenses = "l.csv"
        map = { "Login name" = "user" }
        encoding = "cp1252"
        sheet = "March"
        [move]
        from = "Office 365 E4"
        to = "ENTERPRISEPACK"
        [tenant]
        at = "practice:../tenant.db"
        faults = "seed=1"
        [limits]
        max_changes = 500
        max_share = "20%"
        group_size = 20
        in_flight = 4
        tries = 6
        stop_at = 0.5
        settle = 5
        [out]
        folder = "runs"
    """)
    assert read == Job(
        name="spring",
        users=(tmp_path / "u.csv", tmp_path / "jobs/more/v.xlsx"),
        licenses=(tmp_path / "jobs/l.csv",),
        mapping={"Login name": "user"},
        encoding="cp1252",
        sheet="March",
        source="Office 365 E4",
        target="ENTERPRISEPACK",
        tenant=f"practice:{tmp_path / 'tenant.db'}",
        faults="seed=1",
        max_changes=500,
        max_share=0.2,
        group_size=20,
        in_flight=4,
        tries=6,
        stop_at=0.5,
        settle=5.0,
        out=tmp_path / "jobs/runs",
    )


def test_an_absolute_path_stays(job, tmp_path):
    assert job(f"[sheets]\nusers = '{tmp_path}/u.csv'").users == (tmp_path / "u.csv",)


def test_the_job_that_comes_with_us_names_files_that_are_there():
    read = read_job(ROOT / "jobs/sample.toml")
    assert (read.source, read.target) == ("Office 365 E4", "Office 365 E3")
    assert all(path.is_file() for path in (*read.users, *read.licenses))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[limits]\nmax_change = 5", "line 2: max_change in [limits] is not known.\nDid you mean max_changes?"),
        ("[move]\nfrom = 'x'\nvia = 'y'", "line 3: via in [move] is not known.\nKnown here: from, to, usage_location."),
        ("[limit]\ntries = 5", "line 1: [limit] is not known.\nDid you mean limits?"),
        ("users = 'x'", "line 1: users is not known"),
        ("job = 'x'", "line 1: job should be a table, written [job]"),
        ("[[job]]\nname = 'x'", "job should be a table"),
        ("[limits]\ngroup_size = 21", "line 2: group_size in [limits] should be a whole number from 1 to 20, not 21"),
        ("[limits]\ngroup_size = 0", "from 1 to 20"),
        ("[limits]\ntries = true", "not True"),
        ("[limits]\ntries = '5'", "not “5”"),
        ("[limits]\nmax_share = 20", "a share from 0 to 1"),
        ("[limits]\nmax_share = '120%'", "a percentage like “20%”"),
        ("[limits]\nstop_at = nan", "a share from 0 to 1"),
        ("[limits]\nsettle = inf", "seconds"),
        ("[sheets]\nusers = 5", "the name of a file"),
        ("[sheets]\nusers = ['a', '']", "the name of a file"),
        ("[sheets]\nmap = { a = 1 }", "headings"),
        ("[move]\nfrom = ''", "text in quotation marks"),
        ("[tenant]\nat = 'cloud'", "should be “practice:FILE”"),
        ("[tenant]\nat = 'graph:x'", "should be “practice:FILE”, “copy:FILE” or “graph”"),
        ("[limits]\nwrite_quota = '3000'", "like “3000/150s”"),
        ("[limits]\nwrite_quota = 3000", "like “3000/150s”"),
        ("[tenant]\nat = 'practice:'", "should be “practice:FILE”"),
        ("[out]\nfolder = []", "the name of a file or folder"),
        ("[job\nname = 1", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_named_with_its_key_and_line(text, words, job):
    with pytest.raises(UsageError) as caught:
        job(text)
    assert words in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_missing_file_a_folder_and_bytes_are_sentences(tmp_path):
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe\x00")
    for name, words in (("a.toml", "no job file"), (".", "cannot be read"), ("b.toml", "UTF-8")):
        with pytest.raises(UsageError, match=words):
            read_job(tmp_path / name)


@given(text=st.text(max_size=60))
def test_no_text_ends_in_a_traceback(text, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(text.encode("utf-8"))
    with contextlib.suppress(UsageError):
        read_job(path)


def test_the_settings_of_microsoft_365(tmp_path):
    path = tmp_path / "job.toml"
    text = "[tenant]\nat = 'graph'\ncloud = 'usgov'\nsign_in = 'certificate'\n"
    path.write_text(text + "[limits]\nwrite_quota = '1500/150s'\nsettle = 60\n")
    job = read_job(path)
    assert (job.tenant, job.cloud, job.sign_in, job.write_quota, job.settle) == (
        "graph",
        "usgov",
        "certificate",
        "1500/150s",
        60.0,
    )
