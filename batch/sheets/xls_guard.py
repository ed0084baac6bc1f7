"""Old binary workbooks (XLS): what the compound file holds, before the reader of workbooks may see it.

A compound file is a small file system in sectors ([MS-CFB]); its stream ``Workbook`` is a row of records of a kind,
a length and a content ([MS-XLS] 2.1.4). The records are walked for a password and for cells where none can be.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from batch.core.errors import SheetError
from batch.sheets.workbook_guard import Guarded, locked

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_FILE_PASS = 0x002F
#: Records that begin with the row and the column of a cell: FORMULA, MULRK, RSTRING, LABELSST, NUMBER, LABEL,
#: BOOLERR, RK.
_CELLS = frozenset({0x0006, 0x00BD, 0x00D6, 0x00FD, 0x0203, 0x0204, 0x0205, 0x027E})
_DIMENSIONS = 0x0200
_TEXTS = 0x00FC
_MOST_ROWS = 65_536
_MOST_COLUMNS = 256
_END_OF_CHAIN = 0xFFFFFFFA


def guard_xls(data: bytes, file: str) -> Guarded:
    """Look into a compound file. Raises ``SheetError``: ``locked``, ``hostile`` or ``unreadable``."""
    if _entry("EncryptedPackage") in data or _entry("EncryptionInfo") in data:
        raise locked(file)
    if _entry("Workbook") not in data and _entry("Book") not in data:
        raise SheetError(
            f"{file} is an old Office file or a message, not a workbook.", "Save the table as .xlsx or CSV UTF-8."
        )
    try:
        stream = _workbook_stream(data)
    except (struct.error, IndexError) as error:
        raise SheetError(
            f"{file} is a damaged workbook: its table of sectors is cut off.", "Fetch it again, or save it as .xlsx."
        ) from error
    for kind, content in _records(stream):
        if kind == _FILE_PASS:
            raise locked(file)
        if _is_beyond_measure(kind, content, len(stream)):
            raise SheetError(
                f"{file} has cells or texts beyond what an .xls workbook can hold.",
                "It is damaged or was made to do harm. Open it in Excel and save it as .xlsx.",
                code="hostile",
            )
    return Guarded("xls")


def _is_beyond_measure(kind: int, content: bytes, size: int) -> bool:
    """A cell, the declared reach of a sheet or the declared number of texts that would ask for endless memory."""
    if kind in _CELLS and len(content) >= 4:
        return int.from_bytes(content[2:4], "little") >= _MOST_COLUMNS
    if kind == _DIMENSIONS and len(content) >= 12:
        row, last_row, column, last_column = struct.unpack_from("<IIHH", content)
        return not (row <= last_row <= _MOST_ROWS and column <= last_column <= _MOST_COLUMNS)
    return kind == _TEXTS and int.from_bytes(content[4:8], "little") > size


def _entry(name: str) -> bytes:
    """A directory entry's name as it stands in the file."""
    return name.encode("utf-16-le") + b"\x00\x00"


def _workbook_stream(data: bytes) -> bytes:
    """The bytes of the stream ``Workbook`` (``Book`` in older files)."""
    size = 1 << min(struct.unpack_from("<H", data, 30)[0], 16)
    first_directory, _, cutoff, first_mini = struct.unpack_from("<IIII", data, 48)
    table = _sector_table(data, size)
    directory = _chain(data, size, table, first_directory, size)
    start = total = root = 0
    for at in range(0, len(directory) - 127, 128):
        length = int.from_bytes(directory[at + 64 : at + 66], "little")
        name = directory[at : at + max(length - 2, 0)].decode("utf-16-le", "replace")
        first, bytes_there = struct.unpack_from("<II", directory, at + 116)
        if at == 0:
            root = first
        elif name in {"Workbook", "Book"} and not total:
            start, total = first, bytes_there
    if total >= cutoff:
        return _chain(data, size, table, start, size)[:total]
    minis = _chain(data, size, table, first_mini, size)
    mini_table = list(struct.unpack_from(f"<{len(minis) // 4}I", minis))
    return _chain(_chain(data, size, table, root, size), 64, mini_table, start, 0)[:total]


def _sector_table(data: bytes, size: int) -> list[int]:
    """Which sector follows which, from the sectors that the header and its continuations name."""
    sectors = list(struct.unpack_from("<109I", data, 76))
    more, count = struct.unpack_from("<II", data, 68)
    for _ in range(min(count, len(data) // size)):
        named = struct.unpack_from(f"<{size // 4}I", data, (more + 1) * size)
        sectors += named[:-1]
        more = named[-1]
    table: list[int] = []
    for sector in sectors:
        if sector < _END_OF_CHAIN:
            table += struct.unpack_from(f"<{size // 4}I", data, (sector + 1) * size)
    return table


def _chain(data: bytes, size: int, table: list[int], first: int, offset: int) -> bytes:
    """The sectors of one stream after each other; ``offset`` is where sector 0 begins. A ring ends after one round."""
    parts = []
    sector = first
    for _ in range(len(table) + 1):
        if sector >= len(table):
            break
        parts.append(data[offset + sector * size : offset + (sector + 1) * size])
        sector = table[sector]
    return b"".join(parts)


def _records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + min(length, 14)]
        at += 4 + length
