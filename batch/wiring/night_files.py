"""The files of a night: claimed or copied, looked at one by one, and put where they belong in the end.

Each step is written down before or after it is done, and can be done again: a night that was killed in the middle of
one is carried on from the book and from where the files lie.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from batch.core.errors import ReassignError, SheetError
from batch.core.harmless import in_shell, one_line
from batch.core.inbox import Dropped, Quiet, series_of, shrunk
from batch.core.night_events import EventKind
from batch.core.night_records import Delivery
from batch.core.night_values import plain
from batch.core.nights import Fate, FileNight, Standing
from batch.core.table import Kind
from batch.runs.globs import named_files
from batch.runs.inbox import AlreadyThere, Inbox, Where
from batch.runs.moving import is_file
from batch.wiring.judging import judged
from batch.wiring.night_parts import COPIES, JOBS, NIGHTS, JobTurn

#: Names that are told of files that are never taken.
_NAMED = 5
_A_DAY = 86_400.0


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
            some = f"{', '.join(map(one_line, strangers[:_NAMED]))}{' …' if len(strangers) > _NAMED else ''}"
            turn.notes.append(
                f"Left to the machine that claimed them, in {night.inbox / 'taken'}: {some}. If no other machine works "
                "here, move them back into the inbox."
            )
        if left := inbox.left_lying(turn.nights.patterns_of(night)):
            some = "; ".join(f"{name} ({why})" for name, why in left[:_NAMED])
            turn.notes.append(
                f"Left lying in {night.inbox}, {len(left):,} in all: {some}{' …' if len(left) > _NAMED else ''}"
            )
        return [(night.inbox / dropped.name, dropped) for dropped in inbox.listed(night.files)]
    paths = named_files(turn.job.users, newest=bool(turn.job.newest))
    if not paths:
        turn.notes.append(f"No file is named like {', '.join(map(str, turn.job.users))}.")
    found = []
    for path in paths:
        try:
            now = path.stat()
        except FileNotFoundError as error:
            if path not in turn.job.users:
                continue  # one that a pattern stood for, gone since
            # Without it the others may ask for something else: sheets at a fixed place belong together.
            raise SheetError(
                f"There is no file {path}, so nothing is planned.", "Put it there, or take it out of the job file."
            ) from error
        found.append((path, Dropped(str(path), now.st_size, now.st_mtime)))
    return found


def take(turn: JobTurn, paths: Sequence[Path]) -> Delivery | None:
    """Take these files as one delivery; None when there is nothing new in them."""
    if turn.night.inbox is None and not _is_new(turn, paths):
        return None
    names = [path.name if turn.night.inbox else str(path) for path in paths]
    delivery = _free_name(turn)
    # The job file may name another inbox by the time that their run is over.
    inbox = os.path.abspath(turn.night.inbox) if turn.night.inbox else ""
    turn.note(EventKind.TOOK, delivery, files=names, inbox=inbox)
    return turn.nights.book.deliveries[delivery]


def _is_new(turn: JobTurn, paths: Sequence[Path]) -> bool:
    """Whether one of the sheets at a fixed place has bytes that had no run yet, and that are not held."""
    book, key = turn.nights.book, turn.key
    digests = [_digest(path) for path in paths]
    if any(book.is_held(key, digest) for digest in digests) or book.in_vain(key, turn.nights.date, digests):
        return False
    runs = [book.run_of_digest(key, digest) for digest in digests]
    if runs and all(runs):
        if book.deliveries[runs[0]].night != turn.nights.date:
            turn.notes.append(f"The sheets are, byte for byte, those of {runs[0]}: nothing new.")
        return False
    return bool(paths)


def _free_name(turn: JobTurn) -> str:
    """A name that no other machine with the same inbox gives to a delivery of its own."""
    stem = f"{turn.key}-{turn.nights.stamp()}-{turn.nights.mark}"
    names = (f"{stem}-{n}" if n > 1 else stem for n in count(1))
    return next(name for name in names if name not in turn.nights.book.deliveries)


def claim(turn: JobTurn, delivery: Delivery, *, again: bool) -> None:
    """Move (or copy) the files of this delivery to where nobody else touches them; ``again``: it may be half done."""
    files = _copied(turn, delivery) if delivery.fixed else _claimed(turn, delivery, again=again)
    turn.note(EventKind.CLAIMED, delivery.id, files=[plain(f) for f in files])


def _claimed(turn: JobTurn, delivery: Delivery, *, again: bool) -> list[FileNight]:
    inbox = Inbox(Path(delivery.inbox))
    try:
        claimed = inbox.claim(delivery.id, delivery.wanted, again=again)
    except AlreadyThere:
        # Another machine chose the same name at the same moment; what it leaves is found again.
        return [FileNight(name=name, fate=Fate.GONE) for name in delivery.wanted]
    here = dict.fromkeys(path.name for path in inbox.claimed(delivery.id))
    fates = {name: Fate.TAKEN if name in here else Fate.GONE for name in (*here, *delivery.wanted)}
    # A program has it open: it lies where it was, and is found again.
    fates |= dict.fromkeys(claimed.busy, Fate.WRITING)
    open_ = "It may not be moved: a program has it open, or the account has not the right. It is left where it is."
    for name in claimed.busy:
        _check_age(turn, inbox.folder / name)
    return [FileNight(name=n, fate=fate, why=open_ if n in claimed.busy else "") for n, fate in fates.items()]


def _check_age(turn: JobTurn, path: Path) -> None:
    """A file that may not be moved is left for a day; then somebody has to know."""
    if is_file(path) and turn.nights.clock.now() - path.stat().st_mtime > _A_DAY:
        what = f"{path} has been lying there for more than a day, and may not be moved."
        todo = "Close the program that has it open, or give the account of the nights the right to rename it there."
        turn.wrong(ReassignError(what, todo))


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
    return Path(delivery.inbox) / "taken" / delivery.id / file.name


def judge(turn: JobTurn, delivery: Delivery) -> None:
    """Look at every file by itself: what is the same again, cannot be used, or shrank, is no part of the run."""
    look = _Look(turn, delivery)
    judged = [look.at(file) if file.fate is Fate.TAKEN else file for file in delivery.files]
    odd = [f for f in judged if f.fate in (Fate.REJECTED, Fate.HELD, Fate.GONE)]
    if delivery.fixed and odd:
        why = f"It belongs together with {one_line(odd[0].name)}, which cannot be used."
        judged = [replace(f, fate=Fate.GONE, why=why) if f.fate is Fate.TAKEN else f for f in judged]
    turn.note(EventKind.JUDGED, delivery.id, files=[plain(f) for f in judged])


class _Look:
    """One look at the files of a delivery, one after the other."""

    def __init__(self, turn: JobTurn, delivery: Delivery) -> None:
        self._turn, self._delivery = turn, delivery
        self._rows = {series_of(Path(f.name).name): f.rows for f in turn.nights.book.used(turn.key, but=delivery.id)}
        self._digests: set[str] = set()
        self._kind: Kind | None = None

    def at(self, file: FileNight) -> FileNight:
        """The file, with what it is."""
        turn, delivery = self._turn, self._delivery
        path = path_of(turn, delivery, file)
        if not is_file(path):
            return replace(file, fate=Fate.GONE, why="It was removed, or is no file any more, after it was claimed.")
        try:
            found = judged(turn.job, path)
        except SheetError as error:
            # Where it lies by the time that somebody reads this.
            there = path if delivery.fixed else Path(delivery.inbox) / "rejected" / delivery.id / file.name
            why, todo = (text.replace(str(path), str(there)) for text in (error.what, error.todo))
            return replace(file, fate=Fate.REJECTED, digest=_digest_if_any(path), why=why, todo=todo)
        file = replace(file, digest=found.digest, rows=found.rows)
        run = turn.nights.book.run_of_digest(turn.key, found.digest, but=delivery.id)
        if not delivery.fixed and (run or found.digest in self._digests):
            return _same(turn, file, run or delivery.id)
        last = self._rows.get(series_of(Path(file.name).name))
        let_through = found.digest in turn.nights.book.let_through.get(turn.key, ())
        if last and shrunk(found.rows, last, turn.night.shrink) and not let_through:
            return _held(turn, file, last)
        self._kind = self._kind or found.kind
        if not delivery.fixed and found.kind is not self._kind:
            # Beside a sheet that says who shall move, one that says who holds what asks nothing.
            return replace(
                file, fate=Fate.WRITING, why="It is of another kind than the others, and is planned by itself."
            )
        self._digests.add(found.digest)
        return replace(file, run=delivery.id)


def _held(turn: JobTurn, file: FileNight, last: int) -> FileNight:
    why = f"It has {file.rows:,} rows, and the one before it had {last:,}: is it whole?"
    nights = "" if turn.nights.folder == NIGHTS else f" --nights {in_shell(turn.nights.folder)}"
    name = turn.key if turn.job.file is None or turn.job.file.parent == JOBS else turn.job.file
    todo = f"If it is right, let it through: reassign job accept {in_shell(name)} {in_shell(file.name)}{nights}"
    return replace(file, fate=Fate.HELD, why=why, todo=todo)


def _same(turn: JobTurn, file: FileNight, run: str) -> FileNight:
    other = turn.nights.book.deliveries[run].run
    again = ""
    if other and other.standing is Standing.PART:
        again = f"To try those again who did not move, drop its list: {in_shell(f'{other.path}/rejects.csv')}"
    why = f"Byte for byte the same as a file of {run}, so it is that run; nobody is moved twice."
    return replace(file, fate=Fate.SAME, run=run, why=why, todo=again)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest_if_any(path: Path) -> str:
    """Empty for a file that cannot be read."""
    try:
        return _digest(path)
    except OSError:
        return ""


def put_away(turn: JobTurn, delivery: Delivery) -> None:
    """Put every claimed file where it belongs now: the used ones only once their run is over."""
    if delivery.fixed:
        return
    inbox = Inbox(Path(delivery.inbox))
    for file in delivery.files:
        if file.fate is Fate.WRITING:
            inbox.put_back(delivery.id, file.name)
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
