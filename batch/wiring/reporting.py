"""From a run folder to its reports, from the folder alone (law 10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from batch.core.ledger import Ledger
from batch.core.plan import Changes
from batch.core.report import Difference, Report
from batch.core.rules import Rules
from batch.core.telling import tell
from batch.core.terms import Sku
from batch.core.told_facts import Facts
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
    load_would,
)
from batch.wiring.approving import approval_told
from batch.wiring.auditing import write_manifest
from batch.wiring.pricing import priced
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
        # A comparison from before the last move says nothing about how things stand.
        read_at = meta.get("read_at", 0.0)
        compared = read_at >= max(max(ledger.at, default=0.0), ledger.started_at)
        differences, count = _differences(folder, changes, meta) if compared else ((), 0)
        facts = Facts(
            run=meta["run"],
            plan_id=meta["plan_id"],
            version=meta["version"],
            tenant=meta["tenant"],
            title=meta["title"],
            planned_at=meta["planned_at"],
            skus=_before(load_skus(folder.db), meta.get("before", {})),
            changes=changes,
            asks=load_asks(folder.db),
            sources=load_sources(folder.db),
            problems=load_problems(folder.db),
            ledger=ledger,
            held_back=tuple(g["code"] for g in meta["guards"] if g["word"] not in meta.get("allowed", ())),
            names=meta["names"],
            rows=lambda: load_rows(folder.db),
            standing=lambda: load_standing(folder.db),
            idle=count_idle(folder.db),
            moving=load_moving(folder.db),
            read_at=read_at if compared else 0.0,
            read_from=meta.get("read_from", "") if compared else "",
            after=meta.get("after") if compared else None,
            differences=differences,
            difference_count=count,
            rehearsal=tuple(meta.get("rehearsal", ())),
            approval=approval_told(folder, meta),
            would=load_would(folder.db),
            rules=Rules(accepted=frozenset(meta["job"].get("accept", ())), strict=bool(meta["job"].get("strict"))),
            pilot=int(meta["policy"].get("pilot", 0)),
            priced=priced(folder, meta, len(changes)),
        )
        return tell(facts)


def _before(skus: Iterable[Sku], seats: Mapping[str, tuple[int, int]]) -> tuple[Sku, ...]:
    """The SKUs as they stood before the first move, where that was read apart from the plan."""
    return tuple(
        replace(s, enabled=seats[s.sku_id][0], consumed=seats[s.sku_id][1]) if s.sku_id in seats else s for s in skus
    )


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
    write_manifest(folder)
