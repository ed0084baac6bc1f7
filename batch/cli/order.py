"""`reassign order`: what to buy, how many and why. Buys nothing."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from batch.cli.options import job_of, looking, planning, telling

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batch.core.order import OrderLine
    from batch.core.readiness import Evidence


@click.command(
    epilog="""\b
Examples:
  reassign order jobs/sample.toml
  reassign order --users users.csv --tenant graph --from "Office 365 E4" --to "Office 365 E3" --csv order.csv
  reassign order --users moves.xlsx --licenses licenses.csv

It takes the options of plan, so that one command line serves both. It counts who shall move, who has the licence
already, what is free and what others give back, and says the least number of seats with which everybody can go. It
never buys.

Exit codes: 0 said (also that nothing is to be bought), 2 a sheet or option cannot be used, 8 the tenant refused."""
)
@planning
@looking
@click.option("--csv", "csv_file", type=click.Path(path_type=Path), metavar="FILE", help="Write it as CSV as well.")
@telling
def order(job: Path | None, *, csv_file: Path | None, as_json: bool, quiet: bool, **given: Any) -> int:
    """Say which licences to buy, how many, and why, for the people who shall move. JOB is a job file."""
    from batch.cli.telling import Stages, say, tell_person
    from batch.core.facts import Facts
    from batch.core.order import COLUMNS, cells, order_sheet
    from batch.reports.lists import write_list
    from batch.wiring.readiness import looking_at

    with Stages(quiet=quiet) as stage_is, looking_at(job_of(job, **given), Facts(), stage_is, tell_person) as look:
        evidence = look(0, False)
    sheet = order_sheet(evidence)
    if csv_file:
        write_list(COLUMNS, map(cells, sheet), csv_file)
    if as_json:
        value = {"exact": evidence.demand.purchase.exact, "lines": [asdict(line) for line in sheet]}
        click.echo(json.dumps(value))
    elif not quiet:
        say(_lines(sheet, evidence))
    return 0


def _lines(sheet: Sequence[OrderLine], e: Evidence) -> Iterator[str]:
    from batch.core.credit_check import over_by, told
    from batch.core.deadlines import day_of
    from batch.core.order import ADVICE

    buy = [line for line in sheet if line.quantity]
    held = f"; {e.demand.held_back:,} rows are held back for other reasons than seats" if e.demand.held_back else ""
    yield f"{e.demand.movers:,} people are asked to move and are counted{held}."
    if blocked := sum(e.demand.unsettled.values()):
        yield f"{blocked:,} rows of theirs are blocked for now, and need seats all the same; see why: reassign ready."
    for line in sheet:
        amount = f"buy {line.quantity:,}" if line.quantity else "nothing to buy"
        if line.least < line.quantity:
            amount = f"buy {line.quantity:,} (at least {line.least:,})"
        yield ""
        yield f"{line.name}: {amount}"
        yield f"  part number {line.part_number or 'not known'}, SKU id {line.sku_id}"
        yield from (f"  {sentence}" for sentence in line.why)
    if not buy:
        yield from ("", "Nothing is to be bought. Look whether all is set up: reassign ready")
        return
    yield from ("", "When buying")
    where = {"name": e.organisation.name, "tenant": e.organisation.tenant_id or "its id is not known"}
    by = told(over_by(day_of(e.at)))
    advice = ADVICE[1:] if e.made_up else ADVICE
    yield from (f"  {n}. {text.format(**where, by=by)}" for n, text in enumerate(advice, start=1))
