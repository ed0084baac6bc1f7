"""Laws 5, 6 and 7 on rough days, looked at while they happen."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from batch.core.entries import Entry, EntryKind
from batch.core.errors import JournalDamaged
from batch.core.ledger import Ledger
from batch.core.pace import Policy
from batch.core.plan import Changes
from batch.core.states import State
from batch.core.step import Queue, step
from batch.engine.apply import _Run, replay
from batch.engine.ports import Clock, Tenant, Watcher
from tests.engine.memory_journal import MemoryJournal
from tests.engine.rough import rough_day, survive
from tests.engine.runs import Told, facts
from tests.engine.small_plans import A, B, C, D, plan_of


@lru_cache(maxsize=64)
def lived(seed: int) -> Told:
    with tempfile.TemporaryDirectory() as folder:
        return survive(rough_day(seed), Path(folder) / "tenant.db")


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 40), share=st.floats(0, 1))
def test_a_prefix_and_then_the_rest_is_all(seed: int, share: float) -> None:
    """Also when the engine looked at the ledger in between: asking what is next changes nothing that is known."""
    told = lived(seed)
    entries = told.journal.durable
    cut = round(share * len(entries))
    ledger = replay(told.changes, entries[:cut])
    step(ledger, Queue(ledger), 2e9, 0, stop_asked=False)
    assert facts(ledger) == facts(replay(told.changes, entries[:cut]))
    for entry in entries[cut:]:
        ledger.record(entry)
    assert facts(ledger) == facts(replay(told.changes, entries))


class _Comparing:
    """A watcher to which the ledger at hand must at every moment be what the journal adds up to."""

    def __init__(self, inner: Watcher, changes: Changes, journal: MemoryJournal) -> None:
        self._inner = inner
        self._changes = changes
        self._journal = journal
        self.run: _Run | None = None
        self.compared = 0

    def saw(self, entries: Sequence[Entry]) -> None:
        assert self.run is not None
        assert facts(self.run.ledger) == facts(replay(self._changes, self._journal.durable))
        self.compared += 1
        self._inner.saw(entries)

    def waits(self, seconds: float, why: str) -> None:
        self._inner.waits(seconds, why)

    def stop_asked(self) -> bool:
        return self._inner.stop_asked()


def test_the_ledger_at_hand_is_at_every_moment_what_the_journal_adds_up_to(tmp_path: Path) -> None:
    compared = 0

    async def carry(
        changes: Changes, tenant: Tenant, journal: MemoryJournal, clock: Clock, watcher: Watcher, policy: Policy
    ) -> Ledger:
        nonlocal compared
        ledger = replay(changes, journal.entries())
        comparing = _Comparing(watcher, changes, journal)
        if ledger.open:
            comparing.run = _Run(changes, ledger, tenant, journal, clock, comparing)
            try:
                await comparing.run.go(policy)
            finally:
                compared += comparing.compared
        return ledger

    for seed in range(24):
        survive(rough_day(seed), tmp_path / f"{seed}.db", carry)
    assert compared > 200


PLAN = plan_of([0, 1, 4, 5, 6, 7], slack={A: 1, B: 1, C: 2, D: 0})
ENTRIES = st.builds(
    Entry,
    st.sampled_from(list(EntryKind)).filter(lambda kind: kind not in (EntryKind.OPENED, EntryKind.COUNTED)),
    st.integers(-2, 7),
    st.floats(0, 1e6),
    st.integers(0, 9),
    st.sampled_from([0, 200, 400, 403, 404, 429, 500]),
    st.text(max_size=5),
    st.text(max_size=5),
    st.floats(-1, 1e6),
)


#: Entries that may follow any others; all the rest may say what cannot be.
_ANYWHERE = (EntryKind.STOPPED, EntryKind.FINISHED, EntryKind.APPROVED, EntryKind.CARRIED_OUT)


@given(st.lists(ENTRIES, max_size=30))
def test_entries_that_cannot_be_are_told_as_damage(entries: list[Entry]) -> None:
    changes = PLAN.changes
    ledger = Ledger(changes.kind, changes.kinds)
    ledger.record(Entry(EntryKind.COUNTED, -1, 0.0, text=f'{{"{A}": 9, "{B}": 9, "{C}": 9, "{D}": 9}}'))
    for made in entries:
        entry = made._replace(status=made.status % 6 + 1) if made.kind is EntryKind.OBSERVED else made
        before = facts(ledger)
        try:
            ledger.record(entry)
        except JournalDamaged:
            assert entry.kind not in _ANYWHERE
            assert facts(ledger) == before
    assert sum(ledger.tally) == len(changes)
    assert sum(ledger.outcomes().values()) == len(changes)
    assert all(n >= 0 for n in (*ledger.promised.values(), *ledger.reserved.values()))
    states = [State(s) for s in ledger.state]
    assert {c for c, s in enumerate(states) if s is State.FLYING} == ledger.flying
    for sku in (A, B, C, D):

        def needing(*wanted: State, sku: str = sku) -> int:
            return sum(s in wanted and sku in changes.kinds[k].takes for s, k in zip(states, changes.kind, strict=True))

        assert ledger.promised.get(sku, 0) == needing(State.FLYING, State.DOUBT, State.UNSETTLED)
        assert ledger.reserved.get(sku, 0) == needing(State.WAITING)
