"""`reassign nightly --watch`: one process that stays, until somebody asks it to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest

from tests.cli.conftest import command, counters_of, environment, people, seats
from tests.cli.test_nightly import JOB

#: Seconds until something that was dropped has to be done; many times what it takes.
PATIENCE = 40


def until(true, process):
    """Wait until something holds, as long as the process lives."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM that a program could hear")
def test_it_takes_what_is_dropped_and_stops_when_asked(reassign, tmp_path):
    (tmp_path / "users.csv").write_text(people(30), "utf-8")
    (tmp_path / "licenses.csv").write_text(seats(30, 30), "utf-8")
    assert reassign("tenant", "create", "tenant.db", "--users", "users.csv", "--licenses", "licenses.csv").code == 0
    (tmp_path / "jobs").mkdir()
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (tmp_path / "jobs" / "e4.toml").write_text(JOB.replace("[move]", 'quiet = "1s"\n[move]'), "utf-8")
    process = subprocess.Popen(
        command("nightly", "--watch"),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    try:
        page = tmp_path / "nights" / "report.html"
        until(page.is_file, process)
        for number, name in ((20, "first.csv"), (30, "second.csv")):
            (inbox / name).write_text(people(number), "utf-8")
            until(lambda name=name: list(inbox.glob(f"done/*/{name}")), process)
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0, said
    assert "Traceback" not in said
    # The second file asks for ten more; the others have moved already.
    assert counters_of(reassign, "tenant.db")["writes"] == 30
    assert reassign("nightly", "--check-last", "1h").code == 0
