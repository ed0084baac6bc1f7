"""Who goes first: what the priority column says, whoever says it, in whatever row or sheet."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.core.plan import make_plan
from batch.core.priority import LAST, not_read, rank
from batch.core.requests import make_requests
from batch.core.table import Field, Kind
from batch.core.terms import Holding
from tests.core.tables import CATALOG, moves, people, trouble
from tests.core.worlds import A, B, World, direct, people_of, permuted, sku, snapshot_of, table

FIELDS = "user remove add priority"
E4_E3 = ("Office 365 E4", "Office 365 E3")


@pytest.mark.parametrize(
    ("cells", "meant"),
    [
        (("1", "01", "1.0", "1,00", " 1 "), 1),
        (("17",), 17),
        (("999999999",), 999_999_999),
        (("", "  "), LAST),
        (("high", "HOCH", "hoog", "Haute", "élevée", "alta"), 1),
        (("normal", "Medium", "normaal", "mittel", "moyenne", "media"), 2),
        (("low", "laag", "niedrig", "faible", "baja"), 3),
        (("0", "-1", "1.5", "1st", "P1", "soon", "1234567890", "³", "1e3", "=1", "1\n2"), None),
    ],
)
def test_what_a_cell_says(cells, meant):
    assert [rank(cell) for cell in cells] == [meant] * len(cells)


def test_cells_that_say_no_priority_are_told_once():
    assert not_read(["1", "", "low"], "Prio") == ""
    assert not_read(["soon"], "Prio").startswith("In column “Prio” “soon” (1 row) is no priority; such rows go last.")
    told = not_read(["e", "d", "c", "b", "b", "1", "x" * 99], "Prio")
    assert told.startswith("In column “Prio” “b”, “c”, “d” and 2 more (6 rows)")
    assert "xxx" not in told


def ranks(*tables):
    found = make_requests(tables, CATALOG)
    return dict(zip(found.user, found.priority, strict=True)) if found.priority else {}


def test_no_column_no_priority():
    assert ranks(moves(("a@x.nl", *E4_E3))) == {}


def test_whoever_has_none_goes_last():
    rows = [("a@x.nl", *E4_E3, ""), ("b@x.nl", *E4_E3, "2"), ("c@x.nl", *E4_E3, "soon")]
    assert ranks(moves(*rows, fields=FIELDS), moves(("d@x.nl", *E4_E3), file="b.csv")) == {
        "a@x.nl": LAST,
        "b@x.nl": 2,
        "c@x.nl": LAST,
        "d@x.nl": LAST,
    }


def test_of_several_rows_of_one_person_the_most_urgent_counts_even_of_a_repeat():
    rows = [("a@x.nl", *E4_E3, "3"), ("A@x.nl", *E4_E3, "1"), ("a@x.nl", *E4_E3, "")]
    assert ranks(moves(*rows, fields=FIELDS)) == {"a@x.nl": 1}
    assert make_requests([moves(*rows, fields=FIELDS)], CATALOG).priority == [1, 1, 1]


def test_a_sheet_of_users_beside_the_movers_may_say_it():
    users = people(("a@x.nl", "Office 365 E4", "high"), ("z@x.nl", "", "1"), fields="user holds priority")
    assert ranks(moves(("a@x.nl", *E4_E3), ("b@x.nl", *E4_E3)), users) == {"a@x.nl": 1, "b@x.nl": LAST}


def test_rows_left_out_of_the_sheet_do_not_shift_the_others():
    rows = [("a@x.nl", *E4_E3, "1"), ("b@x.nl", *E4_E3, "2")]
    sheet = moves(*rows, fields=FIELDS, rows=[2, 4], problems=(trouble(3, "unreadable"), trouble(9, "total_row")))
    found = make_requests([sheet], CATALOG)
    assert list(zip(found.row, found.user, found.priority, strict=True)) == [
        (2, "a@x.nl", 1),
        (3, "", LAST),
        (4, "b@x.nl", 2),
        (9, "", LAST),
    ]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["", "1", "2", "low", "x"])), max_size=12),
    st.integers(0, 99),
    st.integers(0, 6),
)
def test_law_4_holds_with_priorities(said, seed, seats):
    """Shuffled rows make the same plan; and of those who move alike nobody goes before somebody more urgent."""
    held = {f"u{n}@x.nl": Holding.of([direct(A)]) for n in range(6)}
    skus = (sku(A, enabled=9, consumed=6), sku(B, enabled=seats))
    columns = {
        Field.USER: [f"u{n}@x.nl" for n, _ in said],
        Field.REMOVE: ["Alpha"] * len(said),
        Field.ADD: ["Beta"] * len(said),
        Field.PRIORITY: [cell for _, cell in said],
    }
    world = World(snapshot_of(skus, people_of(held)), (table(Kind.MOVES, columns, file="m.csv"),))
    requests, plan = world.plan()
    assert permuted(world, seed).plan()[1].plan_id == plan.plan_id
    best = dict(zip(requests.user, requests.priority, strict=True))
    order = [(best[user], user) for user in plan.changes.upn]
    assert order == sorted(order)
    assert order == sorted((urgency, user) for user, urgency in best.items())[:seats]
    without = replace(requests, priority=[])
    assert make_plan(without, world.snapshot).counts() == plan.counts()
