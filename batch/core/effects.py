"""What a person gains, keeps and loses by a change, service plan by service plan, from what is on before and after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from batch.core.changes import ChangeKind
from batch.core.exclusions import FAMILIES, FORESEEN
from batch.core.hazards import hazards
from batch.core.services import services_of, switched_on
from batch.core.successors import FOUNDATIONS, TIERS, levels, tier
from batch.core.terms import Sku

Pairs = tuple[tuple[str, str], ...]
#: Names of the plans that our own data know.
_OURS = {i: name for part in (*TIERS.values(), *FAMILIES.values()) for name, i in part.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """Plan ids, sorted. Each plan on before is kept, renamed, lowered or lost; a pair is the plan before and after."""

    gained: tuple[str, ...]
    kept: tuple[str, ...]
    #: The same service under another plan, in as high a tier or a higher one.
    renamed: Pairs
    #: The same service in a lower tier.
    lowered: Pairs
    lost: tuple[str, ...]
    #: Off in what is given, and off before: the person's service stays as it was.
    stays_off: tuple[str, ...]
    #: Off in what is given, and not in anything held before, or on in another tier: new, and left off.
    left_off: tuple[str, ...]


class Foreseen(NamedTuple):
    """A reason for which the service may refuse a change: its word, and a sentence that names the plans."""

    code: str
    sentence: str


def effects(kind: ChangeKind, owned: Mapping[str, Sku]) -> Effects:
    """What this change does to the services of whoever it is for; ``owned`` are the tenant's SKUs by id."""
    before, after = (plans - FOUNDATIONS for plans in _sides(kind, owned))
    had, has = levels(before), levels(after)
    lost = {plan for plan in before - after if tier(plan)[0] not in has}
    pairs = {(plan, has[tier(plan)[0]][1]) for plan in before - after - lost}
    # A plan that comes is no gain where one that goes gave the same service, or had it within.
    came = {plan: had[tier(plan)[0]][1] for plan in after - before if tier(plan)[0] in had}
    gained = {plan for plan in after - before if plan not in came or came[plan] in after}
    pairs |= {(was, plan) for plan, was in came.items() if plan not in gained}
    gained -= {plan for _, plan in pairs}
    lowered = {pair for pair in pairs if _lower(*pair)}
    # What was on and is off now is among the lost; what is off beside another tier that is on is left off.
    off = {p for p in _off(kind, owned) - after - before if tier(p)[0] in has or tier(p)[0] not in had}
    held = levels(p for s in kind.before.sku_ids if s in owned for p in owned[s].plan_ids)
    new = {p for p in off if tier(p)[0] in has or tier(p)[0] not in held}
    return Effects(
        gained=tuple(sorted(gained)),
        kept=tuple(sorted(before & after)),
        renamed=tuple(sorted(pairs - lowered)),
        lowered=tuple(sorted(lowered)),
        lost=tuple(sorted(lost)),
        stays_off=tuple(sorted(off - new)),
        left_off=tuple(sorted(new)),
    )


def _off(kind: ChangeKind, owned: Mapping[str, Sku]) -> set[str]:
    """The plans that this change names as off and that can be."""
    given = ((services_of(owned[a.sku_id]), a.disabled) for a in kind.add if a.sku_id in owned)
    return {plan for services, disabled in given for plan in disabled if plan in services.switchable}


def hazards_of(kind: ChangeKind, owned: Mapping[str, Sku]) -> tuple[str, ...]:
    """The names of this change's hazards, accepted or not, the worst first."""
    return hazards(*_sides(kind, owned))


def warnings_of(kind: ChangeKind, owned: Mapping[str, Sku]) -> tuple[Foreseen, ...]:
    """Plans that exclude each other, or miss what they need, after this change and not before; sorted."""
    before, after = _sides(kind, owned)
    clashes = FORESEEN.clashes(after) - FORESEEN.clashes(before)
    unmet = FORESEEN.unmet(after) - FORESEEN.unmet(before)
    if not clashes and not unmet:
        return ()
    words = {plan: _given_by(plan, kind, owned) for plan in after}
    return (
        *(
            Foreseen("plans_conflict", f"{words[one]} and {words[other]} exclude each other.")
            for one, other in sorted(clashes)
        ),
        *(
            Foreseen(
                "plan_dependency", f"{words[plan]} needs {' or '.join(plan_names(bases, owned))}, which is not on."
            )
            for plan, bases in sorted(unmet)
        ),
    )


def plan_names(plans: Iterable[str], owned: Mapping[str, Sku]) -> list[str]:
    """The names of these service plans as the tenant has them, else as our own data do, else their ids; sorted."""
    wanted = set(plans)
    if not wanted:
        return []
    here = {p.plan_id: p.name for sku in owned.values() for p in sku.plans if p.plan_id in wanted}
    return sorted((here.get(plan) or _OURS.get(plan, plan) for plan in wanted), key=str.casefold)


def _given_by(plan: str, kind: ChangeKind, owned: Mapping[str, Sku]) -> str:
    """The plan with the products that give it to the person: "MCOEV (Office 365 E5)"."""
    held = [a for a in kind.after.assignments if a.sku_id in owned and plan in owned[a.sku_id].plan_ids]
    products = sorted({owned[a.sku_id].name for a in held if plan not in a.disabled and a.state != "Error"})
    return f"{plan_names((plan,), owned)[0]} ({', '.join(products)})"


def _lower(was: str, plan: str) -> bool:
    """Whether the second plan is a lower tier of the first one's service."""
    (service, level), (same, now) = tier(was), tier(plan)
    return service == same and now < level


def _sides(kind: ChangeKind, owned: Mapping[str, Sku]) -> tuple[set[str], set[str]]:
    """The plans that are on before the change and after it."""
    return switched_on(kind.before.assignments, owned), switched_on(kind.after.assignments, owned)
