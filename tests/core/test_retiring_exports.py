"""Retiring with nothing but exports: what they do not say is not known until a person says it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from batch.core.certificate import Verdict, certify
from batch.core.checklist import Mark
from batch.core.retiring import TENANT
from batch.core.retiring_exports import subscriptions_said
from tests.core.retired import FACTS, NEW, OLD, evidence

ANSWERS = {
    "exports_made_on": date(2026, 11, 23),
    "no_group_has_it": True,
    "new_licences_active": True,
    "one_subscription_each": True,
}


def certified(**answers):
    """As the wiring does it: purchases and groups are what a person says of them."""
    facts = {**ANSWERS, **answers}
    said = replace(FACTS, **facts)
    groups = () if said.no_group_has_it else None
    found = evidence(facts=facts, groups=groups, subscriptions=subscriptions_said((OLD, NEW), said), exported=True)
    return certify(found, {}, (), version="1", tenant="exports: users.csv")


def test_with_all_answers_it_is_safe_and_nothing_is_said_to_come_from_the_tenant():
    made = certified()
    assert made.verdict is Verdict.SAFE, [line for line in made.lines if line.mark is not Mark.PASS]
    assert not [line for line in made.lines if TENANT in line.source]
    (seats,) = (line.found for line in made.lines if line.rule == "C18")
    assert seats.startswith("1 subscription: Enabled, "), "an export has no id of it"


@pytest.mark.parametrize(
    ("answer", "rules"),
    [
        ("exports_made_on", {"C1"}),
        ("no_group_has_it", {"C3", "C6"}),
        ("new_licences_active", {"C6"}),
        ("one_subscription_each", {"C11", "C18", "C19"}),
    ],
)
def test_what_nobody_said_is_not_known_and_its_key_is_named(answer, rules):
    made = certified(**{answer: None})
    assert made.verdict is Verdict.UNKNOWN
    unknown = [line for line in made.lines if line.mark is Mark.UNKNOWN]
    assert {line.rule for line in unknown} >= rules
    assert any(answer in line.todo for line in unknown)


@pytest.mark.parametrize("answer", ["no_group_has_it", "new_licences_active", "one_subscription_each"])
def test_a_no_is_a_no(answer):
    assert certified(**{answer: False}).verdict is not Verdict.SAFE


@pytest.mark.parametrize("day", [date(2026, 11, 21), date(2026, 11, 25)])
def test_old_exports_prove_nothing(day):
    made = certified(exports_made_on=day)
    assert (made.verdict, made.lines[0].mark) == (Verdict.NOT_SAFE, Mark.FAIL)
