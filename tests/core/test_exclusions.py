"""Which service plans exclude each other and which need another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batch.core.exclusions import DOCUMENTED, FAMILIES, FORESEEN, NEEDS, REPORTED, Conflicts, forbidden
from batch.core.names import guid

EXCHANGE, SHAREPOINT = FAMILIES["Exchange Online"], FAMILIES["SharePoint Online"]
MAIL_1, MAIL_2 = EXCHANGE["EXCHANGE_S_STANDARD"], EXCHANGE["EXCHANGE_S_ENTERPRISE"]
FILES_1, FILES_2 = SHAREPOINT["SHAREPOINTSTANDARD"], SHAREPOINT["SHAREPOINTENTERPRISE"]
PROJECT = "fe71d6c3-a2ea-4499-9778-da042bf08063"
PHONE, CONFERENCING = "4828c8ec-dc2e-4779-b502-87ac9ce28ab7", "3e26ee1f-8a5f-4d52-aee2-b81ce45c8f40"
TEAMS, CALLING = "57ff2da0-773e-42df-b2af-ffb7a2317929", FAMILIES["PSTN calling"]["MCOPSTN1"]


def test_every_id_is_a_guid_in_lower_case_and_in_one_family():
    ids = [plan for plans in FAMILIES.values() for plan in plans.values()]
    assert len(set(ids)) == len(ids) == 42
    needs = NEEDS | REPORTED
    assert all(guid(plan) == plan for plan in (*ids, *needs, *(base for bases in needs.values() for base in bases)))


def test_two_of_a_family_clash_unless_the_pair_is_allowed():
    three = frozenset({MAIL_1, MAIL_2, FILES_1})
    assert DOCUMENTED.clashes(three) == {tuple(sorted((MAIL_1, MAIL_2)))}
    assert replace(DOCUMENTED, allowed=frozenset({frozenset({MAIL_1, MAIL_2})})).clashes(three) == set()
    assert Conflicts().clashes(three) == set()


def test_a_plan_needs_one_of_its_bases():
    assert DOCUMENTED.unmet(frozenset({PROJECT})) == {(PROJECT, (FILES_2,))}
    assert DOCUMENTED.unmet(frozenset({PROJECT, FILES_2})) == DOCUMENTED.unmet(frozenset({FILES_1})) == set()
    assert Conflicts().unmet(frozenset({PROJECT})) == set()


def test_what_is_only_reported_is_foreseen_and_no_tenants_rule():
    assert DOCUMENTED.unmet({PHONE, CONFERENCING, CALLING}) == set()
    assert {plan for plan, _ in FORESEEN.unmet({PHONE, CONFERENCING, CALLING})} == {PHONE, CONFERENCING}
    assert {plan for plan, _ in FORESEEN.unmet({CALLING, TEAMS})} == {CALLING}
    assert FORESEEN.unmet({PHONE, CONFERENCING, CALLING, TEAMS}) == set()


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ({MAIL_1}, {MAIL_2}, ""),
        ({MAIL_1}, {MAIL_1, MAIL_2}, "plans_conflict"),
        ({MAIL_1, MAIL_2}, {MAIL_1, MAIL_2, FILES_1}, ""),
        ({PROJECT, FILES_2}, {PROJECT, FILES_1}, "plan_dependency"),
        ({PROJECT}, {PROJECT, FILES_1}, ""),
        ({PROJECT, FILES_2}, {PROJECT, MAIL_1, MAIL_2}, "plans_conflict"),
    ],
)
def test_only_what_a_change_brings_about_is_forbidden(before, after, word):
    assert forbidden(before, after) == word
