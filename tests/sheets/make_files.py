"""Files of every kind, good and nasty, written into a folder of the test."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import openpyxl

Cells = Iterable[Sequence[object]]

_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def text_file(folder: Path, text: str | bytes, name: str = "sheet.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def xlsx_file(
    folder: Path, sheets: Mapping[str, Cells], name: str = "book.xlsx", hidden: Iterable[str] = (), first_row: int = 1
) -> Path:
    """A workbook with these sheets, written by openpyxl; rows begin at ``first_row``."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for number, row in enumerate(rows, first_row):
            for column, value in enumerate(row, 1):
                sheet.cell(number, column, value)
        if title in hidden:
            sheet.sheet_state = "hidden"
    path = folder / name
    book.save(path)
    return path


def raw_xlsx(folder: Path, sheet_data: str, name: str = "book.xlsx", parts: Mapping[str, bytes] | None = None) -> Path:
    """The smallest workbook around this ``<sheetData>``, for what no library would write; ``parts`` replace or add."""
    everything = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" '
        'ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>'
        '<sheet name="People" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_REL}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{sheet_data}</sheetData></worksheet>',
    }
    return zip_file(folder, {**{k: v.encode() for k, v in everything.items()}, **(parts or {})}, name)


def ods_file(folder: Path, rows_xml: str, name: str = "book.ods", parts: Mapping[str, bytes] | None = None) -> Path:
    """The smallest OpenDocument spreadsheet around these ``<table:table-row>`` elements."""
    urn = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{urn}:office:1.0" xmlns:table="{urn}:table:1.0" '
        f'xmlns:text="{urn}:text:1.0"><office:body><office:spreadsheet><table:table table:name="People">{rows_xml}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    everything = {
        "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": b"<manifest/>",
        "content.xml": content.encode(),
    }
    return zip_file(folder, {**everything, **(parts or {})}, name)


def ods_row(*cells: str, repeat: int = 1) -> str:
    """One row of text cells; an empty text is an empty cell."""
    inner = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{c}</text:p></table:table-cell>'
        if c
        else "<table:table-cell/>"
        for c in cells
    )
    return f'<table:table-row table:number-rows-repeated="{repeat}">{inner}</table:table-row>'


def xlsb_file(folder: Path, cells: Mapping[tuple[int, int], str | float], name: str = "book.xlsb") -> Path:
    """A binary workbook with one sheet ``People``; ``cells`` by 0-based row and column, in order."""
    last = (max(row for row, _ in cells), max(column for _, column in cells))
    sheet = _record(129) + _record(148, struct.pack("<IIII", 0, last[0], 0, last[1])) + _record(145)
    row = None
    for (at, column), value in cells.items():
        if at != row:
            row = at
            sheet += _record(0, struct.pack("<IIHBBBI", at, 0, 300, 0, 0, 0, 0))
        head = struct.pack("<II", column, 0)
        sheet += (
            _record(6, head + _wide(value)) if isinstance(value, str) else _record(5, head + struct.pack("<d", value))
        )
    sheet += _record(146) + _record(130)
    book = _record(131) + _record(143)
    book += _record(156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide("People")) + _record(144) + _record(132)
    relation = (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_REL}/worksheet" '
        'Target="worksheets/sheet1.bin"/></Relationships>'
    )
    parts = {
        "xl/workbook.bin": book,
        "xl/_rels/workbook.bin.rels": relation.encode(),
        "xl/worksheets/sheet1.bin": sheet,
    }
    return zip_file(folder, parts, name)


def zip_file(folder: Path, parts: Mapping[str, bytes], name: str) -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return path


def with_part(path: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    """The same archive with one part changed."""
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return zip_file(path.parent, {**parts, part: change(parts[part])}, path.name)


def _record(kind: int, content: bytes = b"") -> bytes:
    number = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length, size = b"", len(content)
    while True:
        length += bytes([size & 0x7F | (0x80 if size > 0x7F else 0)])
        size >>= 7
        if not size:
            return number + length + content


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")
