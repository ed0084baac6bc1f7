"""Files as they lie on a disk, read for what their bytes say they are and never for what they are called."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path

from batch.core.errors import SheetError
from batch.sheets import xls_guard
from batch.sheets.decoding import decode
from batch.sheets.graph_json import is_json, read_graph_json
from batch.sheets.raw import Raw
from batch.sheets.text import MAX_BYTES, nothing_in, read_text
from batch.sheets.workbook import read_workbook

#: What else people hand over, by the first bytes.
_OTHER_KINDS = {
    b"%PDF": "a PDF document",
    b"{\\rtf": "a rich text document",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"SQLite format 3": "a database",
}
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|table|meta|\?xml|\?mso)", re.IGNORECASE)
#: What a file with this ending is expected to be; others say nothing.
_ENDINGS = {
    **dict.fromkeys((".csv", ".txt", ".tsv", ".tab"), "csv"),
    **dict.fromkeys((".json", ".jsonl", ".ndjson"), "json"),
    **{f".{kind}": kind for kind in ("xlsx", "xlsm", "xls", "xlsb", "ods")},
}
_NAMES = {"csv": "a text file", "json": "JSON"}


def read_raw(path: Path, *, encoding: str | None = None, sheet: str | None = None) -> tuple[list[Raw], str]:
    """Every sheet of a file as text, and the SHA-256 of its bytes (hexadecimal).

    ``encoding`` is for text files, ``sheet`` names one sheet of a workbook. Cells are trimmed and cleaned of no-break
    and zero-width blanks; upper and lower case stay. Places in problems name the file as ``path`` was given. At most
    2 GB are read. Raises ``SheetError``, whose ``code`` is ``empty``, ``unreadable``, ``locked``, ``hostile``,
    ``too_large`` or ``no_such_sheet``, and ``UsageError`` for an encoding that does not exist.
    """
    file = str(path)
    data = _bytes(path, file)
    digest = hashlib.sha256(data).hexdigest()
    if data.startswith(b"PK") or data.startswith(xls_guard.MAGIC):
        raws = read_workbook(data, file, sheet)
    else:
        _refuse_other_kinds(data, file)
        raws = [_text_or_json(data, file, encoding)]
        if sheet is not None:
            said = f"{file} is {_NAMES[raws[0].format.container]} and has no sheets; {sheet!r} was not looked for."
            raws = [replace(raws[0], assumed=(*raws[0].assumed, said))]
    return [_with_ending(raw, path) for raw in raws], digest


def _bytes(path: Path, file: str) -> bytes:
    try:
        if path.is_dir():
            raise SheetError(f"{file} is a folder.", "Name the file inside it.")
        if path.exists() and not path.is_file():
            raise SheetError(f"{file} is not an ordinary file.", "Save the sheet as a file and name that.")
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise SheetError(f"There is no file {file}.", "Check its name and folder.") from error
    except PermissionError as error:
        raise SheetError(f"{file} may not be read.", "Close it in Excel, or get the right to read it.") from error
    except (OSError, ValueError) as error:
        raise SheetError(f"{file} cannot be read: {error}.", "Copy it to a local folder and try again.") from error
    if len(data) > MAX_BYTES:
        raise SheetError(f"{file} is larger than 2 GB.", "Split it into smaller files.", code="too_large")
    if not data:
        raise nothing_in(file)
    return data


def _refuse_other_kinds(data: bytes, file: str) -> None:
    for magic, kind in _OTHER_KINDS.items():
        if data.startswith(magic):
            raise SheetError(f"{file} is {kind}, not a spreadsheet.", "Export the table as .xlsx or CSV UTF-8.")
    if _MARKUP.match(data):
        raise SheetError(
            f"{file} is a web page or XML, whatever it is called.",
            "Open it in Excel and save it as a workbook (.xlsx) or as CSV UTF-8.",
        )


def _text_or_json(data: bytes, file: str, encoding: str | None) -> Raw:
    head = data[:4096]
    if b"{" not in head and b"[" not in head:
        return read_text(data, file, encoding)
    decoded = decode(data, file, encoding)
    if is_json(decoded.payload[:4096]):
        raw = read_graph_json(decoded.payload, file, decoded.encoding)
        return replace(raw, assumed=(*decoded.assumed, *raw.assumed))
    return read_text(data, file, encoding)


def _with_ending(raw: Raw, path: Path) -> Raw:
    """The same sheet, with a sentence when the file's ending promises something else."""
    ending, kind = path.suffix.lower(), raw.format.container
    if _ENDINGS.get(ending, kind) == kind:
        return raw
    return replace(raw, assumed=(f"The name ends in {ending}, but this is {_NAMES.get(kind, kind)}.", *raw.assumed))
