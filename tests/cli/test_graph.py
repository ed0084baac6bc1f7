"""The way of the README's "On your tenant": look, copy, rehearse, plan, apply, on a practice tenant served as Graph."""

from __future__ import annotations

import json
import re
import signal
import socket
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import MOVE, command, environment, result_of


@pytest.fixture
def served(reassign, sheets, monkeypatch):
    """A practice tenant of thirty people, served in a process of its own; ``--users`` and the move for them."""
    options = sheets(30)
    assert reassign("tenant", "create", "real.db", *options[:4]).code == 0
    with subprocess.Popen(
        command("tenant", "serve", "real.db", "--quota", "3000/150s"),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        assert server.stdout
        root = server.stdout.readline().split()[-1]
        monkeypatch.setenv("REASSIGN_GRAPH_URL", root)
        monkeypatch.setenv("REASSIGN_GRAPH_TOKEN", "tok-8d1f3c")
        yield ("--users", "users.csv", *MOVE)
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=20) == 0


def test_from_nothing_to_done(reassign, served):
    looked = reassign("tenant", "doctor")
    assert looked.code == 0, looked
    assert "Nothing is in the way that can be seen from here" in looked.out

    early = reassign("plan", *served, "--tenant", "graph", "--out", "runs/early")
    assert early.code == 0, early
    assert "Not rehearsed on a copy of this tenant yet" in early.out

    assert "30 licensed people" in reassign("tenant", "copy", "--from", "graph", "copy.db").out
    # Every rehearsal has a duplicate of its own, so the second finds everybody as they were.
    for name, weather in (("bad", ("--faults", "seed=3,throttle=0.2,retry-after=50ms")), ("rehearsal", ())):
        rehearsal = reassign("run", *served, "--tenant", "copy:copy.db", *weather, "--yes", "--out", f"runs/{name}")
        assert rehearsal.code == 0, rehearsal
        assert "30 people would move" in rehearsal.out
        assert "ehearsed" not in rehearsal.out
    assert not any(reassign("tenant", "show", "copy.db", "--json").json()["counters"].values())

    planned = reassign("plan", *served, "--tenant", "graph", "--settle", "2s", "--out", "runs/real")
    assert "(runs/rehearsal): done, 30 of 30 rows moved." in planned.out, planned
    assert "Rehearsal" in Path("runs/real/report.html").read_text("utf-8")

    applied = reassign("apply", "runs/real")
    assert applied.code == 0, applied
    result = result_of("runs/real")
    assert (result["status"], result["reconciled"], result["counts"]["applied"]) == ("done", True, 30)
    assert re.match(r"graph at http://127.0.0.1:\d+/v1.0: Practice tenant \(", result["tenant"])
    assert result["rehearsal"][0].startswith("Rehearsed ")
    assert reassign("reconcile", "runs/real", "--settle", "1s").code == 0
    counters = reassign("tenant", "show", "real.db", "--json").json()["counters"]
    assert {k: v for k, v in counters.items() if v} == {"groups": 2, "calls": 30, "writes": 30}
    # The plan made before says the same, and everybody has moved since.
    assert reassign("apply", "runs/early", "--settle", "1s").code == 5


def test_another_address_than_the_plan_was_made_at(reassign, served, monkeypatch):
    planned = reassign("plan", *served, "--tenant", "graph", "--out", "r")
    assert planned.code == 0
    monkeypatch.setenv("REASSIGN_GRAPH_URL", "http://127.0.0.1:9/v1.0")
    refused = reassign("apply", "r")
    assert refused.code == 5
    assert "REASSIGN_GRAPH_URL now leads to graph at http://127.0.0.1:9/v1.0" in refused.err


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (("--write-quota", "many"), "no quota"),
        (("--settle", "soon"), "not a time"),
        (("--cloud", "mars"), "--cloud has no"),
        (("--sign-in", "prayer"), "--sign-in has no"),
        (("--faults", "seed=1"), "Faults are for practice tenants"),
    ],
)
def test_options_that_cannot_be(reassign, sheets, more, text):
    ended = reassign("plan", *sheets(1), "--tenant", "graph", *more)
    assert ended.code == 2
    assert text in ended.err


def test_settings_are_kept_with_the_plan_and_the_token_is_not(reassign, served):
    reassign("plan", *served, "--tenant", "graph", "--write-quota", "1500/150s", "--settle", "30s", "--out", "r")
    with sqlite3.connect("r/run.db") as db:
        meta = {key: json.loads(value) for key, value in db.execute("SELECT key, value FROM meta")}
    assert (meta["policy"]["writes"], meta["policy"]["window"], meta["policy"]["settle"]) == (1500, 150.0, 30.0)
    for file in Path("r").rglob("*"):
        assert not file.is_file() or b"tok-8d1f3c" not in file.read_bytes()


def test_a_port_that_is_taken(reassign, sheets):
    assert reassign("tenant", "create", "t.db", *sheets(1)[:4]).code == 0
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = reassign("tenant", "serve", "t.db", "--port", str(taken.getsockname()[1]))
    assert ended.code == 2
    assert "cannot be used" in ended.err
