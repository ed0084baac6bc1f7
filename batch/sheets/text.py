"""Text files with cells between delimiters: CSV in all its habits, and bare lists.

Said and never guessed silently: the encoding, the delimiter, first lines that are not part of the table.
"""

from __future__ import annotations

import io
import itertools
import re

from batch.core.errors import SheetError
from batch.core.table import Format
from batch.sheets.cells import clean_column, drop_blank_rows, may_be_odd
from batch.sheets.decoding import decode
from batch.sheets.delimiter import NAMES, choose
from batch.sheets.raw import Raw
from batch.sheets.records import read_records, whole_lines

#: A text may have at most so many bytes, columns and cells.
MAX_BYTES = 2_000_000_000
MAX_COLUMNS = 2_000
MAX_CELLS = 60_000_000

_SEPARATOR = re.compile(rb'"?sep=([,;|\t])"?[ \t,;|]*', re.IGNORECASE)
_TYPE = re.compile(rb'"?#TYPE\b[^\r\n]*')
_VERSION = re.compile(rb'"?version:v[\d.]+"?[ \t,;|]*', re.IGNORECASE)
_LINE = re.compile(rb"([^\r\n]*)(?:\r\n|\r|\n|\Z)")


def read_text(data: bytes, file: str, encoding: str | None = None) -> Raw:
    """The one sheet of a text file.

    Cells are trimmed, no-break and zero-width blanks cleaned; ``rows`` are physical lines, 1 = first; blank lines
    are left out. Raises ``SheetError`` (``empty``, ``unreadable``, ``too_large``) and ``UsageError`` (encoding).
    """
    decoded = decode(data, file, encoding)
    del data
    payload, skipped, given, said = _after_first_lines(decoded.payload)
    if b"\n" not in payload:
        payload = payload.replace(b"\r", b"\n")  # a Macintosh text; no other line break can be meant
    if not payload[:4096].strip() and not payload.strip():
        raise nothing_in(file)
    choice = choose(_first_lines(payload), given)
    _bound(payload, choice.width, file)
    if choice.pasted:
        records = whole_lines(payload, skipped=skipped)
        said.append("Read as one column: every line is a list of addresses.")
    else:
        records = read_records(payload, choice.delimiter, choice.width, file=file, skipped=skipped)
        if choice.delimiter and not given:
            said.append(f"Cells are taken to stand between {NAMES[choice.delimiter]}s.")
    odd = may_be_odd(payload)
    columns, rows = drop_blank_rows([clean_column(column, odd=odd) for column in records.columns], records.rows)
    if not rows and not records.problems:
        raise nothing_in(file)
    form = Format(container="csv", encoding=decoded.encoding, delimiter=choice.delimiter)
    assumed = (*decoded.assumed, *said)
    return Raw(sheet="", format=form, columns=columns, rows=rows, problems=records.problems, assumed=assumed)


def nothing_in(file: str) -> SheetError:
    """The error for a file without a single filled cell."""
    return SheetError(
        f"{file} is empty.", "Check that it is the right file, and save or export it again.", code="empty"
    )


def _after_first_lines(payload: bytes) -> tuple[bytes, int, str, list[str]]:
    """The text without first lines that are not part of the table, how many they were, the delimiter they named."""
    skipped, offset, given, said = 0, 0, "", []
    while offset < len(payload):
        match = _LINE.match(payload, offset)
        line = match.group(1).strip(b" ") if match else b""
        separator = _SEPARATOR.fullmatch(line)
        if separator and not given:
            given = separator.group(1).decode()
            said.append(f"Line {skipped + 1} says that cells stand between {NAMES[given]}s.")
        elif _TYPE.fullmatch(line) or _VERSION.fullmatch(line):
            said.append(f"Line {skipped + 1} was skipped: {line[:60].decode('utf-8', 'replace')}")
        else:
            break
        skipped, offset = skipped + 1, match.end() if match else len(payload)
    return payload[offset:] if offset else payload, skipped, given, said


def _first_lines(payload: bytes) -> list[str]:
    head = payload[:262_144].decode("utf-8", "ignore")
    lines = list(itertools.islice(io.StringIO(head, newline=""), 1_000))
    if len(payload) > 262_144 and len(lines) > 1:
        lines.pop()  # the last one may be cut
    return [line.rstrip("\r\n") for line in lines]


def _bound(payload: bytes, width: int, file: str) -> None:
    lines = payload.count(b"\n") + 1
    if width > MAX_COLUMNS or width * lines > MAX_CELLS:
        raise SheetError(
            f"{file} has {width:,} columns and {lines:,} lines; at most {MAX_COLUMNS:,} columns and "
            f"{MAX_CELLS:,} cells are read.",
            "Check the delimiter, or split the file into smaller ones.",
            code="too_large",
        )
