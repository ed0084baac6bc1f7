"""`reassign show --nights`: the nights and what each job did in them, from the book of nights alone."""

from __future__ import annotations

import json
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batch.cli.telling import say

if TYPE_CHECKING:
    from batch.core.night_book import NightBook

#: Where the nights are, and how many of them are shown, unless said otherwise.
FOLDER, LAST = Path("nights"), 14


def show_nights(folder: Path, *, job: str | None, last: int, as_json: bool) -> None:
    """The last nights of this folder, newest first; ``job``: what this one did, in the last nights that it was in.

    Raises ``UsageError`` for a job that no night had, and what reading the book raises.
    """
    from batch.core.night_story import nights_told
    from batch.reports.nights_table import night_value, nights_lines
    from batch.runs.night_store import book_of

    book = book_of(folder)
    if job:
        # A file may be named for what it is.
        _leave_only(book, job.removesuffix(".toml"))
    nights = nights_told(book, last)
    if as_json:
        click.echo(json.dumps([night_value(night) for night in nights]))
    elif not nights:
        say([f"No nights in {folder}."])
    else:
        # Not fitted to a narrower terminal: the columns would no longer stand below each other.
        say(nights_lines(nights))


def _leave_only(book: NightBook, name: str) -> None:
    """Take every other job out of the book, and the nights that this one was not in: thousands of runs are quick."""
    from batch.core.errors import UsageError

    known = {job for job, _ in book.turns}
    if known and name not in known:
        near = get_close_matches(name, known, n=1)
        raise UsageError(
            f"No night had a job {name}.{f' Did you mean {near[0]}?' if near else ''}",
            "See the jobs of the last nights: reassign show --nights",
        )
    book.turns = {key: turn for key, turn in book.turns.items() if turn.job == name}
    book.deliveries = {id_: delivery for id_, delivery in book.deliveries.items() if delivery.job == name}
    book.messages = {id_: due for id_, due in book.messages.items() if due.job == name}
    nights = {night for _, night in book.turns}
    book.passes = {id_: one for id_, one in book.passes.items() if one.night in nights}
