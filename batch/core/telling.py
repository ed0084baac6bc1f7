"""From what a run folder holds to what its report says. Pure: the same facts make the same report (law 10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from batch.core.effects_words import KindEffects, effects_page
from batch.core.ledger import Ledger
from batch.core.money import reckon
from batch.core.open_packs import open_packs
from batch.core.open_words import packs_told
from batch.core.outcomes import Bucket, RunStatus
from batch.core.reconcile import identities, sku_lines
from batch.core.report import Difference, Report, SkuLine
from batch.core.states import State
from batch.core.told_facts import Facts
from batch.core.told_rows import ATTENTION, HARMLESS, SPARED, ToldRows
from batch.core.wave_words import waves_told

#: Kinds of change whose gains and losses are told.
_KINDS = 200


def tell(facts: Facts) -> Report:
    """The report of these facts."""
    rows = ToldRows(facts)
    counts, attention = rows.survey()
    lines = sku_lines(facts.skus, facts.after or {}, facts.changes.kinds, *_per_kind(facts))
    checks = identities(counts, lines)
    seats = _seat_differences(lines)
    differences = (*seats, *facts.differences)
    count = facts.difference_count + len(seats)
    # Everybody was read. Seats that somebody else took or freed meanwhile are named, and are nothing of ours.
    agree = not facts.difference_count and all(ok for _, ok in identities(counts, ()))
    reconciled = bool(facts.read_at) and agree
    # Whom somebody else moved already is told, and is nothing that is left to do; nor is whoever shall not be moved.
    settled = sum(r.count for r in attention if r.code == "already_moved")
    settled += sum(rows for (_, why), rows in facts.idle.items() if why in SPARED)
    status, exit_code = conclude(facts, counts, settled, reconciled=reconciled)
    return Report(
        run=facts.run,
        plan_id=facts.plan_id,
        version=facts.version,
        tenant=facts.tenant,
        title=facts.title,
        planned_at=facts.planned_at,
        started_at=facts.ledger.started_at,
        ended_at=facts.ledger.ended_at,
        read_at=facts.read_at,
        read_from=facts.read_from,
        status=status,
        exit_code=exit_code,
        counts=counts,
        skus=lines,
        reconciled=reconciled,
        differences=differences,
        difference_count=count,
        attention=attention,
        sources=facts.sources,
        checks=checks,
        pace=_pace(facts.ledger),
        rows=rows.results,
        moved=_people_moved(facts),
        movers=facts.changes.people(),
        rehearsal=facts.rehearsal,
        services=_services(facts),
        approval=facts.approval,
        waves=waves_told(
            len(facts.changes),
            facts.pilot,
            facts.ledger.waves,
            over=bool(facts.read_at and facts.ledger.ended_at) and not facts.ledger.stop,
        ),
        handed=packs_told(open_packs(facts.ledger, facts.changes)),
        money=reckon(facts.priced, facts.changes, facts.ledger.state, facts.skus, lines, facts.names),
    )


def conclude(facts: Facts, counts: Mapping[str, int], settled: int, *, reconciled: bool) -> tuple[RunStatus, int]:
    """How the run stands, and the exit code promised for it; ``settled`` rows did not happen, and need not."""
    ledger = facts.ledger
    harmless = sum(1 for p in facts.problems if p.code in HARMLESS and p.place.row) + settled
    left = sum(counts[word] for word in ATTENTION) - harmless
    if not ledger.started_at:
        return _not_begun(facts, counts[Bucket.PLANNED.value], left)
    if ledger.stop in ("rights", "sign_in", "throttled_for_good"):
        return RunStatus.STOPPED, 8
    if ledger.stop == "interrupted":
        return RunStatus.STOPPED, 130
    if not ledger.ended_at:
        return RunStatus.STOPPED, 3
    if facts.read_at and not reconciled:
        return (RunStatus.PARTIAL if left else RunStatus.DONE), 9
    if ledger.stop in ("wave_failed", "window_closed", "cap_reached"):
        return RunStatus.STOPPED, 3
    return (RunStatus.PARTIAL, 3) if left else (RunStatus.DONE, 0)


def _not_begun(facts: Facts, planned: int, left: int) -> tuple[RunStatus, int]:
    # Where everybody who would move is blocked for what they would lose, that is what holds the plan back.
    if facts.held_back or (facts.would and not planned):
        return RunStatus.BLOCKED, 4
    if not planned:
        return RunStatus.NOTHING, 3 if left else 0
    return RunStatus.STOPPED, 3


def _seat_differences(lines: Iterable[SkuLine]) -> tuple[Difference, ...]:
    """Each SKU whose consumed units are not what the ledger adds up to (law 3), by name."""
    return tuple(
        Difference(
            code="seats",
            about=line.name,
            text=f"{line.expected} seats should be in use, {line.after} are: somebody else took or freed some.",
        )
        for line in lines
        if line.after is not None and line.after != line.expected
    )


def _people_moved(facts: Facts) -> int:
    """How many people the changes moved that took effect."""
    kinds, state = facts.changes.kinds, facts.ledger.state
    if all(kind.people == 1 for kind in kinds):
        return facts.ledger.tally[State.APPLIED]
    return sum(kinds[k].people for k, s in zip(facts.changes.kind, state, strict=True) if s == State.APPLIED)


def _services(facts: Facts) -> tuple[KindEffects, ...]:
    """What people gain, keep and lose, for the kinds of change with the most people."""
    kinds = facts.changes.kinds
    most = Counter(facts.changes.kind).most_common(_KINDS)
    people = [(kinds[n], count * kinds[n].people) for n, count in most]
    owned = {s.sku_id: s for s in facts.skus}
    return tuple(effects_page((*people, *facts.would[:_KINDS]), owned, facts.names, facts.rules))


def _per_kind(facts: Facts) -> tuple[list[int], list[int]]:
    """How many changes of each kind were planned, and how many took effect."""
    kinds = facts.changes.kind
    planned = Counter(kinds)
    done = Counter(k for k, state in zip(kinds, facts.ledger.state, strict=True) if state == State.APPLIED)
    every = range(len(facts.changes.kinds))
    return [planned[k] for k in every], [done[k] for k in every]


def _pace(ledger: Ledger) -> tuple[int, ...]:
    """Applied changes in each minute since the run began, at most a day of them."""
    start = ledger.started_at
    minutes = Counter(
        int((at - start) // 60) for at, state in zip(ledger.at, ledger.state, strict=True) if state == State.APPLIED
    )
    last = min(max(minutes, default=-1), 24 * 60)
    return tuple(minutes[m] for m in range(last + 1))
