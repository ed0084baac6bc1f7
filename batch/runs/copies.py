"""Copies of reports for people who look elsewhere."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path


def copy_reports(run: Path, names: Sequence[str], target: Path) -> int:
    """Copy these files of a run folder, as far as they are there and newer, into ``target``; how many were copied.

    Each appears whole or not at all. Raises ``OSError`` as the file system does.
    """
    copied = 0
    for name in names:
        source, there = run / name, target / name
        if not source.is_file() or (there.is_file() and there.stat().st_mtime >= source.stat().st_mtime):
            continue
        target.mkdir(parents=True, exist_ok=True)
        part = there.with_name(f".{name}.part")
        part.unlink(missing_ok=True)  # whatever it is: others may write there, and a link would be followed
        with source.open("rb") as read, part.open("xb") as written:
            shutil.copyfileobj(read, written)
        shutil.copystat(source, part)
        os.replace(part, there)
        copied += 1
    return copied
