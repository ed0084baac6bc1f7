"""What no spreadsheet program writes: files made so that the guard and the reader of workbooks see different cells."""

from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.core.errors import SheetError
from batch.sheets import extents
from batch.sheets.extents import Glance, near_extent, ods_extents, pieces, xlsx_extent
from batch.sheets.files import read_raw
from batch.sheets.workbook_guard import guard
from tests.sheets.make_files import ods_file, ods_row, raw_xlsx, zip_file

CELL = '<c r="A1" t="inlineStr"><is><t>x</t></is></c>'
FAR = '<row r="1">' + CELL + '</row><row r="9"><c {} r="XFD1048576"><v>1</v></c></row>'


def refusal(path: Path) -> str:
    with pytest.raises(SheetError) as caught:
        read_raw(path)
    assert caught.value.todo
    return caught.value.code


@pytest.mark.parametrize("attributes", ["t=\" r='A1'\"", 'x:r="A1"', 'x-r="A1"', "t='>'", 't = "n"\n'])
def test_no_other_attribute_is_taken_for_the_reference(tmp_path: Path, attributes: str) -> None:
    assert refusal(raw_xlsx(tmp_path, FAR.format(attributes))) == "too_large"


def test_leading_zeros_do_not_make_a_row_nearer(tmp_path: Path) -> None:
    far = FAR.format("").replace("XFD1048576", f"XFD{'0' * 20}1048576")
    assert refusal(raw_xlsx(tmp_path, far)) == "too_large"


@pytest.mark.parametrize(
    "attributes", ['x<=""', 't="' + "<" * 600_000 + '"', 'r="A1"  r="B1"', "t=n", '"" t="n"', "/ r='A1'"]
)
def test_a_tag_that_can_be_read_in_two_ways_is_refused(tmp_path: Path, attributes: str) -> None:
    assert refusal(raw_xlsx(tmp_path, FAR.format(attributes))) == "hostile"


@pytest.mark.parametrize("text", ["<c " * 80_000, "hidden=" + "<row " * 50_000, "<c '\"" * 50_000, "<c a='' " * 30_000])
def test_open_tags_cost_no_more_than_their_length(tmp_path: Path, text: str) -> None:
    path = raw_xlsx(tmp_path, text)
    started = time.process_time()
    with pytest.raises(SheetError):
        read_raw(path)
    assert time.process_time() - started < 2


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["xl/worksheets/sheet1.xml", "XL/Worksheets/SHEET1.xml", "xl\\worksheets\\sheet1.xml"])
def test_two_parts_of_one_name_are_refused(tmp_path: Path, name: str) -> None:
    path = raw_xlsx(tmp_path, f'<row r="1">{CELL}</row>')
    with zipfile.ZipFile(path) as archive:
        parts = [(part.filename, archive.read(part)) for part in archive.infolist()]
    with zipfile.ZipFile(path, "w") as archive:
        for each, content in [*parts, (name, b"<worksheet/>")]:
            archive.writestr(each, content)
    assert refusal(path) == "hostile"


def test_a_sheet_that_is_not_called_xml_is_measured_all_the_same(tmp_path: Path) -> None:
    path = raw_xlsx(tmp_path, "")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.bin"] = parts.pop("xl/worksheets/sheet1.xml").replace(
        b"<sheetData>", f"<sheetData>{FAR.format('')}".encode()
    )
    relations = "xl/_rels/workbook.xml.rels"
    parts[relations] = parts[relations].replace(b"sheet1.xml", b"sheet1.bin")
    measured = guard(zip_file(tmp_path, parts, "b.xlsx").read_bytes(), "b.xlsx").extents["People"]
    assert (measured.rows, measured.columns) == (1_048_576, 16_384)


@pytest.mark.parametrize(
    "cell",
    [
        '<table:table-cell table:name="table:number-columns-repeated=\'1\'" table:number-columns-repeated="99999999">',
        '<table:table-cell table:number-columns-repeated="0000000000000099999999">',
        '<table:table-cell office:value-type="string" office:string-value="x" '
        'table:number-columns-repeated="99999999"/><table:table-cell>',
    ],
)
def test_repeats_are_counted_however_they_are_written(tmp_path: Path, cell: str) -> None:
    row = f"<table:table-row>{cell}<text:p>x</text:p></table:table-cell></table:table-row>"
    assert refusal(ods_file(tmp_path, ods_row("a@x") + row)) == "too_large"


def test_ods_tags_that_can_be_read_in_two_ways_are_refused() -> None:
    with pytest.raises(SheetError) as caught:
        ods_extents(io.BytesIO(b'<table:table table:name="a"><table:table-row x<="">'), "b.ods")
    assert caught.value.code == "hostile"


_REFERENCES = st.one_of(
    st.just(""),
    st.builds(
        "{}{}".format, st.sampled_from(["A", "AZ", "BA", "ZZ", "AAA", "a"]), st.sampled_from([0, 1, 999_999, 10**6])
    ),
)
_TAGS = st.builds(
    '<{}{}{}r{}="{}"{}>'.format,
    st.sampled_from(["c", "x:c", "row"]),
    st.sampled_from([" ", "\n", '  t="n" ', " s='>' ", " "]),
    st.sampled_from(["", "", "x:"]),
    st.sampled_from(["", "", " "]),
    _REFERENCES,
    st.sampled_from(["", " ", "/", ' s="1"']),
)


@given(st.lists(_TAGS, max_size=8), st.integers(1, 40))
def test_what_is_near_at_a_glance_is_near_when_measured(tags: list[str], size: int) -> None:
    text = "".join(f"{tag}<v>1</v></c>" for tag in tags).encode()
    glance = Glance()
    for piece in pieces((text[at : at + size] for at in range(0, len(text), size)), "b.xlsx"):
        glance.look(piece)
    if glance.near:
        try:
            measured, nearest = xlsx_extent(io.BytesIO(text), "b.xlsx"), near_extent()
        except SheetError:  # refused: an attribute twice, so near as it is and no well-formed tag
            return
        assert measured.rows <= nearest.rows
        assert measured.columns <= nearest.columns


@given(st.lists(st.sampled_from(["<a>", "text", "<", "", "é"])), st.integers(1, 9))
def test_pieces_are_the_whole_text_and_cut_no_tag(parts: list[str], size: int) -> None:
    text = "".join(parts).encode()
    found = list(pieces((text[at : at + size] for at in range(0, len(text), size)), "b.xlsx"))
    assert b"".join(found) == text
    assert all(piece.startswith(b"<") for piece in found[1:])


def test_text_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extents, "_LONGEST_TAG", 10)
    with pytest.raises(SheetError) as caught:
        list(pieces([b"<aaaaa", b"aaaaa", b"aaaaa"], "b.xlsx"))
    assert (caught.value.code, bool(caught.value.todo)) == ("hostile", True)
