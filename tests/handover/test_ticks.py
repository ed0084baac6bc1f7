from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.core.handed import Hand, Returned, Said
from batch.handover.portal import LANGUAGES, words
from batch.handover.tick_words import LONGEST_HEAD, Tick, folded, tick
from batch.handover.ticks import looks_ticked, read_ticks
from tests.handover.ticking import (
    COUNT,
    DIGEST,
    OTHER,
    Sheet,
    grids,
    hands,
    pack_sheets,
    ticked,
    user_id,
    user_name,
    written,
)

TICKS = {
    Tick.DONE: (
        *("x", "X", "✓", "✔", "✔️", "☑", "✅", "1", "v", "ok", "OK!", "TRUE", "WAAR", "wahr", "VRAI", "Verdadero"),
        *("yes", "Ja", "oui", "sí", "SI", "done", "Done.", "gedaan", "erledigt", "fait", "hecho", "klaar"),
        *("2026-11-23", "2026-11-23 14:05:00", "23/11/2026", "11/23/26", "23-11", "23.11.", "3.3.2026", "23 nov."),
        *("23. November 2026", "Nov 23, 2026", "1er mai", "23 de noviembre de 2026", "x 23/11", "3 févr. à 14h05"),
        *("done on 23-11-2026 14:05", "gedaan op 23 maart", "erledigt am 3. März 14.30 Uhr", "11/23/26 2:05 PM"),
    ),
    Tick.NOT_DONE: (
        *("0", "no", "Nee", "nein", "non", "n", "-", "☐", "FALSE", "onwaar", "FAUX", "open"),
        *("not done", "Niet gedaan", "nicht erledigt", "pas fait", "no hecho", "aún no", "not done 23/11"),
    ),
    Tick.EMPTY: ("", "  ", "\ufe0f"),
    Tick.UNCLEAR: (
        *("?", "half", "maybe", "may be", "2", "12", "46349", "1.5", "12:30", "n/a", "☒", "✗", "xx", "5 marked"),
        *("34/56", "2026-13-40", "=1+1", "#N/A", "x" * 61, "not", "undone", "person1@contoso.example", "\x00"),
    ),
}


@pytest.mark.parametrize(("cell", "meant"), [(cell, meant) for meant, cells in TICKS.items() for cell in cells])
def test_what_people_write_into_a_box(cell: str, meant: Tick) -> None:
    assert tick(cell) is meant


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> list[Sheet]:
    return grids(written(tmp_path_factory.mktemp("fresh")))


@pytest.fixture
def sheets(fresh: list[Sheet]) -> list[Sheet]:
    return copy.deepcopy(fresh)


def read(sheets: Sequence[Sheet]) -> Returned:
    return read_ticks(sheets, hands(), user_id, user_name)


def done(back: Returned) -> set[int]:
    return {report.change for report in back.reports if report.said is Said.DONE}


def codes(back: Returned) -> list[str]:
    return [odd.code for odd in back.odd]


def test_an_untouched_workbook_says_nothing(sheets: list[Sheet]) -> None:
    assert looks_ticked(sheets)
    assert read(sheets) == Returned((), ())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_is_read_back(lang: str, tmp_path: Path) -> None:
    said = words(lang)
    sheets = grids(written(tmp_path, lang))
    ticked(sheets, lambda n: (said.done, said.not_done.capitalize(), "")[n % 3])
    back = read(sheets)
    assert {r.change: r.said for r in back.reports} == {
        n: (Said.DONE, Said.NOT_DONE)[n % 3] for n in range(COUNT) if n % 3 != 2
    }
    assert back.odd == ()
    assert max(len(h) for h in (said.done_heading, said.user_name, said.remark, said.name)) <= LONGEST_HEAD
    assert len({folded(h) for h in (said.done_heading, said.user_name, said.remark, said.name)}) == 4


def test_a_report_says_where_it_stands(sheets: list[Sheet]) -> None:
    pack = pack_sheets(sheets)[2]
    index = pack.people()[1]
    pack.columns[0][index], pack.columns[4][index] = "x", "Had\nVisio,  too\u202e " + "y" * 600
    (report,) = read(sheets).reports
    assert (report.change, report.sheet, report.row) == (pack.change(index), "Pack 3", pack.rows[index])
    assert (report.digest, report.said, report.status, report.code) == (DIGEST, Said.DONE, 0, "")
    assert report.text.startswith("Had Visio, too yyy")
    assert len(report.text) == 500


def test_an_empty_box_with_a_remark_is_not_done(sheets: list[Sheet]) -> None:
    pack = pack_sheets(sheets)[0]
    pack.columns[4][pack.people()[0]] = "on leave"
    (report,) = read(sheets).reports
    assert (report.said, report.text) == (Said.NOT_DONE, "on leave")


@settings(max_examples=12, deadline=None)
@given(
    chosen=st.frozensets(st.integers(0, COUNT - 1)),
    shuffled=st.randoms(use_true_random=False),
    mark=st.sampled_from(TICKS[Tick.DONE]),
)
def test_any_ticks_come_back_however_the_sheets_were_rearranged(fresh, chosen, shuffled, mark) -> None:  # type: ignore[no-untyped-def]
    sheets = copy.deepcopy(fresh)
    ticked(sheets, lambda n: mark if n in chosen else "")
    moved = []
    for number, sheet in enumerate(sheets):
        lines = [[*line, f"own {n}"] for n, line in enumerate(sheet.lines())]
        if sheet in pack_sheets(sheets):
            people = lines[sheet.head + 1 :]
            shuffled.shuffle(people)
            order = list(range(6))
            shuffled.shuffle(order)
            lines = [[line[column] for column in order] for line in [*lines[: sheet.head + 1], *people]]
        moved.append(replace(sheet.with_lines(lines), sheet=f"renamed {number}"))
    back = read(moved)
    assert done(back) == chosen
    assert len(back.reports) == len(chosen)
    assert back.odd == ()


def test_rows_of_several_packs_may_be_gathered_under_one_heading(sheets: list[Sheet]) -> None:
    ticked(sheets, lambda n: "x" if n % 2 else "")
    one, two = pack_sheets(sheets)[:2]
    gathered = one.with_lines(one.lines() + two.lines()[two.head + 1 :])
    assert done(read([gathered])) == set(range(1, 40, 2))


def test_tables_beneath_each_other_have_their_own_headings(sheets: list[Sheet]) -> None:
    ticked(sheets, lambda n: "x" if n % 2 else "")
    one, two = pack_sheets(sheets)[:2]
    turned = [[line[c] for c in (4, 3, 2, 1, 0)] for line in two.lines()]
    assert done(read([one.with_lines(one.lines() + turned)])) == set(range(1, 40, 2))


def test_a_person_whose_cells_read_like_headings_stays_a_person(sheets: list[Sheet]) -> None:
    pack = pack_sheets(sheets)[0]
    index = pack.people()[0]
    pack.columns[0][index], pack.columns[4][index] = "Done", "Remark"
    (report,) = read(sheets).reports
    assert (report.change, report.said, report.text) == (0, Said.DONE, "Remark")


def test_two_columns_of_ticks_are_one_as_long_as_they_agree(sheets: list[Sheet]) -> None:
    pack = pack_sheets(sheets)[0]
    ticks = list(pack.columns[0])
    ticks[pack.people()[0]] = "x"
    ticks[pack.people()[1]] = "no"
    pack.columns.append(ticks)
    pack.columns[0][pack.people()[0]], pack.columns[0][pack.people()[1]] = "\ufe0f", "x"
    back = read(sheets)
    assert done(back) == {0}
    assert codes(back) == ["unclear"]


def test_two_refs_in_one_row_are_nobody(sheets: list[Sheet]) -> None:
    ticked(sheets, lambda n: "x")
    pack = pack_sheets(sheets)[0]
    again = [""] * len(pack.rows)
    again[pack.people()[0]], again[pack.people()[1]] = (
        pack.columns[2][pack.people()[5]],
        pack.columns[2][pack.people()[1]],
    )
    pack.columns.append(again)
    back = read(sheets)
    assert done(back) == set(range(1, COUNT))
    assert codes(back) == ["unclear"]


def test_headings_that_were_sorted_into_the_table_still_count(sheets: list[Sheet]) -> None:
    ticked(sheets, lambda n: "x")
    pack = pack_sheets(sheets)[0]
    lines = pack.lines()
    assert done(read([pack.with_lines([*lines[pack.head + 1 :], lines[pack.head]])])) == set(range(20))


def test_a_ref_that_was_changed_is_not_believed(sheets: list[Sheet]) -> None:
    ticked(sheets, lambda n: "x")
    pack = pack_sheets(sheets)[0]
    first, second, third = pack.people()[:3]
    refs = pack.columns[2]
    refs[first] = refs[first][:-1] + ("0" if refs[first][-1] != "0" else "1")
    refs[second] = f"{COUNT + 5}-{refs[second].partition('-')[2]}"
    refs[third] = f"0{refs[third]}"
    back = read(sheets)
    assert done(back) == set(range(3, COUNT))
    assert codes(back) == ["edited", "foreign", "edited"]
    assert [odd.row for odd in back.odd] == [pack.rows[i] for i in (first, second, third)]


def test_a_ref_beside_somebody_elses_name_is_not_believed(sheets: list[Sheet]) -> None:
    ticked(sheets, lambda n: "x")
    refs, (first, second, *_) = pack_sheets(sheets)[0].columns[2], pack_sheets(sheets)[0].people()
    refs[first], refs[second] = refs[second], refs[first]
    back = read(sheets)
    assert done(back) == set(range(2, COUNT))
    assert codes(back) == ["edited", "edited"]
    assert "person1@contoso.example" in back.odd[0].text
    assert "person0@contoso.example" in back.odd[0].text
    assert done(read_ticks(sheets, hands(), user_id)) == set(range(COUNT))


def test_user_names_are_compared_as_programs_leave_them(sheets: list[Sheet]) -> None:
    ticked(sheets, lambda n: "x")
    pack = pack_sheets(sheets)[0]
    first, second, *_ = pack.people()
    pack.columns[3][first], pack.columns[3][second] = " PERSON0@Contoso.Example", ""
    assert done(read(sheets)) == set(range(COUNT))


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (hands(OTHER), "old_handover"),
        (hands(OTHER, Hand.POWERSHELL), "old_handover"),
        (hands(DIGEST, Hand.POWERSHELL), "old_handover"),
        ({}, "old_handover"),
    ],
)
def test_a_workbook_that_no_longer_counts(now, code, sheets: list[Sheet]) -> None:  # type: ignore[no-untyped-def]
    ticked(sheets, lambda n: "x")
    back = read_ticks(sheets, now, user_id, user_name)
    assert back.reports == ()
    assert set(codes(back)) == {code}
    assert len(back.odd) == COUNT


def test_some_that_were_taken_back_are_named(sheets: list[Sheet]) -> None:
    ticked(sheets, lambda n: "x")
    now = {n: hand for n, hand in hands().items() if n != 4}
    back = read_ticks(sheets, now, user_id, user_name)
    assert done(back) == set(range(COUNT)) - {4}
    assert codes(back) == ["old_handover"]


def test_a_workbook_of_another_run(sheets: list[Sheet]) -> None:
    ticked(sheets, lambda n: "x")
    back = read_ticks(sheets, hands(OTHER), lambda n: f"{user_id(n)}-elsewhere", user_name)
    assert back.reports == ()
    assert set(codes(back)) == {"foreign"}


@pytest.mark.parametrize(
    ("first", "second", "expected", "odd"),
    [
        ("x", "x", {0: Said.DONE}, []),
        ("x", "", {0: Said.DONE}, []),
        ("", "done", {0: Said.DONE}, []),
        ("x", "no", {}, ["unclear"]),
        ("no", "x", {}, ["unclear"]),
        ("x", "hm", {0: Said.DONE}, ["unclear"]),
        ("", "", {}, []),
    ],
)
def test_somebody_who_stands_there_twice(  # type: ignore[no-untyped-def]
    first: str, second: str, expected, odd: list[str], sheets: list[Sheet]
) -> None:
    pack = pack_sheets(sheets)[0]
    index = pack.people()[0]
    pack.columns[0][index] = first
    line = pack.lines()[index]
    back = read([*sheets, pack.with_lines([pack.lines()[pack.head], [second, *line[1:]]])])
    assert {r.change: r.said for r in back.reports} == expected
    assert codes(back) == odd


def test_the_remark_may_stand_beside_the_second(sheets: list[Sheet]) -> None:
    pack = pack_sheets(sheets)[0]
    pack.columns[0][pack.people()[0]] = "x"
    line = pack.lines()[pack.people()[0]]
    (report,) = read([*sheets, pack.with_lines([pack.lines()[pack.head], [*line[:4], "by Ann"]])]).reports
    assert report.text == "by Ann"


def test_what_nobody_understands_is_named_and_not_guessed(sheets: list[Sheet]) -> None:
    ticked(sheets, lambda n: "perhaps" if n == 3 else "x")
    back = read(sheets)
    assert done(back) == set(range(COUNT)) - {3}
    (odd,) = back.odd
    assert (odd.code, odd.sheet) == ("unclear", "Pack 1")
    assert '"perhaps" says neither done nor not done' in odd.text


def test_headings_that_are_gone_are_told_once_a_sheet(sheets: list[Sheet]) -> None:
    ticked(sheets, lambda n: "x")
    pack = pack_sheets(sheets)[0]
    lost = pack.with_lines([line for i, line in enumerate(pack.lines()) if i != pack.head])
    assert looks_ticked([lost])  # the digest is still there
    back = read([lost])
    assert back.reports == ()
    assert codes(back) == ["unclear"]


def test_ticks_beside_refs_that_were_deleted_are_named(sheets: list[Sheet]) -> None:
    ticked(sheets, lambda n: "x" if n < 22 else "")
    pack = pack_sheets(sheets)[1]
    for index in pack.people():
        pack.columns[2][index] = ""
    back = read(sheets)
    assert done(back) == set(range(20))
    assert codes(back) == ["edited", "edited"]
    assert "person20@contoso.example" in back.odd[0].text


def test_a_file_without_refs_is_no_workbook_of_packs(sheets: list[Sheet]) -> None:
    export = Sheet("", [1, 2], [["Done?", "x"], ["User name", "person1@contoso.example"], ["Id", user_id(1)]])
    numbers = Sheet("", [1, 2], [["Employee", "1-123456789012"], ["User name", "person1@contoso.example"]])
    for found in ([], [export], [numbers], [s for s in sheets if s not in pack_sheets(sheets)]):
        assert not looks_ticked(found)
    assert read([export]) == Returned((), ())
    assert read([]) == Returned((), ())


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 4), st.integers(0, 60), st.integers(0, 4), st.text(max_size=20) | st.sampled_from("x0-☑")
        ),
        max_size=30,
    )
)
def test_whatever_stands_in_the_cells_nobody_is_done_whose_box_is_empty(fresh, meddled) -> None:  # type: ignore[no-untyped-def]
    sheets = copy.deepcopy(fresh)
    ticked(sheets, lambda n: "x" if n % 5 == 0 else "")
    may = set(range(0, COUNT, 5))
    packs = pack_sheets(sheets)
    for number, row, column, text in meddled:
        pack = packs[number]
        index = row % len(pack.rows)
        if column == 0 and index in pack_sheets(fresh)[number].people():
            may.add(pack_sheets(fresh)[number].change(index))
        pack.columns[column][index] = text.strip()
    back = read(sheets)
    assert done(back) <= may
    assert all(report.change in range(COUNT) for report in back.reports)


@pytest.mark.parametrize(
    ("encoding", "delimiter", "mark"), [("utf-8-sig", ",", "✔"), ("cp1252", ";", "x"), ("utf-16", "\t", "ja")]
)
def test_one_sheet_saved_as_text(encoding: str, delimiter: str, mark: str, sheets: list[Sheet], tmp_path: Path) -> None:
    ticked(sheets, lambda n: mark if n % 2 else "")
    lines = pack_sheets(sheets)[1].lines()
    text = "".join(delimiter.join(f'"{c.replace(chr(34), chr(34) * 2)}"' for c in line) + "\r\n" for line in lines)
    (tmp_path / "pack.csv").write_bytes(text.encode(encoding, "replace"))
    found = grids(tmp_path / "pack.csv")
    assert looks_ticked(found)
    back = read(found)
    assert done(back) == set(range(21, 40, 2))
    assert back.odd == ()
