"""The run folder appears whole or not at all, and says plainly what is wrong with it."""

from __future__ import annotations

import contextlib
import json
import os
import random
import sqlite3
import subprocess
import sys

import pytest

from batch.core.errors import JournalDamaged, ReassignError, RunLocked, UsageError
from batch.runs import folder as runs
from batch.runs.folder import DATABASE, LOCK, RunFolder, create_database, finish_database, readable, staged, write_meta


def make(path, **meta):
    """A run folder with nothing in it but what is noted about it."""
    path.mkdir(exist_ok=True)
    db = create_database(path)
    write_meta(db, {"schema": 1, **meta})
    finish_database(path, db)
    return path


# --- staged --------------------------------------------------------------------------------------------------------


def test_a_folder_appears_when_all_is_in_it(tmp_path):
    target = tmp_path / "deep" / "down" / "run"
    with staged(target) as stage:
        (stage / "file").write_text("x", encoding="ascii")
        assert not target.exists()
        assert stage.parent == target.parent
    assert [p.name for p in target.iterdir()] == ["file"]
    assert [p.name for p in target.parent.iterdir()] == ["run"]
    assert target.stat().st_mode & 0o777 == 0o750


@pytest.mark.parametrize(
    "error", [RuntimeError("x"), KeyboardInterrupt(), UsageError("x"), OSError(28, "No space left")]
)
def test_nothing_is_left_when_something_goes_wrong(tmp_path, error):
    def fill(stage):
        (stage / "part").mkdir()
        (stage / "part" / "file").write_text("x", encoding="ascii")
        raise error

    kind = ReassignError if isinstance(error, OSError) else type(error)
    with pytest.raises(kind), staged(tmp_path / "run") as stage:
        fill(stage)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_with_the_folder_and_the_way_on(tmp_path):
    with (
        pytest.raises(ReassignError, match=r"run could not be written: No space left") as caught,
        staged(tmp_path / "run"),
    ):
        raise OSError(28, "No space left")
    assert "--out" in caught.value.todo


def test_a_database_that_cannot_be_written_is_told_alike(tmp_path):
    with pytest.raises(ReassignError, match="database or disk is full"), staged(tmp_path / "run"):
        raise sqlite3.OperationalError("database or disk is full")


def test_an_empty_folder_may_be_filled(tmp_path):
    (tmp_path / "run").mkdir()
    with staged(tmp_path / "run") as stage:
        (stage / "file").touch()
    assert (tmp_path / "run" / "file").exists()


def test_an_empty_folder_stays_when_something_goes_wrong(tmp_path):
    (tmp_path / "run").mkdir()
    with pytest.raises(RuntimeError), staged(tmp_path / "run"):
        raise RuntimeError
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("what", ["file", "full folder"])
def test_what_is_there_is_never_touched(tmp_path, what):
    target = tmp_path / "run"
    if what == "file":
        target.write_text("mine", encoding="ascii")
    else:
        target.mkdir()
        (target / "mine").touch()
    before = sorted(str(p) for p in tmp_path.rglob("*"))
    with pytest.raises(UsageError, match="already exists"), staged(target):
        pytest.fail("the block must not be entered")
    assert sorted(str(p) for p in tmp_path.rglob("*")) == before


def test_who_fills_the_folder_first_wins(tmp_path):
    """Two commands with one --out: the second one fails, and leaves the first one's folder as it is."""
    target = tmp_path / "run"
    with pytest.raises(ReassignError, match="could not be written"), staged(target):
        make(target, who="first")
    with RunFolder.open(target) as found:
        assert found.meta()["who"] == "first"
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_the_parent_is_a_file(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ReassignError, match="could not be written") as caught, staged(tmp_path / "file" / "run"):
        pytest.fail("the block must not be entered")
    assert caught.value.exit_code == 1


def test_a_name_that_no_disk_takes(tmp_path):
    with pytest.raises(ReassignError, match="could not be written"), staged(tmp_path / ("x" * 300)):
        pytest.fail("the block must not be entered")


def test_a_parent_that_may_not_be_looked_into(tmp_path, monkeypatch):
    def forbidden(self, **_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.exists", forbidden)
    with pytest.raises(ReassignError, match="Permission denied"), staged(tmp_path / "run"):
        pytest.fail("the block must not be entered")


# --- opening -------------------------------------------------------------------------------------------------------


def test_what_is_noted_comes_back_and_can_be_noted_anew(tmp_path):
    run = make(tmp_path / "run", title="Ä → B", guards=[{"code": "short"}], planned_at=1.5)
    with RunFolder.open(run) as folder:
        assert folder.path == run
        assert folder.meta() == {"schema": 1, "title": "Ä → B", "guards": [{"code": "short"}], "planned_at": 1.5}
        folder.note({"title": "new", "after": {"x": 1}})
    with RunFolder.open(run) as folder:
        assert (folder.meta()["title"], folder.meta()["after"]) == ("new", {"x": 1})
        assert list(folder.journal().entries()) == []


@pytest.mark.parametrize("what", ["missing", "empty folder", "file", "folder for a database"])
def test_not_a_run(tmp_path, what):
    run = tmp_path / "run"
    if what == "file":
        run.touch()
    elif what != "missing":
        run.mkdir()
        if what == "folder for a database":
            (run / DATABASE).mkdir()
    with pytest.raises(UsageError, match="not a run folder") as caught:
        RunFolder.open(run)
    assert caught.value.exit_code == 2
    assert "reassign show" in caught.value.todo


def _random(path):
    path.write_bytes(random.Random(7).randbytes(9000))


def _emptied(path):
    path.write_bytes(b"")


def _cut(path):
    path.write_bytes(path.read_bytes()[:700])


def _text(path):
    path.write_text("This is no database.\n" * 99, encoding="ascii")


def _without_meta(path):
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("DROP TABLE meta")


def _other_schema(path):
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE meta SET value = '2' WHERE key = 'schema'")


def _no_schema(path):
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute("DELETE FROM meta")


def _another_database(path):
    path.unlink()
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE meta (x)")


@pytest.mark.parametrize(
    "harm", [_random, _emptied, _cut, _text, _without_meta, _other_schema, _no_schema, _another_database]
)
def test_a_damaged_database(tmp_path, harm):
    run = make(tmp_path / "run")
    harm(run / DATABASE)
    with pytest.raises(JournalDamaged) as caught:
        RunFolder.open(run)
    assert caught.value.exit_code == 6
    assert str(run) in caught.value.what
    assert caught.value.todo


@pytest.mark.parametrize("seed", range(12))
def test_a_byte_that_turned_over_is_damage_or_nothing(tmp_path, seed):
    """Wherever bytes are wrong, opening and reading what is noted ends well or says that it is damaged."""
    run = make(tmp_path / "run", title="x" * 2000)
    dice = random.Random(seed)
    content = bytearray((run / DATABASE).read_bytes())
    for _ in range(40):
        content[dice.randrange(len(content))] ^= dice.randrange(1, 256)
    (run / DATABASE).write_bytes(content)
    with contextlib.suppress(JournalDamaged, UsageError), RunFolder.open(run) as folder:
        folder.meta()


@pytest.mark.parametrize("value", ["{", "", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")])
def test_a_note_that_is_no_json(tmp_path, value):
    run = make(tmp_path / "run")
    with contextlib.closing(sqlite3.connect(run / DATABASE)) as db, db:
        db.execute("INSERT INTO meta VALUES ('title', ?)", (value,))
    with RunFolder.open(run) as folder, pytest.raises(JournalDamaged):
        folder.meta()


@pytest.mark.parametrize("kind", [sqlite3.DatabaseError, ValueError, KeyError, IndexError, TypeError])
def test_whatever_a_broken_file_leads_to_is_damage(tmp_path, kind):
    with pytest.raises(JournalDamaged, match="is damaged"), readable(tmp_path):
        raise kind("x")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_READONLY, ReassignError),
        (sqlite3.SQLITE_READONLY_DIRECTORY, ReassignError),
        (sqlite3.SQLITE_CANTOPEN, ReassignError),
        (sqlite3.SQLITE_FULL, ReassignError),
        (sqlite3.SQLITE_IOERR_WRITE, ReassignError),
        (sqlite3.SQLITE_BUSY, RunLocked),
        (sqlite3.SQLITE_LOCKED, RunLocked),
        (sqlite3.SQLITE_CORRUPT, JournalDamaged),
        (sqlite3.SQLITE_NOTADB, JournalDamaged),
        (sqlite3.SQLITE_ERROR, JournalDamaged),
    ],
)
@pytest.mark.parametrize("when", ["opening", "reading"])
def test_what_sqlite_says_becomes_what_a_person_can_do(tmp_path, monkeypatch, code, kind, when):
    run = make(tmp_path / "run")
    closed = []

    class Refusing:
        def execute(self, *_):
            error = sqlite3.OperationalError("own words")
            error.sqlite_errorcode = code
            raise error

        def close(self):
            closed.append(True)

    def connect(*_, **__):
        return Refusing() if when == "reading" else Refusing().execute()

    monkeypatch.setattr(runs.sqlite3, "connect", connect)
    with pytest.raises(ReassignError, match=r"own words|Another program") as caught:
        RunFolder.open(run)
    assert type(caught.value) is kind
    assert len(closed) == (when == "reading")


def test_somebody_has_the_database_open_in_another_program(tmp_path, monkeypatch):
    run = make(tmp_path / "run")
    real = sqlite3.connect
    with contextlib.closing(real(run / DATABASE, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        monkeypatch.setattr(runs.sqlite3, "connect", lambda *a, **k: real(*a, **{**k, "timeout": 0}))
        with pytest.raises(RunLocked, match="Another program"):
            RunFolder.open(run)


# --- the lock ------------------------------------------------------------------------------------------------------

HOLDER = """
import sys
from pathlib import Path
from batch.runs.folder import RunFolder
with RunFolder.open(Path(sys.argv[1])) as folder, folder.locked():
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_two_processes_cannot_carry_out_one_run(tmp_path):
    run = make(tmp_path / "run")
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(run)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "locked\n"
        with RunFolder.open(run) as folder:
            with pytest.raises(RunLocked, match="carrying") as caught, folder.locked():
                pytest.fail("the block must not be entered")
            assert caught.value.exit_code == 7
            assert folder.meta()["schema"] == 1, "looking at it is not forbidden"
        other.kill()
        other.wait()
    with RunFolder.open(run) as folder, folder.locked():
        pass  # a killed process lets go of it


def test_the_lock_is_let_go_of_when_the_block_ends_badly(tmp_path):
    run = make(tmp_path / "run")
    for _ in range(2):
        with pytest.raises(RuntimeError), RunFolder.open(run) as folder, folder.locked():
            raise RuntimeError


def test_one_process_cannot_lock_it_twice(tmp_path):
    run = make(tmp_path / "run")
    with RunFolder.open(run) as one, RunFolder.open(run) as two, one.locked(), pytest.raises(RunLocked), two.locked():
        pytest.fail("the block must not be entered")


def test_a_lock_that_cannot_be_made(tmp_path):
    run = make(tmp_path / "run")
    (run / LOCK).mkdir()
    with RunFolder.open(run) as folder, pytest.raises(ReassignError), folder.locked():
        pytest.fail("the block must not be entered")


def test_a_database_is_on_the_disk_when_it_is_finished(tmp_path, monkeypatch):
    synced = []
    real = os.fsync
    monkeypatch.setattr(runs.os, "fsync", lambda fd: (synced.append(fd), real(fd)))
    make(tmp_path / "run")
    assert len(synced) == 1
    with contextlib.closing(sqlite3.connect(tmp_path / "run" / DATABASE)) as db:
        assert json.loads(db.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()[0]) == 1
