"""`reassign route`: the Upgrade tab, or by hand? Changes nothing."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from batch.cli.options import job_of, looking, planning, telling


@click.command(
    epilog="""\b
Examples:
  reassign route --example > facts.toml
  reassign route --tenant graph --from "Office 365 E4" --to "Office 365 E3" --facts facts.toml
  reassign route jobs/sample.toml --json

The Upgrade tab of the admin center buys, moves everybody and cancels; it cannot be used for every subscription. Twenty
rules are looked at, U1 to U20. What the tenant does not tell is asked of a person, in a file of facts.

Exit codes: 0 the advice is certain, 2 a sheet, a file or an option cannot be used, 3 an open question could change it,
8 the tenant refused."""
)
@planning
@looking
@click.option(
    "--facts", type=click.Path(path_type=Path), metavar="FILE", help="What only a person can say of the tenant."
)
@click.option("--example", is_flag=True, help="Print a file of facts to fill in, and do nothing else.")
@telling
def route(job: Path | None, *, facts: Path | None, example: bool, as_json: bool, quiet: bool, **given: Any) -> int:
    """Say whether the Upgrade tab can be used, or which other way to take, rule by rule. JOB is a job file."""
    from batch.cli.ready import plain_lines
    from batch.cli.telling import Stages, say, tell_person
    from batch.core.checklist_words import told
    from batch.core.facts import template
    from batch.core.upgrade_advice import advise
    from batch.core.upgrade_tab import judge
    from batch.runs.factsfile import read_facts
    from batch.wiring.routing import situation_of

    if example:
        click.echo(template())
        return 0
    said = read_facts(facts)
    with Stages(quiet=quiet) as stage_is:
        situation = situation_of(job_of(job, **given), said, stage_is, tell_person)
    lines = judge(situation)
    advice = advise(lines, said, by_partner=bool(situation.partner))
    if as_json:
        click.echo(json.dumps({"advice": asdict(advice), "lines": plain_lines(lines)}))
    elif not quiet:
        closing = [f"Advice: {advice.route.value.upper()}. {advice.text}"]
        if advice.because:
            closing.append(f"{'Mind' if advice.route == 'tab' else 'Because of'} {', '.join(advice.because)}.")
        if advice.open:
            closing.append(f"Not certain while these are not known: {', '.join(advice.open)}.")
        say([*told(lines), "", *closing])
    return 0 if advice.certain else 3
