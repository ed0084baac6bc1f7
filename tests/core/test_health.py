"""Whether all is well with the nights, as a table: what the book says, when it is asked, and the exit code."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.core.health import check_last, outcome_of
from batch.core.nights import JobNight, Need, Night, Outcome, Told

END = 1_795_482_905.0
HOUR = 3600.0
WITHIN = 26 * HOUR


def job(name="e4", outcome=Outcome.DONE, needs=(), code=0):
    return JobNight(
        job=name, title=name, outcome=outcome, exit_code=code, began_at=END - 900, ended_at=END, needs=tuple(needs)
    )


def night(*jobs, ended=END, began=None, code=0, **more):
    began = (ended or END) - 900 if began is None else began
    return Night(
        date="2026-11-24", began_at=began, ended_at=ended, exit_code=code, host="h", version="1", jobs=jobs, **more
    )


NEED = Need(what="A plan waits.", todo="Look.")
UNTOLD = Told(message="m", job="e4", way="mail", to="a@b.c", outcome=Outcome.DONE, state="due")
GOOD = night(job())
DAY_BEFORE = night(job(), ended=END - 24 * HOUR)
UNDER_WAY = night(ended=0.0, began=END + 23 * HOUR)
FAILED = job("kiosk", Outcome.FAILED, code=8)

CASES = {
    "never": ([], 0, 1, "No night was ever held here."),
    "good": ([GOOD], HOUR, 0, "The night of 2026-11-24 ended at 2026-11-24 01:15 UTC; all is well."),
    "at the very end of the time": ([GOOD], WITHIN, 0, "all is well"),
    "too long ago": ([GOOD], WITHIN + 61, 1, "No night ended in the last 26 h; the last one ended at 2026-11-24 01:15"),
    "nothing to do": ([night(job(outcome=Outcome.NOTHING))], HOUR, 0, "all is well"),
    "no job": ([night()], HOUR, 3, "it had no job"),
    "a job failed": ([night(FAILED, code=8)], HOUR, 1, "failed: kiosk."),
    "one of three failed": ([night(job(), FAILED, job("x", Outcome.PART), code=8)], HOUR, 1, "failed: kiosk."),
    "interrupted": ([night(job(outcome=Outcome.PART, code=3), code=130)], HOUR, 3, "done in part: e4"),
    "goes on": ([night(job(outcome=Outcome.PART, code=3), code=3)], HOUR, 3, "done in part: e4."),
    "waits": ([night(job(outcome=Outcome.NEEDS_YOU, code=4), code=4)], HOUR, 3, "waits for a person: e4."),
    "differs": ([night(job(outcome=Outcome.NEEDS_YOU, code=9), code=9)], HOUR, 3, "waits for a person: e4."),
    "waits from before": ([night(job(outcome=Outcome.NOTHING, needs=[NEED]))], HOUR, 3, "waits for a person: e4."),
    "the code alone": ([night(code=2)], HOUR, 1, "its exit code is 2"),
    "nobody was told": ([night(job(), told=(UNTOLD,))], HOUR, 3, "1 message not delivered"),
    "missed before": ([night(job(), missed=("a", "b"))], HOUR, 0, "2 nights before it did not happen."),
    "under way": ([UNDER_WAY, GOOD], 24 * HOUR, 0, "The next one began at 2026-11-25 00:15 UTC and has not ended yet."),
    "under way, and the one before failed": ([UNDER_WAY, night(FAILED)], 24 * HOUR, 1, "failed: kiosk. The next one"),
    "the first is under way": ([UNDER_WAY], 24 * HOUR, 1, "None ever did."),
    "under way too late": ([UNDER_WAY, GOOD], 27 * HOUR, 1, "one began at 2026-11-25 00:15 UTC. The last one ended"),
    "killed": ([UNDER_WAY, GOOD], 50 * HOUR, 1, "did not end: it was killed, or it hangs. The last one ended"),
    "the first was killed": ([UNDER_WAY], 50 * HOUR, 1, "it was killed, or it hangs. None ever did."),
    "killed, but carried on since": ([GOOD, replace(UNDER_WAY, began_at=END - 23 * HOUR)], HOUR, 0, "all is well"),
    "the clock was set back": ([GOOD], -HOUR, 1, "the clock was set back, or was wrong then."),
    "clocks differ a little": ([GOOD], -60, 0, "all is well"),
    "by hand, another failed": ([night(job("x")), night(FAILED, ended=END - 9 * HOUR)], HOUR, 1, "failed: kiosk"),
    "it failed once, and is well": ([GOOD, night(job("e4", Outcome.FAILED), ended=END - 9 * HOUR)], HOUR, 0, "well"),
    "it failed long ago": ([night(job("x")), night(FAILED, ended=END - 30 * HOUR)], HOUR, 0, "all is well"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_how_things_stand(case):
    nights, later, code, words = CASES[case]
    health = check_last(nights, END + later, WITHIN)
    assert (health.exit_code, health.ok) == (code, code == 0)
    assert words in health.what
    assert "\n" not in health.what
    assert bool(health.todo) == (code != 0)


def test_many_jobs_and_hostile_names_stay_one_line():
    bad = [job(f"\x1b[31m{'x' * 900}\n{n}", Outcome.FAILED) for n in range(40)]
    health = check_last([night(*bad)], END, WITHIN)
    assert "and 35 more" in health.what
    assert health.what.isprintable()
    assert len(health.what) < 600


@given(st.lists(st.sampled_from(Outcome), min_size=1), st.sampled_from([0, 1, 2, 3, 4, 8, 9, 130]))
def test_it_is_well_only_when_every_job_was(outcomes, code):
    last = night(*(job(str(n), outcome) for n, outcome in enumerate(outcomes)), code=code)
    well = code == 0 and set(outcomes) <= {Outcome.NOTHING, Outcome.DONE}
    assert check_last([last], END + 1, WITHIN).ok == well
    assert (check_last([last], END + 1, WITHIN).exit_code == 1) == (outcome_of(last) is Outcome.FAILED)
