"""The real command, killed without a warning at moments of chance, again and again: nothing twice, nothing lost."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import assert_counts_close, command, counters_of, environment, process, result_of

ROUGH = "latency=5ms,lag=50ms,throttle=0.1,retry-after=0.05,lost-after=0.05,error-503=0.03"
#: Far more kills than any run stands in the way of.
MOST = 60


def killed(seconds, *arguments):
    """Start the command and kill it after so many seconds; its exit code, or None when the kill was in time."""
    with (
        Path("stderr.txt").open("w") as told,
        subprocess.Popen(command(*arguments), env=environment(), stdout=subprocess.DEVNULL, stderr=told) as going,
    ):
        try:
            return going.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            going.kill()
            code = going.wait(timeout=60)
            return None if code == -signal.SIGKILL else code


def writes():
    """How often each person of the practice tenant was changed → how many people."""
    db = sqlite3.connect("r/practice.db")
    try:
        return dict(db.execute("SELECT writes, count(*) FROM users GROUP BY writes"))
    finally:
        db.close()


def journal():
    """How many entries there are."""
    db = sqlite3.connect("r/run.db")
    try:
        return db.execute("SELECT count(*) FROM entries").fetchone()[0]
    finally:
        db.close()


def kill_until_done(reassign, number, chance, most):
    """Kill ``apply`` at most so often, then let it end; how many kills met a run at work."""
    rough, at_work = 0, 0
    for attempt in range(most):
        before = journal()
        faults = f"{ROUGH},seed={chance.randrange(10**6)}"
        code = killed(chance.uniform(0.3, 1.0 + attempt / 5), "apply", "r", "--faults", faults)
        if code is not None:
            assert code == 0, Path("stderr.txt").read_text()
            break
        rough += 1
        at_work += journal() > before
        assert set(writes()) <= {0, 1}
    ended = process("apply", "r", "--faults", f"{ROUGH},seed={chance.randrange(10**6)}")
    assert ended.code == 0, ended
    assert rough
    counters = counters_of(reassign, "r/practice.db")
    assert (counters["redundant"], counters["gaps"], counters["over_full"]) == (0, 0, 0)
    assert writes() == {1: number}
    result = result_of("r")
    assert_counts_close(result["counts"])
    assert (result["status"], result["reconciled"], result["counts"]["applied"]) == ("done", True, number)
    return at_work


def test_killed_a_few_times(reassign, sheets):
    reassign("plan", *sheets(200), "--out", "r", "--faults", ROUGH, "--in-flight", "2")
    kill_until_done(reassign, 200, random.Random(7), 3)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_killed_until_it_is_done(seed, reassign, sheets):
    reassign("plan", *sheets(400), "--out", "r", "--faults", ROUGH, "--in-flight", "2")
    assert kill_until_done(reassign, 400, random.Random(seed), MOST)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_planning_killed_leaves_no_half_run(seed, reassign, sheets):
    options, chance = sheets(3000), random.Random(seed)
    for attempt in range(6):
        killed(chance.uniform(0.2, 1.2), "plan", *options, "--out", f"runs/{attempt}")
    for run in reassign("show", "--json").json():
        assert run["status"] == "planned"
        assert reassign("apply", f"runs/{run['run']}").code == 0
