"""Files that are dropped for a job: which names are meant, when one is whole, and which of them follow each other."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import NamedTuple

from batch.core.harmless import legible

#: Every kind of sheet that is read, by the end of its name.
SHEETS = (".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".json", ".jsonl", ".ndjson")
#: What stands beside a file that was rejected or held, and says why.
NOTE = ".why.txt"
#: What programs call a file while they write or hold it (browsers, WinSCP, vim, Office), and our own notes.
_PASSING = (NOTE, ".tmp", ".part", ".partial", ".crdownload", ".filepart", ".swp", ".lock")
#: Hidden, and Office's file of who has a sheet open.
_ASIDE = (".", "~$")
#: What Windows keeps in a folder.
_OF_WINDOWS = ("thumbs.db", "desktop.ini")
_BREAKS = frozenset("\t\n\u2028\u2029")


@dataclass(frozen=True, slots=True)
class Dropped:
    """A file as a listing of the inbox shows it."""

    name: str
    #: Bytes.
    size: int
    #: UTC seconds since 1970, by the clock of whoever wrote it: a share has its own.
    modified: float


class Looked(NamedTuple):
    """What one look at the inbox says."""

    #: Whole, as far as size and time can tell.
    ready: tuple[Dropped, ...]
    #: Still being written, perhaps.
    writing: tuple[Dropped, ...]
    #: What the next look has to know.
    next: Quiet


@dataclass(frozen=True, slots=True)
class Quiet:
    """What earlier looks saw: each file as it was, and since when (by our own clock) it is so."""

    seen: Mapping[str, tuple[Dropped, float]] = field(default_factory=dict)

    def look(self, listing: Sequence[Dropped], now: float, quiet: float) -> Looked:
        """Which files of this listing are whole at ``now``; ``quiet`` is in seconds.

        A file is, when its own time is ``quiet`` ago and an earlier look, if there was one, saw it just so: one look
        is enough for what was dropped in the afternoon. An empty file, and one whose time is too young or lies in the
        future (the clocks of two machines differ), is whole after two looks that are ``quiet`` apart and saw the same.
        Where our clock jumped back, that begins anew; where it jumped on, two looks at the same time of the file are
        still asked for.
        """
        since = {file.name: self._since(file, now) for file in listing}
        ready: list[Dropped] = []
        writing: list[Dropped] = []
        for file in listing:
            before = self.seen.get(file.name)
            is_old = file.size > 0 and file.modified <= now - quiet
            is_same = before is not None and before[0] == file
            is_settled = is_same and now - since[file.name] >= quiet
            whole = is_settled or (is_old and (is_same or before is None))
            (ready if whole else writing).append(file)
        return Looked(tuple(ready), tuple(writing), Quiet({file.name: (file, since[file.name]) for file in listing}))

    def _since(self, file: Dropped, now: float) -> float:
        """Since when the file is as it is: since a time that was seen and is not yet to come, else since now."""
        before = self.seen.get(file.name)
        return before[1] if before and before[0] == file and before[1] <= now else now


def is_plain(name: str) -> bool:
    """Whether this is the name of something in a folder, and nothing that leads out of it or that nobody can read."""
    is_one = name not in ("", ".", "..") and not set(name) & {"/", "\\"}
    return is_one and legible(name) == name and not set(name) & _BREAKS


def is_passing(name: str) -> bool:
    """Whether this is hidden, what a program or Windows keeps beside the files, or a note of ours."""
    key = _folded(name)
    return key.startswith(_ASIDE) or key.endswith(_PASSING) or key in _OF_WINDOWS


def is_meant(name: str, patterns: Sequence[str]) -> bool:
    """Whether a file of this name is one for the job: by its patterns, or any sheet where it has none.

    Upper and lower case are alike, and so are the two spellings of an accent. Hidden files, files that a program is
    still at, what Windows keeps in a folder, our own notes and names that cannot be shown are never meant.
    """
    key = _folded(name)
    if is_passing(name) or not is_plain(name):
        return False
    if not patterns:
        return key.endswith(SHEETS)
    # A name with brackets in it, written out, is meant as it stands.
    return any(key == wanted or fnmatchcase(key, wanted) for wanted in map(_folded, patterns))


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


_MONTHS = """
jan january januari januar janvier ene enero gennaio feb february februari februar février febrero febbraio
mar march mrt maart märz mars marzo apr april avr avril abr abril aprile may mei mai mayo maggio jun june juni juin
junio giugno jul july juli juil juillet julio luglio aug august augustus août ago agosto sep sept september
septembre septiembre settembre oct october okt oktober octobre octubre ottobre nov november novembre noviembre
dec december dez dezember déc décembre dic diciembre dicembre
"""
#: What stands beside the numbers of a time, and what only stands right behind them: 4_00_12 PM, 20261123T020000Z.
_OF_TIME = frozenset([*_MONTHS.split(), "am", "pm", "utc"])
_BEHIND = frozenset({"t", "z"})
_PARTS = re.compile(r"[0-9]+|[^\W\d_]+")


def series_of(name: str) -> str:
    """What tonight's file has in common with yesterday's: the name without dates and numbers, and its ending.

    ``users-2026-11-22.csv`` and ``Users_20261123(1).csv`` are both of ``users.csv``. A single digit right behind a
    word belongs to it: ``e4.csv`` and ``e5.csv`` are not alike.
    """
    stem, dot, ending = _folded(name).rpartition(".")
    if not dot:
        stem, ending = ending, ""
    found = list(_PARTS.finditer(stem))
    words: list[str] = []
    #: Where the last word that is kept ends.
    end = -1
    for n, part in enumerate(found):
        text, start = part[0], part.start()
        if text.isdigit():
            if len(text) == 1 and start == end:
                words[-1] += text
        elif not _is_of_time(found, n):
            words.append(text)
            end = part.end()
    return " ".join(words) + dot + ending


def _is_of_time(parts: Sequence[re.Match[str]], n: int) -> bool:
    """Whether this word belongs to a date or a time, as the parts beside it tell."""
    before, after = parts[n - 1] if n else None, parts[n + 1] if n + 1 < len(parts) else None
    if parts[n][0] in _BEHIND:
        return before is not None and before[0].isdigit() and before.end() == parts[n].start()
    return parts[n][0] in _OF_TIME and any(other is not None and other[0].isdigit() for other in (before, after))


def shrunk(rows: int, before: int, share: float | None) -> bool:
    """Whether a file of so many rows is smaller by more than this share (0 to 1) than the one before it."""
    # Rounded: 57 of 100 rows gone is not more than 0.57 of them, whatever binary fractions make of it.
    return share is not None and before - rows > round(before * share, 6)
