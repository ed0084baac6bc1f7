"""A TOML file that a person wrote: read with care, and every complaint with the line it is about."""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from batch.core.errors import UsageError

_MOST_BYTES = 1_000_000
#: The line at which a table begins.
_HEADER = re.compile(r"\s*\[\[?\s*([^\[\]=,]+?)\s*\]\]?\s*(?:#.*)?$")


@dataclass(frozen=True, slots=True)
class Written:
    """The file as it was read. Nothing in it is known to be right yet."""

    path: Path
    text: str
    document: Mapping[str, Any]
    #: What kind of file it is, for people: "job file".
    kind: str

    @classmethod
    def read(cls, path: Path, kind: str, *, missing: str, broken: str) -> Written:
        """The file, in UTF-8 or in UTF-16 with a byte order mark. ``UsageError`` for one that cannot be read.

        ``missing`` and ``broken`` say what to do about a file that is not there (or no text), and about one that is no
        TOML.
        """
        try:
            if path.stat().st_size > _MOST_BYTES:
                raise UsageError(f"{path} is far too large for a {kind}.", missing)
            text = _decoded(path.read_bytes())
        except FileNotFoundError as error:
            raise UsageError(f"There is no {kind} {path}.", missing) from error
        except OSError as error:
            raise UsageError(f"The {kind} {path} cannot be read: {error.strerror or error}.", missing) from error
        except ValueError as error:
            raise UsageError(f"{path} is not a text file in UTF-8.", missing) from error
        try:
            return cls(path, text, tomllib.loads(text), kind)
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"{path} is not valid TOML: {error}.", broken) from error
        except (ValueError, RecursionError) as error:  # a number of thousands of digits, lists in lists without end
            raise UsageError(f"{path} holds a value that is far too large or too deep.", broken) from error

    def unknown(self, told: str, name: str, known: Mapping[str, object], *, table: str = "", nth: int = 1) -> NoReturn:
        """Refuse a name that is not known; ``told`` is how to name it. A misspelt one would be one that nobody sees."""
        near = get_close_matches(name.casefold(), known, n=1)
        meant = f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(known)}."
        self.stop(name, f"{told} is not known", meant, table=table, nth=nth)

    def stop(self, key: str, what: str, todo: str = "", *, table: str = "", nth: int = 1) -> NoReturn:
        """Raise ``UsageError`` with the line of the key, when it stands in just one line.

        ``table`` is the one that the key stands in, the ``nth`` of that name.
        """
        lines = list(enumerate(self.text.splitlines(), 1))
        numbers = _lines_of(key, _within(lines, table, nth)) or _lines_of(key, lines, table)
        line = f", line {numbers[0]}" if len(numbers) == 1 else ""
        raise UsageError(f"{self.path}{line}: {what}.", todo or f"Correct the {self.kind} and start again.")


def _lines_of(key: str, lines: Sequence[tuple[int, str]], table: str = "") -> list[int]:
    """The numbers of the lines that begin with this key, or with the header of the table of this name."""
    before = rf"(?:[\"']?{re.escape(table)}[\"']?\s*\.\s*)?" if table else ""
    at = re.compile(rf"\s*\[?\[?\s*{before}[\"']?{re.escape(key)}[\"']?\s*[\]=]")
    return [number for number, line in lines if at.match(line)]


def _within(lines: Sequence[tuple[int, str]], table: str, nth: int) -> Sequence[tuple[int, str]]:
    """The lines of the ``nth`` table of this name with its header; all without a name; none where it is not found."""
    if not table:
        return lines
    begins = [n for n, (_, line) in enumerate(lines) if _HEADER.match(line)] + [len(lines)]
    own = [n for n in begins[:-1] if (found := _HEADER.match(lines[n][1])) and found[1].strip("\"' ") == table]
    if len(own) < nth:
        return ()
    return lines[own[nth - 1] : begins[begins.index(own[nth - 1]) + 1]]


def _decoded(content: bytes) -> str:
    """The text; ``>`` in Windows PowerShell writes UTF-16. ``ValueError`` for what is neither."""
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if is_wide else "utf-8-sig")


def shown(value: object) -> str:
    """A value as a message quotes it."""
    try:
        text = f"“{value}”" if isinstance(value, str) else str(value)
    except ValueError:  # an integer of more digits than Python writes
        return "a number of thousands of digits"
    return text if len(text) <= 60 else text[:59] + "…"
