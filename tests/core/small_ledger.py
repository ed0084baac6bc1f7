"""A ledger over a few changes, told what happened in short words."""

from __future__ import annotations

import json

from batch.core.changes import ChangeKind
from batch.core.entries import Entry, EntryKind, Seen
from batch.core.handed import Hand, Said, handover_text
from batch.core.ledger import Ledger
from batch.core.pace import Policy
from batch.core.states import State
from batch.core.terms import Add, Assignment, Holding

A, B, C = "a", "b", "c"


def holds(*sku_ids: str) -> Holding:
    return Holding.of(Assignment(sku_id=s) for s in sku_ids)


#: 0: A becomes B. 1: B becomes A. 2: C on top. 3: B and C on top. 4: takes no seat at all.
KINDS = (
    ChangeKind(holds(A), (A,), (Add(B),)),
    ChangeKind(holds(B), (B,), (Add(A),)),
    ChangeKind(holds(A), (), (Add(C),)),
    ChangeKind(holds(A), (), (Add(B), Add(C))),
    ChangeKind(holds(B, C), (C,), ()),
)
THROTTLED = 429
LOST = 0
DONE = 200
DIGEST = "d" * 64


class Story:
    """A ledger and a clock that goes on a second with every entry."""

    def __init__(self, which: list[int], free: dict[str, int] | None = None, **policy: float) -> None:
        self.entries: list[Entry] = []
        self.ledger = Ledger(which, KINDS)
        self.now = 1000.0
        self.policy = Policy(**{"stop_at": 1.0, **policy})  # type: ignore[arg-type]
        self.opened()
        if free is not None:
            self.counted(free)

    def tell(self, kind: EntryKind, change: int = -1, **more: object) -> Story:
        self.now += 1.0
        entry = Entry(kind, change, self.now, **more)  # type: ignore[arg-type]
        self.entries.append(entry)
        self.ledger.record(entry)
        return self

    def opened(self) -> Story:
        return self.tell(EntryKind.OPENED, text=self.policy.to_json())

    def counted(self, free: dict[str, int]) -> Story:
        return self.tell(EntryKind.COUNTED, text=json.dumps(free))

    def sent(self, *changes: int) -> Story:
        group = self.ledger.groups + 1
        for change in changes:
            self.tell(EntryKind.SENT, change, group=group)
        return self

    def answered(self, change: int, status: int, code: str = "", text: str = "", wait: float = -1.0) -> Story:
        return self.tell(EntryKind.ANSWERED, change, status=status, code=code, text=text, wait=wait)

    def seen(self, change: int, seen: Seen, wait: float = -1.0) -> Story:
        return self.tell(EntryKind.OBSERVED, change, status=seen, wait=wait)

    def handed(self, *changes: int, number: int = 0, pack: int = 1, hand: Hand = Hand.ADMIN_CENTER) -> Story:
        """Given into another hand; a handover of its own unless ``number`` says which."""
        text = handover_text(number or self.ledger.handovers + 1, DIGEST)
        for change in changes:
            self.tell(EntryKind.HANDED_OVER, change, group=pack, code=hand.value, text=text)
        return self

    def taken_back(self, change: int) -> Story:
        return self.tell(EntryKind.TAKEN_BACK, change, text="revoked")

    def reported(self, change: int, said: Said, status: int = 0, text: str = "") -> Story:
        return self.tell(EntryKind.REPORTED, change, status=status, code=said.value, text=text)

    def proven(self, change: int, seen: Seen) -> Story:
        return self.tell(EntryKind.PROVEN, change, status=seen)

    def state(self, change: int) -> State:
        return State(self.ledger.state[change])
