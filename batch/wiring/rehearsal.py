"""How the rehearsal of a plan went, on a copy of the tenant that the plan is for."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from batch.core.estate import Organisation
from batch.reports.words import moment
from batch.runs.folder import DATABASE, peek

#: Folders that are looked into, the newest first.
_LOOKED_AT = 200
_SAME = ("source", "target", "new_services", "template", "accept", "strict", "location", "rules")


class _Rehearsal(NamedTuple):
    path: Path
    planned_at: float
    copied_at: float
    #: What went wrong on purpose.
    faults: str
    #: ``result.json`` of that run.
    result: Mapping[str, Any]


def rehearsed(
    organisation: Organisation,
    job: Mapping[str, Any],
    sheets: Sequence[Mapping[str, str]],
    planned: int,
    roots: Iterable[Path],
) -> tuple[str, ...]:
    """What to say on the plan page about a rehearsal of the same sheets on a copy of this tenant; () for a copy.

    ``planned``: rows that this plan would move.
    """
    if organisation.copied_at or not organisation.tenant_id:
        return ()
    kept = json.loads(json.dumps(job))  # as it stands in a folder
    looked_at = [_matching(path, organisation.tenant_id, kept, sheets) for path in runs_in(roots)]
    found = [rehearsal for rehearsal in looked_at if rehearsal]
    if not found:
        return (
            "Not rehearsed on a copy of this tenant yet. To do so: reassign tenant copy --from graph FILE, then "
            "reassign run with the same sheets and --tenant copy:FILE.",
        )
    return tuple(_told(max(found, key=lambda r: r.planned_at), planned))


def runs_in(roots: Iterable[Path]) -> list[Path]:
    """Folders with a run in them, the newest first; those that we may not enter are not ours."""
    found: dict[Path, float] = {}
    for root in dict.fromkeys(roots):
        with contextlib.suppress(OSError):
            for path in root.iterdir():
                with contextlib.suppress(OSError):
                    found[path] = (path / DATABASE).stat().st_mtime
    return sorted(found, key=found.__getitem__, reverse=True)[:_LOOKED_AT]


def _matching(
    path: Path, tenant_id: str, job: Mapping[str, Any], sheets: Sequence[Mapping[str, str]]
) -> _Rehearsal | None:
    """The run in this folder, if it was a finished rehearsal of this job."""
    try:
        meta = peek(path)
        result = json.loads((path / "result.json").read_text("utf-8"))
        whose = meta["organisation"]
        same = (
            whose["copied_at"] > 0
            and whose["tenant_id"] == tenant_id
            and all(meta["job"].get(key) == job.get(key) for key in _SAME)
            and {s["digest"] for s in meta["sheets"]} == {s["digest"] for s in sheets}
            and result["ended_at"]
        )
        return _Rehearsal(path, meta["planned_at"], whose["copied_at"], meta["job"]["faults"], result) if same else None
    # Somebody's half-written or older folder is no rehearsal of ours.
    except (sqlite3.Error, OSError, ValueError, KeyError, TypeError):
        return None


def _told(rehearsal: _Rehearsal, planned: int) -> Iterator[str]:
    result, counts = rehearsal.result, rehearsal.result["counts"]
    weather = f", with faults {rehearsal.faults}" if rehearsal.faults else ""
    ended = "" if result["reconciled"] else ", not reconciled"
    yield (
        f"Rehearsed {moment(rehearsal.planned_at)} on a copy of this tenant as it was {moment(rehearsal.copied_at)} "
        f"({rehearsal.path}{weather}): {result['status']}, {counts['applied']:,} of {counts['planned']:,} rows moved"
        f"{ended}."
    )
    for reason in result["attention"]:
        yield f"In the rehearsal, {reason['count']:,}: {reason['meaning']}"
    if counts["planned"] != planned:
        yield f"It planned {counts['planned']:,} rows, this plan {planned:,}: the tenant has changed since the copy."
