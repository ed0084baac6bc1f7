"""A ticked workbook of packs, read back.

A person's row is known by its Ref, wherever it was moved to; who the Ref belongs to is checked with the digest under
which the pack was handed over. Nothing else in the file is believed, and what a tick says counts once it was seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from batch.core import handed
from batch.core.handed import Hand, Hands, Odd, Report, Returned, Said
from batch.core.harmless import one_line
from batch.handover.tick_words import Tick, tick
from batch.handover.ticked_sheets import Grid, Line, TickedSheet, has_refs


def looks_ticked(grids: Sequence[Grid]) -> bool:
    """Whether this is a workbook of packs, or a sheet of one: a Ref, and on the same sheet our headings or a digest."""
    sheets = [TickedSheet(grid) for grid in grids if has_refs(grid)]
    return any(sheet.heads or sheet.digests for sheet in sheets)


def read_ticks(
    grids: Sequence[Grid],
    hands: Hands,
    user_ids: Callable[[int], str],
    user_names: Callable[[int], str] | None = None,
) -> Returned:
    """What the sheets of one file say; nothing at all where no row has a Ref.

    ``user_ids`` and ``user_names`` give the id and the user principal name by position in the plan, ``LookupError``
    where it has none. With ``user_names``, a row in which the Ref stands beside somebody else's name is not believed:
    that happens when only some of the columns are sorted. An empty box says nothing; with a remark it is ``NOT_DONE``.
    """
    if not any(map(has_refs, grids)):
        return Returned((), ())
    sheets = [TickedSheet(grid) for grid in grids]
    reader = _Reader(hands, user_ids, user_names, frozenset().union(*(sheet.digests for sheet in sheets)))
    for sheet in sheets:
        for line in sheet.lines():
            reader.take(line)
    return reader.returned()


class _Reader:
    """Takes one line after the other; two lines that contradict each other cancel each other."""

    def __init__(
        self,
        hands: Hands,
        user_ids: Callable[[int], str],
        user_names: Callable[[int], str] | None,
        digests: frozenset[str],
    ) -> None:
        self._hands, self._user_ids, self._user_names = hands, user_ids, user_names
        #: The handovers that the file itself names, and whether one of them is of this run.
        self._digests = digests
        self._ours = not digests or not digests.isdisjoint(hand.digest for hand in hands.values())
        self._said: dict[int, Report] = {}
        self._disputed: set[int] = set()
        self._odd: list[Odd] = []
        self._headless: set[str] = set()

    def returned(self) -> Returned:
        """Everything that was taken."""
        reports = tuple(report for change, report in self._said.items() if change not in self._disputed)
        return Returned(reports, tuple(self._odd))

    def take(self, line: Line) -> None:
        """One line."""
        if len(line.refs) != 1:
            self._odd.append(_without_one_ref(line))
        elif odd := self._unbelieved(line):
            self._odd.append(odd)
        elif not line.headed:
            self._without_head(line)
        elif isinstance(found := self._meant(line), Odd):
            self._odd.append(found)
        elif found is not None:
            self._add(found, line)

    def _unbelieved(self, line: Line) -> Odd | None:
        """Why the Ref of this line is not one of a change in the admin center's hand."""
        (ref,) = line.refs
        change = int(ref.partition("-")[0])
        user_id = _known(self._user_ids, change)
        hand = self._hands.get(change)
        if user_id and hand and hand.hand is Hand.ADMIN_CENTER and ref == handed.ref(hand.digest, change, user_id):
            return self._beside_another(line, change)
        if user_id and any(ref == handed.ref(digest, change, user_id) for digest in self._digests):
            return line.odd(
                "old_handover", "This was taken back since, or handed over anew: the workbook no longer counts."
            )
        if user_id and self._ours:
            return line.odd("edited", f"The Ref {ref} was changed, so nobody can tell who is meant.")
        return line.odd("foreign", f"The Ref {ref} is not of this run: the workbook belongs to another one.")

    def _beside_another(self, line: Line, change: int) -> Odd | None:
        name = _known(self._user_names, change) if self._user_names else ""
        if not name or not any(line.users) or _letters(name) in map(_letters, line.users):
            return None
        return line.odd(
            "edited",
            f"The Ref is of {one_line(name)[:120]}, but the row names {_quoted(*line.users)}. Perhaps only some of the "
            "columns were sorted; the hidden column Ref has to be sorted with them.",
        )

    def _without_head(self, line: Line) -> None:
        """One sentence a sheet is enough."""
        if line.sheet not in self._headless:
            self._headless.add(line.sheet)
            text = "The heading over the ticks is gone, so this row and those that follow say nothing. Write it again."
            self._odd.append(line.odd("unclear", text))

    def _meant(self, line: Line) -> Report | Odd | None:
        change = int(line.refs[0].partition("-")[0])
        meant = {tick(cell) for cell in line.ticks} - {Tick.EMPTY}
        if len(meant) > 1 or Tick.UNCLEAR in meant:
            return line.odd("unclear", f"{_quoted(*line.ticks)} says neither done nor not done. Write x, or nothing.")
        if not meant and not line.remark:
            return None
        said = Said.DONE if meant == {Tick.DONE} else Said.NOT_DONE
        digest = self._hands[change].digest
        return Report(change, said, digest, text=line.remark, row=line.row, sheet=line.sheet)

    def _add(self, report: Report, line: Line) -> None:
        before = self._said.get(report.change)
        if before is None:
            self._said[report.change] = report
        elif before.said is not report.said:
            self._disputed.add(report.change)
            where = f"Row {before.row}" + (f" of {before.sheet}" if before.sheet else "")
            self._odd.append(
                line.odd("unclear", f"{where} says the opposite about the same person, so neither counts.")
            )
        elif not before.text:
            self._said[report.change] = before._replace(text=report.text)


def _without_one_ref(line: Line) -> Odd:
    if line.refs:
        return line.odd("unclear", "The row has several Refs, so nobody can tell who is meant.")
    who = _quoted(*line.users)
    return line.odd("edited", f"{who} is ticked, but the hidden Ref is gone, so nobody can tell who is meant.")


def _known(ask: Callable[[int], str], change: int) -> str:
    """The answer about a position that a file names; empty where the plan has none."""
    try:
        return ask(change)
    except LookupError:
        return ""


def _quoted(*cells: str) -> str:
    return " / ".join(f'"{one_line(cell)[:60]}"' for cell in cells if cell)


def _letters(text: str) -> str:
    """What stays of a user name through every program and encoding."""
    return "".join(c for c in text.casefold() if c.isascii() and c.isalnum())[:200]
