"""What was switched off stays off, what was on is not lost, and what is new is as the rules say."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from batch.core.rules import NewServices, Rules
from batch.core.services import Standing, restores
from batch.core.successors import TIERS
from batch.core.terms import Add, Assignment, Holding, ServicePlan, Sku
from tests.core.worlds import PLANS, A, B, C, D, direct, grouped, sku

P0, P1, P2, P3 = PLANS
plan_sets = st.sets(st.sampled_from(PLANS)).map(lambda s: tuple(sorted(s)))


def owned():
    return {s.sku_id: s for s in (sku(A), sku(B), sku(C))}


def carried_over(holding, remove, target, skus):
    return tuple(sorted(Standing(holding, remove, skus).carried_over(target)))


def lost(holding, remove, new, skus):
    missing = Standing(holding, remove, skus).lost(new)
    assert set(missing.values()) <= {-1}, "a service without tiers is on or not"
    return set(missing)


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


# --- a service is the same in every tier ---------------------------------------------------------------------------

K, E1, E3, E5 = TIERS["Forms"].values()
MAIL_1, MAIL_2 = list(TIERS["Exchange Online"].values())[1:]
APPS = TIERS["Office apps"]["OFFICESUBSCRIPTION"]
ARCHIVE, LOSS, SHARED = (
    "176a09a6-7ec5-4039-ac02-b2791c6ba793",
    "9bec7e34-c9fa-40b7-a9d1-bd6d1165c7ed",
    "276d6e8a-f056-4f70-b7e8-4fc27f79f809",
)


def pack(sku_id: str, *plans: str, company: tuple[str, ...] = ()) -> Sku:
    listed = tuple(ServicePlan(plan_id=p, name=f"NAME_{p[:4].upper()}") for p in plans)
    wide = tuple(ServicePlan(plan_id=p, name="WIDE", applies_to="Company") for p in company)
    return Sku(sku_id=sku_id, part_number=sku_id, name=sku_id, plans=listed + wide, enabled=9)


def by_id(*packs: Sku) -> dict[str, Sku]:
    return {p.sku_id: p for p in packs}


def test_off_in_one_tier_stays_off_in_another():
    for old, new in ((E3, E5), (E5, E3), (E3, K)):
        skus = by_id(pack(A, old, P1), pack(B, new, P1))
        assert carried_over(Holding.of([direct(A, old)]), (A,), skus[B], skus) == (new,)
        assert carried_over(Holding.of([direct(A)]), (A,), skus[B], skus) == ()


def test_on_in_another_tier_is_on():
    skus = by_id(pack(A, E3), pack(B, E5), pack(C, K))
    assert carried_over(Holding.of([direct(A, E3), direct(C)]), (A, C), skus[B], skus) == ()
    assert carried_over(Holding.of([direct(A, E3), direct(C)]), (), skus[B], skus) == ()


def test_what_is_company_wide_is_never_named():
    skus = by_id(pack(A, P0, P1), pack(B, P1, company=(P0,)))
    assert carried_over(Holding.of([direct(A, P0, P1)]), (A,), skus[B], skus) == (P1,)
    assert new_ones(Holding.of([direct(A)]), by_id(pack(A, P1), pack(B, P2, company=(P0,)))) == {P2}


def test_a_service_in_a_lower_tier_is_missing_from_the_higher_one():
    skus = by_id(pack(A, E5), pack(B, E3), pack(C, K))
    standing = Standing(Holding.of([direct(A), direct(C)]), (A,), skus)
    assert standing.lost(()) == {"Forms": 0}
    assert standing.lost([Add(B)]) == {"Forms": 2}
    assert standing.lost([Add(A)]) == {}
    assert [restores(p, {"Forms": 1}) for p in (K, E1, E3, E5, P0)] == [False, False, True, True, False]


def test_a_service_that_has_another_within_it_gives_it():
    skus = by_id(pack(A, MAIL_2, APPS), pack(B, MAIL_1, ARCHIVE, LOSS, SHARED, P0))
    holding = Holding.of([direct(A)])
    assert new_ones(holding, skus) == {P0}
    assert Standing(holding, (A,), skus).lost([Add(B, (ARCHIVE, LOSS))]).keys() == {
        "Exchange Online",
        "Office apps",
        ARCHIVE,
        LOSS,
    }
    back = by_id(pack(A, MAIL_1, ARCHIVE), pack(B, MAIL_2))
    assert Standing(holding, (A,), back).lost([Add(B)]) == {}
    # An archive alone does not make a mailbox.
    assert new_ones(Holding.of([direct(A, MAIL_1)]), back) == {MAIL_2}


# --- what is new ---------------------------------------------------------------------------------------------------


def new_ones(holding: Holding, skus: dict[str, Sku], **rules: object) -> set[str]:
    """What is left off in B when A goes."""
    return Standing(holding, (A,), skus).left_off(skus[B], Rules(**rules))  # type: ignore[arg-type]


def test_only_what_was_on_in_any_tier_is_inherited():
    skus = by_id(pack(A, E3, P0), pack(B, E5, P0, P1, P2), pack(C, P2))
    assert new_ones(Holding.of([direct(A)]), skus) == {P1, P2}
    assert new_ones(Holding.of([direct(A, E3)]), skus) == {E5, P1, P2}
    assert new_ones(Holding.of([direct(A), direct(C)]), skus) == {P1}
    assert new_ones(Holding.of([direct(A), grouped(C)]), skus) == {P1}
    # What stays in another tier needs no second one.
    assert new_ones(Holding.of([direct(A, E3), direct(C)]), skus | by_id(pack(C, K, P2))) == {E5, P1}
    assert new_ones(Holding.of([direct(A, E3), direct(C)]), skus | by_id(pack(C, E5, P2))) == {P1}
    lower = skus | by_id(pack(B, E1, P0), pack(C, E5))
    assert new_ones(Holding.of([direct(A), direct(C)]), lower) == {E1}
    assert new_ones(Holding.of([direct(A), direct(C)]), lower | by_id(pack(A, E1, P0))) == set(), "it was on"
    assert new_ones(Holding.of([direct(A), grouped(C, P2), grouped(C, state="Error")]), skus) == {P1, P2}


def test_all_of_what_is_new_or_what_the_template_names():
    skus = by_id(pack(A, P0), pack(B, P0, P1, P2, P3))
    holding = Holding.of([direct(A)])
    assert new_ones(holding, skus, new_services=NewServices.ALL_ON) == set()
    skus[B] = sku(B, plans=(P0, P1, P2, P3))
    template = frozenset({"plan_1", P2})
    assert new_ones(holding, skus, new_services=NewServices.TEMPLATE, template=template) == {P3}
    skus[B] = sku(B, plans=(P0,))
    assert new_ones(holding, skus, new_services=NewServices.TEMPLATE, template=template) == set()


def test_where_nobody_knows_what_the_old_one_had_nothing_is_left_off():
    assert new_ones(Holding.of([direct(A)]), by_id(pack(A), pack(B, P1))) == set()
    assert new_ones(Holding.of([direct(A)]), by_id(pack(B, P1))) == set()
    assert new_ones(Holding.of([direct(A)]), by_id(pack(A, P1), pack(B))) == set()


def test_what_a_failed_licence_was_to_give_is_not_new():
    failed = Assignment(sku_id=A, disabled=(P0,), state="Error")
    assert new_ones(Holding.of([failed]), by_id(pack(A, P0, P1), pack(B, P0, P1, P2))) == {P0, P2}


def test_the_heir_is_what_shares_the_most_services():
    skus = by_id(pack(A, E3, MAIL_2, P0), pack(B, E5, MAIL_2), pack(C, P0, P1, P2, P3), pack(D, P3))
    standing = Standing(Holding.of([direct(A)]), (A,), skus)
    assert standing.heirs((B, C)) == {B}
    assert standing.heirs((C,)) == {C}
    assert standing.heirs((D,)) == set(), "nothing in common: given on top"
    assert standing.heirs(()) == set()
    assert Standing(Holding.of([direct(A)]), (), skus).heirs((B,)) == set(), "nothing goes"
    skus[B] = pack(B, P0)
    assert Standing(Holding.of([direct(A)]), (A,), skus).heirs((B, C)) == {B, C}
