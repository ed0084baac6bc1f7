"""Undo as a decision: what was taken comes back as it was, and whom somebody changed since is left alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.core.changes import ChangeKind
from batch.core.outcomes import Bucket
from batch.core.rules import Rules
from batch.core.terms import Add, Assignment, Holding, ServicePlan, Sku, SkuStatus
from batch.core.undo import ask_back, decide_back

PLANS = tuple(ServicePlan(plan_id=p, name=p.upper()) for p in ("p", "q", "r"))
OWNED = {s: Sku(sku_id=s, part_number=s.upper(), name=s, plans=PLANS, enabled=9) for s in ("a", "b", "c")}


def held(sku, *off, group="", state="Active"):
    return Assignment(sku_id=sku, group=group, disabled=off, state=state)


def back(kind, now=None, owned=OWNED, *, located=True):
    return decide_back(kind.after if now is None else now, ask_back(kind), owned, Rules(), located=located)


BEFORE = Holding.of([held("a", "p"), held("c", "q", group="g")])
KIND = ChangeKind(BEFORE, ("a",), (Add("b", ("p", "r")),))


def test_what_was_taken_comes_back_with_what_was_off():
    decision = back(KIND)
    assert decision.bucket is Bucket.PLANNED
    assert decision.kind == ChangeKind(KIND.after, ("b",), (Add("a", ("p",)),))
    assert decision.kind.after == BEFORE


def test_services_of_a_licence_that_stayed_are_set_as_they_were():
    kind = ChangeKind(Holding.of([held("a"), held("b", "p", "q")]), ("a",), (Add("b", ("q",)),))
    assert back(kind).kind.after == kind.before


def test_somebody_changed_since_is_left_alone():
    assert back(KIND, Holding.of([*KIND.after.assignments, held("a")])).code == "changed_since"
    assert back(KIND, Holding.of([held("b", "p"), held("c", "q", group="g")])).code == "changed_since"
    assert back(KIND, Holding()).code == "changed_since"


def test_a_licence_given_since_by_a_group_counts_as_changed():
    assert back(KIND, Holding.of([*KIND.after.assignments, held("a", group="h")])).code == "changed_since"


def test_states_that_come_and_go_are_no_change():
    now = Holding.of(replace(a, state="ActiveWithError") for a in KIND.after.assignments)
    assert back(KIND, now).bucket is Bucket.PLANNED


def test_who_is_back_already_stays():
    assert back(KIND, BEFORE).code == "undone_already"


@pytest.mark.parametrize(
    ("owned", "code"),
    [
        ({k: v for k, v in OWNED.items() if k != "a"}, "sku_not_owned"),
        (OWNED | {"a": replace(OWNED["a"], status=SkuStatus.SUSPENDED)}, "sku_not_active"),
    ],
)
def test_what_cannot_be_given_back_is_refused(owned, code):
    assert back(KIND, owned=owned).code == code


def test_nothing_is_given_without_a_location():
    assert back(KIND, located=False).code == "no_location"


def test_a_licence_that_had_failed_is_not_given_back():
    kind = ChangeKind(Holding.of([held("a", state="Error"), held("c")]), ("a",), (Add("b"),))
    assert back(kind).kind == ChangeKind(kind.after, ("b",), ())


DISABLED = st.sets(st.sampled_from(["p", "q", "r"])).map(lambda s: tuple(sorted(s)))
DIRECT = st.dictionaries(st.sampled_from(sorted(OWNED)), DISABLED)


@given(DIRECT, st.sets(st.sampled_from(sorted(OWNED))), DIRECT)
def test_undoing_any_change_restores_the_before_image(before, remove, add):
    holding = Holding.of(held(s, *off) for s, off in before.items())
    goes = tuple(sorted(remove & before.keys() - add.keys()))
    kind = ChangeKind(holding, goes, tuple(Add(s, off) for s, off in sorted(add.items())))
    decision = back(kind)
    if kind.after == holding:
        assert decision.code == "undone_already"
    else:
        assert decision.kind.after == holding
