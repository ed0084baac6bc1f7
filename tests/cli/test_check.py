from __future__ import annotations

import json

import pytest

from batch.cli.main import run

E3 = "6fd2c87f-b296-42f0-b197-1e91e994b900"
E4 = "1392051d-0cb9-4b7a-88d5-621fee5e8711"


@pytest.fixture(autouse=True)
def _no_imported_table(monkeypatch, tmp_path):
    monkeypatch.setenv("REASSIGN_DATA", str(tmp_path / "data"))


@pytest.fixture
def sheet(tmp_path):
    """Write a sheet and give its name."""

    def write(name, text):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return str(path)

    return write


def test_json_says_every_row_and_every_problem(sheet, capsys):
    moves = sheet("moves.csv", "UPN;RemoveSku;AddSku\nAnna@x.nl;Office 365 E4;ENTERPRISEPACK\nb@x;Nonsense;\n")
    bought = sheet("bought.csv", 'Product Title,Total Licenses,Assigned licenses\nOffice 365 E3,"1,250",7\n')
    assert run(["check", moves, bought, "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)["files"]
    assert (first["file"], first["kind"]) == (moves, "moves")
    assert first["format"] == {"encoding": "utf-8", "delimiter": ";", "sheet": "", "header_row": 1}
    assert [(r["row"], r["user"], r["remove"], r["add"], r["unresolved"]) for r in first["rows"]] == [
        (2, "anna@x.nl", [E4], [E3], []),
        (3, "b@x", [], [], ["Nonsense"]),
    ]
    assert [(p["row"], p["column"], p["code"]) for p in first["problems"]] == [
        (3, "UPN", "invalid_upn"),
        (3, "RemoveSku", "unknown_sku"),
    ]
    assert second["seats"] == [{"row": 2, "sku_id": E3, "name": "Office 365 E3", "total": 1250, "assigned": 7}]


def test_words_say_the_same_for_people(sheet, capsys):
    assert run(["check", sheet("u.csv", "UserPrincipalName,Licenses\na@x.nl,Office 365 E4\n,Office 365 E4\n")]) == 0
    out = capsys.readouterr().out
    assert "who holds what" in out
    assert "empty_upn: 1, row 3" in out


def test_a_file_that_cannot_be_read_does_not_hide_the_others(sheet, tmp_path, capsys):
    good = sheet("u.csv", "a@x.nl\nb@x.nl\n")
    assert run(["check", str(tmp_path / "missing.csv"), good, "--json"]) == 2
    first, second = json.loads(capsys.readouterr().out)["files"]
    assert (first["kind"], first["problems"][0]["row"], first["rows"]) == ("unknown", 0, [])
    assert [row["user"] for row in second["rows"]] == ["a@x.nl", "b@x.nl"]


@pytest.mark.parametrize("text", ["", "\n\n", "UserPrincipalName\n"])
def test_a_file_in_which_nothing_can_be_used_is_exit_2(text, sheet, capsys):
    assert run(["check", sheet("u.csv", text)]) == 2
    assert "cannot be used" in capsys.readouterr().out


@pytest.mark.parametrize("maps", [["nothing"], ["=user"], ["Login="], ["Login=nonsense"], ["No such column=user"]])
def test_a_wrong_map_is_exit_2(maps, sheet, capsys):
    arguments = [word for text in maps for word in ("--map", text)]
    assert run(["check", sheet("u.csv", "Login\na@x.nl\n"), *arguments]) == 2
    assert "reassign:" in capsys.readouterr().err


def test_a_map_says_what_a_column_means(sheet, capsys):
    path = sheet("u.csv", "Wer,Was\na@x.nl,Office 365 E4\n")
    assert run(["check", path, "--json", "--map", "Wer=user", "--map", "Was=holds"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)["files"]
    assert entry["mapping"] == {"user": "Wer", "holds": "Was"}
    assert entry["rows"][0]["holds"] == [E4]
