"""Taking in what others did about what was handed over: what others say they did, and what shows that it is done.

What is said (results of the script, ticked workbooks) and what is seen (exports, saved answers of Graph, the tenant
itself) go into the same journal, so the same ledger and the same reconciliation close the run.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from batch.core.entries import Seen
from batch.core.errors import UsageError
from batch.core.handed import Odd
from batch.core.harmless import in_shell
from batch.core.ledger import Ledger
from batch.core.plan import Changes
from batch.engine.ports import Clock, Tenant
from batch.runs.folder import RunFolder
from batch.wiring import reconciling, remarks
from batch.wiring.looking import Waiting
from batch.wiring.modelling import carry_over
from batch.wiring.news import CERTAIN, News, Source
from batch.wiring.opening import is_modelled
from batch.wiring.parts import SteadyClock
from batch.wiring.remarks import named
from batch.wiring.returning import Came, what_came

#: Files whose digests are noted one by one, and characters kept of their names: an entry has room for so much, also
#: where each of them is written as two escapes (``LONGEST_TEXT``).
_FEW, _NAMES = 20, 150
#: Seconds; a millisecond makes a difference to any clock.
_TICK = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one file came to."""

    source: Source
    file: str
    #: What it says, by word: of ``Said`` where others say it, of ``Seen`` where it shows it.
    counts: Mapping[str, int]
    #: How much of that was not known before.
    new: int
    #: Rows that are not believed.
    odd: tuple[Odd, ...]
    #: It was taken in before, byte for byte.
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What was taken in from files; the ledger that was given has it all."""

    told: tuple[Told, ...]
    #: What else a person should know, in sentences.
    said: tuple[str, ...]
    #: Whether something showed what is.
    proven: bool


def check_tenant(folder: RunFolder, meta: Mapping[str, Any], ledger: Ledger) -> None:
    """``UsageError`` when changes are in other hands and the run's own tenant cannot show what was done about them."""
    if ledger.handovers and is_modelled(meta):
        with_it = (
            f"collect {in_shell(folder.path)} EXPORT"
            if ledger.hands
            else f"reconcile {in_shell(folder.path)} --users EXPORT"
        )
        raise UsageError(
            "The run has a practice tenant of its own, so nobody can look at the real tenant from here.",
            "Export the users with their licences from the admin center (or save the answer of Graph), then: "
            f"reassign {with_it}",
        )


def check_ours(folder: RunFolder, meta: Mapping[str, Any], ledger: Ledger) -> None:
    """``UsageError`` when changes of this run are or were in other hands, or those that it takes back were, and calls
    from here would change a model of the real tenant.
    """
    if is_modelled(meta) and (ledger.handovers or meta.get("others_did")):
        others = "what it takes back was done by others"
        if ledger.handovers:
            others = f"changes of it {'are in other hands' if ledger.hands else 'were handed over'}"
        raise UsageError(
            f"{folder.path} has but a practice tenant made from sheets, and {others}: applying it would move people in "
            "there, and nobody in the real tenant.",
            f"Hand it over: reassign handover {in_shell(folder.path)} --to …",
        )


def collect(
    folder: RunFolder,
    changes: Changes,
    ledger: Ledger,
    paths: Sequence[Path],
    stage_is: Callable[[str], None] = lambda text: None,
    *,
    only_proofs: bool = False,
) -> Collected:
    """Take in these files: reports first, then what shows what is; all of it is written down, or nothing.

    ``only_proofs``: files that say what others did are refused.
    Raises ``UsageError`` for a file that cannot be used, and what the journal raises.
    """
    check_handed(folder, ledger)
    meta = folder.meta()
    came = []
    for path in dict.fromkeys(paths):
        stage_is(f"Reading {path.name}")
        came.append(what_came(path, folder.path, meta, ledger, changes))
    said, proofs = _parted(came)
    if said and only_proofs:
        raise UsageError(
            f"{named(said)} says what was done and shows nothing.",
            f"Take it in with: reassign collect {in_shell(folder.path)} FILE",
        )
    last = remarks.last_words(came, ledger)
    # The clock of an earlier process may have been ahead; what is new comes after all that is known.
    now = max(SteadyClock().now(), ledger.started_at, max(ledger.at, default=0.0) + _TICK)
    news = News(ledger, lambda: now)
    told = [_reported(one, ledger, news) for one in said]
    fresh: reconciling.Fresh | None = None
    notes: list[str] = []
    if proofs:
        fresh = _seen_in(proofs, changes, folder, now)
        _check_about_us(proofs, fresh, ledger)
        fresh, notes = remarks.believed(fresh, ledger, named(proofs))
        told.append(_proven(proofs, fresh, ledger, news))
        if not told[-1].again:
            notes += remarks.older(proofs, fresh, last, lambda one: _seen_in([one], changes, folder, now).seen)
        notes += [*remarks.unclear(fresh, ledger), *remarks.services(proofs, changes, ledger)]
    news.conclude(fresh.seen if fresh else None)
    stage_is("Writing down what came back")
    news.write(folder.journal())
    if fresh:
        # What files show that the run was compared with before is older than what came since.
        if told[-1].new or not _are_among(proofs, meta.get(reconciling.COMPARED, ())):
            reconciling.keep(folder, changes, ledger, fresh)
        stage_is("Moving people in the practice tenant of the run as well")
        notes += carry_over(folder, meta, changes, ledger)
    return Collected(told=tuple(told), said=tuple(notes), proven=fresh is not None)


def look(
    folder: RunFolder,
    tenant: Tenant,
    changes: Changes,
    ledger: Ledger,
    clock: Clock,
    waiting: Waiting = lambda left, seconds: None,
) -> reconciling.Fresh:
    """A fresh look at the tenant; of changes in other hands it is taken for what shows that they are done.

    The new state is believed at once, what was before only once reads can no longer lag.
    """
    if not ledger.hands:
        return reconciling.from_tenant(tenant, changes, ledger, folder, clock, waiting)
    news, about = News(ledger, clock.now), {"name": tenant.name}

    def told_first(seen: Sequence[Seen]) -> None:
        news.take(Source.TENANT, about, lambda: news.prove(seen, CERTAIN, range(len(seen))))

    fresh = reconciling.from_tenant(tenant, changes, ledger, folder, clock, waiting, told_first)
    news.take(Source.TENANT, about, lambda: news.prove(fresh.seen, services=fresh.services))
    news.conclude(fresh.seen)
    news.write(folder.journal())
    # The comparison is as of the last entry: what is newer than it makes it stale.
    return replace(fresh, read_at=max(fresh.read_at, clock.now(), max(ledger.at, default=0.0)))


def check_handed(folder: RunFolder, ledger: Ledger) -> None:
    """``UsageError`` when nothing of this run is or was in other hands."""
    if not ledger.hands:
        said = f"Nothing of {folder.path} was handed over, so there is nothing to take in."
        if ledger.handovers:
            said = f"All that was handed over of {folder.path} was revoked, and what comes back of it counts no more."
        ours = (
            ""
            if ledger.handovers and is_modelled(folder.meta())
            else f", or carry it out: reassign apply {in_shell(folder.path)}"
        )
        raise UsageError(said, f"Hand it over: reassign handover {in_shell(folder.path)} --to …{ours}")


def _parted(came: Sequence[Came]) -> tuple[list[Came], list[Came]]:
    """What says something, in an order that does not depend on how the files were named, and what shows something."""
    said = sorted((one for one in came if one.returned is not None), key=lambda one: one.digest)
    return said, [one for one in came if one.returned is None]


def _check_about_us(proofs: Sequence[Came], fresh: reconciling.Fresh, ledger: Ledger) -> None:
    """``UsageError`` for proofs that show nothing about anybody of the plan; nothing in them says whose they are."""
    if all(what is Seen.UNSEEN for what in fresh.seen):
        why = "".join(f" {sentence}" for sentence in remarks.unclear(fresh, ledger))
        raise UsageError(
            f"{named(proofs)} shows nothing about anybody of this plan: the export of another organisation, perhaps, "
            f"or one with names concealed or products that are not known.{why}",
            "Export all users with their licences; where only services change, save the answer of Graph as JSON.",
        )


def _reported(one: Came, ledger: Ledger, news: News) -> Told:
    """Take in what others say, unless this very file was taken in before."""
    assert one.returned is not None
    reports, odd = one.returned
    again = _is_known([one], ledger)
    new = 0 if again else news.take(one.source, _about([one]), lambda: news.reports(reports))
    counts = Counter(report.said.value for report in reports)
    return Told(source=one.source, file=str(one.path), counts=counts, new=new, odd=odd, again=again)


def _proven(proofs: Sequence[Came], fresh: reconciling.Fresh, ledger: Ledger, news: News) -> Told:
    """Take in what these files show together, unless they were taken in before: they cannot show what came later."""
    source = Source.EXPORT if any(one.source is Source.EXPORT for one in proofs) else Source.GRAPH
    again = _is_known(proofs, ledger)
    new = 0 if again else news.take(source, _about(proofs), lambda: news.prove(fresh.seen, services=fresh.services))
    counts = Counter(fresh.seen[change].name.lower() for change in ledger.hands)
    return Told(source=source, file=named(proofs), counts=counts, new=new, odd=(), again=again)


def _about(came: Sequence[Came]) -> dict[str, object]:
    """The names and digests of the files; of very many the first names, and one digest over all of theirs."""
    return {"name": ", ".join(one.path.name for one in came)[:_NAMES], "digests": _digests(came)}


def _digests(came: Sequence[Came]) -> list[str]:
    return [one.digest for one in came] if len(came) <= _FEW else [_joint(came)]


def _joint(came: Sequence[Came]) -> str:
    return hashlib.sha256("".join(sorted(one.digest for one in came)).encode()).hexdigest()


def _is_known(came: Sequence[Came], ledger: Ledger) -> bool:
    """Whether each of these files was taken in before, or all of them together, and said something new then."""
    return _are_among(came, {d for _, text in ledger.collected for d in json.loads(text).get("digests", ())})


def _are_among(came: Sequence[Came], digests: Collection[str]) -> bool:
    return all(one.digest in digests for one in came) or _joint(came) in digests


def _seen_in(proofs: Sequence[Came], changes: Changes, folder: RunFolder, now: float) -> reconciling.Fresh:
    tables = [table for one in proofs for table in one.tables]
    fresh = reconciling.from_tables(tables, ", ".join(one.path.name for one in proofs), changes, folder, now)
    return replace(fresh, digests=tuple(_digests(proofs)))
