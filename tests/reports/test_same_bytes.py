"""Law 10: the same report gives the same bytes, whenever and wherever."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from batch.reports.page import write_page
from batch.reports.tables import write_rejects_csv, write_result_json, write_results_csv
from batch.reports.terminal import summary_lines
from batch.reports.workbook import write_workbook
from tests.reports.examples import EXAMPLES


def digests(folder: Path) -> dict[str, str]:
    """Every file of every example report, written here and now, by its digest."""
    found = {}
    for name, make in EXAMPLES.items():
        made = make()
        write_page(made, folder / "report.html")
        write_workbook(made, folder / "report.xlsx")
        write_results_csv(made, folder / "results.csv")
        write_result_json(made, folder / "result.json")
        write_rejects_csv(["User"], [([r.user], r.code, r.reason) for r in made.rows()], folder / "rejects.csv")
        (folder / "summary.txt").write_text("\n".join(summary_lines(made, color=True, width=80)), "utf-8")
        found |= {f"{name}/{p.name}": hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}
    return found


def test_another_process_zone_locale_and_hash_seed_write_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "here").mkdir()
    script = (
        "import sys, json, pathlib; from tests.reports.test_same_bytes import digests;"
        "print(json.dumps(digests(pathlib.Path(sys.argv[1]))))"
    )
    settings = {"TZ": "Pacific/Auckland", "PYTHONHASHSEED": "4711", "LC_ALL": "C", "PYTHONUTF8": "0"}
    there = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "there")],
        env={**os.environ, **settings},
        cwd=Path(__file__).parents[2],
        check=True,
        capture_output=True,
        text=True,
    )
    import json

    here = digests(tmp_path / "here")
    assert len(here) == 18
    assert json.loads(there.stdout) == here
