"""From a run folder to its reports, from the folder alone (law 10)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from batch.core.ledger import Ledger
from batch.core.plan import Changes
from batch.core.report import Difference, Report
from batch.core.telling import HARMLESS, Facts, tell
from batch.engine.apply import replay
from batch.runs.folder import SHEETS, RunFolder, readable
from batch.runs.store import load_asks, load_changes, load_problems, load_rows, load_skus, load_sources

if TYPE_CHECKING:
    from batch.sheets.reading import Original

#: Differences that a report lists one by one; the rest is counted.
_LISTED = 1000


def report_of(folder: RunFolder, changes: Changes | None = None, ledger: Ledger | None = None) -> Report:
    """The report of a run as it stands. ``changes`` and ``ledger`` spare reading them again when they are at hand."""
    with readable(folder.path):
        changes = changes or load_changes(folder.db)
    ledger = ledger or replay(changes, folder.journal().entries())
    with readable(folder.path):
        meta = folder.meta()
        differences, count = _differences(folder, changes, meta)
        facts = Facts(
            run=meta["run"],
            plan_id=meta["plan_id"],
            version=meta["version"],
            tenant=meta["tenant"],
            title=meta["title"],
            planned_at=meta["planned_at"],
            skus=load_skus(folder.db),
            changes=changes,
            asks=load_asks(folder.db),
            sources=load_sources(folder.db),
            problems=load_problems(folder.db),
            ledger=ledger,
            held_back=tuple(g["code"] for g in meta["guards"]),
            names=meta["names"],
            rows=lambda: load_rows(folder.db),
            read_at=meta.get("read_at", 0.0),
            read_from=meta.get("read_from", ""),
            after=meta.get("after"),
            differences=differences,
            difference_count=count,
        )
        return tell(facts)


def _differences(folder: RunFolder, changes: Changes, meta: dict[str, Any]) -> tuple[tuple[Difference, ...], int]:
    """What differs, people first, then seats; and how many there are in all."""
    count = folder.db.execute("SELECT count(*) FROM found").fetchone()[0]
    rows = folder.db.execute("SELECT change, finding, text FROM found ORDER BY change LIMIT ?", (_LISTED,))
    people = [Difference(code=finding, about=changes.upn[change], text=text) for change, finding, text in rows]
    return tuple(people), int(count)


def write_reports(folder: RunFolder, report: Report) -> None:
    """Write every report file of the run; each appears whole or not at all."""
    from batch.reports.page import write_page
    from batch.reports.tables import write_result_json, write_results_csv
    from batch.reports.workbook import write_workbook

    write_results_csv(report, folder.path / "results.csv")
    _write_rejects(folder, report)
    write_workbook(report, folder.path / "report.xlsx")
    write_page(report, folder.path / "report.html")
    write_result_json(report, folder.path / "result.json")


#: What did not happen, and is worth feeding in again.
_REJECTED = frozenset(
    {"problems", "blocked", "short", "refused", "exhausted", "held", "in_doubt", "not_sent"},
)


def _write_rejects(folder: RunFolder, report: Report) -> None:
    """The rows that did not happen, in their own columns, ready to be mended and fed in again."""
    from batch.reports.tables import write_rejects_csv

    rejected: dict[tuple[str, str], dict[int, tuple[str, str]]] = {}
    for row in report.rows():
        if row.outcome in _REJECTED and row.code not in HARMLESS:
            rejected.setdefault((row.file, row.sheet), {})[row.row] = (row.code, row.reason)
    originals = _originals(folder) if rejected else {}
    headings = list(dict.fromkeys(h for key in rejected for h in originals[key][0]))

    def lines() -> Iterator[tuple[list[str], str, str]]:
        for key, wanted in rejected.items():
            own, original = originals[key]
            columns = dict(zip(own, original.columns, strict=False))
            blank = [""] * len(original.rows)
            chosen = [columns.get(h, blank) for h in headings]
            for i, number in enumerate(original.rows):
                if number in wanted:
                    yield [column[i] for column in chosen], *wanted[number]

    write_rejects_csv(headings, lines(), folder.path / "rejects.csv")


def _originals(folder: RunFolder) -> dict[tuple[str, str], tuple[list[str], Original]]:
    """The sheets that went in, in their own columns with a name for each, from the copies in the run folder."""
    from batch.sheets.reading import read_original

    meta = folder.meta()
    job = meta["job"]
    found = {}
    for sheet in meta["sheets"]:
        if sheet["file"] in job["users"]:
            copy = folder.path / SHEETS / sheet["copy"]
            for original in read_original(copy, mapping=job["mapping"], encoding=job["encoding"]):
                found[(sheet["file"], original.sheet)] = (_named(original), original)
    return found


def _named(original: Original) -> list[str]:
    """A name for every column, so that the sheet can be read again: a bare list names users."""
    bare = not any(original.headings)
    names: list[str] = []
    for n in range(len(original.columns)):
        heading = original.headings[n] if n < len(original.headings) else ""
        name = heading or ("User principal name" if bare and n == 0 else f"Column {n + 1}")
        names.append(name if name not in names else f"{name} ({n + 1})")
    return names
