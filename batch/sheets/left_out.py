"""Records that are no rows: blank lines, headings repeated at a page break, totals, the example of a template."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from batch.core.terms import Place, Problem
from batch.sheets.columns import NUMBER, Body
from batch.sheets.layouts import ADD_USERS, Header, known_export

_TOTAL = re.compile(
    r"(?:grand[ -]|sub-?|sous-|eind|zwischen|gesamt)?"
    r"(?:total(?:e|es|en|s)?|totaux|totaal|totalen|summe|gesamt|gesamtzahl|insgesamt|suma|somme)"
    r"(?: (?:general|général|licenses|licences|licenties|lizenzen|licencias|users|gebruikers))?"
    r"(?![^\W_])[\s:=\d.,]*+(?:\(?[^\W\d]++\)?)?",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(r"(?:example|voorbeeld|beispiel|exemple|ejemplo)\s*:", re.IGNORECASE)
#: People of the sample rows in Microsoft's template for adding users.
_SAMPLE_PEOPLE = {
    ("chris@contoso.com", "chris green"),
    ("ben@contoso.com", "ben andrews"),
    ("david@contoso.com", "david longmuir"),
    ("cynthia@contoso.com", "cynthia carey"),
    ("melissa@contoso.com", "melissa macbeth"),
}
_SENTENCES = {
    "repeated_header": "The headings stand here once more; this is not a row and is left out.",
    "total_row": "This is a total, not a row, and is left out.",
    "example_row": "This is the example of the template, not a user, and is left out.",
}


def left_out(
    body: Body, header: Header, column: int, rows: Sequence[int], place: Place
) -> tuple[set[int], list[Problem]]:
    """Indexes of records that are no rows, and a problem for each that is not simply blank.

    ``column`` is the one that every row fills (the user, the product). It alone is looked through; a whole record is
    looked at only where that cell is empty, a heading, a total or at the very top.
    """
    gone: set[int] = set()
    problems: list[Problem] = []
    for index, code in sorted(_found(body, header, column)):
        gone.add(index)
        if code:
            here = Place(file=place.file, sheet=place.sheet, row=rows[index])
            problems.append(Problem(place=here, code=code, text=_SENTENCES[code]))
    return gone, problems


def _found(body: Body, header: Header, column: int) -> Iterator[tuple[int, str]]:
    cells = body.cells(column)
    examples = set(_examples(body, header, min(5, len(cells))))
    yield from ((index, "example_row") for index in examples)
    heading = header.record[column] if header.record else ""
    # Nearly every cell is an address, and this comprehension is an eighth of the time that a set of all would take.
    others = {cell for cell in cells if "@" not in cell}
    odd = {cell for cell in others if not cell or cell == heading or _TOTAL.fullmatch(cell)}
    if not odd:
        return
    for index in (i for i, cell in enumerate(cells) if cell in odd and i not in examples):
        record = body.record(index)
        if not any(record):
            yield index, ""
        elif record == header.record:
            yield index, "repeated_header"
        elif _is_total(record, cells[index]):
            yield index, "total_row"


def _is_total(record: Sequence[str], cell: str) -> bool:
    """A total says so in the deciding column; or that is empty, and the rest is numbers or says so."""
    if cell:
        return bool(_TOTAL.fullmatch(cell))
    rest = [text for text in record if text]
    return any(_TOTAL.fullmatch(text) for text in rest) or all(NUMBER.fullmatch(text) for text in rest)


def _examples(body: Body, header: Header, count: int) -> Iterator[int]:
    template = known_export(header.headings) == ADD_USERS
    for index in range(count):
        record = body.record(index)
        people = {text.casefold() for text in record} if template else set()
        if any(map(_EXAMPLE.match, record)) or any(people.issuperset(sample) for sample in _SAMPLE_PEOPLE):
            yield index
