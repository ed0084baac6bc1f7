"""Bytes of a text file become UTF-8, whatever encoding they came in; what was guessed is said."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from batch.core.errors import SheetError, UsageError

_BOMS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\x0b\x0c\x1a\x1c\x1d\x1e\x1f"))
_SAVE_AGAIN = "Save it again from Excel as 'CSV UTF-8' or as a workbook (.xlsx)."


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text in UTF-8 without a byte-order mark, the encoding it came in, and what was assumed."""

    payload: bytes
    encoding: str
    assumed: tuple[str, ...] = ()


def decode(data: bytes, file: str, encoding: str | None = None) -> Decoded:
    """The text of a file in UTF-8.

    In this order: the encoding asked for, the byte-order mark, UTF-16 without one (every other byte is zero), UTF-8,
    Windows-1252. Raises ``SheetError`` for bytes that are no text, ``UsageError`` for an encoding nobody knows.
    """
    if encoding:
        return _checked(_to_utf8(data, _known(encoding), file), _known(encoding), file)
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _checked(_to_utf8(data, name, file), name, file)
    wide = _utf16_without_mark(data[:4096])
    if wide:
        said = f"Read as {wide.upper()}: every other byte is zero, though the file has no byte-order mark."
        return _checked(_to_utf8(data, wide, file), wide, file, said)
    _refuse_binary(data, file)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _windows(data, file, data.count(b"\n", 0, error.start) + 1)
    return Decoded(data, "utf-8")


def _known(encoding: str) -> str:
    try:
        info = codecs.lookup(encoding)
        "".encode(info.name)  # codecs such as base64 or zip are known, but turn no text into bytes
        if info.name in _NO_TEXT_FILES:
            raise LookupError(info.name)
    except (LookupError, ValueError, TypeError) as error:
        raise UsageError(
            f"There is no encoding called {encoding!r}.", "Usual ones are utf-8, utf-16, windows-1252 and cp850."
        ) from error
    return info.name


#: Codecs of Python for other things than the text of a file.
_NO_TEXT_FILES = frozenset(
    {"unicode-escape", "unicode_escape", "raw-unicode-escape", "raw_unicode_escape", "idna", "punycode", "undefined"}
)


def _to_utf8(data: bytes, name: str, file: str) -> bytes:
    if name == "utf-8":
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise SheetError(f"{file} says it is UTF-8, and line {line} is not.", _SAVE_AGAIN) from error
        return data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode(name).removeprefix("\ufeff").encode("utf-8")
    except UnicodeError as error:
        raise SheetError(
            f"{file} cannot be read as {name}: {_reason(error)}.",
            "Perhaps it was cut off on the way, or it is in another encoding. " + _SAVE_AGAIN,
        ) from error


def _reason(error: UnicodeError) -> str:
    where = getattr(error, "start", None)
    return f"{getattr(error, 'reason', error)}" + (f" at byte {where + 1}" if where is not None else "")


def _utf16_without_mark(head: bytes) -> str:
    """UTF-16 of mostly Western text has a zero in every other byte; said from the first 4,096 bytes."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd * 3 > len(head) // 2 and even * 20 < odd:
        return "utf-16-le"
    if even * 3 > len(head) // 2 and odd * 20 < even:
        return "utf-16-be"
    return ""


def _checked(payload: bytes, name: str, file: str, *assumed: str) -> Decoded:
    _refuse_binary(payload, file)
    return Decoded(payload, name, assumed)


def _refuse_binary(data: bytes, file: str) -> None:
    if b"\x00" in data:
        line = data.count(b"\n", 0, data.index(b"\x00")) + 1
        raise SheetError(
            f"{file} is not a text: there is a zero byte in line {line}.",
            "It may be damaged or another kind of file. " + _SAVE_AGAIN,
        )
    head = data[:65536]
    if (len(head) - len(head.translate(None, _CONTROLS))) * 50 > len(head):
        raise SheetError(f"{file} is neither a text nor a workbook that can be read.", _SAVE_AGAIN)


def _windows(data: bytes, file: str, line: int) -> Decoded:
    try:
        text = data.decode("windows-1252")
    except UnicodeDecodeError as error:
        raise SheetError(
            f"{file} is neither UTF-8 (see line {line}) nor Windows-1252 (see byte {error.start + 1}).",
            "Name its encoding (cp1250, cp850, mac-roman …). Or: " + _SAVE_AGAIN,
        ) from error
    said = f"Read as Windows-1252 (Western Europe), since line {line} is not UTF-8; name the encoding if it is another."
    return Decoded(text.encode("utf-8"), "windows-1252", (said,))
