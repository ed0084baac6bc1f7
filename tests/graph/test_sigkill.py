"""The real command against a served tenant, killed without a warning again and again: nothing twice, nothing lost."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.cli.conftest import MOVE, assert_counts_close
from tests.graph.processes import (
    assert_no_secret,
    counters,
    killed,
    make_tenant,
    reassign,
    result,
    serving,
    written,
)

ROUGH = "latency=20ms,lag=100ms,throttle=0.05,retry-after=0.05,lost-after=0.05,missing=0.02,error-503=0.03,seed={}"
PLAN = ("plan", "--users", "users.csv", *MOVE, "--tenant", "graph", "--settle", "300ms", "--out", "r")
APPLY = ("apply", "r", "--in-flight", "2", "--write-quota", "none")


def kill_until_done(number: int, seed: int, most: int, *, group: int = 20) -> None:
    """Kill ``apply`` at most so often, then let it end: everybody once, and the journal agrees with the service."""
    chance = random.Random(seed)
    make_tenant(number)
    apply = (*APPLY, "--group-size", group)
    with serving("tenant.db", ROUGH.format(seed)) as root:
        assert reassign(root, *PLAN).code == 0
        kills = 0
        for _ in range(most):
            code = killed(root, "r", chance.uniform(0.0, 0.5), *apply)
            assert code in (None, 0), Path("told.txt").read_text()
            assert set(written()) <= {0, 1}
            if code == 0:
                break
            kills += 1
        ended = reassign(root, *apply)
    assert ended.code == 0, ended
    assert kills
    told, true = result("r"), counters()
    assert written() == {1: number}
    assert (true["redundant"], true["gaps"], true["over_full"], true["writes"]) == (0, 0, 0, number)
    assert_counts_close(told["counts"])
    assert (told["status"], told["reconciled"], told["counts"]["applied"]) == ("done", True, number)  # type: ignore[index]
    assert "Traceback" not in Path("told.txt").read_text()
    assert_no_secret()


@pytest.mark.usefixtures("elsewhere")
def test_killed_a_few_times() -> None:
    kill_until_done(60, 7, 2, group=3)


@pytest.mark.slow
@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("seed", range(2))
def test_killed_until_it_is_done(seed: int) -> None:
    kill_until_done(160, seed, 30, group=4)
