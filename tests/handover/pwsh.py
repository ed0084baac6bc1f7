"""PowerShell, where there is one: ``REASSIGN_PWSH`` names it, or it is on ``PATH``."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.handover.stub_tenant import Stage

STUBS = Path(__file__).parent / "stubs"
#: How long one run of the script may take.
_SECONDS = 120


@cache
def command() -> tuple[str, ...]:
    """The program and its own arguments; empty where there is none."""
    named = os.environ.get("REASSIGN_PWSH", "")
    if named:
        return (named,) if Path(named).is_file() else tuple(shlex.split(named))
    found = shutil.which("pwsh")
    return (found,) if found else ()


needs_pwsh = pytest.mark.skipif(not command(), reason="PowerShell (pwsh) is not on this machine")


class Finished(NamedTuple):
    """How a run ended."""

    code: int
    #: Everything that was said, errors too.
    text: str


def run(stage: Stage, *arguments: str, ask: bool = False) -> Finished:
    """Run the script of this stage as ``pwsh -File`` does, without asking anybody unless told to."""
    quiet = () if ask else ("-Confirm:$false",)
    return _finished(stage.stub, "-File", str(stage.job / "Move-Licenses.ps1"), *arguments, *quiet)


def line(stage: Stage, text: str) -> Finished:
    """Run this line of PowerShell."""
    return _finished(stage.stub, "-Command", text)


def _finished(stub: Path, *arguments: str) -> Finished:
    home = stub / "home"
    home.mkdir(exist_ok=True)
    env = os.environ | {
        "PSModulePath": str(STUBS),
        # Modules of whoever runs the tests come before those of the path.
        "HOME": str(home),
        "XDG_DATA_HOME": str(home),
        "XDG_CACHE_HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "POWERSHELL_TELEMETRY_OPTOUT": "1",
        "POWERSHELL_UPDATECHECK": "Off",
        "NO_COLOR": "1",
        "STUB_STATE": str(stub / "state.json"),
        "STUB_LOG": str(stub / "log.jsonl"),
        "STUB_FAULTS": str(stub / "faults.json") if (stub / "faults.json").exists() else "",
    }
    started = [*command(), "-NoProfile", "-NonInteractive", *arguments]
    done = subprocess.run(
        started, env=env, cwd=stub, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False
    )
    said = (done.stdout + done.stderr).decode("utf-8", "replace")
    return Finished(done.returncode, said)
