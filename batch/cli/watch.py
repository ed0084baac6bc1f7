"""`reassign watch`: a snapshot before the Upgrade tab is used, and what is different after it. Writes nothing there."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from batch.cli.options import telling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batch.wiring.watching import Watched

_TENANT = (
    click.argument("file", type=click.Path(path_type=Path)),
    click.option("--tenant", required=True, metavar="graph|practice:FILE", help="The tenant to look at."),
    click.option("--cloud", default="", metavar="NAME", help="National cloud of Microsoft 365 (default global)."),
    click.option("--sign-in", default="", metavar="WAY", help="How to sign in (default: as AZURE_* says)."),
)
#: The exit code when somebody was left without a licence.
_LEFT_BARE = 9
COLUMNS = ("user", "lost", "gained", "was_off_and_is_on", "left_without")


def _where(function: Any) -> Any:
    for option in reversed(_TENANT):
        function = option(function)
    return function


@click.group(
    epilog="""\b
Examples:
  reassign watch before monday.db --tenant graph
  reassign watch after monday.db --tenant graph --csv changes.csv"""
)
def watch() -> None:
    """Watch what somebody else does to a tenant: the Upgrade tab moves everybody and switches every service on."""


@watch.command(
    epilog="""\b
Examples:
  reassign watch before monday.db --tenant graph

The snapshot holds names of people: keep it as you would keep the export. It is a practice tenant as well, so it can be
looked at (reassign tenant show) and rehearsed on (--tenant copy:FILE)."""
)
@_where
@click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
def before(file: Path, *, tenant: str, cloud: str, sign_in: str, quiet: bool) -> int:
    """Take a snapshot of everything into FILE: people, services, seats, subscriptions, groups."""
    from batch.cli.telling import Stages, say, tell_person
    from batch.wiring.copying import copy_tenant
    from batch.wiring.opening import Reach

    reach = Reach(at=tenant, cloud=cloud, sign_in=sign_in)
    with Stages(quiet=quiet) as stage_is:
        copied = copy_tenant(reach, file, stage_is=stage_is, tell=tell_person)
    if not quiet:
        say(
            [
                f"{file} is a snapshot of {copied.organisation.name}: {copied.people:,} licensed people, "
                f"{copied.skus:,} products in {copied.subscriptions:,} subscriptions, "
                f"{copied.groups:,} groups with licences.",
                f"Once the upgrade is through: reassign watch after {file} --tenant {tenant}",
                "Change no licences meanwhile: an upgrade usually takes less than 10 minutes, with many people hours.",
            ]
        )
    return 0


@watch.command(
    epilog="""\b
Examples:
  reassign watch after monday.db --tenant graph
  reassign watch after monday.db --tenant graph --csv changes.csv
  reassign watch after monday.db --tenant graph --json

Exit codes: 0 nobody was left without, 2 the snapshot cannot be used, 8 the tenant refused, 9 somebody lost a licence
and got none."""
)
@_where
@click.option("--csv", "csv_file", type=click.Path(path_type=Path), metavar="FILE", help="Write who changed as CSV.")
@telling
def after(
    file: Path, *, tenant: str, cloud: str, sign_in: str, csv_file: Path | None, as_json: bool, quiet: bool
) -> int:
    """Say what is different from the snapshot in FILE, person by person and product by product."""
    from batch.cli.telling import Stages, say, tell_person
    from batch.core.estate_words import difference_lines, taking_long
    from batch.reports.lists import write_list
    from batch.reports.words import moment
    from batch.wiring.opening import Reach
    from batch.wiring.watching import compare_with

    reach = Reach(at=tenant, cloud=cloud, sign_in=sign_in)
    with Stages(quiet=quiet) as stage_is:
        watched = compare_with(file, reach, stage_is, tell_person)
    if csv_file:
        write_list(COLUMNS, _rows(watched), csv_file)
    if as_json:
        click.echo(json.dumps(_value(watched)))
    elif not quiet:
        lines = [f"Since {moment(watched.taken_at)}:", *difference_lines(watched.found, watched.names)]
        if long := taking_long(watched.seconds, watched.found):
            lines += ["", long]
        say(lines)
    return _LEFT_BARE if watched.found.bare else 0


def _rows(watched: Watched) -> Iterator[tuple[str, ...]]:
    names = watched.names
    for upn, turn in watched.found.people:
        on = ", ".join(sorted(names.plans.get(p, p) for p in turn.came_on))
        yield upn, names.of(turn.lost), names.of(turn.gained), on, "yes" if turn.left_bare else ""


def _value(watched: Watched) -> dict[str, Any]:
    from batch.core.estate_words import taking_long
    from batch.reports.words import iso

    found = watched.found

    def plain(thing: Any) -> Any:
        return asdict(thing) if thing is not None else None

    return {
        "since": iso(watched.taken_at),
        "looked_at": found.looked_at,
        "people": [{"user": upn, **asdict(turn)} for upn, turn in found.people],
        "left_without": list(found.bare),
        "turns": [{**asdict(turn), "people": count} for turn, count in found.turns],
        "seats": [asdict(change) for change in found.seats],
        "subscriptions": [{"before": plain(a), "after": plain(b)} for a, b in found.subscriptions],
        "groups": [{"before": plain(a), "after": plain(b)} for a, b in found.groups],
        "alarm": taking_long(watched.seconds, found),
    }
