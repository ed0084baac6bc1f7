"""systemd: a service that does one pass, and a timer that starts it. man systemd.exec, .timer, .syntax."""

from __future__ import annotations

import re
import shlex

from batch.core.errors import UsageError
from batch.core.harmless import in_shell
from batch.schedules.clocks import jumped_over
from batch.schedules.people import account_commands, by_hand, checked_user, program_of
from batch.schedules.sealing import SEAL, sealed
from batch.schedules.task import ENVIRONMENT_FILE, LONGEST_HOURS, STOPPING_MINUTES, File, Schedule, Start, Task

FOLDER = "/etc/systemd/system"

_HOMES = ("/home", "/root", "/run/user")
_TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108  only compared with
_PLAIN = re.compile(r"[\w./@:,+=-]+", re.ASCII)
#: The clock jumps over some times of day once a year; systemd leaves such a night out. Dates are named so far ahead.
_YEARS = 10

_SERVICE = """\
# {seal}
# A pass of the nights of license-reassign: what is open is carried on, then what lies in the inboxes is taken.
[Unit]
Description=Move people from one Microsoft 365 licence to another
Wants=network-online.target
After=network-online.target
RequiresMountsFor={paths}

[Service]
Type=oneshot
ExecStart={command}
WorkingDirectory={folder}
User={user}
{environment}
# NAME=value lines for sign-in, mail and webhooks (AZURE_*, REASSIGN_*). Root's own, mode 0600: systemd reads it.
EnvironmentFile=-{environment_file}
# No failures of the service: 3, something goes on with the next night; 4, something waits for a person (the page of the
# night, mail and webhook say what); 7, another pass has the jobs in hand; 130, it was told to stop, and is carried on.
SuccessExitStatus=3 4 7 130
# Told to stop, it ends between two groups. A kill after that is safe as well: nothing is lost and nothing done twice.
KillSignal=SIGTERM
TimeoutStopSec={stopping}min
TimeoutStartSec={longest}h
Nice=5
IOSchedulingClass=best-effort
IOSchedulingPriority=6
UMask=0027

# What it may write to; all else is read-only, or not to be seen.
ProtectSystem=strict
ReadWritePaths={writes}
ProtectHome={homes}
PrivateTmp={temporary}
PrivateDevices=yes
ProtectProc=invisible
ProcSubset=pid
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
RestrictSUIDSGID=yes
RestrictRealtime=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
LockPersonality=yes
RemoveIPC=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
"""

_TIMER = """\
# {seal}
# When the nights of license-reassign begin. Look at the times that come: systemctl list-timers {name}.timer
[Unit]
Description=Nights of license-reassign

[Timer]
{calendar}
# A night that was missed, because the machine was off, is caught up when it is on again.
Persistent=true
AccuracySec=1min
RandomizedDelaySec=0
Unit={name}.service

[Install]
WantedBy=timers.target
"""


def names(name: str) -> tuple[str, ...]:
    """The files of a schedule of this name."""
    return f"{name}.service", f"{name}.timer"


def schedule(task: Task) -> Schedule:
    """The service and the timer. ``UsageError`` for an account or a path that a unit cannot name."""
    user = checked_user(task.user)
    service, timer = names(task.name)
    return Schedule(
        files=(File(name=service, text=_service(task, user)), File(name=timer, text=_timer(task))),
        before=(
            *account_commands(user, task),
            # Job files may lie there as well, and have to be read; the file itself is for root alone.
            f"install -d -m 0755 {in_shell(ENVIRONMENT_FILE.rpartition('/')[0])}",
            f"[ -e {ENVIRONMENT_FILE} ] || install -m 0600 /dev/null {ENVIRONMENT_FILE}",
        ),
        switch_on=(
            "systemctl daemon-reload",
            f"systemctl enable --now {timer}",
            f"systemctl list-timers {timer}",
        ),
        notes=tuple(_notes(task, user)),
    )


def quoted(text: str) -> str:
    """The text as one word of a setting that takes several: nothing in it is a specifier, a quote or an escape."""
    text = text.replace("%", "%%")
    if _PLAIN.fullmatch(text.replace("%%", "")):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _service(task: Task, user: str) -> str:
    text = _SERVICE.format(
        seal=SEAL,
        # Not the inboxes: a share that is away must not keep the other jobs from their night.
        paths=_listed((task.folder, task.jobs, task.nights)),
        command=_command(task.command),
        folder=_line(task.folder),
        user=user,
        environment="\n".join(f"Environment={quoted(f'{name}={text}')}" for name, text in _environment(task)),
        environment_file=ENVIRONMENT_FILE,
        stopping=STOPPING_MINUTES,
        longest=LONGEST_HOURS,
        writes=_listed(_missing_allowed(task)),
        homes="read-only" if _within(task, _HOMES) else "yes",
        # A temporary folder of its own would hide what lies in the real one.
        temporary="no" if _within(task, _TEMPORARY) else "yes",
    )
    return sealed(text)


def _environment(task: Task) -> list[tuple[str, str]]:
    # Its own __pycache__ folders are read-only: there is no use in trying.
    return [*task.environment.items(), ("PYTHONDONTWRITEBYTECODE", "1")]


def _timer(task: Task) -> str:
    calendar = "\n".join(line for start in task.starts for line in _calendar(start, task))
    return sealed(_TIMER.format(seal=SEAL, name=task.name, calendar=calendar))


def _calendar(start: Start, task: Task) -> list[str]:
    """Every day; and where the clock jumps over that time, its jump: systemd would leave those nights out."""
    zone = f" {start.zone}" if start.zone else ""
    lines = [f"OnCalendar=*-*-* {start.at:%H:%M}:00{zone}"]
    gaps = jumped_over(start.at, task.zone_of(start), task.now.date(), _YEARS)
    if gaps:
        lines.append(f"# On these nights there is no {start.at:%H:%M}: the clock is put forward.")
    return lines + [f"OnCalendar={gap:%Y-%m-%d %H:%M}:00{zone}" for gap in gaps]


def _command(words: tuple[str, ...]) -> str:
    """The command line. A colon before it switches variables off: a $ in the program's own path cannot be escaped."""
    if set(words[0]) & set("\"'\\"):
        raise UsageError(
            f"systemd starts no program with a quotation mark or a backslash in its path: {words[0]}.",
            "Install the program in another folder.",
        )
    colon = ":" if any("$" in word for word in words) else ""
    return colon + " ".join(map(quoted, words))


def _line(path: str) -> str:
    """The path as a setting that takes one: it is read to the end of the line, quotes and all."""
    if path != path.strip() or path.endswith("\\"):
        raise UsageError(
            f"systemd cannot name the folder “{path}”: it begins or ends with a blank or ends with a backslash.",
            "Rename it, or stand in another folder.",
        )
    return path.replace("%", "%%")


def _listed(paths: tuple[str, ...]) -> str:
    return " ".join(map(quoted, dict.fromkeys(paths)))


def _missing_allowed(task: Task) -> tuple[str, ...]:
    """What is written to; an inbox that is not there (a share, say) must not keep all other jobs from their night."""
    return tuple(path if path == task.nights else f"-{path}" for path in task.writes)


def _within(task: Task, places: tuple[str, ...]) -> list[str]:
    """Those paths of the task that lie in one of these places."""
    paths = (task.command[0], *task.program, task.folder, *task.reads, *task.writes)
    return [path for path in paths if any(path == place or path.startswith(f"{place}/") for place in places)]


def _by_hand(task: Task, user: str) -> str:
    settings = " ".join(f"-E {shlex.quote(f'{name}={text}')}" for name, text in task.environment.items())
    return (
        f"systemd-run --pty --collect --quiet --uid={user} --working-directory={shlex.quote(task.folder)} "
        f"-p EnvironmentFile=-{ENVIRONMENT_FILE} {settings} {program_of(task)}"
    )


def _notes(task: Task, user: str) -> list[str]:
    notes = [
        f"{ENVIRONMENT_FILE} holds what must not stand in a job: lines of NAME=value, for root's eyes alone.",
        "It writes to the folders of today's jobs only: install it again when a job gets another inbox or tenant file.",
        by_hand(user, _by_hand(task, user)),
    ]
    if personal := _within(task, _HOMES):
        notes.append(
            f"{personal[0]} lies in somebody's home: {user} can look into it only where its rights say so, and "
            "ProtectHome is read-only instead of yes. Better install the program and keep the nights elsewhere."
        )
    if passing := _within(task, _TEMPORARY):
        notes.append(f"{passing[0]} lies in a folder that is emptied now and then; keep nothing of the nights there.")
    return notes
