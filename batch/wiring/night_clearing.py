"""Retention: what is over and old is removed, and written down as removed."""

from __future__ import annotations

import os
import shutil

from batch.core.night_events import EventKind
from batch.core.night_records import Delivery
from batch.core.nights import Fate
from batch.runs.clearing import remove_files, remove_run, remove_stages
from batch.wiring.night_parts import COPIES, RUNS, JobTurn

_A_DAY = 86_400.0


def clear(turn: JobTurn) -> None:
    """Remove what this job's rules of retention let go. Nothing at all while the clock is in doubt."""
    nights, night = turn.nights, turn.night
    _remove_copies(turn)
    if nights.doubtful:
        return
    now = nights.clock.now()
    remove_stages(nights.folder / RUNS, now - _A_DAY)
    runs = []
    if night.keep_runs is not None:
        old = [d for d in _of(turn).values() if _is_old(d, now - night.keep_runs)]
        runs = [d.id for d in old if _removed(turn, d)]
    files = []
    if night.inbox is not None and night.keep_files is not None:
        files = remove_files(night.inbox, now - night.keep_files, _of(turn).__contains__)
    if runs or files:
        turn.note(EventKind.CLEARED, runs=runs, files=files)


def _of(turn: JobTurn) -> dict[str, Delivery]:
    return {d.id: d for d in turn.nights.book.deliveries.values() if d.job == turn.key}


def _remove_copies(turn: JobTurn) -> None:
    """Remove the copies of sheets whose run is over: the run has its own."""
    parent = turn.nights.folder / COPIES
    ours = _of(turn)
    for name in os.listdir(parent) if parent.is_dir() else ():
        if name in ours and ours[name].filed:
            shutil.rmtree(parent / name, ignore_errors=True)


def _is_old(delivery: Delivery, before: float) -> bool:
    if any(file.fate is Fate.HELD for file in delivery.files):
        return False  # its file lies in held/ until a person says what becomes of it
    return delivery.filed and not delivery.cleared and delivery.filed_at < before


def _removed(turn: JobTurn, delivery: Delivery) -> bool:
    """Remove every run folder of this delivery; whether none is left."""
    parent = turn.nights.folder / RUNS
    folders = [parent / name for name in run_names(delivery)]
    for folder in folders:
        remove_run(folder, parent)
    return not any(folder.exists() for folder in folders)


def run_names(delivery: Delivery) -> tuple[str, ...]:
    """The names of the run folders of a delivery, in the order of its plans."""
    return tuple(delivery.id if n == 1 else f"{delivery.id}-plan{n}" for n in range(1, delivery.plans + 1))
