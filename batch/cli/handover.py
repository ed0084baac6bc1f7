"""`reassign handover`: give changes into another hand, or take them back."""

from __future__ import annotations

import json
import locale
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from batch.cli.options import allowed, allowing, looking, telling
from batch.cli.telling import Stages, fitted, say, tell_left_alone, tell_person

if TYPE_CHECKING:
    from batch.wiring.handing_parcels import Asked

#: What the admin center takes at a time everywhere, and what only one page of it takes.
_USUAL, _MOST = 20, 40
#: Options that mean something for one hand only.
_OF_PACKS, _OF_JOBS = ("pack_size", "lang"), ("job_size", "group_size")
#: How Windows calls languages.
_WINDOWS = {"dutch": "nl", "german": "de", "french": "fr", "spanish": "es", "english": "en"}


@click.command(
    epilog="""\b
Examples:
  reassign handover runs/20261123-024501 --to admin-center --lang nl
  reassign handover runs/20261123-024501 --to admin-center --first 20
  reassign handover runs/20261123-024501 --to powershell
  reassign handover runs/20261123-024501 --revoke
  reassign handover runs/20261123-024501 --revoke --handover 2

What was done comes back with reassign collect; until then reassign apply leaves these people alone. --revoke takes
back what is still open, of one handover or of all. Before that, take in what was done (reassign collect), since results
of it are not believed afterwards; whoever has the pages has to stop, and a script that runs from a copy of its folder
has to be ended. The --window of a plan does not count here: people work when they work.

Exit codes: 0 handed over (or taken back), 2 nothing to hand over or wrong options, 4 held back, 5 stale, 6 damaged,
7 locked, 8 refused by the tenant."""
)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--to", type=click.Choice(["admin-center", "powershell"]), help="Into which hand.")
@click.option(
    "--pack-size",
    type=click.IntRange(1, _MOST),
    metavar="1-40",
    help="People in a pack (default 20; more only on Users > Active users).",
)
@click.option("--lang", metavar="en|nl|de|fr|es", help="The language of the admin center (default: this computer's).")
@click.option("--job-size", type=click.IntRange(1), metavar="N", help="Changes in one PowerShell job (default 5000).")
@click.option("--group-size", type=click.IntRange(1, _USUAL), metavar="1-20", help="Changes a script sends together.")
@click.option("--first", type=click.IntRange(1), metavar="N", help="Hand over only N changes, the first in order.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="The folder for it (default: in RUN).")
@click.option("--revoke", is_flag=True, help="Take back what is open of all handovers.")
@click.option("--handover", "number", type=click.IntRange(1), metavar="N", help="With --revoke: only of handover N.")
@looking
@allowing
@telling
def handover(
    run: Path,
    *,
    to: str | None,
    revoke: bool,
    allow_large: bool,
    allow_short: bool,
    allow_group: bool,
    as_json: bool,
    quiet: bool,
    **given: Any,
) -> int:
    """Make packs for people in the admin center, or jobs for PowerShell, of what is open in RUN."""
    number = given.pop("number")
    words = allowed(allow_large=allow_large, allow_short=allow_short, allow_group=allow_group)
    if revoke or number is not None:
        _check_alone(words, {"to": to, **given}, revoke=revoke)
        return _revoke(run, number or 0, as_json=as_json, quiet=quiet)
    asked = _asked(to, given)
    if asked.size > _USUAL and not quiet:
        text = f"Packs of {asked.size} are for Users > Active users only; every other page takes {_USUAL} at a time."
        click.echo(text, err=True)
    return _hand_over(run, asked, words, given, as_json=as_json, quiet=quiet)


def _hand_over(run: Path, asked: Asked, words: list[str], given: dict[str, Any], *, as_json: bool, quiet: bool) -> int:
    from batch.cli.handover_page import handed_lines, handed_value
    from batch.runs.folder import RunFolder
    from batch.wiring import reporting
    from batch.wiring.handing import hand_over

    with RunFolder.open(run) as folder, folder.locked(), Stages(quiet=quiet) as stage_is:
        made = hand_over(folder, asked, words, given, stage_is, tell_person)
        stage_is("Writing the reports")
        reporting.write_reports(folder, reporting.report_of(folder, made.changes, made.ledger))
    if made.left_alone:
        tell_left_alone(made.left_alone)
    if as_json:
        click.echo(json.dumps(handed_value(made, run)))
    elif not quiet:
        say(fitted(handed_lines(made, run)))
    return 0


def _revoke(run: Path, number: int, *, as_json: bool, quiet: bool) -> int:
    from batch.cli.handover_page import revoked_lines, revoked_value
    from batch.runs.folder import RunFolder
    from batch.wiring import reporting
    from batch.wiring.handing_back import take_back

    with RunFolder.open(run) as folder, folder.locked(), Stages(quiet=quiet) as stage_is:
        stage_is("Taking back")
        taken = take_back(folder, number)
        stage_is("Writing the reports")
        reporting.write_reports(folder, reporting.report_of(folder, taken.changes, taken.ledger))
    if as_json:
        click.echo(json.dumps(revoked_value(taken, run)))
    elif not quiet:
        say(fitted(revoked_lines(taken, run)))
    return 0


def _check_alone(words: list[str], given: dict[str, Any], *, revoke: bool) -> None:
    """Taking back is asked for in so many words, and alone."""
    from batch.core.errors import UsageError

    if not revoke:
        raise UsageError("--handover N says what --revoke takes back.", "Say --revoke as well, or leave it out.")
    said = [_option(name) for name, value in given.items() if value is not None]
    said += words
    if said:
        raise UsageError(f"--revoke takes back; {' '.join(said)} is for handing over.", "Say one of the two.")


def _asked(to: str | None, given: dict[str, Any]) -> Asked:
    """What was asked for; ``UsageError`` for options that do not go together."""
    from batch.core.errors import UsageError
    from batch.core.handed import Hand
    from batch.wiring.handing_parcels import Asked

    if to is None:
        raise UsageError(
            "Into whose hand?", "Say --to admin-center or --to powershell; to take back what is there: --revoke"
        )
    hand = Hand(to)
    other = _OF_JOBS if hand is Hand.ADMIN_CENTER else _OF_PACKS
    if odd := [_option(name) for name in other if given[name] is not None]:
        raise UsageError(f"{' and '.join(odd)} is nothing for --to {to}.", "Leave it out.")
    size = given["pack_size"] if hand is Hand.ADMIN_CENTER else given["group_size"]
    chosen = {name: given[name] for name in ("job_size", "first", "out") if given[name] is not None}
    lang = _language(given["lang"]) if hand is Hand.ADMIN_CENTER else "en"
    return Asked(hand=hand, size=size or _USUAL, lang=lang, **chosen)


def _language(asked: str | None) -> str:
    """The language that was asked for, else this computer's where pages know it, else English."""
    from batch.core.errors import UsageError
    from batch.handover.portal import LANGUAGES

    if asked is None:
        return next((lang for lang in map(_code, _locales()) if lang in LANGUAGES), "en")
    if asked.lower() not in LANGUAGES:
        raise UsageError(f"--lang {asked}: pages are not written in that.", f"Choose one of {', '.join(LANGUAGES)}.")
    return asked.lower()


def _locales() -> list[str]:
    """What this computer says about its language, the most telling first: "nl_NL.UTF-8", on Windows "Dutch_Belgium"."""
    said = [os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    return [*filter(None, said), locale.getlocale()[0] or ""]


def _code(name: str) -> str:
    language = name.replace("-", "_").partition("_")[0].casefold()
    return _WINDOWS.get(language, language)


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
