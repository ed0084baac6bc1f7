"""The account that the nights run under on Linux: its own, with no password and no shell."""

from __future__ import annotations

import re
import shlex

from batch.core.errors import UsageError
from batch.core.harmless import in_shell, legible
from batch.schedules.task import Task

USER = "license-reassign"

#: What useradd takes everywhere.
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,30}")


def checked_user(name: str) -> str:
    """The account's name, ours for none. ``UsageError`` for what cannot be one."""
    user = name or USER
    if not _USER.fullmatch(user):
        raise UsageError(f"“{legible(user)[:60]}” is no name of an account here.", f"Write it like {USER}: --user NAME")
    return user


def by_hand(user: str, prefix: str) -> str:
    """The note on how people do what a message asks for; ``prefix`` stands in place of the program's name."""
    return (
        f"What the page and messages ask for is done as {user}, whose folders the runs are; as root, instead of the "
        f"word reassign: {prefix}"
    )


def program_of(task: Task) -> str:
    """The program as words of sh, without what it is to do."""
    return shlex.join(task.command[: task.command.index("nightly")])


def account_commands(user: str, task: Task) -> tuple[str, ...]:
    """The commands that make the account, and let it into the folders that it writes to.

    Folders that others use as well (inboxes) keep their owner: they get a line more in their access list.
    """
    shared = [path for path in task.writes if path != task.nights]
    return (
        f"id {user} || useradd --system --user-group --no-create-home --shell /usr/sbin/nologin {user}",
        f"install -d -o {user} -g {user} -m 0750 {in_shell(task.nights)}",
        *(f"mkdir -p {in_shell(path)}" for path in shared),
        *(f"setfacl -R -m u:{user}:rwX -m d:u:{user}:rwX {in_shell(path)}" for path in shared),
    )
