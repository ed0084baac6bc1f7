"""What a plan would do, in lines for people: totals, seats, groups, the first people, every kind of problem."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from batch.core.effects_words import wrapped
from batch.core.harmless import in_shell
from batch.core.money_words import money_lines
from batch.core.outcomes import Bucket, RunStatus
from batch.core.reasons import told
from batch.core.report import Reason, Report

_FIRST = 5
#: How a sentence begins on a second person whose word is still to come.
WAITS = "It waits"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPage:
    """A report of a plan not carried out yet, with what only a plan has to say."""

    report: Report
    #: The run folder, for the word that carries it out; empty when the same command goes on.
    folder: str
    group_size: int
    changes: int
    #: What holds the plan back, and the word that lets it through.
    guards: tuple[tuple[str, str], ...]
    #: Rows that ask nothing, by reason: unchanged and repeats.
    idle: Mapping[str, int]
    #: "Office 365 E4 → Office 365 E3", how many, and services that stay off.
    kinds: Sequence[tuple[str, int, str]]
    assumed: tuple[str, ...] = ()
    #: How many people the changes move; 0 where each moves one.
    people: int = 0
    #: The tenant was made from the sheets: carrying the plan out there is a rehearsal, and handing it over is not.
    modelled: bool = False
    #: What it takes back was done by others in the real tenant, so nothing but handing it over takes it back there.
    others_did: bool = False


def plan_lines(page: PlanPage) -> Iterator[str]:
    """The plan page for a terminal."""
    report, counts = page.report, page.report.counts
    groups = _many(-(-page.changes // page.group_size), "group")
    yield f"Plan {report.plan_id[:12]}: {report.title}"
    for source in report.sources:
        sheet = f", sheet {source.sheet}" if source.sheet else ""
        yield f"  {source.file}{sheet}: {source.kind}, {_many(source.rows, 'row')} ({source.read_as})"
        yield from (f"    {sentence}" for sentence in source.assumed)
    yield from (f"  {sentence}" for sentence in page.assumed)
    yield f"  Tenant: {report.tenant}"
    yield from (f"  {sentence}" for sentence in report.rehearsal)
    yield ""
    movers = _many(page.people or page.changes, "person", "people")
    yield f"{movers} would move, in {groups} of up to {page.group_size}."
    for words, number, off in page.kinds[:_FIRST]:
        yield f"  {number:>9,}  {words}" + (f" (stays off: {off})" if off else "")
    if len(page.kinds) > _FIRST:
        rest = sum(number for _, number, _ in page.kinds[_FIRST:])
        yield f"  {rest:>9,}  in {_many(len(page.kinds) - _FIRST, 'more kind')} of change"
    yield from (f"  {sentence}" for sentence in report.waves)
    yield ""
    yield f"{_many(counts['rows'], 'row')}:"
    for bucket in Bucket:
        if counts[bucket.value]:
            yield f"  {counts[bucket.value]:>9,}  {bucket.value}"
    yield from (f"  {number:>20,}  {told(code).meaning}" for code, number in page.idle.items())
    yield from _attention(report.attention)
    yield from _services(report)
    yield from _seats(report)
    yield from _money(report)
    yield from _first(report, page.changes)
    for what, word in page.guards:
        yield ""
        yield f"Held back: {what}"
        yield f"  To let it through all the same: {word}"
    if page.folder:
        yield ""
        words = " ".join(dict.fromkeys(word for _, word in page.guards))
        folder = in_shell(page.folder)
        how = "Rehearse it, which touches nobody" if page.modelled else "Carry it out"
        carry = f" {how}: reassign apply {folder} {words}".rstrip() if page.changes else ""
        waits = report.approval.startswith(WAITS)
        if report.approval:
            yield report.approval.replace("RUN", in_shell(page.folder))
        if report.status is RunStatus.BLOCKED and not page.changes and not page.guards:
            yield "Nobody can move as things are: what stands in the way, and the word for it, is said above."
        yield f"Nothing was changed.{'' if waits or page.others_did else carry}"
        if carry and page.modelled and not waits:
            yield f"Have it done by people: reassign handover {folder} --to admin-center {words}".rstrip()


def _many(number: int, one: str, several: str = "") -> str:
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def _attention(reasons: Sequence[Reason]) -> Iterator[str]:
    for reason in reasons:
        if reason.where == "not_sent":
            continue
        yield f"  {reason.count:>20,}  {reason.meaning}"
        yield f"  {'':>20}  {reason.todo} ({reason.code}: {', '.join(reason.examples[:3])})"


def _services(report: Report) -> Iterator[str]:
    if not report.services:
        return
    yield ""
    yield "What people gain and lose (every service by name in report.html)"
    alike: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for kind in report.services:
        alike[kind.title, kind.brief] += kind.people
    for (title, brief), people in alike.most_common(_FIRST):
        yield f"  {title}: {_many(people, 'person', 'people')}"
        yield from (f"    {line}" for text in brief or ("No service changes.",) for line in wrapped(text))
    if len(alike) > _FIRST:
        yield f"  … and {_many(len(alike) - _FIRST, 'more kind')} of change"


def _seats(report: Report) -> Iterator[str]:
    if not report.skus:
        return
    yield ""
    yield f"{'Seats':<44}{'bought':>9}{'used now':>10}{'used then':>11}{'free then':>11}"
    for line in report.skus:
        free = line.seats - line.planned
        yield f"  {line.name[:40]:<42}{line.seats:>9,}{line.before:>10,}{line.planned:>11,}{free:>11,}"


def _money(report: Report) -> Iterator[str]:
    if report.money:
        yield ""
        yield "Money"
        yield from (f"  {sentence}" for sentence in money_lines(report.money, started=bool(report.started_at)))


def _first(report: Report, changes: int) -> Iterator[str]:
    yield ""
    shown = 0
    for row in report.rows():
        if row.outcome == "not_sent":
            off = f" (stays off: {row.kept_off})" if row.kept_off else ""
            yield f"  row {row.row}: {row.user}: {row.remove or '-'} → {row.add or '-'}{off}"
            shown += 1
            if shown == _FIRST:
                break
    if changes > shown:
        yield f"  … and {changes - shown:,} more, in results.csv (reassign report writes it where it is not there yet)"
