"""From what a run folder holds to what its report says. Pure: the same facts make the same report (law 10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from batch.core.changes import ChangeKind
from batch.core.effects import effects, plan_names
from batch.core.effects_words import KindEffects, effects_page
from batch.core.ledger import Ledger
from batch.core.money import Priced, reckon
from batch.core.open_packs import open_packs
from batch.core.open_words import packs_told
from batch.core.outcomes import Bucket, Outcome, RunStatus
from batch.core.plan import Changes
from batch.core.reasons import told
from batch.core.reconcile import identities, sku_lines
from batch.core.report import Difference, Reason, Report, ResultRow, SkuLine, SourceFile
from batch.core.requests import Ask
from batch.core.rules import Rules
from batch.core.states import OUTCOMES, State
from batch.core.terms import Problem, Sku
from batch.core.wave_words import waves_told

#: One stored row: source, row number, user, name, ask, bucket, reason word, change.
StoredRow = tuple[int, int, str, str, int, str, str, int]

#: Outcomes and buckets of which a person has to know.
_ATTENTION = (
    *(o.value for o in Outcome if o is not Outcome.APPLIED),
    Bucket.PROBLEM.value,
    Bucket.BLOCKED.value,
    Bucket.SHORT.value,
)
#: Lines of a sheet that are no people and hide nothing: they are counted, and nobody has to mend them.
HARMLESS = frozenset({"example_row", "repeated_header", "total_row"})
#: Reason words of rows that stay as they are because somebody wants them to: counted, and nothing is left to do.
SPARED = frozenset({"protected"})
#: Reason words with which other people's words are kept, not the service's.
_OTHERS_SAY = frozenset({"said_done", "not_done", "gave_up", "not_shown", "half_done", "services_unknown"})
#: Reason words of whatever is open in other hands: to be fed in again it would have to be taken back first.
ELSEWHERE = _OTHERS_SAY - {"services_unknown"} | {"in_admin_center", "in_powershell"}
_EXAMPLES = 5
#: Kinds of change whose gains and losses are told.
_KINDS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything a run folder knows."""

    run: str
    plan_id: str
    version: str
    tenant: str
    title: str
    planned_at: float
    skus: tuple[Sku, ...]
    changes: Changes
    asks: tuple[Ask, ...]
    sources: tuple[SourceFile, ...]
    problems: tuple[Problem, ...]
    ledger: Ledger
    #: Words of the guards that held the plan back; empty when it may be (or was) carried out.
    held_back: tuple[str, ...]
    #: Labels of SKUs for people.
    names: Mapping[str, str]
    #: A fresh iterator over the rows in the order of the input.
    rows: Callable[[], Iterable[StoredRow]]
    #: The same rows, and of each only user, bucket, reason word and change.
    standing: Callable[[], Iterable[tuple[str, str, str, int]]]
    #: How many rows without a change there are, by bucket and reason word; the changes of all other rows.
    idle: Mapping[tuple[str, str], int]
    moving: Sequence[int]
    #: The fresh read, if there was one: when, of what, consumed units by SKU, what differs.
    read_at: float = 0.0
    read_from: str = ""
    after: Mapping[str, int] | None = None
    differences: tuple[Difference, ...] = ()
    difference_count: int = 0
    #: How the rehearsal of the plan went, in sentences.
    rehearsal: tuple[str, ...] = ()
    #: What things cost, and who belongs to which department.
    priced: Priced = field(default_factory=Priced)
    #: Changes that something blocks, with their number of rows; the rules under which they were decided.
    would: tuple[tuple[ChangeKind, int], ...] = ()
    rules: Rules = field(default_factory=Rules)
    #: Whether a second person approved the plan; empty where nobody has to.
    approval: str = ""
    #: How many people go first, in a wave of their own; 0 for everybody at once.
    pilot: int = 0


def tell(facts: Facts) -> Report:
    """The report of these facts."""
    rows = _Rows(facts)
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
    left = sum(counts[word] for word in _ATTENTION) - harmless
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
    if ledger.stop in ("wave_failed", "window_closed"):
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


class _Rows:
    """Stored rows joined with what became of their changes."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        kinds = facts.changes.kinds
        owned = {s.sku_id: s for s in facts.skus}
        self.removed = [self._label(k.remove) for k in kinds]
        self.added = [self._label(tuple(a.sku_id for a in k.add)) for k in kinds]
        self.kept_off = [", ".join(plan_names(effects(k, owned).stays_off, owned)) for k in kinds]
        self.asked = [(self._label(a.remove), self._label(a.add)) for a in facts.asks]
        self.endings = self._endings()
        self.sentences: dict[tuple[str, str, int, str], str] = {}
        for p in facts.problems:
            at = (p.place.file, p.place.sheet, p.place.row, p.code)
            # Several people of one row with the same fault: whose sentence it is, is not known.
            self.sentences[at] = p.text if self.sentences.get(at, p.text) == p.text else ""

    def _label(self, sku_ids: tuple[str, ...]) -> str:
        return " + ".join(self.facts.names.get(s, s) for s in sku_ids)

    def _endings(self) -> list[tuple[str, str]]:
        """For each change the word its rows end in, and its reason word."""
        ledger = self.facts.ledger
        usual = [self._ending(state, "") for state in State]
        endings = [usual[state] for state in ledger.state]
        for change, (why, _) in ledger.why.items():
            endings[change] = self._ending(State(ledger.state[change]), why)
        return endings

    def _ending(self, state: State, why: str) -> tuple[str, str]:
        outcome = OUTCOMES[state]
        if outcome is Outcome.APPLIED:
            return outcome, ""
        if outcome is Outcome.NOT_SENT and state is not State.HANDED:
            return outcome, self.facts.ledger.stop or why or "waiting"
        # On the wire when the process died: whatever was wrong with an earlier try does not explain that.
        return outcome, "unsettled" if state is State.FLYING else why

    def survey(self) -> tuple[dict[str, int], tuple[Reason, ...]]:
        """The counts of laws 1 and 2, and what needs attention by reason."""
        found = {(bucket, bucket, why): count for (bucket, why), count in self.facts.idle.items()}
        moving = Counter(map(self.endings.__getitem__, self.facts.moving))
        found |= {(Bucket.PLANNED, word, why): count for (word, why), count in moving.items()}
        examples = self._examples(
            {(w, y): n for (_, w, y), n in found.items() if w in _ATTENTION and y not in HARMLESS | SPARED}
        )
        counts = {"rows": sum(found.values())}
        for b in Bucket:
            counts[b.value] = sum(n for (bucket, _, _), n in found.items() if bucket == b)
        for o in Outcome:
            counts[o.value] = sum(n for (_, word, _), n in found.items() if word == o)
        reasons = [
            Reason(
                where=str(word),
                code=why,
                count=sum(n for (_, w, y), n in found.items() if (w, y) == (word, why)),
                meaning=told(why).meaning,
                todo=told(why).todo,
                examples=tuple(shown),
            )
            for (word, why), shown in examples.items()
        ]
        return counts, tuple(sorted(reasons, key=lambda r: (_ATTENTION.index(r.where), -r.count, r.code)))

    def _examples(self, left: dict[tuple[str, str], int]) -> dict[tuple[str, str], list[str]]:
        """The first few users of each ending, of which so many rows are left; reads no further than it must."""
        examples: dict[tuple[str, str], list[str]] = {ending: [] for ending in left}
        for user, bucket, code, change in self.facts.standing() if left else ():
            ending = self.endings[change] if change >= 0 else (bucket, code)
            if ending not in left:
                continue
            shown = examples[ending]
            if user and user not in shown:
                shown.append(user)
            left[ending] -= 1
            if len(shown) == _EXAMPLES or not left[ending]:
                del left[ending]
                if not left:
                    break
        return examples

    def results(self) -> Iterator[ResultRow]:
        """Every row of the input and what became of it."""
        sources, changes, ledger = self.facts.sources, self.facts.changes, self.facts.ledger
        for source, row, user, name, ask, bucket, code, change in self.facts.rows():
            origin = sources[source]
            word, why = self.endings[change] if change >= 0 else (bucket, code)
            if change >= 0:
                kind = changes.kind[change]
                asked = (self.removed[kind], self.added[kind], self.kept_off[kind])
                sent = (ledger.group[change], ledger.tries[change], ledger.at[change])
            else:
                asked = (*(self.asked[ask] if ask >= 0 else ("", "")), "")
                sent = (0, 0, 0.0)
            reason = self._reason(origin, row, why, change) if why else ""
            yield ResultRow(origin.file, origin.sheet, row, user, name, *asked, str(word), why, reason, *sent)

    def _reason(self, origin: SourceFile, row: int, why: str, change: int) -> str:
        own = self.sentences.get((origin.file, origin.sheet, row, why))
        if change < 0 and own:
            return own
        meaning, todo = told(why)
        said = self.facts.ledger.why.get(change, ("", ""))[1]
        who = "What came back with it" if why in _OTHERS_SAY else "The service says"
        return " ".join(part for part in (meaning, f"{who}: {said}" if said else "", todo) if part)
