"""Changes of a group's own licences: every member moves, and the rows of its members share one change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from batch.core.changes import ChangeKind
from batch.core.estate import Groups
from batch.core.rules import Rules
from batch.core.terms import Add, Assignment, Holding, People, Way, group_key


def on_group(kind: ChangeKind, members: People) -> ChangeKind:
    """The change of a group with the number of its members, and the seats that they take and give back together."""
    seats: Counter[str] = Counter()
    for moved, count in each_member(kind, members):
        held, after = moved.before.sku_ids, moved.after.sku_ids
        seats.update(dict.fromkeys(after - held, count))
        seats.subtract(dict.fromkeys(held - after, count))
    taken = tuple(sorted((sku, count) for sku, count in seats.items() if count))
    return replace(kind, people=len(members), seats=taken)


def each_member(kind: ChangeKind, members: People) -> Iterator[tuple[ChangeKind, int]]:
    """What a change of a group does to its members, once for all who hold the same, and how many they are."""
    add = tuple(Add(a.sku_id, a.disabled) for a in kind.after.assignments)
    for number, count in sorted(Counter(members.holding).items()):
        holding = members.holdings[number]
        # What a member holds besides, even of the same SKU, stays.
        yield ChangeKind(holding, (), add, way=Way.MEMBERSHIP, join=kind.join, leave=(kind.join,)), count


def failed(members: People, group_id: str) -> tuple[tuple[str, str], ...]:
    """The members to whom the group could not give something: lower-case UPN and the state, by name."""
    odd = {
        number: states
        for number, holding in enumerate(members.holdings)
        if (states := sorted({a.state for a in holding.through(group_id)} - {"Active", "Disabled"}))
    }
    found = ((upn, odd[h][0]) for upn, h in zip(members.upns, members.holding, strict=True) if h in odd)
    return tuple(sorted(found))


class GroupMove(NamedTuple):
    """A group whose own licences change: how many members it has, and how many of them the sheets name."""

    group_id: str
    name: str
    members: int
    named: int


def with_groups(people: People, groups: Groups) -> People:
    """The people, and behind them each group of ``groups.members`` as if it were one more person.

    Its id is its ``group_key``; its place in the order of names is that of its label; it holds what it gives.
    """
    ids = sorted(groups.members)
    gives = [groups.known[group].licences if group in groups.known else () for group in ids]
    holdings = (
        Holding.of(Assignment(sku_id=a.sku_id, group=group, disabled=a.disabled) for a in licences)
        for group, licences in zip(ids, gives, strict=True)
    )
    return People(
        [*people.ids, *map(group_key, ids)],
        [*people.upns, *(f"{groups.label(group)} (group {group})" for group in ids)],
        [*people.names, *map(groups.label, ids)],
        [*people.locations, *("" for _ in ids)],
        [*people.holding, *range(len(people.holdings), len(people.holdings) + len(ids))],
        (*people.holdings, *holdings),
    )


def asked_of_groups(kinds: Iterable[ChangeKind | None]) -> dict[str, tuple[set[ChangeKind], list[int]]]:
    """Group id → the different changes of its licences that are asked, and where; moves in or out of it count too."""
    found: dict[str, tuple[set[ChangeKind], list[int]]] = {}
    listed = [(n, kind) for n, kind in enumerate(kinds) if kind and kind.way is not Way.DIRECT]
    for n, kind in listed:
        if kind.way is Way.GROUP:
            asked, numbers = found.setdefault(kind.join, (set(), []))
            asked.add(kind)
            numbers.append(n)
    for n, kind in listed:
        if kind.way is Way.MEMBERSHIP:
            for group in found.keys() & {kind.join, *kind.leave}:
                found[group][0].add(kind)
                found[group][1].append(n)
    return found


def why_not(group_id: str, members: People, rules: Rules) -> str:
    """The reason word for which the licences of this group are left as they are; empty for none."""
    held = (a.group for holding in members.holdings for a in holding.assignments)
    safe = group_id in rules.protected_groups or not rules.protected_groups.isdisjoint(held)
    return "protected" if safe or not rules.protected.isdisjoint(members.upns) else ""
