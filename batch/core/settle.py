"""What one fresh read of a user says about a change in doubt."""

from __future__ import annotations

from batch.core.changes import ChangeKind, compare
from batch.core.entries import Seen
from batch.core.terms import Sight


def observe(kind: ChangeKind, sight: Sight, *, settled: bool) -> Seen:
    """The word for a read. ``settled`` says that no read can lag any more, so that what is not there may be believed.

    Entra ID is eventually consistent (graph.md 7): the new state proves itself. The old one, or one that is neither
    (a part of the answer may be newer than the other), does so only after a while.
    """
    if sight.status == 404:
        return Seen.GONE
    if sight.status != 200 or sight.holding is None:
        return Seen.UNSEEN
    seen = compare(kind, sight.holding)
    if seen is not Seen.AFTER and not settled:
        return Seen.MAYBE_BEFORE
    return seen
