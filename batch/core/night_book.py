"""The book of nights: what was done with every file and run, event by event, and what that adds up to.

Events are only ever added. Something that is about to be done is written down first, what it came to afterwards; so
a night that was killed at any point is carried on by the next from the book alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from batch.core.errors import JournalDamaged
from batch.core.night_events import Event, EventKind
from batch.core.night_records import Delivery, Due, Pass, Turn
from batch.core.night_values import file_of, message_of, run_of
from batch.core.nights import Fate, FileNight, Standing


class NightBook:
    """What the events add up to. Depends on them alone; ``record`` them in their order."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.deliveries: dict[str, Delivery] = {}
        #: By their ids, in their order.
        self.passes: dict[str, Pass] = {}
        #: (job, night) → its turn, in their order.
        self.turns: dict[tuple[str, str], Turn] = {}
        self.messages: dict[str, Due] = {}
        #: Per job: digests that a person let through, and pieces of news that a message was made of.
        self.let_through: dict[str, set[str]] = {}
        self.told: dict[str, set[str]] = {}
        #: Per job: how its people are told, as the job file said when it could be read last.
        self.ways: dict[str, Mapping[str, Any]] = {}
        #: Per job: where its file was.
        self.paths: dict[str, str] = {}
        #: (job, digest) → the deliveries in which a file of these bytes was used, as far as they still say so.
        self._used: dict[tuple[str, str], dict[str, None]] = {}
        self.last_at = 0.0
        for event in events:
            self.record(event)

    def record(self, event: Event) -> None:
        """Take one event into account; ``JournalDamaged`` for one that cannot follow what came before."""
        try:
            self._take(event)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise JournalDamaged(
                f"The book of nights does not add up: {event.kind} of {event.about or event.job} ({error}).",
                "Keep nights.db as it is, and begin with another folder: --nights DIR.",
            ) from error

    # -- what is asked of it -----------------------------------------------------------------------------------

    def open(self, job: str) -> list[Delivery]:
        """Deliveries of this job with something left to do, those that were begun first, then the oldest."""
        found = [d for d in self.deliveries.values() if d.job == job and not d.filed]
        return sorted(found, key=lambda d: (not d.going, d.plans == 0, d.at))

    def run_of_digest(self, job: str, digest: str, *, but: str = "") -> str:
        """The delivery of this job in which a file of these very bytes was used; empty for none. ``but``: not this."""
        for delivery in (self.deliveries[id_] for id_ in self._used.get((job, digest), ()) if id_ != but):
            given_up = delivery.run is not None and delivery.run.standing is Standing.GIVEN_UP
            if not given_up and any(f.digest == digest for f in delivery.accepted):
                return delivery.id
        return ""

    def is_held(self, job: str, digest: str) -> bool:
        """Whether a file of these bytes is held, and nobody has let it through."""
        if digest in self.let_through.get(job, ()):
            return False
        return any(f.digest == digest and f.fate is Fate.HELD for d in self._of(job) for f in d.files)

    def in_vain(self, job: str, night: str, digests: Collection[str]) -> bool:
        """Whether sheets at a fixed place were found unfit this night: once is enough, until one of them changes."""
        tonight = [d for d in self._of(job) if d.fixed and d.judged_in == night and not d.accepted]
        unfit = {f.digest for d in tonight for f in d.files if f.fate is Fate.REJECTED}
        return not unfit.isdisjoint(digests)

    def is_let_through(self, job: str, file: FileNight) -> bool:
        """Whether this is a held file that a person has let through since: it is found anew."""
        return file.fate is Fate.HELD and file.digest in self.let_through.get(job, ())

    def held(self, job: str) -> Iterator[tuple[Delivery, FileNight]]:
        """Files of this job that wait for a person."""
        passed = self.let_through.get(job, set())
        for delivery in self._of(job):
            if not delivery.cleared:
                yield from ((delivery, f) for f in delivery.files if f.fate is Fate.HELD and f.digest not in passed)

    def used(self, job: str, *, but: str = "") -> Iterator[FileNight]:
        """The files of this job that were used, the oldest first; ``but``: not those of this delivery."""
        for delivery in self._of(job):
            if delivery.id != but:
                yield from delivery.accepted

    def _of(self, job: str) -> list[Delivery]:
        return [d for d in self.deliveries.values() if d.job == job]

    # -- taking events in --------------------------------------------------------------------------------------

    def _take(self, event: Event) -> None:
        kind, data = event.kind, event.data
        self.last_at = event.at
        match kind:
            case EventKind.OPENED:
                self.passes[event.about] = Pass(
                    night=event.night,
                    began_at=event.at,
                    host=str(data["host"]),
                    version=str(data["version"]),
                    missed=tuple(map(str, data["missed"])),
                    jumped=bool(data.get("jumped")),
                )
            case EventKind.CLOSED:
                self.passes[event.about].ended_at = event.at
            case EventKind.JOB_BEGAN | EventKind.JOB_ENDED:
                self._turn(event)
            case EventKind.ACCEPTED:
                self.let_through.setdefault(event.job, set()).add(str(data["digest"]))
            case EventKind.NEWS | EventKind.SENDING | EventKind.SENT | EventKind.UNSENT:
                self._message(event)
            case EventKind.TOOK:
                self._took(event)
            case EventKind.CLEARED:
                for run in data["runs"]:
                    self.deliveries[run].cleared = True
            case _:
                self._delivery(event)

    def _turn(self, event: Event) -> None:
        key, data = (event.job, event.night), event.data
        if event.kind is EventKind.JOB_BEGAN:
            turn = self.turns.get(key)
            began = turn.began_at if turn else event.at
            notes = turn.notes if turn else ()
            if data["ways"]:
                self.ways[event.job] = dict(data["ways"])
            self.paths[event.job] = str(data.get("path", ""))
            self.turns[key] = Turn(
                job=event.job,
                night=event.night,
                title=str(data["title"]),
                began_at=began,
                digest=str(data["digest"]),
                notes=notes,
            )
            return
        turn = self.turns[key]
        turn.ended_at, turn.error, turn.todo = event.at, str(data["error"]), str(data["todo"])
        turn.exit_code = int(data["exit_code"])
        turn.notes = tuple(dict.fromkeys((*turn.notes, *map(str, data["notes"]))))
        turn.writing = tuple(map(str, data["writing"]))

    def _took(self, event: Event) -> None:
        if event.about in self.deliveries:
            raise ValueError("taken twice")
        self.deliveries[event.about] = Delivery(
            id=event.about,
            job=event.job,
            night=event.night,
            at=event.at,
            moved_at=event.at,
            judged_in=event.night,
            wanted=tuple(map(str, event.data["files"])),
            inbox=str(event.data["inbox"]),
        )

    def _delivery(self, event: Event) -> None:
        delivery, data = self.deliveries[event.about], event.data
        match event.kind:
            case EventKind.CLAIMED:
                delivery.claimed = True
                delivery.files = tuple(map(file_of, data["files"]))
            case EventKind.JUDGED:
                delivery.judged, delivery.judged_in = True, event.night
                delivery.files = tuple(map(file_of, data["files"]))
                for file in delivery.accepted:
                    self._used.setdefault((delivery.job, file.digest), {})[delivery.id] = None
            case EventKind.PLANNED:
                delivery.plans += 1
                delivery.planned_there = delivery.planned_there + 1 if delivery.planned_in == event.night else 1
                delivery.planned_in, delivery.tenant = event.night, str(data["tenant"])
                self._stands(delivery, event)
                delivery.going, delivery.sent = {}, 0
            case EventKind.GOING:
                delivery.going.setdefault(event.night, (int(data["sent"]), int(data["moved"])))
                delivery.sent = None
            case EventKind.WENT:
                before = delivery.run.moved if delivery.run else 0
                self._stands(delivery, event)
                delivery.over, delivery.sent = bool(data["over"]), int(data["sent"])
                if delivery.run and delivery.run.moved != before:
                    delivery.moved_at = event.at
            case EventKind.FILED:
                delivery.filed, delivery.filed_at = True, event.at
                ends = (Fate.TAKEN, Fate.DONE) if delivery.run else ()
                delivery.files = tuple(replace(f, fate=Fate.DONE) if f.fate in ends else f for f in delivery.files)
            case _:
                raise ValueError(f"not about a delivery: {event.kind}")

    def _stands(self, delivery: Delivery, event: Event) -> None:
        run = run_of(event.data["run"])
        delivery.turns += delivery.run is None or delivery.run.standing is not run.standing
        delivery.run, delivery.went_in = run, event.night
        delivery.nights[event.night] = run

    def _message(self, event: Event) -> None:
        data = event.data
        if event.kind is EventKind.NEWS:
            ways = {str(w["key"]): (str(w["kind"]), str(w["to"])) for w in data["ways"]}
            self.told.setdefault(event.job, set()).update(map(str, data["items"]))
            self.messages[event.about] = Due(
                message=message_of(data["message"]),
                job=event.job,
                night=event.night,
                ways=ways,
                state=dict.fromkeys(ways, ("due", "")),
            )
            return
        due, way = self.messages[event.about], str(data["way"])
        if way not in due.ways:
            raise ValueError(f"no such way: {way}")
        state = {EventKind.SENDING: "sending", EventKind.SENT: "sent"}.get(event.kind, "")
        due.state[way] = (state or ("due" if data["again"] else "given_up"), str(data.get("why", "")))
