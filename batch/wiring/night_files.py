"""The files of a night: claimed or copied, looked at one by one, and put where they belong in the end.

Each step is written down before or after it is done, and can be done again: a night that was killed in the middle of
one is carried on from the book and from where the files lie.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from batch.core.errors import ReassignError, SheetError
from batch.core.harmless import in_shell, one_line
from batch.core.inbox import Dropped, Quiet, series_of, shrunk
from batch.core.night_book import Delivery
from batch.core.night_events import EventKind
from batch.core.night_values import plain
from batch.core.nights import Fate, FileNight, Standing
from batch.core.table import Kind
from batch.runs.globs import named_files
from batch.runs.inbox import Inbox, Where
from batch.sheets.reading import read_tables
from batch.wiring.night_parts import COPIES, JobTurn


def found(turn: JobTurn, quiet: Quiet) -> tuple[tuple[Path, ...], Quiet]:
    """The files that are new and whole, and what the next look has to know; ``turn`` notes those being written."""
    night = turn.night
    listing = _listing(turn)
    looked = quiet.look([dropped for _, dropped in listing], turn.nights.clock.now(), night.quiet)
    turn.writing = tuple(Path(dropped.name).name for dropped in looked.writing)
    ready = set(looked.ready)
    paths = tuple(path for path, dropped in listing if dropped in ready)
    if night.inbox is None and looked.writing:
        paths = ()  # sheets at a fixed place belong together
    return paths, looked.next


def _listing(turn: JobTurn) -> list[tuple[Path, Dropped]]:
    night = turn.night
    if night.inbox is not None:
        inbox = Inbox(night.inbox)
        inbox.check()
        strangers = inbox.strangers(turn.nights.book.deliveries)
        if strangers:
            turn.notes.append(
                f"{len(strangers):,} deliveries in {night.inbox / 'taken'} were claimed by another machine: "
                f"{', '.join(map(one_line, strangers[:3]))}{' …' if len(strangers) > 3 else ''}. They are left to it."
            )
        return [(night.inbox / dropped.name, dropped) for dropped in inbox.listed(night.files)]
    paths = named_files(turn.job.users, newest=bool(turn.job.newest))
    found = []
    for path in paths:
        try:
            now = path.stat()
        except OSError:
            continue  # gone between the listing and the look
        found.append((path, Dropped(str(path), now.st_size, now.st_mtime)))
    return found


def take(turn: JobTurn, paths: Sequence[Path]) -> Delivery | None:
    """Take these files as one delivery; None when there is nothing new in them."""
    if turn.night.inbox is None and not _is_new(turn, paths):
        return None
    names = [path.name if turn.night.inbox else str(path) for path in paths]
    delivery = _free_name(turn)
    turn.note(EventKind.TOOK, delivery, files=names, fixed=turn.night.inbox is None)
    return turn.nights.book.deliveries[delivery]


def _is_new(turn: JobTurn, paths: Sequence[Path]) -> bool:
    """Whether one of the sheets at a fixed place has bytes that had no run yet, and that are not held."""
    book, key = turn.nights.book, turn.key
    digests = [_digest(path) for path in paths]
    if any(book.is_held(key, digest) for digest in digests):
        return False
    runs = [book.run_of_digest(key, digest) for digest in digests]
    if runs and all(runs):
        turn.notes.append(f"The sheets are, byte for byte, those of {runs[0]}: nothing new.")
        return False
    return bool(paths)


def _free_name(turn: JobTurn) -> str:
    """A name that no other machine with the same inbox gives to a delivery of its own."""
    stem = f"{turn.key}-{turn.nights.stamp()}-{turn.nights.mark}"
    names = (f"{stem}-{n}" if n > 1 else stem for n in count(1))
    return next(name for name in names if name not in turn.nights.book.deliveries)


def claim(turn: JobTurn, delivery: Delivery) -> None:
    """Move (or copy) the files of this delivery to where nobody else touches them."""
    files = _copied(turn, delivery) if delivery.fixed else _claimed(turn, delivery)
    turn.note(EventKind.CLAIMED, delivery.id, files=[plain(f) for f in files])


def _claimed(turn: JobTurn, delivery: Delivery) -> list[FileNight]:
    inbox = _inbox(turn)
    inbox.claim(delivery.id, delivery.wanted, again=True)
    here = [path.name for path in inbox.claimed(delivery.id)]
    gone = [name for name in delivery.wanted if name not in here]
    return [FileNight(name=n, fate=Fate.TAKEN) for n in here] + [FileNight(name=n, fate=Fate.GONE) for n in gone]


def _copied(turn: JobTurn, delivery: Delivery) -> list[FileNight]:
    """Copies of sheets at a fixed place: whatever happens to those, the run has what it was planned from."""
    folder = turn.nights.folder / COPIES / delivery.id
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for source in map(Path, delivery.wanted):
        try:
            shutil.copyfile(source, _copy_of(folder, source, delivery))
        except FileNotFoundError:
            files.append(FileNight(name=str(source), fate=Fate.GONE))
        else:
            files.append(FileNight(name=str(source), fate=Fate.TAKEN))
    return files


def _copy_of(folder: Path, source: Path, delivery: Delivery) -> Path:
    """Where the copy lies: two sheets of one name in two folders are told apart."""
    return folder / f"{delivery.wanted.index(str(source))}-{source.name}"


def path_of(turn: JobTurn, delivery: Delivery, file: FileNight) -> Path:
    """Where this file of a delivery lies until its run is over."""
    if delivery.fixed:
        return _copy_of(turn.nights.folder / COPIES / delivery.id, Path(file.name), delivery)
    return _inbox(turn).folder / "taken" / delivery.id / file.name


def judge(turn: JobTurn, delivery: Delivery) -> None:
    """Look at every file by itself: what is the same again, cannot be used, or shrank, is no part of the run."""
    judged: list[FileNight] = []
    for file in delivery.files:
        judged.append(_judged(turn, delivery, file, judged) if file.fate is Fate.TAKEN else file)
    odd = [f for f in judged if f.fate in (Fate.REJECTED, Fate.HELD, Fate.GONE)]
    if delivery.fixed and odd:
        why = f"It belongs together with {one_line(odd[0].name)}, which cannot be used."
        judged = [replace(f, fate=Fate.GONE, why=why) if f.fate is Fate.TAKEN else f for f in judged]
    turn.note(EventKind.JUDGED, delivery.id, files=[plain(f) for f in judged])


def _judged(turn: JobTurn, delivery: Delivery, file: FileNight, before: Sequence[FileNight]) -> FileNight:
    path, book = path_of(turn, delivery, file), turn.nights.book
    try:
        digest = _digest(path)
    except FileNotFoundError:
        return replace(file, fate=Fate.GONE, why="It was removed after it had been claimed.")
    run = book.run_of_digest(turn.key, digest, but=delivery.id)
    if not delivery.fixed and (run or any(f.digest == digest and f.fate is Fate.TAKEN for f in before)):
        return _same(turn, file, digest, run or delivery.id)
    try:
        rows = _rows_of(turn, path)
    except SheetError as error:
        # Where it lies by the time that somebody reads this.
        there = path if delivery.fixed else _inbox(turn).folder / "rejected" / delivery.id / file.name
        why, todo = (text.replace(str(path), str(there)) for text in (error.what, error.todo))
        return replace(file, fate=Fate.REJECTED, digest=digest, why=why, todo=todo)
    last = book.rows_before(turn.key, series_of(Path(file.name).name), series_of, but=delivery.id)
    if last and shrunk(rows, last, turn.night.shrink) and digest not in book.let_through.get(turn.key, ()):
        return replace(
            file,
            fate=Fate.HELD,
            digest=digest,
            rows=rows,
            why=f"It has {rows:,} rows, and the one before it had {last:,}: is it whole?",
            todo=f"If it is right, let it through: reassign job accept {in_shell(turn.key)} {in_shell(file.name)}",
        )
    return replace(file, digest=digest, rows=rows, run=delivery.id)


def _same(turn: JobTurn, file: FileNight, digest: str, run: str) -> FileNight:
    other = turn.nights.book.deliveries[run].run
    again = ""
    if other and other.standing is Standing.PART:
        again = f"To try those again who did not move, drop its list: {in_shell(f'{other.path}/rejects.csv')}"
    why = f"Byte for byte the same as a file of {run}, so it is that run; nobody is moved twice."
    return replace(file, fate=Fate.SAME, digest=digest, run=run, why=why, todo=again)


def _rows_of(turn: JobTurn, path: Path) -> int:
    """How many rows about people the file has; ``SheetError`` when it is no sheet of people."""
    job = turn.job
    tables = read_tables(path, mapping=job.mapping, encoding=job.encoding, sheet=job.sheet)
    people = [t for t in tables if t.kind in (Kind.USERS, Kind.MOVES)]
    if not people:
        raise SheetError(
            f"{path.name} says nothing about people.", f"See what it says: reassign check {in_shell(path)}"
        )
    return sum(len(t.rows) for t in people)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def put_away(turn: JobTurn, delivery: Delivery) -> None:
    """Put every claimed file where it belongs now: the used ones only once their run is over."""
    if delivery.fixed:
        return
    inbox = _inbox(turn)
    for file, where in _places(delivery):
        inbox.archive(delivery.id, file.name, where, _note(delivery, file) if where != "done" else "")


def _places(delivery: Delivery) -> Iterator[tuple[FileNight, Where]]:
    given_up = delivery.run is not None and delivery.run.standing is Standing.GIVEN_UP
    for file in delivery.files:
        match file.fate:
            case Fate.REJECTED:
                yield file, "rejected"
            case Fate.HELD:
                yield file, "held"
            case Fate.SAME:
                yield file, "done"
            case Fate.TAKEN | Fate.DONE if delivery.over:
                yield file, "rejected" if given_up else "done"


def _note(delivery: Delivery, file: FileNight) -> str:
    what, todo = (file.why, file.todo)
    if not what and delivery.run:
        what, todo = delivery.run.what, delivery.run.todo
    return f"{what}\n{todo}".strip()


def _inbox(turn: JobTurn) -> Inbox:
    if turn.night.inbox is None:
        raise ReassignError(
            f"The job {turn.key} has no inbox any more, and files that came through it are under way.",
            "Write [inbox] folder into its job file again until they are done.",
        )
    return Inbox(turn.night.inbox)
