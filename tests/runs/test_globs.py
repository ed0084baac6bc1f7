"""Sheets named by a pattern."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

from batch.core.errors import UsageError
from batch.runs.globs import named_files

NAMES = ("users-1.csv", "users-2.csv", "users-10.csv", "other.csv", "~$users-3.csv", ".users-4.csv", "users-[5].csv")


@pytest.fixture
def folder(tmp_path):
    for age, name in enumerate(NAMES):
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    (tmp_path / "users-9.csv").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("patterns", "newest", "found"),
    [
        (["users-?.csv"], False, ["users-1.csv", "users-2.csv"]),
        (["users-*.csv"], False, ["users-1.csv", "users-10.csv", "users-2.csv", "users-[5].csv"]),
        (["users-*.csv"], True, ["users-1.csv"]),
        (["users-[12].csv"], False, ["users-1.csv", "users-2.csv"]),
        (["users-[5].csv"], False, ["users-[5].csv"]),  # there is one of this very name
        (["users-1*.csv", "other.csv", "users-1.csv", "none.csv"], False, NAMES[:1] + NAMES[2:4] + ("none.csv",)),
        (["users-1*.csv", "o*"], True, ["users-1.csv", "other.csv"]),
        (["none-*.csv"], True, []),
        ([".users*"], False, [".users-4.csv"]),
    ],
)
def test_what_a_name_stands_for(patterns, newest, found, folder):
    assert named_files([folder / p for p in patterns], newest) == tuple(folder / name for name in found)


def test_a_folder_that_cannot_be_looked_into_is_a_sentence(folder):
    for place in ("none", "other.csv"):
        with pytest.raises(UsageError, match=r"\*\.csv is looked for, cannot be read"):
            named_files([folder / place / "*.csv"])


class Entry:
    """One of very many files."""

    def __init__(self, number):
        self.name = f"users-{number:05}.csv"
        self.st_mtime_ns = number % 7919

    def is_file(self):
        return True

    def stat(self):
        if self.st_mtime_ns == 5:
            raise FileNotFoundError  # it went since the folder was opened
        return self


def test_ten_thousand_files_and_some_that_vanish(monkeypatch):
    monkeypatch.setattr(os, "scandir", lambda folder: contextlib.nullcontext(map(Entry, range(10_000))))
    found = named_files([Path("x/users-*.csv")])
    assert (len(found), found[0].name, found[-1].name) == (9_998, "users-00000.csv", "users-09999.csv")
    assert [path.name for path in named_files([Path("x/users-*.csv")], newest=True)] == ["users-07918.csv"]
