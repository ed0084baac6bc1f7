"""What became of each pack and job that was handed over, and what is still open in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from batch.core.handed import Hand
from batch.core.ledger import Ledger
from batch.core.plan import Changes
from batch.core.states import State

_FIRST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPack:
    """One pack (for PowerShell: one job) of one handover. What was taken back is no part of it."""

    handover: int
    pack: int
    hand: Hand
    people: int
    #: Seen as asked, only said to be so, and refused or left alone.
    done: int
    said: int
    refused: int
    #: Reason word → people who are not done yet.
    open: Mapping[str, int]
    #: The first of those who are open or only said to be done.
    first: tuple[str, ...]

    @property
    def is_closed(self) -> bool:
        """Whether nobody has to do, or show, anything more."""
        return not self.said and not self.open


def open_packs(ledger: Ledger, changes: Changes) -> tuple[OpenPack, ...]:
    """Every pack and job, in the order in which they were handed over and are to be done."""
    members: dict[tuple[int, int, Hand], list[int]] = {}
    for change, where in sorted(ledger.hands.items()):
        members.setdefault((where.handover, where.pack, where.hand), []).append(change)
    return tuple(_pack(*key, members[key], ledger, changes) for key in sorted(members))


def _pack(handover: int, pack: int, hand: Hand, members: list[int], ledger: Ledger, changes: Changes) -> OpenPack:
    stand = {change: State(ledger.state[change]) for change in members}
    tally = Counter(stand.values())
    left = [change for change, state in stand.items() if state in (State.HANDED, State.CLAIMED)]
    return OpenPack(
        handover=handover,
        pack=pack,
        hand=hand,
        people=len(members),
        done=tally[State.APPLIED],
        said=tally[State.CLAIMED],
        refused=tally[State.REFUSED] + tally[State.HELD],
        open=dict(Counter(ledger.why[c][0] for c in left if stand[c] is State.HANDED).most_common()),
        first=tuple(changes.upn[c] for c in left[:_FIRST]),
    )
