"""The plan page: what a plan would do, on the terminal or as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from batch.cli.telling import say
from batch.core.outcomes import Bucket

if TYPE_CHECKING:
    from batch.core.changes import ChangeKind
    from batch.core.plan import Changes


def tell_plan(path: Path, changes: Changes, *, as_json: bool, quiet: bool, goes_on: bool = False) -> None:
    """Show the plan in this run folder, and write its page there. ``goes_on``: the same command carries it out.

    ``changes`` are those of the plan, which are at hand and need not be read again.
    """
    from batch.core.plan_words import PlanPage, plan_lines
    from batch.reports.page import write_page
    from batch.runs.folder import RunFolder
    from batch.runs.store import count_idle, load_skus
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
        plans = {p.plan_id: p.name for s in load_skus(folder.db) for p in s.plans}
        say(
            plan_lines(
                PlanPage(
                    report=report,
                    folder="" if goes_on else str(path),
                    group_size=meta["policy"]["group_size"],
                    changes=len(changes),
                    guards=guards,
                    idle=_idle(count_idle(folder.db)),
                    kinds=_kinds(changes, meta["names"], plans),
                    assumed=tuple(meta.get("assumed", ())),
                )
            )
        )


def _idle(counts: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """Rows that ask nothing, by reason word, the most first."""
    found: Counter[str] = Counter()
    for (bucket, code), count in counts.items():
        if bucket in (Bucket.UNCHANGED, Bucket.REPEAT):
            found[code] += count
    return dict(found.most_common())


def _kinds(changes: Changes, names: Mapping[str, str], plans: Mapping[str, str]) -> list[tuple[str, int, str]]:
    """Each kind of change in words, how many there are, and which services stay off; the most first."""
    found: Counter[tuple[str, str]] = Counter()
    for number, size in Counter(changes.kind).items():
        kind = changes.kinds[number]
        off = ", ".join(sorted({plans.get(p, p) for a in kind.add for p in a.disabled}))
        found[(_in_words(kind, names), off)] += size
    return [(words, size, off) for (words, off), size in found.most_common()]


def _in_words(kind: ChangeKind, names: Mapping[str, str]) -> str:
    """ "A → B", "B added", "A goes, nothing new is needed"; a licence that stays only has its services changed."""
    stays = {a.sku_id for a in kind.add if kind.before.direct(a.sku_id)}
    gone = " + ".join(names.get(s, s) for s in kind.remove)
    come = " + ".join(names.get(a.sku_id, a.sku_id) for a in kind.add if a.sku_id not in stays)
    changed = " + ".join(names.get(a.sku_id, a.sku_id) for a in kind.add if a.sku_id in stays)
    if gone and come:
        move = f"{gone} → {come}"
    elif come:
        move = f"{come} added"
    elif gone:
        move = f"{gone} goes" if changed else f"{gone} goes, nothing new is needed"
    else:
        move = ""
    return ", ".join(filter(None, (move, f"services of {changed} changed" if changed else "")))


def _value(report: Any, path: Path, changes: int, meta: dict[str, Any]) -> dict[str, Any]:
    from batch.reports.tables import result

    value: dict[str, Any] = result(report)
    return {**value, "folder": str(path), "changes": changes, "guards": meta["guards"]}
