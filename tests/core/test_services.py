"""What was switched off stays off, and nothing else is."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from batch.core.services import carried_over, lost
from batch.core.terms import Add, Assignment, Holding
from tests.core.worlds import PLANS, A, B, C, D, direct, grouped, sku

P0, P1, P2, P3 = PLANS
plan_sets = st.sets(st.sampled_from(PLANS)).map(lambda s: tuple(sorted(s)))


def owned(**plans: tuple[str, ...]):
    return {s.sku_id: s for s in (sku(A), sku(B), sku(C))}


def test_off_in_the_old_one_stays_off_by_id():
    assert carried_over(Holding.of([direct(A, P0, P2)]), (A,), sku(B), owned()) == (P0, P2)


def test_only_plans_that_the_new_one_has_are_named():
    assert carried_over(Holding.of([direct(A, P0, P2)]), (A,), sku(B, plans=(P1, P2)), owned()) == (P2,)


def test_off_in_one_and_on_in_another_that_goes_is_on():
    assert carried_over(Holding.of([direct(A, P0, P1), direct(C, P1)]), (A, C), sku(B), owned()) == (P1,)


def test_off_in_one_and_not_part_of_the_other_that_goes_stays_off():
    skus = owned() | {C: sku(C, plans=(P3,))}
    assert carried_over(Holding.of([direct(A, P0), direct(C)]), (A, C), sku(B), skus) == (P0,)


def test_off_in_a_licence_that_stays_and_on_in_one_that_goes_is_on():
    assert carried_over(Holding.of([direct(A), direct(C, P0)]), (A,), sku(B), owned()) == ()
    assert carried_over(Holding.of([direct(A, P1), grouped(C, P0)]), (A, C), sku(B), owned()) == (P1,)


def test_off_in_a_licence_that_goes_stays_off_though_it_is_on_in_one_that_stays():
    assert carried_over(Holding.of([direct(A, P0), direct(C)]), (A,), sku(B), owned()) == (P0,)


def test_off_in_all_that_stays_is_off():
    """Adding without taking away: a new licence does not switch on what is off everywhere."""
    assert carried_over(Holding.of([direct(C, P0)]), (), sku(B), owned()) == (P0,)
    assert carried_over(Holding.of([grouped(C, P0)]), (), sku(B), owned()) == (P0,)
    assert carried_over(Holding.of([direct(C, P0)]), (), sku(B, plans=(P1,)), owned()) == ()


def test_off_in_one_and_on_in_another_that_stays_is_on():
    assert carried_over(Holding.of([direct(C, P0), direct(A, P1)]), (), sku(B), owned()) == ()
    assert carried_over(Holding.of([direct(C, P0), grouped(C, P1)]), (), sku(B), owned()) == ()


def test_off_in_what_stays_is_off_when_what_goes_does_not_have_it():
    skus = owned() | {A: sku(A, plans=(P1,))}
    assert carried_over(Holding.of([direct(A), direct(C, P0)]), (A,), sku(B), skus) == (P0,)


def test_an_assignment_that_failed_neither_gives_nor_chooses():
    failed = grouped(C, P0, state="Error")
    assert carried_over(Holding.of([failed]), (), sku(B), owned()) == ()
    assert carried_over(Holding.of([direct(A, P1), failed]), (), sku(B), owned()) == (P1,)


def test_what_was_chosen_in_a_licence_that_goes_counts_even_where_it_failed():
    failed = Assignment(sku_id=A, disabled=(P0,), state="Error")
    assert carried_over(Holding.of([failed]), (A,), sku(B), owned()) == (P0,)


def test_who_holds_nothing_gets_everything():
    assert carried_over(Holding(), (A,), sku(B), owned()) == ()


def test_lost_is_what_only_the_old_licence_gave():
    assert lost(Holding.of([direct(A, P0), direct(C, P1, P2)]), (A,), (), owned()) == {P1, P2}
    assert lost(Holding.of([direct(A, P0), grouped(C, P1, P2)]), (A,), (), owned()) == {P1, P2}
    assert lost(Holding.of([direct(A, P0), direct(C, P1, P2)]), (), (), owned()) == set()


def test_what_comes_with_a_new_licence_is_not_lost():
    assert lost(Holding.of([direct(A)]), (A,), (Add(B, (P1,)),), owned()) == {P1}
    assert lost(Holding.of([direct(A), direct(C)]), (A, C), (Add(B, (P1,)),), owned()) == {P1}


def test_a_licence_that_failed_neither_loses_nor_saves_a_service():
    assert lost(Holding.of([Assignment(sku_id=A, state="Error")]), (A,), (), owned()) == set()
    assert lost(Holding.of([direct(A, P0, P1), grouped(C, state="Error")]), (A,), (), owned()) == {P2, P3}


def test_an_old_licence_that_the_tenant_no_longer_lists_keeps_its_choices():
    assert carried_over(Holding.of([direct(D, P0)]), (D,), sku(B), owned()) == (P0,)


@settings(max_examples=100, deadline=None)
@given(plan_sets, plan_sets, plan_sets, plan_sets, plan_sets)
def test_a_service_is_off_exactly_when_it_was_on_nowhere(in_a, in_c, off_a, off_c, in_b):
    off_a, off_c = (tuple(set(off) & set(part)) for off, part in ((off_a, in_a), (off_c, in_c)))
    skus = {A: sku(A, plans=in_a), C: sku(C, plans=in_c)}
    off = carried_over(Holding.of([direct(A, *off_a), direct(C, *off_c)]), (A, C), sku(B, plans=in_b), skus)
    on_before = (set(in_a) - set(off_a)) | (set(in_c) - set(off_c))
    off_before = {*off_a, *off_c} - on_before
    assert list(off) == sorted(off_before & set(in_b))
    on_after = set(in_b) - set(off)
    assert on_after.isdisjoint(off_before), "nothing that was off in all that goes is switched on"
    assert on_after >= on_before & set(in_b), "nothing that was on is lost"
