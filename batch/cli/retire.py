"""`reassign retire`: is it safe to cancel a product?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batch.cli.options import telling
from batch.cli.telling import Stages, say, tell_person

if TYPE_CHECKING:
    from batch.core.certificate import Certificate

_PATH = click.Path(path_type=Path)


@click.command(
    epilog="""\b
Examples:
  reassign retire --sku "Office 365 E4" --tenant graph --baseline before.db
  reassign retire --sku "Office 365 E4" --tenant graph --facts facts.toml \\
      --accept C15="nobody calls with it" --by "A. Admin" --out certificate
  reassign retire --sku "Office 365 E4" --users fresh.csv --licenses licenses.csv --facts facts.toml --run runs/packs

Exit codes: 0 safe (also with accepted exceptions), 4 not safe, 3 not known yet."""
)
@click.option("--sku", required=True, metavar="SKU", help="The product to cancel: name, part number or GUID.")
@click.option("--to", "targets", multiple=True, metavar="SKU", help="What people moved to (else: as the runs say).")
@click.option("--tenant", default="", metavar="graph|copy:FILE|practice:FILE", help="The tenant; it is only read.")
@click.option("--users", multiple=True, type=_PATH, metavar="SHEET", help="Instead of a tenant: a fresh users export.")
@click.option("--licenses", multiple=True, type=_PATH, metavar="SHEET", help="With it: a fresh licence export.")
@click.option("--cloud", default="", metavar="NAME", help="National cloud of Microsoft 365 (default global).")
@click.option(
    "--sign-in", default="", metavar="WAY", help="How to sign in to Microsoft 365 (default: as AZURE_* says)."
)
@click.option("--run", "runs", multiple=True, type=_PATH, metavar="RUN", help="A run of the move (else: all in runs/).")
@click.option("--baseline", type=_PATH, metavar="FILE", help="A tenant copy or users export from before the move.")
@click.option("--facts", type=_PATH, metavar="FILE", help="What only a person can say (reassign route --example).")
@click.option("--accept", multiple=True, metavar='C15="why"', help="Take a line that fails or warns as it is; --by.")
@click.option("--by", default="", metavar="NAME", help="Who signs.")
@click.option(
    "--on", "cancelled", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Day of cancelling (default today)."
)
@click.option("--out", type=_PATH, metavar="DIR", help="Write certificate.html and certificate.json there.")
@telling
def retire(  # noqa: PLR0913, PLR0917
    sku: str,
    targets: tuple[str, ...],
    tenant: str,
    users: tuple[Path, ...],
    licenses: tuple[Path, ...],
    cloud: str,
    sign_in: str,
    runs: tuple[Path, ...],
    baseline: Path | None,
    facts: Path | None,
    accept: tuple[str, ...],
    by: str,
    cancelled: datetime | None,
    out: Path | None,
    *,
    as_json: bool,
    quiet: bool,
) -> int:
    """Look at everything that speaks against cancelling a product, line by line. It writes nothing to the tenant.

    This program never cancels anything itself. What is not known is never taken for safe.
    """
    from batch.core.errors import UsageError
    from batch.reports.certificate import document, write_certificate
    from batch.wiring.opening import Reach
    from batch.wiring.parts import SteadyClock
    from batch.wiring.retiring import Asked, certified

    if bool(tenant) == bool(users) or bool(users) != bool(licenses):
        todo = "Say --tenant, or --users and --licenses with fresh exports of both."
        raise UsageError("It is not said where to look.", todo)
    asked = Asked(
        sku=sku,
        targets=targets,
        reach=None if users else Reach(at=tenant, cloud=cloud, sign_in=sign_in),
        users=users,
        licenses=licenses,
        runs=runs,
        baseline=baseline,
        facts=facts,
        accept=_accepted(accept, by),
        by=" ".join(by.split()),
        cancelled=cancelled.date() if cancelled else None,
    )
    with Stages(quiet=quiet or as_json) as stage_is:
        made = certified(asked, SteadyClock().now(), stage_is, tell_person)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        write_certificate(made, out)
    if as_json:
        click.echo(json.dumps(document(made)))
    elif not quiet:
        say(_lines(made, out))
    return made.verdict.exit_code


def _accepted(texts: tuple[str, ...], by: str) -> dict[str, str]:
    """Rule → why; ``UsageError`` for a rule that is none or cannot be accepted, no reason, and no name."""
    from batch.core.certificate import NEVER, RULES, SETTLED_LATER
    from batch.core.errors import UsageError

    known, found = {rule.name for rule in RULES}, {}
    for text in texts:
        name, _, why = (part.strip() for part in text.partition("="))
        rule = name.upper()
        if rule not in known:
            raise UsageError(f"--accept {text}: there is no line {name}.", "They are C1 to C23.")
        if rule in NEVER and rule not in SETTLED_LATER:
            raise UsageError(f"{rule} can never be accepted: {NEVER[rule]}.", "Do what the line says instead.")
        if not why:
            raise UsageError(f"--accept {rule} says no reason.", f'Say why: --accept {rule}="why"')
        found[rule] = why
    if found and not by.strip():
        raise UsageError("Whoever accepts a line has to be named.", "Say --by NAME.")
    return found


def _lines(made: Certificate, out: Path | None) -> Iterator[str]:
    from batch.core.certificate import NOTICE
    from batch.core.checklist_words import told
    from batch.reports.certificate import day, headline, reasons

    yield f"{made.verdict.value}: {headline(made)}"
    yield reasons(made)
    yield ""
    yield from told(made.lines)
    for rule, accepted in made.accepted.items():
        yield f"  {rule} is accepted by {accepted.by}: {accepted.why}"
    yield from made.remarks
    yield ""
    for number, step in enumerate(made.steps, start=1):
        yield f"  {number}. {step}"
    if made.verdict.exit_code == 0:
        yield from (f"  {day(d.day):<13}{d.what}" for d in made.deadlines)
    yield NOTICE
    if out is not None:
        yield f"{out / 'certificate.html'}, {out / 'certificate.json'}"
    else:
        yield "To have it as a page to hand over: --out DIR"
