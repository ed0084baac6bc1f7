"""What a job file declares for the nights: its inbox, its bounds, who is told, what is kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class NightJob:
    """The tables ``inbox``, ``nightly``, ``notify``, ``reports`` and ``keep`` of a job file. Times in seconds."""

    #: A job that is switched off is left aside by ``reassign nightly``.
    enabled: bool = True
    #: Jobs with a lower number go first; then by name.
    priority: int = 100
    #: How often a night is expected; a gap of more is said.
    every: float = 86_400.0
    #: At most so many people are sent in one night, by all jobs of this tenant together; None for no such bound.
    daily_cap: int | None = None
    #: A plan that waits for a person is given up after so long.
    give_up: float = 14 * 86_400.0
    #: Where files are dropped; None for a job with sheets at a fixed place (``[sheets] users``).
    inbox: Path | None = None
    #: Names of files that are meant for this job, with ``*`` and ``?``; empty for every kind of sheet.
    files: tuple[str, ...] = ()
    #: Size and time of a file have to stay as they are for so long before it is taken.
    quiet: float = 60.0
    #: A file with this share (0 to 1) fewer rows than the one before it is held; None: never.
    shrink: float | None = 0.5
    #: Who gets e-mail; of which outcomes (words of ``core.nights.Outcome``) people are told.
    mail: tuple[str, ...] = ()
    on: tuple[str, ...] = ("done", "part", "needs_you", "failed")
    #: ``json``, ``teams`` or ``slack``; empty for none. Where it goes is said by the environment alone.
    webhook: str = ""
    #: The end of the environment variables' names, for a job with a webhook of its own: ``FINANCE`` for
    #: ``REASSIGN_WEBHOOK_URL_FINANCE`` and ``REASSIGN_WEBHOOK_SECRET_FINANCE``.
    webhook_name: str = ""
    #: A report is attached up to so many bytes; else its path is named.
    attach: int = 5_000_000
    #: Where else these reports of a run are put, in a folder of its name; None for nowhere.
    reports: Path | None = None
    report_files: tuple[str, ...] = ("report.html", "report.xlsx", "rejects.csv")
    #: Runs that are over, and files in ``done`` and ``rejected``, are removed after so long; None: they stay.
    keep_runs: float | None = None
    keep_files: float | None = None
