"""Whether the runs, alone or with a file, know everybody who held a product before the first of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batch.core.facts import Facts
from batch.core.identities import Was
from batch.core.retiring import Baseline
from batch.core.terms import Assignment, Holding
from batch.wiring.retiring_baseline import _late, _with_runs, baseline_of
from batch.wiring.retiring_runs import Told
from tests.core.retired import E4, MOVES, upn

NOW = frozenset[str]()
EXPLAINED = Facts(unexplained_seats=1, unexplained_by="Bo", unexplained_why="deleted users")


def told(consumed, *people, begun=50.0, left=()):
    """A run that found so many seats in use, and moved these people."""
    moves = replace(MOVES, before=tuple(Was(upn(n), f"id{n}") for n in people))
    seated = frozenset(upn(n) for n in people)
    return Told(moves=moves, sources=(), begun=begun, consumed=consumed, seated=seated, left=frozenset(map(upn, left)))


def file(*people, taken_at=10.0, ids=True):
    holders = tuple(Was(upn(n), f"id{n}" if ids else "") for n in people)
    return Baseline(source="before", taken_at=taken_at, holders=holders, whole=True, restorable=ids)


@pytest.mark.parametrize(
    ("runs", "facts", "whole"),
    [
        ([told(3, 0, 1, 2)], Facts(), True),
        ([told(4, 0, 1, 2)], Facts(), False),
        ([told(4, 0, 1, 2)], EXPLAINED, True),
        ([told(4, 0, 1, 2)], replace(EXPLAINED, unexplained_by=None), False),
        ([told(4, 0, 1), told(2, 2, 3)], Facts(), True),
        # Two lost it between the runs: the last one knew all who were left, and that proves nothing.
        ([told(6, 0, 1), told(2, 2, 3)], Facts(), False),
        ([told(3, 0, 1), told(1, 1, 0)], Facts(), False),  # the same people twice
        ([told(3, 0, 1, left=[2])], Facts(), False),  # who was not moved and is gone since
        ([told(0)], Facts(), False),
    ],
)
def test_all_runs_together_know_as_many_as_seats_were_in_use_before_the_first(runs, facts, whole):
    found = baseline_of(runs, NOW, facts)
    assert found.whole is whole
    assert bool(found.doubt) is not whole


def test_who_was_left_alone_and_holds_it_still_is_known():
    assert baseline_of([told(3, 0, 1, left=[2])], frozenset({upn(2)}), Facts()).whole
    assert baseline_of([], NOW, Facts()) is None


@pytest.mark.parametrize(
    ("baseline", "runs", "facts", "whole"),
    [
        (file(0, 1, 2), [told(3, 0, 1)], Facts(), True),
        (file(0, 1), [told(3, 0, 1)], Facts(), False),
        (file(0, 1), [told(3, 0, 1)], EXPLAINED, True),
        (file(0, 1), [told(3, 0, 2)], Facts(), True),  # the third got it after the copy was made
        (file(0, 1, ids=False), [told(3, 0, 2)], Facts(), False),  # an export may have been filtered
        (file(), [told(0)], Facts(), False),
        (file(0, 1), [], Facts(), False),
        (file(0, 1), [], Facts(baseline_is_whole=True), True),
        (file(), [], Facts(baseline_is_whole=True), False),
    ],
)
def test_a_file_is_whole_when_the_first_run_or_somebody_says_so(baseline, runs, facts, whole):
    found = _with_runs(baseline, runs, facts)
    assert found.whole is whole
    assert bool(found.doubt) is not whole


@pytest.mark.parametrize(
    ("taken_at", "begun", "certain"), [(10, 50, True), (60, 50, False), (60, 0, True), (0, 50, False)]
)
def test_a_copy_is_from_before_the_first_run_began(taken_at, begun, certain):
    assert (not _late(file(0, taken_at=taken_at), [told(1, 0, begun=begun)], itself=False)) is certain


def test_the_image_from_before_the_first_run_counts_and_nobody_stands_there_twice():
    first, then = (Holding.of([Assignment(sku_id=E4, disabled=off)]) for off in ((), ("x",)))
    # A run on a group knows people by name alone.
    runs = [
        replace(run, moves=replace(run.moves, before=(Was(upn(0), "id0", had), Was(upn(1), "", had))))
        for run, had in ((told(2, 0, 1), first), (told(2, 0, 1), then))
    ]
    assert [was.had for was in baseline_of(runs, NOW, Facts()).holders] == [first] * 2
    assert {was.upn: was.had for was in _with_runs(file(0, 1, ids=False), runs, Facts()).holders} == {
        upn(0): first,
        upn(1): first,
    }
    assert len(_with_runs(file(0, 1), runs, Facts()).holders) == 2
