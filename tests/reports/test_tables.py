from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.core.outcomes import Outcome
from batch.reports.tables import RESULT_COLUMNS, write_rejects_csv, write_result_json, write_results_csv
from tests.reports.examples import EXAMPLES, blocked, done, partial, report, row


def read(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def test_results_have_a_line_for_each_row_with_time_in_utc(tmp_path: Path) -> None:
    write_results_csv(done(), tmp_path / "r.csv")
    head, first, *rest = read(tmp_path / "r.csv")
    assert tuple(head) == RESULT_COLUMNS
    assert first[:4] == ["users.csv", "", "2", "user0000@contoso.example"]
    assert first[-3:] == ["1", "1", "2026-11-23T04:31:00Z"]
    assert len(rest) == 239


def test_results_open_in_excel(tmp_path: Path) -> None:
    write_results_csv(done(), tmp_path / "r.csv")
    data = (tmp_path / "r.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbffile,sheet")
    assert data.count(b"\xef\xbb\xbf") == 1
    assert data.count(b"\r\n") == data.count(b"\n") == 241


def test_a_row_never_sent_has_no_time(tmp_path: Path) -> None:
    write_results_csv(blocked(), tmp_path / "r.csv")
    assert read(tmp_path / "r.csv")[1][-3:] == ["0", "0", ""]


def test_hostile_cells_are_neutral_and_without_control_characters(tmp_path: Path) -> None:
    write_results_csv(partial(), tmp_path / "r.csv")
    lines = read(tmp_path / "r.csv")
    assert lines[32][3] == "'-user@contoso.example"
    assert lines[32][4].startswith("'=HYPERLINK(")
    assert lines[41][10] == "Line one\nline two[31m red turned"


def test_half_a_surrogate_is_told_not_fatal(tmp_path: Path) -> None:
    write_rejects_csv(["User"], [(["a\ud800"], "x", "y")], tmp_path / "r.csv")
    assert read(tmp_path / "r.csv")[1] == ["a\\ud800", "x", "y"]


def test_rejects_keep_the_inputs_own_columns(tmp_path: Path) -> None:
    rows = [(["a@x", "=1"], "no_seat", "Buy one."), (["b@x"], "empty", "-"), (["c@x", "", "more"], "x", "y")]
    write_rejects_csv(["\ufeffUser", "Note"], rows, tmp_path / "r.csv")
    assert read(tmp_path / "r.csv") == [
        ["User", "Note", "Reason code", "Reason"],
        ["a@x", "'=1", "no_seat", "Buy one."],
        ["b@x", "", "empty", "'-"],
        ["c@x", "", "x", "y", "more"],
    ]


def test_rejects_of_rejects_have_one_pair_of_reasons(tmp_path: Path) -> None:
    rows = [(["a@x", "old_code", "Old reason."], "new", "New reason.")]
    write_rejects_csv(["User", "Reason code", "Reason"], rows, tmp_path / "r.csv")
    assert read(tmp_path / "r.csv") == [["User", "Reason code", "Reason"], ["a@x", "new", "New reason."]]


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2), max_size=4))
def test_rejects_fed_in_again_are_the_same_rows(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    from batch.core.harmless import neutral

    path = tmp_path_factory.mktemp("again") / "r.csv"
    write_rejects_csv(["A", "B"], [(cells, "c", "r") for cells in rows], path)
    again = [[c[1:] if c[:1] == "'" and neutral(c[1:]) == c else c for c in cells[:2]] for cells in read(path)[1:]]
    assert again == rows


@pytest.mark.parametrize("name", EXAMPLES)
def test_result_json_says_what_the_report_says(name: str, tmp_path: Path) -> None:
    made = EXAMPLES[name]()
    write_result_json(made, tmp_path / "r.json")
    data = json.loads((tmp_path / "r.json").read_bytes().decode("ascii"))
    assert (data["schema"], data["run"], data["status"], data["exit_code"]) == (1, made.run, name, made.exit_code)
    assert data["counts"] == made.counts
    assert data["reconciled"] is made.reconciled
    keys = {"sku_id", "part_number", "name", "seats", "before", "assigned", "removed", "expected", "after"}
    assert all(set(sku) == keys for sku in data["skus"])
    assert [d["code"] for d in data["differences"]] == [d.code for d in made.differences]


def test_times_that_have_not_come_are_null(tmp_path: Path) -> None:
    write_result_json(replace(blocked()), tmp_path / "r.json")
    data = json.loads((tmp_path / "r.json").read_text())
    assert data["ended_at"] is None
    assert data["skus"][0]["after"] is None


@given(st.text(), st.text(st.sampled_from("a,\"\r\n ;='")))
def test_results_are_read_back_as_they_were_said(
    tmp_path_factory: pytest.TempPathFactory, name: str, reason: str
) -> None:
    from batch.core.harmless import legible, neutral

    path = tmp_path_factory.mktemp("back") / "r.csv"
    write_results_csv(report([row(1, Outcome.REFUSED, "x", reason, display_name=name)]), path)
    _, line = read(path)
    assert len(line) == len(RESULT_COLUMNS)
    assert (line[4], line[10]) == (neutral(legible(name)), neutral(legible(reason)))


def test_rows_stream(tmp_path: Path) -> None:
    """The rows are asked for once and never gathered."""
    asked = []

    def rows():  # type: ignore[no-untyped-def]
        asked.append(1)
        for n in range(2000):
            yield row(n, Outcome.APPLIED)

    write_results_csv(replace(report([]), rows=rows), tmp_path / "r.csv")
    assert asked == [1]
    assert len(read(tmp_path / "r.csv")) == 2001
