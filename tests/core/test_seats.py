"""Who goes and who waits: the greedy rule, written out again the slow way."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.core.seats import Seating, Shortage, seat

KEYS = ("a", "b", "c")
skus = st.sets(st.sampled_from(KEYS), max_size=2).map(lambda s: tuple(sorted(s)))
classes = st.lists(st.tuples(skus, skus), min_size=1, max_size=5, unique=True)


@st.composite
def cases(draw: st.DrawFn):
    kinds = draw(classes)
    which = draw(st.lists(st.integers(0, len(kinds) - 1), max_size=14))
    free = draw(st.dictionaries(st.sampled_from(KEYS), st.integers(-3, 5)))
    return kinds, which, free


def slowly(kinds, which, free):
    """The earliest mover whose seats are all free goes, until nobody can."""
    free = dict(free)
    left = list(range(len(which)))
    order = []
    while (n := next((n for n in left if all(free.get(s, 0) > 0 for s in kinds[which[n]][0])), None)) is not None:
        left.remove(n)
        order.append(n)
        for s in kinds[which[n]][0]:
            free[s] = free.get(s, 0) - 1
        for s in kinds[which[n]][1]:
            free[s] = free.get(s, 0) + 1
    return order, left, free


@settings(max_examples=80, deadline=None)
@given(cases())
def test_the_earliest_who_can_goes_first(case):
    kinds, which, free = case
    order, left, _ = slowly(kinds, which, free)
    seating = seat(kinds, which, free)
    assert seating.order == order
    assert sorted(seating.order + left) == list(range(len(which)))


@settings(max_examples=80, deadline=None)
@given(cases())
def test_shortages_name_who_goes_without_and_the_seats_that_would_do(case):
    kinds, which, free = case
    _, left, end = slowly(kinds, which, free)
    shortages = seat(kinds, which, free).shortages
    assert bool(shortages) == bool(left)
    assert list(shortages) == sorted(shortages, key=lambda s: (s.first, s.sku_id))
    for found in shortages:
        wanting = [n for n in left if found.sku_id in kinds[which[n]][0]]
        have = end.get(found.sku_id, 0)
        assert found.first == wanting[max(have, 0)]
        assert found.lacking == len(wanting) - max(have, 0) > 0
        assert found.seats == len(wanting) - have
    short = {s.sku_id for s in shortages}
    assert all(short.intersection(kinds[which[n]][0]) for n in left), "everybody left is in a shortage"
    bought = {s.sku_id: s.seats for s in shortages}
    then = {s: end.get(s, 0) + bought.get(s, 0) for s in KEYS}
    again = seat(kinds, [which[n] for n in left], then)
    assert again == Seating(list(range(len(left))), ()), "with those seats everybody who is left goes"


MOVE, BACK = (("b",), ("a",)), (("a",), ("b",))


def test_nobody_moves():
    assert seat([], [], {}) == seat([MOVE], [], {"b": 0}) == Seating([], ())


def test_enough_seats_for_all():
    assert seat([MOVE, BACK], [0, 1, 0], {"a": 1, "b": 2}) == Seating([0, 1, 2], ())


def test_a_freed_seat_feeds_who_waits_before_who_comes_later():
    # 0 waits for b; 1 frees one; 0 goes before 2, who needs the same.
    assert seat([MOVE, BACK], [0, 1, 0], {"a": 1, "b": 0}) == Seating(
        [1, 0, 2][:2], (Shortage(sku_id="b", first=2, lacking=1, seats=1),)
    )


def test_two_full_products_that_swap_stand_still():
    seating = seat([MOVE, BACK], [0, 1], {"a": 0, "b": 0})
    assert seating.order == []
    assert [(s.sku_id, s.first, s.lacking) for s in seating.shortages] == [("b", 0, 1), ("a", 1, 1)]


def test_one_seat_is_enough_for_a_chain():
    assert seat([MOVE, BACK], [0, 1, 0, 1], {"a": 0, "b": 1}).order == [0, 1, 2, 3]


def test_the_first_of_a_shortage_and_how_many():
    (shortage,) = seat([MOVE], [0] * 5, {"b": 3}).shortages
    assert shortage == Shortage(sku_id="b", first=3, lacking=2, seats=2)


def test_an_over_allocated_product_has_to_be_freed_up_first():
    seating = seat([MOVE, BACK], [1, 1, 1, 0], {"a": 9, "b": -2})
    assert seating.order == [0, 1, 2, 3]
    (shortage,) = seat([MOVE, BACK], [1, 0, 0], {"a": 9, "b": -2}).shortages
    assert shortage == Shortage(sku_id="b", first=1, lacking=2, seats=3)


def test_a_product_that_nobody_counts_has_no_seats():
    (shortage,) = seat([MOVE], [0], {}).shortages
    assert shortage == Shortage(sku_id="b", first=0, lacking=1, seats=1)


def test_who_needs_no_seat_always_goes():
    assert seat([((), ("a",)), MOVE], [1, 0], {"b": 0}).order == [1]


def test_who_needs_two_products_is_short_of_both():
    found = seat([(("a", "b"), ())], [0, 0], {"a": 0, "b": 1}).shortages
    assert [(s.sku_id, s.first, s.lacking) for s in found] == [("a", 0, 2), ("b", 1, 1)]


@pytest.mark.parametrize("kinds", [[MOVE], [MOVE, BACK]])
def test_ten_times_the_movers_take_about_ten_times_as_long(kinds):
    def spent(size: int) -> float:
        which = [n % len(kinds) for n in range(size)]
        best = 9e9
        for _ in range(2):
            start = time.process_time()
            seating = seat(kinds, which, {"a": 1, "b": size // 3})
            best = min(best, time.process_time() - start)
        assert len(seating.order) >= size // 3
        return best

    spent(1_000)
    assert spent(100_000) / spent(10_000) < 20
