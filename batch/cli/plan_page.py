"""The plan page: what a plan would do, on the terminal or as JSON."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from batch.cli.telling import say

if TYPE_CHECKING:
    from batch.core.plan import Changes


def tell_plan(path: Path, changes: Changes, *, as_json: bool, quiet: bool, goes_on: bool = False) -> None:
    """Show the plan in this run folder, and write its page there. ``goes_on``: the same command carries it out.

    ``changes`` are those of the plan, which are at hand and need not be read again.
    """
    from batch.core.plan_words import PlanPage, plan_lines
    from batch.reports.page import write_page
    from batch.runs.folder import RunFolder
    from batch.runs.store import load_skus
    from batch.wiring.reporting import report_of

    with RunFolder.open(path) as folder:
        meta = folder.meta()
        report = report_of(folder, changes)
        write_page(report, path / "report.html")
        guards = tuple((g["what"], g["word"]) for g in meta["guards"])
        if as_json:
            click.echo(json.dumps(_value(report, path, len(changes), meta)))
            return
        if quiet:
            return
        idle = folder.db.execute(
            "SELECT code, count(*) FROM rows WHERE bucket IN ('unchanged', 'repeats') GROUP BY code ORDER BY 2 DESC"
        )
        plans = {p.plan_id: p.name for s in load_skus(folder.db) for p in s.plans}
        say(
            plan_lines(
                PlanPage(
                    report=report,
                    folder="" if goes_on else str(path),
                    group_size=meta["policy"]["group_size"],
                    changes=len(changes),
                    guards=guards,
                    idle=dict(idle.fetchall()),
                    kinds=_kinds(changes, meta["names"], plans),
                    assumed=tuple(meta.get("assumed", ())),
                )
            )
        )


def _kinds(changes: Any, names: dict[str, str], plans: dict[str, str]) -> list[tuple[str, int, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for number, size in Counter(changes.kind).items():
        kind = changes.kinds[number]
        gone = " + ".join(names.get(s, s) for s in kind.remove)
        come = " + ".join(names.get(a.sku_id, a.sku_id) for a in kind.add)
        words = (
            f"{gone} → {come}" if gone and come else f"{come} added" if come else f"{gone} goes, nothing new is needed"
        )
        off = ", ".join(sorted({plans.get(p, p) for a in kind.add for p in a.disabled}))
        found[(words, off)] += size
    return [(words, size, off) for (words, off), size in found.most_common()]


def _value(report: Any, path: Path, changes: int, meta: dict[str, Any]) -> dict[str, Any]:
    from batch.reports.tables import result

    value: dict[str, Any] = result(report)
    return {**value, "folder": str(path), "changes": changes, "guards": meta["guards"]}
