"""The units, read back by the rules of systemd.syntax, and by systemd itself where it is."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import time

import pytest
from hypothesis import given

from batch.core.errors import UsageError
from batch.schedules import systemd
from batch.schedules.task import Start
from tests.schedules.conftest import AMSTERDAM, HOSTILE, NAMES, task

ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not on this machine")


def settings(text):
    """Every setting of a unit: (section, name) → its values."""
    found, section = {}, ""
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault((section, name), []).append(value)
    return found


def words(value):
    """Words as systemd.syntax has them: quotes, backslash before what stays as it is; then %% for a percent sign."""
    found = re.findall(r'"((?:[^"\\]|\\.)*)"|([^\s"]+)', value)
    return [re.sub(r"\\(.)", r"\1", quoted or bare).replace("%%", "%") for quoted, bare in found]


def units(**more):
    service, timer = systemd.schedule(task(**more)).files
    return settings(service.text), settings(timer.text)


@given(NAMES, NAMES)
def test_words_come_back_whatever_stands_in_them(one, two):
    assert words(f"{systemd.quoted(one)} {systemd.quoted(f'/x/{two}')}") == [one, f"/x/{two}"]
    assert not re.search(r"(?<!%)(?:%%)*%(?!%)", systemd.quoted(one))


@pytest.mark.parametrize("name", HOSTILE)
def test_paths_come_back_from_the_service(name):
    nights, inbox = f"/data/{name}/nights", f"/data/{name}/in"
    service, _ = units(nights=nights, folder=f"/data/{name}", writes=(nights, inbox))
    (command,) = service["Service", "ExecStart"]
    assert command.startswith(":") == ("$" in name)
    assert words(command.removeprefix(":"))[-3:] == ["--nights", nights, "--quiet"]
    assert words(service["Service", "ReadWritePaths"][0]) == [nights, f"-{inbox}"]
    assert service["Service", "WorkingDirectory"][0].replace("%%", "%") == f"/data/{name}"
    assert f"REASSIGN_DATA={nights}/data" in words(" ".join(service["Service", "Environment"]))


def test_the_service_is_closed_off():
    service, _ = units()
    expected = {
        "Type": "oneshot",
        "User": "license-reassign",
        "NoNewPrivileges": "yes",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "PrivateTmp": "yes",
        "CapabilityBoundingSet": "",
        "AmbientCapabilities": "",
        "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6",
        "UMask": "0027",
        "EnvironmentFile": "-/etc/license-reassign/env",
        "SuccessExitStatus": "3 4 7 130",
        "KillSignal": "SIGTERM",
        "TimeoutStopSec": "15min",
    }
    assert {name: service["Service", name] for name in expected} == {k: [v] for k, v in expected.items()}


@pytest.mark.parametrize(
    ("place", "homes", "temporary"),
    [("/data", "yes", "yes"), ("/home", "read-only", "yes"), ("/root", "read-only", "yes"), ("/var/tmp", "yes", "no")],
)
def test_what_is_needed_is_not_hidden(place, homes, temporary):
    service, _ = units(reads=("/".join((place, "anna", "jobs")),))
    assert service["Service", "ProtectHome"] == [homes]
    assert service["Service", "PrivateTmp"] == [temporary]


def test_homeland_is_no_home():
    assert units(reads=("/homeland/jobs",))[0]["Service", "ProtectHome"] == ["yes"]


def test_the_timer_has_every_start_and_the_nights_that_have_none():
    starts = (Start(time(22), "Europe/Amsterdam"), Start(time(2, 30), "Europe/Amsterdam"), Start(time(4)))
    _, timer = units(starts=starts)
    calendar = timer["Timer", "OnCalendar"]
    assert calendar[0] == "*-*-* 22:00:00 Europe/Amsterdam"
    assert calendar[1:3] == ["*-*-* 02:30:00 Europe/Amsterdam", "2027-03-28 03:00:00 Europe/Amsterdam"]
    assert calendar[-1] == "*-*-* 04:00:00"
    assert len(calendar) == 3 + 10
    assert timer["Timer", "Persistent"] == ["true"]
    assert timer["Install", "WantedBy"] == ["timers.target"]


def test_an_existing_file_of_secrets_is_not_emptied():
    before = systemd.schedule(task()).before
    assert "[ -e /etc/license-reassign/env ] || install -m 0600 /dev/null /etc/license-reassign/env" in before


@pytest.mark.parametrize(
    "more", [{"folder": "/data/ "}, {"folder": "/data\\"}, {"user": "Anna B"}, {"program": "/it's/x"}]
)
def test_what_a_unit_cannot_say_is_refused(more):
    with pytest.raises(UsageError):
        systemd.schedule(task(**more))


@needs_systemd
def test_systemd_finds_no_fault_even_with_hostile_names(tmp_path, placed):
    folder, place = tmp_path / "a \"b\" 'c' 50%d $e $${f} ü;", tmp_path / "50%d $e $${f} ü;"
    folder.mkdir()
    place.mkdir()
    program = place / "reassign"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    paths = placed(systemd.schedule(task(program=str(program), folder=str(folder), nights=str(folder / "nights"))))
    done = subprocess.run(
        [ANALYZE, "verify", "--man=no", "--recursive-errors=no", *paths], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs_systemd
def test_systemd_calls_the_exposure_low(placed):
    service = placed(systemd.schedule(task()))[0]
    done = subprocess.run(
        [ANALYZE, "security", "--offline=true", "--no-pager", service], capture_output=True, text=True, check=True
    )
    exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert float(exposure[1]) <= 1.5


@needs_systemd
def test_by_systemds_own_reckoning_the_night_of_the_jump_is_not_left_out():
    _, timer = units(here=AMSTERDAM, starts=(Start(time(2), "Europe/Amsterdam"),))
    done = subprocess.run(
        [ANALYZE, "calendar", "--base-time=2027-03-27 12:00:00 UTC", *timer["Timer", "OnCalendar"]],
        capture_output=True,
        text=True,
        check=True,
        env={"TZ": "UTC", "LC_ALL": "C"},
    )
    elapses = re.findall(r"Next elapse: \w+ (\S+ \S+) UTC", done.stdout)
    assert len(elapses) == len(timer["Timer", "OnCalendar"])
    assert min(elapses) == "2027-03-28 01:00:00"
