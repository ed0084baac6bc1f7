"""Small tenants and plans that fit into them with hardly a seat to spare."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from batch.core.changes import ChangeKind
from batch.core.exclusions import Conflicts
from batch.core.plan import Changes
from batch.core.seats import seat
from batch.core.terms import Add, Assignment, Holding, People, ServicePlan, Sku
from batch.tenants.faults import Faults
from batch.tenants.practice import PracticeTenant
from batch.tenants.practice_store import build


def guid(n: int) -> str:
    return f"{n:08x}-2222-4222-8333-{n:012x}"


A, B, C, D = (guid(n) for n in range(1, 5))
GROUP = guid(90)
OFF = {sku: guid(100 + n) for n, sku in enumerate((A, B, C, D))}
SKUS = tuple(
    Sku(
        sku_id=sku,
        part_number=f"PART_{'ABCD'[n]}",
        name=f"Product {'ABCD'[n]}",
        plans=(ServicePlan(plan_id=OFF[sku], name="OPTION"), ServicePlan(plan_id=guid(200 + n), name="CORE")),
    )
    for n, sku in enumerate((A, B, C, D))
)


def holds(*sku_ids: str, off: tuple[str, ...] = (), inherited: tuple[str, ...] = ()) -> Holding:
    direct = [Assignment(sku_id=s, disabled=off) for s in sku_ids]
    return Holding.of([*direct, *(Assignment(sku_id=s, group=GROUP) for s in inherited)])


#: Every shape of change that a plan can have.
KINDS = (
    ChangeKind(holds(A), (A,), (Add(B),)),
    ChangeKind(holds(B), (B,), (Add(A),)),
    ChangeKind(holds(A, off=(OFF[A],)), (A,), (Add(B, (OFF[B],)),)),
    ChangeKind(holds(B, C), (B,), (Add(D),)),
    ChangeKind(holds(D), (D,), (Add(A), Add(C))),
    # Only added, only taken away, only services switched off.
    ChangeKind(holds(A), (), (Add(C),)),
    ChangeKind(holds(C, D), (D,), ()),
    ChangeKind(holds(B), (), (Add(B, (OFF[B],)),)),
    # Held by group as well: frees no seat; and a target held by group takes none.
    ChangeKind(holds(A, inherited=(A,)), (A,), (Add(B),)),
    ChangeKind(holds(A, inherited=(B,)), (A,), (Add(B),)),
)


def user(n: int) -> str:
    return guid(1000 + n)


@dataclass(frozen=True)
class SmallPlan:
    """A plan, the tenant it was made for, and what everybody holds before."""

    changes: Changes
    skus: tuple[Sku, ...]
    people: People

    def create(self, path: Path, faults: Faults | None = None) -> PracticeTenant:
        """The tenant that the plan was made for, moved from its file into memory."""
        build(path, self.skus, self.people, Conflicts(), warning_seats=False)
        with closing(sqlite3.connect(path)) as file:
            return in_memory(file, faults)


def in_memory(source: sqlite3.Connection, faults: Faults | None = None) -> PracticeTenant:
    """A practice tenant that is a copy of this one, in memory."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    source.backup(db)
    return PracticeTenant(Path("memory"), db, faults or Faults())


def beside(tenant: PracticeTenant, faults: Faults | None = None) -> PracticeTenant:
    """The same tenant once more, behind other faults."""
    return PracticeTenant(Path("memory"), tenant._db, faults or Faults())


class Quarry:
    """One plan, and as many fresh tenants of it as wanted."""

    def __init__(self, plan: SmallPlan, folder: Path) -> None:
        self._first = plan.create(folder / "first.db")

    def fresh(self, faults: Faults | None = None) -> PracticeTenant:
        return in_memory(self._first._db, faults)


def plan_of(which: Sequence[int], slack: int | Mapping[str, int] = 1, kinds: Sequence[ChangeKind] = KINDS) -> SmallPlan:
    """Person ``n`` moves by ``kinds[which[n]]``; each SKU has ``slack`` seats more than are taken.

    As in a real plan, people go in an order in which the seats suffice, and who finds none is left out.
    """
    classes = [(kind.takes, kind.frees) for kind in kinds]
    free = dict.fromkeys((A, B, C, D), slack) if isinstance(slack, int) else slack
    order = seat(classes, which, free).order
    if len(order) < len(which):
        return plan_of([which[n] for n in sorted(order)], free, kinds)
    held = Counter(s for n in which for s in kinds[n].before.sku_ids)
    return SmallPlan(
        changes=Changes(
            user_id=[user(n) for n in order],
            upn=[f"user{n}@contoso.com" for n in order],
            kind=[which[n] for n in order],
            kinds=tuple(kinds),
        ),
        skus=tuple(replace(s, enabled=held[s.sku_id] + free[s.sku_id]) for s in SKUS),
        people=People(
            [user(n) for n in range(len(which))],
            [f"user{n}@contoso.com" for n in range(len(which))],
            [f"User {n}" for n in range(len(which))],
            ["FR"] * len(which),
            list(which),
            tuple(k.before for k in kinds),
        ),
    )


def random_plan(dice: random.Random, most: int = 14) -> SmallPlan:
    weights = [dice.choice((0, 1, 3)) for _ in KINDS]
    weights[0] += 1
    count = dice.randint(1, most)
    return plan_of(
        dice.choices(range(len(KINDS)), weights, k=count), slack={s: dice.choice((0, 1, 1, 2, 5)) for s in (A, B, C, D)}
    )
