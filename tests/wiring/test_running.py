"""Carrying a run on: by a clock that is given, with a bound for this time, and a request to stop from outside."""

from __future__ import annotations

import contextlib
import json
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from batch.core.entries import EntryKind
from batch.core.errors import PlanGuarded, PlanStale, TenantUnavailable, UsageError
from batch.core.outcomes import RunStatus
from batch.engine.apply import replay
from batch.runs.folder import RunFolder
from batch.runs.store import load_changes
from batch.wiring import running
from batch.wiring.parts import StopSignal
from batch.wiring.planning import plan_run
from batch.wiring.reporting import report_of
from batch.wiring.running import Onlooker, carry_on, sent_so_far

NOON = datetime(2031, 6, 1, 12, tzinfo=UTC).timestamp()
RUN = Path("r")


class FixedClock:
    def __init__(self, at=NOON):
        self.at = at

    def now(self):
        return self.at


@pytest.fixture
def plan(job):
    """A plan made at noon in ``r``."""

    def make(number=5, **given):
        return plan_run(job(number, **given), clock=FixedClock())

    return make


def told(*words, fresh=True, clock=None, onlooker=None, stop=None, **given):
    return carry_on(
        RUN, words, given, fresh=fresh, clock=clock or FixedClock(), onlooker=onlooker or Onlooker(), stop=stop
    ).report


def entries():
    with RunFolder.open(RUN) as folder:
        return list(folder.journal().entries())


def sent():
    with RunFolder.open(RUN) as folder:
        changes = load_changes(folder.db)
        return sent_so_far(replay(changes, folder.journal().entries()), changes)


def test_a_run_is_carried_out_by_the_clock_that_is_given(plan):
    plan()
    report = told()
    assert (report.status, report.exit_code, report.reconciled, report.moved) == (RunStatus.DONE, 0, True, 5)
    times = {report.planned_at, report.started_at, report.ended_at, report.read_at, *(e.at for e in entries())}
    assert times == {NOON}
    assert json.loads((RUN / "result.json").read_text("utf-8"))["status"] == "done"
    assert "2031-06-01T12:00:00" in (RUN / "log.jsonl").read_text("ascii").splitlines()[0]
    again = told(clock=FixedClock(NOON + 60))
    assert (again.status, again.read_at, sent()) == (RunStatus.DONE, NOON + 60, 5), "a second time it only looks"


@pytest.mark.parametrize(
    ("planned", "given", "hours", "error"),
    [
        ({"window": "22:00-05:00", "timezone": "UTC"}, {}, 1, PlanGuarded),
        ({"window": "22:00-05:00", "timezone": "UTC"}, {}, 10, None),
        ({"window": "22:00-05:00", "timezone": "UTC"}, {"window": "12:00-14:00"}, 1, None),
        ({"max_age": 3600.0}, {}, 2, PlanStale),
        ({}, {"until": "2031-06-01T12:30Z"}, 1, UsageError),
    ],
)
def test_age_and_window_are_of_that_clock_too(plan, planned, given, hours, error):
    plan(**planned)
    with pytest.raises(error) if error else contextlib.nullcontext():
        assert told(clock=FixedClock(NOON + hours * 3600), **given).exit_code == 0
    assert sent() == (0 if error else 5)


@pytest.mark.parametrize(("most", "goes"), [(2, [2, 4, 5]), (5, [5])])
def test_at_most_so_many_go_this_time_and_the_rest_with_the_next(plan, most, goes):
    plan()
    for people in goes:
        report = told(most=most)
        assert (report.moved, sent()) == (people, people)
        last = people == goes[-1]
        assert (report.status, report.exit_code) == ((RunStatus.DONE, 0) if last else (RunStatus.STOPPED, 3))
        assert last or {(r.code, r.count) for r in report.attention} == {("cap_reached", 5 - people)}
        assert report.reconciled, "who was not sent is as before"
    assert sum(e.kind is EntryKind.STOPPED and e.code == "cap_reached" for e in entries()) == len(goes) - 1


def test_what_it_gives_back_is_what_the_folder_says(plan):
    plan()
    for most in (2, 3, 1):
        done = carry_on(RUN, (), {"most": most}, fresh=True, clock=FixedClock())
        with RunFolder.open(RUN) as folder:
            changes = load_changes(folder.db)
            ledger = replay(changes, folder.journal().entries())
            report = report_of(folder, changes, ledger)
        found = (done.sent, done.ledger.stop, done.ledger.outcomes(), done.ledger.open)
        assert found == (sent_so_far(ledger, changes), ledger.stop, ledger.outcomes(), ledger.open)
        assert (done.report.counts, done.report.exit_code) == (report.counts, report.exit_code)


def test_what_holds_a_plan_back_is_reported_and_told_once(plan):
    plan(max_changes=3)
    held = []
    with pytest.raises(PlanGuarded, match="3"):
        told(onlooker=Onlooker(held=held.append))
    assert [(r.status, r.exit_code) for r in held] == [(RunStatus.BLOCKED, 4)]
    assert (RUN / "report.xlsx").exists()
    assert not sent()
    assert told("--allow-large", onlooker=Onlooker(held=held.append)).exit_code == 0
    assert len(held) == 1


def test_who_looks_on_sees_the_run_and_is_told_every_stage_until_it_is_over(plan):
    plan()
    stages, seen, ends = [], [], []

    class Watching:
        def saw(self, entries):
            seen.extend(entries)

        def waits(self, seconds, why):
            pass

        def stop_asked(self):
            return False

    @contextlib.contextmanager
    def watched(path, before):
        yield [Watching()]
        ends.append((path, len(before.state)))

    told(onlooker=Onlooker(stage_is=stages.append, watched=watched))
    assert ends == [(RUN, 5)]
    assert seen[0].kind is EntryKind.OPENED
    assert not (RUN / "log.jsonl").exists(), "whoever looks on keeps the log"
    assert [s for s in stages if s] == [
        "Checking the plan",
        "Looking at the tenant again",
        "Writing the reports",
    ]
    assert (stages[1], stages[-1]) == ("", "")


@pytest.mark.parametrize("fresh", [True, False])
def test_a_stop_asked_before_the_run_sends_nothing_and_the_next_one_carries_on(plan, fresh):
    plan()
    before = signal.getsignal(signal.SIGTERM)
    with StopSignal() as stop:
        mine = signal.getsignal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            told(stop=stop, fresh=fresh)
        assert signal.getsignal(signal.SIGTERM) == mine, "one for the whole night"
    assert signal.getsignal(signal.SIGTERM) == before
    assert entries() == []
    assert told(stop=StopSignal()).exit_code == 0


def test_a_stop_asked_meanwhile_ends_the_run_between_groups(plan):
    plan()
    stop = StopSignal()

    @contextlib.contextmanager
    def watched(path, before):
        yield [Asking()]

    class Asking:
        def saw(self, entries):
            stop.asked = stop.asked or any(e.kind is EntryKind.SENT for e in entries)

        def waits(self, seconds, why):
            pass

        def stop_asked(self):
            return False

    report = told(stop=stop, onlooker=Onlooker(watched=watched), group_size=2, in_flight=1)
    assert (report.status, report.exit_code, report.moved) == (RunStatus.STOPPED, 130, 2)
    assert told().moved == 5


def test_a_tenant_that_is_gone_after_the_run_leaves_reports_and_the_way_on(plan, monkeypatch):
    plan()

    def gone(*_):
        raise TenantUnavailable("Nobody answers.", "Try later.")

    monkeypatch.setattr(running, "looked_again", gone)
    with pytest.raises(TenantUnavailable) as error:
        told()
    assert error.value.todo == "Try later. What was done is kept; look again or carry on: reassign apply r"
    assert json.loads((RUN / "result.json").read_text("utf-8"))["counts"]["applied"] == 5


def test_a_tenant_that_cannot_be_reached_at_first_leaves_the_folder_as_it_was(plan, monkeypatch):
    plan()

    def gone(*_):
        raise TenantUnavailable("Nobody answers.", "Try later.")

    monkeypatch.setattr(running.applying, "tenant_of", gone)
    with pytest.raises(TenantUnavailable) as error:
        told()
    assert error.value.todo == "Try later."
    assert not (RUN / "result.json").exists()
