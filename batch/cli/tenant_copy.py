"""`reassign tenant copy`: the real tenant as a practice tenant, to rehearse on."""

from __future__ import annotations

from pathlib import Path

import click

from batch.cli.telling import Stages, say, tell_person


@click.command(
    epilog="""\b
Examples:
  reassign tenant copy --from graph copy.db
  reassign tenant copy --from graph shared.db --pseudonymise

A copy holds names of people: keep it as you would keep the export. --pseudonymise replaces them for good, so that
sheets with real names no longer fit it."""
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--from", "source", required=True, metavar="graph", help="The tenant to copy: graph, or practice:FILE.")
@click.option("--pseudonymise", is_flag=True, help="Replace the names and ids of people, groups and organisation.")
@click.option("--cloud", default="", metavar="NAME", help="National cloud of Microsoft 365 (default global).")
@click.option("--sign-in", default="", metavar="WAY", help="How to sign in (default: as AZURE_* says).")
def copy(file: Path, source: str, cloud: str, sign_in: str, *, pseudonymise: bool) -> int:
    """Copy a tenant into a practice tenant in FILE: products, purchases, licensed people, groups. Reads only."""
    from batch.wiring.copying import copy_tenant
    from batch.wiring.opening import Reach

    reach = Reach(at=source, cloud=cloud, sign_in=sign_in)
    with Stages(quiet=False) as stage_is:
        copied = copy_tenant(reach, file, pseudonymise=pseudonymise, stage_is=stage_is, tell=tell_person)
    then = f"Rehearse on it: reassign run … --tenant copy:{file}"
    if pseudonymise:
        then = "It is for sharing: sheets with the real names do not fit it. To rehearse, copy without --pseudonymise."
    say(
        [
            f"{file} is a copy of {copied.organisation.name}: {copied.people:,} licensed people, {copied.skus:,} "
            f"products in {copied.subscriptions:,} subscriptions, {copied.groups:,} groups with licences.",
            then,
        ]
    )
    return 0
