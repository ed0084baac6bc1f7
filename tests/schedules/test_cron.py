"""The file for /etc/cron.d: by a strict reader of its grammar, by croniter, and by the shell that cron starts."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from datetime import UTC, datetime, time, timedelta

import pytest
from croniter import croniter
from hypothesis import given, settings

from batch.core.errors import UsageError
from batch.schedules import cron
from batch.schedules.task import Start
from tests.schedules.conftest import AMSTERDAM, HOSTILE, NAMES, task


def entries(text):
    """The lines that start something: five fields, account, command as sh gets it. Anything else has to be harmless.

    Rules of Debian's crontab(5) and cron(8): settings NAME=value; fields in range; a % that is not escaped ends the
    command; at most 998 bytes of it; the file ends with a line break.
    """
    assert text.endswith("\n")
    found = []
    for line in text.splitlines():
        if not line or line.startswith("#") or re.fullmatch(r"[A-Z_]+=(\"[^\"]*\"|[^\"'\s]*)", line):
            continue
        entry = re.fullmatch(r"(\d{1,2}) (\d{1,2}) \* \* \* ([a-z_][a-z0-9_-]*) (\S.*)", line)
        assert entry, line
        minute, hour, user, command = entry.groups()
        assert int(minute) < 60
        assert int(hour) < 24
        assert croniter.is_valid(f"{minute} {hour} * * *")
        assert not re.search(r"(?<!\\)%", command)
        assert len(command.encode()) <= 998
        found.append((f"{minute} {hour} * * *", user, command.replace("\\%", "%")))
    assert found
    return found


def lines(**more):
    (file,) = cron.schedule(task(**more)).files
    assert "." not in file.name
    return entries(file.text)


@settings(max_examples=40)
@given(NAMES.filter(lambda text: "\\" not in text))
def test_paths_come_back_from_the_command(name):
    nights = f"/data/{name}"
    _, user, command = lines(nights=nights, folder=f"/{name}")[0]
    words = shlex.split(command)
    assert words[words.index("--nights") + 1] == nights
    assert words[words.index("cd") + 1] == f"/{name}"
    assert f"REASSIGN_DATA={nights}/data" in words
    assert user == "license-reassign"


@pytest.mark.parametrize("name", HOSTILE)
def test_the_shell_starts_just_that(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    (tmp_path / "logger").write_text(f"#!/bin/sh\nexec cat > {shlex.quote(str(tmp_path / 'log'))}\n")
    program = folder / "reassign"
    program.write_text(
        "#!/usr/bin/env python3\nimport json, os, sys\n"
        "print(json.dumps([sys.argv, os.getcwd(), os.environ['REASSIGN_DATA']]))\n"
    )
    for script in (tmp_path / "logger", program):
        script.chmod(0o755)
    nights = str(folder / "nights")
    _, _, command = lines(program=str(program), folder=str(folder), nights=nights)[0]
    path = f"{tmp_path}:/usr/local/bin:/usr/bin:/bin"
    subprocess.run(["/bin/sh", "-c", command], check=True, env={"PATH": path, "LC_ALL": "C.UTF-8"})
    words, where, data = json.loads((tmp_path / "log").read_text("utf-8"))
    assert words == [str(program), "nightly", "--jobs", "/data/jobs", "--nights", nights, "--quiet"]
    assert (where, data) == (str(folder), f"{nights}/data")


def test_on_every_day_of_a_year_one_of_the_lines_is_right():
    fields = [fields for fields, _, _ in lines(starts=(Start(time(22), "Europe/Amsterdam"),))]
    assert fields == ["0 20 * * *", "0 21 * * *"]
    day = datetime(2026, 11, 23, 22, 0, tzinfo=AMSTERDAM)
    for n in range(366):
        moment = (day + timedelta(days=n)).astimezone(UTC)
        assert any(croniter.match(line, moment) for line in fields)


def test_by_the_clock_of_the_machine_there_is_one_line_a_start():
    found = lines(starts=(Start(time(22)), Start(time(2, 30)), Start(time(22))), user="batch")
    assert [(fields, user) for fields, user, _ in found] == [("30 2 * * *", "batch"), ("0 22 * * *", "batch")]


@pytest.mark.parametrize("name", ["nights", "it's here", "a b"])
def test_a_person_does_what_a_message_asks_for_as_the_account(name, tmp_path):
    folder = tmp_path / name
    folder.mkdir()
    told = cron.schedule(task(command=("echo", "ran:", "nightly"), folder=str(folder))).notes
    (prefix,) = [note.partition("the word reassign: ")[2] for note in told if "the word reassign: " in note]
    line = f"{prefix.removeprefix('sudo -u license-reassign ')} approve 'a b' --by Anna"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True)
    assert done.stdout == "ran: approve a b --by Anna\n"


@pytest.mark.parametrize(
    "more", [{"nights": "/data/a\\b"}, {"nights": "/" + "n" * 900}, {"user": "root;x"}, {"user": "Anna"}]
)
def test_what_cron_cannot_say_is_refused(more):
    with pytest.raises(UsageError):
        cron.schedule(task(**more))
