"""How long to wait: the hint wins, the cap holds, the rest is exponential with some spread."""

from __future__ import annotations

import math
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from batch.core.pace import Policy, jitter, wait_for

CHANGES = st.integers(0, 10**6)
TRIES = st.integers(1, 65535)
POLICIES = st.builds(Policy, backoff=st.floats(0.01, 10), longest_wait=st.floats(1, 1000))


@given(CHANGES, TRIES)
def test_jitter_is_in_its_range_and_always_the_same(change: int, tries: int) -> None:
    assert 0 <= jitter(change, tries) < 1
    assert jitter(change, tries) == jitter(change, tries)


def test_jitter_spreads_a_crowd() -> None:
    spread = sorted(jitter(change, 1) for change in range(1000))
    assert spread[0] < 0.01
    assert spread[-1] > 0.99
    assert max(b - a for a, b in pairwise(spread)) < 0.01
    assert len({jitter(7, tries) for tries in range(1, 11)}) == 10


@given(POLICIES, CHANGES, TRIES, st.one_of(st.floats(), st.just(-1.0)))
def test_no_wait_is_longer_than_the_cap_or_below_zero(policy: Policy, change: int, tries: int, hint: float) -> None:
    assert 0 <= wait_for(policy, change, tries, hint) <= policy.longest_wait


@given(POLICIES, CHANGES, TRIES, st.floats(0, 1e9))
def test_a_hint_is_kept_and_wins(policy: Policy, change: int, tries: int, hint: float) -> None:
    wait = wait_for(policy, change, tries, hint)
    assert wait >= min(hint, policy.longest_wait)
    assert wait <= hint + min(1.0, hint * 0.1)


@given(POLICIES, CHANGES, st.integers(1, 40))
def test_without_a_hint_it_doubles_between_half_and_whole(policy: Policy, change: int, tries: int) -> None:
    whole = min(policy.backoff * 2.0 ** min(tries - 1, 16), policy.longest_wait)
    wait = wait_for(policy, change, tries, -1.0)
    assert whole / 2 <= wait <= whole
    assert wait_for(policy, change, tries, math.nan) == wait


@given(POLICIES, CHANGES, st.integers(1, 16))
def test_its_bounds_never_fall(policy: Policy, change: int, tries: int) -> None:
    assume(policy.backoff * 2.0**tries <= policy.longest_wait)
    # The least of the next try is the most of this one.
    assert wait_for(policy, change, tries + 1, -1.0) >= wait_for(policy, change, tries, -1.0)


def test_a_policy_is_the_same_after_the_journal() -> None:
    policy = Policy(group_size=7, settle=2.5, stop_at=0.1)
    assert Policy.from_json(policy.to_json()) == policy
    assert Policy.from_json("") == Policy()
