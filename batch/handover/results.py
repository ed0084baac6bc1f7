"""results.csv of the PowerShell script, read back: what it says about each change, and which rows are not believed.

The file passes through many hands: it may be cut off, edited, saved again by Excel, or be of another run. Each row
carries a check over itself and the row before, so a row that was changed, and the place where rows are missing, show.
That keeps mistakes out and no forger: what the file says is done counts once it was seen.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from batch.core.handed import Hand, Hands, Odd, Report, Returned, Said, check, flat
from batch.core.harmless import one_line, plain

HEADINGS = (
    *("Time", "Change", "Group", "UserId", "UserPrincipalName", "Outcome"),
    *("Status", "Code", "Message", "Tries", "Job", "Check"),
)
#: Outcomes of the script; in doubt is to be tried again, which begins with reading the user.
SAID = {
    "applied": Said.DONE,
    "already": Said.DONE,
    "refused": Said.REFUSED,
    "changed": Said.CHANGED,
    "gone": Said.GONE,
    "gave_up": Said.GAVE_UP,
    "doubt": Said.GAVE_UP,
}
_KEYS = tuple(heading.casefold() for heading in HEADINGS)
_LINE = re.compile(r"\r\n|\n|\r")
#: The first part of a check, from a row that was not written to its end.
_BEGUN = re.compile(r"[0-9a-f]{0,31}")
_NUMBER = re.compile(r"[0-9]{1,9}")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
#: Characters of a message that are kept, as in the script.
_LONGEST = 500
#: A file with so many rows that are not right is no results.csv that anybody could mend.
_MOST_ODD = 100_000


def looks_like_results(head: bytes) -> bool:
    """Whether a file that begins so is a results.csv."""
    return _layout(_LINE.split(_decoded(head), maxsplit=1)[0]) is not None


def missing_headings(head: bytes) -> tuple[str, ...]:
    """The headings that a file lacks, or has twice, which begins almost as a results.csv does; () for any other."""
    line = _LINE.split(_decoded(head), maxsplit=1)[0]
    for delimiter in ",;\t":
        cells = [cell.strip().casefold() for cell in _cells(line, delimiter)]
        wrong = tuple(heading for heading, key in zip(HEADINGS, _KEYS, strict=True) if cells.count(key) != 1)
        if 0 < len(wrong) < len(HEADINGS) / 2:
            return wrong
    return ()


def read_results(payload: bytes, hands: Hands, user_ids: Callable[[int], str]) -> Returned | None:
    """What the file says about changes in PowerShell's hand; None when it is no results.csv.

    ``user_ids`` gives the user of a change. The last row of a change counts. Rows are numbered as lines, from 1.
    Raises nothing, whatever the bytes.
    """
    lines = _lines(_decoded(payload))
    layout = _layout(next(lines))
    if layout is None:
        return None
    known = {where.digest for where in hands.values() if where.hand is Hand.POWERSHELL}
    said: dict[int, Report] = {}
    odd: list[Odd] = []
    for row, fields, wrong in _rows(lines, layout):
        found = wrong or _report(row, fields, hands, known, user_ids)
        if isinstance(found, Odd):
            odd.append(found)
            if len(odd) == _MOST_ODD:
                odd.append(
                    Odd(row, "", "unclear", f"It is the {_MOST_ODD:,}th that is not right; none after it is read.")
                )
                break
        else:
            said[found.change] = found
    return Returned(tuple(sorted(said.values(), key=lambda report: report.row)), tuple(odd))


def _decoded(payload: bytes) -> str:
    """The text, whatever saved it; what is no text at all comes out as something that no check fits."""
    named = next((name for mark, name in _MARKS if payload.startswith(mark)), "")
    try:
        return payload.decode(named or "utf-8")
    except UnicodeDecodeError:
        return payload.decode(named or "windows-1252", "replace")


def _lines(text: str) -> Iterator[str]:
    """The lines one by one, at least one; there may be very many."""
    start = 0
    for found in _LINE.finditer(text):
        yield text[start : found.start()]
        start = found.end()
    yield text[start:]


def _layout(line: str) -> tuple[str, list[int]] | None:
    """The delimiter, and where each of the script's columns stands; None for other headings."""
    for delimiter in ",;\t":
        cells = [cell.strip().casefold() for cell in _cells(line, delimiter)]
        if all(cells.count(key) == 1 for key in _KEYS):
            return delimiter, [cells.index(key) for key in _KEYS]
    return None


def _cells(line: str, delimiter: str) -> list[str]:
    """The cells of one line; the script writes none that goes on in the next."""
    try:
        return next(csv.reader([line.removeprefix("\ufeff")], delimiter=delimiter), [])
    except csv.Error:  # a cell beyond all bounds
        return []


def _rows(lines: Iterator[str], layout: tuple[str, list[int]]) -> Iterator[tuple[int, list[str], Odd | None]]:
    """Every row with its fields in the script's order, and what is wrong with its check, if anything is."""
    delimiter, order = layout
    width = max(order) + 1
    # The script goes on from the last row that is right (of two, should it have taken the very last for torn), and
    # whatever was written before an edit goes on from the check that still stands above it.
    right: deque[str] = deque(maxlen=2)
    above = ""
    for row, line in enumerate(lines, 2):
        cells = _cells(line, delimiter) if line.strip() else [""]
        if cells and not any(cells):
            continue
        if len(cells) < width or _BEGUN.fullmatch(cells[order[-1]]):
            yield row, [], Odd(row, "", "torn", "The row is not complete: the script was ended while it wrote it.")
            continue
        fields = [cells[at] for at in order]
        if [field.casefold() for field in fields] == list(_KEYS):
            right.clear()  # two files one after the other
            above = ""
            continue
        follows = any(check(last, fields[:-1]) == fields[-1] for last in (above, *(right or fields[-2:-1])) if last)
        yield row, fields, None if follows else _broken(row, first=not above)
        above = fields[-1]
        if follows:
            right.append(above)


def _broken(row: int, *, first: bool) -> Odd:
    if first:
        return Odd(row, "", "missing_before", "Rows above it are missing, or it was edited: its check does not fit.")
    return Odd(row, "", "edited", "It was edited, or rows above it are missing: its check does not fit.")


def _report(
    row: int, fields: Sequence[str], hands: Hands, known: set[str], user_ids: Callable[[int], str]
) -> Report | Odd:
    """What an unbroken row says, if it is about the change that it names as that was handed over."""
    _, number, _, user_id, _, outcome, status, code, message, _, job, _ = fields
    change = int(number) if _NUMBER.fullmatch(number) else -1
    where = hands.get(change)
    if where is None or where.hand is not Hand.POWERSHELL or where.digest != job:
        if job in known:
            return Odd(row, "", "old_handover", "The person of this row was taken back from that job.")
        return Odd(row, "", "foreign", "It is of another run, or of a job that was taken back.")
    wanted = flat(user_ids(change))
    if user_id not in (wanted, f"'{wanted}"):
        return Odd(row, "", "unknown_person", f"Change {change} is about another person than “{_short(user_id)}”.")
    said = SAID.get(outcome)
    if said is None:
        return Odd(row, "", "unclear", f"“{_short(outcome)}” is no outcome.")
    answered = int(status) if _NUMBER.fullmatch(status) else 0
    return Report(change, said, job, answered, one_line(plain(code)), one_line(plain(message))[:_LONGEST], row)


def _short(text: str) -> str:
    return one_line(text)[:60]
