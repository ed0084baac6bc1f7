"""Reports of a night's runs where a job wants them as well. A share that is away fails no run."""

from __future__ import annotations

from batch.runs.copies import copy_reports
from batch.wiring.night_parts import RUNS, JobTurn


def copy(turn: JobTurn) -> None:
    """Copy the reports of every run that something became of tonight; what hinders it is noted."""
    night, date = turn.night, turn.nights.date
    if night.reports is None:
        return
    for delivery in turn.nights.book.deliveries.values():
        run = delivery.nights.get(date)
        if delivery.job != turn.key or run is None:
            continue
        try:
            copy_reports(turn.nights.folder / RUNS / run.run, night.report_files, night.reports / run.run)
        except OSError as error:
            turn.notes.append(f"The reports were not copied to {night.reports}: {error.strerror or error}.")
            return
