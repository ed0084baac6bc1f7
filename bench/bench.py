"""Speed and memory of the whole tool, as ratios in one run: `make bench`.

    python bench/bench.py [--rows N] [--only NAME …] [--json FILE]

Seconds differ from machine to machine and from hour to hour; how two ways compare, measured in turn in one run, does
not. Every figure is of processes of its own, and a median of at least three where one does not take half a minute or
more (over_http.py says what counts there). Prints a table, and exits with 1 when a target is missed. With fewer --rows
than a million the targets are the same and harder: starting up weighs more.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import over_http
from figures import Figure, at_least, at_most
from ground import HERE, OUT, PYTHON, REASSIGN, plan, planned, sheets, tenant
from measure import cost, in_turn, median

MILLION = 1_000_000
GIGABYTE = 1e9
HEAVY = {"aiohttp", "azure", "msal", "cryptography", "asyncio", "ssl", "sqlite3", "pandas"}


def planning(rows: int) -> Iterator[Figure]:
    """The plan against a bare reading of its sheet; then, for information, check and reports of the same rows."""
    folder = sheets("mixed", rows)
    tenant(folder)
    bare = [PYTHON, "-c", "import pandas; pandas.read_csv('users.csv', dtype=str)"]
    ours, theirs = in_turn(3, lambda: plan(folder), lambda: cost(bare, folder))
    ratio = median([c.wall for c in ours]) / median([c.wall for c in theirs])
    yield at_most("plan", f"plan of {rows:,} rows, times a bare pandas.read_csv", ratio, 8)
    computing = median([c.cpu for c in ours]) / median([c.cpu for c in theirs])
    yield Figure("plan", "the same in computing time alone", f"{computing:.2f} ×")
    yield at_most("plan", "memory of that plan at most", max(c.peak for c in ours) / GIGABYTE, 1.5, "GB")
    for command in (["check", "users.csv", "licenses.csv"], ["report", "run", "--quiet"]):
        found, theirs = in_turn(
            1, lambda c=command: cost([REASSIGN, *c], folder, fine=(0, 3)), lambda: cost(bare, folder)
        )
        what = f"{command[0]} of {rows:,} rows, times a bare pandas.read_csv ({found[0].peak / GIGABYTE:.2f} GB)"
        yield Figure("plan", what, f"{found[0].wall / theirs[0].wall:.1f} ×")


def order(rows: int) -> Iterator[Figure]:
    """The order of the seats and the services, against a plan core that thinks of neither."""

    def core(mode: str) -> dict[str, float]:
        said: dict[str, float] = json.loads(cost([PYTHON, HERE / "ordering.py", mode, str(rows)], HERE).out)
        return said

    whole, plain = apply_in_turn(3, partial(core, "whole"), partial(core, "plain"))
    what = f"plan core of {rows:,} moves between 50 SKUs with one free seat each, and services: times one without"
    yield at_most("order", what, middle(whole, "seconds") / middle(plain, "seconds"), 3)


def workbook(rows: int) -> Iterator[Figure]:
    """Our reader of workbooks against the bare one that it stands on."""
    rows = min(rows, 100_000)
    folder = sheets("workbook", rows)
    ours = "from pathlib import Path; from batch.sheets.reading import read_tables; read_tables(Path('users.xlsx'))"
    bare = (
        "import python_calamine as c; book = c.CalamineWorkbook.from_path('users.xlsx'); "
        "[book.get_sheet_by_name(name).to_python() for name in book.sheet_names]"
    )
    found, theirs = in_turn(5, *(lambda code=code: cost([PYTHON, "-c", code], folder) for code in (ours, bare)))
    seconds = median([c.wall for c in found])
    yield at_most(
        "workbook", f"XLSX of {rows:,} rows, times calamine to_python()", seconds / median([c.wall for c in theirs]), 2
    )
    yield Figure("workbook", "rows a second of that, on this machine", f"{rows / seconds:,.0f}")


def applied(folder: Path, mode: str, latency: float = 0.0) -> dict[str, float]:
    """One apply of the plan in this folder, on copies of its run and its tenant; what it says of itself."""
    work = OUT / "work"
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(folder / "run", work / "run")
    shutil.copyfile(folder / "tenant.db", work / "tenant.db")
    said: dict[str, float] = json.loads(
        cost([PYTHON, HERE / "applying.py", mode, "run", "tenant.db", str(latency)], work).out
    )
    return said


def apply_in_turn(times: int, *works: Callable[[], dict[str, float]]) -> list[list[dict[str, float]]]:
    """As ``in_turn``, for what programs say of themselves."""
    return [list(found) for found in zip(*[[work() for work in works] for _ in range(times)], strict=True)]


def middle(runs: list[dict[str, float]], key: str) -> float:
    """The median of one figure."""
    return median([run[key] for run in runs])


def journal(rows: int) -> Iterator[Figure]:
    """What ledger and journal cost, against the same loop without them (see applying.py for what that is)."""
    for count, latency, least, times in ((min(rows, 100_000), 0.0, 0.7, 3), (min(rows, 20_000), 0.05, 0.95, 3)):
        folder = planned(count)
        ours, bare = apply_in_turn(times, *(partial(applied, folder, mode, latency) for mode in ("journal", "bare")))
        ratio = middle(bare, "seconds") / middle(ours, "seconds")
        what = f"apply {count:,} changes at {latency * 1000:.0f} ms, 16 in flight: speed against no ledger and journal"
        yield at_least("journal", what, ratio, least)
        rate = count / middle(ours, "seconds")
        yield Figure("journal", "changes a second of that, on this machine", f"{rate:,.0f}")
    told = applied(folder, "told")
    silent = applied(folder, "journal")
    yield Figure(
        "journal",
        "log.jsonl and progress on top, at 0 ms: times as long",
        f"{told['seconds'] / silent['seconds']:.2f} ×",
    )


def growth(rows: int) -> Iterator[Figure]:
    """Memory and time of a change in a large plan: against the bare loop, which holds the plan's columns and no more,
    and against a change in a small plan. The tenant is in the same process, and its file is mapped into memory, so
    memory can only be compared between two that use the same tenant."""
    small, middling, large = (min(rows, count) for count in (10_000, 200_000, rows))
    folder = planned(middling)
    ours, bare = (applied(folder, mode) for mode in ("journal", "bare"))
    what = f"memory of applying {middling:,} changes, times that of the bare loop"
    yield at_most("growth", what, ours["peak"] / bare["peak"], 1.15)
    added = (ours["peak"] - bare["peak"]) / middling
    columns = ours["columns"] / middling
    yield Figure("growth", f"that is for each change, beside {columns:.0f} bytes of the plan", f"{added:.0f} bytes")
    folders = planned(small), planned(large)
    few, many = apply_in_turn(3, *(partial(applied, folder, "journal") for folder in folders))
    ratio = (middle(many, "seconds") / large) / (middle(few, "seconds") / small)
    yield at_most("growth", f"time for a change of {large:,}, times that of {small:,}", ratio, 1.2)


def start(rows: int) -> Iterator[Figure]:
    """How quickly the command says what it can do."""
    ours, click = in_turn(
        21, lambda: cost([REASSIGN, "--help"], HERE), lambda: cost([PYTHON, "-c", "import click"], HERE)
    )
    ratio = median([c.wall for c in ours]) / median([c.wall for c in click])
    yield at_most("start", "reassign --help, times python -c 'import click'", ratio, 1.5)
    code = f"import sys; from batch.cli.main import run; run(['--help']); print(len({HEAVY!r} & set(sys.modules)))"
    loaded = cost([PYTHON, "-c", code], HERE).out.split()[-1]
    yield Figure("start", "libraries for HTTP, sign-in and tables among what it loads", loaded, "0", loaded == "0")


OVER_HTTP = (over_http.quota, over_http.wire, over_http.clients, over_http.snapshot)
MEASURES = {m.__name__: m for m in (start, workbook, planning, order, journal, growth, *OVER_HTTP)}


def main() -> int:
    """Measure, print the table, and say by the exit code whether every target holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=MILLION, help="people in the large sheets (a million)")
    parser.add_argument("--only", action="append", choices=MEASURES, help="measure this alone; may be repeated")
    parser.add_argument("--json", type=Path, help="write the figures into this file as well")
    given = parser.parse_args()
    figures: list[Figure] = []
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {given.rows:,} rows\n")
    print("| what | figure | target | |\n|---|---|---|---|")
    for name in given.only or MEASURES:
        for found in MEASURES[name](given.rows):
            figures.append(found)
            word = "" if found.good is None else "ok" if found.good else "MISSED"
            print(f"| {found.what} | {found.figure} | {found.target} | {word} |", flush=True)
    shutil.rmtree(OUT / "work", ignore_errors=True)
    if given.json:
        value: dict[str, Any] = {"cores": os.cpu_count(), "rows": given.rows}
        given.json.write_text(json.dumps({**value, "figures": [f._asdict() for f in figures]}, indent=1) + "\n")
    return 1 if any(found.good is False for found in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
