"""`reassign tenant doctor`: what is missing before a run on Microsoft 365 can work, and how to get it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from batch.cli.telling import say

if TYPE_CHECKING:
    from batch.wiring.diagnosis import Diagnosis

_MARKS = {"ok": "ok", "missing": "MISSING", "failed": "FAILED", "unknown": "unsure"}
_UNSURE = "Nothing is in the way that can be seen from here; what is unsure, the first group will show."
_NEXT = "Next, rehearse on a copy: reassign tenant copy --from graph FILE"


@click.command(
    epilog="""\b
Examples:
  reassign tenant doctor
  reassign tenant doctor --cloud usgov --sign-in device-code
  reassign tenant doctor --json"""
)
@click.option("--cloud", default="", metavar="NAME", help="global (default), usgov, usgov-dod or china.")
@click.option(
    "--sign-in",
    default="",
    metavar="WAY",
    help="auto (default), secret, certificate, managed-identity, workload, cli or device-code.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value instead of words.")
def doctor(cloud: str, sign_in: str, *, as_json: bool) -> int:
    """Look at settings, sign-in, rights and real reads of a tenant in Microsoft 365, step by step. Changes nothing."""
    from batch.core.errors import TenantRefused
    from batch.wiring.doctor import examine
    from batch.wiring.parts import waited

    diagnosis = waited(examine(cloud, sign_in, tell=_tell))
    if as_json:
        click.echo(json.dumps(diagnosis.as_json()))
    else:
        say(_lines(diagnosis))
    return 0 if diagnosis.well else TenantRefused.exit_code


def _tell(line: str) -> None:
    from batch.core.harmless import one_line

    click.echo(one_line(line), err=True)


def _lines(diagnosis: Diagnosis) -> list[str]:
    checks = diagnosis.checks
    lines = [f"{_MARKS[c.state]:<9}{c.name}: {c.text}" for c in checks if c.state in _MARKS]
    untried = [c.name for c in checks if c.state not in _MARKS]
    if untried:
        lines.append(f"{'-':<9}not tried, since an earlier step is in the way: {', '.join(untried)}")
    if diagnosis.todo:
        lines += ["", "What to do", *(f"  {n}. {step}" for n, step in enumerate(diagnosis.todo, start=1))]
    if diagnosis.well:
        unsure = any(c.state == "unknown" for c in checks)
        lines += ["", _UNSURE if unsure else "Nothing is in the way, as far as can be seen from here.", _NEXT]
    return lines
