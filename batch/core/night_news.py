"""What people are told about a job's night: only what matters, each piece once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from batch.core.harmless import one_line
from batch.core.night_book import NightBook
from batch.core.night_records import Delivery, Turn
from batch.core.nights import FATES, MEANS, RANKS, Fate, FileNight, Message, Need, Outcome, RunNight, Standing

#: How a run stands that is news again each night it stands so.
_EACH_NIGHT = frozenset({Standing.GOES_ON, Standing.STOPPED, Standing.FAILED})
#: How a night ended, for people.
WORDS = {
    Outcome.NOTHING: "nothing to do",
    Outcome.DONE: "done",
    Outcome.PART: "done in part",
    Outcome.NEEDS_YOU: "needs you",
    Outcome.FAILED: "failed",
}
#: What became of a file, for people.
FATE_WORDS = {
    Fate.TAKEN: "taken",
    Fate.DONE: "done",
    Fate.SAME: "seen before",
    Fate.REJECTED: "rejected",
    Fate.HELD: "held",
    Fate.WRITING: "not taken yet",
    Fate.GONE: "vanished",
}
#: Runs and files that a message speaks of one by one.
_RUNS = 20
_FILES = 20


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of news; its key says whether it was told already."""

    key: str
    outcome: Outcome
    run: RunNight | None = None
    file: FileNight | None = None
    need: Need | None = None


def news_of(book: NightBook, turn: Turn) -> tuple[Item, ...]:
    """What nobody was told yet about the job of this turn: whatever pass left it so, killed ones too."""
    told = book.told.get(turn.job, set())
    found = [*_of_turn(turn), *(i for d in book.deliveries.values() if d.job == turn.job for i in _of(d))]
    return tuple(item for item in found if item.key not in told)


def _of_turn(turn: Turn) -> Iterator[Item]:
    if turn.error:
        mark = hashlib.sha256(turn.error.encode("utf-8", "replace")).hexdigest()[:16]
        need = Need(what=turn.error, todo=turn.todo)
        yield Item(f"{turn.night}:error:{mark}", Outcome.FAILED, need=need)


def _of(delivery: Delivery) -> Iterator[Item]:
    if delivery.cleared:
        return
    run = delivery.run
    if run and (outcome := MEANS[run.standing]) is not Outcome.NOTHING:
        # Else once for as long as it stands so, and again when something came of it meanwhile.
        since = delivery.went_in if run.standing in _EACH_NIGHT else f"{delivery.turns}:{run.moved}"
        yield Item(f"{delivery.id}:{delivery.plans}:{run.standing}:{since}", outcome, run=run)
    for file in delivery.files:
        if file.fate in (Fate.REJECTED, Fate.HELD, Fate.SAME):
            yield Item(f"{delivery.id}:{file.name}:{file.fate}", FATES[file.fate], file=file)


def message_for(turn: Turn, items: Collection[Item], at: float, page: str) -> Message:
    """One message that tells all of these; its id depends on nothing but the job and what it tells."""
    outcome = max((item.outcome for item in items), key=RANKS.__getitem__)
    runs = [item.run for item in items if item.run]
    files = [item.file for item in items if item.file]
    told = json.dumps([turn.job, sorted(item.key for item in items)])
    return Message(
        id=hashlib.sha256(told.encode()).hexdigest()[:32],
        outcome=outcome,
        job=turn.job,
        title=turn.title,
        night=turn.night,
        made_at=at,
        subject=_subject(turn, outcome, runs),
        lines=tuple(_lines(runs, files)),
        needs=tuple(_needs(items)),
        counts=tuple(_counts(runs, files)),
        page=page,
        reports=tuple(f"{run.path}/report.xlsx" for run in runs if run.standing is not Standing.FAILED),
    )


def _subject(turn: Turn, outcome: Outcome, runs: Collection[RunNight]) -> str:
    moved, planned = sum(r.moved for r in runs), sum(r.planned for r in runs)
    much = f", {moved:,} of {planned:,} moved" if planned else ""
    return one_line(f"{turn.title}: {WORDS[outcome]}{much}")


def _counts(runs: Collection[RunNight], files: Collection[FileNight]) -> Iterator[tuple[str, int]]:
    for name in ("planned", "moved", "tonight", "refused", "waiting", "left_out"):
        yield name, sum(getattr(run, name) for run in runs)
    yield "files", len(files)


def _lines(runs: Iterable[RunNight], files: Collection[FileNight]) -> Iterator[str]:
    """What happened; what needs a person stands among the needs, and is not said twice."""
    runs = list(runs)
    for run in runs[:_RUNS]:
        yield run_line(run)
        if RANKS[MEANS[run.standing]] < RANKS[Outcome.NEEDS_YOU] and (run.what or run.todo):
            yield f"{run.what} {run.todo}".strip()
        if run.seats:
            yield "Free seats: " + ", ".join(f"{one_line(s.name)} {s.free:,}" for s in run.seats) + "."
    if len(runs) > _RUNS:
        yield f"And {len(runs) - _RUNS:,} runs more: see the page."
    calm = [file for file in files if RANKS[FATES[file.fate]] < RANKS[Outcome.NEEDS_YOU]]
    for file in calm[:_FILES]:
        yield f"{one_line(file.name)}: {FATE_WORDS[file.fate]}. {file.why} {file.todo}".strip()
    if len(calm) > _FILES:
        yield f"And {len(calm) - _FILES:,} files more: see the page."


def run_line(run: RunNight) -> str:
    """A sentence on how a run stands."""
    tonight = "all" if run.tonight == run.moved else f"{run.tonight:,} of them" if run.tonight else "none of them"
    moved = f"{run.moved:,} of {run.planned:,} moved" + f", {tonight} this night" * bool(run.moved)
    parts = [moved if run.planned else "nobody to move"]
    parts += [f"{run.refused:,} refused, given up or in doubt"] * bool(run.refused)
    later = "were left as they are" if run.standing is Standing.GIVEN_UP else "are still to come"
    parts += [f"{run.waiting:,} {later}"] * bool(run.waiting)
    parts += [f"{run.left_out:,} rows were left out"] * bool(run.left_out)
    return f"{run.run}, {one_line(run.title)}: {'; '.join(parts)}."


def _needs(items: Iterable[Item]) -> Iterator[Need]:
    for item in sorted(items, key=lambda item: -RANKS[item.outcome]):
        if item.need:
            yield item.need
        elif RANKS[item.outcome] >= RANKS[Outcome.NEEDS_YOU]:
            if item.run:
                yield Need(what=f"{item.run.run}: {item.run.what}", todo=item.run.todo)
            elif item.file:
                yield Need(what=f"{one_line(item.file.name)}: {item.file.why}", todo=item.file.todo)
