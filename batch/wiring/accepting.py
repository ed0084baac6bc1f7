"""A person's word that a held file is whole: it goes back to its inbox, and the next night takes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from batch.core.errors import UsageError
from batch.core.harmless import one_line
from batch.core.night_dates import night_of
from batch.core.night_events import Event, EventKind
from batch.core.nights import Fate, FileNight
from batch.runs import locks
from batch.runs.inbox import Inbox
from batch.runs.night_store import NightStore
from batch.wiring.night_parts import LOCKS, Declared
from batch.wiring.parts import NightClock
from batch.wiring.timing import zone_of


def accept(declared: Declared, folder: Path, asked: str, clock: NightClock) -> FileNight:
    """Let the held file of this job through that is named ``asked``; the file.

    ``folder``: that of the nights. Raises ``UsageError`` when no file or several are meant, ``RunLocked`` while a night
    is at work on the job, and what the inbox and the book raise.
    """
    if declared.job is None or declared.job.nightly is None:
        raise declared.error or UsageError(f"{declared.path} declares nothing for the nights.")
    inbox = Inbox(declared.job.nightly.inbox) if declared.job.nightly.inbox else None
    now = clock.now()
    with NightStore.open(folder) as store, locks.held(folder / LOCKS, f"job-{declared.key}", "job accept", now):
        store.refresh()
        delivery, file = _meant(list(_held(store, declared.key, inbox)), asked)
        date = night_of(now, zone_of(declared.job.timezone))
        data = {"digest": file.digest}
        store.append(Event(kind=EventKind.ACCEPTED, at=now, night=date, job=declared.key, about=delivery, data=data))
        if inbox and (delivery, file.name) in inbox.held():
            inbox.release(f"{delivery}/{file.name}")
    return file


def _held(store: NightStore, key: str, inbox: Inbox | None) -> Iterator[tuple[str, FileNight]]:
    """What is held by the book, and what was let through and has not been put back yet: somebody was interrupted."""
    lying = set(inbox.held()) if inbox else set()
    waiting = {(delivery.id, file.name) for delivery, file in store.book.held(key)}
    for delivery in store.book.deliveries.values():
        for file in delivery.files if delivery.job == key else ():
            if file.fate is Fate.HELD and (delivery.id, file.name) in waiting | lying:
                yield delivery.id, file


def _meant(held: list[tuple[str, FileNight]], asked: str) -> tuple[str, FileNight]:
    """The newest of the held files that ``asked`` names: by its name, or as DELIVERY/NAME."""
    asked = asked.removeprefix("./")  # so that a name which begins with a hyphen can be said
    found = [pair for pair in held if asked in (pair[1].name, f"{pair[0]}/{pair[1].name}", Path(pair[1].name).name)]
    if len({file.digest for _, file in found}) == 1:
        return found[-1]
    names = ", ".join(one_line(f"{delivery}/{file.name}") for delivery, file in (found or held)[:20])
    if found:
        raise UsageError(f"Several held files are called “{one_line(asked)}”.", f"Name one of them: {names}")
    raise UsageError(
        f"No file “{one_line(asked)}” of this job is held.", f"Held now: {names}" if held else "No file is held."
    )
