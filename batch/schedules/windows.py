"""Windows Task Scheduler: a task as XML, by the schema that Microsoft publishes ([MS-TSCH] 2.5, version 1.4)."""

from __future__ import annotations

import re
from datetime import time
from pathlib import PureWindowsPath
from xml.sax.saxutils import escape

from batch.core.errors import UsageError
from batch.core.harmless import legible
from batch.core.window import next_at
from batch.schedules.clocks import jumped_over, times_here
from batch.schedules.sealing import SEAL, sealed
from batch.schedules.task import LONGEST_HOURS, File, Schedule, Task

#: LOCAL SERVICE: no password to keep, the least rights on the machine, and it reaches the network.
ACCOUNT = "S-1-5-19"

#: [MS-TSCH] 2.5: a path has at most so many characters.
_LONGEST_PATH = 260
_ACCOUNT = re.compile(r"[^\"/\[\]:;|=,+*?<>\x00-\x1f]{1,100}")
#: The Task Scheduler puts variables in their place, and knows no way to write such a text otherwise.
_VARIABLE = re.compile(r"%[^%]+%|\$\(")

_TASK = """\
<?xml version="1.0" encoding="UTF-16"?>
<!-- {seal} -->
<Task version="1.4" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Author>license-reassign</Author>
    <Description>Moves people from one Microsoft 365 licence to another, at night. As last result, 3 (something goes \
on with the next night) and 4 (something waits for a person) are no failures: the page of the night says \
what.</Description>
  </RegistrationInfo>
  <Triggers>
{triggers}
  </Triggers>
  <Principals>
    <Principal id="Author">
{principal}
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <AllowHardTerminate>true</AllowHardTerminate>
    <StartWhenAvailable>true</StartWhenAvailable>
    <RunOnlyIfNetworkAvailable>false</RunOnlyIfNetworkAvailable>
    <AllowStartOnDemand>true</AllowStartOnDemand>
    <Enabled>true</Enabled>
    <Hidden>false</Hidden>
    <RunOnlyIfIdle>false</RunOnlyIfIdle>
    <WakeToRun>true</WakeToRun>
    <ExecutionTimeLimit>PT{longest}H</ExecutionTimeLimit>
    <Priority>7</Priority>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{command}</Command>
      <Arguments>{arguments}</Arguments>
      <WorkingDirectory>{folder}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"""

# No zone in it: the clock of the machine, in summer and in winter.
_TRIGGER = """\
    <CalendarTrigger>
      <Enabled>true</Enabled>
      <StartBoundary>{begins}</StartBoundary>
      <ScheduleByDay>
        <DaysInterval>1</DaysInterval>
      </ScheduleByDay>
    </CalendarTrigger>"""


# For nights on which the clock jumps over that time: what Windows does then is not specified (article 325413).
_JUMP = """\
    <TimeTrigger>
      <Enabled>true</Enabled>
      <StartBoundary>{begins}</StartBoundary>
    </TimeTrigger>"""
_YEARS = 10
#: [MS-TSCH] 2.5.3: a task has at most so many triggers.
_MOST_TRIGGERS = 48


def names(name: str) -> tuple[str, ...]:
    """The file of a schedule of this name."""
    return (f"{name}.xml",)


def schedule(task: Task) -> Schedule:
    """The task as XML. ``UsageError`` for an account or a path that it cannot name."""
    program, *words = task.command
    text = _TASK.format(
        seal=SEAL,
        triggers="\n".join(_triggers(task)),
        principal=_principal(task.user),
        longest=LONGEST_HOURS,
        command=escape(_path(program)),
        arguments=escape(command_line(words)),
        folder=escape(_path(task.folder)),
    )
    (name,) = names(task.name)
    return Schedule(
        files=(File(name=name, text=sealed(text), encoding="utf-16"),),
        before=_before(task),
        switch_on=(
            _registration(task, str(PureWindowsPath(task.to, name))),
            f"schtasks /Query /TN {task.name} /V /FO LIST",
        ),
        notes=tuple(_notes(task)),
    )


def command_line(words: list[str]) -> str:
    """The words as CommandLineToArgvW takes them apart again.

    Microsoft's rule: a quote is escaped by a backslash, and backslashes are doubled where a quote follows them.
    """
    return " ".join(_quoted(_plain(word)) for word in words)


def _quoted(word: str) -> str:
    if word and not re.search(r'[\s"]', word):
        return word
    word = re.sub(r'(\\*)"', r'\1\1\\"', word)
    return '"' + re.sub(r"(\\+)$", r"\1\1", word) + '"'


def _plain(text: str) -> str:
    if _VARIABLE.search(text):
        raise UsageError(
            f"The Task Scheduler cannot name “{text}”: it would take a part of it for a variable.",
            "Rename the file or folder, so that it has no pair of % and no $( in its name.",
        )
    return text


def _path(text: str) -> str:
    if len(text) > _LONGEST_PATH:
        raise UsageError(
            f"{text} has more than the {_LONGEST_PATH} characters that the Task Scheduler takes.",
            "Use a shorter path.",
        )
    return _plain(text)


def _times(task: Task) -> list[time]:
    found = {
        at for start in task.starts for at in times_here(start.at, task.zone_of(start), task.here, task.now.date())
    }
    return sorted(found)


def _triggers(task: Task) -> list[str]:
    """Each time of day from the first one that is still to come: a past one would be caught up at once."""
    times = _times(task)
    gaps = [gap for at in times for gap in jumped_over(at, task.here, task.now.date(), _YEARS)]
    daily = [_TRIGGER.format(begins=f"{next_at(at, task.now):%Y-%m-%d}T{at:%H:%M}:00") for at in times]
    jumps = [_JUMP.format(begins=f"{gap:%Y-%m-%dT%H:%M}:00") for gap in sorted(gaps)]
    return (daily + jumps)[:_MOST_TRIGGERS]


def _is_managed(user: str) -> bool:
    """A group managed service account: its name ends with a $, and Windows itself keeps its password."""
    return user.endswith("$")


def _principal(user: str) -> str:
    """Who it runs as. Accounts of services log on by themselves; others without a password that is kept (S4U)."""
    if user and not _ACCOUNT.fullmatch(user):
        raise UsageError(f"“{legible(user)[:60]}” is no name of an account.", "Write it like DOMAIN\\name.")
    logon = "" if not user else "Password" if _is_managed(user) else "S4U"
    lines = [f"      <UserId>{escape(user or ACCOUNT)}</UserId>"]
    return "\n".join([*lines, f"      <LogonType>{logon}</LogonType>"] if logon else lines)


def _registration(task: Task, path: str) -> str:
    """The command that registers the task. schtasks asks for a password that a managed account does not have."""
    if _is_managed(task.user):
        return (
            f'powershell -Command "Register-ScheduledTask -TaskName {task.name} -Xml (Get-Content -Raw -LiteralPath '
            f"'{_in_powershell(path)}')\""
        )
    return f'schtasks /Create /XML "{path}" /TN {task.name}'


def _in_powershell(path: str) -> str:
    return path.replace("'", "''")


def _before(task: Task) -> tuple[str, ...]:
    who = task.user or f"*{ACCOUNT}"
    writes = (f'icacls "{path}" /grant "{who}:(OI)(CI)M"' for path in task.writes)
    # Elsewhere than in somebody's profile everybody may read programs.
    personal = (path for path in task.program if "\\users\\" in path.casefold())
    reads = (f'icacls "{path}" /grant "{who}:(OI)(CI)RX"' for path in (*task.reads, *personal))
    return (f'mkdir "{task.nights}"', *writes, *reads)


def _notes(task: Task) -> list[str]:
    notes = [
        "All of these are for a command prompt that was opened with Run as administrator.",
        "A task has no place for variables of its own. For sign-in, mail and webhooks (AZURE_*, REASSIGN_*), set those "
        "of the account: "
        + (
            "log on as it and use setx NAME VALUE."
            if task.user
            else f'reg add "HKU\\{ACCOUNT}\\Environment" /v NAME /t REG_SZ /d VALUE, once for each.'
        ),
    ]
    if not task.user:
        notes.append(
            "It runs as LOCAL SERVICE, which has no password and reaches no share of the network. For an inbox on a "
            "share name a group managed service account: --user DOMAIN\\name$"
        )
    elif not _is_managed(task.user):
        notes.append(
            f"{task.user} is logged on without a password (S4U): it reaches Microsoft 365, but no share of the network "
            "and no encrypted file. For those name a group managed service account: --user DOMAIN\\name$"
        )
    zones = {start.zone for start in task.starts if start.zone}
    if zones:
        notes.append(
            f"The Task Scheduler knows the clock of the machine only: {', '.join(sorted(zones))} was reckoned for one "
            "that is set to the time zone of this one."
        )
    return notes
