"""Text from sheets and services, made harmless for what will open it: spreadsheets, browsers, terminals, shells."""

from __future__ import annotations

import re

# OWASP "CSV injection": = + - @ tab and CR start a formula; LF as well in some programs, and East Asian versions of
# Excel read the full-width (and small) forms alike. Blanks, quotes and invisible characters before them are skipped,
# since some programs trim or unquote first.
_FORMULA = re.compile(r"(?:[\s\"'`´‘’“”\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠﹢﹣﹦﹫\t\r]|'*\n)")

# Not allowed in XML 1.0, or able to move a cursor or turn text round: C0 and C1 controls, bidi overrides, halves of
# surrogate pairs, non-characters. Tab and line feed stay.
_ILLEGIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")

#: What is one word to sh, PowerShell and cmd as it stands.
_WORD = re.compile(r"[\w./\\:+-]+")

_ASCII = str.maketrans(
    {
        "→": "->",
        "–": "-",
        "—": "-",
        "−": "-",
        "…": "...",
        "·": "-",
        "•": "*",
        "✓": "OK",
        "✗": "X",
        "█": "#",
        "░": ".",
        "─": "-",
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "\u00a0": " ",
    }
)


def neutral(text: str) -> str:
    """The text as a CSV cell that no spreadsheet takes for a formula.

    A neutralised cell is the text with **one apostrophe in front**; every other text comes back as it is. So the
    reading side gets the original back by dropping one leading apostrophe wherever ``neutral(text[1:]) == text``;
    no other text is of that form, so nothing is lost when rejects.csv is fed in again.
    """
    # Nearly every cell starts with a letter or digit: two methods cost less than a match.
    return text if not text or text[0].isalnum() or not _FORMULA.match(text) else "'" + text


def plain(text: str) -> str:
    """The text that ``neutral`` made this cell of; any other cell as it is."""
    return text[1:] if text.startswith("'") and neutral(text[1:]) == text else text


def legible(text: str) -> str:
    """The text without characters that are illegal in XML or that could command a terminal."""
    return text if text.isprintable() else _ILLEGIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """The text made legible, on one line."""
    return " ".join(legible(text).split())


def in_encoding(text: str, encoding: str | None) -> str:
    """The text as a stream of this encoding can show it: as it is, or spelt in ASCII (a cp1252 Windows console)."""
    try:
        text.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return text.translate(_ASCII).encode("ascii", "replace").decode("ascii")
    return text


def in_shell(path: object) -> str:
    """The path as one word of a command to paste: as it is, else in the quotes that leave it alone in any shell.

    One with both kinds of trouble in it, an apostrophe and what double quotes let through, is quoted for sh. One that
    begins with a hyphen would be taken for an option: it is named from the folder it is in, ``./-a.csv``.
    """
    text = str(path)
    text = f"./{text}" if text.startswith("-") else text
    if _WORD.fullmatch(text):
        return text
    if not set(text) & set('"$`!'):
        return f'"{text}"'
    return "'" + text.replace("'", "'\\''") + "'"
