"""Which kind of file came back: results of the script, a ticked workbook, or something that shows who holds what."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batch.core.errors import SheetError, UsageError
from batch.core.handed import Odd, Returned
from batch.core.harmless import in_shell
from batch.core.ledger import Ledger
from batch.core.plan import Changes
from batch.core.table import Kind, Table
from batch.handover.results import looks_like_results, missing_headings, read_results
from batch.handover.ticks import looks_ticked, read_ticks
from batch.sheets.files import read_raw
from batch.sheets.reading import tables_of
from batch.wiring.news import Source
from batch.wiring.proving import is_proof

#: Far beyond the results of any job: the script is given some thousands of people at a time.
MAX_RESULTS = 300_000_000
#: Rows that are named in an error.
_NAMED = 3
_HEAD = 4096
WHAT = (
    "What can be taken in: results.csv of the script (beside its changes.csv), the ticked workbook of packs, a fresh "
    "export of the users with their licences, or an answer of Graph about users (assignedLicenses, "
    "licenseAssignmentStates) saved as JSON."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """One file that came back."""

    path: Path
    source: Source
    #: SHA-256 of its bytes.
    digest: str
    #: When it was last written (UTC seconds), as it was when it was read; copying may have kept or changed that.
    written: float
    #: What others say they did; None for a file that shows what is.
    returned: Returned | None = None
    #: What shows who holds what.
    tables: tuple[Table, ...] = ()


def what_came(path: Path, run: Path, meta: Mapping[str, Any], ledger: Ledger, changes: Changes) -> Came:
    """Read one file, whatever it is; ``UsageError`` (``SheetError``) for one that says nothing about this run.

    ``run`` is the folder of the run as a person would name it.
    """
    head, written = _head(path)
    if looks_like_results(head):
        return _results(path, run, written, ledger, changes)
    if missing := missing_headings(head):
        raise UsageError(
            f"{path} begins almost as results of the script do, but has not just one column {' or '.join(missing)}.",
            "Take in results.csv as the script wrote it, from beside its changes.csv.",
        )
    raws, digest = read_raw(path)
    if looks_ticked(raws):
        returned = read_ticks(raws, ledger.hands, changes.user_id.__getitem__, changes.upn.__getitem__)
        returned = _believed(path, run, returned)
        return Came(path=path, source=Source.PACKS, digest=digest, written=written, returned=returned)
    if any(digest == sheet["digest"] for sheet in meta["sheets"]):
        raise UsageError(
            f"{path} is a sheet that the plan was made from, so it is older than anything that was done.",
            "Export it anew and take that in.",
        )
    try:
        tables = tables_of(raws, file=str(path), digest=digest)
    except SheetError as error:
        raise UsageError(error.what, WHAT) from error
    if not any(map(is_proof, tables)):
        raise UsageError(f"{path} {_instead(tables)}.", WHAT)
    source = Source.GRAPH if any(table.format.container == "json" for table in tables) else Source.EXPORT
    return Came(path=path, source=source, digest=digest, written=written, tables=tables)


def _results(path: Path, run: Path, written: float, ledger: Ledger, changes: Changes) -> Came:
    if path.stat().st_size > MAX_RESULTS:
        raise UsageError(f"{path} is larger than {MAX_RESULTS:,} bytes.", "No job has results as large as that.")
    payload = path.read_bytes()
    returned = read_results(payload, ledger.hands, changes.user_id.__getitem__)
    if returned is None:  # its headings go on behind what was looked at
        raise UsageError(f"{path} is not a results.csv of the script.", WHAT)
    digest = hashlib.sha256(payload).hexdigest()
    returned = _believed(path, run, returned)
    return Came(path=path, source=Source.RESULTS, digest=digest, written=written, returned=returned)


def _head(path: Path) -> tuple[bytes, float]:
    """The beginning of the file and when it was last written; nothing where there is none to be had, which reading it
    will explain.
    """
    try:
        if not path.is_file():
            return b"", 0.0
        with path.open("rb") as file:
            return file.read(_HEAD), os.fstat(file.fileno()).st_mtime
    except (OSError, ValueError):
        return b"", 0.0


def _believed(path: Path, run: Path, returned: Returned) -> Returned:
    """What came back; ``UsageError`` where nothing of it can be believed, so that it is the wrong file."""
    wrong = [odd for odd in returned.odd if odd.code != "torn"]
    if wrong and not returned.reports:
        named = " ".join(f"{place(odd)}: {odd.text}" for odd in wrong[:_NAMED])
        more = f" And {len(wrong) - _NAMED:,} more." if len(wrong) > _NAMED else ""
        raise UsageError(
            f"Nothing in {path} can be believed. {named}{more}",
            "Take in the file as it was written, of this run and of a handover that still counts: reassign show "
            f"{in_shell(run)}",
        )
    return returned


def place(odd: Odd) -> str:
    """Where the row stands in its file."""
    return f"Sheet {odd.sheet}, row {odd.row}" if odd.sheet else f"Row {odd.row}"


def _instead(tables: Sequence[Table]) -> str:
    kinds = {table.kind for table in tables}
    if Kind.MOVES in kinds:
        return "says who shall move, not who holds what now"
    if Kind.USERS in kinds:
        return "names people, but does not say what they hold"
    return "says what was bought, not who holds it"
