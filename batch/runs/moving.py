"""Steps on a folder that others write to as well: nothing is replaced, no link is followed, every refusal is told."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import stat
import tempfile
from pathlib import Path

from batch.core.errors import ReassignError
from batch.core.harmless import one_line

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_RIGHTS = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_OPEN = frozenset({errno.EBUSY, errno.ETXTBSY})
#: ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION, which Python calls a matter of rights.
_OPEN_ON_WINDOWS = frozenset({32, 33})
_CLOSE = "Close it in the program that has it open; the next night tries again."
#: A junction: what Windows has for a link to a folder, and what ``lstat`` does not call one.
_JUNCTION = 0xA0000003


def is_file(path: Path) -> bool:
    """Whether a regular file is there: no link, no pipe, no folder. ``OSError`` when that cannot be told."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def is_folder(path: Path) -> bool:
    """Whether a folder is there that is no link to another. ``OSError`` when that cannot be told."""
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return stat.S_ISDIR(found.st_mode) and getattr(found, "st_reparse_tag", 0) != _JUNCTION


def make_folder(path: Path) -> bool:
    """Make the folder, or leave the one that is there; says whether it was made. Raises as ``expect_folder`` does."""
    try:
        os.mkdir(path)
    except FileExistsError:
        expect_folder(path)
        return False
    sync(path.parent)
    return True


def expect_folder(path: Path) -> None:
    """Raise ``ReassignError`` when what has this name is no folder: files would move through a link to anywhere."""
    if os.path.lexists(path) and not is_folder(path):
        raise ReassignError(
            f"{path} is no folder of its own, but a file or a link.", "Remove it or rename it; then try again."
        )


def move(source: Path, target: Path) -> bool:
    """Rename the file within its file system; False when something has the target's name already.

    Raises ``OSError`` as ``os.rename`` does. Whoever calls it is the only one to write into the target's folder.
    """
    if os.path.lexists(target):
        return False
    try:
        os.rename(source, target)
    except FileExistsError:
        return False
    return True


def free_place(folder: Path, name: str) -> Path:
    """A path in the folder that nothing has yet: of this name, or of this name with a number."""
    stem, dot, ending = name.rpartition(".")
    others = (f"{stem} ({n}){dot}{ending}" for n in itertools.count(2))
    return next(folder / free for free in itertools.chain((name,), others) if not os.path.lexists(folder / free))


def remove_empty(folder: Path) -> None:
    """Remove the folder when nothing is in it, and nobody looks into it (Windows)."""
    with contextlib.suppress(OSError):
        os.rmdir(folder)


def try_out(folder: Path) -> None:
    """Write a byte through to the disk, since a full disk may well take a folder; ``OSError`` when it does not."""
    number, name = tempfile.mkstemp(prefix=".check-", dir=folder)
    try:
        os.write(number, b"?")
        os.fsync(number)
    finally:
        os.close(number)
        os.unlink(name)


def sync(folder: Path) -> None:
    """See the folder's entries through to the disk, where the system can do that for folders."""
    if os.name == "nt":
        return
    try:
        opened = os.open(folder, os.O_RDONLY)
    except OSError:
        return  # gone meanwhile, or not for us to read: there is nothing that could be seen through
    try:
        os.fsync(opened)
    except OSError as error:
        # A share may not know how (EINVAL and kin); a disk that fails is told.
        if error.errno in (errno.EIO, *_FULL):
            raise
    finally:
        os.close(opened)


def refusal(what: str, error: OSError) -> ReassignError:
    """What could not be done, why, and what to do about it. ``what`` is a sentence without its full stop."""
    why = one_line(error.strerror or str(error) or type(error).__name__)
    if getattr(error, "winerror", None) in _OPEN_ON_WINDOWS:
        return ReassignError(f"{what}: {why}.", _CLOSE)
    return ReassignError(f"{what}: {why}.", _remedy(error.errno))


def _remedy(number: int | None) -> str:
    if number in _OPEN:
        return _CLOSE
    if number in _FULL:
        return "Free disk space (or raise the quota); the next night goes on by itself."
    if number in _RIGHTS:
        return "Give the account of the nightly job the right to read, write and rename there."
    if number == errno.EXDEV:
        return (
            "Keep the inbox and the folders taken, done, rejected and held in it on one file system: no mount or link."
        )
    if number in (errno.ENOENT, errno.ENOTDIR):
        return "Make the folder, or correct its name in the job file; a share may not be mounted."
    return "Look whether the disk or share is there and sound; the next night tries again."
