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
    from batch.core.plan import Changes
    from batch.core.terms import Sku

#: Rows of which every report is written before anything is carried out; of more only the page, since a plan is waited
#: for. `reassign report` writes them all.
_FEW = 20_000


def tell_plan(path: Path, changes: Changes, *, as_json: bool, quiet: bool, goes_on: bool = False) -> None:
    """Show the plan in this run folder, and write its page there. ``goes_on``: the same command carries it out.

    ``changes`` are those of the plan, which are at hand and need not be read again.
    """
    from batch.core.plan_words import PlanPage, plan_lines
    from batch.reports.page import write_page
    from batch.runs.folder import RunFolder
    from batch.runs.store import count_idle, load_skus
    from batch.wiring.auditing import write_manifest
    from batch.wiring.opening import is_modelled
    from batch.wiring.reporting import report_of, write_reports

    with RunFolder.open(path) as folder:
        meta = folder.meta()
        report = report_of(folder, changes)
        if report.counts["rows"] <= _FEW:
            write_reports(folder, report)
        else:
            write_page(report, path / "report.html")
            write_manifest(folder)
        guards = tuple((g["what"], g["word"]) for g in meta["guards"])
        if as_json:
            click.echo(json.dumps(_value(report, path, len(changes), meta)))
            return
        if quiet:
            return
        owned = {s.sku_id: s for s in load_skus(folder.db)}
        say(
            plan_lines(
                PlanPage(
                    report=report,
                    folder="" if goes_on else str(path),
                    group_size=meta["policy"]["group_size"],
                    changes=len(changes),
                    people=changes.people(),
                    guards=guards,
                    idle=_idle(count_idle(folder.db)),
                    kinds=_kinds(changes, meta["names"], owned),
                    assumed=tuple(meta.get("assumed", ())),
                    modelled=is_modelled(meta),
                    others_did=bool(meta.get("others_did")),
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


def _kinds(changes: Changes, names: Mapping[str, str], owned: Mapping[str, Sku]) -> list[tuple[str, int, str]]:
    """Each kind of change in words, how many there are, and which services stay off; the most first."""
    from batch.core.effects import effects, plan_names
    from batch.core.effects_words import kind_words

    found: Counter[tuple[str, str]] = Counter()
    for number, size in Counter(changes.kind).items():
        kind = changes.kinds[number]
        off = ", ".join(plan_names(effects(kind, owned).stays_off, owned))
        found[(kind_words(kind, names), off)] += size * kind.people
    return [(words, size, off) for (words, off), size in found.most_common()]


def _value(report: Any, path: Path, changes: int, meta: dict[str, Any]) -> dict[str, Any]:
    from batch.reports.tables import result

    value: dict[str, Any] = result(report)
    return {**value, "folder": str(path), "changes": changes, "guards": meta["guards"]}
