"""What came back from other hands, as entries: only what says something new, all of them written together or none."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from enum import StrEnum

from batch.core.entries import LONGEST_TEXT, Entry, EntryKind, Seen, storable
from batch.core.hand_book import WITH_SERVICES
from batch.core.handed import Report, Said
from batch.core.ledger import Ledger
from batch.core.packs import giveable
from batch.core.states import NO_FAILURE, State
from batch.core.step import Queue
from batch.core.waves import verified_text
from batch.engine.ports import Journal

#: What a read shows that no lag can bring about: the new state proves itself, and nobody comes back.
CERTAIN = (Seen.AFTER, Seen.GONE)
SETTLED = (*CERTAIN, Seen.BEFORE, Seen.OTHER)
#: As long as a change of a wave stands so, the wave is not over.
_UNDER_WAY = frozenset(map(int, (State.FLYING, State.WAITING, State.DOUBT, State.HANDED, State.CLAIMED)))
_OPEN = (State.PENDING, State.FLYING, State.WAITING, State.DOUBT, State.HANDED, State.CLAIMED)


class Source(StrEnum):
    """Where something comes back from. Kept in ``code`` of a COLLECTED entry."""

    RESULTS = "results"
    PACKS = "packs"
    EXPORT = "export"
    GRAPH = "graph"
    TENANT = "tenant"


class News:
    """Entries that are taken into the ledger as they are found, and kept until they are written.

    Use one for everything that is taken in together. If writing fails, the ledger is ahead of the journal and has to
    be thrown away.
    """

    def __init__(self, ledger: Ledger, now: Callable[[], float]) -> None:
        self.entries: list[Entry] = []
        self._ledger = ledger
        self._now = now

    def take(self, source: Source, about: Mapping[str, object], found: Callable[[], int]) -> int:
        """Note the source, if ``found`` (which takes in what it says) finds something new; how much that is."""
        at = len(self.entries)
        if new := found():
            text = json.dumps({"number": len(self._ledger.collected) + 1, **about}, sort_keys=True)
            entry = Entry(EntryKind.COLLECTED, -1, self._now(), code=source.value, text=storable(text, LONGEST_TEXT))
            self._ledger.record(entry)
            self.entries.insert(at, entry)
        return new

    def reports(self, reports: Sequence[Report]) -> int:
        """Take in what others say about changes in their hands; how much of it is new."""
        now, before = self._now(), len(self.entries)
        for report in reports:
            text = storable(_words(report), LONGEST_TEXT)
            if self._ledger.weighs(report.change, report.said) and self._is_said_first(report, text):
                self._record(
                    Entry(
                        EntryKind.REPORTED, report.change, now, status=report.status, code=report.said.value, text=text
                    )
                )
        return len(self.entries) - before

    def prove(self, seen: Sequence[Seen], believed: Collection[Seen] = SETTLED, services: Container[int] = ()) -> int:
        """Take in what was seen of each change of the plan, of those in other hands; how much of it is new.

        ``services``: the changes of which it was seen as well which services are off.
        """
        now, before = self._now(), len(self.entries)
        # What is the same of many stands together, so that it is one row of the journal.
        for change in sorted(self._ledger.hands, key=lambda change: (seen[change], change in services, change)):
            what, whole = seen[change], change in services
            if what in believed and self._ledger.shows(change, what, services=whole):
                code = WITH_SERVICES if whole else ""
                self._record(Entry(EntryKind.PROVEN, change, now, status=what, code=code))
        return len(self.entries) - before

    def conclude(self, seen: Sequence[Seen] | None = None) -> None:
        """Note that the wave under way was looked at, if all of it is over, and that nothing is left to do, if so.

        ``seen``: of each change, where somebody looked.
        """
        ledger, now = self._ledger, self._now()
        if ledger.stop not in NO_FAILURE:
            return
        end = ledger.wave_end
        if seen is not None and end < len(ledger.state) and self._is_over(end):
            looked = ledger.unseen
            # What others did was seen when it was proven; what we did has to be seen now, or it is no look at the wave.
            known = {c: seen[c] for c in looked if c not in ledger.hands or seen[c] is not Seen.UNSEEN}
            differ = {c: what for c, what in known.items() if what is not Seen.AFTER}
            if Seen.UNSEEN not in known.values():
                self._record(Entry(EntryKind.VERIFIED, -1, now, text=verified_text(end, len(looked), differ)))
        if self.entries and not any(ledger.tally[state] for state in _OPEN):
            self._record(Entry(EntryKind.FINISHED, -1, now))

    def write(self, journal: Journal) -> None:
        """Write everything down, in one append; raises what the journal raises."""
        if self.entries:
            journal.append(self.entries)

    def _is_over(self, end: int) -> bool:
        """Whether something of this wave was in other hands, and nothing of it is open there or elsewhere.

        Who is not handed over yet and would find a seat is open. Who finds none waits for the next wave.
        """
        ledger = self._ledger
        begun = ledger.waves[-1].up_to if ledger.waves else 0
        handed = any(begun <= change < end for change in ledger.hands)
        if not handed or not _UNDER_WAY.isdisjoint(ledger.state[:end]):
            return False
        waiting = Queue(ledger).fresh(end, dict(ledger.reserved), stuck=True)
        return not any(giveable(ledger.kinds[ledger.kind[change]]) for change in waiting)

    def _is_said_first(self, report: Report, text: str) -> bool:
        """Whether it is not what was said last: that somebody gave up may be said any number of times."""
        return self._ledger.why.get(report.change) != (report.said.value, text)

    def _record(self, entry: Entry) -> None:
        self._ledger.record(entry)
        self.entries.append(entry)


def _words(report: Report) -> str:
    """The words as an entry has them: for a refusal the service's code comes first."""
    if report.said is Said.REFUSED or (report.code and report.text):
        return f"{report.code}: {report.text}"
    return report.code or report.text
