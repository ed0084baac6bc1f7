"""Carrying a run on: from its folder to its report. The command line and the nights share it.

What is said to a person meanwhile is the ``Onlooker``'s; nothing here prints, asks or waits for anybody.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batch.core.errors import PlanGuarded, TenantRefused, TenantUnavailable
from batch.core.harmless import in_shell
from batch.core.ledger import Ledger
from batch.core.pace import Policy
from batch.core.plan import Changes
from batch.core.report import Report
from batch.engine.apply import replay
from batch.engine.ports import Clock, Tenant, Watcher
from batch.reports.log import EventLog
from batch.runs.folder import RunFolder
from batch.wiring import applying, approving, reconciling, reporting, timing
from batch.wiring.applying import Listener
from batch.wiring.collecting import check_ours, look
from batch.wiring.opening import Tell, quota_of
from batch.wiring.parts import SteadyClock, StopSignal

#: Options that are bounds of a run by the same name.
_BOUNDS = ("group_size", "in_flight", "tries", "stop_at", "settle", "most")
#: Whoever looks on for as long as a run lasts, from its folder and its ledger before it.
Watched = Callable[[Path, Ledger], AbstractContextManager[Sequence[Watcher]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Onlooker:
    """Who is told what while a run is carried on; by default nobody, and the log in its folder is written."""

    #: What is being done now, in words for people; "" when that is over.
    stage_is: Callable[[str], None] = lambda text: None
    #: What a person has to do to sign in.
    tell: Tell = lambda text: None
    #: Somebody asked to stop. Not called where ``carry_on`` is given its ``stop``, which tells by itself.
    stopping: Callable[[], None] = lambda: None
    #: Who changed since the plan was made and is left alone, in sentences.
    left_alone: Callable[[str], None] = lambda text: None
    #: How the run stands, when something holds it back; its reports are written, and ``PlanGuarded`` follows.
    held: Callable[[Report], None] = lambda report: None
    #: None: only the log, ``log.jsonl``.
    watched: Watched | None = None


_NOBODY = Onlooker()


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """How a run was left: its report, its ledger, and how many people's changes it ever sent."""

    report: Report
    ledger: Ledger
    sent: int


def carry_on(
    path: Path,
    words: Sequence[str],
    given: Mapping[str, Any],
    *,
    fresh: bool,
    clock: Clock | None = None,
    onlooker: Onlooker = _NOBODY,
    stop: StopSignal | None = None,
) -> Carried:
    """Carry the run in this folder out, or on; look again, write its reports, and say how it stands.

    ``words``: what lets the plan through (``--allow-short`` …); they are kept. ``given``: options of ``apply`` by
    name, in place of what the plan says (``until``, ``most``, ``stop_at`` …). ``fresh``: the plan was made a moment
    ago, so neither sheets nor people are looked at before the first move. ``clock``: every "now" of it. ``stop``: one
    that is installed already, around more than this run; ``KeyboardInterrupt`` when it was asked before anything left.

    Raises what opening and verifying a folder raises; ``PlanGuarded`` (its reports are written), ``PlanStale`` and
    ``UsageError`` before anything is sent; ``TenantRefused`` and ``TenantUnavailable``, with the reports written and
    the way on said once it was begun; ``JournalDamaged``, and ``KeyboardInterrupt`` for a second request to stop.
    """
    clock = clock or SteadyClock()
    now = clock.now()
    with RunFolder.open(path) as folder, folder.locked():
        with _stage(onlooker, "Checking the plan"):
            changes = applying.load_verified(folder)
        meta = folder.meta()
        ledger = replay(changes, folder.journal().entries())
        check_ours(folder, meta, ledger)
        _check_allowed(folder, meta, changes, ledger, words, given, onlooker)
        if not ledger.started_at:
            timing.check_age(meta, given, now)
            if not fresh:
                applying.check_sheets(meta)
        until = _until(meta, words, given, now, path) if len(changes) and ledger.open else 0.0
        run = _Run(folder, meta, changes, given, _policy(meta, given, until), clock, onlooker, stop, fresh)
        try:
            ledger = run.carried_out(ledger)
        except (TenantRefused, TenantUnavailable) as error:
            if _written_down(folder, changes):
                way_on = f"reassign apply {in_shell(path)}"
                error.todo = f"{error.todo} What was done is kept; look again or carry on: {way_on}"
            raise
        with _stage(onlooker, "Writing the reports"):
            report = reporting.report_of(folder, changes, ledger)
            reporting.write_reports(folder, report)
    return Carried(report=report, ledger=ledger, sent=sent_so_far(ledger, changes))


@dataclass(frozen=True, slots=True)
class _Run:
    """One folder that is being carried on."""

    folder: RunFolder
    meta: dict[str, Any]
    changes: Changes
    given: Mapping[str, Any]
    policy: Policy
    clock: Clock
    onlooker: Onlooker
    stop: StopSignal | None
    fresh: bool

    def carried_out(self, ledger: Ledger) -> Ledger:
        """Apply what is open and keep what a fresh look shows."""
        onlooker = self.onlooker
        with applying.tenant_of(self.folder, self.meta, self.given, onlooker.tell) as tenant:
            if len(self.changes) and ledger.open:
                ledger = self._applied(tenant, ledger)
            with _stage(onlooker):
                found = looked_again(self.folder, tenant, self.changes, ledger, self.clock, onlooker.stage_is)
                reconciling.keep(self.folder, self.changes, ledger, found)
        return ledger

    def _applied(self, tenant: Tenant, before: Ledger) -> Ledger:
        onlooker = self.onlooker
        told = Listener(
            stage_is=onlooker.stage_is, stopping=onlooker.stopping, left_alone=onlooker.left_alone, stop=self.stop
        )
        watched = onlooker.watched or self._logged
        with watched(self.folder.path, before) as watchers, _stage(onlooker):
            return applying.carry_out(
                self.folder,
                tenant,
                self.changes,
                watchers,
                self.policy,
                self.clock,
                fresh=self.fresh,
                listener=told,
            )

    @contextlib.contextmanager
    def _logged(self, path: Path, _: Ledger) -> Iterator[list[Watcher]]:
        log = EventLog(path / "log.jsonl", self.clock.now)
        try:
            yield [log]
        finally:
            log.close()


def looked_again(
    folder: RunFolder,
    tenant: Tenant,
    changes: Changes,
    ledger: Ledger,
    clock: Clock,
    stage_is: Callable[[str], None] = lambda text: None,
) -> reconciling.Fresh:
    """A fresh look at the tenant after (or before) a run, told while it lasts; what others did is closed by it."""

    def waiting(left: int, seconds: float) -> None:
        stage_is(f"{left:,} not as expected yet; reads may lag for {seconds:.0f} s more. Looking again")

    tenant.so_far = lambda users: stage_is(f"Looking at the tenant again: {users:,} people")
    stage_is("Looking at the tenant again")
    return look(folder, tenant, changes, ledger, clock, waiting)


def sent_so_far(ledger: Ledger, changes: Changes) -> int:
    """How many people's changes were ever sent, in all openings of the run; of a group's change its members."""
    kinds, tries = changes.kinds, ledger.tries
    if all(kind.people == 1 for kind in kinds):
        return len(tries) - tries.count(0)
    return sum(kinds[k].people for k, sent in zip(changes.kind, tries, strict=True) if sent)


def _until(meta: Mapping[str, Any], words: Sequence[str], given: Mapping[str, Any], now: float, path: Path) -> float:
    """Until when changes may be sent (``timing.closing``); where they may not now, what was said is kept anyway."""
    try:
        return timing.closing(meta, given, now, str(path))
    except PlanGuarded as error:
        if words:
            raise PlanGuarded(f"{' '.join(words)} is kept with the plan. {error.what}", error.todo) from error
        raise


@contextlib.contextmanager
def _stage(onlooker: Onlooker, text: str = "") -> Iterator[None]:
    """For as long as the block lasts this is done; nothing stands there once it is over, however it ends."""
    if text:
        onlooker.stage_is(text)
    try:
        yield
    finally:
        onlooker.stage_is("")


def _check_allowed(
    folder: RunFolder,
    meta: dict[str, Any],
    changes: Changes,
    ledger: Ledger,
    words: Sequence[str],
    given: Mapping[str, Any],
    onlooker: Onlooker,
) -> None:
    """``PlanGuarded`` while a second person or a word is missing; of a run not begun it is reported how it stands."""
    if ledger.started_at:
        approving.check_approved(folder, meta, words, given)  # carrying on takes no wider bounds either
        return
    try:
        approving.check_approved(folder, meta, words, given)
        applying.check_guards(folder, meta, words)
    except PlanGuarded:
        held = reporting.report_of(folder, changes, ledger)
        reporting.write_reports(folder, held)
        onlooker.held(held)
        raise


def _written_down(folder: RunFolder, changes: Changes) -> bool:
    """Write the reports as far as the run has come, without a last look; False when nothing was begun."""
    ledger = replay(changes, folder.journal().entries())
    if ledger.started_at:
        reporting.write_reports(folder, reporting.report_of(folder, changes, ledger))
    return bool(ledger.started_at)


def _policy(meta: Mapping[str, Any], given: Mapping[str, Any], until: float) -> Policy:
    """The plan's bounds with those that were given in their place; nothing is sent from ``until`` on."""
    chosen = {name: given[name] for name in _BOUNDS if given.get(name) is not None}
    if given.get("write_quota"):
        quota = quota_of(meta["tenant_at"], given["write_quota"])
        chosen |= {"writes": quota.writes if quota else 0, "window": quota.seconds if quota else 0.0}
    return Policy(**{**meta["policy"], **chosen, "until": until})
