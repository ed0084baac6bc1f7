"""Limits and shortage: when a plan needs a second word, and what it says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batch.core.data_services import ARCHIVES
from batch.core.guard import Limits, guards, moved_share
from batch.core.hazards import VOICE
from batch.core.plan import make_plan
from batch.core.rules import Rules
from batch.core.terms import Holding, ServicePlan
from tests.core.test_plan import small
from tests.core.worlds import A, B, C, direct, sku, snapshot_of

NAMES = {A: "Alpha", B: "Beta"}
NONE = Limits()


def movers(count: int, *, seats: int = 100, others: int = 0):
    """A plan that moves ``count`` people from Alpha to Beta; ``others`` more hold Alpha."""
    held = {f"u{n:03}@x.nl": Holding.of([direct(A)]) for n in range(count)}
    world = small(held, *((u, "Alpha", "Beta") for u in held), seats=seats)
    alpha, *rest = world.snapshot.skus
    skus = (replace(alpha, consumed=count + others), *rest)
    return replace(world, snapshot=replace(world.snapshot, skus=skus)).plan()[1]


def test_no_limits_no_guards():
    assert guards(movers(5), NONE, NAMES) == ()


@pytest.mark.parametrize(("limit", "held"), [(4, True), (5, False), (6, False), (0, True)])
def test_too_many_people(limit, held):
    found = guards(movers(5), Limits(max_changes=limit), NAMES)
    assert [g.code for g in found] == (["max_changes"] if held else [])
    if held:
        assert found[0].word == "--allow-large"
        assert found[0].what == f"The plan moves 5 people; the limit is {limit} (--max-changes)."


@pytest.mark.parametrize(("limit", "held"), [(0.0, True), (0.49, True), (0.5, False), (1.0, False)])
def test_too_large_a_share(limit, held):
    plan = movers(5, others=5)
    assert moved_share(plan) == 0.5
    found = guards(plan, Limits(max_share=limit), NAMES)
    assert [(g.code, g.word) for g in found] == ([("max_share", "--allow-large")] if held else [])


def test_the_share_in_words():
    (guard,) = guards(movers(5, others=5), Limits(max_share=0.2), NAMES)
    assert guard.what == "The plan moves 50% of the people who hold what it takes away; the limit is 20% (--max-share)."


def test_a_share_just_over_the_limit_does_not_read_like_the_limit():
    (guard,) = guards(movers(101, others=99, seats=200), Limits(max_share=0.504), NAMES)
    assert "moves 50.5% of" in guard.what
    assert "limit is 50.4% " in guard.what


def test_shares_that_differ_in_nothing_that_can_be_said_are_still_held_back():
    (guard,) = guards(movers(1, others=1), Limits(max_share=0.5 - 1e-12), NAMES)
    assert guard.what.count("50.000000%") == 2


def test_the_share_is_the_largest_over_the_products_and_at_most_all():
    held = {f"a{n}@x.nl": Holding.of([direct(A)]) for n in range(4)} | {"c@x.nl": Holding.of([direct(C)])}
    world = small(held, ("a0@x.nl", "Alpha", "Beta"), ("c@x.nl", "Gamma", "Beta"))
    assert moved_share(world.plan()[1]) == 1.0
    world = small(held, ("a0@x.nl", "Alpha", "Beta"))
    assert moved_share(world.plan()[1]) == 0.25
    assert moved_share(replace(world.plan()[1], skus=())) == 1.0


def test_seats_that_are_said_to_be_fewer_than_people_make_no_share_over_one():
    plan = movers(4)
    understated = tuple(replace(s, consumed=1) for s in plan.skus)
    assert moved_share(replace(plan, skus=understated)) == 1.0


def test_no_changes_no_share():
    plan = movers(0)
    assert moved_share(plan) == 0.0
    assert guards(plan, Limits(max_changes=0, max_share=0.0), NAMES) == ()


def test_only_giving_takes_no_share_away():
    world = small({"a@x.nl": Holding.of([direct(A)])}, ("a@x.nl", "", "Gamma"))
    plan = replace(world, tables=world.tables).plan()[1]
    assert len(plan.changes) == 1
    assert moved_share(plan) == 0.0


def test_a_shortage_names_the_product_the_first_person_and_the_seats():
    (guard,) = guards(movers(5, seats=3), NONE, NAMES)
    assert (guard.code, guard.word) == ("short", "--allow-short")
    assert guard.what == (
        "2 people find no seat of Beta; the first is u003@x.nl. "
        "Buy 2 seats: 5 people need one, nobody gives one back, 3 are free. Or move those who fit."
    )


def test_one_person_without_a_seat():
    (guard,) = guards(movers(4, seats=3), NONE, {})
    assert guard.what == (
        f"1 person finds no seat of {B}; the first is u003@x.nl. "
        "Buy 1 seat: 4 people need one, nobody gives one back, 3 are free. Or move those who fit."
    )


def test_a_ring_is_told_and_where_to_buy():
    held = {"a@x.nl": Holding.of([direct(A)]), "b@x.nl": Holding.of([direct(B)])}
    world = small(held, ("a@x.nl", "Alpha", "Beta"), ("b@x.nl", "Beta", "Alpha"))
    skus = (sku(A, enabled=1, consumed=1), sku(B, enabled=1, consumed=1))
    plan = replace(world, snapshot=snapshot_of(skus, world.snapshot.people)).plan()[1]
    assert [g.what for g in guards(plan, NONE, NAMES)] == [
        "1 person finds no seat of Alpha; the first is b@x.nl. Buy 1 seat: 1 person needs one, 1 gives one back, none "
        "is free. Alpha → Beta → Alpha is a ring of moves with no seat to spare; one more of any of these sets it "
        "going. Then 1 person finds a seat of Beta as well. Or move those who fit.",
    ]


def test_seats_that_come_free_once_others_are_bought_are_told_with_these():
    """Two from Alpha to Beta, one each from Beta to Gamma and from Gamma to Beta, with no seat to spare."""
    held = {f"a{n}@x.nl": Holding.of([direct(A)]) for n in range(2)}
    held |= {"b@x.nl": Holding.of([direct(B)]), "c@x.nl": Holding.of([direct(C)])}
    into = dict(zip(held, (("Alpha", "Beta"), ("Alpha", "Beta"), ("Beta", "Gamma"), ("Gamma", "Beta")), strict=True))
    world = small(held, *((user, *row) for user, row in into.items()))
    skus = tuple(replace(s, enabled=s.consumed) for s in world.snapshot.skus)
    plan = replace(world, snapshot=replace(world.snapshot, skus=skus)).plan()[1]
    (guard,) = guards(plan, NONE, NAMES)
    assert guard.what == (
        "3 people find no seat of Beta; the first is a0@x.nl. Buy 2 seats: 3 people need one, 1 gives one back, none "
        f"is free. Then 1 person finds a seat of {C} as well. Or move those who fit."
    )
    nobody_named = replace(plan, shortages=plan.shortages[1:], short_first=plan.short_first[1:])
    (guard,) = guards(nobody_named, NONE, NAMES)
    assert guard.what.startswith("Beta: buy 2 seats.")
    assert guard.what.endswith(f"Then 1 person finds a seat of {C} as well.")


def test_seats_that_rows_blocked_for_a_hazard_would_give_back_are_told():
    plan = ServicePlan(plan_id=min(VOICE), name="VOICE")
    voice = replace(sku(B, enabled=2, consumed=2), plans=(plan,))
    held = {"a@x.nl": Holding.of([direct(A)]), **{f"b{n}@x.nl": Holding.of([direct(B)]) for n in range(2)}}
    rows = [("a@x.nl", "Alpha", "Beta"), ("b0@x.nl", "Beta", "Gamma"), ("b1@x.nl", "Beta", "Gamma")]
    world = small(held, *rows)
    alpha, _, gamma = world.snapshot.skus
    world = replace(world, snapshot=replace(world.snapshot, skus=(alpha, voice, gamma)))
    (guard,) = guards(world.plan()[1], NONE, NAMES)
    assert guard.what == (
        "1 person finds no seat of Beta; the first is a@x.nl. Buy 1 seat: 1 person needs one, nobody gives one back, "
        "none is free. It comes free once the rows that are blocked for a hazard move (--accept voice). "
        "Or move those who fit."
    )
    requests = world.requests()
    assert guards(make_plan(requests, world.snapshot, Rules(accepted=frozenset({"voice"}))), NONE, NAMES) == ()
    # Of two hazards the one that was accepted is not named again.
    both = replace(voice, plans=(plan, ServicePlan(plan_id=min(ARCHIVES), name="ARCHIVE")))
    both_go = replace(world.snapshot, skus=(alpha, both, gamma))
    for accepted, named in ((set(), "voice,archive"), ({"voice"}, "archive")):
        (guard,) = guards(make_plan(requests, both_go, Rules(accepted=frozenset(accepted))), NONE, NAMES)
        assert f"(--accept {named})" in guard.what


def test_what_is_to_be_bought_is_said_even_where_nobody_is_named_for_it():
    plan = movers(5, seats=3)
    plan = replace(plan, shortages=(), short_first=())
    (guard,) = guards(plan, NONE, NAMES)
    assert guard.what == "Beta: buy 2 seats. 5 people need one, nobody gives one back, 3 are free."


def test_more_seats_than_people_are_missing_where_too_many_were_given_out():
    world = small({"a@x.nl": Holding.of([direct(A)])}, ("a@x.nl", "Alpha", "Beta"))
    skus = (sku(A, consumed=1), sku(B, enabled=10, consumed=13))
    plan = replace(world, snapshot=snapshot_of(skus, world.snapshot.people)).plan()[1]
    (guard,) = guards(plan, NONE, NAMES)
    assert guard.what == (
        "1 person finds no seat of Beta; the first is a@x.nl. "
        "Buy 4 seats: 1 person needs one, nobody gives one back, 3 more are given out than there are. "
        "Or move those who fit."
    )


def test_every_reason_is_named():
    found = guards(movers(5, seats=3), Limits(max_changes=1, max_share=0.1), NAMES)
    assert [g.code for g in found] == ["max_changes", "max_share", "short"]
