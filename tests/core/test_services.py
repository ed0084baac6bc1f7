"""What was switched off stays off, and nothing else is."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from batch.core.services import carried_over
from batch.core.terms import Holding
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


def test_what_a_licence_that_stays_has_off_does_not_matter():
    assert carried_over(Holding.of([direct(A), direct(C, P0)]), (A,), sku(B), owned()) == ()


def test_what_a_group_gives_does_not_matter():
    assert carried_over(Holding.of([direct(A, P1), grouped(C, P0)]), (A, C), sku(B), owned()) == (P1,)


def test_nothing_goes_nothing_is_off():
    assert carried_over(Holding.of([direct(C, P0)]), (), sku(B), owned()) == ()
    assert carried_over(Holding(), (A,), sku(B), owned()) == ()


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
