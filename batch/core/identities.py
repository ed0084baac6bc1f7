"""Two sums that have to close before a product is cancelled: its seats, and the people who once held it.

consumed units    = only directly + only through groups + both + unexplained
holders before    = moved + excepted + removed + still on it + vanished
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from batch.core.cells import Once
from batch.core.services import services_of
from batch.core.terms import Holding, People, Sku


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """Who has a product now, by UPN in alphabetical order; everybody stands in one list at most.

    An assignment in state ``Error`` failed: it takes no seat, and yet it is there to be taken away.
    """

    #: Consumed units, as the service counts them.
    consumed: int
    direct: tuple[str, ...] = ()
    inherited: tuple[str, ...] = ()
    both: tuple[str, ...] = ()
    #: Who has it only in state ``Error``: directly (perhaps through a group as well), or through groups alone.
    failed_direct: tuple[str, ...] = ()
    failed_inherited: tuple[str, ...] = ()

    @property
    def holders(self) -> int:
        """People who take a seat."""
        return len(self.direct) + len(self.inherited) + len(self.both)

    @property
    def unexplained(self) -> int:
        """Seats that are counted and that nobody is seen to hold; below zero when the counter lags behind."""
        return self.consumed - self.holders


def census(people: People, sku_id: str, consumed: int) -> Census:
    """Who has this SKU, and in which way."""
    ways = Once[int, str](lambda number: _way(people.holdings[number], sku_id))
    found: dict[str, list[str]] = {}
    for upn, number in zip(people.upns, people.holding, strict=True):
        if way := ways[number]:
            found.setdefault(way, []).append(upn)
    return Census(consumed=consumed, **{way: tuple(sorted(upns)) for way, upns in found.items()})


def _way(holding: Holding, sku_id: str) -> str:
    """The field of ``Census`` for this holding; empty for one without the SKU."""
    found = [a for a in holding.assignments if a.sku_id == sku_id]
    works = {bool(a.group) for a in found if a.state != "Error"}
    if len(works) == 2:
        return "both"
    if works:
        return "inherited" if True in works else "direct"
    if not found:
        return ""
    return "failed_inherited" if all(a.group for a in found) else "failed_direct"


class Was(NamedTuple):
    """Somebody who held the product before. ``user_id`` is empty where only a sheet tells of them."""

    upn: str
    user_id: str = ""
    #: What they held then (through a group: what the group gave, at least); None where nothing tells.
    had: Holding | None = None

    @property
    def key(self) -> str:
        """What tells this person from others: the id, or the name where that is all there is."""
        return self.user_id or self.upn


@dataclass(frozen=True, slots=True, kw_only=True)
class Fates:
    """What became of everybody who held the product before, by UPN; everybody stands in one list."""

    holders: int
    #: Hold a product that was moved to, and the old one no more.
    moved: tuple[str, ...] = ()
    #: Hold neither, and somebody decided that by name.
    excepted: tuple[str, ...] = ()
    #: Hold neither, although they are still there; or hold a product that was moved to with no service on.
    removed: tuple[str, ...] = ()
    still: tuple[str, ...] = ()
    #: Are users no more: deleted, perhaps to be restored.
    vanished: tuple[str, ...] = ()
    #: Of those removed, who holds the new product with every service off.
    idle: tuple[str, ...] = ()

    @property
    def closes(self) -> bool:
        """Whether the sum comes to what there was."""
        found = (self.moved, self.excepted, self.removed, self.still, self.vanished)
        return sum(map(len, found)) == self.holders


def without_licence(before: Collection[Was], licensed: People) -> Iterator[Was]:
    """Those who held the product and now hold no licence at all: they may be there without one, or be gone."""
    present = _Present(licensed)
    return (was for was in before if present.holding(was) is None)


def fates(
    before: Collection[Was],
    licensed: People,
    *,
    sku: Sku,
    targets: Collection[Sku],
    unlicensed: Collection[str],
    excepted: Collection[str],
) -> Fates:
    """What became of everybody who held ``sku``.

    ``licensed``: everybody who holds anything now. ``unlicensed``: the keys of those without any licence who are still
    users. ``excepted``: lower-case UPNs that somebody decided to leave without.
    """
    present = _Present(licensed)
    old, new = {sku.sku_id: sku}, {s.sku_id: s for s in targets}
    stands = {id(holding): _stands(holding, sku.sku_id, new) for holding in licensed.holdings}
    found: dict[str, list[str]] = {}
    for was in before:
        holding = present.holding(was)
        fate = stands[id(holding)] if holding else ("removed" if was.key in unlicensed else "vanished")
        if fate == "idle" and was.had and not _serve(was.had, old):
            fate = "moved"  # everything was off before as well
        if fate in ("removed", "idle") and was.upn in excepted:
            fate = "excepted"
        found.setdefault(fate, []).append(was.upn)
    idle = found.get("idle", [])
    found["removed"] = found.get("removed", []) + idle
    return Fates(holders=len(before), **{fate: tuple(sorted(upns)) for fate, upns in found.items()})


def _stands(holding: Holding, sku_id: str, new: Mapping[str, Sku]) -> str:
    """The fate of somebody who held the product and holds this now."""
    if any(a.sku_id == sku_id for a in holding.assignments):
        return "still"
    if new.keys().isdisjoint(holding.sku_ids):
        return "removed"
    return "moved" if _serve(holding, new) else "idle"


def _serve(holding: Holding, skus: Mapping[str, Sku]) -> bool:
    """Whether a service of these SKUs is on. Where none can be off, or none is known, holding the SKU is enough."""
    held = ((services_of(skus[a.sku_id]).switchable, a) for a in holding.assignments if a.sku_id in skus)
    return any(a.state != "Error" and not (on and on.keys() <= set(a.disabled)) for on, a in held)


def moves(before: Collection[Was], licensed: People, moved: Collection[str]) -> Iterator[tuple[Was, Holding]]:
    """Each of those who ``moved``, by UPN as in ``before``, with what they hold now."""
    present, wanted = _Present(licensed), frozenset(moved)
    for was in before:
        if was.upn in wanted and (holding := present.holding(was)) is not None:
            yield was, holding


class _Present:
    """People by id and by name."""

    def __init__(self, people: People) -> None:
        self._holdings = people.holdings
        self._by_id: Mapping[str, int] = dict(zip(people.ids, people.holding, strict=True))
        self._by_upn: Mapping[str, int] = dict(zip(people.upns, people.holding, strict=True))

    def holding(self, was: Was) -> Holding | None:
        """What this person holds now. By id where one is known: a name may have passed to somebody else."""
        number = self._by_id.get(was.user_id) if was.user_id else self._by_upn.get(was.upn)
        return None if number is None else self._holdings[number]
