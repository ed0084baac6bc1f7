"""One change: what it takes, frees and leaves, and how a fresh read is told from what was before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batch.core.changes import ChangeKind, compare, compare_whole
from batch.core.entries import Seen
from batch.core.terms import Add, Call, Holding
from tests.core.worlds import PLANS, A, B, C, direct, grouped

P0, P1, *_ = PLANS
MOVE = ChangeKind(Holding.of([direct(A, P0), direct(C, P1)]), (A,), (Add(B, (P0,)),))
RESET = ChangeKind(Holding.of([direct(B, P1)]), (), (Add(B, (P0,)),))
REMOVE = ChangeKind(Holding.of([direct(A), grouped(B)]), (A,), ())


def test_a_move():
    assert (MOVE.takes, MOVE.frees) == ((B,), (A,))
    assert MOVE.after == Holding.of([direct(B, P0), direct(C, P1)])
    assert MOVE.call("id") == Call("id", (A,), (Add(B, (P0,)),))


def test_setting_services_anew():
    assert (RESET.takes, RESET.frees) == ((), ())
    assert RESET.after == Holding.of([direct(B, P0)])


def test_what_a_group_gives_stays_and_costs_no_second_seat():
    kind = ChangeKind(Holding.of([direct(A), grouped(A), grouped(B)]), (A,), (Add(B),))
    assert (kind.takes, kind.frees) == ((), ())
    assert kind.after == Holding.of([grouped(A), grouped(B), direct(B)])


def test_a_failed_group_assignment_holds_no_seat():
    failed = grouped(A, state="Error")
    kind = ChangeKind(Holding.of([direct(A), failed, grouped(B, state="Error")]), (A,), (Add(B),))
    assert (kind.takes, kind.frees) == ((B,), (A,))
    assert ChangeKind(Holding.of([failed]), (A,), ()).frees == ()


def test_a_place_is_part_of_the_call_and_of_the_plans_id_where_one_is_given():
    placed = replace(MOVE, location="NL")
    assert placed.call("id") == Call("id", (A,), (Add(B, (P0,)),), "NL")
    assert repr(MOVE) == f"ChangeKind(before={MOVE.before!r}, remove={MOVE.remove!r}, add={MOVE.add!r})"
    assert repr(placed) == f"{repr(MOVE)[:-1]}, location='NL')"
    assert compare(placed, placed.before) is Seen.BEFORE
    assert compare(placed, placed.after) is Seen.AFTER


def test_at_rest_what_was_left_alone_has_to_be_there():
    stays = MOVE.after
    assert compare_whole(MOVE, stays) is Seen.AFTER
    lost = Holding.of(a for a in stays.assignments if a.sku_id != C)
    assert (compare(MOVE, lost), compare_whole(MOVE, lost)) == (Seen.AFTER, Seen.OTHER)


@pytest.mark.parametrize(
    ("kind", "seen", "word"),
    [
        (MOVE, [direct(B, P0)], Seen.AFTER),
        (MOVE, [direct(B, P0), direct(C), grouped(A)], Seen.AFTER),
        # C, which was to stay, is gone: somebody was here.
        (MOVE, [direct(A, P0)], Seen.OTHER),
        (MOVE, [direct(A, P0), direct(C, P0, P1)], Seen.OTHER),
        (MOVE, [direct(A, P0), direct(C)], Seen.BEFORE),
        (MOVE, [direct(A, P0), grouped(B, P0), direct(C)], Seen.BEFORE),
        (MOVE, [direct(A)], Seen.OTHER),
        (MOVE, [direct(A, P0), direct(B, P0)], Seen.OTHER),
        (MOVE, [direct(B)], Seen.OTHER),
        (MOVE, [direct(B, P0, P1)], Seen.OTHER),
        (MOVE, [], Seen.OTHER),
        (MOVE, [grouped(A, P0)], Seen.OTHER),
        (RESET, [direct(B, P0)], Seen.AFTER),
        (RESET, [direct(B, P1)], Seen.BEFORE),
        (RESET, [direct(B)], Seen.OTHER),
        (RESET, [], Seen.OTHER),
        (REMOVE, [grouped(B)], Seen.AFTER),
        (REMOVE, [], Seen.AFTER),
        (REMOVE, [direct(A), grouped(B)], Seen.BEFORE),
        (REMOVE, [direct(A), direct(C)], Seen.OTHER),
        (REMOVE, [direct(A), grouped(B), direct(C)], Seen.BEFORE),
        # Taking A away now would leave nothing.
        (REMOVE, [direct(A)], Seen.OTHER),
        (REMOVE, [direct(A), grouped(B, state="Error")], Seen.OTHER),
        (REMOVE, [direct(A, P0)], Seen.OTHER),
    ],
)
def test_what_a_fresh_read_says(kind, seen, word):
    assert compare(kind, Holding.of(seen)) is word
