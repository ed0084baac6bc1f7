"""rejects.csv, fed in again, asks what was asked before: whatever the sheets looked like."""

from __future__ import annotations

import csv
import json
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.cli import main
from batch.core.harmless import neutral, plain
from tests.sheets.make_files import xlsx_file
from tests.wiring.conftest import SEATS, USERS

MOVE = ("--from", "Office 365 E4", "--to", "Office 365 E3", "--accept", "voice")
TENANT = ("--tenant", "practice:t.db", "--accept", "voice", "--yes", "--quiet")


@pytest.fixture
def tenant(capsys):
    """A practice tenant of 20 people who hold Office 365 E4."""
    lines = [f"p{n}@c.example,Person {n},NL,Office 365 E4\n" for n in range(20)]
    Path("all.csv").write_text(USERS + "".join(lines), "utf-8")
    Path("licenses.csv").write_text(SEATS, "utf-8")
    assert main.run(["tenant", "create", "t.db", "--users", "all.csv", "--licenses", "licenses.csv"]) == 0


def sheets(*named):
    return [word for name in named for word in ("--users", name)]


def rejects(run):
    """The lines of rejects.csv."""
    with Path(run, "rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def asked(run):
    """Who was moved in a run, from what to what."""
    with Path(run, "results.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["user"]: (row["remove"], row["add"]) for row in rows if row["outcome"] == "applied"}


def again(run, *options):
    """Mend the addresses in the rejects of a run and feed them in again; who was moved."""
    text = Path(run, "rejects.csv").read_text("utf-8-sig")
    Path("again.csv").write_text(text.replace(" at ", "@"), "utf-8")
    assert main.run(["run", "--users", "again.csv", *options, *TENANT, "--out", f"{run}2"]) == 0
    return asked(f"{run}2")


def fewer_seats(number):
    """Seats of Office 365 E3, so that not everybody fits."""
    Path("licenses.csv").write_text(SEATS.replace("E3,50", f"E3,{number}"), "utf-8")


E4_E3, E4_E5 = ("Office 365 E4", "Office 365 E3"), ("Office 365 E4", "Office 365 E5")


def test_sheets_of_moves_with_other_headings(tenant):
    Path("a.csv").write_text(
        "Name;E-mail;Van licentie;Naar licentie\nP 0;p0@c.example;Office 365 E4;Office 365 E5\n"
        "P 1;p1 at c.example;Office 365 E4;Office 365 E5\n",
        "utf-8",
    )
    Path("b.csv").write_text(
        "AddSku,UPN,RemoveSku,Remark\nOffice 365 E3,p2 at c.example,Office 365 E4,mind the gap\n", "utf-8"
    )
    assert main.run(["run", *sheets("a.csv", "b.csv"), *TENANT, "--out", "r"]) == 3
    head, *rows = rejects("r")
    assert head == ["Name", "E-mail", "Van licentie", "Naar licentie", "Remark", "Reason code", "Reason"]
    assert [row[:6] for row in rows] == [
        ["P 1", "p1 at c.example", "Office 365 E4", "Office 365 E5", "", "invalid_upn"],
        ["", "p2 at c.example", "Office 365 E4", "Office 365 E3", "mind the gap", "invalid_upn"],
    ]
    assert again("r") == {"p1@c.example": E4_E5, "p2@c.example": E4_E3}


def test_a_bare_list_beside_an_export(tenant):
    Path("a.txt").write_text("p0@c.example\np1 at c.example\n", "utf-8")
    Path("b.csv").write_text(f"{USERS}p2 at c.example,P 2,NL,Office 365 E4\n", "utf-8")
    for n, order in enumerate((("a.txt", "b.csv"), ("b.csv", "a.txt"))):
        run = f"r{n}"
        main.run(["run", *sheets(*order), *MOVE, *TENANT, "--out", run])
        head, *rows = rejects(run)
        assert set(head) == {
            "User principal name",
            "Display name",
            "Usage location",
            "Licenses",
            "Reason code",
            "Reason",
        }
        assert len(rows) == 2
    assert again("r0", *MOVE) == {"p1@c.example": E4_E3, "p2@c.example": E4_E3}


def test_a_bare_list_alone(tenant):
    Path("a.txt").write_text("p0@c.example\np1 at c.example\n", "utf-8")
    assert main.run(["run", *sheets("a.txt"), *MOVE, *TENANT, "--out", "r"]) == 3
    assert rejects("r")[0] == ["User principal name", "Reason code", "Reason"]
    assert again("r", *MOVE) == {"p1@c.example": E4_E3}


def test_a_workbook_of_several_sheets(tenant, tmp_path):
    xlsx_file(
        tmp_path,
        {
            "Docenten": [["Login", "Van", "Naar"], ["p1 at c.example", "Office 365 E4", "Office 365 E3"]],
            "Staf": [["UPN", "RemoveSku", "AddSku"], ["p2 at c.example", "ENTERPRISEWITHSCAL", "ENTERPRISEPREMIUM"]],
        },
        "book.xlsx",
        first_row=3,
    )
    maps = ("--map", "Login=user", "--map", "Van=remove", "--map", "Naar=add")
    assert main.run(["run", *sheets("book.xlsx"), *maps, *TENANT, "--out", "r"]) == 3
    assert len(rejects("r")) == 3
    assert again("r", *maps) == {"p1@c.example": E4_E3, "p2@c.example": E4_E5}


def test_json_of_graph(tenant):
    people = [
        {"userPrincipalName": upn, "displayName": "=1+1", "assignedLicenses": [{"skuPartNumber": "ENTERPRISEWITHSCAL"}]}
        for upn in ("p0@c.example", "p1 at c.example")
    ]
    for person in people:
        person["assignedLicenses"] = [{"skuId": "1392051d-0cb9-4b7a-88d5-621fee5e8711"}]
    Path("people.json").write_text(json.dumps({"value": people}), "utf-8")
    assert main.run(["run", *sheets("people.json"), *MOVE, *TENANT, "--out", "r"]) == 3
    assert len(rejects("r")) == 2
    assert again("r", *MOVE) == {"p1@c.example": E4_E3}


def test_a_column_of_the_same_name_and_another_meaning(tenant):
    Path("a.csv").write_text("E-mail,RemoveSku,AddSku\np1 at c.example,Office 365 E4,Office 365 E3\n", "utf-8")
    Path("b.csv").write_text(
        "User principal name,E-mail,Login,RemoveSku,AddSku\n"
        "p2 at c.example,private@home.example,p2,Office 365 E4,Office 365 E5\n",
        "utf-8",
    )
    main.run(["run", *sheets("a.csv", "b.csv"), *TENANT, "--out", "r"])
    head, *rows = rejects("r")
    assert len(head) == len(set(head))
    assert "private@home.example" in rows[1]
    assert again("r") == {"p1@c.example": E4_E3, "p2@c.example": E4_E5}


def test_two_columns_of_one_name(tenant):
    Path("a.csv").write_text(
        "User principal name,Note,Licenses,Note\np1 at c.example,first,Office 365 E4,second\n", "utf-8"
    )
    main.run(["run", *sheets("a.csv"), *MOVE, *TENANT, "--out", "r"])
    head, row = rejects("r")
    assert head[:4] == ["User principal name", "Note", "Licenses", "Note (4)"]
    assert row[:4] == ["p1 at c.example", "first", "Office 365 E4", "second"]
    assert again("r", *MOVE) == {"p1@c.example": E4_E3}


def test_rejects_of_rejects_keep_one_pair_of_reasons(tenant):
    Path("a.csv").write_text(f"{USERS}p1 at c.example,P 1,NL,Office 365 E4\n", "utf-8")
    main.run(["run", *sheets("a.csv"), *MOVE, *TENANT, "--out", "r"])
    main.run(["run", "--users", "r/rejects.csv", *MOVE, *TENANT, "--out", "s"])
    assert rejects("s") == rejects("r")
    assert again("s", *MOVE) == {"p1@c.example": E4_E3}


def test_cells_come_back_as_they_were(tenant):
    notes = ("=1+1", "'=1+1", "''x", "-5", '"quoted"', "a;b,c", "two\nlines", "  ", "@home", "''=1+1", "'", "")
    with Path("a.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["User principal name", "Note", "Licenses"])
        writer.writerows([f"p{n} at c.example", note, "Office 365 E4"] for n, note in enumerate(notes))
    main.run(["run", *sheets("a.csv"), *MOVE, *TENANT, "--out", "r"])
    main.run(["run", "--users", "r/rejects.csv", *MOVE, *TENANT, "--out", "s"])
    assert rejects("s") == rejects("r")
    assert again("s", *MOVE) == {f"p{n}@c.example": E4_E3 for n in range(len(notes))}


@given(st.text(alphabet="'\"=+-@ \t\r\nab1＝\u200b", max_size=8) | st.text(max_size=12))
def test_what_is_made_neutral_comes_back_plain(text):
    if neutral(text) != text:
        assert plain(neutral(text)) == text
    assert neutral(plain(neutral(text))) == neutral(text)


def test_a_run_of_before_columns_were_kept_still_has_rejects(tenant):
    Path("a.csv").write_text(f"{USERS}p1 at c.example,P 1,NL,Office 365 E4\n", "utf-8")
    main.run(["run", *sheets("a.csv"), *MOVE, *TENANT, "--out", "r"])
    before = Path("r/rejects.csv").read_bytes()
    db = sqlite3.connect("r/run.db")
    with db:
        db.execute("DELETE FROM meta WHERE key = 'columns'")
    db.close()
    assert main.run(["report", "r", "--quiet"]) == 0
    assert Path("r/rejects.csv").read_bytes() == before


def test_of_several_people_in_one_row_only_those_left_behind_come_back(capsys):
    lines = [f"p{n}@c.example,Person {n},NL,Office 365 E4\n" for n in range(3)]
    Path("all.csv").write_text(USERS + "".join(lines), "utf-8")
    fewer_seats(1)
    assert main.run(["tenant", "create", "t.db", "--users", "all.csv", "--licenses", "licenses.csv"]) == 0
    Path("a.csv").write_text(
        'E-mail,Remark\n"p0@c.example; p1@c.example; p9@c.example",A\n"P 2 <p2@c.example>",B\n', "utf-8"
    )
    main.run(["run", *sheets("a.csv"), *MOVE, *TENANT, "--allow-short", "--out", "r"])
    assert asked("r") == {"p0@c.example": E4_E3}
    head, *rows = rejects("r")
    assert head == ["E-mail", "Remark", "Reason code", "Reason"]
    assert [row[:3] for row in rows] == [
        ["p1@c.example", "A", "no_seats"],
        ["p9@c.example", "A", "unknown_user"],
        ["P 2 <p2@c.example>", "B", "no_seats"],
    ]


def test_people_beside_one_another_come_back_one_by_one(tenant, tmp_path):
    people = [["p0@c.example", "p1@c.example", "p99@c.example"], ["p98@c.example", "p2@c.example", "p97@c.example"]]
    xlsx_file(tmp_path, {"List": people}, "book.xlsx")
    main.run(["run", *sheets("book.xlsx"), *MOVE, *TENANT, "--out", "r"])
    assert set(asked("r")) == {f"p{n}@c.example" for n in range(3)}
    head, *rows = rejects("r")
    assert head[:3] == ["User principal name", "Column 2", "Column 3"]
    assert [row[:3] for row in rows] == [[f"p{n}@c.example", "", ""] for n in (99, 98, 97)]


def test_people_pasted_from_a_mail_program_come_back_one_by_one(tenant):
    Path("a.txt").write_text("P 0 <p0@c.example>; P 99 <p99@c.example>\nP 98 <p98@c.example>\n", "utf-8")
    main.run(["run", *sheets("a.txt"), *MOVE, *TENANT, "--out", "r"])
    assert [row[0] for row in rejects("r")] == ["User principal name", "p99@c.example", "P 98 <p98@c.example>"]


def test_people_in_a_sheet_of_licences_come_back_too(tenant):
    Path("a.csv").write_text(f"{USERS}p0@c.example,P 0,NL,Office 365 E4\n", "utf-8")
    Path("more.csv").write_text("UPN,Products\np1@c.example,Office 365 E4\np99@c.example,Office 365 E4\n", "utf-8")
    maps = ("--map", "Display name=display_name")
    options = ("--licenses", "more.csv", *maps, *MOVE, *TENANT, "--out", "r")
    assert main.run(["run", *sheets("a.csv"), *options]) == 3
    assert set(asked("r")) == {"p0@c.example", "p1@c.example"}
    head, row = rejects("r")
    assert head == ["UPN", "Products", "Reason code", "Reason"]
    assert row[:3] == ["p99@c.example", "Office 365 E4", "unknown_user"]


def test_copies_that_do_not_hold_the_sheet_leave_the_plain_columns(tenant, tmp_path):
    rows = [["UPN", "Licenses"], ["p1 at c.example", "Office 365 E4"]]
    xlsx_file(tmp_path, {"March": rows}, "book.xlsx")
    main.run(["run", *sheets("book.xlsx"), *MOVE, *TENANT, "--out", "r"])
    xlsx_file(Path("r/sheets"), {"April": rows}, next(Path("r/sheets").glob("*book.xlsx")).name)
    assert main.run(["report", "r", "--quiet"]) == 0
    head, row = rejects("r")
    assert head[:4] == ["User principal name", "Display name", "Remove licenses", "Add licenses"]
    assert row[0] == "p1 at c.example"


def test_the_one_sheet_that_was_named_is_read_and_comes_back(tenant, tmp_path):
    march = [["UPN", "Licenses"], ["p0@c.example", "Office 365 E4"], ["p1 at c.example", "Office 365 E4"]]
    april = [["UPN", "Licenses"], ["p2@c.example", "Office 365 E4"]]
    xlsx_file(tmp_path, {"April": april, "March": march}, "book.xlsx")
    assert main.run(["run", *sheets("book.xlsx"), "--sheet", "march", *MOVE, *TENANT, "--out", "r"]) == 3
    assert asked("r") == {"p0@c.example": E4_E3}
    assert [row[0] for row in rejects("r")] == ["UPN", "p1 at c.example"]


def test_a_meaning_of_a_column_may_be_said_for_one_of_several_sheets(tenant):
    Path("a.csv").write_text("Wie,Wat\np0@c.example,Office 365 E4\np1 at c.example,Office 365 E4\n", "utf-8")
    Path("b.csv").write_text("UPN,Licenses\np2@c.example,Office 365 E4\n", "utf-8")
    maps = ("--map", "Wie=user", "--map", "Wat=holds")
    assert main.run(["run", *sheets("a.csv", "b.csv"), *maps, *MOVE, *TENANT, "--out", "r"]) == 3
    assert set(asked("r")) == {"p0@c.example", "p2@c.example"}
    assert [row[0] for row in rejects("r")] == ["Wie", "p1 at c.example"]
