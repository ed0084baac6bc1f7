"""Rules that follow each other from night to night."""

from __future__ import annotations

import pytest

from batch.core.errors import UsageError
from batch.core.move_rules import MoveRule
from batch.core.rule_hops import check_circles, hops, hops_said


def rules(*said):
    """Rules from texts: ``A>B`` or ``A>B+C``, with ``:dept,dept`` and ``@nl`` behind."""
    found = []
    for text in said:
        move, _, location = text.partition("@")
        move, _, department = move.partition(":")
        holds, _, to = move.partition(">")
        found.append(
            MoveRule(
                holds=holds,
                to=tuple(to.split("+")),
                departments=tuple(filter(None, department.split(","))),
                locations=tuple(filter(None, [location])),
            )
        )
    return found


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (["A>B", "C>D"], ()),
        (["A>B", "B>C"], ((0, 1),)),
        (["A>B", "B>C", "C>D"], ((0, 1), (1, 2))),
        # Nobody is in both departments; somebody is in one of two.
        (["A>B:HR", "B>C:IT"], ()),
        (["A>B:HR,IT", "B>C:it "], ((0, 1),)),
        (["A>B@nl", "B>C@DE"], ()),
        # Those of B whom the second would fit are moved straight on by the first.
        (["A>C:HR", "A>B", "B>C:HR"], ()),
        (["A>C:HR", "A>B", "B>C"], ((1, 2),)),
        (["A>X+B", "B>C"], ((0, 1),)),
    ],
)
def test_who_fits_another_rule_afterwards(said, found):
    assert hops(rules(*said)) == found
    assert len(hops_said(rules(*said))) == len(found)
    check_circles(rules(*said))


@pytest.mark.parametrize(
    ("said", "named"),
    [
        (["A>B", "B>A"], "rule 1, then rule 2"),
        (["X>Y", "A>B:HR", "B>C", "C>A:hr,IT"], "rule 2, then rule 3, then rule 4"),
        (["A>B@NL", "B>A:HR"], "rule 1, then rule 2"),
    ],
)
def test_a_circle_is_refused(said, named):
    with pytest.raises(UsageError, match=f"in a circle: {named}, and"):
        check_circles(rules(*said))


def test_what_looks_like_a_circle_and_is_none():
    check_circles(rules("A>B:HR", "B>A:IT"))
    check_circles(rules("A>B@NL", "B>A@DE"))
