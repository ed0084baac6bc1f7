"""The seats as one run knows them: free, promised to what is on its way, kept for what will be sent again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from batch.core.changes import ChangeKind


class SeatBook:
    """Seats by SKU id. Part of the ledger, and kept from the journal alone like the rest of it."""

    def __init__(self, kind: Sequence[int], kinds: Sequence[ChangeKind]) -> None:
        self.kind = kind
        self.kinds = kinds
        self.takes = [k.takes for k in kinds]
        self.frees = [k.frees for k in kinds]
        #: Known free, and promised to changes that are on the wire or in doubt.
        self.free: dict[str, int] = {}
        self.promised: dict[str, int] = {}
        #: What changes will need which are to be sent again; whoever has not been sent yet comes after them.
        self.reserved: dict[str, int] = {}

    def _claim(self, change: int, seats: int) -> None:
        if seats:
            for sku in self.takes[self.kind[change]]:
                self.reserved[sku] = self.reserved.get(sku, 0) + seats

    def _change_hands(self, change: int) -> None:
        """The change took effect: its promise is kept, and what it gives back is free."""
        kind, free, promised = self.kind[change], self.free, self.promised
        for sku in self.takes[kind]:
            promised[sku] -= 1
            free[sku] = free.get(sku, 0) - 1
        for sku in self.frees[kind]:
            free[sku] = free.get(sku, 0) + 1

    def _use(self, skus: Iterable[str], seats: int) -> None:
        for sku in skus:
            self.free[sku] = self.free.get(sku, 0) - seats

    def _release(self, change: int) -> None:
        for sku in self.takes[self.kind[change]]:
            self.promised[sku] -= 1

    def _none_left(self, change: int, text: str) -> None:
        # The service knows better than the snapshot: nothing is free beyond what is already promised. It names the SKU.
        takes, said = self.takes[self.kind[change]], text.lower()
        for sku in [s for s in takes if s in said] or takes:
            self.free[sku] = min(self.free.get(sku, 0), self.promised.get(sku, 0))

    def _recount(self, read: Mapping[str, int], unknown: Iterable[int]) -> None:
        """Seats as read. ``unknown``: changes of which nobody knows whether they took effect."""
        self.free = dict(read)
        for change in unknown:
            # What it freed, if it did, may be in the read; it is added once that is known.
            self._use([s for s in self.frees[self.kind[change]] if s in self.free], 1)

    def _reckon(self, before: Mapping[str, int], lately: Sequence[int]) -> None:
        """The read may lag: what is certain from it and from what was known ``before``.

        It may miss what ``lately`` applied changes took (so as many may be fewer) and what they freed (so as many may
        be more). What was known before is kept between those two.
        """
        most, least = Counter(self.free), Counter(self.free)
        most.update(sku for c in lately for sku in self.frees[self.kind[c]])
        least.subtract(sku for c in lately for sku in self.takes[self.kind[c]])
        self.free = {sku: max(least[sku], min(before.get(sku, least[sku]), most[sku])) for sku in self.free}
