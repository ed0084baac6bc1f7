"""From a run folder to its reports, from the folder alone (law 10)."""

from __future__ import annotations

from typing import Any

from batch.core.ledger import Ledger
from batch.core.plan import Changes
from batch.core.report import Difference, Report
from batch.core.telling import Facts, tell
from batch.engine.apply import replay
from batch.runs.folder import RunFolder, readable
from batch.runs.store import (
    count_idle,
    load_asks,
    load_changes,
    load_moving,
    load_problems,
    load_rows,
    load_skus,
    load_sources,
    load_standing,
)
from batch.wiring.rejects import write_rejects

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
            standing=lambda: load_standing(folder.db),
            idle=count_idle(folder.db),
            moving=load_moving(folder.db),
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
    write_rejects(folder, report)
    write_workbook(report, folder.path / "report.xlsx")
    write_page(report, folder.path / "report.html")
    write_result_json(report, folder.path / "result.json")
