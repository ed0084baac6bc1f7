"""A change: one user's move as one call. Most people move alike, so a change is a user and a kind."""

from __future__ import annotations

from dataclasses import dataclass, fields

from batch.core.entries import Seen
from batch.core.terms import Add, Assignment, Call, Holding, Way


@dataclass(frozen=True, slots=True, repr=False)
class ChangeKind:
    """What goes and what comes, for everybody who holds the same and is asked the same."""

    before: Holding
    remove: tuple[str, ...]
    add: tuple[Add, ...]
    #: The usage location given to people who have none, two letters in upper case. It cannot be taken back (the
    #: service lets nobody clear it), so undoing names it and leaves it.
    location: str = ""
    #: On what it is made. For ``GROUP``, ``before`` is what the group itself gives.
    way: Way = Way.DIRECT
    #: ``MEMBERSHIP``: the group to join and those to leave; it gives what ``add`` names. ``GROUP``: the group.
    join: str = ""
    leave: tuple[str, ...] = ()
    #: ``GROUP``: how many members there are, and by SKU how many seats they take (below zero: give back) together.
    people: int = 1
    seats: tuple[tuple[str, int], ...] = ()

    def __repr__(self) -> str:
        """What came later is left out where it says nothing: ids of plans made before stay what they are."""
        said = [
            f"{f.name}={getattr(self, f.name)!r}"
            for f in fields(self)
            if f.name in ("before", "remove", "add") or getattr(self, f.name) != f.default
        ]
        return f"ChangeKind({', '.join(said)})"

    @property
    def takes(self) -> tuple[str, ...]:
        """SKUs of which one more seat is used: added and not held in any way before (graph.md 7).

        For a group, each as often as seats of it are used.
        """
        if self.way is Way.GROUP:
            return tuple(sku for sku, count in self.seats for _ in range(count))
        held = self.before.sku_ids
        return tuple(a.sku_id for a in self.add if a.sku_id not in held)

    @property
    def frees(self) -> tuple[str, ...]:
        """SKUs of which one seat is given back: removed and not inherited as well (graph.md 6).

        For a group, each as often as seats of it are given back.
        """
        if self.way is Way.GROUP:
            return tuple(sku for sku, count in self.seats for _ in range(-count))
        held, still = self.before.sku_ids, self.after.sku_ids
        return tuple(s for s in self.remove if s in held and s not in still)

    @property
    def after(self) -> Holding:
        """What the user (the group) holds once the change took effect."""
        if self.way is not Way.DIRECT:
            given = [Assignment(sku_id=a.sku_id, group=self.join, disabled=a.disabled) for a in self.add]
            return Holding.of([a for a in self.before.assignments if not self._goes(a)] + given)
        added = {a.sku_id for a in self.add}
        gone = added.union(self.remove)
        kept = [a for a in self.before.assignments if a.group or a.sku_id not in gone]
        return Holding.of(kept + [Assignment(sku_id=a.sku_id, disabled=a.disabled) for a in self.add])

    def _goes(self, held: Assignment) -> bool:
        """Whether this assignment goes, or is set anew, in a change of a group or of memberships."""
        touched = {*self.remove, *(a.sku_id for a in self.add)}
        if self.way is Way.GROUP:
            return held.sku_id in touched
        return held.group in (self.join, *self.leave) if held.group else held.sku_id in self.remove

    def call(self, user_id: str) -> Call:
        """The one call that makes this change for a user (for a group by its key)."""
        if self.way is Way.MEMBERSHIP:
            mine = tuple(s for s in self.remove if self.before.direct(s))
            return Call(user_id, mine, self.add, "", self.way, self.join, self.leave)
        return Call(user_id, self.remove, self.add, self.location, self.way)


def compare(kind: ChangeKind, seen: Holding) -> Seen:
    """Whether a user's holding as read is what the change asks for, what was before it, or neither.

    Only direct assignments of the SKUs that the change touches count: somebody may meanwhile have given this user
    an unrelated licence, and that is not our business. For a change of memberships see ``_moved``, for one of a group
    ``_regrouped``.
    """
    if kind.way is not Way.DIRECT:
        return _moved(kind, seen) if kind.way is Way.MEMBERSHIP else _regrouped(kind, seen)
    if all(seen.direct(s) is None for s in kind.remove) and all(_held(seen, add) for add in kind.add):
        return Seen.AFTER
    if not all(_disabled(seen, s) == _disabled(kind.before, s) for s in _touched(kind)):
        return Seen.OTHER
    # Somebody took away what this user was to be left with: our removal might leave nothing.
    return Seen.BEFORE if _untouched_is_there(kind, seen) else Seen.OTHER


def compare_whole(kind: ChangeKind, seen: Holding) -> Seen:
    """The same for somebody at rest: who no longer has what the change left alone was changed by somebody else too.

    Whether a call took effect (``compare``) shows in what it touched; whether people are as they should be does not.
    """
    found = compare(kind, seen)
    if found is Seen.AFTER and kind.way is Way.DIRECT and not _untouched_is_there(kind, seen):
        return Seen.OTHER
    return found


def _touched(kind: ChangeKind) -> set[str]:
    return {*kind.remove, *(a.sku_id for a in kind.add)}


def _untouched_is_there(kind: ChangeKind, seen: Holding) -> bool:
    """Whether everything that the change leaves alone is still held, with no more services off."""
    now: dict[tuple[str, str], tuple[str, ...]] = {
        (a.sku_id, a.group): a.disabled for a in seen.assignments if a.state != "Error"
    }
    touched = _touched(kind)
    rest = (a for a in kind.before.assignments if a.state != "Error" and (a.group or a.sku_id not in touched))
    return all((a.sku_id, a.group) in now and set(now[a.sku_id, a.group]) <= set(a.disabled) for a in rest)


def _moved(kind: ChangeKind, seen: Holding) -> Seen:
    """AFTER: in the new group, which gives all of it, and the old ways are gone. BEFORE: an old way is still there.

    Nobody who still has the old licence can lose by joining, waiting and leaving once more, however far it got.
    """
    given = {(a.sku_id, a.state) for a in seen.assignments if a.group == kind.join}
    old = any(a.group in kind.leave if a.group else a.sku_id in kind.remove for a in seen.assignments)
    if not old and all((add.sku_id, "Active") in given for add in kind.add):
        return Seen.AFTER
    return Seen.BEFORE if old or not (kind.leave or kind.remove) else Seen.OTHER


def _regrouped(kind: ChangeKind, seen: Holding) -> Seen:
    """Of the group's own licences; one in state ``Error`` could not be given to some member."""
    now = {a.sku_id: (a.disabled, a.state) for a in seen.assignments}
    then = {a.sku_id: (a.disabled, a.state) for a in kind.before.assignments}
    if now.keys().isdisjoint(kind.remove) and all(now.get(a.sku_id) == (a.disabled, "Active") for a in kind.add):
        return Seen.AFTER
    touched = {*kind.remove, *(a.sku_id for a in kind.add)}
    return Seen.BEFORE if all(now.get(s) == then.get(s) for s in touched) else Seen.OTHER


def _disabled(holding: Holding, sku_id: str) -> tuple[str, ...] | None:
    direct = holding.direct(sku_id)
    return None if direct is None else direct.disabled


def _held(holding: Holding, add: Add) -> bool:
    return _disabled(holding, add.sku_id) == add.disabled
