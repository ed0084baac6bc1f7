from __future__ import annotations

import csv
import hashlib
import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.core.errors import SheetError, UsageError
from batch.sheets.files import read_raw
from batch.sheets.raw import Raw
from batch.sheets.text import read_text
from tests.sheets.make_files import text_file

TABLE = "UPN;Location\nädä@x.example;NA\nbob@x.example;NL\n"


def read(text: str | bytes, encoding: str | None = None) -> Raw:
    return read_text(text.encode() if isinstance(text, str) else text, "s.csv", encoding)


def cells(raw: Raw) -> list[tuple[int, ...]]:
    return [(row, *values) for row, values in zip(raw.rows, zip(*raw.columns, strict=True), strict=True)]


def code(text: str | bytes, encoding: str | None = None) -> str:
    with pytest.raises(SheetError) as caught:
        read(text, encoding)
    assert caught.value.what
    assert caught.value.todo
    return caught.value.code


@pytest.mark.parametrize(
    ("codec", "mark", "named"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", b"\xef\xbb\xbf", "utf-8"),
        ("utf-16-le", b"\xff\xfe", "utf-16-le"),
        ("utf-16-be", b"\xfe\xff", "utf-16-be"),
        ("utf-32-le", b"\xff\xfe\x00\x00", "utf-32-le"),
        ("utf-32-be", b"\x00\x00\xfe\xff", "utf-32-be"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("windows-1252", b"", "windows-1252"),
    ],
)
def test_every_encoding_gives_the_same_cells(codec: str, mark: bytes, named: str) -> None:
    raw = read(mark + TABLE.encode(codec))
    assert cells(raw) == [(1, "UPN", "Location"), (2, "ädä@x.example", "NA"), (3, "bob@x.example", "NL")]
    assert raw.format.encoding == named


def test_a_guessed_encoding_is_said_and_can_be_overruled() -> None:
    raw = read("UPN,Name\na@x,Zoë\n".encode("windows-1252"))
    assert any("Windows-1252" in said and "line 2" in said for said in raw.assumed)
    assert read("UPN,Name\na@x,Łódź\n".encode("cp1250"), "cp1250").columns[1] == ["Name", "Łódź"]


@pytest.mark.parametrize("name", ["klingon", "base64", "zip", "rot13", "\x00"])
def test_an_encoding_nobody_knows_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError, match="no encoding"):
        read("a,b\n", name)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b" \r\n \t\r\n\n", "empty"),
        ("\u00a0\n\u200b\n".encode(), "empty"),
        (b",,,\n,,,\n", "empty"),
        (b"sep=;\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"upn\na@x\x00\n", "unreadable"),
        (bytes(range(1, 32)) * 50, "unreadable"),
        (b"\xff\xfea\x00b", "unreadable"),
        (b"\xef\xbb\xbfa,b\n\xe9,x\n", "unreadable"),
        (b"name\n\x81\x8d\n", "unreadable"),
    ],
)
def test_what_is_no_table(data: bytes, expected: str) -> None:
    assert code(data) == expected


def test_the_line_of_a_zero_byte_is_named() -> None:
    with pytest.raises(SheetError, match="line 3"):
        read(b"upn\na@x\nb\x00@x\n")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_chosen_and_said(delimiter: str) -> None:
    raw = read(f"UPN{delimiter}Name\na@x{delimiter}Ada\n")
    assert raw.format.delimiter == delimiter
    assert raw.columns == [["UPN", "a@x"], ["Name", "Ada"]]
    assert any("stand between" in said for said in raw.assumed)


def test_a_delimiter_inside_quotes_or_in_some_cells_does_not_count() -> None:
    assert read('UPN;Name\na@x;"Lovelace, Ada"\nb@x;Byron, George, Lord\n').columns[1][2] == "Byron, George, Lord"
    assert read('"a;b;c",d\n"e;f;g",h\n').columns == [["a;b;c", "e;f;g"], ["d", "h"]]
    assert read("UPN,Licenses\na@x,E3;E5\nb@x,E1;F3\n").format.delimiter == ","


def test_a_file_of_one_column_has_no_delimiter() -> None:
    raw = read('UserPrincipalName\na@x\n"b@x"\n')
    assert (raw.format.delimiter, raw.columns) == ("", [["UserPrincipalName", "a@x", "b@x"]])


@pytest.mark.parametrize(
    "text",
    [
        "a@x; b@x; c@x",
        "Ada Lovelace <a@x.nl>; Bob <b@x.nl>;\nCarl <c@x.nl>",
        "Lovelace, Ada <a@x.nl>; Byron, George <b@x.nl>",
        '"Lovelace, Ada" <a@x.nl>; "Byron, George" <b@x.nl>',
        "Lovelace, Ada <a@x.nl>\nByron, George <b@x.nl>",
        "To\na@x, b@x, c@x",
    ],
)
def test_pasted_addresses_arrive_as_whole_lines(text: str) -> None:
    raw = read(text)
    assert raw.format.delimiter == ""
    assert raw.columns == [[line.strip() for line in text.split("\n")]]
    assert any("list of addresses" in said for said in raw.assumed)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_blank_lines_keep_physical_numbers(end: str) -> None:
    raw = read(end.join(["", "UPN,Name", "", "a@x,Ada", "  ", ",", "b@x,Bob"]))
    assert cells(raw) == [(2, "UPN", "Name"), (4, "a@x", "Ada"), (7, "b@x", "Bob")]


def test_a_record_with_line_breaks_has_the_number_of_its_first_line() -> None:
    raw = read('UPN,Note\na@x,"one\ntwo\r\nthree"\nb@x,"say ""hi"""\n')
    assert cells(raw) == [(1, "UPN", "Note"), (2, "a@x", "one\ntwo\r\nthree"), (5, "b@x", 'say "hi"')]


@pytest.mark.parametrize(
    ("first", "delimiter"),
    [("sep=;", ";"), ("SEP=|", "|"), ('"sep=;"', ";"), ("sep=\t", "\t")],
)
def test_a_first_line_may_name_the_delimiter(first: str, delimiter: str) -> None:
    raw = read(f"{first}\r\nUPN{delimiter}a,b\r\nx@x{delimiter}c,d\r\n")
    assert cells(raw) == [(2, "UPN", "a,b"), (3, "x@x", "c,d")]
    assert raw.format.delimiter == delimiter


@pytest.mark.parametrize(
    "first",
    ["#TYPE Selected.Microsoft.Online.Administration.User", '"#TYPE System.Object"', "version:v1.0", "version:v1.0,,"],
)
def test_first_lines_of_known_tools_are_skipped_and_said(first: str) -> None:
    raw = read(f"{first}\nUPN,Name\na@x,Ada\n")
    assert cells(raw) == [(2, "UPN", "Name"), (3, "a@x", "Ada")]
    assert any("Line 1 was skipped" in said for said in raw.assumed)


def test_short_lines_are_padded_and_long_ones_are_problems_unless_empty() -> None:
    raw = read("UPN,Name,Loc\na@x\nb@x,Bob,NL,,\nc@x,Doe, John,NL\nd@x,Dee,NA\n")
    assert cells(raw) == [
        (1, "UPN", "Name", "Loc"),
        (2, "a@x", "", ""),
        (3, "b@x", "Bob", "NL"),
        (5, "d@x", "Dee", "NA"),
    ]
    (problem,) = raw.problems
    assert (problem.code, problem.place.row, problem.place.file) == ("unreadable", 4, "s.csv")
    assert "4 cells" in problem.text


def test_an_open_quote_costs_its_own_line_only() -> None:
    rows = "".join(f"u{i}@x,n{i}\n" for i in range(600))
    raw = read(f'UPN,Name\n"a@x,Ada\n{rows}')
    assert len(raw.rows) == 601
    assert [(p.code, p.place.row) for p in raw.problems] == [("unreadable", 2)]


def test_two_stray_quotes_do_not_swallow_what_stands_between() -> None:
    raw = read('UPN,Name\na@x,"Ada\nb@x,Bob\nc@x,"Carl\nd@x,Dee\n')
    assert [p.place.row for p in raw.problems] == [2, 4]
    assert cells(raw) == [(1, "UPN", "Name"), (3, "b@x", "Bob"), (5, "d@x", "Dee")]


def test_an_open_quote_in_the_last_line_is_told() -> None:
    raw = read('UPN,Name\na@x,Ada\nb@x,"Bob')
    assert [p.place.row for p in raw.problems] == [3]
    assert len(raw.rows) == 2


def test_a_cell_beyond_all_measure_is_a_problem() -> None:
    raw = read('UPN,Name\na@x,"' + "x" * 140_000 + '\n"\nb@x,Bob\n')
    assert 2 in [p.place.row for p in raw.problems]
    assert raw.columns[0][-1] == "b@x"


def test_text_stays_text() -> None:
    raw = read("a,b,c,d\nNA,00123,1e5,null\nnan,TRUE,-0,N/A\n")
    assert [column[1:] for column in raw.columns] == [["NA", "nan"], ["00123", "TRUE"], ["1e5", "-0"], ["null", "N/A"]]


def test_cells_are_trimmed_and_cleaned_and_keep_their_case() -> None:
    raw = read("UPN,Name\n \u00a0Ada@X.nl\u200b ,\ufeffA\u00a0B\u202f\n")
    assert cells(raw)[1] == (2, "Ada@X.nl", "A B")


def test_a_table_wider_than_any_sheet_is_refused() -> None:
    assert code(",".join(["x"] * 3_000) + "\n") == "too_large"


@pytest.mark.parametrize("quoted", [False, True])
@given(
    table=st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z", "P", "S"))), min_size=3, max_size=3
        ),
        min_size=1,
        max_size=8,
    ),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_the_csv_module_writes_is_read(table: list[list[str]], delimiter: str, end: str, quoted: bool) -> None:
    table = [["k", "b", "c"], *[[f"k{index}", *row[1:]] for index, row in enumerate(table)]]
    out = io.StringIO()
    quoting = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(table)
    raw = read(out.getvalue())
    assert list(map(list, zip(*raw.columns, strict=True))) == table
    assert raw.rows == list(range(1, len(table) + 1))


@given(st.binary(max_size=300), st.sampled_from([None, "utf-8", "utf-16", "cp850", "utf-7", "unicode_escape"]))
def test_any_bytes_end_in_a_sheet_or_in_a_sentence(data: bytes, encoding: str | None) -> None:
    try:
        raw = read(data, encoding)
    except UsageError:  # a sentence for a person; anything else would be a traceback, and fails here
        return
    assert {len(column) for column in raw.columns} <= {len(raw.rows)}
    assert raw.rows == sorted(set(raw.rows))


@given(st.text(st.sampled_from('a@;,"\n\r\t <>|'), max_size=80))
def test_no_line_is_lost_without_a_word(text: str) -> None:
    try:
        raw = read(text)
    except SheetError:
        assert "a" not in text
        assert "@" not in text
        return
    last = max([*raw.rows, *(p.place.row for p in raw.problems)])
    assert last <= text.count("\n") + text.count("\r") + 1
    assert text.count("a") <= sum(map("".join(map("".join, raw.columns)).count, "a")) or raw.problems


class TestFiles:
    def test_the_digest_is_that_of_the_bytes(self, tmp_path: Path) -> None:
        raws, digest = read_raw(text_file(tmp_path, "upn\na@x\n"))
        assert len(raws) == 1
        assert digest == hashlib.sha256(b"upn\na@x\n").hexdigest()

    @pytest.mark.parametrize(
        ("head", "word"),
        [
            (b"%PDF-1.7 ...", "PDF"),
            (b"<html><table><tr><td>a@x", "web page"),
            (b'<?xml version="1.0"?><Workbook>', "XML"),
            (b"\x1f\x8b\x08", "gzip"),
        ],
    )
    def test_other_kinds_are_named(self, tmp_path: Path, head: bytes, word: str) -> None:
        with pytest.raises(SheetError, match=word):
            read_raw(text_file(tmp_path, head, "people.xls"))

    def test_missing_folder_and_empty(self, tmp_path: Path) -> None:
        with pytest.raises(SheetError, match="There is no file"):
            read_raw(tmp_path / "none.csv")
        with pytest.raises(SheetError, match="folder"):
            read_raw(tmp_path)
        with pytest.raises(SheetError) as caught:
            read_raw(text_file(tmp_path, b""))
        assert caught.value.code == "empty"

    def test_no_rights(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refused(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        path = text_file(tmp_path, "a")
        monkeypatch.setattr(Path, "open", refused)
        with pytest.raises(SheetError, match="may not be read"):
            read_raw(path)

    def test_a_pipe_is_not_waited_for(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.csv")
        with pytest.raises(SheetError, match="not an ordinary file"):
            read_raw(tmp_path / "pipe.csv")

    def test_a_text_called_a_workbook_is_read_and_said(self, tmp_path: Path) -> None:
        raws, _ = read_raw(text_file(tmp_path, "UPN,N\na@x,A\n", "people.xlsx"), sheet="People")
        assert raws[0].format.container == "csv"
        assert any("ends in .xlsx" in said for said in raws[0].assumed)
        assert any("no sheets" in said for said in raws[0].assumed)
