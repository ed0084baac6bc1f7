"""Golden pages: what people read, compared letter by letter. GOLDEN=write writes them anew; then look at the diff."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from batch.core.outcomes import Outcome
from batch.reports.page import write_page
from batch.reports.tables import write_rejects_csv, write_result_json, write_results_csv
from batch.reports.terminal import summary_lines
from tests.reports.examples import EXAMPLES

GOLDEN = Path(__file__).parent / "golden"


def write_all(name: str, folder: Path) -> None:
    made = EXAMPLES[name]()
    write_page(made, folder / f"{name}.html")
    write_result_json(made, folder / f"{name}.json")
    write_results_csv(made, folder / f"{name}.csv")
    rejects = (([r.user, r.display_name], r.code, r.reason) for r in made.rows() if r.outcome != Outcome.APPLIED)
    write_rejects_csv(["User principal name", "Display name"], rejects, folder / f"{name}.rejects.csv")
    lines = summary_lines(made, color=False, width=80, folder="runs/example")
    (folder / f"{name}.txt").write_bytes(("\n".join(lines) + "\n").encode())


@pytest.mark.golden
@pytest.mark.parametrize("name", EXAMPLES)
def test_pages_are_as_they_were(name: str, tmp_path: Path) -> None:
    if os.environ.get("GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        write_all(name, GOLDEN)
    write_all(name, tmp_path)
    for made in sorted(tmp_path.iterdir()):
        assert made.read_bytes() == (GOLDEN / made.name).read_bytes(), f"{made.name}: GOLDEN=write writes it anew"
