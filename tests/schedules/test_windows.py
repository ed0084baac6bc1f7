"""The task for Windows, by the rules of the schema that Microsoft publishes."""

from __future__ import annotations

import re
from datetime import datetime, time
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.core.errors import UsageError
from batch.schedules import windows
from batch.schedules.task import Start
from tests.schedules.conftest import AMSTERDAM, HOSTILE, NAMES, task

NAMESPACE = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"

TRUTH = re.compile(r"true|false")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
SPAN = re.compile(r"P(?!$)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?")
PATH = re.compile(r".{1,260}", re.DOTALL)
ANY = re.compile(r".*", re.DOTALL)
SOME = re.compile(r".+", re.DOTALL)

#: "Task Scheduler Schema" and [MS-TSCH] 2.5 (Microsoft): what may stand in what. ``all``: each once at most, in any
#: order; ``sequence``: once at most, in this order; ``choice``: so many of any.
BASE = ("Enabled", "StartBoundary", "EndBoundary", "Repetition", "ExecutionTimeLimit", "RandomDelay")
RULES = {
    "Task": ("all", ("RegistrationInfo", "Triggers", "Settings", "Data", "Principals", "Actions")),
    "RegistrationInfo": (
        "all",
        ("URI", "SecurityDescriptor", "Source", "Date", "Author", "Version", "Description", "Documentation"),
    ),
    "Triggers": ("choice", ("BootTrigger", "TimeTrigger", "CalendarTrigger"), 48),
    "TimeTrigger": ("sequence", BASE),
    "CalendarTrigger": ("sequence", (*BASE, "ScheduleByDay")),
    "ScheduleByDay": ("all", ("DaysInterval",)),
    "Principals": ("sequence", ("Principal",)),
    "Principal": (
        "all",
        ("UserId", "LogonType", "GroupId", "DisplayName", "RunLevel", "ProcessTokenSidType", "RequiredPrivileges"),
    ),
    "Settings": (
        "all",
        (
            "AllowStartOnDemand",
            "RestartOnFailure",
            "MultipleInstancesPolicy",
            "DisallowStartIfOnBatteries",
            "StopIfGoingOnBatteries",
            "AllowHardTerminate",
            "StartWhenAvailable",
            "NetworkProfileName",
            "RunOnlyIfNetworkAvailable",
            "WakeToRun",
            "Enabled",
            "Hidden",
            "DeleteExpiredTaskAfter",
            "IdleSettings",
            "NetworkSettings",
            "ExecutionTimeLimit",
            "Priority",
            "RunOnlyIfIdle",
            "UseUnifiedSchedulingEngine",
            "DisallowStartOnRemoteAppSession",
        ),
    ),
    "Actions": ("choice", ("Exec",), 32),
    "Exec": ("all", ("Command", "Arguments", "WorkingDirectory")),
}
#: What the text of each element may be; those not named here are true or false.
VALUES = {
    "Author": ANY,
    "Description": ANY,
    "StartBoundary": MOMENT,
    "DaysInterval": re.compile(r"[1-9]|[1-9]\d|[12]\d\d|3[0-5]\d|36[0-5]"),
    "UserId": SOME,
    "LogonType": re.compile(r"S4U|Password|InteractiveToken|InteractiveTokenOrPassword"),
    "RunLevel": re.compile(r"LeastPrivilege|HighestAvailable"),
    "MultipleInstancesPolicy": re.compile(r"Parallel|Queue|IgnoreNew|StopExisting"),
    "ExecutionTimeLimit": SPAN,
    "Priority": re.compile(r"\d|10"),
    "Command": PATH,
    "Arguments": ANY,
    "WorkingDirectory": PATH,
}


def check(element):
    """That an element and all that is in it keep the rules."""
    name = element.tag.removeprefix(NAMESPACE)
    children = [child.tag.removeprefix(NAMESPACE) for child in element]
    if name not in RULES:
        assert not children
        assert VALUES.get(name, TRUTH).fullmatch(element.text or ""), (name, element.text)
        return
    kind, allowed, *most = RULES[name]
    assert set(children) <= set(allowed), name
    if kind == "choice":
        assert 1 <= len(children) <= most[0]
    else:
        assert len(children) == len(set(children))
    if kind == "sequence":
        assert children == sorted(children, key=allowed.index)
    for child in element:
        check(child)


def read(**more):
    """The task, as the bytes that are written are read back."""
    (file,) = windows.schedule(task(**more)).files
    content = file.text.encode(file.encoding)
    assert content.startswith((b"\xff\xfe", b"\xfe\xff"))
    root = ElementTree.fromstring(content)
    assert (root.tag, root.attrib) == (f"{NAMESPACE}Task", {"version": "1.4"})
    check(root)
    return root


def value(root, path):
    """The text of the one element at this path."""
    (found,) = root.findall("/".join(NAMESPACE + step for step in path.split("/")))
    return found.text


def taken_apart(line):
    """The words of a command line, as Microsoft documents CommandLineToArgvW (for all but the program's name)."""
    words, word, quoted, begun, at = [], "", False, False, 0
    while at < len(line):
        slashes = len(line) - at - len(line[at:].lstrip("\\"))
        at += slashes
        if at < len(line) and line[at] == '"':
            word, begun = word + "\\" * (slashes // 2), True
            if slashes % 2:
                word += '"'
            else:
                quoted = not quoted
            at += 1
            continue
        word, begun = word + "\\" * slashes, begun or slashes > 0
        if at < len(line):
            if line[at] in " \t" and not quoted:
                if begun:
                    words.append(word)
                word, begun = "", False
            else:
                word, begun = word + line[at], True
            at += 1
    return [*words, word] if begun else words


@given(st.lists(st.one_of(NAMES, st.text('a \\"', max_size=8)), max_size=5))
def test_words_come_back_from_the_command_line(words):
    words = [word for word in words if not re.search(r"%[^%]+%|\$\(", word)]
    assert taken_apart(windows.command_line(words)) == words


@settings(max_examples=25)
@given(NAMES)
def test_paths_come_back_from_the_task(name):
    nights = f"C:\\data\\{name}\\"
    try:
        root = read(nights=nights, folder=nights)
    except UsageError:
        assert re.search(r"%[^%]+%|\$\(", nights)
        return
    assert taken_apart(value(root, "Actions/Exec/Arguments"))[-3:] == ["--nights", nights, "--quiet"]
    assert value(root, "Actions/Exec/WorkingDirectory") == nights


@pytest.mark.parametrize("name", [name for name in HOSTILE if "$(" not in name])
def test_hostile_programs_come_back(name):
    assert value(read(program=f"C:\\{name}\\reassign.exe"), "Actions/Exec/Command") == f"C:\\{name}\\reassign.exe"


def test_it_starts_when_it_should_and_once():
    root = read(starts=(Start(time(2), "Europe/Amsterdam"),), here=AMSTERDAM)
    assert value(root, "Settings/MultipleInstancesPolicy") == "IgnoreNew"
    assert value(root, "Settings/StartWhenAvailable") == "true"
    assert value(root, "Settings/DisallowStartIfOnBatteries") == "false"
    assert value(root, "Triggers/CalendarTrigger/StartBoundary") == "2026-11-24T02:00:00"
    jumps = [boundary.text for boundary in root.iterfind(f".//{NAMESPACE}TimeTrigger/{NAMESPACE}StartBoundary")]
    assert (len(jumps), jumps[0]) == (10, "2027-03-28T03:00:00")


def test_another_zone_is_reckoned_for_the_clock_of_the_machine():
    root = read(starts=(Start(time(22), "Europe/Amsterdam"),), now=datetime(2026, 11, 23, 20, 30, tzinfo=task().here))
    found = [boundary.text for boundary in root.iter(f"{NAMESPACE}StartBoundary")]
    assert found == ["2026-11-24T20:00:00", "2026-11-23T21:00:00"]


def test_there_are_never_more_triggers_than_the_schema_takes():
    starts = tuple(Start(time(2, minute), "Europe/Amsterdam") for minute in range(6))
    assert len(read(starts=starts, here=AMSTERDAM).find(f"{NAMESPACE}Triggers")) == 48


@pytest.mark.parametrize(
    ("user", "who", "logon", "registers"),
    [
        ("", "S-1-5-19", None, "schtasks /Create /XML"),
        ("CORP\\anna", "CORP\\anna", "S4U", "schtasks /Create /XML"),
        ("CORP\\nights$", "CORP\\nights$", "Password", "Register-ScheduledTask"),
    ],
)
def test_whom_it_runs_as(user, who, logon, registers):
    root = read(user=user)
    principal = root.find(f"{NAMESPACE}Principals/{NAMESPACE}Principal")
    assert principal.findtext(f"{NAMESPACE}UserId") == who
    assert principal.findtext(f"{NAMESPACE}LogonType") == logon
    assert principal.get("id") == root.find(f"{NAMESPACE}Actions").get("Context")
    assert registers in windows.schedule(task(user=user)).switch_on[0]


@pytest.mark.parametrize(
    "more",
    [
        {"nights": "C:\\%TEMP%\\nights"},
        {"folder": "C:\\$(Arg0)"},
        {"folder": "C:\\" + "n" * 258},
        {"user": 'a" /x'},
    ],
)
def test_what_a_task_cannot_say_is_refused(more):
    with pytest.raises(UsageError):
        windows.schedule(task(**more))
