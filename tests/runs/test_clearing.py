"""What is over is removed, what is not ours or in use stays, and a kill leaves nothing that looks whole."""

from __future__ import annotations

import errno
import os
import shutil

import pytest
from filelock import FileLock

from batch.core.errors import ReassignError
from batch.runs.clearing import remove_files, remove_run, remove_stages
from batch.runs.folder import DATABASE, LOCK, staged

NOW, DAY = 1_800_000_000.0, 86_400.0


def run_folder(path):
    """A run folder with a few things in it."""
    (path / "sheets").mkdir(parents=True)
    (path / DATABASE).write_bytes(b"run")
    (path / "sheets" / "0-a.csv").write_bytes(b"a")
    return path


def delivery(path, age, *names, file_age=None):
    """A delivery whose folder is so many days old, and its files too."""
    path.mkdir(parents=True)
    for name in names:
        (path / name).write_bytes(b"x")
        at = NOW - (age if file_age is None else file_age) * DAY
        os.utime(path / name, (at, at))
    os.utime(path, (NOW - age * DAY, NOW - age * DAY))
    return path


# --- runs ----------------------------------------------------------------------------------------------------------


def test_a_run_is_removed_whole(tmp_path):
    folder = run_folder(tmp_path / "run-1")
    run_folder(tmp_path / "run-2")
    assert remove_run(folder, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["run-2"]
    assert not remove_run(folder, tmp_path)


def test_what_is_no_run_of_ours_stays(tmp_path):
    runs, real = tmp_path / "runs", run_folder(tmp_path / "elsewhere")
    run_folder(runs / "run")
    (runs / "link").symlink_to(real)
    (runs / "other").mkdir()
    (runs / "file").touch()
    run_folder(runs / ".stage-abcdefgh")
    linked = run_folder(runs / "linked")
    (linked / DATABASE).unlink()
    (linked / DATABASE).symlink_to(real / DATABASE)
    refused = [runs / name for name in ("link", "other", "file", ".stage-abcdefgh", "linked", "none", "..", "")]
    refused += [real, runs / "run" / "..", runs / "link" / "..", runs / "run" / "sheets", tmp_path / "no" / "run"]
    assert [folder for folder in refused if remove_run(folder, runs)] == []
    assert (real / DATABASE).exists()
    # Named by another way to the same parent, it is the same.
    (tmp_path / "way").symlink_to(runs)
    assert remove_run(tmp_path / "way" / "run", runs)
    assert not (runs / "run").exists()


def test_a_run_in_use_stays(tmp_path):
    folder = run_folder(tmp_path / "run")
    with FileLock(folder / LOCK):
        assert not remove_run(folder, tmp_path)
    assert (folder / DATABASE).exists()
    assert remove_run(folder, tmp_path)


def test_links_in_a_run_are_not_followed(tmp_path):
    folder, kept = run_folder(tmp_path / "runs" / "run"), delivery(tmp_path / "kept", 1, "a.csv")
    (folder / "link").symlink_to(kept)
    assert remove_run(folder, tmp_path / "runs")
    assert (kept / "a.csv").exists()


def test_a_killed_removal_leaves_nothing_that_looks_whole(tmp_path, monkeypatch):
    folder = run_folder(tmp_path / "run")

    def killed(path, **_):
        (path / DATABASE).unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            remove_run(folder, tmp_path)
    [left] = tmp_path.iterdir()
    assert left.name.startswith(".run-")
    assert remove_stages(tmp_path, NOW + 1e9) == [left.name]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("number", "todo"), [(errno.EROFS, "right to"), (errno.EIO, "disk or share")])
def test_a_disk_that_lets_nothing_be_removed_is_told(tmp_path, monkeypatch, number, todo):
    folder, old = run_folder(tmp_path / "run"), delivery(tmp_path / "inbox" / "done" / "x", 9, "a.csv")

    def refused(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "rename", refused)
    for call in (lambda: remove_run(folder, tmp_path), lambda: remove_files(tmp_path / "inbox", NOW)):
        with pytest.raises(ReassignError, match="whose time is over, could not be removed") as caught:
            call()
        assert todo in caught.value.todo
    assert (folder / DATABASE).exists()
    assert (old / "a.csv").exists()


# --- files ---------------------------------------------------------------------------------------------------------


def test_old_deliveries_that_are_done_or_rejected_are_removed(tmp_path):
    for where in ("done", "rejected", "held", "taken"):
        delivery(tmp_path / where / "old", 91, "a.csv", "a.csv.why.txt")
        delivery(tmp_path / where / "young", 89, "a.csv", file_age=400)
        delivery(tmp_path / where / "touched", 91, "a.csv", file_age=1)
    delivery(tmp_path / "done" / "empty", 91)
    (tmp_path / "done" / "notes.txt").touch()
    (tmp_path / "done" / "link").symlink_to(tmp_path / "held" / "old")
    delivery(tmp_path / "done" / ".hidden", 91)
    assert remove_files(tmp_path, NOW - 90 * DAY) == ["done/empty", "done/old", "rejected/old"]
    assert sorted(path.name for path in (tmp_path / "done").iterdir()) == [
        ".hidden", "link", "notes.txt", "touched", "young",
    ]  # fmt: skip
    assert sorted(path.name for path in (tmp_path / "held").iterdir()) == ["old", "touched", "young"]
    assert sorted(path.name for path in (tmp_path / "taken").iterdir()) == ["old", "touched", "young"]


def test_links_in_place_of_our_folders_are_not_followed(tmp_path):
    old = delivery(tmp_path / "elsewhere" / "old", 91, "a.csv")
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "done").symlink_to(tmp_path / "elsewhere")
    assert remove_files(tmp_path / "inbox", NOW) == []
    assert remove_files(tmp_path / "no-inbox", NOW) == []
    assert (old / "a.csv").exists()


def test_what_a_killed_removal_of_files_left_goes_with_the_next(tmp_path, monkeypatch):
    delivery(tmp_path / "done" / "old", 91, "a.csv")

    def killed(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            remove_files(tmp_path, NOW)
    assert remove_files(tmp_path, NOW - 9999 * DAY) == []
    assert list((tmp_path / "done").iterdir()) == []


def test_another_machine_may_be_quicker(tmp_path, monkeypatch):
    delivery(tmp_path / "done" / "old", 91, "a.csv")
    real = os.rename

    def quicker(source, target):
        shutil.rmtree(source)
        real(source, target)

    monkeypatch.setattr(os, "rename", quicker)
    assert remove_files(tmp_path, NOW) == []
    folder = run_folder(tmp_path / "run")
    assert not remove_run(folder, tmp_path)


def test_a_folder_that_cannot_be_read_is_told(tmp_path, monkeypatch):
    (tmp_path / "done").mkdir()

    def refused(*_):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "listdir", refused)
    with pytest.raises(ReassignError, match="done cannot be read: Permission denied"):
        remove_files(tmp_path, NOW)


# --- stages --------------------------------------------------------------------------------------------------------


def test_the_folder_of_a_killed_plan_is_removed_after_a_day(tmp_path):
    with staged(tmp_path / "e4-to-e3-20261124-020013") as stage:
        shutil.copytree(stage, tmp_path / "copy")
        name = stage.name
    (tmp_path / "copy").rename(tmp_path / name)
    for other in ("visible-abcdefgh", ".git", ".cache-of-something", ".x-ABCDEFGH"):
        delivery(tmp_path / other, 9)
    young = delivery(tmp_path / ".run-12345678", 9)
    (young / DATABASE).touch()
    os.utime(young, (NOW - 9 * DAY, NOW - 9 * DAY))
    (tmp_path / ".link-abcdefgh").symlink_to(tmp_path / "visible-abcdefgh")
    os.utime(tmp_path / name, (NOW - 2 * DAY, NOW - 2 * DAY))
    os.utime(young / DATABASE, (NOW, NOW))
    assert remove_stages(tmp_path, NOW - DAY) == [name]
    assert remove_stages(tmp_path / "no-folder", NOW) == []
    assert remove_stages(tmp_path, NOW + DAY) == [".run-12345678"]


def test_what_cannot_be_removed_is_not_said_to_be(tmp_path, monkeypatch):
    delivery(tmp_path / ".run-12345678", 9)
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)
    assert remove_stages(tmp_path, NOW) == []
