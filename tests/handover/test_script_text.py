"""The script that is handed over, and the data beside it: what stands in them, without running anything."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.core.changes import ChangeKind
from batch.core.handed import flat
from batch.core.harmless import neutral, plain
from batch.core.terms import Add, Holding, Way
from batch.handover.script import (
    Address,
    JobChange,
    JobData,
    job_files,
    script,
    write_jobs,
)
from tests.core.worlds import NAMES, PLANS, A, B, C, direct, grouped
from tests.handover.examples import COVER
from tests.handover.hostile import HOSTILE
from tests.handover.powershell_rules import CMDLETS, broken, careless

_HERE = Path(__file__).resolve().parents[2]
_SCRIPTS = sorted(p for room in ("batch", "tests") for p in (_HERE / room).rglob("*.ps*1") if p.suffix != ".pyc")
_SCRIPT = _HERE / "batch/handover/Move-Licenses.ps1"
P0, P1, *_ = PLANS
MOVE = ChangeKind(Holding.of([direct(A, P0), direct(C, P1), grouped(B)]), (A,), (Add(B, (P0, P1)),), location="NL")
DROP = ChangeKind(Holding.of([direct(A), direct(C)]), (A,), ())


def job(persons: list[str], **changed: object) -> JobData:
    """A job with these people, two in a group, who move and drop by turns."""
    people = [
        JobChange(5 + n, 1 + n // 2, (4, 1)[n % 2], f"id-{n}", f"u{n}@x.example", name)
        for n, name in enumerate(persons)
    ]
    kinds = (DROP, DROP, DROP, DROP, MOVE)
    values: dict[str, object] = {"job": 1, "jobs": 1, "changes": people, "kinds": kinds, "names": NAMES, "cover": COVER}
    return JobData(**(values | {"plan_id": "f" * 64} | changed))  # type: ignore[arg-type]


def rows(payload: bytes) -> list[dict[str, str]]:
    assert payload.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(payload.decode("utf-8-sig"), newline=""), strict=True))


@pytest.mark.parametrize("path", _SCRIPTS, ids=lambda path: path.name)
def test_every_script_and_module_parses(path):
    assert broken(path.read_bytes()) == []


def test_the_script_is_careful():
    text = _SCRIPT.read_bytes()
    assert careless(text) == []
    assert text.isascii()
    assert b"\r" not in text
    assert script() == b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n")


GOOD = (
    "try { a } catch { b }",
    "try { a } finally { b }",
    '"${name}: x"',
    '"$name.x: y"',
    "$a = 1",
    "$a.b = 1; $a['b'] = 2; [int] $c = 3",
    "$a -eq 1 -and $b",
)
BROKEN = {
    "does not parse": ("if ($x { }", "foreach ($x in 1", "@{ a = 1", "function { }"),
    "try without catch or finally": ("try { a }", "function F { try { a } }"),
    "a colon right behind a variable in a string": ('"$name: x"', '"a $b: $c"', '@"\n$name: x\n"@'),
    "an assignment to a literal": ("1 = 2", "'a' = $b", '"a" = 1'),
    "Windows PowerShell 5.1 lacks it": (
        "$x ?? 1",
        "$x ? 1 : 2",
        "a && b",
        "a || b",
        "class A { }",
        "1 | ForEach-Object -Parallel { $_ }",
        "$x ??= 1",
        "ConvertTo-Json -AsArray",
        "if ($IsWindows) { }",
    ),
}
_HELP = "<#\n.SYNOPSIS\n.DESCRIPTION\n.PARAMETER A\n.EXAMPLE\n.NOTES\n.LINK\n#>\nparam([string] $A)\n"
CARELESS = {
    "a command that is not on the list": ("Remove-Item x", "iex $A", "Invoke-MgGraphReqest"),
    "a command that is worked out": ("& $A", ". $A"),
    "a parameter that is unknown or missing": (
        "Import-Csv -LiteralPath $A",
        "ConvertTo-Json -InputObject $A",
        "Start-Sleep -Second 1",
        "function F { param($B) $B }\nF -C 1",
    ),
    "an argument without its name": ("function F { param($B) $B }\nF 1",),
    "data may become script": ("Invoke-Expression $A", "[scriptblock]::Create($A)", "$A.InvokeScript(1)"),
    "a value leaks out": ("function F { param($B) $B.Add(1) }", "$A.Seek(0, 0)", "[int]::TryParse('1', [ref] $A)"),
    "a variable that nothing sets": ("$b = $c", "function F { param($B) $D }", "Write-Host $script:x"),
}


@pytest.mark.parametrize("text", GOOD)
def test_what_is_right_is_not_found_wrong(text):
    assert broken(text.encode()) == []


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in BROKEN.items() for text in texts])
def test_each_rule_for_any_script_finds_what_is_wrong(rule, text):
    assert rule in {found.rule for found in broken(text.encode())}


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in CARELESS.items() for text in texts])
def test_each_rule_for_our_script_finds_what_is_wrong(rule, text):
    assert careless(_HELP.encode()) == []
    assert rule in {found.rule for found in careless((_HELP + text).encode())}


def test_help_that_is_hidden_or_incomplete_is_found():
    for text in (
        _HELP.replace("PARAMETER A", "PARAMETER B"),
        _HELP.replace(".NOTES\n", ""),
        "#Requires -Version 5.1\n" + _HELP,
    ):
        assert careless(text.encode()) != []


def test_every_listed_cmdlet_is_used():
    text = _SCRIPT.read_text("ascii")
    assert [name for name in CMDLETS if name not in text] == []


def test_whatever_names_say_only_data_differs(tmp_path):
    written = {}
    for case, names in (("plain", ["Ann"] * 200), ("hostile", HOSTILE)):
        folder = tmp_path / case
        folder.mkdir()
        titled = replace(COVER, title=f"{names[0]} → {names[7]}", tenant=names[2], folder="runs/x", run="x")
        data = job(names, cover=titled, names={A: names[3], B: names[12], C: names[30]})
        write_jobs(folder, data.cover, [job_files(data)])
        written[case] = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(written["hostile"]) == {
        "Move-Licenses.ps1",
        "README.txt",
        "changes.csv",
        "changes.json",
        "changes.json.sha256",
    }
    same = {name for name, payload in written["hostile"].items() if payload == written["plain"][name]}
    assert same == {"Move-Licenses.ps1"}
    assert not any(b"\x1b" in payload or b"\x00" in payload for payload in written["hostile"].values())
    shown = [neutral(flat(name)).encode("utf-8", "replace").decode() for name in HOSTILE]
    assert [row["DisplayName"] for row in rows(written["hostile"]["changes.csv"])] == shown


@settings(max_examples=40)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5))
def test_the_data_comes_back_as_it_went(names):
    read = rows(job_files(job(names)).changes_csv)
    assert [(row["Change"], row["Group"], row["Kind"], row["UserId"]) for row in read] == [
        (str(5 + n), str(1 + n // 2), str(n % 2), f"id-{n}") for n in range(len(names))
    ]
    assert [plain(row["DisplayName"]) for row in read] == [plain(neutral(flat(name))) for name in names]
    assert all(neutral(cell) == cell or cell.startswith("'") for row in read for cell in row.values())


def test_what_the_script_is_told():
    data = job(["Ann", "Bo"], tenant_id="t", address=Address.UPN)
    files = job_files(data)
    told = json.loads(files.changes_json)
    assert told.pop("kinds") == [
        {
            "before": [{"skuId": A, "disabledPlans": [P0]}, {"skuId": C, "disabledPlans": [P1]}],
            "inherited": [B],
            "remove": [A],
            "add": [{"skuId": B, "disabledPlans": [P0, P1]}],
            "location": "NL",
        },
        {
            "before": [{"skuId": A, "disabledPlans": []}, {"skuId": C, "disabledPlans": []}],
            "inherited": [],
            "remove": [A],
            "add": [],
            "location": "",
        },
    ]
    assert told == {
        "schema": 1, "run": COVER.run, "handover": 1, "job": 1, "jobs": 1, "plan_id": "f" * 64,
        "made_at": "2026-11-23T14:05:00Z", "title": COVER.title, "tenant_id": "t", "tenant_name": COVER.tenant,
        "address": "upn", "count": 2, "changes_sha256": hashlib.sha256(files.changes_csv).hexdigest(),
        "names": {A: "Alpha", B: "Beta", C: "Gamma"},
    }  # fmt: skip
    assert files.changes_json.isascii()
    assert [(row["Remove"], row["Add"]) for row in rows(files.changes_csv)] == [
        ("Alpha", "Beta (2 services off)"),
        ("Alpha", ""),
    ]


def test_who_has_to_hold_what_still():
    failed = Holding.of(replace(a, state="Error") for a in (direct(A), direct(C), grouped(B)))
    kind = json.loads(job_files(job(["Ann"], kinds=[ChangeKind(failed, (A,), ())] * 5)).changes_json)["kinds"][0]
    assert (kind["before"], kind["inherited"]) == ([{"skuId": A, "disabledPlans": []}], [])


def test_several_jobs_have_folders_of_their_own(tmp_path):
    jobs = [job_files(job(["Ann"], job=n, jobs=12)) for n in (1, 2)]
    assert [files.folder for files in jobs] == ["job-001", "job-002"]
    assert len({files.digest for files in jobs}) == 2
    write_jobs(tmp_path, COVER, jobs)
    for name, _, _, digest in jobs:
        folder = tmp_path / name
        assert hashlib.sha256((folder / "changes.json").read_bytes()).hexdigest() == digest
        assert (folder / "changes.json.sha256").read_bytes() == f"{digest} *changes.json\n".encode()
    readme = (tmp_path / "README.txt").read_text("utf-8-sig")
    assert "-InputFolder .\\job-001 -First 5" in readme
    assert hashlib.sha256(script()).hexdigest() in readme


@pytest.mark.parametrize(
    "changed",
    [
        {"changes": []},
        {"kinds": [replace(MOVE, way=Way.MEMBERSHIP)] * 5},
        {"changes": [JobChange(1, 2, 1, "a", "a@x", ""), JobChange(2, 1, 1, "b", "b@x", "")]},
        {"changes": [JobChange(n, 1, 1, f"{n}", f"{n}@x", "") for n in range(21)]},
        {"changes": [JobChange(1, 0, 1, "a", "a@x", "")]},
    ],
    ids=["nobody", "memberships", "no order", "too many", "group nought"],
)
def test_what_no_script_can_do_is_refused(changed):
    with pytest.raises(ValueError, match=r"job|script|group"):
        job_files(job(["Ann"], **changed))
