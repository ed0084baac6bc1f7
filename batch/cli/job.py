"""`reassign job`: the declared pieces of work, written, checked, listed and shown. Nothing is carried out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from batch.cli.job_accept import accept
from batch.cli.options import jobs_folder
from batch.cli.telling import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batch.core.errors import ReassignError, UsageError
    from batch.runs.jobfile import Job

_PATH = click.Path(path_type=Path)
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON value instead of words.")


@click.group(
    epilog="""\b
Examples:
  reassign job init jobs/e4-to-e3.toml --from "Office 365 E4" --to "Office 365 E3"
  reassign job check e4-to-e3
  reassign job list
  reassign job accept e4-to-e3 users-2026-11-24.csv"""
)
def job() -> None:
    """Declared jobs: write one, check, list and show them; let a file through that is held."""


job.add_command(accept)


@job.command(
    epilog="""\b
Examples:
  reassign job init
  reassign job init jobs/e4-to-e3.toml --from "Office 365 E4" --to "Office 365 E3" --inbox inbox"""
)
@click.argument("file", type=_PATH, default=Path("jobs/job.toml"))
@click.option("--from", "source", default="", metavar="SKU", help="Product to move from: name, part number or GUID.")
@click.option("--to", "target", default="", metavar="SKU", help="Product to move to.")
@click.option("--inbox", type=_PATH, metavar="DIR", help="The folder into which files are dropped.")
def init(file: Path, source: str, target: str, inbox: Path | None) -> None:
    """Write a job file with every key that there is, explained, to be filled in. FILE is jobs/job.toml if not said."""
    from batch.core.harmless import in_shell
    from batch.runs.job_example import write_job

    write_job(file, source=source, target=target, inbox=inbox)
    say(
        [
            f"Wrote {file}. It is switched off: look through it, check it, then set enabled = true in [nightly].",
            f"reassign job check {in_shell(file)}",
        ]
    )


@job.command(
    epilog="""\b
Examples:
  reassign job check
  reassign job check e4-to-e3
  reassign job check jobs/e4-to-e3.toml --json"""
)
@click.argument("names", nargs=-1, metavar="[JOB]...")
@jobs_folder
@_json
def check(names: tuple[str, ...], folder: Path, *, as_json: bool) -> int:
    """Say everything that is wrong with a JOB, by line, and what it needs of this machine; of all jobs if none is said.

    JOB is a job file, or its name in the folder of jobs without .toml. Ends with 2 when anything is wrong. Variables
    that are not set here are named, and are no fault: the account that runs the job may have them.
    """
    from batch.wiring.jobs import clash_of, find_job, job_files

    paths = [find_job(name, folder) for name in names] or job_files(folder)
    found = [_checked(path, clash_of(path)) for path in dict.fromkeys(paths)]
    if as_json:
        click.echo(json.dumps(found))
    elif not found:
        say([f"No jobs in {folder}."])
    else:
        say(line for one in found for line in _check_lines(one))
    return 2 if any(one["problems"] for one in found) else 0


def _checked(path: Path, clash: UsageError | None) -> dict[str, Any]:
    """What is to be said about one job."""
    import os

    from batch.wiring.job_needs import hours_of, missing_of, variables_of
    from batch.wiring.jobs import complaints_of
    from batch.wiring.parts import SteadyClock

    declared, wrong = complaints_of(path)
    problems: list[ReassignError] = [*wrong, *([clash] if clash else [])]
    value: dict[str, Any] = {"job": path.stem, "file": str(path), "problems": []}
    if declared is not None and not wrong:
        problems += missing_of(declared)
        value["enabled"] = declared.nightly.enabled if declared.nightly else None
        value["hours"] = hours_of(declared, SteadyClock().now())
        value["variables"] = [
            {"name": v.name, "for": v.about, "needed": v.needed, "set": v.is_set}
            for v in variables_of(declared, os.environ)
        ]
    return value | {"problems": [{"what": error.what, "todo": error.todo} for error in problems]}


def _check_lines(one: dict[str, Any]) -> Iterator[str]:
    wrong = len(one["problems"])
    yield f"{one['job']} ({one['file']}): {f'{wrong} to mend' if wrong else 'nothing wrong'}"
    for problem in one["problems"]:
        yield f"  {problem['what']}"
        yield from (f"    {line}" for line in problem["todo"].splitlines())
    if one.get("enabled") is False:
        yield "  It is switched off: enabled = false in [nightly]."
    if "hours" in one:
        yield f"  {one['hours']}"
    for variable in one.get("variables", ()):
        state = "set" if variable["set"] else "not set here" if variable["needed"] else "not set here, may stay so"
        yield f"  {variable['name']} ({variable['for']}): {state}"


@job.command("list", epilog="\b\nExamples:\n  reassign job list\n  reassign job list --jobs /etc/license-reassign/jobs")
@jobs_folder
@_json
def list_(folder: Path, *, as_json: bool) -> None:
    """Show every declared job: whether it is nightly, what it moves, where, when, and those that cannot be used."""
    from batch.wiring.jobs import nightly_jobs

    found = [_brief(path, declared) for path, declared in nightly_jobs(folder)]
    if as_json:
        click.echo(json.dumps(found))
    else:
        say(_list_lines(found) if found else [f"No jobs in {folder}."])


def _brief(path: Path, declared: Job | UsageError) -> dict[str, Any]:
    from batch.cli.job_page import moves_of
    from batch.runs.jobfile import Job

    if not isinstance(declared, Job):
        return {"job": path.stem, "file": str(path), "problem": {"what": declared.what, "todo": declared.todo}}
    nightly = declared.nightly
    return {
        "job": path.stem,
        "file": str(path),
        "title": declared.name,
        "nightly": nightly is not None,
        "enabled": nightly.enabled if nightly else None,
        "priority": nightly.priority if nightly else None,
        "moves": moves_of(declared),
        "tenant": declared.tenant or None,
        "window": declared.window or None,
        "timezone": declared.timezone or None,
    }


def _list_lines(found: list[dict[str, Any]]) -> Iterator[str]:
    usable = [one for one in found if "problem" not in one]
    wide = max([len(one["job"]) for one in found] + [3])
    if usable:
        yield f"{'Job':<{wide}}  {'When':<8}  {'Priority':>8}  {'Window':<11}  Moves, and where"
    for one in usable:
        when = "by hand" if not one["nightly"] else "nightly" if one["enabled"] else "off"
        priority = "" if one["priority"] is None else one["priority"]
        where = one["tenant"] or "a practice tenant from the sheets"
        window = one["window"] or "any time"
        yield f"{one['job']:<{wide}}  {when:<8}  {priority:>8}  {window:<11}  {one['moves']}, {where}"
    for one in found:
        if "problem" in one:
            yield f"{one['job']}: cannot be used. {one['problem']['what']}"
            yield from (f"  {line}" for line in one["problem"]["todo"].splitlines())


@job.command(epilog="\b\nExamples:\n  reassign job show e4-to-e3\n  reassign job show jobs/e4-to-e3.toml --json")
@click.argument("name", metavar="JOB")
@jobs_folder
@_json
def show(name: str, folder: Path, *, as_json: bool) -> None:
    """Show everything that holds for a JOB, what it leaves to the defaults included."""
    from batch.cli.job_page import lines_of, value_of
    from batch.runs.jobfile import read_job
    from batch.wiring.jobs import find_job

    path = find_job(name, folder)
    declared = read_job(path)
    if as_json:
        click.echo(json.dumps(value_of(path, declared)))
    else:
        say(lines_of(path, declared))
