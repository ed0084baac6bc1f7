from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.core.changes import ChangeKind
from batch.core.entries import Seen
from batch.core.errors import UsageError
from batch.core.terms import Add, Assignment, Holding
from batch.engine.apply import replay
from batch.runs.folder import RunFolder
from batch.wiring.applying import load_verified, tenant_of
from batch.wiring.parts import SteadyClock
from batch.wiring.proving import shown
from batch.wiring.reconciling import Fresh, from_sheets, from_tenant, keep

OLD, NEW, OTHER, KEPT = "sku-old", "sku-new", "sku-other", "sku-kept"


def kind(before, remove, add):
    return ChangeKind(Holding(tuple(Assignment(sku_id=s) for s in before)), remove, tuple(Add(s, ()) for s in add))


MOVE = kind((KEPT, OLD), (OLD,), (NEW,))


@pytest.mark.parametrize(
    ("held", "seen"),
    [
        ({OLD, KEPT}, Seen.BEFORE),
        ({OLD, KEPT, OTHER}, Seen.BEFORE),
        ({NEW, KEPT}, Seen.AFTER),
        ({NEW, KEPT, OTHER}, Seen.AFTER),
        ({OLD, NEW, KEPT}, Seen.OTHER),
        # Replace took away what was to stay, or somebody else did.
        ({NEW}, Seen.OTHER),
        ({OLD}, Seen.OTHER),
        ({OTHER}, Seen.OTHER),
        (set(), Seen.OTHER),
    ],
)
def test_what_a_list_of_products_says_about_a_move(held, seen):
    assert shown(MOVE, frozenset(held)) is seen


@given(st.frozensets(st.sampled_from([OLD, NEW, OTHER, KEPT])))
def test_a_list_never_shows_both_before_and_after(held):
    for before, remove, add in itertools.product([(OLD,), (OLD, NEW)], [(OLD,)], [(NEW,), ()]):
        change = kind(before, remove, add)
        after = held.isdisjoint(remove) and held.issuperset({*before, *add}.difference(remove))
        assert (shown(change, held) is Seen.AFTER) is after


def opened(path="r"):
    folder = RunFolder.open(Path(path))
    changes = load_verified(folder)
    return folder, changes, replay(changes, folder.journal().entries())


def test_a_tenant_nobody_touched_shows_what_was_before(planned):
    planned(3)
    folder, changes, ledger = opened()
    with folder, tenant_of(folder, folder.meta()) as tenant:
        fresh = from_tenant(tenant, changes, ledger, folder, SteadyClock())
        assert fresh.seen == [Seen.BEFORE] * 3
        assert fresh.source == ""
        assert keep(folder, changes, ledger, fresh) == 0


def test_a_comparison_takes_the_place_of_the_one_before(planned):
    planned(3)
    folder, changes, ledger = opened()
    with folder:
        assert keep(folder, changes, ledger, Fresh([Seen.AFTER] * 3, {}, "x.csv", 5.0)) == 3
        assert keep(folder, changes, ledger, Fresh([Seen.BEFORE, Seen.GONE, Seen.BEFORE], {}, "y.csv", 6.0)) == 1
        assert folder.db.execute("SELECT change, finding FROM found").fetchall() == [(1, "gone")]
        assert (folder.meta()["read_from"], folder.meta()["read_at"]) == ("y.csv", 6.0)


def test_several_exports_are_read_as_one(planned):
    planned(3)
    Path("a.csv").write_text("UPN,Licenses\nP0@C.example,Office 365 E3\np1@c.example,Office 365 E4\n", "utf-8")
    Path("b.csv").write_text("UPN,Licenses\np1@c.example,Office 365 E3\n", "utf-8")
    folder, changes, _ = opened()
    with folder:
        fresh = from_sheets((Path("a.csv"), Path("b.csv")), changes, folder)
    told = dict(zip(changes.upn, fresh.seen, strict=True))
    assert told == {"p0@c.example": Seen.AFTER, "p1@c.example": Seen.OTHER, "p2@c.example": Seen.UNSEEN}
    assert fresh.source == "a.csv, b.csv"


@pytest.mark.parametrize("text", ["UPN\np0@c.example\n", "Product Title,Total Licenses\nOffice 365 E3,9\n"])
def test_a_sheet_that_does_not_say_who_holds_what(text, planned):
    planned(1)
    Path("x.csv").write_text(text, "utf-8")
    folder, changes, _ = opened()
    with folder, pytest.raises(UsageError, match="does not say who holds what"):
        from_sheets((Path("x.csv"),), changes, folder)
