"""cron: a file for /etc/cron.d. man 5 crontab of Debian's cron (whose rules are the narrowest) and of cronie."""

from __future__ import annotations

import shlex

from batch.core.errors import UsageError
from batch.schedules.clocks import times_here
from batch.schedules.people import account_commands, by_hand, checked_user, program_of
from batch.schedules.sealing import SEAL, sealed
from batch.schedules.task import ENVIRONMENT_FILE, File, Schedule, Task

FOLDER = "/etc/cron.d"

#: Longer commands are cut or refused (MAX_COMMAND of the cron that Debian has).
_LONGEST = 998
#: In sh: the variables that must not stand in the line.
_VARIABLES = f"set -a && {{ [ ! -r {ENVIRONMENT_FILE} ] || . {ENVIRONMENT_FILE}; }} && set +a"

_TEXT = """\
# {seal}
# Nights of license-reassign: what is open is carried on, then what lies in the inboxes is taken.
# One that overlaps another, or comes too early, does no harm: locks and windows of time keep them apart.
{times}
# Variables for sign-in, mail and webhooks stand in {environment_file}, as NAME='value', one a line.
# What it says goes to the system's log (journalctl -t {name}). cron makes nothing of exit codes: 3 (something goes on
# with the next night) and 4 (something waits for a person) are told by the page of the night, mail and webhook.
SHELL=/bin/sh
PATH=/usr/bin:/bin
MAILTO=""
{lines}
"""


def names(name: str) -> tuple[str, ...]:
    """The file of a schedule of this name; cron takes no file with a dot in its name."""
    return (name,)


def schedule(task: Task) -> Schedule:
    """The file for cron. ``UsageError`` for an account or a path that it cannot name."""
    user = checked_user(task.user)
    lines = "\n".join(f"{at} {user} {_command(task)}" for at in _times(task))
    text = _TEXT.format(seal=SEAL, times=_told(task), environment_file=ENVIRONMENT_FILE, name=task.name, lines=lines)
    return Schedule(
        files=(File(name=task.name, text=sealed(text)),),
        before=(
            *account_commands(user, task),
            f"install -d -m 0755 {ENVIRONMENT_FILE.rpartition('/')[0]}",
            f"[ -e {ENVIRONMENT_FILE} ] || install -m 0640 -g {user} /dev/null {ENVIRONMENT_FILE}",
        ),
        # cron looks for new files by itself, every minute.
        switch_on=(),
        notes=tuple(_notes(task, user)),
    )


def _times(task: Task) -> list[str]:
    """The five fields of each time by the machine's clock. Not every cron knows CRON_TZ, so it is never asked to."""
    found = [
        at for start in task.starts for at in times_here(start.at, task.zone_of(start), task.here, task.now.date())
    ]
    return [f"{at.minute} {at.hour} * * *" for at in sorted(set(found))]


def _told(task: Task) -> str:
    meant = ", ".join(map(str, task.starts))
    return f"# Meant: {meant}. Below by the clock of the machine, once for each season where the two differ."


def _command(task: Task) -> str:
    """The command of the line: where, with which variables, and its words into the log, so that none gets lost."""
    settings = " ".join(f"{name}={_word(text)}" for name, text in task.environment.items())
    words = " ".join(map(_word, task.command))
    command = (
        f"{{ cd {_word(task.folder)} && {_VARIABLES} && {settings}{' ' if settings else ''}{words}; }} 2>&1 "
        f"| logger -t {task.name}"
    )
    if len(command.encode("utf-8")) > _LONGEST:
        raise UsageError(
            f"The line would have more than the {_LONGEST} bytes that cron takes for a command.",
            "Use shorter names of folders, or systemd: reassign schedule install --for systemd",
        )
    return command


def _word(text: str) -> str:
    """The text as one word of sh, and with cron's own escape: it takes a bare % for the end of the line."""
    if "\\" in text:
        raise UsageError(
            f"cron cannot name “{text}”: what it makes of a backslash is not the same everywhere.",
            "Rename the file or folder, or use systemd: reassign schedule install --for systemd",
        )
    return shlex.quote(text).replace("%", "\\%")


def _by_hand(task: Task, user: str) -> str:
    settings = "".join(f"{name}={shlex.quote(text)} " for name, text in task.environment.items())
    script = f'cd {shlex.quote(task.folder)} && {_VARIABLES} && {settings}{program_of(task)} "$@"'
    return f"sudo -u {user} sh -c {shlex.quote(script)} reassign"


def _notes(task: Task, user: str) -> list[str]:
    notes = [
        f"{ENVIRONMENT_FILE} holds what must not stand in a job, as NAME='value', one a line; {user} has to be able to "
        "read it, and nobody else.",
        "cron does not catch up a night on which the machine was off; the next one says that it was missed. Several "
        "passes in a night do no harm, and systemd catches up by itself.",
        by_hand(user, _by_hand(task, user)),
    ]
    if len(_times(task)) > len(task.starts):
        notes.append(
            "A time zone other than the machine's: there is a line for each season, so that one of them is right on "
            "any day. The other finds the window closed, or nothing more to do."
        )
    return notes
