"""`reassign ready`: is everything bought and set up that people need? Changes nothing."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from batch.cli.options import duration, job_of, looking, planning, telling

if TYPE_CHECKING:
    from collections.abc import Iterable

    from batch.cli.telling import Stages
    from batch.core.checklist import Line
    from batch.core.facts import Facts
    from batch.core.ready import Readiness
    from batch.wiring.readiness import Look

#: Verdict → exit code.
_CODES = {"ready": 0, "not yet": 3, "not known": 3, "blocked": 4}
_WORDS = {
    "ready": "READY. People can be moved: reassign run, with the same options.",
    "not yet": "NOT YET. Only time is needed.",
    "not known": "NOT KNOWN. What has to be known could not be asked; see “not known” above.",
    "blocked": "BLOCKED. Somebody has to do something first; see “NOT OK” above.",
}

#: For NOT YET where something that has to be known could not be asked.
_MAYBE = "NOT YET. Only time is needed, if the order came through and what is “not known” above turns out well."


@click.command(
    epilog="""\b
Examples:
  reassign ready jobs/sample.toml
  reassign ready --users users.csv --tenant graph --from "Office 365 E4" --to "Office 365 E3"
  reassign ready --users users.csv --tenant graph --from ENTERPRISEWITHSCAL --to ENTERPRISEPACK \\
      --facts facts.toml --wait --until 17:00

It takes the options of plan, so that one command line serves both.

--wait looks at the tenant again after 15 minutes, then every hour, for as long as a credit check can take (two
working days), or until --until or --for says. A file of facts to fill in: reassign route --example

Exit codes: 0 ready, 2 a sheet or option cannot be used, 3 not yet or not known, 4 blocked, 8 the tenant refused."""
)
@planning
@looking
@click.option(
    "--facts", type=click.Path(path_type=Path), metavar="FILE", help="What only a person can say of the tenant."
)
@click.option("--wait", is_flag=True, help="Look again and again until it is ready.")
@click.option("--until", metavar="TIME", help="With --wait: how long at most; 17:00, or 2026-11-24T17:00.")
@click.option("--for", "lasting", type=duration, metavar="TIME", help="With --wait: how long at most; 90m, 8h.")
@telling
def ready(
    job: Path | None,
    *,
    facts: Path | None,
    wait: bool,
    until: str | None,
    lasting: float | None,
    as_json: bool,
    quiet: bool,
    **given: Any,
) -> int:
    """Look whether seats, services and subscriptions are ready for the people who shall move. JOB is a job file."""
    from batch.cli.telling import Stages, tell_person
    from batch.core.errors import UsageError
    from batch.core.ready import examine
    from batch.runs.factsfile import read_facts
    from batch.wiring.readiness import looking_at

    if (until is not None or lasting is not None) and not wait:
        raise UsageError("--until and --for say how long to wait.", "Say --wait as well, or leave them out.")
    chosen = job_of(job, **given)
    if wait and not chosen.tenant:
        raise UsageError(
            "--wait was given without a tenant: a sheet stays as it is.", "Name the tenant: --tenant graph."
        )
    said = read_facts(facts)
    with Stages(quiet=quiet) as stage_is, looking_at(chosen, said, stage_is, tell_person) as look:
        found = _waited(look, said, until, lasting, stage_is) if wait else examine(look(0, False))
    if as_json:
        click.echo(json.dumps(_value(found)))
    elif not quiet:
        _tell(found)
    return _CODES[found.verdict]


def _waited(look: Look, facts: Facts, until: str | None, lasting: float | None, stage_is: Stages) -> Readiness:
    from batch.reports.words import moment
    from batch.wiring.parts import SteadyClock
    from batch.wiring.readiness import longest_wait, wait_until_ready
    from batch.wiring.timing import closing

    clock = SteadyClock()
    ends = [longest_wait(facts, clock.now())] if until is None and lasting is None else []
    if until is not None:
        ends.append(closing({"job": {}}, {"until": until}, clock.now()))
    if lasting is not None:
        ends.append(clock.now() + lasting)

    def told(what: str, again_at: float) -> None:
        stage_is(f"Not ready yet ({what}) Looking again {moment(again_at)}")

    return wait_until_ready(look, min(ends), told, clock, time.sleep)


def _tell(found: Readiness) -> None:
    from batch.cli.telling import say
    from batch.core.checklist_words import told
    from batch.reports.words import moment

    verdict = _WORDS[found.verdict]
    if found.again_at:
        verdict += f" Look again {moment(found.again_at)}, or let it wait: --wait."
        if found.unsure:
            verdict = f"{_MAYBE} Look again {moment(found.again_at)}."
    say([*told(found.lines), "", verdict])


def _value(found: Readiness) -> dict[str, Any]:
    from batch.reports.words import iso

    return {
        "verdict": found.verdict.value,
        "again_at": iso(found.again_at),
        "lines": plain_lines(found.lines),
    }


def plain_lines(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """Lines of a check list for JSON; times as ISO 8601 in UTC, empty for none."""
    from batch.reports.words import iso

    return [{**asdict(line), "mark": line.mark.value, "again_at": iso(line.again_at)} for line in lines]
