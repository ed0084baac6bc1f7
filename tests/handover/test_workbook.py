from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from batch.core.handed import Licence, Member, Said, ref
from batch.handover import workbook
from batch.handover.portal import LANGUAGES, words
from batch.handover.steps import steps
from batch.handover.ticks import read_ticks
from batch.handover.workbook import write_workbooks
from batch.handover.workbook_pen import MOST_NAME
from tests.handover.hostile import HOSTILE
from tests.handover.ticking import (
    COUNT,
    COVER,
    DIGEST,
    SIZES,
    grids,
    hands,
    members,
    pack_sheets,
    packs,
    user_id,
    user_name,
    written,
)

FORMULA = re.compile(r"COUNTIF\('Pack (\d)'!\$A\$(\d+):\$A\$(\d+),\"done\"\)")


def cells(sheet: object) -> list[object]:
    return [cell for line in sheet.iter_rows(values_only=True) for cell in line if cell is not None]  # type: ignore[attr-defined]


def head(sheet: object) -> int:
    """The number of the row of headings."""
    return next(cell.row for cell in sheet["C"] if cell.value == "Ref")  # type: ignore[index]


def test_everybody_stands_in_it_once_and_in_the_order_of_the_portal(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(written(tmp_path))
    assert book.sheetnames == ["Packs", *(f"Pack {n}" for n in range(1, 6)), "About"]
    found = [
        [str(cell.value) for cell in line[1:4]]
        for sheet in book.worksheets[1:-1]
        for line in sheet.iter_rows(min_row=head(sheet) + 1)
    ]
    assert found == [[f"Person {n}", ref(DIGEST, n, user_id(n)), user_name(n)] for n in range(COUNT)]


def test_a_pack_says_what_to_do_and_is_ready_for_paper(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(written(tmp_path))
    replaced, kept, located = (cells(book[f"Pack {n}"]) for n in (1, 2, 3))
    assert "Pack 2 of 5 · People: 20" in kept
    assert "Office 365 E3\nSwitch off: Sway" in replaced
    assert {"Office 365 E3 (new)\nSwitch off: Sway", "Visio Plan 2 (stays)", "Office 365 E4", "Power BI"} <= set(kept)
    assert any("Replace existing product license assignments" in str(cell) for cell in replaced)
    for said in (replaced, kept):
        assert any("Under Apps switch off the services named in the box" in str(cell) for cell in said)
    order = ("Keep the existing licenses", "Look whether everybody now has Office 365 E3 too", "Take the old away")
    told = [[number for number, cell in enumerate(kept) if text in str(cell)] for text in order]
    assert len(told[0]) == len(told[1]) == len(told[2]) == 1
    assert told == sorted(told)
    assert any("Set the usage location NL" in str(cell) for cell in located)
    assert not any("usage location" in str(cell) for cell in kept)
    sheet = book["Pack 1"]
    assert sheet.column_dimensions["C"].hidden
    assert sheet.print_title_rows == f"${head(sheet)}:${head(sheet)}"
    (choice,) = sheet.data_validations.dataValidation
    assert (choice.formula1, str(choice.sqref)) == ('"done,not done"', f"A{head(sheet) + 1}:A{sheet.max_row}")
    assert not choice.showErrorMessage  # an x, a check mark or a date is as good
    for made in book:
        assert (made.page_setup.orientation, made.page_setup.paperSize) == ("portrait", 9)
        assert (made.page_setup.fitToWidth or 1, made.page_setup.fitToHeight) == (1, 0)


def test_the_steps_are_those_of_the_page(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(written(tmp_path))
    for pack in packs():
        told = ["".join(piece.text for piece in step.told) for step in steps(pack, words("en"))]
        numbered = [f"{number}. {text}" for number, text in enumerate(told, 1)]
        assert [cell for cell in cells(book[f"Pack {pack.number}"]) if re.match(r"\d\. ", str(cell))] == numbered


def test_more_than_twenty_and_nothing_to_tick(tmp_path: Path) -> None:
    many = replace(packs()[0], people=members(0, 40))
    nothing = replace(packs()[1], ticked=(), given=(), location="")
    only = replace(packs()[2], gone=(), location="", steps=packs()[1].steps, given=(Licence("Office 365 E3"),))
    write_workbooks([many, nothing, only], COVER, "en", tmp_path)
    book = openpyxl.load_workbook(tmp_path / "packs.xlsx")
    assert any("Only Users > Active users takes more than 20" in str(cell) for cell in cells(book["Pack 1"]))
    assert any("Take the old away." in str(cell) for cell in cells(book["Pack 2"]))
    assert any("Tick Office 365 E3 and nothing else." in str(cell) for cell in cells(book["Pack 3"]))
    assert "nothing" in cells(book["Pack 2"])
    assert {"take away", "give"} <= set(cells(book["Packs"]))


def test_the_overview_counts_the_ticks_of_every_pack(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(written(tmp_path))
    lines = [line for line in book["Packs"].iter_rows() if str(line[0].value).startswith("Pack ")]
    assert [line[1].value for line in lines] == list(SIZES)
    for number, line in enumerate(lines, 1):
        found = FORMULA.search(str(line[4].value))
        assert found is not None
        sheet = book[f"Pack {number}"]
        assert [int(g) for g in found.groups()] == [number, head(sheet) + 1, sheet.max_row]
        assert line[0].hyperlink.location == f"'Pack {number}'!A1"
    cached = openpyxl.load_workbook(tmp_path / "packs.xlsx", data_only=True)["Packs"]
    assert [cached.cell(line[0].row, 5).value for line in lines] == [0] * 5


def test_it_says_where_it_belongs_and_how_to_bring_it_back(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(written(tmp_path))
    about = cells(book["About"])
    assert {COVER.run, COVER.title, "Contoso", "2026-11-23 14:00 UTC", DIGEST} <= set(about)
    assert any("reassign collect runs/2026-11-23-e4-to-e3 FILE" in str(cell) for cell in about)
    assert all(DIGEST in cells(sheet) for sheet in book.worksheets[1:])
    assert book.properties.created == book.properties.modified == datetime(2026, 11, 23, 14)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_has_its_own_names(lang: str, tmp_path: Path) -> None:
    names = openpyxl.load_workbook(written(tmp_path, lang), read_only=True).sheetnames
    said = words(lang)
    assert (names[0], names[-1]) == (said.packs, said.about)
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in names)


def test_the_same_packs_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        written(tmp_path / name, "fr")
    one, two = ((tmp_path / name / "packs.xlsx").read_bytes() for name in ("one", "two"))
    assert one == two


def test_very_many_packs_are_several_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "PACKS_IN_A_WORKBOOK", 3)
    paths = write_workbooks(packs(), COVER, "en", tmp_path)
    assert [path.name for path in paths] == ["packs-1.xlsx", "packs-2.xlsx"]
    books = [openpyxl.load_workbook(path, read_only=True) for path in paths]
    assert [book.sheetnames for book in books] == [
        ["Packs", "Pack 1", "Pack 2", "Pack 3", "About"],
        ["Packs", "Pack 4", "Pack 5", "About"],
    ]
    assert "Part 2 of 2: packs 4 to 5" in cells(books[1]["Packs"])


def test_what_stands_in_the_folder_is_not_replaced(tmp_path: Path) -> None:
    written(tmp_path)
    with pytest.raises(FileExistsError):
        written(tmp_path)


def test_a_disk_full_while_packing_is_an_error_of_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("xlsxwriter.workbook.ZipFile", full)
    with pytest.raises(OSError, match="No space left on device"):
        written(tmp_path)


def test_two_hundred_hostile_names_stay_text(tmp_path: Path) -> None:
    hostile = tuple(Member(n, user_id(n % COUNT), HOSTILE[-n], name) for n, name in enumerate(HOSTILE))
    some = tuple(HOSTILE[:8])
    made = [
        replace(
            packs()[1],
            number=n + 1,
            people=hostile[n * 40 : n * 40 + 40],
            ticked=tuple(Licence(name, some) for name in HOSTILE[n::40]),
            given=(Licence(HOSTILE[n], some),),
            inherited=some,
            gone=some,
            location="=1",
        )
        for n in range(5)
    ]
    cover = replace(COVER, run="&P&N&G", title=HOSTILE[2], tenant=HOSTILE[3], folder='a "b" $(c) &P')
    write_workbooks(made, cover, "en", tmp_path)
    with zipfile.ZipFile(tmp_path / "packs.xlsx") as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    sheets = {name: text for name, text in parts.items() if name.startswith("xl/worksheets/sheet")}
    formulas = {name: re.findall(r"<f>(.*?)</f>", text) for name, text in sheets.items()}
    assert [len(found) for found in formulas.values()] == [6, 0, 0, 0, 0, 0, 0]
    assert all(re.match(r"COUNTIF\('Pack \d'!|SUM\(E\d+:E\d+\)$", f) for f in formulas["xl/worksheets/sheet1.xml"])
    assert not any("External" in text or "http://evil" in text for name, text in parts.items() if "_rels" in name)
    assert not any("evil" in text.partition("<sheetData>")[2].partition("</sheetData>")[0] for text in sheets.values())
    assert "&amp;L&amp;8 +P+N+G&amp;C" in sheets["xl/worksheets/sheet1.xml"]
    shown = [str(cell.value) for sheet in openpyxl.load_workbook(tmp_path / "packs.xlsx") for cell in sheet["B"]]
    assert max(map(len, shown)) <= MOST_NAME * 9
    assert any(name.startswith("yyy") and name.endswith(" … (cut)") for name in shown)
    lines = [line for s in pack_sheets(grids(tmp_path / "packs.xlsx")) for line in s.lines()[s.head + 1 :]]
    assert [line[2] for line in lines] == [ref(DIGEST, m.change, m.user_id) for m in hostile]


def test_ticked_and_saved_by_another_program(tmp_path: Path) -> None:
    path = written(tmp_path)
    book = openpyxl.load_workbook(path)
    sheet = book["Pack 1"]
    marks = [True, datetime(2026, 11, 23, 14, 5), datetime(2026, 11, 23), 1, "✔", "Done", "X", False, 0, "not done"]
    for offset, mark in enumerate(marks, 1):
        sheet.cell(head(sheet) + offset, 1).value = mark
    row = head(book["Pack 2"]) + 1
    book["Pack 2"].insert_cols(1)
    book["Pack 2"].cell(row, 1).value, book["Pack 2"].cell(row, 2).value = "my own column", "x"
    book["Pack 3"].cell(head(book["Pack 3"]) + 2, 5).value = "=1+1"
    book["Pack 3"].title = "Mine"
    del book["Pack 4"]
    book.save(tmp_path / "saved.xlsx")
    back = read_ticks(grids(tmp_path / "saved.xlsx"), hands(), user_id, user_name)
    said = {report.change: report.said for report in back.reports}
    assert said == {**dict.fromkeys(range(7), Said.DONE), **dict.fromkeys((7, 8, 9), Said.NOT_DONE), 20: Said.DONE}
    assert back.odd == ()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not on this machine")
def test_libreoffice_opens_and_saves_it(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(written(tmp_path))
    for row, mark in ((1, "x"), (2, "done"), (3, datetime(2026, 11, 23))):
        book["Pack 1"].cell(head(book["Pack 1"]) + row, 1).value = mark
    book.save(tmp_path / "ticked.xlsx")
    for kind in ("ods", "xlsx", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"):
        out = tmp_path / kind[:4]
        profile = f"-env:UserInstallation=file://{tmp_path}/profile"
        command = ["soffice", profile, "--headless", "--convert-to", kind, "--outdir", str(out), "ticked.xlsx"]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
        for path in sorted(out.iterdir()):
            back = read_ticks(grids(path), hands(), user_id, user_name)
            assert back.odd == ()
            expected = set() if path.suffix == ".csv" and "Pack 1" not in path.name else {0, 1, 2}
            assert {report.change for report in back.reports if report.said is Said.DONE} == expected
    overview = openpyxl.load_workbook(tmp_path / "xlsx" / "ticked.xlsx", data_only=True)["Packs"]
    assert [line[4] for line in overview.iter_rows(values_only=True) if line[0] == "Pack 1"] == [3]
