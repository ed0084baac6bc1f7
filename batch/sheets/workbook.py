"""Workbooks: XLSX, XLSM, XLS, XLSB and ODS, every sheet as columns of text.

Cells become text as a person would write them: whole numbers without ``.0``, dates as ``YYYY-MM-DD`` (with
``HH:MM:SS`` where there is a time), ``TRUE`` and ``FALSE``, errors such as #N/A as nothing, formulas as the value that
was saved with them. Then they are cleaned as every cell is (``cells``).
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from batch.core.errors import SheetError
from batch.core.table import Format
from batch.sheets.cells import clean_column, drop_blank_rows
from batch.sheets.extents import Extent
from batch.sheets.raw import Raw
from batch.sheets.workbook_guard import Guarded, guard, locked
from batch.sheets.xls_guard import guard_xls

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook, SheetMetadata

#: Rows that become columns at a time: so few that the processor still has their cells near, which halves the time.
_BLOCK = 256
_OPEN_AND_SAVE = "Open it in Excel or LibreOffice and save it as a new workbook (.xlsx), or as CSV UTF-8."


def read_workbook(data: bytes, file: str, sheet: str | None = None) -> list[Raw]:
    """The sheets that hold anything, in the order of the workbook; only ``sheet`` when it is named (any case).

    ``rows`` are the numbers that Excel shows. Hidden sheets and hidden rows are read too, and that is said. Raises
    ``SheetError``: ``empty``, ``unreadable``, ``locked``, ``hostile``, ``too_large``, ``no_such_sheet``.
    """
    guarded = guard(data, file) if data.startswith(b"PK") else guard_xls(data, file)
    try:
        return _read(data, file, sheet, guarded)
    except SheetError:
        raise
    except BaseException as error:
        raise _explained(error, file) from error


def _read(data: bytes, file: str, sheet: str | None, guarded: Guarded) -> list[Raw]:
    from python_calamine import CalamineWorkbook

    with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
        chosen = _chosen(book, file, sheet)
        for meta in chosen:
            _extent(guarded, meta.name, file).refuse_if_too_large(file, meta.name)
        raws = [raw for meta in chosen if (raw := _read_sheet(book, meta, guarded)) is not None]
    if not raws:
        where = f"sheet {sheet} of {file}" if sheet else file
        raise SheetError(f"There is nothing in {where}.", "Check that it is the right file and sheet.", code="empty")
    return raws


def _explained(error: BaseException, file: str) -> BaseException:
    """What the reader of workbooks says, as a sentence; anything that is not about the file goes on as it is."""
    from python_calamine import CalamineError, PasswordError

    if isinstance(error, PasswordError):
        return locked(file)
    # A panic inside the reader, written in Rust, is no ``Exception``; it can only be known by its name.
    if isinstance(error, (CalamineError, OSError, ValueError)) or type(error).__name__ == "PanicException":
        return SheetError(f"{file} is a damaged workbook: {error}.", _OPEN_AND_SAVE)
    if isinstance(error, MemoryError):
        return SheetError(f"{file} does not fit in memory.", "Split it into smaller files.", code="too_large")
    return error


def _chosen(book: CalamineWorkbook, file: str, sheet: str | None) -> list[SheetMetadata]:
    from python_calamine import SheetTypeEnum

    sheets = [meta for meta in book.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
    if sheet is None:
        return sheets
    wanted = sheet.strip().casefold()
    chosen = [m for m in sheets if m.name == sheet] or [m for m in sheets if m.name.strip().casefold() == wanted]
    if not chosen:
        names = ", ".join(meta.name for meta in sheets) or "none"
        raise SheetError(f"{file} has no sheet called {sheet!r}.", f"Its sheets: {names}.", code="no_such_sheet")
    return chosen[:1]


def _extent(guarded: Guarded, name: str, file: str) -> Extent:
    if guarded.container == "xls":
        return Extent(rows=65_536, columns=256)
    extent = guarded.extents.get(name)
    if extent is None:
        raise SheetError(f"{file} is a damaged workbook: its sheet {name} cannot be found.", _OPEN_AND_SAVE)
    return extent


def _read_sheet(book: CalamineWorkbook, meta: SheetMetadata, guarded: Guarded) -> Raw | None:
    from python_calamine import SheetVisibleEnum

    columns, rows = drop_blank_rows(*_columns(book.get_sheet_by_name(meta.name)))
    if not rows:
        return None
    said = []
    if meta.visible != SheetVisibleEnum.Visible:
        said.append(f"Sheet {meta.name} is hidden; it was read too.")
    hidden = guarded.extents.get(meta.name, Extent()).hidden
    if hidden:
        said.append(f"Sheet {meta.name} has {hidden:,} hidden or filtered rows; they were read too.")
    form = Format(container=guarded.container)
    return Raw(sheet=meta.name, format=form, columns=columns, rows=rows, assumed=tuple(said))


def _columns(sheet: CalamineSheet) -> tuple[list[list[str]], list[int]]:
    """The clean cells by column and the row numbers, without rows in which nothing stands.

    A stray cell far below leaves a million of those.
    """
    if sheet.end is None:
        return [], []
    columns: list[list[str]] = [[] for _ in range(sheet.end[1] + 1)]
    # Rows begin where the first column begins that holds anything.
    left = sheet.start[1] if sheet.start else 0
    rows: list[int] = []
    cells, first = sheet.iter_rows(), 1
    while block := list(islice(cells, _BLOCK)):
        numbers: Sequence[int] = range(first, first + len(block))
        first += len(block)
        if not all(row[0] for row in block):
            filled = [(number, row) for number, row in zip(numbers, block, strict=True) if row.count("") < len(row)]
            numbers, block = [number for number, _ in filled], [row for _, row in filled]
        rows += numbers
        if block:
            for column in columns[:left]:
                column.extend([""] * len(block))
            for column, values in zip(columns[left:], zip(*block, strict=True), strict=True):
                column.extend(clean_column(_as_text(values)))
    return columns, rows


def _as_text(cells: Sequence[object]) -> Sequence[str]:
    """Cells of one column as text; nearly every column is text already."""
    if set(map(type, cells)) == {str}:
        return cells  # type: ignore[return-value]
    return [cell if isinstance(cell, str) else _text(cell) for cell in cells]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)
    if isinstance(value, dt.datetime):
        return str(value.date()) if value.time() == dt.time() else value.isoformat(" ", "seconds")
    if isinstance(value, dt.timedelta):
        hours, rest = divmod(round(value.total_seconds()), 3600)
        return f"{hours:02}:{rest // 60:02}:{rest % 60:02}"
    if isinstance(value, dt.time):
        return value.isoformat("seconds")
    return str(value)
