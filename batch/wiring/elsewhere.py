"""People of a plan who are in other hands through another run: somebody else may be moving them at this moment."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from batch.core.errors import ReassignError
from batch.core.estate import Organisation
from batch.core.harmless import in_shell
from batch.core.states import State
from batch.engine.apply import replay
from batch.runs.folder import RunFolder, peek, readable
from batch.runs.store import load_changes
from batch.wiring.opening import is_modelled
from batch.wiring.rehearsal import runs_in

_OPEN = frozenset({int(State.HANDED), int(State.CLAIMED)})
_NAMED = 3


def in_other_hands(upns: Iterable[str], whose: Organisation, *, modelled: bool, roots: Iterable[Path]) -> list[str]:
    """A sentence for each other run below ``roots`` by which some of these people are in other hands.

    Runs of another tenant do not count; plans made from sheets alone are known by nothing but their people.
    """
    wanted = set(upns)
    said = []
    for path in runs_in(roots):
        # What cannot be read may be somebody else's, or half written.
        with contextlib.suppress(sqlite3.Error, OSError, ValueError, LookupError, TypeError, ReassignError):
            meta = peek(path)
            if meta.get("handed_to") and _same_tenant(meta, whose, modelled=modelled):
                said += _told(path, sorted(wanted & _handed(path)))
    return said


def _same_tenant(meta: Mapping[str, Any], whose: Organisation, *, modelled: bool) -> bool:
    if modelled or is_modelled(meta):
        return modelled and is_modelled(meta)
    return bool(meta["organisation"]["tenant_id"] == whose.tenant_id)


def _handed(path: Path) -> set[str]:
    """Who is open in other hands by this run."""
    with RunFolder.open(path) as folder:
        with readable(path):
            changes = load_changes(folder.db)
        ledger = replay(changes, folder.journal().entries())
    return {changes.upn[change] for change in ledger.hands if ledger.state[change] in _OPEN}


def _told(path: Path, both: list[str]) -> list[str]:
    if not both:
        return []
    first = f"{', '.join(both[:_NAMED])}{' …' if len(both) > _NAMED else ''}"
    run = in_shell(path)
    return [
        f"{len(both):,} of these people are in other hands by another run, {path}: {first}. Before they are moved "
        f"here, take in what was done there (reassign collect {run}), or take them back (reassign handover {run} "
        "--revoke), and plan again."
    ]
