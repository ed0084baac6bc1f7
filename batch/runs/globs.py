"""Sheets named by a pattern: which files it stands for at this moment."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from fnmatch import translate
from pathlib import Path

from batch.core.errors import UsageError

_MAGIC = frozenset("*?[")


def named_files(paths: Sequence[Path], newest: bool = False) -> tuple[Path, ...]:
    """The files that these names stand for, each once: patterns give all that fit, by name, or ``newest`` one each.

    A name without ``* ? [``, and one that exists as it is written, stands for itself, whether there is such a file or
    not. Nothing fits: nothing. Raises ``UsageError`` for a folder that cannot be looked into.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if not is_pattern(path):
            found[path] = None
            continue
        dated = sorted(_fitting(path), key=lambda one: one[1].name)
        if newest and dated:
            dated = [max(dated, key=lambda one: one[0])]
        found |= dict.fromkeys(file for _, file in dated)
    return tuple(found)


def is_pattern(path: Path) -> bool:
    """True for a name that stands for others."""
    return not _MAGIC.isdisjoint(path.name) and not os.path.lexists(path)


def _fitting(pattern: Path) -> Iterator[tuple[int, Path]]:
    """Files in the pattern's folder that fit it, with when they were last written; in the order of the folder.

    Hidden ones, and what Excel leaves beside a workbook that is open, only where the pattern says so.
    """
    fits = re.compile(translate(os.path.normcase(pattern.name))).match
    shows_hidden = pattern.name.startswith((".", "~$"))
    try:
        with os.scandir(pattern.parent) as entries:
            for entry in entries:
                hidden = entry.name.startswith((".", "~$")) and not shows_hidden
                if hidden or not fits(os.path.normcase(entry.name)):
                    continue
                try:
                    if entry.is_file():
                        yield entry.stat().st_mtime_ns, pattern.parent / entry.name
                except FileNotFoundError:  # Gone since the folder was opened.
                    continue
    except OSError as error:
        raise UsageError(
            f"{pattern.parent}, where {pattern.name} is looked for, cannot be read: {error.strerror or error}.",
            "Check the name of the folder and the rights on it.",
        ) from error
