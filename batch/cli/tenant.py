"""`reassign tenant`: make a practice tenant from sheets, and look at one."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click

from batch.cli.telling import say
from batch.cli.tenant_copy import copy
from batch.cli.tenant_doctor import doctor
from batch.cli.tenant_serve import serve


@click.group(
    epilog="""\b
Examples:
  reassign tenant doctor
  reassign tenant copy --from graph copy.db
  reassign tenant create tenant.db --users users.csv --licenses licenses.csv
  reassign tenant show tenant.db
  reassign tenant serve tenant.db --port 8080"""
)
def tenant() -> None:
    """Look at Microsoft 365 before a run, and make, look at and serve practice tenants to rehearse on."""


for _command in (doctor, copy, serve):
    tenant.add_command(_command)


@tenant.command(epilog="\b\nExample:\n  reassign tenant create tenant.db --users users.csv --licenses licenses.csv")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--users", multiple=True, required=True, type=click.Path(path_type=Path), metavar="SHEET", help="Who holds what."
)
@click.option("--licenses", multiple=True, type=click.Path(path_type=Path), metavar="SHEET", help="What was bought.")
@click.option("--own", multiple=True, metavar="SKU", help="A further product that the tenant owns; may be repeated.")
def create(file: Path, users: tuple[Path, ...], licenses: tuple[Path, ...], own: tuple[str, ...]) -> int:
    """Make a practice tenant in FILE with these people and seats."""
    from batch.core.described import describe
    from batch.runs.jobfile import Job
    from batch.sheets.products import known_products
    from batch.tenants.practice import PracticeTenant
    from batch.wiring.planning import read_sheets

    described = describe(read_sheets(Job(users=users, licenses=licenses)), known_products(), asked=own)
    made = PracticeTenant.create(file, described.skus, described.people)
    asyncio.run(made.close())
    say([*described.assumed, f"{file}: {len(described.people):,} people, {len(described.skus)} products."])
    return 0


@tenant.command("show", epilog="\b\nExample:\n  reassign tenant show tenant.db --json")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value instead of words.")
def show_tenant(file: Path, *, as_json: bool) -> int:
    """Show the people and seats of the practice tenant in FILE, and what has happened to it."""
    from batch.reports.words import moment
    from batch.tenants.practice import PracticeTenant

    opened = PracticeTenant.open(file)
    try:
        summary, counters = opened.describe(), opened.counters()
        organisation = asyncio.run(opened.organisation())
    finally:
        asyncio.run(opened.close())
    if as_json:
        skus = [
            {"sku_id": s.sku_id, "part_number": s.part_number, "name": s.name, "seats": s.enabled, "used": s.consumed}
            for s in summary.skus
        ]
        whose = {"tenant_id": organisation.tenant_id, "name": organisation.name, "copied_at": organisation.copied_at}
        people = {"people": summary.people, "licensed": summary.licensed}
        value = {"organisation": whose, **people, "skus": skus, "counters": counters}
        click.echo(json.dumps(value))
        return 0
    lines = [f"{file}: {summary.people:,} people, {summary.licensed:,} with a licence"]
    if organisation.copied_at:
        lines.append(f"A copy of {organisation.name} as it was {moment(organisation.copied_at)}.")
    lines.append("")
    lines.append(f"{'Product':<44}{'seats':>9}{'used':>9}{'free':>9}")
    lines += [f"  {s.name[:40]:<42}{s.enabled:>9,}{s.consumed:>9,}{s.free:>9,}" for s in summary.skus]
    happened = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in counters.items() if count)
    say([*lines, "", f"So far: {happened or 'nothing'}."])
    return 0
