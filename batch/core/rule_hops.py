"""Rules that follow each other: whom one rule moves today, another may move on once a later sheet says what they hold.

By hand a sheet is planned once, and everybody moves once. In the nights a new sheet comes every day: a chain takes one
more step each night, and a circle never ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from batch.core.errors import UsageError
from batch.core.move_rules import MoveRule, one_form

#: Rule numbers, 0 first: whom the first moves fits the second afterwards.
Hop = tuple[int, int]


def hops(rules: Sequence[MoveRule]) -> tuple[Hop, ...]:
    """Which rule takes over from which, for anybody who holds no more than the rules say; ``rules`` with SKU ids."""
    return tuple(dict.fromkeys(hop for found in _by_place(rules) for hop in found))


def check_circles(rules: Sequence[MoveRule]) -> None:
    """``UsageError`` for rules that would move the same people back again, night after night."""
    for found in _by_place(rules):
        if circle := _circle(found):
            named = ", then ".join(f"rule {number + 1}" for number in circle)
            raise UsageError(
                f"The rules move the same people in a circle: {named}, and from the beginning with the next sheet.",
                "Say for whom each of them is (department, usage_location), so that nobody whom one of them moves "
                "fits the other.",
            )


def hops_said(rules: Sequence[MoveRule]) -> tuple[str, ...]:
    """A sentence for each rule that takes over from another, for those who read the plan."""
    return tuple(
        f"Whom rule {before + 1} moves fits rule {after + 1} afterwards: a later sheet will move them once more."
        for before, after in hops(rules)
    )


def _by_place(rules: Sequence[MoveRule]) -> Iterator[list[Hop]]:
    """The hops of the people of each department and country that the rules name, and of all others."""
    departments = {one_form(name) for rule in rules for name in rule.departments} | {""}
    locations = {one_form(name) for rule in rules for name in rule.locations} | {""}
    for department, location in product(sorted(departments), sorted(locations)):
        first: dict[str, int] = {}
        for number, rule in enumerate(rules):
            if _fits(rule.departments, department) and _fits(rule.locations, location):
                first.setdefault(rule.holds, number)
        yield [(before, first[sku]) for before in first.values() for sku in rules[before].to if sku in first]


def _fits(asked: Sequence[str], said: str) -> bool:
    return not asked or said in map(one_form, asked)


def _circle(found: Sequence[Hop]) -> list[int]:
    """The rules of a circle in their order, from the lowest; empty where there is none."""
    after: dict[int, list[int]] = {}
    for before, number in found:
        after.setdefault(before, []).append(number)
    for start in sorted(after):
        way, seen = [[start]], {start}
        while way:
            path = way.pop()
            for number in after.get(path[-1], ()):
                if number == start:
                    return path
                if number not in seen:
                    seen.add(number)
                    way.append([*path, number])
    return []
