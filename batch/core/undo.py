"""Undo: the change that brings back what a person held before, decided from what they hold now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from batch.core.asks import Ask
from batch.core.changes import ChangeKind
from batch.core.decide import ASSIGNABLE, Decision, weighed
from batch.core.estate import NO_GROUPS, Groups
from batch.core.group_moves import each_member, on_group
from batch.core.outcomes import Bucket
from batch.core.rules import Rules
from batch.core.terms import Add, Assignment, Holding, Sku, Way


def ask_back(kind: ChangeKind) -> Ask:
    """What a row of an undo asks: that this change is taken back."""
    held = {a.sku_id for a in kind.before.assignments if kind.way is Way.GROUP or not a.group}
    given = tuple(sorted(a.sku_id for a in kind.add if a.sku_id not in held))
    return Ask(given, tuple(sorted(kind.remove)), back=kind)


def decide_back(
    holding: Holding,
    ask: Ask,
    owned: Mapping[str, Sku],
    rules: Rules,
    groups: Groups = NO_GROUPS,
    *,
    located: bool,
) -> Decision:
    """Whether, and how, ``ask.back`` can be taken back from somebody who now holds ``holding``.

    Only from whom the change left as they are: whoever was changed since, in anything they hold, is left alone. What
    was given goes, what was taken comes back with the services that were off then; a licence that stayed gets its
    services set as they were. What people would lose that way blocks them until it is accepted, as in any plan, and
    seats are counted.  A usage location that the change set stays:
    the service has no way of taking one back ("usageLocation … not nullable", Graph resource ``user``).
    """
    assert ask.back is not None
    kind = ask.back
    now = _plain(holding)
    if now == _plain(kind.before):
        return Decision(Bucket.UNCHANGED, "undone_already")
    if now != _plain(kind.after):
        return Decision(Bucket.BLOCKED, "changed_since")
    before = [a for a in _plain(kind.before).assignments if _comes_back(kind, a)]
    if any(a.sku_id not in owned for a in before):
        return Decision(Bucket.BLOCKED, "sku_not_owned")
    if any(owned[a.sku_id].status not in ASSIGNABLE for a in before if a.sku_id not in holding.sku_ids):
        return Decision(Bucket.BLOCKED, "sku_not_active")
    add = tuple(sorted(Add(a.sku_id, tuple(p for p in a.disabled if p in owned[a.sku_id].plan_ids)) for a in before))
    match kind.way:
        case Way.DIRECT if add and not located:
            return Decision(Bucket.BLOCKED, "no_location")
        case Way.DIRECT:
            back = ChangeKind(holding, tuple(s for s in ask.remove if holding.direct(s)), add)
        case Way.GROUP:
            back = ChangeKind(holding, ask.remove, add, way=Way.GROUP, join=kind.join)
            back = on_group(back, groups.members[kind.join])
        case Way.MEMBERSHIP:
            leave = () if kind.before.through(kind.join) else (kind.join,)
            gone = tuple(sorted({a.sku_id for a in holding.through(kind.join)})) if leave else ()
            back = ChangeKind(holding, gone, add, way=Way.MEMBERSHIP, join="".join(kind.leave[:1]), leave=leave)
    # Several groups at once, or a licence of one's own beside them, do not come back in one change.
    if _plain(back.after) != _plain(kind.before):
        return Decision(Bucket.BLOCKED, "undo_group")
    moved = each_member(back, groups.members[kind.join]) if kind.way is Way.GROUP else [(back, 1)]
    for one, _ in moved:
        if (found := weighed(one, owned, rules)).kind is None:
            return found._replace(would=back)
    return Decision(Bucket.PLANNED, "", back)


def _comes_back(kind: ChangeKind, held: Assignment) -> bool:
    """Whether this assignment of before is one that the change took away or set anew."""
    if kind.way is Way.MEMBERSHIP:
        return held.group in kind.leave
    return (kind.way is Way.GROUP or not held.group) and _touched(kind, held.sku_id)


def _touched(kind: ChangeKind, sku_id: str) -> bool:
    return sku_id in kind.remove or any(a.sku_id == sku_id for a in kind.add)


def _plain(holding: Holding) -> Holding:
    """The holding without the states of its assignments, which come and go by themselves."""
    return Holding.of(replace(a, state="Active") for a in holding.assignments if a.state != "Error")
