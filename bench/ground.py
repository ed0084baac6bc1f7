"""What is measured on: sheets, tenants and plans of any size, made in processes of their own."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from measure import Cost, cost

HERE = Path(__file__).parent
OUT = HERE / "out"
PYTHON = Path(sys.executable)
REASSIGN = PYTHON.with_name("reassign")
SHEETS = ("--users", "users.csv", "--licenses", "licenses.csv")
MOVE = ("--from", "Office 365 E4", "--to", "Office 365 E3", "--accept", "voice")


def sheets(kind: str, rows: int) -> Path:
    """A folder with sheets of so many people; made when it is not there yet."""
    folder = OUT / f"{kind}-{rows}"
    if not (folder / ".made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        cost([PYTHON, HERE / "sheets.py", kind, str(rows), folder], HERE)
        (folder / ".made").touch()
    return folder


def tenant(folder: Path) -> Path:
    """A practice tenant of the people in these sheets, made anew."""
    path = folder / "tenant.db"
    for old in folder.glob("tenant.db*"):
        old.unlink()
    cost([REASSIGN, "tenant", "create", path.name, *SHEETS], folder)
    return path


def plan(folder: Path) -> Cost:
    """`reassign plan` against the tenant, the whole command."""
    shutil.rmtree(folder / "run", ignore_errors=True)
    command = [REASSIGN, "plan", *SHEETS, *MOVE, "--tenant", "practice:tenant.db", "--out", "run", "--allow-large"]
    return cost(command, folder)


def planned(rows: int) -> Path:
    """A folder with a plan in which everybody moves."""
    folder = sheets("movers", rows)
    tenant(folder)
    plan(folder)
    return folder
