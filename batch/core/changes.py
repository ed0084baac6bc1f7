"""A change: one user's move as one call. Most people move alike, so a change is a user and a kind."""

from __future__ import annotations

from dataclasses import dataclass

from batch.core.entries import Seen
from batch.core.terms import Add, Assignment, Call, Holding


@dataclass(frozen=True, slots=True)
class ChangeKind:
    """What goes and what comes, for everybody who holds the same and is asked the same."""

    before: Holding
    remove: tuple[str, ...]
    add: tuple[Add, ...]

    @property
    def takes(self) -> tuple[str, ...]:
        """SKUs of which one more seat is used: added and not held in any way before (graph.md 7)."""
        held = self.before.sku_ids
        return tuple(a.sku_id for a in self.add if a.sku_id not in held)

    @property
    def frees(self) -> tuple[str, ...]:
        """SKUs of which one seat is given back: removed and not inherited as well (graph.md 6)."""
        held, still = self.before.sku_ids, self.after.sku_ids
        return tuple(s for s in self.remove if s in held and s not in still)

    @property
    def after(self) -> Holding:
        """What the user holds once the change took effect."""
        added = {a.sku_id for a in self.add}
        gone = added.union(self.remove)
        kept = [a for a in self.before.assignments if a.group or a.sku_id not in gone]
        return Holding.of(kept + [Assignment(sku_id=a.sku_id, disabled=a.disabled) for a in self.add])

    def call(self, user_id: str) -> Call:
        """The one call that makes this change for a user."""
        return Call(user_id, self.remove, self.add)


def compare(kind: ChangeKind, seen: Holding) -> Seen:
    """Whether a user's holding as read is what the change asks for, what was before it, or neither.

    Only direct assignments of the SKUs that the change touches count: somebody may meanwhile have given this user
    an unrelated licence, and that is not our business.
    """
    if all(seen.direct(s) is None for s in kind.remove) and all(_held(seen, add) for add in kind.add):
        return Seen.AFTER
    touched = {*kind.remove, *(a.sku_id for a in kind.add)}
    if not all(_disabled(seen, s) == _disabled(kind.before, s) for s in touched):
        return Seen.OTHER
    # Somebody took away what this user was to be left with: our removal would leave nothing.
    return Seen.BEFORE if ChangeKind(seen, kind.remove, kind.add).after.sku_ids else Seen.OTHER


def _disabled(holding: Holding, sku_id: str) -> tuple[str, ...] | None:
    direct = holding.direct(sku_id)
    return None if direct is None else direct.disabled


def _held(holding: Holding, add: Add) -> bool:
    return _disabled(holding, add.sku_id) == add.disabled
