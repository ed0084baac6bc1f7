"""The inbox of a job: a folder where files are dropped, and from which each is taken once.

    *.csv …              dropped
    taken/<delivery>/    claimed; a delivery is what was found together, and has the name of its run
    done/<delivery>/     its run is over
    rejected/<delivery>/ it cannot be used; a note beside it says why
    held/<delivery>/     it waits for a person

Every step is one rename within the file system: at any kill, a file lies in exactly one of these places, and the same
call goes on from there. Two machines may share an inbox; whoever renames a file first has it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from batch.core.errors import ReassignError, UsageError
from batch.core.harmless import one_line
from batch.core.inbox import Dropped, is_meant, is_passing, is_plain
from batch.runs.moving import (
    expect_folder,
    free_place,
    is_file,
    is_folder,
    make_folder,
    move,
    refusal,
    remove_empty,
    sync,
    try_out,
)
from batch.runs.why import remove_note, write_note

Where = Literal["done", "rejected", "held"]
TAKEN, DONE, REJECTED, HELD = _OURS = ("taken", "done", "rejected", "held")
#: What a system says of a file that a program has open; a share may call it a matter of rights.
_BUSY = frozenset({errno.EBUSY, errno.ETXTBSY, errno.EACCES, errno.EPERM})


class AlreadyThere(ReassignError):
    """A delivery of this name was claimed before, here or by another machine: choose another name."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """What became of the files that were to be taken, by name."""

    taken: tuple[str, ...]
    #: Another machine or a person was quicker.
    gone: tuple[str, ...]
    #: A program has it open: it was left where it is.
    busy: tuple[str, ...]


class Inbox:
    """One inbox. Names come from a book or a listing, and are checked all the same."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def listed(self, patterns: Sequence[str]) -> tuple[Dropped, ...]:
        """The files that are meant for the job (``core.inbox.is_meant``), by name.

        Raises ``ReassignError`` when the folder is missing, may not be read or does not answer.
        """
        with self._told("cannot be read"), os.scandir(self.folder) as entries:
            found = (_dropped(entry) for entry in entries if is_meant(entry.name, patterns))
            return tuple(sorted(filter(None, found), key=lambda file: file.name))

    def left_lying(self, patterns: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """What lies in the inbox and is never taken for the job: each name as it can be shown, and why.

        What programs put there for a while is not among it. Raises as ``listed`` does.
        """
        with self._told("cannot be read"), os.scandir(self.folder) as entries:
            found = ((one_line(e.name) or "?", _why_left(e, patterns)) for e in entries if e.name not in _OURS)
            return tuple(sorted((name, why) for name, why in found if why))

    def check(self) -> None:
        """Raise ``ReassignError`` unless files can be taken here: it is there, takes writes, and is one file system."""
        with self._told("cannot be read"), os.scandir(self.folder):
            pass
        with self._told("takes no files"):
            if not os.access(self.folder, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            make_folder(self.folder / TAKEN)
            ours = [path for path in map(self._ours, _OURS) if is_folder(path)]
            if {os.lstat(path).st_dev for path in ours} != {os.stat(self.folder).st_dev}:
                raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
            try_out(self.folder / TAKEN)

    def claim(self, delivery: str, names: Sequence[str], *, again: bool = False) -> Claimed:
        """Take these files into ``taken/<delivery>``. ``again`` goes on with a claim that was begun and not finished.

        Raises ``AlreadyThere`` for a delivery that is there without ``again``; ``ReassignError`` when the folder takes
        no writes (what was taken until then stays taken). A file that has its place in the delivery already is taken;
        a later one of the same name stays in the inbox.
        """
        for name in names:
            self._checked(name)
        with self._told("takes no files"):
            folder = self._ours(TAKEN, delivery)
            make_folder(folder.parent)
            if not make_folder(folder) and not again:
                raise AlreadyThere(f"{folder} is there already.", "Start again: another name is chosen.")
            fates = {name: self._take(name, folder) for name in dict.fromkeys(names)}
            if "gone" in fates.values() and not is_folder(folder):
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
            sync(folder)
            sync(self.folder)
            remove_empty(folder)
        return Claimed(*(tuple(name for name in fates if fates[name] == fate) for fate in ("taken", "gone", "busy")))

    def claimed(self, delivery: str) -> tuple[Path, ...]:
        """The files of a delivery that are taken and not yet archived, by name."""
        folder = self._ours(TAKEN, delivery)
        return tuple(folder / name for name in self._files(folder))

    def archive(self, delivery: str, name: str, where: Where, why: str = "") -> Path | None:
        """Move a taken file to where it belongs; its path there, or None when it is neither here nor there.

        The sentence ``why`` stands beside it first, as ``NAME.why.txt``. Doing it twice does it once. Nothing is
        replaced: were a file of this name in the archive already, this one gets a number.
        """
        source, there = self._ours(TAKEN, delivery) / self._checked(name), self._ours(where, delivery) / name
        with self._told(f"does not let {one_line(name)} be moved to {where}"):
            if is_file(source):
                make_folder(there.parent.parent)
                make_folder(there.parent)
                there = free_place(there.parent, name)
                if why:
                    write_note(there, why)
                os.rename(source, there)
                sync(there.parent)
            remove_empty(source.parent)
            return there if self._has(there) else None

    def put_back(self, delivery: str, name: str) -> bool:
        """Move a taken file back to the inbox; whether it lies there. It stays taken while another has its name."""
        source, target = self._ours(TAKEN, delivery) / self._checked(name), self.folder / name
        with self._told(f"does not let {one_line(name)} be put back"):
            if is_file(source):
                if not move(source, target):
                    return False
                sync(self.folder)
            remove_empty(source.parent)
            return self._has(target)

    def release(self, asked: str) -> str:
        """Put a held file back to the inbox under its own name, which is returned.

        ``asked`` is its name, or enough of its path to tell it from others. ``UsageError`` when no file or several are
        meant, or when the inbox has one of that name.
        """
        delivery, name = self._meant(asked)
        source, target = self._ours(HELD, delivery) / name, self.folder / name
        with self._told(f"does not let {one_line(name)} be put back"):
            if not os.path.lexists(target):
                remove_note(source)  # before the file: alone it would stay for good
                if move(source, target):
                    sync(self.folder)
                    remove_empty(source.parent)
                    return name
        raise UsageError(
            f"The inbox {self.folder} has another {one_line(name)}.", "Move or rename that one; then try again."
        )

    def held(self) -> tuple[tuple[str, str], ...]:
        """The files that wait for a person: the delivery and the name of each."""
        folder = self._ours(HELD)
        return tuple((delivery, name) for delivery in self._folders(folder) for name in self._files(folder / delivery))

    def strangers(self, known: Container[str]) -> tuple[str, ...]:
        """Deliveries that are taken and that the book does not know: another machine has them, or had them."""
        folder = self._ours(TAKEN)
        return tuple(name for name in self._folders(folder) if name not in known and self._files(folder / name))

    def _take(self, name: str, folder: Path) -> str:
        source, target = self.folder / name, folder / name
        try:
            if not is_file(source):
                return "taken" if is_file(target) else "gone"
            move(source, target)  # where it is not moved, the one that was to be taken lies there
        except FileNotFoundError:
            return "gone"
        except OSError as error:
            if error.errno in _BUSY and os.access(self.folder, os.W_OK | os.X_OK):
                return "busy"
            raise
        return "taken"

    def _meant(self, asked: str) -> tuple[str, str]:
        held, parts = self.held(), Path(asked).parts
        paths = {pair: Path(os.path.abspath(self.folder / HELD)).joinpath(*pair) for pair in held}
        found = [
            pair
            for pair, path in paths.items()
            if (parts and path.parts[-len(parts) :] == parts) or path == Path(os.path.abspath(asked))
        ]
        if len(found) == 1:
            return found[0]
        shown = ", ".join(one_line("/".join(pair)) for pair in (found or held)[:20])
        if found:
            raise UsageError(f"Several held files are called “{one_line(asked)}”.", f"Name one of them: {shown}")
        todo = f"Held now: {shown}" if held else "No file is held in this inbox."
        raise UsageError(f"No file “{one_line(asked)}” is held in {self.folder}.", todo)

    def _ours(self, *names: str) -> Path:
        """The path of a folder of ours, which may not be there yet. ``ReassignError`` for one that is a link."""
        path = self.folder
        with self._told("cannot be read"):
            for name in names:
                path /= self._checked(name)
                expect_folder(path)
        return path

    def _folders(self, folder: Path) -> list[str]:
        return self._names(folder, lambda name: not name.startswith(".") and is_folder(folder / name))

    def _files(self, folder: Path) -> list[str]:
        return self._names(folder, lambda name: is_meant(name, ("*",)) and is_file(folder / name))

    def _names(self, folder: Path, wanted: Callable[[str], bool]) -> list[str]:
        with self._told("cannot be read"):
            try:
                return sorted(name for name in os.listdir(folder) if wanted(name))
            except FileNotFoundError:
                self._has(folder)
                return []

    def _has(self, path: Path) -> bool:
        """Whether the file is there; an inbox that is gone itself says nothing about its files, and is an error."""
        if is_file(path):
            return True
        os.stat(self.folder)
        return False

    def _checked(self, name: str) -> str:
        """The name, when it is one of something in a folder."""
        if not is_plain(name) or (os.name == "nt" and ":" in name):
            raise ReassignError(
                f"“{one_line(name)}” is no name of a file in {self.folder}.", "Nothing was moved; look who wrote it."
            )
        return name

    @contextlib.contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise refusal(f"The inbox {self.folder} {what}", error) from error


def _dropped(entry: os.DirEntry[str]) -> Dropped | None:
    """The file as it is now: Windows keeps an old size in its listing while a program writes."""
    try:
        found = os.lstat(entry.path)
    except FileNotFoundError:
        return None
    return Dropped(entry.name, found.st_size, found.st_mtime) if stat.S_ISREG(found.st_mode) else None


def _why_left(entry: os.DirEntry[str], patterns: Sequence[str]) -> str:
    if is_passing(entry.name):
        return ""
    if not is_plain(entry.name):
        return "its name cannot be shown"
    if not entry.is_file(follow_symlinks=False):
        return "it is a link" if entry.is_symlink() else "it is a folder" if entry.is_dir() else "it is no file"
    return "" if is_meant(entry.name, patterns) else "the job takes no files of such a name"
