"""The commented example of a job file, of which `reassign job init` makes one. jobs/example.toml is a copy of it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from batch.core.errors import UsageError

#: Lines of the example in which something may be filled in.
_NAME, _INBOX = 'name = "Office 365 E4 to E3"', 'folder = "../inbox"'
_FROM, _TO = 'from = "Office 365 E4"', 'to = "Office 365 E3"'


def write_job(path: Path, *, source: str = "", target: str = "", inbox: Path | None = None) -> None:
    """Write a job file to be filled in; what is given stands in it. Raises ``UsageError`` rather than overwrite one."""
    if path.suffix != ".toml":
        raise UsageError(f"{path} does not end in .toml, so no job would be found there.", f"Say {path}.toml")
    text = EXAMPLE
    if source and target:
        text = _filled(text, _NAME, f"{source} to {target}")
    for line, given in ((_FROM, source), (_TO, target), (_INBOX, _beside(path.parent, inbox) if inbox else "")):
        text = _filled(text, line, given) if given else text
    _write_new(path, text)


def _filled(text: str, line: str, value: str) -> str:
    """The text with another value in this line; one in a comment stays as it is."""
    if not value.isprintable():
        raise UsageError(f"{value!a} cannot stand in a job file.", "Use a name without invisible characters.")
    key = line.partition(" = ")[0]
    # What JSON writes of printable text, TOML reads.
    return text.replace(f"\n{line}\n", f"\n{key} = {json.dumps(value, ensure_ascii=False)}\n")


def _beside(folder: Path, path: Path) -> str:
    """The path from the folder of the job file, where there is a way; with slashes, which every system takes."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive
        return path.resolve().as_posix()


def _write_new(path: Path, text: str) -> None:
    """The file with this text, whole or not at all; never in the place of another."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("x", encoding="utf-8", newline="\n")
    except FileExistsError as error:
        raise UsageError(f"{error.filename or path} is there already, and stays.", "Name another file.") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}.", "Name another folder.") from error
    try:
        with file:
            file.write(text)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise UsageError(f"{path} cannot be written: {error.strerror or error}.", "Make room on the disk.") from error


EXAMPLE = """\
# A job: a declared piece of work. Every key that there is stands here; what begins with "# " and a key is left out,
# and then the default that its comment names holds. A key that is not known is refused by name.
# Names of files are looked for from the folder of this file. Times are written like "90s", "10m", "24h" or "7d".
# No secret, and no address that is one, belongs here: the environment says them (reassign job check FILE tells which).

[job]
# What this piece of work is called in reports and messages. Default: the products that it moves between.
name = "Office 365 E4 to E3"

# --- What goes in -----------------------------------------------------------------------------------------------------

[inbox]
# The folder into which files are dropped. `reassign nightly` takes them into taken/, then done/, rejected/ or held/ in
# it. Instead of this table: users in [sheets], for files at a fixed place.
folder = "../inbox"
# Names of the files that are meant for this job. Default: every kind of sheet (csv, xlsx, xls, ods, json and so on).
# files = ["users-*.csv", "users-*.xlsx"]
# For how long the size and the time of a file have to stay as they are before it is taken, 1s to 1d. Default: "60s".
# quiet = "60s"
# A file with so much fewer rows than the one before it is held for a person; "never" for no such bound. Default: "50%".
# shrink = "50%"

[sheets]
# Who holds what, or who shall move: CSV, Excel, OpenDocument or JSON; one file or a list, or a pattern for the names
# of files in one folder. Not beside an [inbox].
# users = "../exports/users-*.csv"
# What was bought: the export of Billing > Licenses. One file or a list, or a pattern. Default: the tenant says it.
# licenses = "../exports/licenses-*.csv"
# Of the files that a pattern fits, only the one that was written last. Default: false, all of them.
# newest = true
# What a column means, where the guess is wrong (`reassign check SHEET` shows what was guessed).
# map = { "Login of person" = "user", "Product now" = "holds" }
# The text encoding, where the guess is wrong.
# encoding = "cp1252"
# The one sheet to read of workbooks of people. Default: all of them.
# sheet = "March"
# Lists of people and groups to be left alone, whatever the sheets ask.
# protect = ["leave-alone.csv"]

# --- What is asked ----------------------------------------------------------------------------------------------------

[move]
# The licence that goes and the one that comes: a name, a part number (ENTERPRISEWITHSCAL) or an id.
from = "Office 365 E4"
to = "Office 365 E3"
# Given to people who have no usage location, as part of their move. Default: their rows are blocked.
# usage_location = "NL"

# Instead of from and to: as many rules as needed; the first that fits a person counts. They need sheets that say who
# holds what, and a column for each thing that they ask for.
# [[rule]]
# Who holds this product …
# holds = "Office 365 E4"
# … and is of one of these departments, and has one of these usage locations (default: whichever) …
# department = ["Sales", "Marketing"]
# usage_location = ["NL", "BE"]
# … gets this one instead, or these.
# to = "Office 365 E3"

[services]
# What of the old licence is lost for good has a name, and blocks a row until it is accepted here by that name
# (`reassign plan` names them: "voice" for E4, of which nothing in E3 takes the place). Default: none is accepted.
# accept = ["voice"]
# Services that the new licence has and the old one had not: "inherit" (they stay off), "all-on" (what Microsoft does)
# or "template" (those of the list). Default: "inherit".
# new = "template"
# template = ["FORMS_PLAN_E3"]
# Block rows whose services exclude or need each other, instead of naming them. Default: false.
# strict = true

# --- Where ------------------------------------------------------------------------------------------------------------

[tenant]
# Where the licences live: "graph" for Microsoft 365, "practice:FILE" for a practice tenant, "copy:FILE" for a
# throw-away duplicate of it. Default: a practice tenant that is made anew from the sheets of each run.
at = "graph"
# The cloud of Microsoft 365: global, usgov, usgov-dod or china. Default: "global".
# cloud = "global"
# The way of signing in: secret, certificate, managed-identity, workload, cli or device-code (which needs a person).
# Default: as the AZURE_* variables tell. What it needs stands in those variables, never in a file.
# sign_in = "certificate"
# Faults of a practice tenant, for a rehearsal. Default: none.
# faults = "seed=7,throttle=0.1"

# --- Bounds -----------------------------------------------------------------------------------------------------------

[limits]
# A plan that moves more people than this is held for a person. Default: no such bound.
max_changes = 1000
# And one that moves more than this share of those who hold what goes. Default: no such bound.
# max_share = "20%"
# When seats run out, move those who fit. Default: false, the plan is held for a person.
# allow_short = true
# Changes that are sent together, 1 to 20, and groups on their way at the same time, 1 to 64. Default: 20 and 4.
# group_size = 20
# in_flight = 4
# How often one change is tried before it counts as exhausted, 1 to 100. Default: 10.
# tries = 10
# The share of failed changes at which the run stops itself. Default: "25%".
# stop_at = "25%"
# For so many seconds the tenant may still show what was before. Default: 300 for Microsoft 365.
# settle = 300
# The writes that Microsoft 365 takes in a time; "none" for no bound. Default: "3000/150s".
# write_quota = "1500/150s"
# Move so many people first, look at them, then five times as many, and so on. Default: all in one go.
# pilot = 20
# Send only at this time of day; a run stops between groups at its end and goes on the next time. Default: at any time.
# window = "22:00-05:00"
# The time zone of the window. Default: the machine's own.
# timezone = "Europe/Amsterdam"
# A plan that was not begun after so long is refused and made again. Default: it may have any age.
# max_age = "24h"
# Wait for a second person's word before anything is sent (reassign approve RUN). Default: false.
# approval = true

# --- Nights -----------------------------------------------------------------------------------------------------------

[nightly]
# Whether `reassign nightly` does this job; named, it does it all the same. Switch it on once `reassign job check`
# finds nothing wrong and `reassign plan FILE --users SHEET` plans what you mean. Default: true.
enabled = false
# Jobs with a lower number go first, then by name. Default: 100.
# priority = 100
# How often a night is expected; a gap of more is said. Default: "1d".
# every = "1d"
# At most so many people are sent (for the first time) in one night, by all jobs of this tenant together. A night lasts
# from noon to noon. Default: no such bound.
# daily_cap = 500
# A plan that waits for a person is given up after so long. Default: "14d".
# give_up = "14d"

[notify]
# Who gets e-mail: an address or a list. Default: nobody. The server: REASSIGN_SMTP_HOST, REASSIGN_SMTP_FROM and others.
# mail = ["licences@contoso.com"]
# Of what people are told: done, part, needs_you, failed. Default: all four.
# on = ["part", "needs_you", "failed"]
# A webhook: "json" (signed), "teams" or "slack". Default: none. Its address: REASSIGN_WEBHOOK_URL.
# webhook = "teams"
# For a webhook of this job's own: REASSIGN_WEBHOOK_URL_FINANCE. Capitals, digits and _. Default: the one for all.
# webhook_name = "FINANCE"
# A report is attached to e-mail up to this size, else its place is named; 0 for never. Default: "5MB".
# attach = "5MB"

[reports]
# Where the reports of each run are put as well, in a folder of its name. Default: nowhere else than in the nights' own.
# folder = "../reports"
# Which of them: report.html, report.xlsx, results.csv, rejects.csv, result.json. Default: these three.
# files = ["report.html", "report.xlsx", "rejects.csv"]

[keep]
# Runs that are over are removed after so long, at least "1d". Default: they stay.
# runs = "365d"
# And files in done/ and rejected/ of the inbox. Default: they stay.
# files = "90d"

# --- By hand ----------------------------------------------------------------------------------------------------------

# [out]
# The folder for a single run, for a job that is run by hand. Default: a new folder below runs/, or below the nights.
# folder = "../runs/sample"
"""
