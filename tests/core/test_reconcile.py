"""Asked × done × seen: the whole table, the seat ledger, and the identities."""

from __future__ import annotations

from itertools import product

import pytest

from batch.core.changes import ChangeKind
from batch.core.entries import Seen
from batch.core.outcomes import Bucket, Outcome
from batch.core.reconcile import SENTENCES, TABLE, Finding, identities, sku_lines, units_moved, unsure
from batch.core.terms import Add, Holding
from tests.core.worlds import A, B, C, direct, grouped, sku

FINAL = (Seen.AFTER, Seen.BEFORE, Seen.OTHER)


def test_the_table_knows_every_outcome_with_every_sight():
    assert set(TABLE) == set(product(Outcome, Seen))


@pytest.mark.parametrize("outcome", Outcome)
def test_a_user_who_is_gone_or_unseen_is_named_whatever_happened(outcome):
    assert TABLE[outcome, Seen.GONE] is Finding.GONE
    assert TABLE[outcome, Seen.UNSEEN] is TABLE[outcome, Seen.MAYBE_BEFORE] is Finding.UNSEEN


def test_done_and_seen():
    assert [TABLE[Outcome.APPLIED, s] for s in FINAL] == [Finding.AGREES, Finding.MISSING, Finding.CHANGED]


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.EXHAUSTED, Outcome.IN_DOUBT, Outcome.NOT_SENT])
def test_not_done_and_seen(outcome):
    assert [TABLE[outcome, s] for s in FINAL] == [Finding.UNEXPECTED, Finding.AGREES, Finding.CHANGED]


def test_who_was_left_alone_is_no_difference():
    assert {TABLE[Outcome.HELD, s] for s in FINAL} == {Finding.AGREES}


def test_applied_agrees_only_with_what_was_asked():
    """No other sight may count as reconciled for a change that was answered "done"."""
    assert [s for s in Seen if TABLE[Outcome.APPLIED, s] is Finding.AGREES] == [Seen.AFTER]


def test_every_difference_has_a_sentence():
    assert set(SENTENCES) == set(Finding) - {Finding.AGREES}
    assert all(text.endswith(".") for text in SENTENCES.values())


# --- seats ---------------------------------------------------------------------------------------------------------

HELD_A, HELD_AB = Holding.of([direct(A)]), Holding.of([direct(A), grouped(B)])
KINDS = (
    ChangeKind(HELD_A, (A,), (Add(B),)),
    ChangeKind(HELD_AB, (A,), (Add(B),)),
    ChangeKind(HELD_A, (), (Add(A, ("p",)),)),
)


def lines(planned, applied, after):
    skus = (sku(A, enabled=50, consumed=10), sku(B, enabled=20, consumed=4), sku(C, consumed=7))
    return sku_lines(skus, after, KINDS, planned, applied)


def test_the_seat_ledger_counts_what_took_effect():
    a, b = lines([5, 3, 2], [4, 1, 2], {A: 5, B: 8, C: 7})
    assert (a.sku_id, a.seats, a.before, a.assigned, a.removed, a.expected, a.after, a.planned) == (
        *(A, 50, 10, 0, 5, 5, 5),
        2,
    )
    # The second kind has B through a group: no second seat.
    assert (b.sku_id, b.assigned, b.removed, b.expected, b.after, b.planned) == (B, 4, 0, 8, 8, 9)
    assert (b.part_number, b.name) == ("BETA_PACK", "Beta")


def test_only_products_that_the_plan_touches_have_a_line_and_unread_ones_say_so():
    assert [(line.sku_id, line.after) for line in lines([1, 0, 0], [0, 0, 0], {})] == [(A, None), (B, None)]
    assert sku_lines((sku(A),), {}, (), (), ()) == ()


# --- identities ----------------------------------------------------------------------------------------------------


def counted(**more):
    zero = dict.fromkeys([b.value for b in Bucket] + [o.value for o in Outcome], 0)
    return {"rows": 0, **zero, **more}


def test_identities_in_words():
    counts = counted(rows=9, planned=6, problems=1, blocked=2, applied=4, in_doubt=2)
    checks = identities(counts, lines([4, 0, 0], [4, 0, 0], {A: 6, B: 9}))
    assert checks == (
        ("9 rows = 6 planned + 1 problems + 0 repeats + 0 unchanged + 2 blocked + 0 short", True),
        ("6 planned = 4 applied + 0 refused + 0 exhausted + 0 held + 2 in doubt + 0 not sent", True),
        ("Alpha: 10 before + 0 assigned - 4 removed = 6; read 6", True),
        ("Beta: 4 before + 4 assigned - 0 removed = 8; read 9", False),
    )


def test_what_was_not_read_is_not_checked():
    assert len(identities(counted(), lines([1, 0, 0], [0, 0, 0], {}))) == 2


@pytest.mark.parametrize("off", [{"rows": 1}, {"short": 1}, {"planned": 1}, {"applied": 1}])
def test_an_identity_that_does_not_close_is_told(off):
    assert not all(ok for _, ok in identities(counted(**off), ()))


@pytest.mark.parametrize("seen", Seen)
@pytest.mark.parametrize("outcome", Outcome)
def test_what_a_read_that_may_lag_leaves_open(outcome: Outcome, seen: Seen) -> None:
    finding = TABLE[(outcome, seen)]
    settles_a_doubt = outcome is Outcome.IN_DOUBT and seen is Seen.BEFORE
    assert unsure(outcome, seen) == (finding not in (Finding.AGREES, Finding.GONE) or settles_a_doubt)


def test_units_move_with_what_was_applied() -> None:
    lines = {
        line.sku_id: line
        for line in sku_lines(tuple(map(sku, (A, B, C))), {}, KINDS, [9] * len(KINDS), [2] * len(KINDS))
    }
    moved = units_moved(KINDS, [2] * len(KINDS))
    assert {s: n for s, n in moved.items() if n} == {
        s: line.assigned - line.removed for s, line in lines.items() if line.assigned != line.removed
    }
