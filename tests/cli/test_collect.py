"""`reassign collect` as people meet it."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl
import pytest

from tests.cli.conftest import assert_counts_close, people, result_of
from tests.handover.standin import ticked

pytestmark = pytest.mark.usefixtures("_no_workbook")

PACKS = Path("r/handover/1-admin-center/packs.xlsx")


def fresh(moved, number=5):
    """An export in which the first so many have moved."""
    text = people(number)
    for n in range(moved):
        text = text.replace(f"Person {n},NL,Office 365 E4", f"Person {n},NL,Office 365 E3")
    Path("fresh.csv").write_text(text, "utf-8")
    return "fresh.csv"


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Where the run is kept that each test gets a copy of."""
    return tmp_path_factory.mktemp("collect") / "kept"


@pytest.fixture
def handed(reassign, sheets, kept, tmp_path):
    """Five people in packs of two. Made once."""
    if not kept.exists():
        assert reassign("plan", *sheets(5), "--out", "r").code == 0
        assert reassign("handover", "r", "--to", "admin-center", "--lang", "en", "--pack-size", 2).code == 0
        shutil.copytree(tmp_path, kept)
    shutil.copytree(kept, tmp_path, dirs_exist_ok=True)


@pytest.mark.usefixtures("handed")
def test_from_packs_to_reconciled_with_exports_alone(reassign):
    ticked(PACKS, [f"p{n:04}@c.example" for n in range(3)])
    said = reassign("collect", "r", PACKS)
    assert said.code == 3
    assert f"{PACKS}: a workbook of packs; 3 said to be done; 3 of it new." in said.out
    assert "bring a fresh export as well" in said.out
    shown = reassign("show", "r")
    assert "for the admin center: 0 of 3 packs closed. Still open:" in shown.out
    assert "to be shown: p0000@c.example, p0001@c.example" in shown.out
    assert max(map(len, shown.out.splitlines())) <= 120

    half = reassign("collect", "r", fresh(2), "--json").json()
    assert (half["exit_code"], half["reconciled"]) == (3, True)
    assert (half["collected"][0]["kind"], half["collected"][0]["new"]) == ("export", 3)
    assert [(p["done"], p["said"], p["open"]) for p in half["packs"]] == [
        (2, 0, {}),
        (0, 0, {"not_shown": 1, "in_admin_center": 1}),
        (0, 0, {"in_admin_center": 1}),
    ]

    done = reassign("collect", "r", fresh(5))
    assert (done.code, done.err) == (0, "")
    assert "3 of 3 packs closed." in done.out
    result = result_of("r")
    assert_counts_close(result["counts"])
    assert (result["status"], result["reconciled"], result["counts"]["applied"]) == ("done", True, 5)
    assert reassign("verify", "r").code == 0
    assert "nothing new" in reassign("collect", "r", "fresh.csv").out
    assert reassign("reconcile", "r", "--users", "fresh.csv").code == 0
    assert reassign("undo", "r", "--out", "u").code == 0


@pytest.mark.usefixtures("handed")
def test_what_cannot_be_used_is_named_and_nothing_is_taken(reassign):
    book = openpyxl.load_workbook(ticked(PACKS))
    sheet = book[book.sheetnames[1]]
    (ref,) = [c for row in sheet.iter_rows() for c in row if str(c.value).startswith("0-")]
    ref.value = "0-0123456789ab"
    book.save("edited.xlsx")
    odd = reassign("collect", "r", "edited.xlsx", fresh(5))
    assert odd.code == 3  # all is done and shown, and still a row was not believed
    assert f"Not believed: edited.xlsx, sheet {sheet.title}, row {ref.row}:" in odd.err
    assert result_of("r")["exit_code"] == 0

    for arguments, words in (
        (("collect", "r", "users.csv"), "older than anything"),
        (("collect", "r"), "nobody can look at the real tenant"),
        (("reconcile", "r"), "nobody can look at the real tenant"),
        (("reconcile", "r", "--users", "edited.xlsx"), "reassign collect r FILE"),
        (("apply", "r"), "in other hands"),
    ):
        ended = reassign(*arguments)
        assert ended.code == 2
        assert words in ended.err
