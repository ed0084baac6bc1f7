"""results.csv read back: what is believed, what is named, and that nothing else ever counts as done."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.core.handed import Hand, InHand, Said
from batch.handover.results import HEADINGS, looks_like_results, read_results
from tests.handover.written_results import payload, rows_of

JOB, OTHER_JOB = "a" * 64, "b" * 64
#: The people of the job; the third has a name that a spreadsheet would run.
USERS = ["id-0", "id-1", "=cmd|' /C calc'!A0", "id\x853", "id-4"]
HANDS = {n: InHand(1, 1, Hand.POWERSHELL, JOB) for n in range(5)}
HANDS |= {5: InHand(1, 2, Hand.POWERSHELL, OTHER_JOB), 6: InHand(2, 1, Hand.ADMIN_CENTER, "c" * 64)}


def user_id(change):
    return [*USERS, "id-5", "id-6"][change]


def results(*said, job=JOB):
    return rows_of(said, job, user_id)


def read(data):
    found = read_results(data, HANDS, user_id)
    assert found is not None
    return {r.change: r.said for r in found.reports}, [(odd.row, odd.code) for odd in found.odd]


GOOD = results((0, "applied"), (1, "already"), (2, "applied"), (3, "doubt"), (4, "gave_up"))
#: What the script writes after the first row of these.
GONE_ON = rows_of([(2, "applied")], JOB, user_id, GOOD[0][-1])
SAID = {0: Said.DONE, 1: Said.DONE, 2: Said.DONE, 3: Said.GAVE_UP, 4: Said.GAVE_UP}


@pytest.mark.parametrize(
    "data",
    [
        payload(GOOD),
        payload(GOOD, ";", csv.QUOTE_MINIMAL),
        payload(GOOD, "\t", csv.QUOTE_MINIMAL, "utf-16"),
        payload(GOOD, encoding="utf-8").replace(b"\r\n", b"\n"),
        payload(GOOD) + payload(results((4, "refused"))),
    ],
)
def test_what_the_script_wrote_is_believed_whoever_saved_it_again(data):
    said, odd = read(data)
    assert said == {**SAID, 4: Said.REFUSED if data.count(b"Change") == 2 else Said.GAVE_UP}
    assert not odd
    assert looks_like_results(data[:200])


def test_columns_may_stand_in_another_order_and_beside_others():
    rows = [[*row[::-1], "my note"] for row in GOOD]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[*HEADINGS[::-1], "Notes"], *rows])
    assert read(text.getvalue().encode()) == (SAID, [])


def test_the_words_of_the_service_come_along_and_the_last_row_counts():
    more = {"Status": "400", "Code": "Request_BadRequest", "Message": "'=no\x1b[2J licence"}
    rows = results((0, "applied"), (0, "refused", more))
    (report,) = read_results(payload(rows), HANDS, user_id).reports
    assert (report.said, report.status, report.code, report.row) == (Said.REFUSED, 400, "Request_BadRequest", 3)
    assert report.text == "=no[2J licence"


@pytest.mark.parametrize(
    ("rows", "said", "odd"),
    [
        # an outcome was edited: this row is not believed, and those after it are
        ([[*GOOD[0]], [*GOOD[1][:5], "refused", *GOOD[1][6:]], *GOOD[2:]], {0, 2, 3, 4}, [(3, "edited")]),
        # rows are missing in the middle, at the top, and at the end, where nothing shows it
        ([GOOD[0], *GOOD[2:]], {0, 3, 4}, [(3, "edited")]),
        (GOOD[1:], {2, 3, 4}, [(2, "missing_before")]),
        (GOOD[:2], {0, 1}, []),
        # the same row twice, and two rows in the other order
        ([GOOD[0], GOOD[0], *GOOD[1:]], {0, 1, 2, 3, 4}, [(3, "edited")]),
        ([*GOOD[:3], GOOD[4], GOOD[3]], {0, 1, 2, 3}, [(5, "edited")]),
        # torn by a kill, then gone on with
        ([*GOOD[:2], GOOD[2][:4], *GOOD[2:]], {0, 1, 2, 3, 4}, [(4, "torn")]),
        ([*GOOD[:4], [*GOOD[4][:-1], GOOD[4][-1][:9]]], {0, 1, 2, 3}, [(6, "torn")]),
        # edited, then gone on with by the script, from the last row that is right
        (
            [GOOD[0], *([*row[:5], "x", *row[6:]] for row in GOOD[1:]), *GONE_ON],
            {0, 2},
            [(n, "edited") for n in (3, 4, 5, 6)],
        ),
        # blank lines say nothing; a cell beyond all bounds is no cell of the script's
        ([GOOD[0], [], [""] * 12, *GOOD[1:4], ["x" * 140_000, *GOOD[4][1:]]], {0, 1, 2, 3}, [(8, "torn")]),
        # of other jobs, other runs, other people, and of a pack for the admin center
        (results((0, "applied"), job=OTHER_JOB), set(), [(2, "old_handover")]),
        (results((0, "applied"), job="d" * 64), set(), [(2, "foreign")]),
        (results((6, "applied")), set(), [(2, "old_handover")]),
        (results((6, "applied"), job="c" * 64), set(), [(2, "foreign")]),
        (results((0, "applied", {"Change": "9"})), set(), [(2, "old_handover")]),
        (results((0, "applied", {"Change": "-1"})), set(), [(2, "old_handover")]),
        (results((0, "applied", {"UserId": "id-1"})), set(), [(2, "unknown_person")]),
        (results((0, "Applied")), set(), [(2, "unclear")]),
    ],
)
def test_rows_that_are_not_believed_are_named(rows, said, odd):
    found, named = read(payload(rows))
    assert set(found) == said
    assert named == odd


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"PK\x03\x04", b"Change,Outcome\r\n0,applied\r\n", b'"' * 200_000])
def test_other_files_are_no_results(data):
    assert read_results(data, HANDS, user_id) is None
    assert not looks_like_results(data)


_PIECES = st.one_of(st.binary(max_size=4), st.sampled_from([b'"', b",", b"\r\n", b"applied", b"\xef\xbb\xbf", b";"]))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 60), _PIECES), max_size=4),
    st.permutations(range(5)),
    st.booleans(),
)
def test_whatever_happens_to_the_file_nobody_is_done_who_was_not(edits, order, shuffled):
    """Two of five were done; the others were refused, changed, given up."""
    rows = results((0, "applied"), (1, "refused"), (2, "already"), (3, "changed"), (4, "gave_up"))
    data = payload([rows[n] for n in order] if shuffled else rows)
    for at, length, piece in edits:
        data = data[:at] + piece + data[at + length :]
    found = read_results(data, HANDS, user_id)
    if found is not None:
        assert {r.change for r in found.reports if r.said is Said.DONE} <= {0, 2}


def test_a_file_of_nothing_but_wrong_rows_is_not_read_to_its_end(monkeypatch):
    monkeypatch.setattr("batch.handover.results._MOST_ODD", 5)
    found = read_results(",".join(HEADINGS).encode() + b"\nx" * 1000, {}, str)
    assert found is not None
    assert len(found.odd) == 6
    assert "none after it is read" in found.odd[-1].text
