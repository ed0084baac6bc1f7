from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.core.cells import count
from batch.core.check import Unread, check_value
from batch.core.check_lines import lines
from batch.core.table import Kind
from tests.core.tables import CATALOG, CHAT, E1, E3, E4, moves, people, table, trouble


def entry(*sheets):
    """The entry of the first sheet."""
    return check_value(sheets, CATALOG)["files"][0]


def codes(found):
    """Row and code of every problem."""
    return [(problem["row"], problem["code"]) for problem in found["problems"]]


def test_an_entry_says_what_was_read_and_how():
    sheet = people(
        ("Anna@X.nl", "Anna", "Office 365 E4+Visio Plan 2+Office 365 E1", "NL"),
        fields="user display_name holds usage_location",
        assumed=("Column “Holds” read as licences held",),
    )
    found = entry(sheet)
    problem = found["problems"][0]
    assert found == {
        "file": "a.csv",
        "kind": "users",
        "format": {"encoding": "utf-8", "delimiter": ",", "sheet": "", "header_row": 1},
        "container": "csv",
        "mapping": {
            "user": "User",
            "display_name": "Display_Name",
            "holds": "Holds",
            "usage_location": "Usage_Location",
        },
        "assumed": ["Column “Holds” read as licences held"],
        "rows": [
            {
                "row": 2,
                "user": "anna@x.nl",
                "display_name": "Anna",
                "holds": [E4, E1],
                "remove": [],
                "add": [],
                "unresolved": ["Visio Plan 2"],
                "usage_location": "NL",
            }
        ],
        "seats": [],
        "problems": [{"row": 2, "column": "Holds", "code": "ambiguous_sku", "text": problem["text"]}],
    }
    assert "VISIO_A" in problem["text"]
    assert "VISIO_B" in problem["text"]


def test_rows_without_a_name_are_problems_only_and_wrong_names_are_shown():
    found = entry(moves(("", E4, E3), ("anna", E4, E3), ("b@x.nl", E4, "Nonsense")))
    assert [(row["row"], row["user"]) for row in found["rows"]] == [(3, "anna"), (4, "b@x.nl")]
    assert codes(found) == [(2, "empty_upn"), (3, "not_a_user"), (4, "unknown_sku")]
    assert (found["rows"][1]["remove"], found["rows"][1]["add"], found["rows"][1]["unresolved"]) == (
        [E4],
        [],
        ["Nonsense"],
    )


def test_moves_say_every_doubtful_product_and_what_cannot_be_done():
    rows = [
        ("a@x.nl", "Nonsense 1", "Nonsense 2", ""),
        ("b@x.nl", E4, "Office 365 E4", ""),
        ("c@x.nl", "", "", ""),
        ("d@x.nl", E4, E3, "YAMMER"),
        ("e@x.nl", E4, E3, CHAT),
    ]
    found = entry(moves(*rows, fields="user remove add disabled_plans"))
    assert codes(found) == [
        (2, "unknown_sku"),
        (2, "unknown_sku"),
        (3, "same_sku"),
        (4, "nothing_asked"),
        (5, "unknown_plan"),
    ]


def test_the_later_row_of_a_person_has_the_problem_and_stays_listed():
    rows = [("a@x.nl", E4, E3), ("A@X.nl", E4, E3), ("b@x.nl", E4, E3), ("b@x.nl", E4, E1)]
    found = entry(moves(*rows))
    assert codes(found) == [(3, "duplicate"), (5, "duplicate_conflict")]
    assert len(found["rows"]) == 4
    assert "row 4" in found["problems"][1]["text"]


def test_moves_that_go_together_are_no_problem():
    assert codes(entry(moves(("a@x.nl", E4, ""), ("a@x.nl", "", E3)))) == []


def test_a_user_twice_is_a_repeat_or_a_contradiction():
    rows = [("a@x.nl", "Office 365 E4+Office 365 E1"), ("a@x.nl", "Office 365 E1+Office 365 E4"), ("a@x.nl", E3)]
    assert codes(entry(people(*rows))) == [(3, "duplicate"), (4, "duplicate_conflict")]


@pytest.mark.parametrize(("heading", "expected"), [("Licenses", [(3, "duplicate_conflict")]), ("SKU", [])])
def test_one_row_a_licence_is_no_contradiction_but_a_second_list_is(heading, expected):
    sheet = people(("a@x.nl", E4), ("a@x.nl", E3))
    sheet.mapping.update(dict.fromkeys([field for field in sheet.mapping if field == "holds"], heading))
    assert codes(entry(sheet)) == expected


def test_what_a_template_gives_is_what_comes():
    sheets = (moves(("a@x.nl", "b@x.nl"), fields="user template_user"), people(("b@x.nl", "Office 365 E3")))
    assert entry(*sheets)["rows"][0]["add"] == [E3]


def test_problems_found_in_reading_are_passed_on_in_the_order_of_rows():
    found = entry(moves(("", E4, E3), rows=[7], problems=(trouble(9, "total_row"), trouble(0, "lost_list"))))
    assert codes(found) == [(0, "lost_list"), (7, "empty_upn"), (9, "total_row")]


def test_seats_are_numbers_by_product():
    rows = [
        ("Office 365 E4", "1.250", "1 300"),
        ("Nonsense", "5", ""),
        ("ENTERPRISEPACK", "many", "-1"),
        ("", "1", "1"),
    ]
    found = entry(table(Kind.LICENSES, *rows, fields="product total assigned"))
    assert [(s["row"], s["sku_id"], s["name"], s["total"], s["assigned"]) for s in found["seats"]] == [
        (2, E4, "Office 365 E4", 1250, 1300),
        (3, "", "Nonsense", 5, 0),
        (4, E3, "ENTERPRISEPACK", None, None),
        (5, "", "", 1, 1),
    ]
    assert codes(found) == [(3, "unknown_sku"), (4, "bad_number"), (4, "bad_number"), (5, "unknown_sku")]


def test_an_id_beats_a_name_that_stands_for_two():
    found = entry(table(Kind.LICENSES, (E3, "Visio Plan 2", "5"), fields="sku_id product total"))
    assert (found["seats"][0]["sku_id"], found["problems"]) == (E3, [])


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("", 0),
        ("25", 25),
        ("25.0", 25),
        ("1.250", 1250),
        ("1,250", 1250),
        ("1 250", 1250),
        ("1\u00a0250", 1250),
        ("1\u202f250", 1250),
        ("1'250", 1250),
        ("1,234,567", 1234567),
        ("1.250,00", 1250),
        ("0", 0),
        ("1,25", None),
        ("1.250,5", None),
        ("12 50", None),
        ("1.250,750", None),
        ("-5", None),
        ("1e3", None),
        ("٣", None),
        ("9" * 400, None),
        ("NaN", None),
    ],
)
def test_numbers_as_people_write_them(cell, number):
    assert count(cell) == number


def test_a_file_that_cannot_be_read_is_an_entry_of_its_own():
    value = check_value(
        [Unread(file="x.xlsx", code="unreadable", text="It is locked."), people(("a@x.nl", E4))], CATALOG
    )
    first, second = value["files"]
    assert (first["kind"], first["rows"], codes(first)) == ("unknown", [], [(0, "unreadable")])
    assert second["kind"] == "users"


def test_people_are_told_what_it_is_how_it_was_read_and_what_to_do():
    sheets = [
        people(*[("anna", "Office 365 E4")] * 5, ("b@x.nl", "Office 365 E4"), assumed=("Guessed something",)),
        table(Kind.LICENSES, ("Office 365 E4", "1.250", ""), fields="product total assigned"),
        Unread(file="x.xlsx", code="unreadable", text="It is locked."),
    ]
    text = "\n".join(lines(check_value(sheets, CATALOG), CATALOG))
    for words in (
        "a.csv: who holds what",
        "CSV, utf-8, comma, headings in row 1",
        "Guessed something",
        "Rows      6 of 2 people",
        "Office 365 E4: 6",
        "not_a_user: 5, rows 2, 3, 4 and 2 more",
        "user principal name",
        "Office 365 E4: 1,250 bought, 0 assigned",
        "x.xlsx: cannot be used",
        "It is locked.",
    ):
        assert words in text


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20)), max_size=6))
def test_whatever_stands_in_the_cells_the_value_is_json(rows):
    sheets = (moves(*rows), people(*rows, fields="user holds template_user"))
    bought = table(Kind.LICENSES, *rows, fields="product total assigned")
    value = check_value([*sheets, bought], CATALOG)
    assert json.loads(json.dumps(value)) == value
    assert list(lines(value, CATALOG))


def test_the_price_of_a_seat_is_shown_as_it_was_read():
    rows = [
        ("Office 365 E3", "5", "23,1", "EUR"),
        ("Office 365 E4", "5", "gratis", ""),
        ("Office 365 E5", "1", "$55", ""),
    ]
    sheet = table(Kind.LICENSES, *rows, fields="product total price currency")
    found = entry(sheet)
    assert [(s["price"], s["currency"]) for s in found["seats"]] == [("23.10", "EUR"), ("", ""), ("55.00", "$")]
    text = "\n".join(lines({"files": [found]}, CATALOG))
    assert "Office 365 E3: 5 bought, 0 assigned, EUR 23.10 a seat and month" in text
    assert "Office 365 E4: 5 bought, 0 assigned\n" in text
    assert "price" not in entry(table(Kind.LICENSES, ("Office 365 E3", "5"), fields="product total"))["seats"][0]
