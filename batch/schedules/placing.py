"""The files of a schedule put in their place and taken away again: all of them or none, and never somebody else's."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from batch.core.errors import ReassignError, UsageError
from batch.schedules.sealing import Found, found_at
from batch.schedules.task import File


def place(files: Sequence[File], folder: Path) -> tuple[Path, ...]:
    """Write the files whole, all or none; their paths. Files of ours that nobody edited are replaced.

    Raises ``UsageError`` where another file, or an edited one, lies in the place of one of them, ``ReassignError``
    where the folder takes none.
    """
    paths = tuple(folder / file.name for file in files)
    try:
        for path, file in zip(paths, files, strict=True):
            _check_ours(path, found_at(path, file.encoding))
        old = {path: path.read_bytes() if path.exists() else None for path in paths}
        try:
            for path, file in zip(paths, files, strict=True):
                _write(path, file.text.encode(file.encoding))
            for path in paths:
                os.replace(_part(path), path)
        except BaseException:
            _put_back(old)
            raise
    except OSError as error:
        raise not_allowed(error, folder, "written") from error
    return paths


def take_away(names: Sequence[str], folder: Path, encoding: str, *, force: bool) -> tuple[Path, ...]:
    """Delete those of the files that are there; their paths.

    Raises ``UsageError``, with all of them left, where one is not ours or (without ``force``) was edited.
    """
    try:
        there = {path: found for name in names if (found := found_at(path := folder / name, encoding))}
        there = {path: found for path, found in there.items() if found is not Found.NOTHING}
        for path, found in there.items():
            if not (force and found is Found.EDITED):
                _check_ours(path, found)
        for path in there:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise not_allowed(error, folder, "removed") from error
    return tuple(there)


def not_allowed(error: OSError, folder: Path, done: str) -> ReassignError:
    """Why a file in this folder could not be ``done`` (a word), and the way on."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return UsageError(f"There is no folder {folder}.", "Make it, or name another one: --to DIR")
    return ReassignError(
        f"Files in {folder} cannot be {done}: {error.strerror or error}.",
        "Do it again with the rights for it (sudo, or an administrator's prompt). Or have the files written where you "
        "may, to be copied there by somebody who has them: reassign schedule install --to .",
    )


def _check_ours(path: Path, found: Found) -> None:
    if found is Found.FOREIGN:
        raise UsageError(
            f"{path} is there, and was not written by this program; it is left as it is.",
            "Move it away, or choose another name: --name NAME",
        )
    if found is Found.EDITED:
        raise UsageError(
            f"{path} was edited since it was written; it is left as it is.",
            "Keep a copy of what you changed, then run reassign schedule remove --force, with the same options.",
        )


def _part(path: Path) -> Path:
    # cron and systemd pass over names that begin with a dot.
    return path.with_name(f".{path.name}.part")


def _write(path: Path, content: bytes) -> None:
    part = _part(path)
    part.unlink(missing_ok=True)
    with part.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    # Everybody may read it, as every unit; cron takes none that others could write.
    part.chmod(0o644)


def _put_back(old: dict[Path, bytes | None]) -> None:
    for path, content in old.items():
        with suppress(OSError):
            _part(path).unlink(missing_ok=True)
        with suppress(OSError):
            if content is None:
                path.unlink(missing_ok=True)
            elif path.read_bytes() != content:
                path.write_bytes(content)
