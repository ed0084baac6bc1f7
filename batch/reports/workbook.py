"""report.xlsx: made for a person.

Sheets Summary, Seats, Services, Money (with prices), Needs attention, All rows, Sources.

Written in constant memory, so each sheet is filled from the top down and nothing is written twice.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from batch.core.report import Report
from batch.reports.whole import whole
from batch.reports.workbook_lists import add_attention, add_rows, add_seats, add_sources
from batch.reports.workbook_money import add_money
from batch.reports.workbook_pen import Pen, cell_text
from batch.reports.workbook_services import add_services
from batch.reports.workbook_summary import add_summary


def write_workbook(report: Report, path: Path) -> None:
    """Write report.xlsx whole or not at all; raises ``ReassignError`` when it cannot be written."""
    from xlsxwriter.exceptions import FileCreateError

    with whole(path) as file, TemporaryDirectory(prefix="report-", ignore_cleanup_errors=True) as folder:
        try:
            _fill(report, file, folder)
        except FileCreateError as error:  # XlsxWriter's wrapping of an OSError
            raise OSError(*getattr(error.args[0], "args", error.args)) from error


def _fill(report: Report, file: BinaryIO, folder: str) -> None:
    from xlsxwriter import Workbook

    book = Workbook(file, {"constant_memory": True, "tmpdir": folder})
    try:
        book.set_properties(
            {
                "title": cell_text(f"Licence move {report.run}"),
                "subject": cell_text(report.title),
                "author": f"license-reassign {report.version}",
                # Also the time of the last change: the same report is the same file (law 10).
                "created": datetime.fromtimestamp(report.ended_at or report.planned_at, UTC).replace(tzinfo=None),
            }
        )
        pen = Pen(book, report)
        for add in (add_summary, add_seats, add_services, add_money, add_attention, add_rows, add_sources):
            add(pen)
        book.close()
    except BaseException:
        for sheet in book.worksheets():  # or their temporary files would stay open
            sheet.row_data_fh.close()
        raise
