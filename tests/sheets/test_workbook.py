from __future__ import annotations

import datetime as dt
import struct
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.core.errors import SheetError
from batch.sheets import workbook_guard
from batch.sheets.extents import column_letters, column_number
from batch.sheets.files import read_raw
from batch.sheets.raw import Raw
from tests.sheets.make_files import (
    ods_file,
    ods_row,
    raw_xlsx,
    text_file,
    with_part,
    xlsb_file,
    xlsx_file,
    zip_file,
)

DATA = Path(__file__).parent / "data"
PEOPLE = [["UPN", "Location"], ["a@x", "NA"], ["b@x", "NL"]]


def read(path: Path, sheet: str | None = None) -> list[Raw]:
    return read_raw(path, sheet=sheet)[0]


def refused(path: Path, sheet: str | None = None) -> SheetError:
    with pytest.raises(SheetError) as caught:
        read(path, sheet)
    assert caught.value.what
    assert caught.value.todo
    return caught.value


def inline(reference: str, text: str = "x") -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def test_values_become_the_text_a_person_would_write(tmp_path: Path) -> None:
    values = {
        "a@x": "a@x",
        "00123": "00123",
        "whole": 5,
        "float": 5.0,
        "part": 1.5,
        "true": True,
        "false": False,
        "date": dt.date(2024, 1, 2),
        "moment": dt.datetime(2024, 1, 2, 3, 4, 5),
        "time": dt.time(3, 4),
        "NA": "NA",
        " trim\u00a0me\u200b ": None,
        "error": "#N/A",
    }
    raw = read(xlsx_file(tmp_path, {"S": [list(values), list(values.values())]}))[0]
    assert [column[1] for column in raw.columns] == [
        *[
            "a@x",
            "00123",
            "5",
            "5",
            "1.5",
            "TRUE",
            "FALSE",
            "2024-01-02",
            "2024-01-02 03:04:05",
            "03:04:00",
            "NA",
            "",
            "",
        ]
    ]
    assert raw.columns[11][0] == "trim me"


def test_a_formula_gives_the_value_saved_with_it(tmp_path: Path) -> None:
    path = raw_xlsx(tmp_path, '<row r="1"><c r="A1" t="str"><f>A2&amp;"x"</f><v>a@x</v></c></row>')
    assert read(path)[0].columns == [["a@x"]]


def test_row_numbers_are_those_excel_shows(tmp_path: Path) -> None:
    rows = [["Report"], [], ["UPN"], [], [], ["a@x"]]
    raw = read(xlsx_file(tmp_path, {"S": rows}, first_row=4))[0]
    assert (raw.rows, raw.columns) == ([4, 6, 9], [["Report", "UPN", "a@x"]])


def test_all_sheets_are_read_hidden_ones_with_a_word(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path, {"One": PEOPLE, "Empty": [], "Two": PEOPLE}, hidden=["Two"])
    one, two = read(path)
    assert (one.sheet, one.assumed, two.sheet) == ("One", (), "Two")
    assert "hidden" in two.assumed[0]


def test_hidden_rows_are_counted(tmp_path: Path) -> None:
    path = raw_xlsx(tmp_path, f'<row r="1">{inline("A1")}</row><row r="2" hidden="1">{inline("A2")}</row>')
    assert "1 hidden or filtered" in read(path)[0].assumed[0]


def test_a_sheet_can_be_named_in_any_case(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path, {"One": PEOPLE, "Two & <3>": [["z"]], "Empty": []})
    assert [raw.columns for raw in read(path, "two & <3>")] == [[["z"]]]
    missing = refused(path, "Three")
    assert missing.code == "no_such_sheet"
    assert "One, Two & <3>" in missing.todo
    assert refused(path, "Empty").code == "empty"


def test_a_workbook_without_a_filled_cell_is_empty(tmp_path: Path) -> None:
    assert refused(xlsx_file(tmp_path, {"S": []})).code == "empty"
    assert refused(xlsx_file(tmp_path, {"S": [[" ", "\u00a0"]]})).code == "empty"


@pytest.mark.parametrize("name", ["people.csv", "people.xls", "people.ods"])
def test_a_workbook_is_known_by_its_bytes(tmp_path: Path, name: str) -> None:
    book = xlsx_file(tmp_path, {"S": PEOPLE}).read_bytes()
    raw = read(text_file(tmp_path, book, name))[0]
    assert raw.format.container == "xlsx"
    assert f"ends in {Path(name).suffix}" in raw.assumed[0]


def test_xlsm_xlsb_and_ods(tmp_path: Path) -> None:
    macro = raw_xlsx(tmp_path, f'<row r="1">{inline("A1")}</row>', "m.xlsm", {"xl/vbaProject.bin": b"x"})
    assert read(macro)[0].format.container == "xlsm"
    binary = read(xlsb_file(tmp_path, {(1, 0): "UPN", (1, 1): "N", (2, 0): "a@x", (2, 1): 5.0}))[0]
    assert (binary.sheet, binary.format.container, binary.rows) == ("People", "xlsb", [2, 3])
    assert binary.columns == [["UPN", "a@x"], ["N", "5"]]
    spreadsheet = read(ods_file(tmp_path, ods_row("UPN", "N") + ods_row("", repeat=3) + ods_row("a@x", "é")))[0]
    assert (spreadsheet.sheet, spreadsheet.format.container, spreadsheet.rows) == ("People", "ods", [1, 5])
    assert spreadsheet.columns == [["UPN", "a@x"], ["N", "é"]]


def test_the_old_binary_kind() -> None:
    raws, _ = read_raw(DATA / "people.xls")
    assert raws[0].format.container == "xls"
    assert raws[0].rows == [3, 4, 5]
    assert raws[0].columns == [["UPN", "a@x", "b@x"], ["Since", "2024-01-02", ""], ["Seats", "5", "1.5"]]


class TestProtectedAndDamaged:
    def test_an_encrypted_workbook_is_locked(self, tmp_path: Path) -> None:
        compound = (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(600)
        )
        error = refused(text_file(tmp_path, compound, "b.xlsx"))
        assert (error.code, "password" in error.what) == ("locked", True)

    def test_an_encrypted_xls_is_locked(self, tmp_path: Path) -> None:
        data = bytearray((DATA / "people.xls").read_bytes())
        start = data.index(b"\x09\x08\x10\x00\x00\x06\x05\x00")  # the BOF record of the workbook's globals
        data[start + 20 : start + 24] = struct.pack("<HH", 0x2F, 0)  # FILEPASS where the next record was
        assert refused(text_file(tmp_path, bytes(data), "b.xls")).code == "locked"

    def test_an_encrypted_ods_or_zip_is_locked(self, tmp_path: Path) -> None:
        manifest = {"META-INF/manifest.xml": b"<manifest:encryption-data/>", "content.xml": b"\x8f\x00\x01"}
        assert refused(ods_file(tmp_path, "", parts=manifest)).code == "locked"
        data = bytearray(raw_xlsx(tmp_path, "").read_bytes())
        data[data.index(b"PK\x01\x02") + 8] |= 1
        assert refused(text_file(tmp_path, bytes(data), "b.xlsx")).code == "locked"

    @pytest.mark.parametrize("keep", [4, 30, 200, 0.5, 0.9, 0.99])
    def test_a_truncated_workbook(self, tmp_path: Path, keep: float) -> None:
        data = xlsx_file(tmp_path, {"S": PEOPLE}).read_bytes()
        size = int(len(data) * keep) if keep < 1 else int(keep)
        assert refused(text_file(tmp_path, data[:size], "b.xlsx")).code == "unreadable"

    @pytest.mark.parametrize("keep", [8, 100, 600, 3000, 5000])
    def test_a_truncated_old_workbook(self, tmp_path: Path, keep: int) -> None:
        data = (DATA / "people.xls").read_bytes()[:keep]
        assert refused(text_file(tmp_path, data, "b.xls")).code in {"unreadable", "empty"}

    @pytest.mark.parametrize(
        ("parts", "word"),
        [
            ({"word/document.xml": b"<d/>"}, "Word"),
            ({"ppt/presentation.xml": b"<d/>"}, "PowerPoint"),
            ({"people.csv": b"a"}, "zip archive"),
            ({"xl/other.xml": b"<d/>"}, "damaged"),
        ],
    )
    def test_other_archives(self, tmp_path: Path, parts: dict[str, bytes], word: str) -> None:
        assert word in refused(zip_file(tmp_path, parts, "b.xlsx")).what

    @pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"])
    @pytest.mark.parametrize("change", [b"", b"\x00\x01", b"<a><b></a>", b"<a r='&x;'"])
    def test_damaged_parts(self, tmp_path: Path, part: str, change: bytes) -> None:
        path = with_part(raw_xlsx(tmp_path, f'<row r="1">{inline("A1")}</row>'), part, lambda _: change)
        assert refused(path).code in {"unreadable", "hostile", "empty"}

    @given(st.integers(0, 10_000), st.integers(0, 255))
    def test_one_changed_byte_is_no_traceback(self, at: int, value: int) -> None:
        data = bytearray((DATA / "people.xls").read_bytes())
        data[at % len(data)] = value
        try:
            from batch.sheets.workbook import read_workbook

            read_workbook(bytes(data), "b.xls")
        except SheetError as error:
            assert error.what  # noqa: PT017  either a sheet or a sentence


class TestHostile:
    def test_document_types_and_entities(self, tmp_path: Path) -> None:
        for part in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"):
            path = with_part(
                raw_xlsx(tmp_path, f'<row r="1">{inline("A1")}</row>'),
                part,
                lambda text: b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + text,
            )
            assert refused(path).code == "hostile"

    def test_utf16_hides_nothing(self, tmp_path: Path) -> None:
        path = with_part(raw_xlsx(tmp_path, ""), "xl/workbook.xml", lambda text: text.decode().encode("utf-16"))
        assert refused(path).code == "hostile"

    def test_a_bomb_is_not_unpacked(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = raw_xlsx(tmp_path, "", parts={"xl/media/a.bin": bytes(3_000_000)})
        monkeypatch.setattr(workbook_guard, "_RATIO_FROM", 1_000_000)
        assert refused(path).code == "hostile"
        monkeypatch.setattr(workbook_guard, "MAX_RATIO", 10**6)
        monkeypatch.setattr(workbook_guard, "MAX_INFLATED", 2_000_000)
        assert refused(path).code == "hostile"

    def test_too_many_parts(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(workbook_guard, "MAX_PARTS", 10)
        assert refused(raw_xlsx(tmp_path, "", parts={f"xl/x{i}.xml": b"" for i in range(20)})).code == "hostile"

    def test_external_links_are_harmless(self, tmp_path: Path) -> None:
        link = b'<externalLink><externalBook id="rId1"/></externalLink>'
        path = raw_xlsx(
            tmp_path, f'<row r="1">{inline("A1")}</row>', parts={"xl/externalLinks/externalLink1.xml": link}
        )
        assert read(path)[0].columns == [["x"]]


class TestFarCells:
    @pytest.mark.parametrize(
        "sheet_data",
        [
            f'<row r="1">{inline("A1")}</row><row r="1048576">{inline("XFD1048576")}</row>',
            "<row r='1'><c r='A1'><v>1</v></c></row><row><c t='n' r = 'XFD1048576'><v>1</v></c></row>",
            f'<row r="1">{inline("A1")}</row><x:row r="1048576"><x:c t=">" r="XFD1048576"><v>1</v></x:c></x:row>',
            '<row r="1">' + "<c><v>1</v></c>" * 3_000 + "</row>",
            f'<row r="1">{inline("A1")}{inline("BZZ1048570")}</row>',
            f'<row r="1">{inline("ZZ1")}</row><row r="1048576">{inline("A1048576")}</row>',
        ],
    )
    def test_a_rectangle_beyond_all_measure_is_refused(self, tmp_path: Path, sheet_data: str) -> None:
        error = refused(raw_xlsx(tmp_path, sheet_data))
        assert error.code == "too_large"
        assert "sheet People" in error.what

    def test_the_far_cell_and_what_to_delete_are_named(self, tmp_path: Path) -> None:
        error = refused(raw_xlsx(tmp_path, f'<row r="1">{inline("A1")}</row><row r="9">{inline("XFD9")}</row>'))
        assert "cell XFD9" in error.what
        assert "Delete the columns" in error.todo

    def test_a_formatted_far_cell_without_a_value_is_none(self, tmp_path: Path) -> None:
        path = raw_xlsx(tmp_path, f'<row r="1">{inline("A1")}</row><row r="1048576"><c r="XFD1048576" s="1"/></row>')
        assert read(path)[0].columns == [["x"]]

    def test_only_the_named_sheet_counts(self, tmp_path: Path) -> None:
        path = xlsx_file(tmp_path, {"Good": PEOPLE, "Bad": [["a"]]})
        path = with_part(path, "xl/worksheets/sheet2.xml", lambda text: text.replace(b'r="A1"', b'r="XFD1"'))
        assert refused(path).code == "too_large"
        assert len(read(path, "Good")) == 1

    def test_a_stray_cell_in_the_last_row_is_read_soon(self, tmp_path: Path) -> None:
        rows = "".join(f'<row r="{n}">{inline(f"A{n}", f"u{n}@x")}{inline(f"F{n}")}</row>' for n in range(1, 50))
        path = raw_xlsx(tmp_path, rows + f'<row r="1048576">{inline("B1048576", "stray")}</row>')
        started = time.process_time()
        raw = read(path)[0]
        assert time.process_time() - started < 5
        assert (len(raw.rows), raw.rows[-1], raw.columns[1][-1]) == (50, 1_048_576, "stray")

    def test_a_wide_ordinary_sheet_is_read(self, tmp_path: Path) -> None:
        raw = read(xlsx_file(tmp_path, {"S": [[f"c{i}" for i in range(100)], list(range(100))]}))[0]
        assert [column[1] for column in raw.columns] == [str(i) for i in range(100)]

    def test_binary_workbooks(self, tmp_path: Path) -> None:
        error = refused(xlsb_file(tmp_path, {(0, 0): "x", (1_048_575, 16_383): "y"}))
        assert (error.code, "XFD1048576" in error.what) == ("too_large", True)
        assert refused(xlsb_file(tmp_path, {(0, 0): "x", (0, 2**32 - 2): "y"})).code == "too_large"

    def test_old_workbooks_have_no_column_beyond_the_last(self, tmp_path: Path) -> None:
        data = bytearray((DATA / "people.xls").read_bytes())
        cell = data.index(struct.pack("<HHHH", 0x00FD, 10, 2, 0))  # LABELSST in A3
        data[cell + 6 : cell + 8] = b"\xff\xff"
        assert refused(text_file(tmp_path, bytes(data), "b.xls")).code == "hostile"

    def test_old_workbooks_do_not_declare_more_than_there_can_be(self, tmp_path: Path) -> None:
        data = bytearray((DATA / "people.xls").read_bytes())
        declared = data.index(struct.pack("<HH", 0x0200, 14))
        data[declared + 8 : declared + 12] = b"\xff\xff\xff\x7f"
        assert refused(text_file(tmp_path, bytes(data), "b.xls")).code == "hostile"

    def test_repeated_rows_and_columns(self, tmp_path: Path) -> None:
        filler = '<table:table-row table:number-rows-repeated="1048574"><table:table-cell '
        filler += 'table:number-columns-repeated="16384"/></table:table-row>'
        assert read(ods_file(tmp_path, ods_row("a@x") + filler))[0].rows == [1]
        wide = '<table:table-row><table:table-cell office:value-type="float" office:value="1" '
        wide += 'table:number-columns-repeated="999999999"/></table:table-row>'
        assert refused(ods_file(tmp_path, wide)).code == "too_large"
        assert refused(ods_file(tmp_path, ods_row("a@x", repeat=999_999_999))).code == "too_large"
        assert refused(ods_file(tmp_path, filler.replace("1048574", "99999999") + ods_row("a@x"))).code == "too_large"


@given(st.integers(1, 16_384))
def test_column_letters_and_numbers_agree(column: int) -> None:
    assert column_number(column_letters(column).encode()) == column


def test_columns_in_which_nothing_stands_before_the_first(tmp_path: Path) -> None:
    rows = [[None, None, None], [None, "UPN", "Location"], [None, "a@x", "NA"]]
    (raw,) = read(xlsx_file(tmp_path, {"One": rows}))
    assert raw.columns == [["", ""], ["UPN", "a@x"], ["Location", "NA"]]
    assert raw.rows == [2, 3]
