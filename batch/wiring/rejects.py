"""rejects.csv: the rows that did not happen, in their own columns, so that they can be mended and fed in again.

Rejects of several sheets stand in one table, with one column for one meaning: two columns of users, or a list without
licences beside an export with them, would be read as something else than what was asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from batch.core.cells import HOLDINGS
from batch.core.errors import SheetError
from batch.core.report import Report, ResultRow
from batch.core.table import Field, Kind, Table
from batch.core.told_rows import ELSEWHERE, HARMLESS, SPARED
from batch.runs.folder import SHEETS, RunFolder

if TYPE_CHECKING:
    from batch.sheets.reading import Original

#: What did not happen, and is worth feeding in again.
_REJECTED = frozenset(
    {"problems", "blocked", "short", "refused", "exhausted", "held", "in_doubt", "not_sent"},
)
#: Codes of rows that did not happen, and are none to feed in again.
_ELSEWISE = HARMLESS | SPARED | ELSEWHERE
#: A sheet with none of these leaves it to --from and --to who moves.
_SAYING = frozenset({*HOLDINGS, Field.REMOVE, Field.ADD})

_PLAIN = ("User principal name", "Display name", "Remove licenses", "Add licenses")

#: File and sheet.
Key = tuple[str, str]


class _Reject(NamedTuple):
    """One person (or one row that names nobody) to be fed in again."""

    #: Only where several people stand in one row; else empty, and the cell comes back as it came.
    user: str
    code: str
    reason: str


#: The rejects of one sheet by row number.
Rejects = dict[int, list[_Reject]]


class _Sheet(NamedTuple):
    """A sheet that went in: row numbers, and cells by the name of their column in rejects.csv."""

    rows: list[int]
    columns: dict[str, list[str]]
    #: The column that names the person; empty when that is not known.
    user: str
    #: A list without headings: people may stand beside one another.
    bare: bool
    #: What stands in a column of this name that the sheet does not have, where that is not nothing.
    fills: dict[str, str]


def column_meanings(tables: Iterable[Table]) -> list[tuple[str, str, dict[str, str]]]:
    """File, sheet, and heading → field word of every sheet of people, as it is kept with the run."""
    people = (t for t in tables if t.kind in (Kind.USERS, Kind.MOVES))
    return [(t.file, t.sheet, {heading: meant.value for meant, heading in t.mapping.items()}) for t in people]


def write_rejects(folder: RunFolder, report: Report) -> None:
    """Write rejects.csv of this run; whole or not at all."""
    from batch.reports.tables import write_rejects_csv

    rejected = _rejected(report)
    try:
        sheets = _sheets(folder, rejected) if rejected else {}
    except (SheetError, LookupError):
        # The copies in the run folder are gone or are others; what is known of the rows still is no less than this.
        write_rejects_csv(_PLAIN, _plain_lines(report), folder.path / "rejects.csv")
        return
    headings = list(dict.fromkeys(name for sheet in sheets.values() for name in sheet.columns))
    lines = (line for key, wanted in rejected.items() for line in _lines(sheets[key], headings, wanted))
    write_rejects_csv(headings, lines, folder.path / "rejects.csv")


def _is_rejected(row: ResultRow) -> bool:
    return row.outcome in _REJECTED and row.code not in _ELSEWISE


def _rejected(report: Report) -> dict[Key, Rejects]:
    """What is to be fed in again, by sheet. People who stand in one row follow one another in a report."""
    found: dict[Key, Rejects] = {}
    for (file, sheet, number), group in groupby(report.rows(), key=itemgetter(0, 1, 2)):
        rows = list(group)
        rejects = [_Reject(r.user if len(rows) > 1 else "", r.code, r.reason) for r in rows if _is_rejected(r)]
        if rejects:
            found.setdefault((file, sheet), {})[number] = rejects
    return found


def _plain_lines(report: Report) -> Iterator[tuple[list[str], str, str]]:
    """The rows without their own columns: who, and what was asked."""
    for row in filter(_is_rejected, report.rows()):
        yield [row.user, row.display_name, row.remove, row.add], row.code, row.reason


def _lines(sheet: _Sheet, headings: list[str], wanted: Rejects) -> Iterator[tuple[list[str], str, str]]:
    from batch.core.harmless import plain

    chosen = [sheet.columns.get(h) or [sheet.fills.get(h, "")] * len(sheet.rows) for h in headings]
    for i, number in enumerate(sheet.rows):
        for reject in wanted.get(number, ()):
            # A cell of an earlier rejects.csv has its apostrophe already; writing puts it there again.
            cells = [plain(column[i]) for column in chosen]
            yield _of_one(reject.user, cells, headings, sheet) if reject.user else cells, reject.code, reject.reason


def _of_one(user: str, cells: list[str], headings: list[str], sheet: _Sheet) -> list[str]:
    """The cells of one person among several in a row: those who moved must not be asked for again."""
    if sheet.user not in headings:
        return cells
    others = ("" if sheet.bare and "@" in cell else cell for cell in cells)
    return [user if heading == sheet.user else cell for heading, cell in zip(headings, others, strict=True)]


def _sheets(folder: RunFolder, wanted: Mapping[Key, Rejects]) -> dict[Key, _Sheet]:
    """The sheets with rejects; a meaning has the heading that it has in the first of them."""
    meta = folder.meta()
    meanings = {(file, sheet): meant for file, sheet, meant in meta.get("columns", ())}
    originals = _originals(folder, meta, {file for file, _ in wanted})
    heading_of: dict[str, str] = {}
    found = {}
    for key in wanted:
        original = originals[key]
        columns = dict(zip(_named(original, meanings.get(key, {}), heading_of), original.columns, strict=True))
        bare = not any(original.headings)
        found[key] = _Sheet(original.rows, columns, heading_of.get(Field.USER, ""), bare, {})
    holdings = [heading_of[f] for f in HOLDINGS if f in heading_of][:1]
    for key, sheet in found.items():
        if _SAYING.isdisjoint(meanings.get(key, {}).values()):
            sheet.fills.update(dict.fromkeys(holdings, meta["job"]["source"]))
    return found


def _originals(folder: RunFolder, meta: Mapping[str, Any], files: set[str]) -> dict[Key, Original]:
    """The sheets of these files, from the copies in the run folder, read as they were when the plan was made."""
    from batch.sheets.reading import read_original

    job = meta["job"]
    users, found = frozenset(job["users"]), {}
    for kept in meta["sheets"]:
        if kept["file"] not in files:
            continue
        # What a column means and which sheet is read are said of sheets of users; one of licences may hold people too.
        said = {"mapping": job["mapping"], "sheet": job.get("sheet")} if kept["file"] in users else {}
        copy = folder.path / SHEETS / kept["copy"]
        originals = read_original(copy, encoding=job["encoding"], **said)
        found.update({(kept["file"], original.sheet): original for original in originals})
    return found


def _named(original: Original, meant: Mapping[str, str], heading_of: dict[str, str]) -> list[str]:
    """A name for every column, each once, so that the sheet can be read again; a bare list names users.

    A column with a meaning is called as in the sheets before (``heading_of``, which learns from this one).
    """
    from batch.sheets.headings import PEOPLE, meaning

    own = [original.headings[n] if n < len(original.headings) else "" for n in range(len(original.columns))]
    if own and not any(own):
        own[0], meant = "User principal name", {"User principal name": Field.USER.value}
    # The first of several columns with one heading is the one that was read.
    read = {own.index(heading): field for heading, field in meant.items() if heading and heading in own}
    known = {n: heading_of.setdefault(field, own[n]) for n, field in read.items()}
    # Beside columns that were renamed, another column that could mean the same must not look as if it did.
    renamed = any(own[n] != name for n, name in known.items())
    taken = set(known.values())
    names: list[str] = []
    for n, heading in enumerate(own):
        name = known.get(n) or heading or f"Column {n + 1}"
        if n not in known and renamed and (name in taken or meaning(name, PEOPLE)):
            name = f"Column {n + 1}: {heading}"
        elif n not in known and name in taken:
            name = f"{name} ({n + 1})"
        names.append(name)
        taken.add(name)
    return names
