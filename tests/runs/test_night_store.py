"""nights.db: written whole or not at all, read by several, honest about damage."""

from __future__ import annotations

import shutil
import sqlite3

import pytest

from batch.core.errors import JournalDamaged, ReassignError, RunLocked
from batch.core.nights import Standing
from batch.runs.night_store import NightStore, book_of, nights_of
from tests.core.night_facts import NIGHT, began, file, filed, opened, taken, whole_night


def test_what_is_written_is_read_by_everybody(tmp_path):
    with NightStore.open(tmp_path / "n") as one, NightStore.open(tmp_path / "n") as other:
        one.append(*whole_night())
        other.refresh()
        assert other.book.deliveries == one.book.deliveries == book_of(tmp_path / "n").deliveries
        other.append(opened(20, about="again"))
        one.append(began(21))
        assert list(one.book.passes) == [f"pass-{NIGHT}", "again"]
    assert [n.date for n in nights_of(tmp_path / "n")] == [NIGHT]
    assert nights_of(tmp_path / "n")[0].jobs[0].runs[0].standing is Standing.DONE


def test_without_a_book_there_are_no_nights_and_looking_makes_none(tmp_path):
    assert nights_of(tmp_path / "n") == []
    assert not (tmp_path / "n").exists()


@pytest.mark.parametrize("name", ["\udcff.csv", "a\x00b", "'; DROP TABLE event; --", "💥" * 50])
def test_names_of_files_may_hold_anything(tmp_path, name):
    with NightStore.open(tmp_path) as store:
        store.append(opened(), *taken(file(name)), filed())
    assert [f.name for d in book_of(tmp_path).deliveries.values() for f in d.files] == [name]


def test_events_that_do_not_follow_are_damage(tmp_path):
    with NightStore.open(tmp_path) as store, pytest.raises(JournalDamaged, match="does not add up"):
        store.append(filed())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET kind = 'eaten' WHERE number = 3",
        "UPDATE event SET data = '{' WHERE number = 3",
        "UPDATE event SET data = '[]' WHERE number = 3",
        "DELETE FROM event WHERE number = 3",
        "ALTER TABLE event RENAME COLUMN data TO other",
    ],
)
def test_a_book_that_was_edited_is_refused_with_a_way_on(tmp_path, statement):
    with NightStore.open(tmp_path) as store:
        store.append(*whole_night())
    db = sqlite3.connect(tmp_path / "nights.db")
    db.execute(statement)
    db.commit()
    db.close()
    for read in (book_of, NightStore.open):
        with pytest.raises(ReassignError) as error:
            read(tmp_path)
        assert "--nights DIR" in error.value.todo


def test_a_file_that_is_no_book(tmp_path):
    (tmp_path / "nights.db").write_bytes(b"no database at all" * 100)
    for read in (book_of, NightStore.open):
        with pytest.raises(JournalDamaged, match="damaged"):
            read(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(ReassignError, match="cannot be used"):
        NightStore.open(tmp_path / "file")


def test_somebody_who_has_it_open_is_said(tmp_path, monkeypatch):
    real = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: real(*a, **{**k, "timeout": 0}))
    with NightStore.open(tmp_path) as store:
        other = real(tmp_path / "nights.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(RunLocked):
            store.append(opened())
        other.execute("ROLLBACK")
        other.close()
        store.append(opened())
    assert len(book_of(tmp_path).passes) == 1


def test_a_kill_in_the_middle_of_a_write_is_undone_by_whoever_looks_next(tmp_path):
    (tmp_path / "n").mkdir()
    with NightStore.open(tmp_path / "n") as store:
        store.append(*whole_night())
        db = store._db
        db.execute("PRAGMA cache_size=1")
        db.execute("BEGIN")
        rows = [(1.0, NIGHT, "filed", "e4", f"r{n}", "x" * 900) for n in range(300)]
        db.executemany("INSERT INTO event (at, night, kind, job, about, data) VALUES (?,?,?,?,?,?)", rows)
        assert (tmp_path / "n" / "nights.db-journal").stat().st_size
        shutil.copytree(tmp_path / "n", tmp_path / "killed")
        db.execute("ROLLBACK")
    assert list(book_of(tmp_path / "killed").deliveries) == ["r1"]
