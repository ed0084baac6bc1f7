"""Where the headings stand in a sheet, and which known export it is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from batch.core.table import Field
from batch.sheets.headings import BOUGHT, PEOPLE, Meaning, key, meaning
from batch.sheets.raw import Raw

#: Records looked at for headings, and cells of each; title blocks are never this long, nor exports this wide.
_SEARCHED, _SCORED = 30, 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The headings of one sheet and where its rows begin."""

    #: As they came, one a column; a two-row header joined with a blank. Empty texts when the sheet has no headings.
    headings: tuple[str, ...]
    #: Index of the first record below the headings.
    first: int
    #: Row number of the headings as a person sees it; 0 when there are none.
    row: int = 0
    #: The record that is compared to find headings repeated further down.
    record: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()


def find_header(raw: Raw, named: Collection[str] = ()) -> Header:
    """The row, among the first thirty, that has the most known headings; ``named`` are keys of headings known besides.

    Nothing is searched below the first row with an address in it: a list must not lose the people at its top.
    """
    records = list(islice(zip(*raw.columns, strict=True), _SEARCHED)) if raw.columns else []
    best: tuple[tuple[int, int, int], int, tuple[str, ...]] | None = None
    for index in _searched(records):
        for headings in _candidates(records, index, named):
            score = _score(headings, named)
            if score[0] and (best is None or score > best[0]):
                best = (score, index, headings)
    if best is None:
        top = _strange(records)
        if top is None:
            return Header(headings=("",) * len(raw.columns), first=0)
        return _header(raw, records, index=top, headings=records[top])
    return _header(raw, records, index=best[1], headings=best[2])


def _strange(records: Sequence[tuple[str, ...]]) -> int | None:
    """Index of a first record that must be headings, though none is known: words alone, an address straight below."""
    filled = [index for index, record in enumerate(records) if any(record)][:2]
    if len(filled) < 2:
        return None
    above, below = records[filled[0]], records[filled[1]]
    words = [cell for cell in above if cell and not any(c == "@" or c.isdigit() for c in cell)]
    under = any(upper and "@" in lower for upper, lower in zip(above, below, strict=True))
    return filled[0] if len(words) > 1 and len(set(words)) == sum(map(bool, above)) and under else None


def _header(raw: Raw, records: Sequence[tuple[str, ...]], *, index: int, headings: tuple[str, ...]) -> Header:
    joined = headings != records[index]
    titles = sum(1 for record in records[: index - joined] if any(record))
    row = raw.rows[index]
    assumed = []
    if joined:
        assumed.append(f"Headings found in rows {raw.rows[index - 1]} and {row}, read together.")
    if titles:
        assumed.append(f"Headings found in row {row}, below {titles} title row{'s' * (titles > 1)}.")
    return Header(
        headings=headings,
        first=index + 1,
        row=0 if raw.format.container == "json" else row,
        record=records[index],
        assumed=tuple(assumed),
    )


def _searched(records: Sequence[tuple[str, ...]]) -> Iterator[int]:
    """Indexes of records that may be headings: whatever is filled above the first record with an address."""
    for index, record in enumerate(records):
        if any("@" in cell and _is_address(cell) for cell in record):
            return
        if any(record):
            yield index


def _is_address(cell: str) -> bool:
    """True for an address or several; not for a heading or a title that mentions one ("Questions: it@company.com")."""
    return " " not in cell or "<" in cell or ";" in cell


def _score(record: Sequence[str], named: Collection[str]) -> tuple[int, int, int]:
    """How many cells are known headings, how sure the surest of them is, and how many cells are filled."""
    known = [found.tier for cell in record[:_SCORED] if cell and (found := _known(cell, named))]
    return len(known), -min(known, default=0), sum(map(bool, record)) if known else 0


def _known(heading: str, named: Collection[str] = ()) -> Meaning | None:
    """The surest meaning of a heading in either kind of sheet."""
    found = [m for synonyms in (PEOPLE, BOUGHT) if (m := meaning(heading, synonyms))]
    if key(heading) in named:
        found.append(Meaning(Field.USER, -1))
    return min(found, key=lambda m: m.tier, default=None)


def _candidates(records: Sequence[tuple[str, ...]], index: int, named: Collection[str]) -> Iterator[tuple[str, ...]]:
    """The record as headings; and together with a row of merged headings above, if that makes more of them known."""
    below, above = records[index], records[index - 1] if index else ()
    yield below
    merged = sum(map(bool, above)) > 1 and not all(above) and not any("@" in cell for cell in above)
    if merged:
        joined = _joined(above, below)
        if _score(joined, named)[0] > max(_score(below, named)[0], _score(above, named)[0]):
            yield joined


def _joined(above: Sequence[str], below: Sequence[str]) -> tuple[str, ...]:
    """Two rows of headings as one; a merged heading stands over the empty cells to its right too."""
    headings, last = [], ""
    for upper, lower in zip(above, below, strict=True):
        last = upper or last
        both = f"{last} {lower}".strip() if lower else upper
        sure = {text: found.tier for text in (both, lower) if text and (found := _known(text))}
        headings.append(min(sure, key=sure.__getitem__, default=both))
    return tuple(headings)


ADD_USERS = "the admin center's template for adding users"

# A sentence for each known export, and headings that together name it. The first that fits is told.
_EXPORTS: tuple[tuple[str, str], ...] = (
    ("the admin center's export of active users", "displayname userprincipalname blockcredential licenses"),
    ("the admin center's export of active users", "nombreprincipaldeusuario licencias"),
    (ADD_USERS, "username firstname lastname displayname jobtitle department"),
    ("a Microsoft 365 usage report", "reportrefreshdate userprincipalname"),
    ("Entra's export of users, which holds no licences", "userprincipalname displayname usertype accountenabled"),
    ("the admin center's export of Billing > Licenses", "producttitle totallicenses assignedlicenses"),
    ("MSOnline's list of SKUs", "accountskuid activeunits consumedunits"),
    ("CIPP's list of licences", "license countused countavailable totallicenses"),
    ("a list of SKUs from Graph", "skuid skupartnumber consumedunits"),
    ("GAM's list of users", "primaryemail licenses"),
)


def known_export(headings: Sequence[str]) -> str:
    """What the sheet is known to be, in words; empty when it is not one of the known exports."""
    present = {key(heading) for heading in headings}
    return next((name for name, keys in _EXPORTS if present.issuperset(keys.split())), "")
