"""What people (and worse) may hand over: each ends in a sentence that names it and in the promised exit code."""

from __future__ import annotations

import csv
import html.parser
import io
import json
import os
import resource
import sqlite3
import subprocess
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest

from batch.runs.folder import RunFolder
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
    process,
    result_of,
)
from tests.sheets.make_files import raw_xlsx, text_file, with_part, xlsx_file, zip_file

HEAD = "User principal name,Display name,Usage location,Licenses\n"
GOOD = [["User principal name", "Licenses"], ["a@c.example", "Office 365 E4"], ["b@c.example", "Office 365 E4"]]
#: No character of these may reach a terminal or a table: escapes, bells, carriage returns, C1 controls, overrides.
COMMANDING = {
    chr(n) for n in (*range(9), *range(11, 32), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}


def cell(reference, text="x"):
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def truncated(folder):
    data = xlsx_file(folder, {"People": GOOD}, "whole.xlsx").read_bytes()
    return text_file(folder, data[: len(data) * 2 // 3], "bad.xlsx")


def protected(folder):
    magic = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    return text_file(folder, magic + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(600), "bad.xlsx")


def bomb(folder):
    path = folder / "bad.xlsx"
    raw_xlsx(folder, "", path.name)
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/media/image1.bin", "w", force_zip64=True) as part,
    ):
        for _ in range(80):
            part.write(bytes(1_000_000))
    return path


def entities(folder):
    lol = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
    return with_part(
        raw_xlsx(folder, f'<row r="1">{cell("A1", "&c;")}</row>', "bad.xlsx"),
        "xl/worksheets/sheet1.xml",
        lambda text: lol + text,
    )


def far_cell(folder):
    return raw_xlsx(folder, f'<row r="1">{cell("A1")}</row><row r="1048576">{cell("XFD1048576")}</row>', "bad.xlsx")


def a_folder(folder):
    (folder / "bad.csv").mkdir()
    return folder / "bad.csv"


def a_pipe(folder):
    os.mkfifo(folder / "bad.csv")
    return folder / "bad.csv"


NASTY = {
    "empty": lambda f: text_file(f, b"", "bad.csv"),
    "blank": lambda f: text_file(f, b" \r\n\n\t\n", "bad.csv"),
    "header only": lambda f: text_file(f, HEAD, "bad.csv"),
    "no column of users": lambda f: text_file(f, "Colour,Size\nred,7\nblue,9\n", "bad.csv"),
    "binary": lambda f: text_file(f, bytes((n * 37 + n // 7) % 256 for n in range(5000)), "bad.csv"),
    "only NUL": lambda f: text_file(f, bytes(4000), "bad.csv"),
    "NUL in a cell": lambda f: text_file(f, f"{HEAD}a@c.example,An\0na,NL,Office 365 E4\n", "bad.csv"),
    "picture": lambda f: text_file(f, b"\x89PNG\r\n\x1a\n" + bytes(100), "bad.csv"),
    "PDF": lambda f: text_file(f, b"%PDF-1.7\n" + bytes(100), "bad.xlsx"),
    "web page": lambda f: text_file(f, "<!DOCTYPE html><html><table><tr><td>a@c.example", "bad.xls"),
    "zip": lambda f: zip_file(f, {"users.csv": b"a"}, "bad.xlsx"),
    "Word": lambda f: zip_file(f, {"word/document.xml": b"<d/>"}, "bad.xlsx"),
    "truncated workbook": truncated,
    "protected workbook": protected,
    "zip bomb": bomb,
    "entities": entities,
    "far cell": far_cell,
    "folder": a_folder,
    "pipe": a_pipe,
    "missing": lambda f: f / "bad.csv",
    "broken JSON": lambda f: text_file(f, '{"value": [{"userPrincipalName": "a@c.example", ', "bad.json"),
    "JSON of nothing": lambda f: text_file(f, '{"value": []}', "bad.json"),
    "deep JSON": lambda f: text_file(f, "[" * 100_000, "bad.json"),
}


@pytest.mark.parametrize("kind", NASTY)
def test_a_sheet_that_cannot_be_used_is_exit_2_and_named(kind, reassign, tmp_path):
    path = NASTY[kind](tmp_path)
    started = time.process_time()
    for verb in (["plan"], ["run", "--yes"], ["tenant", "create", "t.db"]):
        ended = reassign(*verb, "--users", path.name, *(MOVE if verb[0] != "tenant" else ()))
        assert ended.code == 2
        assert path.name in ended.err
        assert not set(ended.err) & COMMANDING
        assert len(ended.err) < 1500
    ended = reassign("check", path.name)
    assert ended.code == 2
    assert path.name in ended.out + ended.err
    assert time.process_time() - started < 5
    assert not Path("runs").exists()
    assert not Path("t.db").exists()


@pytest.mark.parametrize("kind", ["empty", "no column of users", "truncated workbook", "folder", "missing"])
def test_a_sheet_of_licences_or_a_fresh_export_that_cannot_be_used(kind, reassign, sheets, tmp_path):
    path = NASTY[kind](tmp_path)
    reassign("run", *sheets(2), "--out", "r", "--yes")
    before = Path("r/result.json").read_bytes()
    for arguments in (
        ("plan", "--users", "users.csv", "--licenses", path.name, *MOVE),
        ("reconcile", "r", "--users", path.name),
        ("catalog", "import", path.name),
    ):
        ended = reassign(*arguments)
        assert ended.code == 2
        assert path.name in ended.err
    assert Path("r/result.json").read_bytes() == before


def test_a_stray_cell_in_the_last_row_is_no_hindrance(reassign, tmp_path):
    rows = "".join(
        f'<row r="{n}">{cell(f"A{n}", user)}{cell(f"B{n}", licence)}</row>' for n, (user, licence) in enumerate(GOOD, 1)
    )
    path = raw_xlsx(tmp_path, rows + f'<row r="1048576">{cell("B1048576", "stray")}</row>', "stray.xlsx")
    started = time.process_time()
    ended = reassign("run", "--users", path.name, *MOVE, "--out", "r", "--yes")
    assert time.process_time() - started < 15
    assert ended.code == 3
    assert [(int(row["row"]), row["outcome"]) for row in lines_of("r/results.csv")] == [
        (2, "applied"),
        (3, "applied"),
        (1048576, "problems"),
    ]


def test_cells_of_ten_thousand_characters(reassign):
    long = "x" * 10_000
    Path("users.csv").write_text(
        f"{HEAD}a@c.example,Anna,NL,Office 365 E4\nb@c.example,{long},NL,Office 365 E4\n"
        f"{long}@c.example,Long,NL,Office 365 E4\nc@c.example,Cees,NL,{long}\n",
        "utf-8",
    )
    ended = reassign("run", "--users", "users.csv", *MOVE, "--out", "r", "--yes")
    assert ended.code == 3
    assert max(map(len, ended.out.splitlines())) <= 2000
    for arguments in (("check", "users.csv"), ("check", "users.csv", "--map", f"{long}=user"), ("apply", long)):
        ended = reassign(*arguments)
        assert max(map(len, (ended.out + ended.err).splitlines())) <= 2000 + len("reassign: ")
    assert_counts_close(result_of("r")["counts"])
    rows = lines_of("r/results.csv")
    assert [row["outcome"] for row in rows[:3]] == ["applied", "applied", "problems"]
    openpyxl.load_workbook("r/report.xlsx").close()


def test_repeats_and_contradictions(reassign):
    Path("moves.csv").write_text(
        "UPN,RemoveSku,AddSku\n"
        "a@c.example,Office 365 E4,Office 365 E3\nA@C.example ,ENTERPRISEWITHSCAL,ENTERPRISEPACK\n"
        "b@c.example,Office 365 E4,Office 365 E3\nb@c.example,Office 365 E3,Office 365 E4\n",
        "utf-8",
    )
    Path("users.csv").write_text(f"{HEAD}a@c.example,A,NL,Office 365 E4\nb@c.example,B,NL,Office 365 E4\n", "utf-8")
    Path("licenses.csv").write_text(
        "Product Title,Total Licenses,Assigned licenses\nOffice 365 E4,9,2\nOffice 365 E3,9,0\n", "utf-8"
    )
    reassign("tenant", "create", "t.db", "--users", "users.csv", "--licenses", "licenses.csv")
    ended = reassign(
        "run", "--users", "moves.csv", "--tenant", "practice:t.db", "--out", "r", "--yes", "--accept", "voice"
    )
    assert ended.code == 3
    counts = result_of("r")["counts"]
    assert_counts_close(counts)
    assert (counts["rows"], counts["applied"], counts["repeats"], counts["problems"]) == (4, 1, 1, 2)
    assert counters_of(reassign, "t.db")["calls"] == 1


# -- text that means harm ------------------------------------------------------------------------------------------

HOSTILE = (
    "=cmd|' /C calc'!A0",
    "+1+cmd|x",
    "-2+3",
    "@SUM(1+9)*cmd|x",
    "\t=1+1",
    '=HYPERLINK("http://evil.example","x")',
    "  =1+1",
    "＝1+1",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}{% raise %}",
    "\x1b[2J\x1b]0;owned\x07\x9b31m",
    "two\nlines\r\nand three",
    "turned \u202e round",
    "half \ud800 a pair",
)


@pytest.fixture
def hostile(reassign):
    """A run over people with hostile names, licences and headings; what the terminal saw of it."""
    names = [{"userPrincipalName": f"u{n}@c.example", "displayName": text} for n, text in enumerate(HOSTILE)]
    bad = [{"userPrincipalName": text, "displayName": text} for text in (*HOSTILE, "a\0b", "\0")]
    licences = [{"skuId": E4}]
    Path("users.json").write_text(
        json.dumps([{**person, "usageLocation": "NL", "assignedLicenses": licences} for person in names + bad]), "ascii"
    )
    with Path("odd.csv").open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["User principal name", "Licenses", *HOSTILE])
        writer.writerows([f"odd{n}@c.example", text, *HOSTILE] for n, text in enumerate(HOSTILE))
    options = ("--users", "users.json", "--users", "odd.csv", *MOVE)
    told = [reassign("check", "users.json", "odd.csv"), reassign("plan", *options, "--out", "p")]
    told += [reassign("run", *options, "--out", "r", "--yes"), reassign("show", "r"), reassign("report", "r")]
    told.append(reassign("catalog", "show", HOSTILE[11]))
    assert [ended.code for ended in told[:3]] == [0, 0, 3]
    assert result_of("r")["counts"]["applied"] == len(HOSTILE)
    return told


def test_a_terminal_is_not_commanded(hostile):
    for ended in hostile:
        assert not set(ended.out + ended.err) & COMMANDING
        assert "owned" not in ended.out or "\x1b" not in ended.out


@pytest.mark.parametrize("name", ["results.csv", "rejects.csv"])
def test_tables_are_neutral(name, hostile):
    text = (Path("r") / name).read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) > len(HOSTILE)
    for value in (value for row in rows for value in row):
        assert not value.lstrip(" \"'").startswith(("=", "+", "@", "＝", "\t", "\r")) or value.startswith("'")
        assert not value.startswith("-")


def test_the_workbook_holds_no_formula_and_no_link_outside(hostile):
    book = openpyxl.load_workbook("r/report.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any(isinstance(c.value, str) and "cmd|" in c.value for c in cells)
    assert not [c.coordinate for c in cells if c.data_type == "f"]
    assert not [c.coordinate for c in cells if c.hyperlink and c.hyperlink.target]
    book.close()
    with zipfile.ZipFile("r/report.xlsx") as archive:
        assert not [n for n in archive.namelist() if "externalLink" in n or "vba" in n.lower()]


class Tags(html.parser.HTMLParser):
    """Every tag of a page, with its attributes."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("run", ["p", "r"])
def test_the_page_is_neutral(run, hostile):
    text = (Path(run) / "report.html").read_text("utf-8")
    tags = Tags()
    tags.feed(text)
    assert "alert(1)" not in text.replace("&lt;script&gt;alert(1)", "").replace("onerror=alert(1)&gt;", "")
    assert not [tag for tag, _ in tags.found if tag in {"img", "iframe", "object", "embed", "base", "form"}]
    assert not [name for _, attributes in tags.found for name in attributes if name.startswith("on")]
    links = [a[k] for _, a in tags.found for k in ("src", "href") if k in a]
    assert not [link for link in links if link.startswith(("http", "//", "javascript", "file"))]
    assert "49" not in text.partition("{{7*7}}")[0][-20:]
    assert not set(text) & (COMMANDING - {"\r"})


def test_the_other_files_stay_readable(hostile):
    result = result_of("r")
    assert_counts_close(result["counts"])
    for line in Path("r/log.jsonl").read_text("utf-8").splitlines():
        json.loads(line)


def test_a_file_name_that_commands_a_terminal(reassign):
    name = "a\x1b[31mb\x07.csv"
    Path(name).write_text("Colour\nred\n", "utf-8")
    for arguments in (("plan", "--users", name, *MOVE), ("check", name), ("apply", name), ("plan", f"{name}.toml")):
        ended = reassign(*arguments)
        assert ended.code == 2
        assert not set(ended.out + ended.err) & COMMANDING


# -- options and job files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--map", "nothing"], "nothing"),
        (["--map", "=user"], "=user"),
        (["--map", "Colour=user"], "Colour"),
        (["--map", "Licenses=nonsense"], "nonsense"),
        (["--encoding", "klingon"], "klingon"),
        (["--encoding", "base64"], "base64"),
        (["--faults", "nonsense"], "nonsense"),
        (["--faults", "throttle=2"], "throttle"),
        (["--faults", "throttle=0.1,throttle=0.1"], "throttle"),
        (["--faults", "trottle=0.1"], "throttle"),
        (["--faults", "latency=soon"], "latency"),
        (["--faults", "seed=x"], "seed"),
        (["--faults", "thief=NONSENSE@3"], "NONSENSE"),
        (["--faults", "throttle=0.9,error-503=0.9"], "more than 1"),
        (["--tenant", "practice:users.csv"], "users.csv"),
        (["--tenant", "practice:"], "practice:"),
        (["--tenant", ""], "--tenant"),
        (["--from", "Office 365"], "Office 365"),
        (["--from", "\x1b[31m"], "--from"),
        (["--from", "Office 365 E3"], "--from"),
        (["--out", "users.csv"], "users.csv"),
        (["--out", "full"], "full"),
        (["--max-changes", "-1"], "-1"),
        (["--max-share", "half"], "half"),
        (["--stop-at", "nan"], "nan"),
        (["--tries", "0"], "0"),
        (["--in-flight", "many"], "many"),
    ],
)
def test_an_option_that_makes_no_sense(options, word, reassign, sheets):
    given = sheets(2)
    Path("full").mkdir()
    Path("full/keep.txt").write_text("mine")
    ended = reassign("plan", *given, *options)
    assert ended.code == 2
    assert word in ended.err
    assert not set(ended.err) & COMMANDING
    assert not Path("runs").exists()
    assert Path("full/keep.txt").read_text() == "mine"


@pytest.mark.parametrize("faults", ["nonsense", "throttle=2", "seed=x"])
def test_faults_that_make_no_sense_when_applying(faults, reassign, sheets):
    reassign("plan", *sheets(2), "--out", "r")
    assert reassign("apply", "r", "--faults", faults).code == 2
    assert counters_of(reassign, "r/practice.db")["calls"] == 0


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[limits]\nmax_change = 5\n", "max_changes"),
        ("[limit]\nmax_changes = 5\n", "limits"),
        ("colour = 1\n", "colour"),
        ("[limits]\nmax_changes = '5'\n", "max_changes"),
        ("[limits]\nmax_changes = true\n", "max_changes"),
        ("[limits]\ngroup_size = 21\n", "group_size"),
        ("[limits]\nstop_at = '300%'\n", "stop_at"),
        ("[sheets]\nusers = 7\n", "users"),
        ("[sheets]\nusers = 'missing.csv'\n", "missing.csv"),
        ("[sheets]\nusers = '.'\n", "folder"),
        ("[tenant]\nat = 'nowhere'\n", "practice:FILE"),
        ("[tenant]\nfaults = 'nonsense'\n", "nonsense"),
        ("[move\n", "line 1"),
        ("\ufffd\x00", "TOML"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"x" * 2_000_000, "too large"),
    ],
)
def test_a_job_file_that_makes_no_sense(text, word, reassign, sheets):
    given = sheets(2)
    options = given[2:] if "users" in str(text) else given
    Path("job.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    ended = reassign("plan", "job.toml", *options)
    assert ended.code == 2
    assert word in ended.err
    assert "job.toml" in ended.err or word in {"missing.csv", "folder", "nonsense"}
    assert not Path("runs").exists()


def test_a_job_file_that_is_a_folder(reassign):
    Path("jobs").mkdir()
    ended = reassign("plan", "jobs")
    assert ended.code == 2
    assert "jobs" in ended.err


# -- run folders ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["apply", "reconcile", "report", "show"])
@pytest.mark.parametrize("kind", ["empty folder", "file", "folder of other things", "nothing"])
def test_a_run_folder_that_is_none(verb, kind, reassign):
    if kind == "file":
        Path("r").write_text("x")
    elif kind != "nothing":
        Path("r").mkdir()
    if kind == "folder of other things":
        Path("r/run.txt").write_text("x")
    ended = reassign(verb, "r")
    assert ended.code == 2
    assert "r is not a run folder" in ended.err


@pytest.mark.parametrize("verb", ["apply", "reconcile", "report", "show"])
@pytest.mark.parametrize("kind", ["empty", "other database", "text"])
def test_a_run_db_that_is_none(verb, kind, reassign):
    Path("r").mkdir()
    match kind:
        case "empty":
            Path("r/run.db").touch()
        case "text":
            Path("r/run.db").write_text("not a database at all, but long enough to look at" * 40)
        case _:
            db = sqlite3.connect("r/run.db")
            db.execute("CREATE TABLE mine (x)")
            db.commit()
            db.close()
    assert reassign(verb, "r").code == 6
    if kind == "other database":
        db = sqlite3.connect("r/run.db")
        assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("mine",)]
        db.close()


def test_show_lists_the_good_runs_beside_the_bad_ones(reassign, sheets):
    options = sheets(2)
    reassign("plan", *options, "--out", "runs/good")
    for name, data in (("bad", b"nonsense" * 500), ("empty", b"")):
        Path("runs", name).mkdir()
        Path("runs", name, "run.db").write_bytes(data)
    reassign("run", *options, "--out", "runs/torn", "--yes")
    Path("runs/torn/result.json").write_text('{"schema": 1, "co')
    ended = reassign("show", "--json")
    assert ended.code == 0
    found = {run["run"]: run["status"] for run in ended.json()}
    Path("runs/torn").rename("runs/.torn-by-a-kill")
    assert "torn" not in reassign("show").out
    assert found == {"good": "planned", "bad": "unreadable", "empty": "unreadable", "torn": "done"}
    assert reassign("show").code == 0


def test_the_practice_tenant_is_gone(reassign, sheets):
    reassign("plan", *sheets(2), "--out", "r")
    Path("r/practice.db").unlink()
    for verb in ("apply", "reconcile"):
        ended = reassign(verb, "r")
        assert ended.code == 2
        assert "practice.db" in ended.err


def test_the_copies_of_the_sheets_are_gone(reassign, sheets):
    reassign("plan", *sheets(3, 2), "--out", "r")
    for copy in Path("r/sheets").iterdir():
        copy.unlink()
    ended = reassign("apply", "r", "--allow-short")
    assert ended.code == 3
    head, row = Path("r/rejects.csv").read_text(encoding="utf-8-sig").splitlines()
    assert head == "User principal name,Display name,Remove licenses,Add licenses,Reason code,Reason"
    assert "Office 365 E4,Office 365 E3,no_seats," in row
    assert counters_of(reassign, "r/practice.db")["writes"] == 2


# -- a full disk ---------------------------------------------------------------------------------------------------


def with_files_up_to(size, *arguments):
    """Run the command where no file may grow beyond so many bytes, which is how a full disk looks from inside."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return process(*arguments, preexec_fn=limit)


@pytest.mark.parametrize("size", [90_000, *(pytest.param(n, marks=pytest.mark.slow) for n in (0, 1000, 30_000))])
def test_a_full_disk_when_planning_leaves_nothing_behind(size, sheets):
    options = sheets(600)
    ended = with_files_up_to(size, "plan", *options, "--out", "deep/r")
    assert ended.code == 1
    assert "reassign:" in ended.err
    assert "disk" in ended.err or "large" in ended.err
    assert not Path("deep").exists()


def test_a_full_disk_when_applying_loses_nothing(reassign, sheets):
    reassign("plan", *sheets(600), "--out", "r")
    size = max(f.stat().st_size for f in Path("r").iterdir())
    ended = with_files_up_to(size + 20_000, "apply", "r")
    assert ended.code == 1
    assert "disk" in ended.err
    before = counters_of(reassign, "r/practice.db")["writes"]
    assert before < 600
    assert reassign("apply", "r").code == 0
    counters = counters_of(reassign, "r/practice.db")
    assert (counters["writes"], counters["redundant"], counters["gaps"]) == (600, 0, 0)


@pytest.mark.parametrize("pages", [0, 2, 5])
def test_a_journal_that_takes_no_more_stops_the_run_and_carries_on(pages, reassign, sheets, monkeypatch):
    reassign("plan", *sheets(600), "--out", "r", "--group-size", "3", "--in-flight", "1")
    usual = RunFolder.open.__func__

    def bounded(cls, path):
        folder = usual(cls, path)
        (used,) = folder.db.execute("PRAGMA page_count").fetchone()
        folder.db.execute(f"PRAGMA max_page_count = {used + pages}")
        return folder

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "open", classmethod(bounded))
        ended = reassign("apply", "r")
    assert ended.code == 1
    assert "full" in ended.err
    assert "reassign apply" in ended.err
    assert reassign("apply", "r").code == 0
    counters = counters_of(reassign, "r/practice.db")
    assert (counters["writes"], counters["redundant"], counters["over_full"]) == (600, 0, 0)


def test_reports_on_a_full_disk_are_whole_or_not_there(reassign, sheets):
    reassign("run", *sheets(400), "--out", "r", "--yes")
    before = {name: (Path("r") / name).read_bytes() for name in ("results.csv", "report.xlsx", "report.html")}
    ended = with_files_up_to(5000, "report", "r")
    assert ended.code == 1
    assert "results.csv" in ended.err or "disk" in ended.err
    assert before == {name: (Path("r") / name).read_bytes() for name in before}
    assert not [f for f in Path("r").iterdir() if f.name.endswith(".part")]
    assert reassign("report", "r").code == 0


# -- the process itself --------------------------------------------------------------------------------------------


def test_output_into_a_closed_pipe_is_no_traceback(sheets):
    options = sheets(300)
    with subprocess.Popen(
        command("plan", *options, "--out", "r"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as going:
        going.stdout.close()
        err = going.stderr.read()
        assert going.wait(timeout=60) in (0, 1)
    assert b"Traceback" not in err
    assert b"Exception ignored" not in err


@pytest.mark.parametrize("closed", [(0, 1, 2), *(pytest.param((n,), marks=pytest.mark.slow) for n in range(3))])
def test_started_without_a_stream(closed, sheets):
    options = sheets(3)

    def close():
        for number in closed:
            os.close(number)

    done = subprocess.run(
        command("run", *options, "--out", "r", "--yes"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=environment(),
        check=False,
        preexec_fn=close,
        timeout=60,
    )
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    assert result_of("r")["status"] == "done"


def test_output_that_cannot_be_written_is_told(sheets):
    options = sheets(3)
    with Path("/dev/full").open("w") as full:
        ended = process(
            "run", *options, "--out", "r", "--yes", capture_output=False, stdout=full, stderr=subprocess.PIPE
        )
    assert ended.code == 1
    assert "No space left" in ended.err


@pytest.mark.parametrize("encoding", ["cp437", *(pytest.param(e, marks=pytest.mark.slow) for e in ("ascii", "cp1252"))])
def test_a_console_without_our_characters(encoding, sheets):
    options = sheets(3)
    Path("users.csv").write_text(people(3).replace("Person 1", "漢字 Zoë ✓"), "utf-8")
    done = subprocess.run(
        command("run", *options, "--out", "r", "--yes"),
        capture_output=True,
        check=False,
        env=environment(PYTHONIOENCODING=encoding, PYTHONUTF8="0"),
        timeout=60,
    )
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert b"Office 365 E4 -> Office 365 E3" in done.stdout
    assert "漢字 Zoë ✓" in Path("r/results.csv").read_text("utf-8-sig")


def test_a_folder_of_no_english_name(reassign, sheets, tmp_path, monkeypatch):
    folder = tmp_path / "Ünïcode folder, with = signs & 漢字"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "users.csv").write_text(people(2), "utf-8")
    assert reassign("run", "--users", "users.csv", *MOVE, "--out", "r = 1", "--yes").code == 0
    assert result_of("r = 1")["run"] == "r = 1"
    assert E3 in [sku["sku_id"] for sku in result_of("r = 1")["skus"]]
