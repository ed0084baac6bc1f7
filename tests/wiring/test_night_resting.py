"""One process that stays for weeks holds a pass when something is to be done, not every few minutes."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from batch.core.nights import JobNight, Night, Outcome, RunNight, Standing, Told
from batch.runs.jobfile import Job
from batch.runs.nightjob import NightJob
from batch.wiring import night_watching
from batch.wiring.night_parts import Declared
from batch.wiring.parts import StopSignal
from batch.wiring.running import Onlooker

#: A quarter to two, in a window from two to four.
AT = datetime(2026, 11, 24, 1, 45, tzinfo=UTC).timestamp()
RUN = Path("nights/runs/e4-1")


def declared(**given):
    job = Job(window="02:00-04:00", timezone="UTC", nightly=NightJob(inbox=Path("inbox")), **given)
    return Declared(key="e4", path=Path("jobs/e4.toml"), job=job, digest="1")


def night(standing=Standing.APPROVAL, *, error="", state="sent"):
    run = RunNight(run="e4-1", path=str(RUN), title="", standing=standing, exit_code=4)
    job = JobNight(
        job="e4", title="", outcome=Outcome.NOTHING, exit_code=4, began_at=AT, ended_at=AT, runs=(run,), error=error
    )
    told = Told(message="m", job="e4", way="mail", to="a@b.nl", outcome=Outcome.NEEDS_YOU, state=state)
    return Night(
        date="2026-11-23", began_at=AT, ended_at=AT, exit_code=4, host="", version="", jobs=(job,), told=(told,)
    )


class Clock:
    at = AT

    def now(self):
        return self.at


@pytest.fixture
def passes(monkeypatch):
    """How many passes are held while things happen, one after the other, each five seconds later."""

    def count(held, *happenings, jobs=lambda: [declared()]):
        for folder in (RUN, Path("inbox")):
            folder.mkdir(parents=True)
        (RUN / "run.db").touch()
        clock, stop, found, left = Clock(), StopSignal(), [], list(happenings)

        def hold(*_, **__):
            found.append(clock.at)
            Path("nights/nights.db").write_text(f"{len(found)}")
            return held

        def wait(*_):
            clock.at += 5
            if not left:
                stop.asked = True
            else:
                left.pop(0)(clock)

        monkeypatch.setattr(night_watching, "hold_night", hold)
        monkeypatch.setattr(night_watching._Inboxes, "watch", lambda inboxes, jobs: None)
        monkeypatch.setattr(night_watching._Inboxes, "wait", wait)
        night_watching.watch_nights(
            jobs, Path("nights"), clock=clock, stop=stop, env={}, onlooker=Onlooker(), told=lambda night: None
        )
        return len(found)

    return count


def nothing(clock):
    pass


def later(seconds):
    def happens(clock):
        clock.at += seconds

    return happens


def written(path):
    return lambda clock: Path(path).write_text("new")


@pytest.mark.parametrize(
    ("happens", "held"),
    [
        (nothing, 1),
        (later(600), 1),
        (later(900), 2),  # the window opens
        (later(-60), 2),  # the clock is set back
        (later(3600), 2),
        (written("inbox/users.csv"), 3),  # and again, for as long as it lies there
        (written("inbox/.hidden.csv"), 1),
        (written(RUN / "run.db"), 2),  # a second person's word
        (written("nights/nights.db"), 2),  # another process, or a file that is let through
        (lambda clock: os.rename(RUN, "elsewhere"), 2),
        (lambda clock: os.rmdir("inbox"), 3),
    ],
)
def test_a_pass_is_held_when_something_has_changed(passes, happens, held):
    assert passes(night(), nothing, nothing, happens, nothing) == held


@pytest.mark.parametrize(
    "restless", [night(Standing.FAILED), night(Standing.STOPPED), night(error="No disk."), night(state="due")]
)
def test_what_may_be_mended_by_itself_is_tried_each_time(passes, restless):
    assert passes(restless, nothing, nothing) == 3


def test_a_job_file_and_sheets_at_a_fixed_place_are_looked_at(passes):
    job = Job(users=(Path("users-*.csv"),), nightly=NightJob())
    broken = [Declared(key="b", path=Path("b.toml"), job=None, digest="2")]
    jobs = [Declared(key="e4", path=Path("jobs/e4.toml"), job=job, digest="1"), *broken]

    def mended(clock):
        jobs[1:] = [Declared(key="b", path=Path("b.toml"), job=job, digest="3")]

    assert passes(night(), nothing, written("users-1.csv"), nothing, mended, nothing, jobs=lambda: jobs) == 3


def test_what_is_dropped_while_nobody_waits_is_known_at_once():
    Path("inbox").mkdir()
    inboxes = night_watching._Inboxes()
    inboxes.watch([declared()])
    Path("inbox/users.csv").write_text("dropped during a pass")
    assert inboxes.wait(60, StopSignal())
    inboxes.close()


def test_an_inbox_that_is_not_there_is_no_hindrance():
    inboxes = night_watching._Inboxes()
    inboxes.watch([declared()])
    assert not inboxes.wait(0.3, StopSignal())
