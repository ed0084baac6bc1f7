"""Old binary workbooks (XLS): what the compound file holds, before the reader of workbooks may see it."""

from __future__ import annotations

from batch.core.errors import SheetError
from batch.sheets.workbook_guard import Guarded, locked

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def guard_xls(data: bytes, file: str) -> Guarded:
    """Look into a compound file. Raises ``SheetError``: ``locked`` for an encrypted workbook, ``unreadable``."""
    if _entry("EncryptedPackage") in data or _entry("EncryptionInfo") in data:
        raise locked(file)
    if _entry("Workbook") not in data and _entry("Book") not in data:
        raise SheetError(
            f"{file} is an old Office file or a message, not a workbook.", "Save the table as .xlsx or CSV UTF-8."
        )
    return Guarded("xls")


def _entry(name: str) -> bytes:
    """A directory entry's name as it stands in the file."""
    return name.encode("utf-16-le") + b"\x00\x00"
