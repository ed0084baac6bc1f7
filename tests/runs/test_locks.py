"""A lock is one process's, ends with it, and says who has it."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import platform
import signal
import subprocess
import sys

import pytest
from filelock import FileLock, SoftFileLock

from batch.core.errors import ReassignError, RunLocked
from batch.runs import locks
from batch.runs.locks import Holder, held

NOW = 1_800_000_000.0
HOST = platform.node()


def note_of(folder):
    """The one note in the folder."""
    [note] = folder.glob("*.json")
    return note


def test_a_lock_is_held_with_a_note_of_who_holds_it(tmp_path):
    folder = tmp_path / "nights" / "locks"
    with held(folder, "tenant contoso", "job e4-to-e3", NOW) as left:
        assert left is None
        assert json.loads(note_of(folder).read_text(encoding="utf-8")) == {
            "host": HOST,
            "pid": os.getpid(),
            "since": NOW,
            "about": "job e4-to-e3",
        }
        with pytest.raises(RunLocked) as caught, held(folder, "tenant contoso", "another", NOW):
            pass
        said = f"“tenant contoso” is being worked on: process {os.getpid()} on {HOST}, since 2027-01-15 08:00 UTC"
        assert caught.value.what == f"{said} (job e4-to-e3)."
        with held(folder, "tenant fabrikam", "another", NOW) as of_another:
            assert of_another is None
    assert [path.suffix for path in folder.iterdir()] == [".lock", ".lock"]
    with held(folder, "tenant contoso", "later", NOW) as left:
        assert left is None


def test_an_error_in_the_block_lets_go_of_the_lock(tmp_path):
    with contextlib.suppress(KeyboardInterrupt), held(tmp_path, "a", "b", NOW):
        raise KeyboardInterrupt
    with held(tmp_path, "a", "b", NOW) as left:
        assert left is None


def test_a_killed_process_leaves_its_note_and_no_lock(tmp_path):
    code = "import sys, pathlib; from batch.runs.locks import held\n"
    code += f"with held(pathlib.Path(sys.argv[1]), 'tenant', 'the night', {NOW}): print('held', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"held\n"
        with (
            pytest.raises(RunLocked, match=rf"process {process.pid} on .* \(the night\)"),
            held(tmp_path, "tenant", "", 0),
        ):
            pass
        os.kill(process.pid, signal.SIGKILL)
    with held(tmp_path, "tenant", "the next night", NOW + 1) as left:
        assert left == Holder(host=HOST, pid=process.pid, since=NOW, about="the night")
        assert json.loads(note_of(tmp_path).read_text(encoding="utf-8"))["about"] == "the next night"
        # What it left is nobody's any more.
    with held(tmp_path, "tenant", "", NOW) as left:
        assert left is None


@pytest.mark.parametrize(
    ("note", "said"),
    [
        (None, "left no note"),
        (b"", "left no note"),
        (b"\xff\xfe{", "left no note"),
        (b"[" * 9_000, "left no note"),
        (b"[1]", "left no note"),
        (b'{"host": "h"}', "left no note"),
        (b'{"host": "h", "pid": "x", "since": 1, "about": ""}', "left no note"),
        (b'{"host": "h", "pid": -1, "since": 1, "about": ""}', "left no note"),
        (b'{"host": "h", "pid": 99999999999999, "since": 1, "about": ""}', "left no note"),
        (b'{"host": "h", "pid": 1, "since": NaN, "about": ""}', "left no note"),
        (b'{"host": "h", "pid": 1, "since": 1e300, "about": ""}', "left no note"),
        (b'{"host": "h\\u001b[2J", "pid": 7, "since": 0, "about": "a\\nb"}', r"7 on h\[2J, since 1970-.* \(a b\)"),
        (b'{"host": "%h", "pid": 1, "since": 0, "about": ""}', "worked on: process 1 on"),
        (b'{"host": "%h", "pid": 2147483647, "since": 0, "about": ""}', "2147483647 on .* no longer there"),
    ],
)  # fmt: skip
def test_whatever_stands_in_the_note_a_lock_that_is_held_is_told(tmp_path, note, said):
    with held(tmp_path, "a", "b", NOW):
        path = note_of(tmp_path)
        path.unlink() if note is None else path.write_bytes(note.replace(b"%h", HOST.encode()))
        with pytest.raises(RunLocked, match=said), held(tmp_path, "a", "b", NOW):
            pass


def test_a_process_of_somebody_else_lives(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "kill", lambda *_: (_ for _ in ()).throw(PermissionError()))
    with (
        held(tmp_path, "a", "b", NOW),
        pytest.raises(RunLocked, match=f"worked on: process {os.getpid()}"),
        held(tmp_path, "a", "b", NOW),
    ):
        pass


def test_a_note_that_makes_no_sense_was_left_by_nobody(tmp_path):
    with held(tmp_path, "a", "b", NOW):
        path = note_of(tmp_path)
    path.write_bytes(b"{")
    with held(tmp_path, "a", "b", NOW) as left:
        assert left is None


@pytest.mark.parametrize(
    "name", ["", "../../etc/passwd", "a\x00b", "graph:Contoso GmbH/ü", "x" * 5000, "CON", "\udcff"]
)
def test_any_name_is_a_file_in_the_folder(tmp_path, name):
    folder = tmp_path / "locks"
    with held(folder, name, "b", NOW):
        assert len(list(folder.iterdir())) == 2
    assert list(tmp_path.iterdir()) == [folder]


def test_names_that_look_alike_are_two_locks(tmp_path):
    with held(tmp_path, "a b", "", NOW), held(tmp_path, "A B", "", NOW), held(tmp_path, "a-b", "", NOW):
        assert len({path.name.casefold() for path in tmp_path.glob("*.lock")}) == 3


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOLCK, os.strerror(errno.ENOLCK)), "No locks available"),
        (PermissionError(errno.EACCES, os.strerror(errno.EACCES)), "Permission denied"),
        (NotImplementedError(), "has no locks"),
    ],
)
def test_a_file_system_without_locks_is_told(tmp_path, monkeypatch, error, said):
    monkeypatch.setattr(FileLock, "acquire", lambda *_: (_ for _ in ()).throw(error))
    with pytest.raises(ReassignError, match=f"can be locked: .*{said}") as caught, held(tmp_path, "a", "b", NOW):
        pass
    assert "disk of this machine" in caught.value.todo


def test_a_file_that_stands_for_a_lock_is_none(tmp_path, monkeypatch):
    """What filelock falls back to where the system has no locks stays when its process is killed."""
    monkeypatch.setattr(locks, "FileLock", SoftFileLock)
    with pytest.raises(ReassignError, match="its file system has no locks"), held(tmp_path, "a", "b", NOW):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(ReassignError, match="can be locked: Not a directory"),
        held(tmp_path / "file" / "x", "a", "b", 0),
    ):
        pass


def test_a_full_disk_takes_the_note_and_not_the_lock(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "replace", full)
    with held(tmp_path, "a", "b", NOW):
        assert [path.suffix for path in tmp_path.iterdir()] == [".lock"]
        with pytest.raises(RunLocked, match="left no note"), held(tmp_path, "a", "b", NOW):
            pass
