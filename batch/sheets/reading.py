"""From a file to tables: read the grids, find what they mean, leave out what is no row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType

from batch.core.errors import SheetError, UsageError
from batch.core.table import Field, Kind, Table
from batch.sheets.columns import Body
from batch.sheets.files import read_raw
from batch.sheets.headings import PEOPLE, key, meaning
from batch.sheets.layouts import Header, find_header
from batch.sheets.raw import Raw
from batch.sheets.tables import to_table

_NO_MAPPING: Mapping[str, str] = MappingProxyType({})


#: Headings as they came, by what they are compared by.
Met = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """One sheet in its own columns, as it came: what rejects are written in."""

    sheet: str
    #: Empty texts when the sheet has no headings.
    headings: tuple[str, ...]
    #: Row numbers as a person sees them, and every column's cells below the headings.
    rows: list[int]
    columns: list[list[str]]


def read_tables(
    path: Path,
    *,
    mapping: Mapping[str, str] = _NO_MAPPING,
    encoding: str | None = None,
    sheet: str | None = None,
    met: Met | None = None,
) -> tuple[Table, ...]:
    """Every sheet of the file that says something, by meaning.

    ``mapping`` is heading → field word (``user``, ``remove`` …) where the user knows better. Raises ``UsageError`` for
    a mapping that does not fit, ``SheetError`` for a file that cannot be read, has no rows or names no users.
    Where one mapping is for several files, each may lack some of its headings: ``met`` gathers the headings of all,
    and ``check_mapping`` has to be asked once they are read.
    """
    raws, digest = read_raw(path, encoding=encoding, sheet=sheet)
    return tables_of(raws, file=str(path), digest=digest, mapping=mapping, met=met)


def check_mapping(mapping: Mapping[str, str], met: Met, files: Sequence[str]) -> None:
    """Raise ``UsageError`` for a heading of the mapping that none of these files has."""
    if error := _not_met(mapping, met, files):
        raise error


def read_original(
    path: Path, *, mapping: Mapping[str, str] = _NO_MAPPING, encoding: str | None = None, sheet: str | None = None
) -> list[Original]:
    """Every sheet of the file in its own columns, with the same headings and rows as ``read_tables`` finds.

    Raises ``SheetError`` for a file that cannot be read.
    """
    raws, _ = read_raw(path, encoding=encoding, sheet=sheet)
    named = _named(mapping)
    found = []
    for raw in raws:
        header = find_header(raw, named)
        rows, columns = raw.rows[header.first :], Body(raw, header).columns
        found.append(Original(sheet=raw.sheet, headings=header.headings, rows=rows, columns=columns))
    return found


def tables_of(
    raws: Sequence[Raw], *, file: str, digest: str, mapping: Mapping[str, str] = _NO_MAPPING, met: Met | None = None
) -> tuple[Table, ...]:
    """What ``read_tables`` does once the file is read."""
    named = _named(mapping)
    headers = [find_header(raw, named) for raw in raws]
    own = {key(text): text for header in headers for text in header.headings if text}
    lacking = _not_met(mapping, own, [file])
    if met is not None:
        met.update(own)
    elif lacking:
        raise lacking
    pairs = zip(raws, headers, strict=True)
    found = [to_table(raw, header, named=named, file=file, digest=digest) for raw, header in pairs]
    good = [table for table in found if _says_something(table)]
    if not good:
        raise _nothing_found(raws, headers, found, file, lacking)
    silent = _listed([table.sheet for table in found if not _says_something(table)])
    if silent:
        told = f"Not read, since nothing there is about users or licences: sheet {silent}."
        good[0] = replace(good[0], assumed=(*good[0].assumed, told))
    return tuple(good)


def _says_something(table: Table) -> bool:
    return table.kind is not Kind.UNKNOWN and bool(table.rows)


def _named(mapping: Mapping[str, str]) -> dict[str, Field]:
    """Key of a heading → the meaning that the user gave it; raises ``UsageError`` for an unknown or doubled word."""
    named: dict[str, Field] = {}
    words = [str(meant) for meant in Field]
    for heading, word in mapping.items():
        plain = word.strip().casefold().replace(" ", "_").replace("-", "_")
        if plain not in words:
            near = get_close_matches(plain, words, n=1, cutoff=0.5)
            hint = f"Did you mean “{near[0]}”? " if near else ""
            raise UsageError(
                f'--map "{heading}={word}": “{word}” is not a meaning of a column.',
                f"{hint}The meanings are: {', '.join(words)}.",
            )
        if Field(plain) in named.values():
            raise UsageError(f"--map names two columns for “{word}”.", "Name the one that shall be read.")
        named[key(heading)] = Field(plain)
    return named


def _not_met(mapping: Mapping[str, str], met: Met, files: Sequence[str]) -> UsageError | None:
    """What to say of the first heading of the mapping that these files do not have."""
    missing = next((heading for heading in mapping if key(heading) not in met), None)
    if missing is None:
        return None
    near = get_close_matches(key(missing), met, n=1, cutoff=0.5)
    hint = f"The nearest is “{met[near[0]]}”. " if near else ""
    there = _listed(list(met.values())[:20]) or "none"
    what = f"{files[0]} has no" if len(files) == 1 else f"None of {', '.join(files)} has a"
    whose = "Its" if len(files) == 1 else "Their"
    return UsageError(f"{what} heading “{missing}”.", f"{hint}{whose} headings are: {there}.")


def _nothing_found(
    raws: Sequence[Raw], headers: Sequence[Header], found: Sequence[Table], file: str, lacking: UsageError | None
) -> SheetError:
    """Why no sheet of the file says anything, and what to do."""
    rows = any(any(map(any, Body(raw, header).columns)) for raw, header in zip(raws, headers, strict=True))
    if not rows:
        return SheetError(
            f"{file} has no rows below its headings." if any(map(_any_heading, headers)) else f"{file} is empty.",
            "Save the sheet with its rows and try again.",
            code="empty",
        )
    ambiguous = next((p for table in found for p in table.problems if p.code == "ambiguous_column"), None)
    if ambiguous:
        return SheetError(f"{ambiguous.place}: {ambiguous.text}", code="ambiguous_column")
    if lacking:
        return SheetError(lacking.what, lacking.todo, code="no_user_column")
    headings = [text for header in headers for text in header.headings if text]
    vague = [text for text in headings if (meant := meaning(text, PEOPLE)) and meant.field is Field.USER]
    why = f"; its headings are {_listed(headings[:20])}" if headings else ""
    why = f"; what stands under {_listed(vague)} are no user principal names" if vague else why
    return SheetError(
        f"{file} has no column of users that could be read{why}.",
        "Users are named by their user principal name (name@company.com). Give that column the heading "
        '“User principal name”, or say which it is with --map "Heading=user" (map in [sheets] of a job file).',
        code="no_user_column",
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def _any_heading(header: Header) -> bool:
    return any(header.headings)
