"""Practice tenants behind `reassign tenant serve`, each in a process of its own, for the official SDK to talk to.

Run by `make compat`, in an environment that has the SDK; the modules are named so that no other run collects them.
"""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pytest

REASSIGN = Path(sys.executable).with_name("reassign")
SAMPLES = Path(__file__).parents[2] / "sample_data"
USERS, LICENCES = SAMPLES / "users.csv", SAMPLES / "licenses.csv"


class Person(NamedTuple):
    """A line of the sample sheet."""

    id: str
    upn: str


class Served(NamedTuple):
    """A tenant of the 240 people of the sample sheets, and where it is served."""

    #: Version included.
    root: str
    #: Those who hold Office 365 E4 and nothing else, each to be taken by one test.
    e4: Iterator[Person]
    e3: Iterator[Person]

    def take(self, count: int) -> list[Person]:
        """So many of those with E4 whom nobody has touched yet."""
        people = list(islice(self.e4, count))
        assert len(people) == count
        return people


@dataclass(frozen=True)
class Servers:
    """Serves fresh tenants."""

    folder: Path

    @contextmanager
    def serve(self, *options: str) -> Iterator[Served]:
        file = self.folder / "tenant.db"
        create = [REASSIGN, "tenant", "create", file, "--users", USERS, "--licenses", LICENCES]
        subprocess.run(create, check=True, stdout=subprocess.DEVNULL, timeout=60)
        command = [REASSIGN, "tenant", "serve", file, *options]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout
                said = server.stdout.readline()
                root = re.search(r"http://127\.0\.0\.1:[0-9]+/v1\.0", said)
                assert root, f"the server said {said!r}"
                yield Served(root[0], _holders("Office 365 E4"), _holders("Office 365 E3"))
            finally:
                server.terminate()
        assert server.returncode == 0


def _holders(licences: str) -> Iterator[Person]:
    with USERS.open(encoding="utf-8-sig", newline="") as sheet:
        rows = [row for row in csv.DictReader(sheet) if row["Licenses"] == licences]
    return iter([Person(row["Object Id"], row["User principal name"]) for row in rows])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One for all tests of a module."""
    with Servers(tmp_path_factory.mktemp("served")).serve() as one:
        yield one


@pytest.fixture
def servers(tmp_path: Path) -> Servers:
    return Servers(tmp_path)


def pytest_configure(config: pytest.Config) -> None:
    """The SDK makes use of what it has declared old itself."""
    for package in ("msgraph", "kiota"):
        config.addinivalue_line("filterwarnings", f"ignore::DeprecationWarning:{package}")
