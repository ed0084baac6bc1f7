"""Files in their place: all or none, never somebody else's, and known again."""

from __future__ import annotations

import os
from datetime import datetime, time

import pytest

from batch.core.errors import ReassignError, UsageError
from batch.schedules.placing import place, take_away
from batch.schedules.sealing import SEAL, Found, found_at, sealed
from batch.schedules.task import File, Start
from tests.schedules.conftest import UTC, task

FILES = (
    File(name="a.service", text=sealed(f"# {SEAL}\none\n")),
    File(name="a.timer", text=sealed(f"# {SEAL}\ntwo é\n")),
)
NAMES = ("a.service", "a.timer")


def test_a_file_is_known_as_ours_until_a_byte_of_it_changes(tmp_path):
    path = tmp_path / "a"
    assert found_at(path) is Found.NOTHING
    text = FILES[1].text
    path.write_text(text, "utf-8")
    assert found_at(path) is Found.OURS
    for changed in (text + "#", text.replace("two", "too"), text.replace("sha256:", "sha256:0")[:-1]):
        path.write_text(changed, "utf-8")
        assert found_at(path) in (Found.EDITED, Found.FOREIGN)
    path.write_text(text.replace("two", "2"), "utf-8")
    assert found_at(path) is Found.EDITED
    path.write_bytes(FILES[1].text.encode("utf-16"))
    assert found_at(path, "utf-16") is Found.OURS


@pytest.mark.parametrize("content", [b"", b"[Unit]\n", b"\xff\xfe\x00", b"# sha256:" + b"0" * 64, b"x" * 2_000_000])
def test_what_has_no_seal_is_somebody_elses(tmp_path, content):
    path = tmp_path / "a"
    path.write_bytes(content)
    assert found_at(path) is Found.FOREIGN


def test_a_link_and_a_folder_are_somebody_elses(tmp_path):
    (tmp_path / "real").write_text(FILES[0].text, "utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "hanging").symlink_to(tmp_path / "nothing")
    (tmp_path / "folder").mkdir()
    assert {found_at(tmp_path / name) for name in ("link", "hanging", "folder")} == {Found.FOREIGN}


def test_files_are_written_replaced_and_taken_away(tmp_path):
    for _ in range(2):
        assert place(FILES, tmp_path) == (tmp_path / "a.service", tmp_path / "a.timer")
        assert {p.name: p.read_text("utf-8") for p in tmp_path.iterdir()} == {file.name: file.text for file in FILES}
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o644}
    assert len(take_away(NAMES, tmp_path, "utf-8", force=False)) == 2
    assert take_away(NAMES, tmp_path, "utf-8", force=False) == ()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["mine\n", FILES[1].text + "edited\n"])
def test_nothing_is_written_where_one_of_them_is_not_ours(tmp_path, text):
    (tmp_path / "a.timer").write_text(text, "utf-8")
    with pytest.raises(UsageError, match="left as it is"):
        place(FILES, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a.timer"]
    with pytest.raises(UsageError):
        take_away(NAMES, tmp_path, "utf-8", force=False)
    assert (tmp_path / "a.timer").read_text("utf-8") == text


def test_an_edited_file_goes_by_force_and_a_foreign_one_never(tmp_path):
    place(FILES, tmp_path)
    (tmp_path / "a.timer").write_text(FILES[1].text + "edited\n", "utf-8")
    (tmp_path / "a.service").write_text("mine\n", "utf-8")
    with pytest.raises(UsageError, match="not written by this program"):
        take_away(NAMES, tmp_path, "utf-8", force=True)
    (tmp_path / "a.service").unlink()
    assert take_away(NAMES, tmp_path, "utf-8", force=True) == (tmp_path / "a.timer",)


@pytest.mark.parametrize("fails_at", [0, 1])
def test_a_disk_that_fails_in_the_middle_leaves_what_was_there(tmp_path, monkeypatch, fails_at):
    place(FILES, tmp_path)
    new = tuple(File(name=file.name, text=sealed(f"# {SEAL}\nnew\n")) for file in FILES)
    real, calls = os.replace, []

    def replace(source, target):
        calls.append(target)
        if len(calls) > fails_at:
            raise PermissionError(13, "Permission denied", str(target))
        real(source, target)

    monkeypatch.setattr("batch.schedules.placing.os.replace", replace)
    with pytest.raises(ReassignError, match="Permission denied") as told:
        place(new, tmp_path)
    assert "sudo" in told.value.todo
    assert {p.name: p.read_text("utf-8") for p in tmp_path.iterdir()} == {file.name: file.text for file in FILES}


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match="There is no folder"):
        place(FILES, tmp_path / "none")
    assert take_away(NAMES, tmp_path / "none", "utf-8", force=False) == ()


@pytest.mark.parametrize("name", ["", "A", "a b", "-a", "a-", "a.b", "a" * 51, "../a", "é", "a\n"])
def test_a_name_that_a_scheduler_does_not_take_is_refused(name):
    with pytest.raises(UsageError, match="cannot be the name"):
        task(name=name)


@pytest.mark.parametrize("name", ["a\nb", "a\rb", "a\tb", "a\x00b", "a\x85b", "a\u2028b", "a\ud800b", "a\u202eb"])
def test_a_path_with_a_line_break_or_its_like_is_refused(name):
    with pytest.raises(UsageError, match="no scheduler takes"):
        task(nights=f"/data/{name}")


def test_a_start_is_told_with_its_zone():
    assert [str(Start(time(2))), str(Start(time(2), "UTC"))] == ["02:00", "02:00 (UTC)"]
    assert task(now=datetime(2026, 1, 1, tzinfo=UTC)).zone_of(Start(time(2))) is UTC
