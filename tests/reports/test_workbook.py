from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from batch.core.errors import ReassignError
from batch.core.outcomes import Outcome
from batch.reports import workbook_lists
from batch.reports.workbook import write_workbook
from batch.reports.workbook_pen import MOST_TEXT, cell_text
from tests.reports.examples import EXAMPLES, HOSTILE, blocked, done, money, partial, report, row

SHEETS = ["Summary", "Seats", "Needs attention", "All rows", "Sources"]


def book(made: object, tmp_path: Path) -> openpyxl.Workbook:
    write_workbook(made, tmp_path / "r.xlsx")  # type: ignore[arg-type]
    return openpyxl.load_workbook(tmp_path / "r.xlsx")


def cells(sheet: object) -> list[object]:
    return [cell for line in sheet.iter_rows(values_only=True) for cell in line if cell is not None]  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_sheet_is_there_and_ready_for_paper(name: str, tmp_path: Path) -> None:
    example = EXAMPLES[name]()
    made = book(example, tmp_path)
    assert made.sheetnames == (SHEETS if example.money is None else [*SHEETS[:2], "Money", *SHEETS[2:]])
    for sheet in made:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)


def test_the_summary_says_it_in_words_numbers_and_charts(tmp_path: Path) -> None:
    sheet = book(partial(), tmp_path)["Summary"]
    found = cells(sheet)
    assert "DONE IN PART" in found
    assert any(str(cell).startswith("30 people moved from Office 365 E4") for cell in found)
    assert {"Moved", "Refused", "All rows", 54} <= set(found)
    assert len(sheet._charts) == 2


def test_seats_are_numbers_that_add_up(tmp_path: Path) -> None:
    sheet = book(done(), tmp_path)["Seats"]
    lines = [line for line in sheet.iter_rows(values_only=True) if isinstance(line[2], int)]
    assert len(lines) == 3
    for _, _, seats, before, assigned, removed, expected, after, free, apart in lines:
        assert before + assigned - removed == expected == after
        assert seats - after == free
        assert apart == 0


def test_seats_not_read_again_stay_open(tmp_path: Path) -> None:
    sheet = book(blocked(), tmp_path)["Seats"]
    assert all(line[7] is None and line[9] is None for line in sheet.iter_rows(min_row=4, max_row=6, values_only=True))


def test_money_stands_as_numbers_beside_its_sentences(tmp_path: Path) -> None:
    sheet = book(partial(), tmp_path)["Money"]
    found = [line for line in sheet.iter_rows(values_only=True) if line[0]]
    assert any(str(line[0]).startswith("The 39 people in this plan cost EUR 1,482.00 a month before") for line in found)
    (sales,) = [line for line in found if line[0] == "Sales <b>& Service</b>"]
    assert sales[1:6] == (20, 760, 556, -204, 596.8)
    (visio,) = [line for line in found if line[0] == "Visio Plan 2"]
    assert visio[1:] == (15.125, 10, 151.25, 0, 0, 151.25)
    everything = [line for line in found if line[0] == "All of them"]
    assert [(line[3], line[5], line[6]) for line in everything] == [(11965, 1482, 10483), (151.25, 0, 151.25)]
    left_out = dict(money().left_out)
    assert {line[0]: line[1] or "" for line in found if line[0] in left_out} == left_out


def test_attention_says_what_to_do(tmp_path: Path) -> None:
    made = partial()
    found = cells(book(made, tmp_path)["Needs attention"])
    assert all(reason.todo in found and reason.meaning in found for reason in made.attention)
    assert "Holds Office 365 E4 again: somebody gave it back after the change." in found
    assert "Nothing needs attention." in cells(book(done(), tmp_path)["Needs attention"])


def test_all_rows_have_a_filter_a_frozen_header_and_real_dates(tmp_path: Path) -> None:
    sheet = book(done(), tmp_path)["All rows"]
    assert sheet.auto_filter.ref == "A1:N241"
    assert sheet.freeze_panes == "A2"
    assert sheet.print_title_rows == "$1:$1"
    assert sheet["N2"].value == datetime(2026, 11, 23, 4, 31)
    assert sheet.max_row == 241


def test_nothing_becomes_a_formula_or_a_link(tmp_path: Path) -> None:
    sheet = book(partial(), tmp_path)["All rows"]
    assert sheet["E33"].value == HOSTILE
    assert {cell.data_type for line in sheet.iter_rows() for cell in line} <= {"s", "n", "d", "inlineStr"}
    with zipfile.ZipFile(tmp_path / "r.xlsx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert not any(b"<f>" in data or b"<hyperlink" in data for name, data in parts.items() if "sheets/" in name)


def test_too_many_rows_are_left_to_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_lists, "MOST_ROWS", 239)
    found = cells(book(done(), tmp_path)["All rows"])
    assert any("240 rows are too many" in str(cell) and "results.csv" in str(cell) for cell in found)


@pytest.mark.parametrize("text", ["x" * 40_000, "😀" * 20_000, "x😀" * 15_000])
def test_long_text_is_cut_with_a_mark(text: str, tmp_path: Path) -> None:
    cut = cell_text(text)
    assert len(cut.encode("utf-16-le")) // 2 <= MOST_TEXT
    assert cut.endswith("(cut: too long for a cell)")
    sheet = book(report([row(1, Outcome.REFUSED, "x", text)]), tmp_path)["All rows"]
    assert sheet["K2"].value == cut


def test_a_report_with_nothing_in_it_is_still_a_workbook(tmp_path: Path) -> None:
    made = replace(report([]), sources=(), checks=(), skus=())
    assert book(made, tmp_path).sheetnames == SHEETS


def test_rows_that_fail_leave_no_half_workbook(tmp_path: Path) -> None:
    def rows():  # type: ignore[no-untyped-def]
        yield row(1, Outcome.APPLIED)
        raise ValueError("the run folder went away")

    with pytest.raises(ValueError, match="went away"):
        write_workbook(replace(done(), rows=rows), tmp_path / "r.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_full_while_packing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("xlsxwriter.workbook.ZipFile", full)
    with pytest.raises(ReassignError, match=r"r\.xlsx could not be written: No space left on device"):
        write_workbook(done(), tmp_path / "r.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_the_last_change_is_the_end_of_the_run(tmp_path: Path) -> None:
    made = book(done(), tmp_path)
    assert made.properties.created == made.properties.modified == datetime(2026, 11, 23, 4, 34, 35)
