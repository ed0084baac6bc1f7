"""What a workbook's archive holds, looked at before the reader of workbooks may see it.

Every part is inflated once, in pieces, and thrown away: bounded in number, in bytes and in ratio (zip bombs); no part
may declare a document type or entities; and it is seen in passing whether a sheet may reach far. Only the sheets that
may are inflated once more and measured (``extents``).
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

from batch.core.errors import SheetError
from batch.sheets.extents import Extent, Glance, chunks, near_extent, ods_extents, pieces, xlsx_extent
from batch.sheets.xlsb import xlsb_extent, xlsb_sheets

MAX_PARTS = 5_000
MAX_INFLATED = 2_000_000_000
#: More than so many times the packed size, in a part of at least 64 MB, is no spreadsheet.
MAX_RATIO = 300
_RATIO_FROM = 64_000_000
_SMALL_PART = 1 << 24
_RELATIONSHIP_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_ID = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"

_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_DAMAGED = "It was probably cut off on its way. Fetch it again, or open it in Excel and save it as a new workbook."
_SAVE_COPY = "If you trust it, open it in Excel and save the table as a new workbook or as CSV UTF-8."


@dataclass(frozen=True, slots=True)
class Guarded:
    """What the archive is (``xlsx``, ``xlsm``, ``xlsb`` or ``ods``) and how far its sheets reach, by their names."""

    container: str
    extents: dict[str, Extent] = field(default_factory=dict)


def guard(data: bytes, file: str) -> Guarded:
    """Look through a zip archive. Raises ``SheetError``: ``unreadable``, ``locked``, ``hostile`` or ``too_large``."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _guard(archive, file)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, KeyError) as error:
        raise SheetError(f"{file} is a damaged workbook: {error}.", _DAMAGED) from error


def _guard(archive: zipfile.ZipFile, file: str) -> Guarded:
    parts = archive.infolist()
    if len(parts) > MAX_PARTS:
        raise SheetError(f"{file} holds {len(parts):,} parts; a workbook has a few dozen.", _SAVE_COPY, code="hostile")
    if any(part.flag_bits & 1 for part in parts):
        raise locked(file)
    container = _container(archive, {part.filename.replace("\\", "/").lstrip("/") for part in parts}, file)
    glances: dict[str, Glance] = {}
    total = 0
    for part in parts:
        if _plain(part.filename) in glances:
            # Which of the two the reader opens is not known here, so that looking at one would prove nothing.
            raise SheetError(f"{file} holds two parts called {part.filename}.", _SAVE_COPY, code="hostile")
        glance = glances[_plain(part.filename)] = Glance()
        total += _look_through(archive, part, MAX_INFLATED - total, glance, file)
    return Guarded(container, _extents(archive, container, glances, file))


def _plain(name: str) -> str:
    """The name of a part as the reader compares it: in any case, with either slash."""
    return name.replace("\\", "/").lstrip("/").lower()


def _container(archive: zipfile.ZipFile, names: set[str], file: str) -> str:
    if "xl/workbook.bin" in names:
        return "xlsb"
    if any(name.startswith("xl/") for name in names):
        return "xlsm" if any(name.lower().endswith("vbaproject.bin") for name in names) else "xlsx"
    if "content.xml" in names:
        manifest = "META-INF/manifest.xml"
        if manifest in names and b"encryption-data" in _small(archive, manifest):
            raise locked(file)
        return "ods"
    kinds = {"word/": "a Word document", "ppt/": "a PowerPoint presentation", "Index/": "an Apple Numbers document"}
    for folder, kind in kinds.items():
        if any(name.startswith(folder) for name in names):
            raise SheetError(f"{file} is {kind}.", "Export the table as a workbook (.xlsx) or as CSV.")
    raise SheetError(f"{file} is a zip archive, not a workbook.", "Unpack it and give the spreadsheet inside.")


def locked(file: str) -> SheetError:
    """The error for a workbook that asks for a password."""
    return SheetError(
        f"{file} is protected by a password.",
        "Open it in Excel, take the password off (File > Info > Protect Workbook) and save a copy.",
        code="locked",
    )


def _look_through(archive: zipfile.ZipFile, part: zipfile.ZipInfo, room: int, glance: Glance, file: str) -> int:
    """Inflate one part, of at most ``room`` bytes, in pieces; its bytes."""
    text = _inflated(archive, part, room, file)
    if not _is_xml(part.filename):
        return sum(map(len, text))
    size = 0
    for piece in pieces(text, file):
        size += len(piece)
        _refuse_traps(piece, part.filename, file)
        glance.look(piece)
    return size


def _is_xml(name: str) -> bool:
    return name.lower().endswith((".xml", ".rels"))


def _inflated(archive: zipfile.ZipFile, part: zipfile.ZipInfo, room: int, file: str) -> Iterator[bytes]:
    size = 0
    with archive.open(part) as stream:
        for chunk in chunks(stream):
            size += len(chunk)
            if size > room or (size > _RATIO_FROM and size > MAX_RATIO * max(part.compress_size, 1)):
                raise SheetError(
                    f"{file} unpacks to far more than a workbook holds (part {part.filename}): it may be a zip bomb.",
                    _SAVE_COPY,
                    code="hostile",
                )
            yield chunk


def _refuse_traps(text: bytes, part: str, file: str) -> None:
    if b"!" in text and _DOCTYPE.search(text):
        raise SheetError(
            f"{file} declares a document type or entities (part {part}), as attacks do.", _SAVE_COPY, code="hostile"
        )
    if b"\x00" in text:
        raise SheetError(f"{file}: part {part} is not UTF-8, as every workbook is.", _SAVE_COPY, code="hostile")


def _extents(archive: zipfile.ZipFile, container: str, glances: dict[str, Glance], file: str) -> dict[str, Extent]:
    if container == "ods":
        with archive.open("content.xml") as stream:
            return ods_extents(stream, file)
    extents = {}
    for name, part in _sheet_parts(archive, container, file).items():
        glance = glances[_plain(part)]
        if container == "xlsb":
            extents[name] = xlsb_extent(archive.read(part))
        elif glance.near and _is_xml(part):
            extents[name] = near_extent()
        else:
            with archive.open(part) as stream:
                extents[name] = xlsx_extent(stream, file)
        extents[name].hidden = glance.hidden
    return extents


def _sheet_parts(archive: zipfile.ZipFile, container: str, file: str) -> dict[str, str]:
    """The part of each sheet, by the sheet's name; found as the reader finds them, in any case."""
    actual = {_plain(name): name for name in archive.namelist()}
    if container == "xlsb":
        book = "xl/workbook.bin"
    else:
        roots = _targets(archive, actual.get("_rels/.rels", ""), "/", file)
        book = next((target for kind, target in roots.values() if kind == "officeDocument"), "")
    folder, name = posixpath.split(book)
    if book not in actual:
        raise SheetError(f"{file} is a damaged workbook: its list of sheets is missing.", _DAMAGED)
    targets = _targets(archive, actual.get(f"{folder}/_rels/{name}.rels", ""), f"/{folder}", file)
    listed = _small(archive, actual[book])
    sheets = xlsb_sheets(listed) if container == "xlsb" else _xlsx_sheets(_parse(listed, file))
    wanted = {title: targets.get(relation, ("", ""))[1] for title, relation in sheets.items()}
    return {title: actual[part] for title, part in wanted.items() if part in actual}


def _targets(archive: zipfile.ZipFile, name: str, folder: str, file: str) -> dict[str, tuple[str, str]]:
    """Id → the last word of the type, and the part meant, in lower case, of each relation in a part."""
    if not name:
        return {}
    return {
        str(item.get("Id")): (
            str(item.get("Type")).rpartition("/")[2],
            posixpath.normpath(posixpath.join(folder, str(item.get("Target")))).lstrip("/").lower(),
        )
        for item in _parse(_small(archive, name), file)
    }


def _xlsx_sheets(book: ElementTree.Element) -> dict[str, str]:
    """Sheet name → relationship id."""
    sheets = [item for item in book.iter() if item.tag.rpartition("}")[2] == "sheet"]
    return {str(s.get("name")): str(s.get(_RELATIONSHIP_ID) or s.get(_STRICT_ID)) for s in sheets}


def _parse(text: bytes, file: str) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(text)  # noqa: S314  no part with a DTD comes as far as this
    except ElementTree.ParseError as error:
        raise SheetError(f"{file} is a damaged workbook: {error}.", _DAMAGED) from error


def _small(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as stream:
        return stream.read(_SMALL_PART)
