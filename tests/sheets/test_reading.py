from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.core.errors import SheetError, UsageError
from batch.core.table import Field, Format, Kind
from batch.sheets.pasted import people
from batch.sheets.raw import Raw
from batch.sheets.reading import check_mapping, read_original, read_tables, tables_of
from tests.sheets.grids import codes, column, grid, table

# --- records that are no rows


def test_repeated_headings_totals_and_blank_lines_are_left_out_with_their_places() -> None:
    found = table(
        "UPN,Old,New\nann@x.nl,E4,E3\n,,\nUPN,Old,New\nbob@x.nl,E4,E3\nTotal,2,\nTotaal: 2,,\n,Summe,2\n,,17\n,,"
    )
    assert found.rows == [2, 5]
    assert codes(found) == [
        (4, "repeated_header"),
        (6, "total_row"),
        (7, "total_row"),
        (8, "total_row"),
        (9, "total_row"),
    ]
    assert {len(cells) for cells in found.cells.values()} == {2}
    assert str(found.problems[0].place) == "people.csv, row 4"


def test_a_row_without_a_user_but_with_something_else_stays_for_core_to_refuse() -> None:
    found = table("UPN,Old,New\n,E4,E3\nann@x.nl,E4,E3")
    assert (found.rows, column(found, Field.USER)) == ([2, 3], ["", "ann@x.nl"])


def test_a_name_that_only_begins_like_a_total_is_a_row() -> None:
    found = table("UPN,Old,New\nSommer,E4,E3\nTotalis Jansen,E4,E3\nann@x.nl,E4,E3")
    assert found.rows == [2, 3, 4]


def test_total_of_what_was_bought_is_left_out() -> None:
    found = table("Product Title,Total Licenses\nOffice 365 E3,10\nTotal général,10")
    assert (column(found, Field.PRODUCT), codes(found)) == (["Office 365 E3"], [(3, "total_row")])


# --- columns


def test_a_sheet_is_known_by_mapping_alone() -> None:
    found = table("wie,wat,hoezo\nann@x.nl,E4,E3", mapping={"WIE": "user", " Wat ": "remove", "hoezo": "Add"})
    assert found.kind is Kind.MOVES
    assert found.mapping == {Field.USER: "wie", Field.REMOVE: "wat", Field.ADD: "hoezo"}


def test_a_mapping_wins_from_the_headings() -> None:
    found = table("UPN,E-mail,License\nann@x.nl,a.ek@x.nl,E3", mapping={"E-mail": "user", "License": "add"})
    assert (column(found, Field.USER), column(found, Field.ADD)) == (["a.ek@x.nl"], ["E3"])


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"UPM": "user"}, ["UPM", "nearest is “UPN”"]),
        ({"UPN": "usr"}, ["usr", "Did you mean “user”"]),
        ({"UPN": "user", "Old": "user"}, ["two columns", "user"]),
        ({"qqqqqq": "user"}, ["no heading “qqqqqq”", "“UPN”, “Old”"]),
    ],
)
def test_a_mapping_that_does_not_fit_names_the_nearest(mapping: dict[str, str], words: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        table("UPN,Old\nann@x.nl,E4", mapping=mapping)
    assert all(word in str(caught.value) for word in words)


def test_two_equal_columns_that_differ_are_not_guessed_between() -> None:
    found = table("UPN,Old license,Remove license,New license\nann@x.nl,E4,E1,E3")
    assert Field.REMOVE not in found.cells
    assert codes(found) == [(1, "ambiguous_column")]
    assert '--map "Old license=remove"' in found.problems[0].text


@pytest.mark.parametrize("row", ["ann@x.nl,E4,E4,E3", "ann@x.nl,E4,,E3", "ann@x.nl,,E4,E3"])
def test_two_equal_columns_are_one_when_identical_or_one_is_empty(row: str) -> None:
    found = table(f"UPN,Old license,Remove license,New license\n{row}")
    assert (column(found, Field.REMOVE), found.problems) == (["E4"], ())


def test_a_file_with_two_user_columns_is_refused_with_the_reason() -> None:
    with pytest.raises(SheetError, match="UPN") as caught:
        table("UPN,User principal name,License\nann@x.nl,bob@x.nl,E3")
    assert caught.value.code == "ambiguous_column"


def test_a_user_column_of_account_names_gives_way_to_the_addresses() -> None:
    found = table("User name,E-mail,Old,New\naek,ann@x.nl,E4,E3")
    assert found.mapping[Field.USER] == "E-mail"
    assert any("“E-mail”" in sentence for sentence in found.assumed)


def test_an_owner_beside_what_was_bought_is_no_user() -> None:
    assert table("Product,Total licenses,E-mail\nOffice 365 E3,10,boss@x.nl").kind is Kind.LICENSES


def test_source_alone_is_no_licence() -> None:
    found = table("User principal name,Source,Licenses\nann@x.nl,Cloud,E3")
    assert (found.kind, set(found.cells)) == (Kind.USERS, {Field.USER, Field.HOLDS})


def test_a_service_column_of_names_is_a_department_and_plans_are_not_rows() -> None:
    found = table("UPN;Licences;Service;Abonnement\nann@x.fr;E3;Ventes;x", delimiter=";")
    assert (column(found, Field.DEPARTMENT), column(found, Field.HOLDS)) == (["Ventes"], ["E3"])
    assert any("“Abonnement” is not read" in sentence for sentence in found.assumed)


# --- lists that an export lost


@pytest.mark.parametrize(
    "lost",
    [
        "System.Collections.Generic.List`1[Microsoft.Online.Administration.UserLicense]",
        "System.Object[]",
        "[object Object]",
        "[object Object],[object Object]",
        "Microsoft.Graph.PowerShell.Models.MicrosoftGraphAssignedLicense",
    ],
)
def test_a_lost_list_is_unknown_not_none(lost: str) -> None:
    some = table(f'UserPrincipalName,AssignedLicenses\nann@x.nl,"{lost}"\nbob@x.nl,E3')
    assert column(some, Field.HOLDS) == ["", "E3"]
    every = table(f'UserPrincipalName,AssignedLicenses\nann@x.nl,"{lost}"')
    assert Field.HOLDS not in every.cells
    for found in (some, every):
        assert [problem.code for problem in found.problems] == ["lost_list"]
        assert any("not known in 1 of the rows" in sentence for sentence in found.assumed)


# --- matrix


def test_a_matrix_says_who_holds_what() -> None:
    found = table(
        "UPN;Office 365 E4;Visio Plan 2;VIP;Rijbewijs\nann@x.nl;x;1;ja;ja\nbob@x.nl;;0;nee;nee\ncleo@x.nl;Ja;NEE;;",
        delimiter=";",
    )
    assert found.kind is Kind.USERS
    assert column(found, Field.HOLDS) == ["Office 365 E4+Visio Plan 2", "", "Office 365 E4"]
    assert any("matrix" in sentence for sentence in found.assumed)
    assert any("Not read as products: “Rijbewijs”" in sentence for sentence in found.assumed)


@pytest.mark.parametrize("marks", ["True,False", "oui,non", "ja,nein", "sí,no", "WAAR,ONWAAR"])
def test_marks_of_a_matrix_in_every_language(marks: str) -> None:
    assert column(table(f"UPN,Teams,Visio\nann@x.nl,{marks}"), Field.HOLDS) == ["Teams"]


@pytest.mark.parametrize(
    "text",
    [
        "UPN,Account enabled,DirSyncEnabled,Is guest\nann@x.nl,True,True,False",
        "UPN,Teams,Visio\nann@x.nl,x,see mail",
        "UPN,Teams,Visio\nann@x.nl,,",
        "UPN,Licenses,Teams,Visio\nann@x.nl,E3,x,x",
    ],
)
def test_flags_and_notes_are_no_matrix(text: str) -> None:
    assert not any("matrix" in sentence for sentence in table(text).assumed)


# --- people pasted together


def test_a_line_pasted_from_outlook_is_several_people() -> None:
    found = table("Jansen, Ann <ann@x.nl>; Bob <bob@x.nl>; cleo@x.nl\nDirk <dirk@x.nl>", delimiter="|")
    assert column(found, Field.USER) == ["ann@x.nl", "bob@x.nl", "cleo@x.nl", "dirk@x.nl"]
    assert column(found, Field.DISPLAY_NAME) == ["Jansen, Ann", "Bob", "", "Dirk"]
    assert found.rows == [1, 1, 1, 2]
    assert any("Several people" in sentence for sentence in found.assumed)


@pytest.mark.parametrize("delimiter", [";", ","])
def test_a_pasted_line_that_was_cut_at_its_delimiter_is_put_together_again(delimiter: str) -> None:
    found = table(f"Ann Ek <ann@x.nl>{delimiter} Bob <bob@x.nl>{delimiter} <cleo@x.nl>", delimiter=delimiter)
    assert column(found, Field.USER) == ["ann@x.nl", "bob@x.nl", "cleo@x.nl"]
    assert column(found, Field.DISPLAY_NAME) == ["Ann Ek", "Bob", ""]


def test_several_people_in_a_cell_share_what_their_row_says() -> None:
    found = table('UPN,Display name,Old,New\n"ann@x.nl; bob@x.nl",Team,E4,E3\ncleo@x.nl,Cleo,E4,E3')
    assert column(found, Field.USER) == ["ann@x.nl", "bob@x.nl", "cleo@x.nl"]
    assert (found.rows, column(found, Field.ADD)) == ([2, 2, 3], ["E3"] * 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("jan,piet@x.nl", [("jan,piet@x.nl", "")]),
        ("ann@x.nl;", [("ann@x.nl", "")]),
        ('"Ek, Ann" <ann@x.nl>', [("ann@x.nl", "Ek, Ann")]),
        ("Ann <ann@x.nl>; Piet Jansen; <bob@x.nl>", [("ann@x.nl", "Ann"), ("Piet Jansen", ""), ("bob@x.nl", "")]),
        ("Ann <no address>", [("Ann <no address>", "")]),
    ],
)
def test_nobody_is_made_up_and_nobody_is_lost(text: str, expected: list[tuple[str, str]]) -> None:
    assert people(text) == expected


@given(st.text(alphabet='ab@<>;," \n', max_size=40))
def test_every_address_in_angles_comes_out_and_any_text_is_read(text: str) -> None:
    assert ("ann@x.nl", "Ann") in people(f"Ann <ann@x.nl>; {text}")


# --- several sheets, and none


def test_sheets_of_a_workbook_each_say_their_own() -> None:
    raws = [
        grid("Notes\nPlease check", sheet="Read me", container="xlsx"),
        grid("UPN,Old,New\nann@x.nl,E4,E3", sheet="Moves", container="xlsx"),
        grid("Product Title,Total Licenses\nOffice 365 E3,10", sheet="Bought", container="xlsx"),
    ]
    found = tables_of(raws, file="book.xlsx", digest="d1")
    assert [(t.sheet, t.kind) for t in found] == [("Moves", Kind.MOVES), ("Bought", Kind.LICENSES)]
    assert any("“Read me”" in sentence for sentence in found[0].assumed)


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ([], "empty"),
        ([""], "empty"),
        (["UPN,Old,New"], "empty"),
        (["UPN,Old,New\n,,\n,,"], "empty"),
        (["colour,size\nred,12"], "no_user_column"),
        (["SKU,Name,User\nE3,Office 365 E3,Ann Ek"], "no_user_column"),
    ],
)
def test_a_file_that_says_nothing_is_refused(texts: list[str], code: str) -> None:
    with pytest.raises(SheetError) as caught:
        tables_of([grid(text) for text in texts], file="people.csv", digest="d1")
    assert caught.value.code == code
    assert "people.csv" in caught.value.what


def test_a_user_column_of_names_is_named_in_the_refusal() -> None:
    with pytest.raises(SheetError, match="what stands under “User” are no user principal names"):
        table("SKU,Name,User\nE3,Office 365 E3,Ann Ek")


def test_what_the_reader_of_bytes_found_is_passed_on() -> None:
    raw = Raw(
        sheet="", format=Format(container="csv", encoding="cp1252", delimiter=";"), columns=[["UPN", "ann@x.nl"]],
        rows=[1, 2], assumed=("Read as cp1252",),
    )  # fmt: skip
    (found,) = tables_of([raw], file="people.csv", digest="d1")
    assert found.format == Format(container="csv", encoding="cp1252", delimiter=";", header_row=1)
    assert (found.assumed[0], found.digest, found.file) == ("Read as cp1252", "d1", "people.csv")


def test_a_place_names_the_heading_as_it_came() -> None:
    found = table("Gebruikersnaam,Van licentie,Naar licentie\nann@x.nl,E4,E3")
    assert str(found.place(0, Field.REMOVE)) == "people.csv, row 2, column Van licentie"


# --- whole files


def test_a_file_is_read_to_tables_and_to_its_own_columns(tmp_path: Path) -> None:
    path = tmp_path / "moves.csv"
    path.write_text("Moves of may;;;\nUPN;Note;Old;New\nann@x.nl;first;E4;E3\n\nbob@x.nl;;E4;E3\n", encoding="utf-8")
    (found,) = read_tables(path)
    assert (found.kind, found.rows, found.file) == (Kind.MOVES, [3, 5], str(path))
    (original,) = read_original(path)
    assert original.headings == ("UPN", "Note", "Old", "New")
    cells = dict(zip(original.rows, zip(*original.columns, strict=True), strict=True))
    assert cells[3] == ("ann@x.nl", "first", "E4", "E3")
    assert set(found.rows) <= set(original.rows)


def test_a_mapping_holds_for_the_original_too(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("wie,wat\nann,E4\nbob,E4\n", encoding="utf-8")
    mapping = {"wie": "user", "wat": "remove"}
    assert read_tables(path, mapping=mapping)[0].rows == [2, 3]
    assert read_original(path, mapping=mapping)[0].rows == [2, 3]


# --- laws

_SHAPES = st.lists(st.sampled_from([str.upper, str.lower, str.title, lambda s: s.replace(" ", "\u00a0")]), min_size=4)


@given(_SHAPES, st.permutations(range(4)))
def test_the_order_and_the_spelling_of_headings_change_nothing(shapes: list, order: list[int]) -> None:
    names = ["Nom d’utilisateur", "Ancienne licence", "Licence à ajouter", "Emplacement d’utilisation"]
    row = ["ann@x.fr", "E4", "E3", "FR"]
    heads = [shape(name) for shape, name in zip(shapes, names, strict=False)]
    columns = [[heads[i], row[i]] for i in order]
    raw = Raw(sheet="", format=Format(container="csv"), columns=columns, rows=[1, 2])
    (found,) = tables_of([raw], file="f", digest="d")
    assert found.cells == {Field.USER: ["ann@x.fr"], Field.REMOVE: ["E4"], Field.ADD: ["E3"], Field.LOCATION: ["FR"]}


_CELL = st.sampled_from(["", "UPN", "Old", "New", "Total", "12", "ann@x.nl", "Bob <bob@x.nl>", "x", "E3", "Notes"])


@given(st.lists(st.lists(_CELL, min_size=3, max_size=3), max_size=8))
def test_any_grid_becomes_columns_of_one_length_or_a_sentence(records: list[list[str]]) -> None:
    columns = [list(column) for column in zip(*records, strict=True)]
    raw = Raw(sheet="", format=Format(container="csv"), columns=columns, rows=list(range(1, len(records) + 1)))
    try:
        (found,) = tables_of([raw], file="f", digest="d")
    except SheetError as refused:
        found = None
        codes_seen = {refused.code}
    if found is None:
        assert codes_seen <= {"empty", "no_user_column", "ambiguous_column"}
        return
    assert {len(cells) for cells in found.cells.values()} == {len(found.rows)}
    told = {problem.place.row for problem in found.problems}
    assert not told & set(found.rows) - {found.format.header_row}
    silent = set(raw.rows) - told - set(found.rows)
    header = found.format.header_row
    assert all(row <= header or not any(records[row - 1]) for row in silent)


def test_one_mapping_for_several_files_needs_each_heading_in_one_of_them(tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("wie,wat\nann@x.nl,E4\n", "utf-8")
    second.write_text("UPN,License\nbob@x.nl,E4\n", "utf-8")
    mapping, met = {"wie": "user", "wat": "holds"}, {}
    (one,) = read_tables(first, mapping=mapping, met=met)
    (other,) = read_tables(second, mapping=mapping, met=met)
    assert (one.cells[Field.USER], other.cells[Field.USER]) == (["ann@x.nl"], ["bob@x.nl"])
    check_mapping(mapping, met, ["a.csv", "b.csv"])
    with pytest.raises(UsageError, match=r"^None of a\.csv, b\.csv has a heading “Licens”") as caught:
        check_mapping({"Licens": "holds"}, met, ["a.csv", "b.csv"])
    assert "“License”" in caught.value.todo
    with pytest.raises(UsageError, match=r"^b\.csv has no heading “waar”"):
        check_mapping({"waar": "holds"}, met, ["b.csv"])


def test_a_file_that_says_nothing_without_the_heading_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Display name,Remark\nAnn,new\n", "utf-8")
    with pytest.raises(SheetError, match=r"a\.csv has no heading “Remarks”") as caught:
        read_tables(path, mapping={"Remarks": "user"}, met={})
    assert caught.value.code == "no_user_column"
    assert "“Remark”" in caught.value.todo
