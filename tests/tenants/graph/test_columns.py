"""Pages of users become columns."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.core.terms import Holding
from batch.tenants.graph import objects
from batch.tenants.graph.columns import Columns
from batch.tenants.graph.objects import Strange
from tests.tenants.graph.objects_as_json import HELD, Row, licence, person, state
from tests.tenants.small_tenant import E3, E4, SWAY, TEAMS, direct, upn, user


def columns(*pages: list[Row]) -> Columns:
    made = Columns()
    for page in pages:
        made.take(page)
    return made


def test_users_come_as_they_are_and_equal_holdings_are_one() -> None:
    rows = [person(n, userPrincipalName=upn(n).upper(), id=user(n).upper()) for n in range(3)]
    found = columns(rows[:2], rows[2:]).people()
    assert found.ids == [user(n) for n in range(3)]
    assert found.upns == [upn(n) for n in range(3)]
    assert found.names == ["User 0", "User 1", "User 2"]
    assert found.locations == ["FR"] * 3
    assert found.holding == [0, 0, 0]
    assert found.holdings == (direct(E4),)


def test_what_is_written_differently_and_means_the_same_is_one_holding() -> None:
    ways = [
        [state(off=(SWAY, TEAMS)), state(E3)],
        [state(E3.upper()), state(off=(TEAMS, SWAY))],
        [state(off=(SWAY, TEAMS), error=None), state(E3, lastUpdatedDateTime=None)],
    ]
    found = columns([person(n, states) for n, states in enumerate(ways)]).people()
    assert found.holding == [0, 0, 0]


@pytest.mark.parametrize(("states", "licences", "held"), HELD)
def test_a_page_means_what_a_single_read_means(states: list[Any], licences: list[Any], held: Holding) -> None:
    found = columns([person(0, states, licences), person(1, states, licences)]).people()
    assert [found.holdings[i] for i in found.holding] == [held, held]


SKU_IDS = st.sampled_from([E3, E4, E4.upper()])
PLANS = st.lists(st.sampled_from([SWAY, TEAMS]), max_size=2).map(tuple)
STATES = st.builds(state, SKU_IDS, off=PLANS, group=st.sampled_from([None, "", E3]))


@settings(max_examples=50)
@given(st.lists(st.tuples(st.lists(STATES, max_size=2), st.lists(st.builds(licence, SKU_IDS, off=PLANS), max_size=2))))
def test_whatever_they_hold_the_quick_way_finds_what_the_careful_one_does(
    held: list[tuple[list[Row], list[Row]]],
) -> None:
    rows = [person(n, *both) for n, both in enumerate(held)]
    found = columns(rows).people()
    assert [found.holdings[i] for i in found.holding] == [objects.holding(row) for row in rows]
    assert len(set(found.holdings)) == len(found.holdings)


def test_nulls_that_are_left_out_are_nulls() -> None:
    row = person(0, displayName=None, usageLocation=None)
    short = {key: value for key, value in person(1).items() if key not in {"displayName", "usageLocation"}}
    found = columns([row], [short, person(2)]).people()
    assert (found.names, found.locations) == (["", "", "User 2"], ["", "", "FR"])


def test_only_wanted_people_are_taken_and_strangers_are_not_looked_at() -> None:
    made = Columns()
    made.take([person(0, userPrincipalName=upn(0).upper()), person(1, [state("x")])], {upn(0)})
    made.take([person(2)], set())
    made.take([])
    assert made.found() == {upn(0)}
    assert len(made.people()) == 1


def test_who_came_on_two_pages_is_there_once() -> None:
    found = columns([person(0), person(1, [state(E3)])], [person(2), person(0, []), person(1)]).people()
    assert found.ids == [user(0), user(1), user(2)]
    assert found.upns == [upn(0), upn(1), upn(2)]
    assert [found.holdings[i] for i in found.holding] == [direct(E4), direct(E3), direct(E4)]


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"id": None}, "id is no GUID"),
        ({"id": "me"}, "id is no GUID"),
        ({"id": "x" * 36}, "id is no GUID"),
        ({"id": "é" * 36}, "id is no GUID"),
        ({"userPrincipalName": None}, "userPrincipalName is no text"),
        ({"userPrincipalName": ""}, "userPrincipalName is no text"),
        ({"userPrincipalName": ["a"]}, "userPrincipalName is no text"),
        ({"displayName": 7}, "displayName is no text"),
        ({"usageLocation": {"a": 1}}, "usageLocation is no text"),
        ({"assignedLicenses": None}, "assignedLicenses is no list of objects"),
        ({"licenseAssignmentStates": {"a": 1}}, "licenseAssignmentStates is no list of objects"),
        ({"licenseAssignmentStates": [state(assignedByGroup=[[]])]}, "assignedByGroup is no GUID"),
        ({"licenseAssignmentStates": [state(disabledPlans=SWAY)]}, "disabledPlans is no list"),
    ],
)
def test_a_strange_user_is_named(broken: Row, words: str) -> None:
    with pytest.raises(Strange, match=words) as caught:
        columns([person(0), person(1, **broken)])
    if "userPrincipalName" not in broken:
        assert f"user {upn(1)}: " in str(caught.value)


@pytest.mark.parametrize("row", [None, 5, "user", [], {}])
def test_no_user_at_all(row: Any) -> None:
    for wanted in (None, {upn(0)}):
        with pytest.raises(Strange):
            Columns().take([person(0), row], wanted)


def test_nobody_is_nobody() -> None:
    assert len(Columns().people()) == 0
