"""Lists of people and groups: what names somebody, and everything else stops the reading."""

from __future__ import annotations

import pytest

from batch.core.errors import SheetError
from batch.sheets.names import read_names


def names_in(tmp_path, text):
    path = tmp_path / "list.csv"
    path.write_text(text, "utf-8")
    found = read_names(path)
    return set(found.people), [(name, place.row) for name, place in found.others]


@pytest.mark.parametrize(
    ("text", "people", "others"),
    [
        ("anna@c.example\nBob@C.example\n", {"anna@c.example", "bob@c.example"}, []),
        ("anna@c.example\n\nBoard members\n", {"anna@c.example"}, [("Board members", 3)]),
        ("Anna <anna@c.example>\n", {"anna@c.example"}, []),
        ("Board members\nVIP\n", set(), [("Board members", 1), ("VIP", 2)]),
        ("Group\nBoard members\n", set(), [("Board members", 2)]),
        ("Group name;Group id\nBoard;\n;g-1\n", set(), [("Board", 2), ("g-1", 3)]),
        ("Display name,User principal name\nAnna,anna@c.example\n", {"anna@c.example"}, []),
        ("User principal name,Gruppe\nanna@c.example,\n,Vorstand\n", {"anna@c.example"}, [("Vorstand", 3)]),
        # Of several addresses the one that people sign in with; names beside an address are no groups.
        ("Email,UPN\nanna@other.example,anna@c.example\n", {"anna@c.example"}, []),
        ("anna@c.example;Anna\n", {"anna@c.example"}, []),
        # What cannot be a sign-in name is for the tenant to know as a group.
        ("User principal name\nanna@c.example\nTotal: 1\n", {"anna@c.example"}, [("Total: 1", 3)]),
    ],
)
def test_who_stands_in_a_list(text, people, others, tmp_path):
    assert names_in(tmp_path, text) == (people, others)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ("User principal name\n", "names nobody"),
        ("Department,Usage location\nSales,NL\n", "no column of people or groups"),
        ("Display name,User principal name\nAnna,\n", "row 2: the row names nobody"),
    ],
)
def test_a_list_that_cannot_be_read_whole_is_refused(text, told, tmp_path):
    with pytest.raises(SheetError, match=told):
        names_in(tmp_path, text)


def test_a_list_that_is_not_there(tmp_path):
    with pytest.raises(SheetError, match="There is no file"):
        read_names(tmp_path / "none.csv")
