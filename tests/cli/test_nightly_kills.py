"""`reassign nightly` as a process that is killed without a warning, or asked to stop, and started again."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from batch.core.night_news import news_of
from batch.core.nights import Fate
from batch.runs.night_store import book_of
from tests.cli.conftest import command, counters_of, environment, people, process, seats

pytestmark = pytest.mark.slow

NUMBER = 60
JOB = """
[job]
name = "E4 to E3"
[inbox]
folder = "../inbox"
[move]
from = "Office 365 E4"
to = "Office 365 E3"
[services]
accept = ["voice"]
[limits]
in_flight = 2
[tenant]
at = "practice:../tenant.db"
faults = "latency=40ms,lag=50ms,throttle=0.1,retry-after=0.05,lost-after=0.05,error-503=0.03"
"""


@pytest.fixture
def _site(tmp_path, reassign):
    """A practice tenant, one job, and in its inbox a sheet of everybody, the same once more, and one that is none."""
    Path("users.csv").write_text(people(NUMBER), "utf-8")
    Path("licenses.csv").write_text(seats(NUMBER, NUMBER), "utf-8")
    assert reassign("tenant", "create", "tenant.db", "--users", "users.csv", "--licenses", "licenses.csv").code == 0
    for folder in ("jobs", "inbox"):
        Path(folder).mkdir()
    Path("jobs/e4.toml").write_text(JOB, "utf-8")
    for name, text in (("a.csv", people(NUMBER)), ("b.csv", people(NUMBER)), ("c.csv", "\0")):
        path = Path("inbox", name)
        path.write_text(text, "utf-8")
        os.utime(path, (time.time() - 3600,) * 2)


def started():
    return subprocess.Popen(
        command("nightly", "--quiet"), env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def writes():
    """How often each person of the practice tenant was changed → how many people."""
    db = sqlite3.connect("tenant.db")
    try:
        return dict(db.execute("SELECT writes, count(*) FROM users GROUP BY writes"))
    finally:
        db.close()


def steps():
    """How far the nights have come: events in their book, and people who were moved."""
    book = sqlite3.connect("nights/nights.db") if Path("nights/nights.db").is_file() else None
    try:
        events = book.execute("SELECT count(*) FROM event").fetchone()[0] if book else 0
    except sqlite3.OperationalError:  # it is just being made
        events = 0
    finally:
        if book:
            book.close()
    return events + writes().get(1, 0)


def until_done():
    """Nights until nothing is open; the exit code of the last."""
    for _ in range(5):
        code = process("nightly", "--quiet").code
        if not book_of(Path("nights")).open("e4"):
            return code
    raise AssertionError("it does not end")


def check(reassign):
    """Everybody was moved once, every file lies where the book says, everything was told."""
    assert writes() == {1: NUMBER}
    counters = counters_of(reassign, "tenant.db")
    assert (counters["redundant"], counters["gaps"], counters["over_full"]) == (0, 0, 0)
    lies = {p.name: p.parts[1] for p in Path("inbox").rglob("*.csv")}
    assert lies == {"a.csv": "done", "b.csv": "done", "c.csv": "rejected"}
    book = book_of(Path("nights"))
    fates = [f.fate for d in book.deliveries.values() for f in d.files]
    assert sorted(f for f in fates if f is not Fate.GONE) == [Fate.DONE, Fate.REJECTED, Fate.SAME]
    assert not news_of(book, list(book.turns.values())[-1])
    assert not list(Path("nights/locks").glob("*.json"))
    assert reassign("show", "--nights").code == 0


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.usefixtures("_site")
def test_killed_at_moments_of_chance(seed, reassign):
    chance, kills = random.Random(seed), 0
    for _ in range(4):
        before = steps()
        with started() as going:
            wanted = before + chance.randint(1, 12)
            while steps() < wanted and going.poll() is None:
                time.sleep(0.005)
            time.sleep(chance.uniform(0, 0.05))
            kills += going.poll() is None
            going.kill()
        assert set(writes()) <= {0, 1}
    assert kills
    until_done()
    check(reassign)


@pytest.mark.usefixtures("_site")
def test_asked_to_stop_it_ends_between_groups_and_the_next_goes_on(reassign):
    slow = JOB.replace("in_flight = 2", "in_flight = 1\ngroup_size = 5").replace("latency=40ms", "latency=100ms")
    Path("jobs/e4.toml").write_text(slow, "utf-8")
    with started() as going:
        until = time.monotonic() + 30
        while not writes().get(1) and time.monotonic() < until:
            time.sleep(0.02)
        going.send_signal(signal.SIGTERM)
        assert going.wait(timeout=30) == 130
    assert 0 < writes()[1] < NUMBER
    (run,) = (d.run for d in book_of(Path("nights")).deliveries.values() if d.run)
    assert (run.standing.value, run.moved) == ("stopped", writes()[1])
    until_done()
    check(reassign)


@pytest.mark.usefixtures("_site")
def test_two_at_once_do_what_one_does(reassign):
    with started() as first, started() as second:
        codes = {first.wait(timeout=60), second.wait(timeout=60)}
    assert codes <= {0, 3, 4, 7}
    until_done()
    check(reassign)
