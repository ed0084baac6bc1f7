"""A plan carried out through any number of deaths, and what must be true afterwards."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any

from batch.core.entries import Entry, Seen
from batch.core.ledger import Ledger
from batch.core.outcomes import Outcome
from batch.core.pace import Policy
from batch.core.plan import Changes
from batch.core.states import OUTCOMES, State
from batch.engine.apply import apply, replay
from batch.tenants.practice import PracticeTenant
from tests.engine.memory_journal import Crash, MemoryJournal, Notes
from tests.engine.virtual_time import VirtualClock, VirtualLoop
from tests.engine.wire import Wire, truth

Apply = Callable[..., Coroutine[Any, Any, Ledger]]

#: One life of the process: where it ends, at which count, whether after it took effect, and whether calls on the way
#: are cut. (``journal``: killed at an append, ``tenant``: killed at a call, ``stop``: asked to stop after so many
#: entries, ``""``: it does not.)
Death = tuple[str, int, bool, bool]
NO_DEATH: Death = ("", 0, False, True)


@dataclass
class Told:
    """How a run ended, and all that is needed to judge it."""

    changes: Changes
    tenant: PracticeTenant
    journal: MemoryJournal
    ledger: Ledger
    lives: int = 1
    calls: int = 0
    appends: int = 0
    seconds: float = 0.0
    notes: Notes = field(default_factory=Notes)
    #: The tenant's own counters at the end.
    counters: dict[str, int] = field(default_factory=dict)


def carry_out(
    changes: Changes,
    tenant: PracticeTenant,
    policy: Policy,
    deaths: Iterable[Death] = (),
    *,
    then: Iterable[PracticeTenant] = (),
    latency: float = 0.1,
    seats_certain: bool = True,
    gap: float = 1.0,
    journal: MemoryJournal | None = None,
    carry: Apply = apply,
    most_lives: int = 30,
) -> Told:
    """Carry the plan out, dying as told, until nothing is open or nothing more can be done.

    ``then``: tenants on the same file that later lives (after the deaths) use, in turn: somebody mended the trouble.
    """
    journal = journal or MemoryJournal()
    plan, tenants = iter(deaths), iter(then)
    wire = Wire(tenant, journal, changes, latency=latency)
    wire.seats_certain = seats_certain
    stuck: set[str] = set()
    told = Told(changes, tenant, journal, Ledger(changes.kind, changes.kinds))
    with VirtualLoop() as loop:
        for life in range(1, most_lives + 1):
            where, at, after, cut = next(plan, NO_DEATH)
            journal.revive(at if where == "journal" else 0, after=after)
            wire.revive(at if where == "tenant" else 0, after=after, cut=cut)
            limit = len(told.notes.seen) + at
            told.notes.stop_when = (lambda notes, n=limit: len(notes.seen) >= n) if where == "stop" else None
            told.lives = life
            try:
                told.ledger = loop.run(carry(changes, wire, journal, VirtualClock(loop), told.notes, policy))
            except Crash:
                assert not wire.broken, wire.broken
                loop.pass_by(gap)
                continue
            told.calls, told.appends, told.seconds = wire.calls, journal.appends, loop.time()
            told.counters = told.tenant.counters()
            if told.ledger.stop in ("interrupted", "cap_reached"):
                assert not told.ledger.flying, "stopped with calls on the wire"
                loop.pass_by(gap)
                continue
            next_one = next(tenants, None)
            if not told.ledger.open or (next_one is None and told.ledger.stop in stuck | {"no_seats"}):
                return told
            if next_one is not None:
                wire.tenant = told.tenant = next_one
            else:
                stuck.add(told.ledger.stop)
    raise AssertionError(f"not done after {most_lives} lives: {told.ledger.outcomes()}, stop {told.ledger.stop!r}")


def facts(ledger: Ledger) -> dict[str, object]:
    """Every public attribute, comparable: of the heaps those items that count (stale ones are dropped when met)."""
    values = {name: value for name, value in vars(ledger).items() if not name.startswith("_")}
    for name, state in (("waiting", State.WAITING), ("doubtful", State.DOUBT)):
        heap = getattr(ledger, name)
        values[name] = sorted({d for d in heap if ledger.state[d.change] == state and ledger.due[d.change] == d.at})
    return values


def check(told: Told, *, all_applied: bool = False) -> None:
    """Nothing lost, nothing doubled, nobody bare, no SKU over-full, and the ledger tells the truth."""
    changes, tenant, ledger = told.changes, told.tenant, told.ledger
    counters = told.counters
    assert counters["redundant"] == 0, "a call found everything as it wanted it: something was done twice"
    assert counters["gaps"] == 0, "somebody was left with nothing"
    assert counters["over_full"] == 0, "a SKU was filled beyond its seats"
    shown = truth(tenant, changes)
    written = dict(tenant._db.execute("SELECT id, writes FROM users"))
    for change, (seen, state) in enumerate(zip(shown, ledger.state, strict=True)):
        outcome = OUTCOMES[State(state)]
        writes = written[changes.user_id[change]]
        assert writes == (seen is Seen.AFTER), f"change {change} was written {writes} times and shows {seen.name}"
        if outcome is not Outcome.IN_DOUBT:
            assert (outcome is Outcome.APPLIED) == (seen is Seen.AFTER), f"{change}: {outcome}, but shows {seen.name}"
    assert sum(ledger.outcomes().values()) == len(changes), "law 2"
    assert facts(replay(changes, told.journal.durable)) == facts(ledger), "law 5"
    if all_applied:
        assert ledger.outcomes() == dict.fromkeys(Outcome, 0) | {Outcome.APPLIED: len(changes)}
        assert not ledger.open
        assert not ledger.stop


def entries_of(told: Told, kind: int) -> list[Entry]:
    return [e for e in told.journal.durable if e.kind == kind]
