"""When a plan may be carried out: its age, the window, and the time from which nothing more is sent."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from batch.core.errors import PlanGuarded, PlanStale, UsageError
from batch.runs.jobfile import Job
from batch.wiring.timing import Here, check_age, check_times, closing, zone_of

ZONE = "Europe/Amsterdam"


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def closes(now, given, **job):
    """When the run has to end, in UTC, as text; empty for never."""
    end = closing({"job": {"timezone": ZONE, **job}}, given, utc(now))
    return datetime.fromtimestamp(end, UTC).isoformat()[:16] if end else ""


@pytest.mark.parametrize(
    ("now", "job", "given", "end"),
    [
        ("2026-11-23T21:30", {}, {}, ""),
        ("2026-11-23T21:30", {"window": "22:00-05:00"}, {}, "2026-11-24T04:00"),
        ("2026-11-23T21:30", {}, {"window": "22:00-05:00"}, "2026-11-24T04:00"),
        ("2026-11-23T21:30", {"window": "22:00-05:00"}, {"window": "20:00-23:00"}, "2026-11-23T22:00"),
        ("2026-11-23T21:30", {"window": "22:00-05:00", "timezone": "UTC"}, {"timezone": ZONE}, "2026-11-24T04:00"),
        ("2026-11-23T21:30", {}, {"until": "05:00"}, "2026-11-24T04:00"),
        ("2026-11-23T21:30", {}, {"until": "23:00"}, "2026-11-23T22:00"),
        ("2026-11-23T21:30", {}, {"until": "2026-11-25T06:15"}, "2026-11-25T05:15"),
        ("2026-11-23T21:30", {}, {"until": "2026-11-25T06:15Z"}, "2026-11-25T06:15"),
        # Whatever comes first.
        ("2026-11-23T21:30", {"window": "22:00-05:00"}, {"until": "03:00"}, "2026-11-24T02:00"),
        ("2026-11-23T21:30", {"window": "22:00-05:00"}, {"until": "06:00"}, "2026-11-24T04:00"),
        # The night in which the hour from two to three comes twice is an hour longer.
        ("2026-10-24T21:00", {"window": "22:00-05:00"}, {}, "2026-10-25T04:00"),
        ("2026-03-28T22:00", {"window": "22:00-05:00"}, {}, "2026-03-29T03:00"),
    ],
)
def test_until_when_changes_may_be_sent(now, job, given, end):
    assert closes(now, given, **job) == end


def test_outside_the_window_the_run_is_held_back_and_told_when_it_opens():
    with pytest.raises(PlanGuarded, match="The window 22:00-05:00 is closed") as held:
        closes("2026-11-23T10:00", {}, window="22:00-05:00")
    assert "Here it is 11:00 (CET)" in held.value.what
    assert "2026-11-23 at 22:00, in 11 h" in held.value.todo


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"window": "at night"}, "not a window"),
        ({"window": ""}, "--window was given without a value"),
        ({"until": ""}, "--until was given without a value"),
        ({"until": "soon"}, "--until: “soon” is not a time"),
        ({"until": "2026-11-23T09:00"}, "is over"),
        ({"timezone": "Mars/Olympus"}, "no time zone"),
        ({"timezone": "../etc/passwd"}, "no time zone"),
    ],
)
def test_times_that_cannot_be_meant(given, told):
    with pytest.raises(UsageError, match=told):
        closes("2026-11-23T10:00", given)


@pytest.mark.parametrize("job", [Job(window="22:00"), Job(timezone="Mars/Olympus", window="22:00-05:00")])
def test_a_job_with_such_times_is_refused_before_anything_is_planned(job):
    with pytest.raises(UsageError):
        check_times(job)


@pytest.mark.parametrize(
    ("job", "given", "hours", "stale"),
    [
        ({}, {}, 10_000, False),
        ({"max_age": None}, {}, 10_000, False),
        ({"max_age": 86_400.0}, {}, 24, False),
        ({"max_age": 86_400.0}, {}, 25, True),
        ({"max_age": 86_400.0}, {"max_age": 3600.0 * 48}, 25, False),
        ({}, {"max_age": 3600.0}, 2, True),
    ],
)
def test_a_plan_that_is_too_old_is_not_begun(job, given, hours, stale):
    meta = {"planned_at": 1e9, "job": job}
    if not stale:
        check_age(meta, given, 1e9 + 3600 * hours)
        return
    with pytest.raises(PlanStale, match=f"made {hours} h ago"):
        check_age(meta, given, 1e9 + 3600 * hours)


@pytest.fixture
def _amsterdam(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setenv("TZ", ZONE)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_amsterdam")
def test_the_zone_of_the_machine_changes_its_clock_like_any_other():
    assert isinstance(zone_of(""), Here)
    first = datetime(2026, 3, 28, tzinfo=UTC)
    for hours in (*range(48), *range(24 * 210, 24 * 213)):
        moment = first + timedelta(hours=hours)
        here, there = moment.astimezone(Here()), moment.astimezone(ZoneInfo(ZONE))
        assert (str(here), here.fold, here.tzname()) == (str(there), there.fold, there.tzname())
        assert here.timestamp() == moment.timestamp()
    assert closes("2026-10-24T21:00", {}, window="22:00-02:30", timezone="") == "2026-10-25T00:30"
