"""From the book of nights to what a night was like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from batch.core.night_book import NightBook
from batch.core.night_records import Delivery, Due, Pass, Turn
from batch.core.nights import (
    FATES,
    MEANS,
    RANKS,
    Fate,
    FileNight,
    JobNight,
    Need,
    Night,
    Outcome,
    RunNight,
    Standing,
    Told,
)

_WRITING = "It is still being written, and left for the next time."
_EXIT = {Outcome.NOTHING: 0, Outcome.DONE: 0, Outcome.PART: 3, Outcome.NEEDS_YOU: 4, Outcome.FAILED: 1}


def nights_told(book: NightBook, newest: int | None = None) -> list[Night]:
    """The nights of the book, the newest first; ``newest``: only so many."""
    dates = list(dict.fromkeys(p.night for p in reversed(book.passes.values())))
    by_night: dict[tuple[str, str], list[Delivery]] = {}
    for delivery in book.deliveries.values():
        for date in {delivery.judged_in, *delivery.nights}:
            by_night.setdefault((delivery.job, date), []).append(delivery)
    jobs: dict[str, list[Turn]] = {}
    for turn in book.turns.values():
        jobs.setdefault(turn.night, []).append(turn)
    passes: dict[str, list[Pass]] = {}
    for one in book.passes.values():
        passes.setdefault(one.night, []).append(one)
    told: dict[str, list[Due]] = {}
    for due in book.messages.values():
        told.setdefault(due.night, []).append(due)
    found = []
    for number, date in enumerate(dates[:newest]):
        latest = number == 0
        turns = jobs.get(date, ())
        done = tuple(_job(book, t, by_night.get((t.job, date), ()), latest=latest) for t in turns)
        found.append(
            _night(date, passes[date], done, _told(book.messages.values() if latest else told.get(date, ()), date))
        )
    return found


def _night(date: str, passes: Sequence[Pass], jobs: tuple[JobNight, ...], told: Iterable[Told]) -> Night:
    return Night(
        date=date,
        began_at=passes[0].began_at,
        ended_at=max(p.ended_at for p in passes) if passes[-1].ended_at else 0.0,
        exit_code=exit_code(jobs),
        host=passes[-1].host,
        version=passes[-1].version,
        jobs=jobs,
        missed=passes[0].missed,
        told=tuple(told),
    )


def exit_code(jobs: Iterable[JobNight]) -> int:
    """The exit code of a night: that of the worst job, of the first where several are as bad."""
    jobs = list(jobs)
    worst = max(jobs, key=lambda job: RANKS[job.outcome], default=None)
    return (worst.exit_code or max(job.exit_code for job in jobs)) if worst else 0


def _job(book: NightBook, turn: Turn, of_job: Iterable[Delivery], *, latest: bool) -> JobNight:
    """What one job did in the night of this turn; in the ``latest`` night what is held from before counts, too."""
    runs = [(d, d.nights[turn.night]) for d in of_job if turn.night in d.nights]
    files = [f for d in of_job if d.judged_in == turn.night for f in d.files]
    files = [f for f in files if not book.is_let_through(turn.job, f)]
    files += [FileNight(name=name, fate=Fate.WRITING, why=_WRITING) for name in turn.writing]
    held = [f for _, f in book.held(turn.job)] if latest else []
    outcomes = [MEANS[run.standing] for _, run in runs] + [FATES[f.fate] for f in files]
    outcomes += [Outcome.NEEDS_YOU] * bool(held) + [Outcome.FAILED] * bool(turn.error)
    outcome = max(outcomes, key=RANKS.__getitem__, default=Outcome.NOTHING)
    return JobNight(
        job=turn.job,
        title=turn.title,
        outcome=outcome,
        exit_code=_exit_of(outcome, turn, [run for _, run in runs]),
        began_at=turn.began_at,
        ended_at=turn.ended_at,
        files=tuple(files),
        runs=tuple(run for _, run in runs),
        needs=tuple(_needs(turn, runs, files, held)),
        notes=turn.notes,
        error=turn.error,
    )


def _exit_of(outcome: Outcome, turn: Turn, runs: Iterable[RunNight]) -> int:
    if outcome is Outcome.FAILED:
        failed = [run.exit_code for run in runs if run.standing is Standing.FAILED]
        return turn.exit_code if turn.error else failed[0]
    standings = {run.standing for run in runs}
    if Standing.DIFFERS in standings:
        return 9
    return _EXIT[outcome] or (_EXIT[Outcome.PART] if Standing.WAITS in standings else 0)


def _needs(
    turn: Turn, runs: Iterable[tuple[Delivery, RunNight]], files: Iterable[FileNight], held: Iterable[FileNight]
) -> Iterable[Need]:
    """What waits for a person, failures first."""
    if turn.error:
        yield Need(what=turn.error, todo=turn.todo)
    for wanted in (Outcome.FAILED, Outcome.NEEDS_YOU):
        for _, run in runs:
            if MEANS[run.standing] is wanted:
                yield Need(what=f"{run.run}: {run.what}", todo=run.todo)
    for file in dict.fromkeys((*(f for f in files if f.fate is Fate.REJECTED), *held)):
        yield Need(what=f"{file.name}: {file.why}", todo=file.todo)


def _told(messages: Iterable[Due], date: str) -> Iterator[Told]:
    """The messages of this night, and those that are still due from earlier ones."""
    for due in messages:
        for key, (state, why) in due.state.items():
            unsent = state in ("due", "sending")
            if due.night == date or unsent:
                kind, to = due.ways[key]
                yield Told(
                    message=due.message.id,
                    job=due.job,
                    way=kind,
                    to=to,
                    outcome=due.message.outcome,
                    state="due" if unsent else state,
                    why=why,
                )
