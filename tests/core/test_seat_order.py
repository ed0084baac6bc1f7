"""The order holds in groups too: whatever is in flight, and in whatever order it lands or is run by the service.

Why one order that is feasible one by one is enough. ``step`` dispatches for each SKU in the order of the plan: who
finds no seat is not overtaken by others who need the same SKU. Suppose a run stands still, everything dispatched has
landed, and m is the first in the order who has not gone. All before m have gone and given back what they give back; of
those after m nobody has gone who takes a SKU that m takes. So of each SKU that m takes there are now at least as many
seats as when the order, one by one, came to m; m found one then, so m finds one now, and nothing stands before m in the
queue. A run that stands still is therefore a run that is through. And a group may be run by the service in any order,
because a seat counts as free only once the answer is there that says who left it (law 7).
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Sequence

from hypothesis import example, given, settings
from hypothesis import strategies as st

from batch.core.changes import ChangeKind
from batch.core.entries import Entry, EntryKind
from batch.core.ledger import Ledger
from batch.core.pace import Policy
from batch.core.seats import seat
from batch.core.states import State
from batch.core.step import Count, Done, Queue, Rest, Send, step
from batch.core.terms import Add, Assignment, Holding, Way
from batch.core.token_graph import SeatClass
from tests.core.test_seats import BACK, KEYS, MOVE, any_kind, cases

#: A SKU that everybody here keeps, so that nobody is left with nothing.
KEPT = "k"
#: Given the groups in flight, which of them lands next.
Landing = Callable[[Sequence[tuple[int, ...]]], int]


def kind_of(pair: SeatClass) -> ChangeKind:
    """A change that takes and frees these; of a group, where it is several seats of one SKU."""
    takes, frees = pair
    if len(set(takes)) + len(set(frees)) < len(takes) + len(frees):
        seats = [*Counter(takes).items(), *((sku, -count) for sku, count in Counter(frees).items())]
        return ChangeKind(Holding(), (), (), way=Way.GROUP, seats=tuple(sorted(seats)))
    before = Holding.of([Assignment(sku_id=s) for s in (KEPT, *frees)])
    return ChangeKind(before, frees, tuple(Add(s) for s in takes))


class Run:
    """A ledger, its queue and the groups on the wire; the service's own count of seats beside them."""

    def __init__(self, movers: Sequence[SeatClass], free: dict[str, int], policy: Policy) -> None:
        self.kinds = [kind_of(pair) for pair in movers]
        self.ledger = Ledger(range(len(movers)), self.kinds)
        self.flights: list[tuple[int, ...]] = []
        self.now = 0.0
        self.free = dict(free)
        self.tell(EntryKind.OPENED, text=policy.to_json())
        self.queue = Queue(self.ledger)

    def tell(self, kind: EntryKind, change: int = -1, **more: object) -> None:
        self.now += 1.0
        self.ledger.record(Entry(kind, change, self.now, **more))  # type: ignore[arg-type]

    def through(self, landing: Landing) -> None:
        """Carry it out with this way of landing; everybody has to be through in the end."""
        while True:
            action = step(self.ledger, self.queue, self.now, len(self.flights), stop_asked=False)
            match action:
                case Count():
                    self.tell(EntryKind.COUNTED, text=json.dumps(self.free))
                case Send(changes):
                    self.leave(changes)
                case Rest():
                    self.land(self.flights.pop(landing(self.flights)))
                case Done():
                    break
                case _:
                    raise AssertionError(f"it stands still: {action}")
        assert self.ledger.tally[State.APPLIED] == len(self.kinds)

    def leave(self, changes: tuple[int, ...]) -> None:
        group = self.ledger.groups + 1
        for change in changes:
            self.tell(EntryKind.SENT, change, group=group)
        self.flights.append(changes)
        for sku in KEYS:
            wanted = sum(self.kinds[c].takes.count(sku) for flight in self.flights for c in flight)
            assert wanted <= max(self.free.get(sku, 0), 0), "the service finds a seat, whoever it runs first"

    def land(self, changes: tuple[int, ...]) -> None:
        for change in changes:
            for sku in self.kinds[change].takes:
                self.free[sku] -= 1
            for sku in self.kinds[change].frees:
                self.free[sku] = self.free.get(sku, 0) + 1
            self.tell(EntryKind.ANSWERED, change, group=self.ledger.group[change], status=200)


def ordered(case) -> tuple[list[SeatClass], dict[str, int]]:
    """The movers in their order, with the seats bought that are missing."""
    kinds, which, free = case
    bought = seat(kinds, which, free).purchase.seats
    have = {s: n + bought.get(s, 0) for s, n in free.items()}
    return [kinds[which[n]] for n in seat(kinds, which, have).order], have


def every_interleaving(movers: list[SeatClass], free: dict[str, int], policy: Policy) -> int:
    """Carry it out once for each way in which groups can land; how many there are."""
    ways, todo = 0, [[]]
    while todo:
        start = todo.pop()
        taken: list[int] = []

        def landing(flights: Sequence[tuple[int, ...]], start=start, taken=taken) -> int:
            at = len(taken)
            choice = start[at] if at < len(start) else 0
            if at >= len(start):
                todo.extend([*taken, other] for other in range(1, len(flights)))
            taken.append(choice)
            return choice

        Run(movers, free, policy).through(landing)
        ways += 1
    return ways


SWAPS = ([MOVE, BACK], [0, 0, 0, 1, 1, 1], {"a": 0, "b": 1, "c": 0, "d": 0})
#: a needs the last exit of b, b that of c: with one token everybody has to come by in turn.
WINDING = (
    [(("a",), ("b",)), (("b",), ("c",)), (("c",), ("a",)), (("b",), ("a",)), (("a",), ("d",))],
    [4, 0, 1, 2, 3, 0],
    {"a": 1, "b": 0, "c": 0, "d": 0},
)


@settings(max_examples=25, deadline=None)
@given(cases(most=5), st.integers(1, 2), st.integers(1, 3))
@example(SWAPS, 1, 3)
@example(SWAPS, 2, 2)
@example(WINDING, 1, 3)
def test_every_way_in_which_groups_can_land_lets_everybody_through(case, group_size, in_flight):
    movers, free = ordered(case)
    assert every_interleaving(movers, free, Policy(group_size=group_size, in_flight=in_flight)) >= 1


@settings(max_examples=40, deadline=None)
@given(cases(any_kind, least=-1, most=25), st.integers(1, 3), st.integers(1, 4), st.integers(0, 9999))
def test_many_groups_in_flight_that_land_as_they_like(case, group_size, in_flight, seed):
    movers, free = ordered(case)
    dice = random.Random(seed)
    policy = Policy(group_size=group_size, in_flight=in_flight)
    Run(movers, free, policy).through(lambda flights: dice.randrange(len(flights)))


def test_there_is_more_than_one_way_to_land():
    movers, free = ordered(([MOVE], [0] * 4, {"b": 4}))
    assert every_interleaving(movers, free, Policy(group_size=1, in_flight=4)) == 24
