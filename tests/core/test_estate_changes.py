"""What became different between two looks at a tenant, for people, services, seats, subscriptions and groups."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.core.estate import LicensingGroup, Organisation, Subscription
from batch.core.estate_changes import Picture, difference
from batch.core.estate_words import Names, difference_lines, taking_long
from batch.core.terms import Add, Holding, ServicePlan, Sku, SkuStatus
from tests.core.worlds import NAMES, PLAN_NAMES, PLANS, A, B, C, direct, grouped, people_of, sku

WORDS = Names(skus=NAMES, plans=PLAN_NAMES)
SKUS = tuple(sku(s) for s in (A, B, C))
PURCHASE = Subscription(
    subscription_id="s1", commerce_id="c", sku_id=A, part_number="ALPHA", status=SkuStatus.ENABLED, total=5
)
GROUP = LicensingGroup(group_id="g1", name="Staff", licences=(Add(A),), processing="ProcessingComplete")
FORMS_E3, FORMS_E5 = "2789c901-c14e-48ab-a76a-be334d9d793a", "e212cbc7-0961-4c40-9825-01117710dcb1"


def picture(holdings, skus=SKUS, subscriptions=(PURCHASE,), groups=(GROUP,)):
    people = people_of({f"{name}@x.example": Holding.of(held) for name, held in holdings.items()})
    return Picture(Organisation(tenant_id="t", name="Contoso"), tuple(skus), subscriptions, groups, people)


def turns(before, after, skus=SKUS):
    found = difference(picture(before, skus), picture(after, skus))
    return {upn.partition("@")[0]: turn for upn, turn in found.people}


def test_an_upgrade_that_left_somebody_out():
    before = {"ann": [direct(A, PLANS[0])], "bob": [direct(A)], "cas": [direct(A), direct(B)], "dee": [direct(C)]}
    after = {"ann": [direct(B)], "cas": [direct(B)], "dee": [direct(C)]}
    found = turns(before, after)
    assert (found["ann"].lost, found["ann"].gained, found["ann"].came_on) == ((A,), (B,), (PLANS[0],))
    assert found["bob"].left_bare
    assert not found["cas"].left_bare, "has what the others were given"
    assert "dee" not in found
    lines = "\n".join(difference_lines(difference(picture(before), picture(after)), WORDS))
    assert "3 of 4 people changed." in lines
    assert "GOT NONE: 1 people: bob@x.example" in lines
    assert "1  Alpha → Beta; was off and is on: PLAN_0" in lines


def test_a_service_that_comes_on_in_its_next_tier_is_named():
    def own(sku_id, plan):
        return Sku(sku_id=sku_id, part_number=sku_id, name=sku_id, plans=(ServicePlan(plan_id=plan, name=plan),))

    found = turns({"ann": [direct(A, FORMS_E3)]}, {"ann": [direct(B)]}, (own(A, FORMS_E3), own(B, FORMS_E5)))
    assert found["ann"].came_on == (FORMS_E5,)


@pytest.mark.parametrize(
    ("before", "after", "came_on"),
    [
        ([direct(A, PLANS[0])], [direct(A)], (PLANS[0],)),
        ([direct(A, PLANS[0]), direct(B)], [direct(B)], ()),  # it was on in Beta all the time
        ([direct(A)], [direct(A, PLANS[0])], ()),
        ([direct(A, PLANS[0])], [direct(B, PLANS[0])], ()),
        ([direct(A, PLANS[0])], [grouped(B, state="Error"), direct(A, PLANS[0])], ()),
    ],
)
def test_services_that_were_off_and_are_on(before, after, came_on):
    turn = turns({"ann": before}, {"ann": after}).get("ann")
    assert (turn.came_on if turn else ()) == came_on


def test_seats_subscriptions_and_groups():
    before = picture({}, groups=(GROUP, replace(GROUP, group_id="g2")))
    after = picture(
        {},
        skus=(sku(A, enabled=7), *SKUS[1:]),
        subscriptions=(replace(PURCHASE, status=SkuStatus.SUSPENDED), replace(PURCHASE, subscription_id="s2")),
        groups=(replace(GROUP, processing="ProcessingInProgress"), replace(GROUP, group_id="g3", licences=(Add(B),))),
    )
    found = difference(before, after)
    assert [(s.name, s.seats_before, s.seats_after) for s in found.seats] == [("Alpha", 100, 7)]
    assert [(a and a.status, b and b.subscription_id) for a, b in found.subscriptions] == [
        (SkuStatus.ENABLED, "s1"),
        (None, "s2"),
    ]
    assert [(a and a.group_id, b and b.group_id) for a, b in found.groups] == [("g2", None), (None, "g3")]
    lines = "\n".join(difference_lines(found, WORDS))
    assert "Alpha (s1): 5 licences, Enabled → 5 licences, Suspended" in lines
    assert "Alpha (s2) is new: 5 licences, Enabled" in lines
    assert "Staff (g3): nothing → Beta" in lines


def test_what_a_snapshot_lists_only_because_somebody_holds_it_is_no_seat():
    gone = Sku(sku_id="gone", part_number="gone", name="gone", consumed=3, status=SkuStatus.DELETED)
    assert difference(picture({}, (*SKUS, gone)), picture({})).is_empty


HOLDINGS = st.lists(
    st.builds(lambda s, off: direct(s, *off), st.sampled_from((A, B, C)), st.sets(st.sampled_from(PLANS), max_size=2)),
    max_size=2,
    unique_by=lambda a: a.sku_id,
)
PEOPLE = st.dictionaries(st.sampled_from(("ann", "bob", "cas", "dee")), HOLDINGS)


@settings(max_examples=50)
@given(PEOPLE, PEOPLE)
def test_laws(before, after):
    """Nothing differs from itself; back is the reverse of there; whoever lost all is left bare."""
    one, other = picture(before), picture(after)
    assert difference(one, one).is_empty
    there, back = dict(difference(one, other).people), dict(difference(other, one).people)
    for upn, turn in there.items():
        if turn.lost or turn.gained:
            assert (back[upn].lost, back[upn].gained) == (turn.gained, turn.lost)
        name = upn.partition("@")[0]
        if before.get(name) and not after.get(name):
            assert turn.left_bare
    assert sum(n for _, n in difference(one, other).turns) == len(there)


def test_alarms():
    nothing = difference(picture({}), picture({}))
    both = difference(picture({"ann": [direct(A)]}), picture({"ann": [direct(A), direct(B)]}))
    done = difference(picture({"ann": [direct(A)]}), picture({"ann": [direct(B)]}))
    assert taking_long(9 * 60, nothing) == ""
    assert taking_long(10 * 60, nothing).startswith("For information: 10 minutes")
    assert taking_long(59 * 60, both).startswith("For information")
    assert taking_long(60 * 60, both).startswith("Warning: 60 minutes")
    assert taking_long(600 * 60, done) == ""
    assert list(difference_lines(nothing, WORDS)) == ["Nothing changed: 0 people looked at."]
