"""What became different between two looks at a whole tenant: people, services, seats, subscriptions, groups.

Nobody here asked for the changes; somebody else made them (the Upgrade tab, say), and this says what they were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TypeVar

from batch.core.estate import LicensingGroup, Organisation, Subscription
from batch.core.successors import tier
from batch.core.terms import Holding, People, Sku, SkuStatus

V = TypeVar("V")

_NOTHING = Holding()


@dataclass(frozen=True, slots=True)
class Picture:
    """A tenant as it was read whole, at one moment. ``people`` are those who hold a licence in any way."""

    organisation: Organisation
    skus: tuple[Sku, ...]
    subscriptions: tuple[Subscription, ...]
    groups: tuple[LicensingGroup, ...]
    people: People


@dataclass(frozen=True, slots=True)
class Turn:
    """What became of one person's licences, the same for everybody who held the same and holds the same."""

    #: SKU ids that are no longer held, and those that were not held before; sorted.
    lost: tuple[str, ...]
    gained: tuple[str, ...]
    #: Service plans that were off and are on: those that somebody had switched off, or what took their place.
    came_on: tuple[str, ...]

    #: Something went, nothing came for it, and this person does not hold what others were given for it.
    left_bare: bool = False

    def __bool__(self) -> bool:
        return bool(self.lost or self.gained or self.came_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatChange:
    """One product's seats before and after."""

    sku_id: str
    name: str
    seats_before: int
    seats_after: int
    used_before: int
    used_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Everything that became different. People are those whose turn is not empty, by UPN."""

    people: tuple[tuple[str, Turn], ...]
    #: Each turn with how many people took it, the most first.
    turns: tuple[tuple[Turn, int], ...]
    #: How many people were looked at on either side.
    looked_at: int
    seats: tuple[SeatChange, ...]
    #: Purchases before and after, where they are not the same; a missing side is None.
    subscriptions: tuple[tuple[Subscription | None, Subscription | None], ...]
    #: Groups whose licences are not what they were; a missing side is None.
    groups: tuple[tuple[LicensingGroup | None, LicensingGroup | None], ...]

    @property
    def bare(self) -> tuple[str, ...]:
        """UPNs of people who lost a licence and were given none."""
        return tuple(upn for upn, turn in self.people if turn.left_bare)

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed at all."""
        return not (self.people or self.seats or self.subscriptions or self.groups)


def difference(before: Picture, after: Picture) -> Difference:
    """What changed from ``before`` to ``after``. Linear in the number of people."""
    people, looked_at = _people(before, after)
    turns = Counter(turn for _, turn in people)
    return Difference(
        people=tuple(sorted(people, key=lambda one: one[0])),
        turns=tuple(sorted(turns.items(), key=lambda one: (-one[1], one[0].lost, one[0].gained, one[0].came_on))),
        looked_at=looked_at,
        seats=tuple(_seats(before.skus, after.skus)),
        subscriptions=_pairs(before.subscriptions, after.subscriptions, attrgetter("subscription_id")),
        groups=_pairs(
            [replace(g, processing="") for g in before.groups],
            [replace(g, processing="") for g in after.groups],
            attrgetter("group_id"),
        ),
    )


def _people(before: Picture, after: Picture) -> tuple[list[tuple[str, Turn]], int]:
    """Everybody whose turn is not empty, by name; and how many people there were in all. People are known by id."""
    old = dict(zip(before.people.ids, before.people.holding, strict=True))
    new = dict(zip(after.people.ids, after.people.holding, strict=True))
    names = dict(zip(before.people.ids, before.people.upns, strict=True))
    names |= dict(zip(after.people.ids, after.people.upns, strict=True))
    had, has = before.people.holdings, after.people.holdings
    plans = _plans(before.skus), _plans(after.skus)
    pairs = [(old.get(user, -1), new.get(user, -1)) for user in names]
    turns = {
        (was, now): _turn(had[was] if was >= 0 else _NOTHING, has[now] if now >= 0 else _NOTHING, *plans)
        for was, now in set(pairs)
    }
    instead: dict[str, set[str]] = {}
    for turn in turns.values():
        for sku_id in turn.lost:
            instead.setdefault(sku_id, set()).update(turn.gained)
    for pair, turn in turns.items():
        held = has[pair[1]].sku_ids if pair[1] >= 0 else frozenset()
        bare = not turn.gained and any(held.isdisjoint(instead[sku_id]) for sku_id in turn.lost)
        turns[pair] = replace(turn, left_bare=bare)
    found = ((upn, turns[pair]) for upn, pair in zip(names.values(), pairs, strict=True))
    return [(upn, turn) for upn, turn in found if turn], len(names)


def _plans(skus: Iterable[Sku]) -> dict[str, frozenset[str]]:
    return {sku.sku_id: sku.plan_ids for sku in skus}


def _turn(
    had: Holding, has: Holding, plans_before: Mapping[str, frozenset[str]], plans_after: Mapping[str, frozenset[str]]
) -> Turn:
    off = {plan for a in had.assignments for plan in a.disabled} - _on(had, plans_before)
    # A service that was switched off came on, be it in another tier.
    services = {tier(plan)[0] for plan in off}
    were_on = {tier(plan)[0] for plan in _on(had, plans_before)}
    came = (plan for plan in _on(has, plans_after) if tier(plan)[0] in services - were_on)
    return Turn(
        lost=tuple(sorted(had.sku_ids - has.sku_ids)),
        gained=tuple(sorted(has.sku_ids - had.sku_ids)),
        came_on=tuple(sorted(came)),
    )


def _on(holding: Holding, plans: Mapping[str, frozenset[str]]) -> set[str]:
    """The service plans that are on in anything held."""
    held = (a for a in holding.assignments if a.state != "Error")
    return {plan for a in held for plan in plans.get(a.sku_id, frozenset()).difference(a.disabled)}


def _seats(before: Iterable[Sku], after: Iterable[Sku]) -> Iterator[SeatChange]:
    new = {s.sku_id: s for s in after}
    # What a snapshot lists only because somebody still held it was no product of the tenant any more.
    old = {s.sku_id: s for s in before if s.status is not SkuStatus.DELETED or s.sku_id in new}
    for sku_id in sorted(old.keys() | new.keys()):
        was, now = old.get(sku_id), new.get(sku_id)
        change = SeatChange(
            sku_id=sku_id,
            name=(now or old[sku_id]).name,
            seats_before=was.enabled if was else 0,
            seats_after=now.enabled if now else 0,
            used_before=was.consumed if was else 0,
            used_after=now.consumed if now else 0,
        )
        if (change.seats_before, change.used_before) != (change.seats_after, change.used_after):
            yield change


def _pairs(before: Iterable[V], after: Iterable[V], key: Callable[[V], str]) -> tuple[tuple[V | None, V | None], ...]:
    """What is not the same on both sides, by its id."""
    old, new = {key(one): one for one in before}, {key(one): one for one in after}
    pairs = ((old.get(i), new.get(i)) for i in sorted(old.keys() | new.keys()))
    return tuple((was, now) for was, now in pairs if was != now)
