"""What is still open of packs and jobs in words: one line for each that is under way, one for those not begun."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from batch.core.handed import Hand
from batch.core.open_packs import OpenPack

#: Lines on a report page; the rest is counted.
_TOLD = 20
#: Whose hand it is, behind "for", and what a person there is given.
WHOSE = {Hand.ADMIN_CENTER: "the admin center", Hand.POWERSHELL: "PowerShell"}
_GIVEN = {Hand.ADMIN_CENTER: "pack", Hand.POWERSHELL: "job"}
#: Why somebody is open who was not begun with.
_NOT_BEGUN = frozenset({"in_admin_center", "in_powershell"})
_WHY = {
    "in_admin_center": "to do",
    "in_powershell": "to do",
    "not_shown": "said and not shown",
    "half_done": "half done",
    "gave_up": "given up for now",
    "not_done": "not done",
}


class OpenLine(NamedTuple):
    """One pack, or several after each other that nobody has begun."""

    handover: int
    #: "pack 3" or "packs 8 to 12".
    name: str
    packs: int
    #: Whether anything was said or seen of it.
    begun: bool
    people: int
    done: int
    said: int
    refused: int
    #: What is open, in words: "3 not done, 2 to do".
    open: str
    #: The first of those who are open, and how many more are.
    first: tuple[str, ...]
    more: int


def open_lines(packs: Sequence[OpenPack]) -> list[OpenLine]:
    """What is not closed, in the order in which it is to be done."""
    left = (pack for pack in packs if not pack.is_closed)
    lines: list[OpenLine] = []
    for (_, _, begun), group in groupby(left, key=lambda pack: (pack.handover, pack.hand, _is_begun(pack))):
        members = list(group)
        lines += [_line([pack]) for pack in members] if begun else [_line(run) for run in _runs(members)]
    return lines


def closed_words(packs: Sequence[OpenPack]) -> str:
    """ "2 of 12 packs closed", or what is the same with jobs; for the packs of one handover."""
    name = _GIVEN[packs[0].hand]
    return (
        f"{sum(pack.is_closed for pack in packs):,} of {len(packs):,} {name if len(packs) == 1 else name + 's'} closed"
    )


def packs_told(packs: Sequence[OpenPack]) -> tuple[str, ...]:
    """A sentence about each handover, and one about each pack of it that is open; () when nothing was handed over."""
    lines = open_lines(packs)
    told = []
    for handover, group in groupby(packs, key=lambda pack: pack.handover):
        members = list(group)
        whose = WHOSE[members[0].hand]
        people, done = sum(pack.people for pack in members), sum(pack.done for pack in members)
        told.append(
            f"Handover {handover}, for {whose}: {closed_words(members)}; {done:,} of {people:,} people are seen done."
        )
        told += [_sentence(line) for line in lines if line.handover == handover]
    return (*told[:_TOLD], f"And {len(told) - _TOLD:,} more.") if len(told) > _TOLD + 1 else tuple(told)


def _sentence(line: OpenLine) -> str:
    said = f"{line.said:,} said to be done and not seen yet" if line.said else ""
    parts = "; ".join(filter(None, (f"{line.done:,} of {line.people:,} people done", said, line.open)))
    return f"{line.name.capitalize()}: {parts}."


def _is_begun(pack: OpenPack) -> bool:
    return bool(pack.done or pack.said or pack.refused or set(pack.open) - _NOT_BEGUN)


def _runs(packs: Sequence[OpenPack]) -> Iterator[list[OpenPack]]:
    """Packs whose numbers follow each other, together."""
    run: list[OpenPack] = []
    for pack in packs:
        if run and pack.pack != run[-1].pack + 1:
            yield run
            run = []
        run.append(pack)
    if run:
        yield run


def _line(run: Sequence[OpenPack]) -> OpenLine:
    first, last = run[0], run[-1]
    name = _GIVEN[first.hand]
    still = sum(pack.said + sum(pack.open.values()) for pack in run)
    counts: dict[str, int] = {}
    for why, count in ((why, count) for pack in run for why, count in pack.open.items()):
        word = _WHY.get(why, why.replace("_", " "))
        counts[word] = counts.get(word, 0) + count
    return OpenLine(
        handover=first.handover,
        name=f"{name} {first.pack}" if first is last else f"{name}s {first.pack:,} to {last.pack:,}",
        packs=len(run),
        begun=_is_begun(first),
        people=sum(pack.people for pack in run),
        done=sum(pack.done for pack in run),
        said=sum(pack.said for pack in run),
        refused=sum(pack.refused for pack in run),
        open=", ".join(f"{count:,} {word}" for word, count in counts.items()),
        first=first.first,
        more=still - len(first.first),
    )
