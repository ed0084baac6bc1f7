"""Retention: runs and files whose time is over are removed, and what a killed process left half-made.

Whatever is removed is first renamed to a hidden name, so that a kill leaves nothing half that looks whole. Only what is
ours is touched, and no link is followed.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from batch.core.inbox import is_plain
from batch.runs.folder import DATABASE, LOCK
from batch.runs.moving import is_file, is_folder, refusal

#: A folder that is being made (``folder.staged``) or removed: hidden, the name, and eight characters by chance.
_PASSING = re.compile(r"\..+-[a-z0-9_]{8}")


def remove_run(folder: Path, parent: Path) -> bool:
    """Remove a run folder that lies in ``parent``; whether it was removed.

    What is no run folder, is a link, lies elsewhere, or is in use by another process stays. Raises ``ReassignError``
    when the disk does not let it be removed.
    """
    if not is_plain(folder.name) or folder.name.startswith(".") or not _lies_in(folder, parent):
        return False
    try:
        if not is_folder(folder) or not is_file(folder / DATABASE):
            return False
        lock = FileLock(folder / LOCK, timeout=0)
        with lock:
            if os.name == "nt":
                lock.release()  # a folder with an open file in it cannot be renamed there: that is the lock
            # Held until it is gone: whoever opened the run just before finds it locked.
            _cleared(_aside(folder))
    except (Timeout, FileNotFoundError):
        return False
    except OSError as error:
        raise refusal(f"The run {folder}, whose time is over, could not be removed", error) from error
    return True


def remove_files(inbox: Path, before: float, is_ours: Callable[[str], bool] = lambda delivery: True) -> list[str]:
    """Remove the deliveries in ``done`` and ``rejected`` that were archived before that time (UTC seconds since 1970).

    ``is_ours``: whether a delivery of this name may be removed; several jobs and machines may share an inbox.
    A delivery is as old as the newest of its folder and its files. Returns their names, as ``done/NAME``. What is held
    or taken stays. Raises ``ReassignError`` when the disk does not let one be removed.
    """
    removed = []
    for where in ("done", "rejected"):
        for folder in _folders(inbox / where):
            if _PASSING.fullmatch(folder.name):
                _cleared(folder)
            elif folder.name.startswith(".") or not is_ours(folder.name):
                continue
            elif _newest(folder) < before and _removed(folder):
                removed.append(f"{where}/{folder.name}")
    return removed


def remove_stages(parent: Path, before: float) -> list[str]:
    """Remove hidden folders that a killed plan (or a killed removal) left before that time; their names."""
    removed = []
    for folder in _folders(parent):
        if _PASSING.fullmatch(folder.name) and _newest(folder) < before and _cleared(folder):
            removed.append(folder.name)
    return removed


def _cleared(folder: Path) -> bool:
    """Remove a folder that is hidden already; what cannot be removed today is tried again with the next night."""
    shutil.rmtree(folder, ignore_errors=True)
    return not os.path.lexists(folder)


def _removed(folder: Path) -> bool:
    try:
        _cleared(_aside(folder))
    except FileNotFoundError:
        return False  # another machine was quicker
    except OSError as error:
        raise refusal(f"{folder}, whose time is over, could not be removed", error) from error
    return True


def _aside(folder: Path) -> Path:
    """Rename the folder to what ``_PASSING`` knows. ``OSError`` as ``os.rename`` has it."""
    aside = folder.with_name(f".{folder.name}-{secrets.token_hex(4)}")
    os.rename(folder, aside)
    return aside


def _lies_in(folder: Path, parent: Path) -> bool:
    with contextlib.suppress(OSError):
        return folder.parent.resolve(strict=True) == parent.resolve(strict=True)
    return False


def _folders(parent: Path) -> Iterator[Path]:
    """The folders in it, by name; none where it is missing or is a link itself."""
    try:
        names = sorted(os.listdir(parent)) if is_folder(parent) else []
        yield from (parent / name for name in names if is_folder(parent / name))
    except OSError as error:
        raise refusal(f"{parent} cannot be read", error) from error


def _newest(folder: Path) -> float:
    """When something was last done in the folder or to a file of it, UTC seconds since 1970."""
    times = [float("-inf")]
    with contextlib.suppress(FileNotFoundError):
        times.append(os.lstat(folder).st_mtime)
        with os.scandir(folder) as entries:
            times += [entry.stat(follow_symlinks=False).st_mtime for entry in entries]
    return max(times)
