"""The table of nights, letter by letter where people read it, and as plain values."""

from __future__ import annotations

import json
from dataclasses import replace

from batch.core.nights import Need, Night, Outcome, SeatsLeft
from batch.reports.nights_table import night_value, nights_lines
from tests.reports.nights import START, earlier, empty, huge, job, killed, mixed, night, run

TABLE = """\
Night      Job              Files   Moved Refused Waiting  Seats left            Time  Ended as
2026-11-24 e4-to-e3             3     400       3     417  12 Office 365 E3   3:01:00  In part (3)
2026-11-24 sales-f3             2       0       0      40  -2 Microsoft 365…  0:00:42  Needs you (4)
2026-11-24 kiosk                0       0       0       0  –                  0:00:03  Failed (8)
2026-11-24 retired              0       0       0       0  –                  0:00:01  Nothing
2026-11-23 No night was held.
2026-11-22 No night was held.
2026-11-20 e4-to-e3             1       7       0       0  12 Office 365 E3   0:04:20  Done
2026-11-24 This night did not end: it is under way, or it was killed.
2026-11-24 e4-to-e3             1     148       0       0  12 Office 365 E3   0:04:20  Done
2026-11-24 sales-f3             1       0       0       0  –                        –  Did not end
2026-11-24 No job; exit code 2.
"""


def test_the_table_reads_well() -> None:
    lines = list(nights_lines([mixed(), earlier(4), killed(), replace(night(), exit_code=2)]))
    assert "\n".join(lines) + "\n" == TABLE


def test_it_fits_whatever_the_nights_say() -> None:
    seats = SeatsLeft(sku_id="s", name="x\x1b[31m" * 50, free=-(10**12))
    big = {"tonight": 10**7, "refused": 999_999, "waiting": 99_999_999, "seats": (seats,)}
    odd = job("y\n" * 300, Outcome.NEEDS_YOU, exit_code=9, ended_at=START + 10**8 * 3, runs=(run(**big),))
    dates = tuple(f"2025-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29))
    lines = list(nights_lines([replace(night(odd), missed=dates), huge(), empty()]))
    assert all(len(line) <= 100 and line.isprintable() for line in lines)
    assert "           Nor on 333 nights before." in lines
    assert lines[2].startswith("2025-12-28 No night")


def test_plain_values_hold_everything() -> None:
    one = replace(mixed(), jobs=(*mixed().jobs, job("x", needs=(Need(what="a", todo="b"),), ended_at=0)))
    value = json.loads(json.dumps(night_value(one)))
    assert set(value) == {*Night.__dataclass_fields__, "seconds"}
    assert value["began_at"] == "2026-11-24T01:00:00Z"
    assert (value["seconds"], value["exit_code"], value["missed"]) == (10_905, 8, ["2026-11-22", "2026-11-23"])
    sales = value["jobs"][1]
    assert (sales["outcome"], sales["runs"][0]["standing"], sales["files"][0]["fate"]) == (
        "needs_you",
        "approval",
        "held",
    )
    assert value["jobs"][-1]["ended_at"] is value["jobs"][-1]["seconds"] is None
    assert value["jobs"][-1]["needs"] == [{"what": "a", "todo": "b"}]
    assert [told["state"] for told in value["told"]] == ["sent", "due", "given_up"]
