from __future__ import annotations

import errno
from pathlib import Path

import pytest

from batch.core.errors import ReassignError
from batch.reports import whole as room
from batch.reports.page import write_page
from batch.reports.tables import write_rejects_csv, write_result_json, write_results_csv
from batch.reports.whole import whole
from batch.reports.workbook import write_workbook
from tests.reports.examples import partial


def test_a_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with whole(path) as file:
        file.write(b"new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("x")])
def test_a_failure_leaves_the_old_file_and_no_trace(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail() -> None:
        with whole(path) as file:
            file.write(b"new")
            raise error

    with pytest.raises(type(error)):
        fail()
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_leftover_of_a_power_cut_is_replaced(tmp_path: Path) -> None:
    (tmp_path / ".a.txt.part").write_text("half")
    with whole(tmp_path / "a.txt") as file:
        file.write(b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReassignError, match=r"a\.txt could not be written") as caught, whole(tmp_path / "no" / "a.txt"):
        pass
    assert caught.value.exit_code == 1
    assert "reassign reconcile" in caught.value.todo


def rejects(path: Path) -> None:
    write_rejects_csv(["User"], [(["a"], "code", "why")], path)


@pytest.mark.parametrize("write", [write_page, write_workbook, write_results_csv, write_result_json, rejects])
def test_a_full_disk_is_told_and_leaves_nothing(write: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(room.os, "fsync", full)
    path = tmp_path / "report.file"
    with pytest.raises(ReassignError, match=r"report\.file could not be written: No space left"):
        write(path) if write is rejects else write(partial(), path)  # type: ignore[operator]
    assert list(tmp_path.iterdir()) == []
