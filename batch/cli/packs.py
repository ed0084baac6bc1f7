"""What is still open of each pack and job, for the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

from batch.core.harmless import in_shell

if TYPE_CHECKING:
    from pathlib import Path

    from batch.core.open_packs import OpenPack
    from batch.core.open_words import OpenLine

#: Lines for packs under way; the rest is counted.
_LISTED = 20


def pack_lines(packs: Sequence[OpenPack], run: Path) -> Iterator[str]:
    """For each handover a short table of what is open, as wide as the terminal, and what can be done about it."""
    from batch.core.open_words import WHOSE, closed_words, open_lines

    lines = open_lines(packs)
    for handover, group in groupby(packs, key=lambda pack: pack.handover):
        members = list(group)
        mine = [line for line in lines[:_LISTED] if line.handover == handover]
        still = " Still open:" if mine else ""
        yield f"Handover {handover}, for {WHOSE[members[0].hand]}: {closed_words(members)}.{still}"
        if mine:
            yield f"  {'':<18}{'People':>7}{'Done':>7}{'Said':>7}{'Refused':>9}  Open"
            yield from map(_row, mine)
    if more := sum(line.packs for line in lines[_LISTED:]):
        yield f"  And {more:,} more: reassign show {in_shell(run)} --json"
    if begun := [line for line in lines if line.begun and line.open]:
        to = next(pack.hand.value for pack in packs if pack.handover == begun[0].handover)
        yield f"Who is meant stands in {run / 'results.csv'}. To hand over anew all that is left:"
        yield f"  reassign handover {in_shell(run)} --revoke"
        yield f"  reassign handover {in_shell(run)} --to {to}"


def _row(line: OpenLine) -> str:
    """One line; the names of as many people as there is room for."""
    from batch.cli.telling import width

    numbers = f"{line.people:>7,}{line.done:>7,}{line.said:>7,}{line.refused:>9,}"
    text = f"  {line.name:<18}{numbers}  {line.open or 'to be shown'}"
    shown = 0
    for name in line.first if line.packs == 1 else ():
        longer = f"{text}{', ' if shown else ': '}{name}"
        if len(longer) > width() - 3:
            break
        text, shown = longer, shown + 1
    return f"{text}, …" if shown and (shown < len(line.first) or line.more > 0) else text


def packs_value(packs: Sequence[OpenPack]) -> list[dict[str, Any]]:
    """The same for programs, every pack."""
    return [asdict(pack) for pack in packs]
