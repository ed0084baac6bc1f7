"""A task as the wiring makes it, and the names that people give to folders."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import strategies as st

from batch.schedules.task import Start, Task

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
UTC = ZoneInfo("UTC")

#: What can stand in the name of a file or folder; a line break and the like are refused (test_task).
NAMES = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cn", "Cf")), min_size=1, max_size=20)
HOSTILE = (
    "a b",
    "50% off",
    'say "x"',
    "it's",
    "$HOME ${x} $(id)",
    "`id`",
    "ü ñ 夜 😀",
    "<&>",
    "#1; rm",
    "-x",
    "{{j}}: *",
)


def task(*, program="/opt/reassign/bin/reassign", nights="/data/nights", jobs="/data/jobs", here=UTC, **more):
    """A task at two in the night in Amsterdam, seen from a machine in UTC."""
    zones = {"Europe/Amsterdam": AMSTERDAM, "America/New_York": ZoneInfo("America/New_York")}
    return Task(
        **{
            "name": "license-reassign-nightly",
            "command": (program, "nightly", "--jobs", jobs, "--nights", nights, "--quiet"),
            "folder": "/data",
            "starts": (Start(time(2), "Europe/Amsterdam"),),
            "zones": zones,
            "user": "",
            "jobs": jobs,
            "nights": nights,
            "to": "/out",
            "writes": (nights,),
            "reads": (jobs,),
            "environment": {"REASSIGN_DATA": f"{nights}/data"},
            "now": datetime(2026, 11, 23, 15, 0, tzinfo=here),
            **more,
        }
    )


@pytest.fixture
def placed(tmp_path):
    """Write the files of a schedule into a folder, as they are."""

    def write(schedule):
        for file in schedule.files:
            (tmp_path / file.name).write_bytes(file.text.encode(file.encoding))
        return [tmp_path / file.name for file in schedule.files]

    return write
