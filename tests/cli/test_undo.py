"""The way back, with the real command: direct licences, memberships, a group's own licences."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import people, result_of, seats
from tests.cli.test_ways import MOVE, held, sheet  # noqa: F401  a fixture of the same people
from tests.tenants.small_tenant import upn


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ((f"{upn(0)},,new sales", f"{upn(3)},direct,"), ()),
        ((f"{upn(0)},group,", f"{upn(1)},group,"), ("--allow-group",)),
    ],
    ids=["members", "group"],
)
def test_what_went_through_groups_comes_back(rows, word, reassign, held):  # noqa: F811
    before = held()
    ended = reassign("run", "--users", sheet(*rows), *MOVE, "--usage-location", "NL", "--out", "r", "--yes")
    assert ended.code == 0, ended.err
    assert {u: h for u, (h, _) in held().items()} != {u: h for u, (h, _) in before.items()}
    assert reassign("undo", "r", "--out", "back", *word).code == 0
    ended = reassign("apply", "back", *word)
    assert ended.code == 0, ended.out + ended.err
    assert {u: h for u, (h, _) in held().items()} == {u: h for u, (h, _) in before.items()}
    again = reassign("undo", "r", "--out", "again", "--json")
    assert again.json()["counts"]["unchanged"] == len(rows) - (len(word) > 0)


def test_undone_and_verified_and_undone_once_more(reassign, sheets):
    assert reassign("run", *sheets(3), "--yes", "--out", "r").code == 0
    assert "Not given back by this: telephone numbers" in reassign("undo", "r", "--out", "back").out
    assert reassign("apply", "back").code == 0
    assert result_of("back")["counts"]["applied"] == 3
    for run in ("r", "back"):
        assert reassign("verify", run).code == 0
    assert reassign("undo", "back", "--accept", "voice", "--out", "forth").code == 0
    assert reassign("apply", "forth").code == 0


def test_what_the_way_back_loses_is_accepted_by_name(reassign):
    (Path("users.csv")).write_text(people(2, "Office 365 E1"), "utf-8")
    (Path("licenses.csv")).write_text(seats(2, 0) + "Office 365 E1,2,0\n", "utf-8")
    files = ("--users", "users.csv", "--licenses", "licenses.csv", "--from", "Office 365 E1", "--to", "Office 365 E3")
    assert reassign("run", *files, "--yes", "--out", "r").code == 0
    blocked = reassign("undo", "r", "--out", "held", "--json")
    assert blocked.json()["counts"]["blocked"] == 2
    assert reassign("undo", "r", "--accept", "mailbox,archive,apps", "--out", "back").code == 0
    assert reassign("apply", "back").code == 0


def test_there_is_no_way_back_before_anybody_went(reassign, sheets):
    assert reassign("plan", *sheets(2), "--out", "r").code == 0
    ended = reassign("undo", "r")
    assert ended.code == 2
    assert "nothing to undo" in ended.err


def test_a_plan_waits_for_a_second_person(reassign, sheets):
    assert reassign("plan", *sheets(2), "--approval", "--out", "r").code == 0
    ended = reassign("apply", "r")
    assert ended.code == 4
    assert "reassign approve r --by NAME" in ended.err
    assert reassign("approve", "r", "--by", "Anna de Vries").code == 0
    assert reassign("apply", "r", "--faults", "seed=1,throttle=1", "--tries", "1").code == 3
    ended = reassign("apply", "r", "--stop-at", "100%")
    assert ended.code == 4
    assert "without --stop-at 100%" in ended.err
    assert reassign("apply", "r").code == 0
