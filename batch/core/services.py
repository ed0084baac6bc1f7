"""Service plans: what was switched off stays off, and what was on does not go with the old licence.

A new licence comes with every service switched on (graph.md 7), so each choice has to be carried over, by id, and only
plans that exist in the tenant's own edition of the target may be named. A service is on for a person when anything
they hold, directly or through a group, has it on; an assignment in state ``Error`` failed, so it gives nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from batch.core.terms import Add, Assignment, Holding, Sku


def carried_over(holding: Holding, remove: Collection[str], target: Sku, owned: Mapping[str, Sku]) -> tuple[str, ...]:
    """Ids of the plans to keep off in the newly given ``target``, sorted.

    A plan is kept off when it is off in something that goes and on in nothing that goes: the new licence stands in for
    the old one. It is also kept off when it is off in something that stays and on in nothing held at all: a licence on
    top must not switch on what the person has nowhere.
    """
    goes, stays = _parted(holding, remove)
    choices_gone = _off(goes) - _on(goes, owned)
    choices_kept = _off(stays) - _on((*goes, *stays), owned)
    return tuple(sorted((choices_gone | choices_kept) & target.plan_ids))


def lost(holding: Holding, remove: Collection[str], new: Iterable[Add], owned: Mapping[str, Sku]) -> set[str]:
    """Ids of the plans that are on in what goes, and on neither in what stays nor in the ``new`` SKUs."""
    goes, stays = _parted(holding, remove)
    given = [Assignment(sku_id=add.sku_id, disabled=add.disabled) for add in new]
    return _on(goes, owned) - _on((*stays, *given), owned)


def _parted(holding: Holding, remove: Collection[str]) -> tuple[list[Assignment], list[Assignment]]:
    """The direct assignments that go, and everything that stays and did not fail.

    What goes counts even where it failed: the choices made in it are still the admin's.
    """
    goes = [a for a in holding.assignments if not a.group and a.sku_id in remove]
    stays = [a for a in holding.assignments if (a.group or a.sku_id not in remove) and a.state != "Error"]
    return goes, stays


def _off(assignments: Iterable[Assignment]) -> set[str]:
    return {plan for a in assignments for plan in a.disabled}


def _on(assignments: Iterable[Assignment], owned: Mapping[str, Sku]) -> set[str]:
    held = (a for a in assignments if a.state != "Error" and a.sku_id in owned)
    return {plan for a in held for plan in owned[a.sku_id].plan_ids.difference(a.disabled)}
