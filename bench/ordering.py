"""The plan core, measured from inside: `python bench/ordering.py plain|whole ROWS`, one JSON line out.

``plain`` puts every row in its place with seats for all, and gives no thought to order or services. ``whole`` is the
plan as it is made: one free seat in each of 50 products that exchange people both ways, so that nearly every move
waits for another one; services carried over, hazards looked for, and gains and losses worked out for every kind.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping

from batch.core.asks import Ask
from batch.core.changes import ChangeKind
from batch.core.decide import Decision, decide
from batch.core.effects import effects
from batch.core.outcomes import Bucket
from batch.core.plan import make_plan
from batch.core.requests import Requests
from batch.core.rules import NewServices, Rules
from batch.core.terms import Add, Assignment, Holding, People, ServicePlan, Sku, Snapshot

SKUS = 50
PLANS = 20


def simply(holding: Holding, ask: Ask, owned: Mapping[str, Sku], rules: Rules, *, located: bool) -> Decision:
    """One goes, one comes, whatever that means for anybody."""
    return Decision(Bucket.PLANNED, "", ChangeKind(holding, ask.remove, tuple(Add(s) for s in ask.add)))


def moves(rows: int) -> Iterator[tuple[int, int]]:
    """From which product to which each person goes: as many come as go everywhere, in great circles and small."""
    for n in range(rows):
        source = n % SKUS
        yield source, (source + 1 + (n // SKUS) % (SKUS - 1)) % SKUS


def world(rows: int, free: int) -> tuple[Requests, Snapshot]:
    """That many people, each asked to exchange the one product they hold for another."""
    plans = tuple(ServicePlan(plan_id=f"plan-{n}", name=f"PLAN_{n}") for n in range(PLANS * 2))
    skus = tuple(
        Sku(
            sku_id=f"sku-{n:02}",
            part_number=f"SKU_{n}",
            name=f"Product {n}",
            plans=plans[n % PLANS : n % PLANS + PLANS],
            enabled=rows // SKUS + 1 + free,
            consumed=rows // SKUS + 1,
        )
        for n in range(SKUS)
    )
    kinds = list(moves(rows))
    holdings = tuple(
        Holding((Assignment(sku_id=s.sku_id, disabled=(s.plans[off].plan_id,)),)) for s in skus for off in range(4)
    )
    upns = [f"user{n:07}@contoso.example" for n in range(rows)]
    people = People(
        ids=[f"id-{n:07}" for n in range(rows)],
        upns=upns,
        names=upns,
        locations=["NL"] * rows,
        holding=[source * 4 + n % 4 for n, (source, _) in enumerate(kinds)],
        holdings=holdings,
    )
    pairs = sorted(set(kinds))
    number = {pair: n for n, pair in enumerate(pairs)}
    requests = Requests(
        tables=(),
        table=[0] * rows,
        row=list(range(rows)),
        user=upns,
        ask=[number[pair] for pair in kinds],
        asks=tuple(Ask((skus[a].sku_id,), (skus[b].sku_id,)) for a, b in pairs),
        bucket=[Bucket.PLANNED] * rows,
        code=[""] * rows,
        problems=(),
    )
    return requests, Snapshot(tenant="bench", taken_at=0.0, skus=skus, people=people)


def main() -> None:
    mode, rows = sys.argv[1], int(sys.argv[2])
    requests, snapshot = world(rows, rows if mode == "plain" else 1)
    began = time.process_time()
    if mode == "plain":
        plan = make_plan(requests, snapshot, Rules(), simply)
    else:
        plan = make_plan(requests, snapshot, Rules(new_services=NewServices.INHERIT), decide)
        owned = {s.sku_id: s for s in snapshot.skus}
        for kind in plan.changes.kinds:
            effects(kind, owned)
    seconds = time.process_time() - began
    assert len(plan.changes) == rows, f"{len(plan.changes)} of {rows} fit"
    print(json.dumps({"seconds": seconds, "kinds": len(plan.changes.kinds)}))


if __name__ == "__main__":
    main()
