"""How many seats the people who shall move need, product by product, whatever is free now.

Found by planning as if every product had seats without end; a product that the tenant does not own yet is planned as if
it did, with the services that it is known to have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from batch.core.changes import ChangeKind
from batch.core.estate import NO_GROUPS, Groups
from batch.core.outcomes import Bucket
from batch.core.plan import make_plan
from batch.core.purchase import Purchase
from batch.core.requests import Requests
from batch.core.rules import Rules
from batch.core.seats import seat
from batch.core.terms import Candidate, Sku, SkuStatus, Snapshot

#: More seats than any tenant has, and a usage location for those who have none: only that there is one counts here.
_ENDLESS = 1_000_000_000
_ANYWHERE = "ZZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is wanted of one product that somebody shall get."""

    sku_id: str
    #: Distinct people who are asked to get it, and those of them who hold it already.
    asked: int
    holding: int
    #: Seats that the moves take and give back.
    takes: int
    gives: int
    #: Service plans that are on for somebody who gets it.
    plans: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What all moves want of the tenant."""

    wanted: tuple[Wanted, ...]
    #: What to buy so that everybody can go.
    purchase: Purchase
    #: Products that somebody leaves, by id, with how many leave each.
    leaves: Mapping[str, int]
    #: People who move, and rows that cannot move for a reason that is neither seats nor an admin's to settle.
    movers: int
    held_back: int
    #: Rows that a plan with these rules blocks though an admin can settle it, by reason word: hazards to accept, a
    #: missing usage location, services that do not go together.
    unsettled: Mapping[str, int] = field(default_factory=dict)


def demand(
    requests: Requests, snapshot: Snapshot, rules: Rules, known: Iterable[Candidate], groups: Groups = NO_GROUPS
) -> Demand:
    """The demand of these requests, with what is free in the snapshot; a change of a group is one of all its members.

    Seats are bought for whoever is asked to move: what an admin can still settle (a hazard to accept, a missing usage
    location) holds nobody back here, and is counted by itself.
    """
    asked = {sku_id for ask in requests.asks for sku_id in ask.add}
    skus = (*map(_endless, snapshot.skus), *_absent(asked - {sku.sku_id for sku in snapshot.skus}, known))
    kindly = replace(rules, lenient=True, strict=False, location=rules.location or _ANYWHERE)
    endless = replace(snapshot, skus=skus)
    plan = make_plan(requests, endless, kindly, groups=groups)
    strictly = make_plan(requests, endless, rules, groups=groups)
    changes = plan.changes
    counted = [(changes.kinds[number], count) for number, count in sorted(Counter(changes.kind).items())]
    classes = [(kind.takes, kind.frees) for kind in changes.kinds]
    seating = seat(classes, changes.kind, {sku.sku_id: sku.free for sku in snapshot.skus})
    return Demand(
        wanted=_wanted(requests, snapshot, counted, {sku.sku_id: sku for sku in skus}),
        purchase=seating.purchase,
        leaves=_sum((sku_id, count * kind.people) for kind, count in counted for sku_id in kind.remove),
        movers=sum(count * kind.people for kind, count in counted),
        held_back=plan.counts()[Bucket.BLOCKED],
        unsettled=Counter(
            why
            for kind, real, why in zip(plan.bucket, strictly.bucket, strictly.code, strict=True)
            if kind is Bucket.PLANNED and real is Bucket.BLOCKED
        ),
    )


def _endless(sku: Sku) -> Sku:
    return replace(sku, enabled=max(sku.consumed, 0) + _ENDLESS, status=SkuStatus.ENABLED)


def _absent(sku_ids: Collection[str], known: Iterable[Candidate]) -> tuple[Sku, ...]:
    """Products that the tenant does not own, as they are known to be; the first entry of each counts."""
    found: dict[str, Candidate] = {}
    for product in known:
        if product.sku_id in sku_ids:
            found.setdefault(product.sku_id, product)
    return tuple(
        Sku(sku_id=p.sku_id, part_number=p.part_number, name=p.name, plans=p.plans, enabled=_ENDLESS)
        for _, p in sorted(found.items())
    )


def _wanted(
    requests: Requests, snapshot: Snapshot, counted: Sequence[tuple[ChangeKind, int]], skus: Mapping[str, Sku]
) -> tuple[Wanted, ...]:
    people = snapshot.people
    holding = dict(zip(people.upns, people.holding, strict=True))
    # A person has one ask, whatever many rows say it.
    asks = {user: ask for user, ask in zip(requests.user, requests.ask, strict=True) if ask >= 0}
    pairs = Counter((holding[user], ask) for user, ask in asks.items() if user in holding)
    asked: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for (index, ask), count in pairs.items():
        for sku_id in requests.asks[ask].add:
            asked[sku_id] += count
            held[sku_id] += count if sku_id in people.holdings[index].sku_ids else 0
    takes = _sum((sku_id, count) for kind, count in counted for sku_id in kind.takes)
    gives = _sum((sku_id, count) for kind, count in counted for sku_id in kind.frees)
    on: dict[str, set[str]] = {}
    for kind, _ in counted:
        for add in kind.add:
            on.setdefault(add.sku_id, set()).update(skus[add.sku_id].plan_ids.difference(add.disabled))
    return tuple(
        Wanted(
            sku_id=sku_id,
            asked=asked[sku_id],
            holding=held[sku_id],
            takes=takes.get(sku_id, 0),
            gives=gives.get(sku_id, 0),
            plans=frozenset(on.get(sku_id, ())),
        )
        for sku_id in sorted(asked)
    )


def _sum(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for sku_id, count in pairs:
        found[sku_id] += count
    return dict(found)
