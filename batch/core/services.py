"""Service plans: what was switched off stays off, what was on does not go with the old licence, what is new is chosen.

A new licence comes with every service switched on (graph.md 7), so each choice has to be carried over: by id, and from
tier to tier of one service (``successors``); only plans that exist in the tenant's own edition of the target may be
named, and none that is company-wide. A service is on for a person when anything they hold, directly or through a
group, has it on; an assignment in state ``Error`` failed, so it gives nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from batch.core.rules import NewServices, Rules
from batch.core.successors import FOUNDATIONS, Levels, levels, tier
from batch.core.terms import Add, Assignment, Holding, Sku


class Services(NamedTuple):
    """What a SKU gives, as this tenant has it."""

    plans: frozenset[str]
    #: Those that can be switched off for one person, each with its service.
    switchable: dict[str, str]
    levels: Levels


#: Worked out once for each SKU value, by identity: hashing one costs as much as working it out.
_KNOWN: dict[int, tuple[Sku, Services]] = {}
_MOST_KNOWN = 2000


def services_of(sku: Sku) -> Services:
    """The services of this SKU."""
    found = _KNOWN.get(id(sku))
    if found is None or found[0] is not sku:
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        users = (p.plan_id for p in sku.plans if p.applies_to != "Company" and p.plan_id not in FOUNDATIONS)
        known = Services(sku.plan_ids, {plan: tier(plan)[0] for plan in users}, levels(sku.plan_ids))
        found = _KNOWN[id(sku)] = (sku, known)
    return found[1]


def switched_on(assignments: Iterable[Assignment], owned: Mapping[str, Sku]) -> set[str]:
    """The plans that are on through these assignments; one that failed gives none."""
    held = (a for a in assignments if a.state != "Error" and a.sku_id in owned)
    return set[str]().union(*(services_of(owned[a.sku_id]).plans.difference(a.disabled) for a in held))


class Standing:
    """What somebody has on and off while some of it goes, for as long as one row is decided.

    What goes counts even where it failed: the choices made in it are still the admin's. What stays and failed does not.
    """

    def __init__(self, holding: Holding, remove: Collection[str], owned: Mapping[str, Sku]) -> None:
        self._owned = owned
        self._goes = [a for a in holding.assignments if not a.group and a.sku_id in remove]
        kept = (a for a in holding.assignments if a.group or a.sku_id not in remove)
        self._stays = [a for a in kept if a.state != "Error"]
        self._chosen = _on(self._goes, owned)
        self._gone = _on((a for a in self._goes if a.state != "Error"), owned)
        self._kept = _on(self._stays, owned)
        self._off_gone, self._off_kept = _off(self._goes), _off(self._stays)

    def carried_over(self, target: Sku) -> set[str]:
        """Ids of the plans to keep off in the newly given ``target``.

        A service is kept off when it is off in something that goes and on in nothing that goes: the new licence stands
        in for the old one. It is also kept off when it is off in something that stays and on in nothing held at all: a
        licence on top must not switch on what the person has nowhere. A service is the same in every tier.
        """
        off = self._off_gone - self._gone.keys()
        off |= self._off_kept - self._gone.keys() - self._kept.keys()
        return {plan for plan, service in services_of(target).switchable.items() if service in off} if off else set()

    def heirs(self, add: Collection[str]) -> frozenset[str]:
        """Those of the SKUs asked for that take the place of what goes: they share the most services with it.

        The others are given on top, like every SKU where nothing goes.
        """
        gone = {service for a in self._goes if a.sku_id in self._owned for service in self._offered(a.sku_id)}
        shared = {sku_id: len(gone.intersection(self._offered(sku_id))) for sku_id in add}
        most = max(shared.values(), default=0)
        return frozenset(sku_id for sku_id, number in shared.items() if number == most and number)

    def left_off(self, target: Sku, rules: Rules) -> set[str]:
        """Ids of the plans that the policy for new services leaves off in a ``target`` that is an heir.

        New is what was on in no tier in what goes, and is on in nothing that stays. A service that stays in another
        tier needs no second one, which may exclude it: neither where it was off, nor in a lower tier than the one that
        stays. Where the tenant does not say which plans a licence had, nobody knows what is new, and nothing is left
        off.
        """
        known = all(a.sku_id in self._owned and self._owned[a.sku_id].plans for a in self._goes)
        if rules.new_services is NewServices.ALL_ON or not known:
            return set()
        services = services_of(target).switchable
        new = {plan for plan, service in services.items() if service not in self._chosen}
        for service in self._kept.keys() & self._chosen.keys():
            new.update(p for p, s in services.items() if s == service and tier(p)[1] < self._kept[service][0])
        new -= switched_on((*self._goes, *self._stays), self._owned)
        if rules.new_services is NewServices.TEMPLATE:
            new -= {p.plan_id for p in target.plans if not rules.template.isdisjoint((p.plan_id, p.name.casefold()))}
        return new

    def lost(self, new: Iterable[Add]) -> dict[str, int]:
        """The services on in what goes that neither what stays nor the ``new`` SKUs give in as high a tier.

        Each with the tier in which they are still on, -1 for nowhere.
        """
        given = _on((Assignment(sku_id=add.sku_id, disabled=add.disabled) for add in new), self._owned)
        missing = {}
        for service, (level, _) in self._gone.items():
            still = max(given.get(service, _NOWHERE), self._kept.get(service, _NOWHERE))[0]
            if still < level:
                missing[service] = still
        return missing

    def _offered(self, sku_id: str) -> Collection[str]:
        return services_of(self._owned[sku_id]).switchable.values()


_NOWHERE = (-1, "")


def restores(plan: str, missing: Mapping[str, int]) -> bool:
    """Whether this plan, switched on, gives back what is ``missing`` (see ``Standing.lost``), if in a lower tier."""
    service, level = tier(plan)
    return missing.get(service, level) < level


def _on(assignments: Iterable[Assignment], owned: Mapping[str, Sku]) -> Levels:
    """The services that are on in these assignments, whether or not they failed."""
    found: Levels = {}
    for a in assignments:
        if a.sku_id not in owned:
            continue
        known = services_of(owned[a.sku_id])
        one = levels(known.plans.difference(a.disabled)) if a.disabled else known.levels
        found = found | {s: max(on, found.get(s, _NOWHERE)) for s, on in one.items()} if found else one
    return found


def _off(assignments: Iterable[Assignment]) -> set[str]:
    return set(levels(plan for a in assignments for plan in a.disabled))
