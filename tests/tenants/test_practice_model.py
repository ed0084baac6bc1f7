"""Law: whatever calls come, in whatever groups, the practice tenant agrees with a model of a dozen lines."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from batch.core.terms import Add, Call, Holding
from batch.tenants.faults import Faults
from batch.tenants.practice import PracticeTenant
from tests.tenants.port_suite import consumed, holdings
from tests.tenants.small_tenant import direct, guid, inherited, people, sku, user
from tests.tenants.virtual_time import run_virtually

A, B, C, UNKNOWN = (guid(n) for n in range(1, 5))
PLANS = {sku_id: tuple(guid(100 * n + i) for i in range(2)) for n, sku_id in enumerate((A, B, C), 1)}
SEATS = {A: 4, B: 3, C: 1}
SKUS = tuple(sku(s, f"SKU{n}", {f"P{i}": p for i, p in enumerate(PLANS[s])}, SEATS[s]) for n, s in enumerate(PLANS))
#: User → way (empty: direct, else the group) and SKU → plans off.
Held = dict[str, dict[tuple[str, str], tuple[str, ...]]]


class Model:
    def __init__(self, start: list[Holding]) -> None:
        self.held: Held = {
            user(n): {(a.group, a.sku_id): a.disabled for a in held.assignments} for n, held in enumerate(start)
        }

    def consumed(self, sku_id: str) -> int:
        return sum(any(held == sku_id for _, held in ways) for ways in self.held.values())

    def obey(self, call: Call) -> bool:
        ways = self.held[call.user_id]
        adds = {add.sku_id for add in call.add}
        if not (call.remove or call.add) or adds & set(call.remove) or UNKNOWN in adds | set(call.remove):
            return False
        if any(("", gone) not in ways for gone in call.remove):
            return False
        has = {sku_id for _, sku_id in ways}
        if any(sku_id not in has and self.consumed(sku_id) >= SEATS[sku_id] for sku_id in adds):
            return False
        for gone in call.remove:
            del ways[("", gone)]
        ways.update({("", sku_id): disabled for sku_id, disabled in call.add})
        return True


skus = st.sampled_from((A, B, C, UNKNOWN))


@st.composite
def adds(draw: st.DrawFn) -> tuple[Add, ...]:
    chosen = draw(st.sets(skus, max_size=2))
    return tuple(Add(s, PLANS[s][: draw(st.integers(0, 2))] if s in PLANS else ()) for s in sorted(chosen))


calls = st.tuples(st.sampled_from([user(n) for n in range(4)]), st.sets(skus, max_size=2).map(tuple), adds()).map(
    lambda parts: Call(*parts)
)
groups = st.lists(st.lists(calls, max_size=4, unique_by=lambda call: call.user_id), max_size=8)
START = [direct(A), direct(A, C), Holding.of([inherited(B)]), Holding.of([inherited(A), *direct(A).assignments])]


@settings(max_examples=60, deadline=None)
@given(sent=groups, alone=st.booleans())
def test_any_sequence_of_calls_agrees_with_the_model(sent: list[list[Call]], *, alone: bool) -> None:
    # Groups are carried out in a random order, which matters for the last seat: one call a group, or the answers
    # tell the order.
    if alone:
        sent = [[call] for group in sent for call in group]
    model = Model(START)

    async def work(tenant: PracticeTenant) -> None:
        for group in sent:
            answers = await tenant.assign(group)
            if alone:
                assert [answer.status == 200 for answer in answers] == [model.obey(call) for call in group]
        held = await holdings(tenant)
        seats = await consumed(tenant)
        for sku_id, enabled in SEATS.items():
            assert seats[sku_id] == sum(sku_id in held[user_id].sku_ids for user_id in held) <= enabled
        if alone:
            assert {
                user_id: {(a.group, a.sku_id): a.disabled for a in holding.assignments}
                for user_id, holding in held.items()
            } == model.held
        assert tenant.counters()["over_full"] == 0

    with tempfile.TemporaryDirectory() as folder:
        tenant = PracticeTenant.create(Path(folder) / "t.db", SKUS, people(*START), faults=Faults(seed=len(sent)))
        try:
            run_virtually(work(tenant))
        finally:
            run_virtually(tenant.close())
