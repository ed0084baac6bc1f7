"""What reading costs: the documented table, whole, and the choice between two ways of reading."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.core.reading_cost import PAGE_SIZE, UNITS, Way, cheaper, units

DOCUMENTED = {
    "GET users": 2,
    "GET users/{id}": 1,
    "GET users/{id}/licenseDetails": 2,
    "GET users/{id}/memberOf": 2,
    "GET subscribedSkus": 3,
    "GET groups/{id}/members": 3,
    "POST users/{id}/assignLicense": 1,
    "GET organization": 1,
}


@pytest.mark.parametrize(
    ("request_", "select", "expand", "top"),
    list(product(DOCUMENTED, [False, True], [False, True], [None, 1, 19, 20, 999])),
)
def test_every_request_costs_what_is_documented(request_: str, *, select: bool, expand: bool, top: int | None) -> None:
    expected = DOCUMENTED[request_] - (1 if select else 0) + (1 if expand else 0)
    expected -= 1 if top in (1, 19) else 0
    assert units(request_, select=select, expand=expand, top=top) == max(1, expected)


def test_only_what_has_a_row_of_its_own_stands_in_the_table() -> None:
    assert {request: cost for request, cost in DOCUMENTED.items() if request in UNITS} == UNITS


@pytest.mark.parametrize(
    ("wanted", "holders", "way"),
    [
        (0, [], Way.SINGLE),
        (5000, [], Way.SINGLE),
        (0, [10], Way.SINGLE),
        (1, [0], Way.SINGLE),  # a tie: even an empty page costs one
        (2, [0], Way.PAGES),
        (1, [PAGE_SIZE], Way.SINGLE),
        (2, [PAGE_SIZE], Way.PAGES),
        (2, [PAGE_SIZE + 1], Way.SINGLE),
        (3, [PAGE_SIZE + 1], Way.PAGES),
        (3, [5, 5, 5], Way.SINGLE),
        (4, [5, 5, 5], Way.PAGES),
        (1000, [PAGE_SIZE * 999], Way.PAGES),
        (1000, [PAGE_SIZE * 1000], Way.SINGLE),
        (1000, [1_000_000], Way.SINGLE),
    ],
)
def test_the_cheaper_way_and_single_reads_at_a_tie(wanted: int, holders: list[int], way: Way) -> None:
    assert cheaper(wanted, holders) is way


@given(wanted=st.integers(0, 10**6), holders=st.lists(st.integers(0, 10**7), max_size=5), more=st.integers(0, 10**6))
def test_more_people_never_speak_for_single_reads_and_more_holders_never_for_pages(
    wanted: int, holders: list[int], more: int
) -> None:
    if cheaper(wanted, holders) is Way.PAGES:
        assert cheaper(wanted + more, holders) is Way.PAGES
    elif holders:
        assert cheaper(wanted, [*holders, more]) is Way.SINGLE


@given(wanted=st.integers(0, 3000), holders=st.lists(st.integers(0, 10**6), min_size=1, max_size=5))
def test_no_way_is_chosen_that_costs_more(wanted: int, holders: list[int]) -> None:
    pages = sum(max(1, (held + PAGE_SIZE - 1) // PAGE_SIZE) for held in holders)
    cost = {Way.PAGES: pages, Way.SINGLE: wanted}
    assert cost[cheaper(wanted, holders)] == min(cost.values())
