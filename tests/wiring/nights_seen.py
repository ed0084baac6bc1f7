"""One night of a small world, and what there is to see of it."""

from __future__ import annotations

from collections import Counter

from batch.runs.night_store import nights_of
from batch.runs.nightjob import NightJob
from tests.wiring.long_nights import moment

DAY = 86_400.0
MAIL = NightJob(mail=("night@c.example",))


def night(world, days=1.0):
    """One night, told; then so many days go by."""
    world.night()
    told = nights_of(world.nights, newest=1)[0]
    world.clock.true += days * DAY - (world.clock.true - moment("2026-11-02", "02:05")) % DAY
    return told


def job_of(told, key="drop"):
    return next(job for job in told.jobs if job.job == key)


def moved(world):
    found = Counter(world.writes().values())
    assert set(found) <= {0, 1}, "nobody twice"
    return found[1]


def outcomes(world):
    return [message.outcome for message in world.mail.got]
