"""Undo: the change that brings back what a person held before, decided from what they hold now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from batch.core.asks import Ask
from batch.core.changes import ChangeKind
from batch.core.decide import ASSIGNABLE, Decision
from batch.core.outcomes import Bucket
from batch.core.rules import Rules
from batch.core.terms import Add, Holding, Sku, Way


def ask_back(kind: ChangeKind) -> Ask:
    """What a row of an undo asks: that this change is taken back."""
    held = {a.sku_id for a in kind.before.assignments if not a.group}
    given = tuple(sorted(a.sku_id for a in kind.add if a.sku_id not in held))
    return Ask(given, tuple(sorted(kind.remove)), back=kind)


def decide_back(holding: Holding, ask: Ask, owned: Mapping[str, Sku], rules: Rules, *, located: bool) -> Decision:
    """Whether, and how, ``ask.back`` can be taken back from somebody who now holds ``holding``.

    Only from whom the change left as they are: whoever was changed since, in anything they hold, is left alone. What
    was given goes, what was taken comes back with the services that were off then; a licence that stayed gets its
    services set as they were. Seats are counted like those of any plan. A usage location that the change set stays:
    the service has no way of taking one back ("usageLocation … not nullable", Graph resource ``user``).
    """
    assert ask.back is not None
    kind = ask.back
    now = _plain(holding)
    if now == _plain(kind.before):
        return Decision(Bucket.UNCHANGED, "undone_already")
    if now != _plain(kind.after):
        return Decision(Bucket.BLOCKED, "changed_since")
    if kind.way is not Way.DIRECT:
        return _between_groups(kind, holding)
    before = [a for a in _plain(kind.before).assignments if not a.group and _touched(kind, a.sku_id)]
    if any(a.sku_id not in owned for a in before):
        return Decision(Bucket.BLOCKED, "sku_not_owned")
    if any(owned[a.sku_id].status not in ASSIGNABLE for a in before if a.sku_id not in holding.sku_ids):
        return Decision(Bucket.BLOCKED, "sku_not_active")
    add = tuple(Add(a.sku_id, tuple(p for p in a.disabled if p in owned[a.sku_id].plan_ids)) for a in before)
    if add and not located:
        return Decision(Bucket.BLOCKED, "no_location")
    remove = tuple(s for s in ask.remove if holding.direct(s))
    return Decision(Bucket.PLANNED, "", ChangeKind(holding, remove, tuple(sorted(add))))


def _between_groups(kind: ChangeKind, holding: Holding) -> Decision:
    """Back into the one group that was left; out of several, or of a licence of one's own, no one change leads back."""
    before = kind.before.assignments
    own = any(a.group == kind.join or (not a.group and a.sku_id in kind.remove) for a in before)
    if kind.way is Way.GROUP or len(kind.leave) != 1 or own:
        return Decision(Bucket.BLOCKED, "undo_group")
    (old,) = kind.leave
    remove = tuple(sorted(a.sku_id for a in kind.add if not holding.direct(a.sku_id)))
    add = tuple(Add(a.sku_id, a.disabled) for a in before if a.group == old)
    back = ChangeKind(holding, remove, add, way=Way.MEMBERSHIP, join=old, leave=(kind.join,))
    return Decision(Bucket.PLANNED, "", back)


def _touched(kind: ChangeKind, sku_id: str) -> bool:
    return sku_id in kind.remove or any(a.sku_id == sku_id for a in kind.add)


def _plain(holding: Holding) -> Holding:
    """The holding without the states of its assignments, which come and go by themselves."""
    return Holding.of(replace(a, state="Active") for a in holding.assignments if a.state != "Error")
