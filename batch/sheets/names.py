"""A list of people and groups: a sheet with such columns, or names one under another.

A list of whom to leave alone that is misread leaves nobody alone, so nothing here is passed over: whatever cannot be
somebody's name stops the reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from batch.core.errors import SheetError
from batch.core.table import Field
from batch.core.terms import Place
from batch.core.users import canonical, fault
from batch.sheets.columns import Body
from batch.sheets.files import read_raw
from batch.sheets.headings import PEOPLE, key, meaning
from batch.sheets.layouts import find_header
from batch.sheets.raw import Raw

_GROUPS = frozenset(
    key(heading)
    for heading in (
        *("Group", "Groups", "Group name", "Group id", "Group object id", "Group display name", "Security group"),
        *("Groep", "Groepen", "Groepsnaam", "Groep-id", "Beveiligingsgroep"),
        *("Gruppe", "Gruppen", "Gruppenname", "Gruppen-ID", "Sicherheitsgruppe"),
        *("Groupe", "Groupes", "Nom du groupe", "ID du groupe", "Groupe de sécurité"),
        *("Grupo", "Grupos", "Nombre del grupo", "Id. del grupo", "Grupo de seguridad"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameList:
    """Who stands in a list."""

    file: str
    #: SHA-256 of the file's bytes.
    digest: str
    #: User principal names, lower case.
    people: frozenset[str]
    #: Everything else, as written, and where: names or ids of groups.
    others: tuple[tuple[str, Place], ...]


def read_names(path: Path) -> NameList:
    """The people and groups of a list. Raises ``SheetError`` for one that cannot be read whole, or names nobody."""
    raws, digest = read_raw(path)
    people: set[str] = set()
    others: list[tuple[str, Place]] = []
    for raw in raws:
        if raw.problems:
            raise SheetError(f"{raw.problems[0].place}: {raw.problems[0].text}", "Correct the line; then plan again.")
        for cell, place in _names(raw, str(path)):
            user = canonical(cell)
            if fault(user):
                others.append((cell, place))
            else:
                people.add(user)
    if not people and not others:
        raise SheetError(f"{path} names nobody.", "Write a user's sign-in name or a group in each line.", code="empty")
    return NameList(file=str(path), digest=digest, people=frozenset(people), others=tuple(others))


def _names(raw: Raw, file: str) -> Iterator[tuple[str, Place]]:
    """Every cell that names somebody, with its place."""
    header = find_header(raw)
    headings, rows, columns = header.headings, raw.rows[header.first :], Body(raw, header).columns
    if not any(headings) and columns and _about_groups(tuple(column[0] for column in columns if column)):
        headings, rows, columns = tuple(c[0] for c in columns), rows[1:], [c[1:] for c in columns]
    chosen = _columns(headings)
    if any(headings) and not chosen:
        shown = ", ".join(f"“{text}”" for text in headings if text)
        raise SheetError(
            f"{file} has no column of people or groups; its headings are {shown}.",
            "Give the column the heading “User principal name” or “Group”.",
            code="no_user_column",
        )
    for row, record in zip(rows, zip(*columns, strict=True), strict=True):
        cells = [(record[n], headings[n]) for n in chosen if record[n]] if chosen else _bare(record)
        if any(record) and not cells:
            raise SheetError(f"{file}, row {row}: the row names nobody.", "Fill it in or delete it; then plan again.")
        for cell, heading in cells:
            yield cell, Place(file=file, sheet=raw.sheet, row=row, column=heading)


def _about_groups(cells: tuple[str, ...]) -> bool:
    return any(key(cell) in _GROUPS for cell in cells)


def _columns(headings: tuple[str, ...]) -> list[int]:
    """The surest columns of people, and every column of groups."""
    found = ((meaning(text, PEOPLE), n) for n, text in enumerate(headings))
    known = [(meant.tier, n) for meant, n in found if meant and meant.field is Field.USER]
    surest = min((tier for tier, _ in known), default=0)
    groups = [n for n, text in enumerate(headings) if key(text) in _GROUPS]
    return [*(n for tier, n in known if tier == surest and n not in groups), *groups]


def _bare(record: tuple[str, ...]) -> list[tuple[str, str]]:
    """Without headings: the addresses of a line, or all that stands in it."""
    people = [cell for cell in record if cell and not fault(canonical(cell))]
    return [(cell, "") for cell in people or filter(None, record)]
