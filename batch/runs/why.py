"""The note beside a file that was not used: why, and what to do about it, for whoever dropped the file."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from batch.core.harmless import legible
from batch.core.inbox import NOTE

#: Bytes of a name on most file systems.
_LONGEST = 255


def note_of(path: Path) -> Path:
    """Where the note about this file stands: ``NAME.why.txt`` beside it, cut where that is too long for a name."""
    if len(os.fsencode(path.name + NOTE)) <= _LONGEST:
        return path.with_name(path.name + NOTE)
    # A character takes up to four bytes.
    return path.with_name(f"{path.name[:50]}~{_digest(path)[:8]}{NOTE}")


def write_note(path: Path, why: str) -> None:
    """Write the note about this file, whole or not at all, as a text that Notepad shows. ``OSError`` from the disk."""
    part = path.with_name(f".{_digest(path)[:16]}.part")
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(part)
        with part.open("x", encoding="utf-8", newline="\r\n") as file:
            file.write(legible(why).strip() + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, note_of(path))
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise


def remove_note(path: Path) -> None:
    """Remove the note about this file, when there is one."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(note_of(path))


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path.name)).hexdigest()
