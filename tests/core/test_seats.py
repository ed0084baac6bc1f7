"""In which order people go, how many seats to buy, and who goes meanwhile; held against everything that is possible."""

from __future__ import annotations

import time
from collections import Counter
from functools import reduce
from operator import or_

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.core.chains import Chains
from batch.core.purchase import Need, Purchase
from batch.core.seats import Seating, Shortage, seat
from batch.core.token_graph import TokenGraph
from tests.core.brute_seats import added, all_can_go, fewest_to_buy, seats_after, sets_that_can_go

KEYS = ("a", "b", "c", "d")
LAWS = settings(max_examples=40, deadline=None)
one = st.sampled_from(KEYS).map(lambda s: (s,)) | st.just(())
one_for_one = st.tuples(one, one)
skus = st.sets(st.sampled_from(KEYS), max_size=2).map(lambda s: tuple(sorted(s)))
several = st.tuples(skus, skus).filter(lambda pair: not set(pair[0]) & set(pair[1]))
#: As a change of a group has: so many seats of each.
many = st.lists(st.sampled_from(KEYS), max_size=3).map(lambda s: tuple(sorted(s)))
any_kind = several | st.tuples(many, many).filter(lambda pair: not set(pair[0]) & set(pair[1]))


@st.composite
def cases(draw: st.DrawFn, moves=one_for_one, least: int = 0, most: int = 6):
    kinds = draw(st.lists(moves, min_size=1, max_size=5, unique=True))
    which = draw(st.lists(st.integers(0, len(kinds) - 1), max_size=most))
    free = {s: draw(st.integers(least, 2)) for s in KEYS}
    return kinds, which, free


def bits(places):
    return sum(1 << n for n in places)


# -- laws for every kind of move


@LAWS
@given(cases(any_kind, least=-2, most=12))
def test_the_order_is_one_in_which_everybody_finds_a_seat_and_nobody_is_left_who_could_go(case):
    kinds, which, free = case
    seating = seat(kinds, which, free)
    have, left = dict(free), set(range(len(which)))
    for n in seating.order:
        left.remove(n)
        takes = Counter(kinds[which[n]][0])
        assert all(have[s] >= count for s, count in takes.items())
        have = seats_after([kinds[which[n]]], have, 1)
    assert all(any(have[s] < count for s, count in Counter(kinds[which[n]][0]).items()) for n in left)


@LAWS
@given(cases(any_kind, most=10), st.integers(0, 3))
def test_with_enough_seats_for_all_at_once_nobody_changes_places(case, more):
    kinds, which, _ = case
    free = {s: sum(kinds[c][0].count(s) for c in which) + more for s in KEYS}
    assert seat(kinds, which, free) == Seating(list(range(len(which))), ())


@LAWS
@given(cases(any_kind, least=-2, most=12))
def test_shortages_name_who_goes_without(case):
    kinds, which, free = case
    seating = seat(kinds, which, free)
    left = sorted(set(range(len(which))).difference(seating.order))
    end = seats_after([kinds[c] for c in which], free, bits(seating.order))
    assert bool(seating.shortages) == bool(seating.purchase.needs) == bool(left)
    assert list(seating.shortages) == sorted(seating.shortages, key=lambda s: (s.first, s.sku_id))
    for found in seating.shortages:
        room, lacking = max(end[found.sku_id], 0), []
        for n in left:
            wanted = kinds[which[n]][0].count(found.sku_id)
            lacking += [n] * wanted if wanted > room else []
            room -= wanted if wanted <= room else 0
        assert (found.first, found.lacking) == (lacking[0], len(lacking))
        assert found.seats == seating.purchase.seats.get(found.sku_id, 0)
    short = {s.sku_id for s in seating.shortages}
    assert all(short.intersection(kinds[which[n]][0]) for n in left), "everybody left is in a shortage"


@LAWS
@given(cases(any_kind, least=-1, most=5))
def test_with_the_seats_that_it_says_everybody_goes_and_it_says_honestly_whether_fewer_would_do(case):
    kinds, which, free = case
    found = seat(kinds, which, free).purchase
    again = seat(kinds, which, added(free, found.seats))
    assert len(again.order) == len(which)
    assert again.purchase == Purchase()
    fewest = fewest_to_buy([kinds[c] for c in which], free)
    assert sum(found.least.values()) <= fewest <= found.total
    assert fewest == found.total or not found.exact


# -- laws for moves of one for another


@LAWS
@given(cases(least=-1))
def test_one_for_one_nobody_is_called_short_who_could_go_and_the_number_to_buy_is_exact(case):
    kinds, which, free = case
    movers = [kinds[c] for c in which]
    seating = seat(kinds, which, free)
    assert (len(seating.order) == len(which)) == all_can_go(movers, free)
    assert seating.purchase.exact
    assert seating.purchase.total == fewest_to_buy(movers, free)
    for need in seating.purchase.needs:
        taken = sum(need.sku_id in takes for takes, _ in movers)
        given_back = sum(need.sku_id in frees for _, frees in movers)
        assert (need.taken, need.given, need.free) == (taken, given_back, free[need.sku_id])
        assert need.seats == need.least == max(0, taken - given_back - need.free) + bool(need.ring)
        ways = {(frees[0], takes[0]) for takes, frees in movers if takes and frees}
        assert ways.issuperset(zip(need.ring, need.ring[1:], strict=False)), "people really go that way round"
        assert need.ring[:1] == need.ring[-1:]


@LAWS
@given(cases(most=20))
def test_one_for_one_one_person_a_sku_at_most_lets_others_pass_who_need_the_same(case):
    kinds, which, free = case
    seating = seat(kinds, which, added(free, seat(kinds, which, free).purchase.seats))
    assert len(seating.order) == len(which)
    for sku in KEYS:
        takers = [n for n in seating.order if kinds[which[n]][0] == (sku,)]
        assert takers[:-1] == sorted(takers[:-1]), "all but the last exit keep their order"


def counts(places, levels):
    return [sum(levels[n] == level for n in places) for level in (1, 2, 3)]


@LAWS
@given(cases(most=7), st.data())
def test_one_for_one_as_many_as_can_be_of_the_first_priority_go_then_of_the_second(case, data):
    """As far as the count of seats goes; where that leaves a ring without a seat, no level loses for a lower one."""
    kinds, which, free = case
    levels = sorted(data.draw(st.lists(st.integers(1, 3), min_size=len(which), max_size=len(which))))
    movers = [kinds[c] for c in which]
    graph = TokenGraph.of(kinds, np.bincount(np.array(which, dtype=int), minlength=len(kinds)).tolist())
    lines = [[n for n, c in enumerate(which) if c == kind] for kind in range(len(kinds))]
    chains = Chains(graph, lines, [free[s] for s in graph.skus], levels, frozenset())
    chains.close()
    going = sorted(chains.places())
    possible = sets_that_can_go(movers, free)
    able = reduce(or_, possible)
    ends = {n: seats_after(movers, free, n) for n in range(1 << len(which)) if n | able == able}
    balanced = [[m for m in range(len(which)) if n >> m & 1] for n, end in ends.items() if min(end.values()) >= 0]
    assert counts(going, levels) == max(counts(n, levels) for n in balanced)
    went = seat(kinds, which, free, levels).order

    def most(of):
        return max(counts([m for m in range(len(which)) if n >> m & 1], levels) for n in possible if n | of == of)

    if bits(going) in possible:
        assert sorted(went) == going
        assert counts(went, levels) == most(able)
    assert counts(went, levels) >= most(bits(going))


@LAWS
@given(cases(least=-2, most=14))
def test_one_for_one_nobody_is_passed_over_for_somebody_who_is_asked_the_same(case):
    kinds, which, free = case
    went = set(seat(kinds, which, free).order)
    for c in range(len(kinds)):
        alike = [n in went for n, of in enumerate(which) if of == c]
        assert alike == sorted(alike, reverse=True)


@LAWS
@given(cases(st.tuples(st.sampled_from([("a",), ("b",)]), st.sampled_from([("c",), ("d",), ()])), most=14))
def test_where_nobody_waits_for_what_they_leave_the_first_in_rank_go(case):
    kinds, which, free = case
    went = set(seat(kinds, which, free).order)
    for sku in ("a", "b"):
        takers = [n in went for n, c in enumerate(which) if kinds[c][0] == (sku,)]
        assert takers == sorted(takers, reverse=True)


# -- examples

MOVE, BACK = (("b",), ("a",)), (("a",), ("b",))


def buy(sku, seats, taken, given_back, free, ring=()):
    return Need(sku_id=sku, seats=seats, least=seats, taken=taken, given=given_back, free=free, ring=ring)


def test_nobody_moves():
    assert seat([], [], {}) == seat([MOVE], [], {"b": 0}) == Seating([], (), Purchase())


def test_enough_seats_for_all():
    assert seat([MOVE, BACK], [0, 1, 0], {"a": 1, "b": 2}) == Seating([0, 1, 2], ())


def test_a_freed_seat_feeds_who_waits_before_who_comes_later():
    # 0 waits for b; 1 frees one; 0 goes before 2, who needs the same.
    assert seat([MOVE, BACK], [0, 1, 0], {"a": 1, "b": 0}) == Seating(
        [1, 0],
        (Shortage(sku_id="b", first=2, lacking=1, seats=1),),
        Purchase((buy("b", 1, taken=2, given_back=1, free=0),)),
    )


@pytest.mark.parametrize("which", [[0, 1] * 20, [0] * 20 + [1] * 20, [1] * 20 + [0] * 20, [0, 0, 1] * 10 + [1] * 10])
@pytest.mark.parametrize("free", [{"a": 0, "b": 1}, {"a": 1, "b": 0}])
def test_swaps_both_ways_need_one_seat(which, free):
    assert sorted(seat([MOVE, BACK], which, free).order) == list(range(40))


def test_two_full_products_that_swap_stand_still_until_there_is_one_seat():
    seating = seat([MOVE, BACK], [0, 1], {"a": 0, "b": 0})
    assert seating.order == []
    assert [(s.sku_id, s.first, s.lacking, s.seats) for s in seating.shortages] == [("b", 0, 1, 0), ("a", 1, 1, 1)]
    assert seating.purchase.needs == (buy("a", 1, taken=1, given_back=1, free=0, ring=("a", "b", "a")),)


def test_the_seat_of_a_ring_is_of_the_product_that_is_most_wanted():
    ring = [MOVE, (("c",), ("b",)), BACK, (("b",), ("c",))]
    (need,) = seat(ring, [0, 1, 2, 3], {}).purchase.needs
    assert (need.sku_id, need.seats) == ("b", 1)
    assert need.ring[0] == need.ring[-1] == "b"


def test_a_way_out_is_not_used_up_before_those_behind_it_are_through():
    # With one seat of b: were 0 to go first, a would be free and nobody could ever take the others' places.
    way_out, loop, back = (("b",), ("z",)), (("b",), ("c",)), (("c",), ("b",))
    seating = seat([way_out, loop, back], [0, 1, 2], {"b": 1})
    assert seating == Seating([1, 2, 0], ())


def test_one_seat_is_enough_for_a_chain():
    assert seat([MOVE, BACK], [0, 1, 0, 1], {"a": 0, "b": 1}).order == [0, 1, 2, 3]


def test_those_who_swap_are_not_kept_back_for_others_who_take_the_same():
    # 2 and 3 swap. One b is missing; that 2 stays would help nobody, as 3 then finds no a.
    seating = seat([MOVE, BACK, (("b",), ("z",))], [2, 2, 0, 1], {"b": 1})
    assert sorted(seating.order) == [0, 2, 3]
    assert seating.shortages == (Shortage(sku_id="b", first=1, lacking=1, seats=1),)


def test_an_urgent_person_goes_at_the_cost_of_several_less_urgent_ones():
    # One b is missing. Either 0 stays, or both 1 and 2, as nobody else gives c back.
    kinds, which = [(("b",), ("z",)), (("b",), ("c",)), (("c",), ("z",))], [0, 1, 2]
    assert seat(kinds, which, {"b": 1}).order == [1, 2]
    assert seat(kinds, which, {"b": 1}, [1, 2, 2]).order == [0]


OUT, INTO = (("c",), ()), (("c",), ("a",))


def test_who_brings_a_seat_into_a_ring_goes_before_his_equals():
    # One c is free, and two want it; only 1 gives back an a, and without one nobody of the ring can start.
    went = seat([OUT, INTO, MOVE, BACK], [0, 1] + [2] * 50 + [3] * 50, {"c": 1}).order
    assert sorted(went) == list(range(1, 102))


def test_a_ring_waits_for_whoever_is_more_urgent():
    kinds, which = [OUT, INTO, MOVE, BACK], [0, 1, 2, 3]
    assert seat(kinds, which, {"c": 1}, [1, 2, 2, 2]).order == [0]
    assert sorted(seat(kinds, which, {"c": 1}, [1, 1, 2, 2]).order) == [1, 2, 3]
    # Of the first level two go instead of one.
    assert sorted(seat(kinds, which, {"c": 1}, [1, 1, 1, 2]).order) == [1, 2, 3]


def test_one_ring_starts_the_next():
    on, there, back = (("b",), ("d",)), (("e",), ("d",)), (("d",), ("e",))
    kinds, which = [OUT, INTO, MOVE, BACK, on, there, back], [0, 1] + [2, 3] * 9 + [4] + [5, 6] * 9
    # Besides 0, who only takes the c, one of the first ring stays for the sake of the 18 of the second.
    assert set(range(39)).difference(seat(kinds, which, {"c": 1}).order) == {0, 18}


@pytest.mark.parametrize("over", [-1, -5, -10, -200])
def test_an_over_allocated_product_does_not_swallow_the_seat_that_others_pass_round(over):
    # Who leaves a for b uses up the one b, as a takes it in; 100 pairs can swap b and c with it before.
    kinds = [MOVE, (("c",), ("b",)), (("b",), ("c",)), (("a",), ("c",))]
    seating = seat(kinds, [0] * 100 + [1] * 100 + [2] * 100 + [3] * 5, {"a": over, "b": 1})
    assert len(seating.order) >= 201


def test_who_takes_two_and_gives_back_one_stands_behind_those_who_swap():
    several = (("a", "b"), ("c",))
    went = seat([several, MOVE, BACK], [0] * 5 + [1] * 50 + [2] * 50, {"a": 1, "b": 1}).order
    assert len(went) == 101


def test_the_first_of_a_shortage_and_how_many():
    (shortage,) = seat([MOVE], [0] * 5, {"b": 3}).shortages
    assert shortage == Shortage(sku_id="b", first=3, lacking=2, seats=2)


def test_a_shortage_that_others_seats_will_end_needs_none_of_its_own():
    # 1 gives back the c that 0 needs, as soon as there is a b for him.
    seating = seat([(("c",), ("a",)), (("b",), ("c",))], [0, 1], {})
    assert seating.shortages == (
        Shortage(sku_id="c", first=0, lacking=1, seats=0),
        Shortage(sku_id="b", first=1, lacking=1, seats=1),
    )


def test_an_over_allocated_product_has_to_be_freed_up_first():
    seating = seat([MOVE, BACK], [1, 1, 1, 0], {"a": 9, "b": -2})
    assert seating.order == [0, 1, 2, 3]
    (shortage,) = seat([MOVE, BACK], [1, 0, 0], {"a": 9, "b": -2}).shortages
    assert shortage == Shortage(sku_id="b", first=1, lacking=2, seats=3)


def test_a_ring_whose_seats_make_up_for_what_was_given_out_too_often():
    # One a is free and one b too many is out: who comes back to b brings no seat, and the others find none.
    found = seat([MOVE, BACK], [0, 1, 1], {"a": 1, "b": -1}).purchase
    assert (found.total, found.exact) == (1, True)


def test_a_product_that_nobody_counts_has_no_seats():
    (shortage,) = seat([MOVE], [0], {}).shortages
    assert shortage == Shortage(sku_id="b", first=0, lacking=1, seats=1)


def test_who_needs_no_seat_always_goes():
    assert seat([((), ("a",)), MOVE], [1, 0], {"b": 0}).order == [1]


def test_who_needs_two_products_is_short_of_both():
    found = seat([(("a", "b"), ())], [0, 0], {"a": 0, "b": 1})
    assert [(s.sku_id, s.first, s.lacking, s.seats) for s in found.shortages] == [("a", 0, 2, 2), ("b", 1, 1, 1)]
    assert (found.purchase.total, found.purchase.exact) == (3, True)


def test_what_several_at_once_need_may_be_a_bound_and_is_called_so():
    # Both give back what the other takes, and neither can begin: one seat of each, or perhaps fewer.
    found = seat([(("a", "b"), ("c", "d")), (("c", "d"), ("a", "b"))], [0, 1], {}).purchase
    assert (found.total, sum(found.least.values()), found.exact) == (2, 1, False)


def test_a_change_of_a_group_goes_with_all_its_seats_or_not_at_all():
    group, one_back = (("b",) * 3, ("a",) * 3), (("c",), ("b",))
    assert seat([group, one_back], [0, 1], {"b": 2, "c": 1}).order == [1, 0]
    seating = seat([group, MOVE], [0, 1], {"b": 2})
    assert seating.order == [1]
    assert seating.shortages == (Shortage(sku_id="b", first=0, lacking=3, seats=2),)
    assert seating.purchase.needs == (buy("b", 2, taken=4, given_back=0, free=2),)


def test_beside_a_change_of_a_group_people_still_swap():
    # First come, first served, 1 would take the only b, and 3 and 4 could not swap.
    group, out = (("c",) * 2, ("d",) * 2), (("b",), ("z",))
    seating = seat([group, MOVE, BACK, out], [0, 3, 3, 1, 2], {"b": 1, "c": 2})
    assert sorted(seating.order) == [0, 1, 3, 4]


@pytest.mark.parametrize(("kinds", "free"), [([MOVE], 1), ([MOVE, BACK], 1)])
def test_ten_times_the_movers_take_about_ten_times_as_long(kinds, free):
    def spent(size: int) -> float:
        which = [n * len(kinds) // size for n in range(size)]
        best = 9e9
        for _ in range(2):
            start = time.process_time()
            seat(kinds, which, {"a": 0, "b": free})
            best = min(best, time.process_time() - start)
        return best

    spent(1_000)
    assert spent(60_000) / spent(6_000) < 20
