"""Ways of holding: licences that come through groups, and the two ways of moving them there.

A licence that a group gives cannot be taken from the user (graph.md 7). Either the licences of the group itself are
changed, which moves every member, or the person moves between groups: into the new one, and out of the old ones once
what the new one gives is Active ("Change the license assignments for a user or group", "Add users with direct licenses
to a group for licensing"). In between they hold both; a seat of the new one is taken before one of the old is given
back.

Whoever is in a group with a membership rule, or in one that comes from on-premises, cannot be moved by hand. The
licences of such a group can be changed all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

from batch.core.asks import Ask
from batch.core.changes import ChangeKind
from batch.core.estate import Groups
from batch.core.exclusions import forbidden
from batch.core.group_moves import on_group
from batch.core.services import restores, switched_on
from batch.core.successors import levels, tier
from batch.core.terms import Assignment, Holding, Sku, SkuStatus, Way

#: In these states a licence is given to new people (graph.md 4).
_ASSIGNABLE = (SkuStatus.ENABLED, SkuStatus.WARNING)


class Moved(NamedTuple):
    """The change that a row comes to; or, without one, the reason word and the groups that are the reason."""

    code: str
    kind: ChangeKind | None = None
    #: For people; empty when the word says it all.
    detail: str = ""


#: What the licences of a group, taken for those of a person, and an ask come to: a change, or a reason word.
Choose = Callable[[Holding, Ask], "ChangeKind | str"]


def inherited(holding: Holding, ask: Ask, owned: Mapping[str, Sku], groups: Groups, choose: Choose) -> Moved:
    """What becomes of a row that names a way, or whose old licence a group gives to somebody who holds ``holding``."""
    if ask.way is Way.MEMBERSHIP:
        return _by_membership(holding, ask, owned, groups)
    givers = _givers(holding, ask.remove)
    if ask.way is Way.GROUP:
        return _by_group(holding, ask, givers, groups, choose)
    return _no("inherited", givers, groups)


def _no(code: str, which: Iterable[str], groups: Groups) -> Moved:
    return Moved(code, None, ", ".join(map(groups.label, which)))


def _givers(holding: Holding, skus: Collection[str]) -> tuple[str, ...]:
    """The groups through which somebody holds any of these SKUs, sorted by id."""
    return tuple(sorted({a.group for a in holding.assignments if a.group and a.sku_id in skus}))


def _by_membership(holding: Holding, ask: Ask, owned: Mapping[str, Sku], groups: Groups) -> Moved:
    target = groups.named(ask.to_group)
    if target is None:
        return Moved("group_unknown", None, ask.to_group)
    given = {add.sku_id for add in target.licences}
    leave = tuple(group for group in _givers(holding, ask.remove) if group != target.group_id)
    remove = tuple(s for s in ask.remove if any(a.sku_id == s for a in holding.assignments))
    if not given.issuperset(ask.add):
        return _no("group_lacks_product", (target.group_id,), groups)
    if given.intersection(ask.remove):
        return _no("group_gives_old", (target.group_id,), groups)
    there = all((s, "Active") in {(a.sku_id, a.state) for a in holding.through(target.group_id)} for s in given)
    if not remove and there:
        return Moved("already_done")
    if ask.remove and not remove:
        return Moved("source_not_held")
    touched = leave if there else (target.group_id, *leave)
    if stuck := _immovable(touched, groups):
        return stuck
    kind = ChangeKind(holding, remove, target.licences, way=Way.MEMBERSHIP, join=target.group_id, leave=leave)
    return _sound(kind, ask, owned, groups)


def _immovable(which: Iterable[str], groups: Groups) -> Moved | None:
    """Why somebody cannot be put into, or taken out of, one of these groups; None when they can."""
    known = groups.known
    for code, found in (
        ("group_unknown", [g for g in which if g not in known]),
        ("group_dynamic", [g for g in which if g in known and known[g].dynamic]),
        ("group_synced", [g for g in which if g in known and known[g].synced]),
    ):
        if found:
            return _no(code, found, groups)
    return None


def _sound(kind: ChangeKind, ask: Ask, owned: Mapping[str, Sku], groups: Groups) -> Moved:
    """This change of memberships, unless the tenant cannot give it, or it takes more than was asked."""
    held, after = kind.before.sku_ids, kind.after.sku_ids
    new = [owned.get(add.sku_id) for add in kind.add if add.sku_id not in held]
    if None in new:
        return Moved("sku_not_owned")
    if any(sku.status not in _ASSIGNABLE for sku in new if sku):
        return Moved("sku_not_active")
    if more := held - after - frozenset(ask.remove):
        names = ", ".join(sorted(owned[s].name if s in owned else s for s in more))
        return Moved("group_gives_more", None, names)
    on = switched_on(kind.after.through(kind.join), owned)
    if on.intersection(ask.disabled or ()):
        return _no("group_services", (kind.join,), groups)
    if _withheld(kind, ask, owned):
        return _no("target_lacks_service", (kind.join,), groups)
    return Moved("", kind)


def _withheld(kind: ChangeKind, ask: Ask, owned: Mapping[str, Sku]) -> bool:
    """Whether a service would be lost that the new group's licence has, but switched off."""
    had, still = (levels(switched_on(h.assignments, owned)) for h in (kind.before, kind.after))
    unwanted = {tier(plan)[0] for plan in ask.disabled or ()}
    left = {service: still.get(service, (-1, ""))[0] for service in had if service not in unwanted}
    missing = {service: level for service, level in left.items() if level < had[service][0]}
    return any(restores(plan, missing) for add in kind.add for plan in add.disabled)


def clashes(kind: ChangeKind, owned: Mapping[str, Sku]) -> bool:
    """Whether services would exclude or miss each other the moment that the group gives its licences.

    The service then gives none of them. Who moves between groups holds what the old ones give until then.
    """
    rest = [a for a in kind.before.assignments if a.group != kind.join]
    given = kind.after.through(kind.join)
    return bool(forbidden(switched_on(rest, owned), switched_on((*rest, *given), owned)))


def _by_group(holding: Holding, ask: Ask, givers: tuple[str, ...], groups: Groups, choose: Choose) -> Moved:
    mine = [s for s in ask.remove if holding.direct(s)]
    if not givers:
        if mine or not ask.remove:
            return Moved("not_by_group")
        return Moved("already_done" if holding.sku_ids.issuperset(ask.add) else "source_not_held")
    if len(givers) > 1:
        return _no("several_groups", givers, groups)
    if mine:
        return _no("held_both_ways", givers, groups)
    group, members = groups.known.get(givers[0]), groups.members.get(givers[0])
    if group is None or members is None:
        return Moved("group_unknown", None, givers[0])
    own = Holding.of(Assignment(sku_id=add.sku_id, disabled=add.disabled) for add in group.licences)
    chosen = choose(own, ask)
    if isinstance(chosen, str):
        return _no(chosen, givers, groups)
    before = Holding.of(Assignment(sku_id=a.sku_id, group=group.group_id, disabled=a.disabled) for a in own.assignments)
    return Moved(
        "", on_group(ChangeKind(before, chosen.remove, chosen.add, way=Way.GROUP, join=group.group_id), members)
    )
