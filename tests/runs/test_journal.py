"""The journal in SQLite: what went in comes out, and what was tampered with is found before anything is sent."""

from __future__ import annotations

import multiprocessing
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from batch.core.entries import Entry, EntryKind, answered
from batch.core.errors import JournalDamaged, ReassignError
from batch.core.terms import Answer
from batch.runs import journal as journal_room
from batch.runs.journal import SCHEMA, SqliteJournal

SENT, ANSWERED, OPENED = EntryKind.SENT, EntryKind.ANSWERED, EntryKind.OPENED
BLOCKS = [
    [Entry(OPENED, -1, 1.5, text='{"group_size": 20}')],
    # Each at its own moment, so that each is a row of its own.
    [Entry(SENT, n, 2.25 + n / 8, 1) for n in range(20)],
    [
        Entry(ANSWERED, n, 5.0 + n / 8, 1, 200 if n % 3 else 429, "", "Günther's “mailbox”\n\x00; DROP", 2.128)
        for n in range(20)
    ],
    [Entry(SENT, 0, 8.0, 2), Entry(EntryKind.STOPPED, -1, 9.0, code="interrupted")],
]
ALL = [e for block in BLOCKS for e in block]

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
ENTRIES = st.builds(
    Entry,
    st.sampled_from(list(EntryKind)),
    st.integers(-1, 2**40),
    st.floats(allow_nan=False),
    st.integers(0, 2**31),
    st.integers(0, 599),
    TEXT,
    TEXT,
    st.floats(allow_nan=False),
)


@contextmanager
def opened(path: str | Path, *, uri: bool = False) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None, uri=uri, timeout=5)) as db:
        yield db


@contextmanager
def memory() -> Iterator[sqlite3.Connection]:
    with opened(":memory:") as db:
        db.executescript(SCHEMA)
        yield db


def make(path: Path, blocks: Sequence[Sequence[Entry]] = BLOCKS) -> Path:
    with opened(path) as db:
        db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + SCHEMA)
        journal = SqliteJournal(db)
        for block in blocks:
            journal.append(block)
    return path


def read(path: Path) -> list[Entry]:
    with opened(path) as db:
        return list(SqliteJournal(db).entries())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return make(tmp_path / "run.db")


# What goes in comes out


@given(st.lists(st.lists(ENTRIES, min_size=1, max_size=5), max_size=5))
@example([[Entry(SENT, 0, float("inf"), wait=float("inf"))]])
@example([[Entry(ANSWERED, 0, -0.0, wait=-0.0), Entry(ANSWERED, 0, 5, wait=2)]])
def test_what_goes_in_comes_out(blocks: list[list[Entry]]) -> None:
    with memory() as db:
        for block in blocks:
            # A new process each time, which reads before it writes.
            SqliteJournal(db).append(block)
        assert list(SqliteJournal(db).entries()) == [e for block in blocks for e in block]


@given(st.text(st.characters(codec=None), max_size=20), st.floats(), st.integers(0, 999))
@example("\ud800", float("nan"), 0)
def test_any_answer_can_be_kept(text: str, wait: float, status: int) -> None:
    entry = answered(3, 1.0, 2, Answer(status, text, text * 500, wait))
    with memory() as db:
        SqliteJournal(db).append([entry])
        assert list(SqliteJournal(db).entries()) == [entry]


def test_a_tenant_with_a_thousand_products_can_be_counted() -> None:
    text = str({f"{n:036}": n for n in range(1000)})
    with memory() as db:
        SqliteJournal(db).append([Entry(EntryKind.COUNTED, -1, 1.0, text=text)])
        assert next(SqliteJournal(db).entries()).text == text


@pytest.mark.parametrize(
    ("changes", "rows"),
    [(range(20), ["0-19"]), ([3, 5, 9], ["3,5,9"]), ([7], ["7"]), ([-1, -1, 4], [",", "4"]), ([9, 8], ["9,8"])],
)
def test_what_is_said_of_several_changes_is_one_row(changes: Sequence[int], rows: list[str]) -> None:
    entries = [Entry(SENT if n >= 0 else OPENED, n, 2.0, 1) for n in changes]
    with memory() as db:
        SqliteJournal(db).append(entries)
        assert [text for (text,) in db.execute("SELECT changes FROM entries ORDER BY seq")] == rows
        assert list(SqliteJournal(db).entries()) == entries


def test_an_empty_journal_has_no_entries(tmp_path: Path) -> None:
    assert read(make(tmp_path / "run.db", [])) == []


def test_entries_can_be_read_while_they_are_written(file: Path) -> None:
    with opened(file) as one, opened(file) as other:
        journal = SqliteJournal(one)
        journal.append([Entry(SENT, 5, 6.0, 3)])
        assert len(list(SqliteJournal(other).entries())) == len(ALL) + 1
        journal.append([Entry(ANSWERED, 5, 7.0, 3, 200)])
        assert len(list(SqliteJournal(other).entries())) == len(ALL) + 2


# Tampering


def tampered(file: Path, *statements: str) -> None:
    with opened(file) as db:
        for statement in statements:
            assert db.execute(statement).rowcount != 0
    with pytest.raises(JournalDamaged) as caught:
        read(file)
    assert caught.value.exit_code == 6
    assert caught.value.todo


@pytest.mark.parametrize("column", ["kind", "at", "grp", "status", "wait"])
@pytest.mark.parametrize("seq", [1, 2, 21, 42, 43])
def test_an_edited_number_is_found(file: Path, column: str, seq: int) -> None:
    tampered(file, f"UPDATE entries SET {column} = {column} + 1 WHERE seq = {seq}")


@pytest.mark.parametrize("column", ["changes", "code", "text"])
def test_an_edited_text_is_found(file: Path, column: str) -> None:
    tampered(file, f"UPDATE entries SET {column} = {column} || ' ' WHERE seq = 30")


def test_a_number_that_became_text_is_found(file: Path) -> None:
    tampered(file, "UPDATE entries SET wait = 'soon' WHERE seq = 30")


@pytest.mark.parametrize("seq", [1, 2, 21, 22, 42, 43])
def test_a_deleted_entry_is_found(file: Path, seq: int) -> None:
    tampered(file, f"DELETE FROM entries WHERE seq = {seq}")


@pytest.mark.parametrize("last", [1, 21, 41, 43])
def test_a_deleted_seal_is_found(file: Path, last: int) -> None:
    tampered(file, f"DELETE FROM seals WHERE last = {last}")


def test_an_added_entry_is_found(file: Path) -> None:
    tampered(file, "INSERT INTO entries VALUES (44, 2, '1', 9, 3, 0, '', '', -1)")


def test_swapped_entries_are_found(file: Path) -> None:
    tampered(
        file,
        "UPDATE entries SET seq = 100 WHERE seq = 5",
        "UPDATE entries SET seq = 5 WHERE seq = 6",
        "UPDATE entries SET seq = 6 WHERE seq = 100",
    )


def test_a_block_cut_out_of_the_middle_is_found(file: Path) -> None:
    tampered(file, "DELETE FROM entries WHERE seq BETWEEN 2 AND 21", "DELETE FROM seals WHERE last = 21")


def test_entries_all_gone_are_found(file: Path) -> None:
    tampered(file, "DELETE FROM entries")


@pytest.mark.parametrize("last", [0, -5, 2**40, 2**62])
def test_a_seal_of_nothing_is_found(tmp_path: Path, last: int) -> None:
    empty = make(tmp_path / "run.db", [])
    tampered(empty, f"INSERT INTO seals VALUES ({last}, x'00')")


def test_a_digest_of_another_type_is_found(file: Path) -> None:
    tampered(file, "UPDATE seals SET digest = 17 WHERE last = 21")


def test_missing_tables_are_damage(tmp_path: Path) -> None:
    with pytest.raises(JournalDamaged):
        read(tmp_path / "empty.db")


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.8, 0.97])
def test_a_truncated_file_is_found(file: Path, share: float) -> None:
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(JournalDamaged):
        read(file)


def spoils(file: Path, spoiled: Path, changes: Sequence[tuple[int, int]]) -> str:
    """What reading a file with some bytes changed comes to: the same entries, or damage; anything else is raised."""
    data = bytearray(file.read_bytes())
    for offset, mask in changes:
        data[offset % len(data)] ^= mask
    spoiled.write_bytes(data)
    try:
        found = read(spoiled)
    except JournalDamaged:
        return "found"
    assert found == ALL, "a spoiled journal was believed"
    return "harmless"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("journal") / "run.db")


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 2**20), st.integers(1, 255)), min_size=1, max_size=4))
def test_flipped_bytes_are_harmless_or_found(whole: Path, changes: list[tuple[int, int]]) -> None:
    spoils(whole, whole.with_name("spoiled.db"), changes)


def used(data: bytes) -> list[int]:
    """Offsets of bytes that hold something, most of a small database being empty."""
    return [n for n, byte in enumerate(data) if byte]


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**20), st.integers(1, 255))
def test_a_flipped_byte_that_holds_something(whole: Path, nth: int, mask: int) -> None:
    places = used(whole.read_bytes())
    spoils(whole, whole.with_name("spoiled.db"), [(places[nth % len(places)], mask)])


@pytest.mark.slow
def test_every_byte_that_holds_something(whole: Path) -> None:
    told = [
        spoils(whole, whole.with_name("spoiled.db"), [(offset, mask)])
        for offset in used(whole.read_bytes())
        for mask in (1, 0x80, 0xFF)
    ]
    assert told.count("found") > told.count("harmless")


@pytest.mark.parametrize(
    "careless",
    [
        lambda seal, rows: b"",
        lambda seal, rows: repr([r[:4] for r in rows]).encode(),
    ],
    ids=["no seal", "half a seal"],
)
def test_seals_that_do_not_seal_would_be_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, careless: Callable[..., bytes]
) -> None:
    """A mutant: were the digest not over everything, an edited entry would be believed."""
    monkeypatch.setattr(journal_room, "_digest", careless)
    file = make(tmp_path / "run.db")
    with opened(file) as db:
        db.execute("UPDATE entries SET text = 'edited' WHERE seq = 25")
    assert read(file) != ALL


# Two writers


def append_from_elsewhere(path: Path) -> None:
    with opened(path) as db:
        SqliteJournal(db).append([Entry(SENT, 7, 9.0, 9)])


def test_two_processes_cannot_both_write(file: Path) -> None:
    with opened(file) as db:
        journal = SqliteJournal(db)
        assert len(list(journal.entries())) == len(ALL)
        other = multiprocessing.get_context("spawn").Process(target=append_from_elsewhere, args=(file,))
        other.start()
        other.join(30)
        assert other.exitcode == 0
        with pytest.raises(ReassignError, match="could not be written"):
            journal.append([Entry(SENT, 8, 9.5, 9)])
    # What the other wrote stands; of ours there is nothing.
    assert read(file) == [*ALL, Entry(SENT, 7, 9.0, 9)]


def test_a_locked_database_is_told(file: Path) -> None:
    with opened(file) as one, opened(file) as other:
        other.execute("PRAGMA busy_timeout=0")
        one.execute("BEGIN IMMEDIATE")
        with pytest.raises(ReassignError, match="locked"):
            SqliteJournal(other).append([Entry(SENT, 8, 9.5, 9)])
        one.execute("ROLLBACK")
        SqliteJournal(other).append([Entry(SENT, 8, 9.5, 9)])
    assert len(read(file)) == len(ALL) + 1


# A disk that takes no more


def test_a_full_disk_is_told_and_nothing_is_half_written(file: Path) -> None:
    long = [Entry(ANSWERED, n, 9.0 + n, 9, 400, "", "x" * 3000) for n in range(40)]
    with opened(file) as db:
        journal = SqliteJournal(db)
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count={pages + 3}")
        with pytest.raises(ReassignError, match="full") as caught:
            journal.append(long)
        assert "reassign apply" in caught.value.todo
        assert not db.in_transaction
        assert list(SqliteJournal(db).entries()) == ALL
        # Somebody made room: the same journal goes on where it was.
        db.execute("PRAGMA max_page_count=100000")
        journal.append(long)
    assert read(file) == [*ALL, *long]


def test_a_read_only_file_is_told(file: Path) -> None:
    with opened(f"{file.as_uri()}?mode=ro", uri=True) as db:
        journal = SqliteJournal(db)
        assert list(journal.entries()) == ALL
        with pytest.raises(ReassignError, match="readonly"):
            journal.append([Entry(SENT, 1, 1.0)])


def test_an_interrupt_while_writing_leaves_nothing_half_written(file: Path) -> None:
    with opened(file) as db:
        journal = SqliteJournal(db)
        list(journal.entries())
        # Whatever comes up inside the transaction, once the first row is in.
        with pytest.raises(UnicodeEncodeError):
            journal.append([Entry(SENT, 1, 9.0), Entry(SENT, 2, 9.0, text="\ud800")])
        assert not db.in_transaction
        journal.append([Entry(SENT, 3, 9.0)])
    assert read(file) == [*ALL, Entry(SENT, 3, 9.0)]


def test_a_copy_of_a_journal_is_as_good(file: Path, tmp_path: Path) -> None:
    shutil.copyfile(file, tmp_path / "copy.db")
    assert read(tmp_path / "copy.db") == ALL
