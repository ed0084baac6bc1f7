"""The real command as processes: one that serves a practice tenant, and others that take it for Microsoft 365."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from batch.cli import main
from tests.cli.conftest import ROOT, Ended, command, people, seats

TOKEN = "a-token-that-nobody-may-see"
#: Variables that would change how the command signs in or which way it goes.
_STRANGERS = ("AZURE_", "REASSIGN_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT", "COVERAGE_")


def environment(root: str, token: str = TOKEN, **more: str) -> dict[str, str]:
    """Those of whoever runs the tests, without what matters here."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(_STRANGERS)}
    ours = {"PYTHONPATH": str(ROOT), "COLUMNS": "100", "REASSIGN_DATA": str(Path("data").resolve())}
    return {**kept, **ours, "REASSIGN_GRAPH_URL": root, "REASSIGN_GRAPH_TOKEN": token, **more}


def reassign(root: str, *arguments: object, token: str = TOKEN, seconds: float = 60, **more: str) -> Ended:
    """Run the command to its end."""
    done = subprocess.run(
        command(*arguments),
        check=False,
        timeout=seconds,
        capture_output=True,
        encoding="utf-8",
        env=environment(root, token, **more),
    )
    ended = Ended(done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in ended.out + ended.err, ended
    assert token not in ended.out + ended.err or token in ("expired", "readonly"), ended
    return ended


def killed(root: str, run: str, seconds: float, *arguments: object) -> int | None:
    """Start the command and kill it so many seconds after it began to write into the journal of this run.

    Its exit code, or None when the kill was in time.
    """
    before = entries(run)
    with (
        Path("told.txt").open("a") as told,
        subprocess.Popen(command(*arguments), env=environment(root), stdout=told, stderr=told) as going,
    ):
        until = time.monotonic() + 30
        while going.poll() is None and entries(run) == before and time.monotonic() < until:
            time.sleep(0.01)
        try:
            return going.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            going.kill()
            code = going.wait(timeout=60)
            return None if code == -signal.SIGKILL else code


@contextmanager
def serving(file: str, faults: str = "", port: int = 0, quota: str = "none") -> Iterator[str]:
    """The root of this practice tenant, served by a process of its own."""
    arguments = ("tenant", "serve", file, "--port", port, "--faults", faults, "--quota", quota)
    log = Path(f"{file}.log")
    with (
        log.open("w") as told,
        subprocess.Popen(command(*arguments), env=environment("unused"), stdout=told, stderr=told) as server,
    ):
        try:
            yield _root_in(log, server)
        finally:
            server.terminate()
            server.wait(timeout=20)
    assert "Traceback" not in log.read_text(), log.read_text()


def _root_in(log: Path, server: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + 30
    while time.monotonic() < until and server.poll() is None:
        if found := re.search(r"http://127\S+/v1\.0\s", log.read_text()):
            return found[0].strip()
        time.sleep(0.02)
    raise AssertionError(f"it does not serve: {log.read_text()}")


def make_tenant(number: int, e3: int | None = None) -> None:
    """So many people with E4 in users.csv, and tenant.db with as many seats of E3 as said, or as needed."""
    Path("users.csv").write_text(people(number), "utf-8")
    Path("licenses.csv").write_text(seats(number if e3 is None else e3, number), "utf-8")
    create = ("tenant", "create", "tenant.db", "--users", "users.csv", "--licenses", "licenses.csv")
    assert main.run(list(create)) == 0


def written(file: str = "tenant.db") -> dict[int, int]:
    """How often each person was changed → how many people."""
    with closing(sqlite3.connect(file)) as db:
        return dict(db.execute("SELECT writes, count(*) FROM users GROUP BY writes"))


def counters(file: str = "tenant.db") -> dict[str, int]:
    with closing(sqlite3.connect(file)) as db:
        zero = dict.fromkeys(("redundant", "gaps", "over_full", "writes", "refused", "thefts"), 0)
        return zero | dict(db.execute("SELECT name, value FROM counters"))


def entries(run: str) -> int:
    with closing(sqlite3.connect(f"{run}/run.db")) as db:
        return int(db.execute("SELECT count(*) FROM entries").fetchone()[0])


def result(run: str) -> dict[str, object]:
    return json.loads((Path(run) / "result.json").read_text("ascii"))


def assert_no_secret(*secrets: str) -> None:
    """No file below this folder holds any of these, neither as it is nor packed into a workbook."""
    for path in Path().rglob("*"):
        if path.is_file():
            blobs = [path.read_bytes()]
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as packed:
                    blobs += [packed.read(name) for name in packed.namelist()]
            for secret in (TOKEN, "Bearer ", *secrets):
                assert not any(secret.encode() in blob for blob in blobs), f"{secret} stands in {path}"
