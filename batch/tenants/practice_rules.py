"""What ``assignLicense`` does to one user, as a pure function in the service's own statuses, codes and messages.

Order of checks, first failure wins; a refused call changes nothing:

1. the user exists (``NO_SUCH_USER``, for the caller to look up);
2. the request: something is asked, no SKU twice;
3. each SKU, removed ones first: the tenant owns it, it can be assigned to users, its ``disabledPlans`` are its own;
4. the usage location, when something is added;
5. each removed SKU is held directly;
6. the plans the user would end with: mutually exclusive ones, then missing base plans. What the user has already is
   left alone, since the tenant evidently allows it;
7. the seats (``no_seat``), asked of whoever counts them: only for a SKU that the user does not hold in any way.

The service's wording is unknown for an empty request, a SKU named twice and a foreign disabled plan; it is ours there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from batch.core.exclusions import Conflicts
from batch.core.terms import Add, Answer, Assignment, Call, Holding, Sku, SkuStatus

BAD_REQUEST = "Request_BadRequest"
APPLIED = Answer(200)
NOT_HELD = Answer(400, BAD_REQUEST, "User does not have a corresponding license.")
INHERITED = Answer(
    400,
    BAD_REQUEST,
    "User license is inherited from a group membership and it cannot be removed directly from the user.",
)
BAD_LOCATION = Answer(400, BAD_REQUEST, "License assignment cannot be done for user with invalid usage location.")
NOTHING_ASKED = Answer(400, BAD_REQUEST, "Either addLicenses or removeLicenses must name a license.")

#: States in which an assignment's plans are switched on.
_ACTIVE = frozenset({"Active", "ActiveWithError"})
#: Statuses in which no unit of a SKU can be given out.
_DEAD = frozenset({SkuStatus.SUSPENDED, SkuStatus.DELETED, SkuStatus.LOCKED_OUT})


class Ruling(NamedTuple):
    """What a call does, seats permitting."""

    holding: Holding
    #: SKUs for which a seat is needed, and whose seat comes free; sorted.
    gained: tuple[str, ...]
    freed: tuple[str, ...]


def rule(call: Call, holding: Holding, location: str, skus: Mapping[str, Sku], conflicts: Conflicts) -> Ruling | Answer:
    """What the call makes of this user's holding, or the service's refusal; seats are the caller's to count."""
    refusal = _malformed(call) or _foreign(call, skus)
    if refusal is None and call.add and not valid_location(location):
        refusal = BAD_LOCATION
    refusal = refusal or _not_removable(call, holding)
    if refusal:
        return refusal
    after = _after(call, holding)
    refusal = incompatible(holding, after, skus, conflicts)
    if refusal:
        return refusal
    gained, freed = after.sku_ids - holding.sku_ids, holding.sku_ids - after.sku_ids
    return Ruling(after, tuple(sorted(gained)), tuple(sorted(freed)))


def valid_location(location: str) -> bool:
    """Whether this is a usage location that a direct assignment accepts: two Latin letters."""
    return len(location) == 2 and location.isascii() and location.isalpha()


def capacity(status: str, enabled: int, warning: int, *, warning_seats: bool) -> int:
    """Units of a SKU that can be given out; those in the grace period only if this tenant says so."""
    return 0 if status in _DEAD else enabled + warning * warning_seats


def no_such_user(user_id: str) -> Answer:
    """The answer for a user that does not exist (any more)."""
    text = f"Resource '{user_id}' does not exist or one of its queried reference-property objects are not present."
    return Answer(404, "Request_ResourceNotFound", text)


def no_seat(sku_id: str) -> Answer:
    """The answer when no unit of this SKU is left."""
    return _refuse(f"Subscription with SKU {sku_id} does not have any available licenses.")


def _refuse(message: str) -> Answer:
    return Answer(400, BAD_REQUEST, message)


def _malformed(call: Call) -> Answer | None:
    if not call.remove and not call.add:
        return NOTHING_ASKED
    named = [*dict.fromkeys(call.remove), *(add.sku_id for add in call.add)]
    if len(set(named)) == len(named):
        return None
    twice = next(sku_id for sku_id in named if named.count(sku_id) > 1)
    return _refuse(f"License {twice} is named more than once in the request.")


def _foreign(call: Call, skus: Mapping[str, Sku]) -> Answer | None:
    asked = [Add(sku_id) for sku_id in call.remove]
    for sku_id, disabled in [*asked, *call.add]:
        sku = skus.get(sku_id)
        if sku is None:
            return _refuse(f"License {sku_id} does not correspond to a valid company License.")
        if sku.applies_to != "User":
            return _refuse(f"License {sku_id} cannot be assigned to a user.")
        strange = sorted(set(disabled) - sku.plan_ids)
        if strange:
            return _refuse(f"Service plan {strange[0]} does not belong to license {sku_id}.")
    return None


def _not_removable(call: Call, holding: Holding) -> Answer | None:
    for sku_id in call.remove:
        if holding.direct(sku_id) is None:
            return INHERITED if holding.groups(sku_id) else NOT_HELD
    return None


def _after(call: Call, holding: Holding) -> Holding:
    named = {*call.remove, *(add.sku_id for add in call.add)}
    kept = [a for a in holding.assignments if a.group or a.sku_id not in named]
    added = [Assignment(sku_id=add.sku_id, disabled=tuple(sorted(set(add.disabled)))) for add in call.add]
    return Holding.of(kept + added)


def incompatible(before: Holding, after: Holding, skus: Mapping[str, Sku], conflicts: Conflicts) -> Answer | None:
    """The refusal of services that do not go together afterwards, and did before; None when they do."""
    had, has = _plans_on(before, skus), _plans_on(after, skus)
    clashes = conflicts.clashes(has) - conflicts.clashes(had)
    if clashes:
        one, other = min(clashes)
        return _refuse(f"License assignment failed because service plans {one},{other} are mutually exclusive")
    unmet = conflicts.unmet(has) - conflicts.unmet(had)
    if unmet:
        plan, bases = min(unmet)
        needed = ", ".join(bases)
        return _refuse(f"License assignment failed because service plan {plan} depends on the service plan(s) {needed}")
    return None


def _plans_on(holding: Holding, skus: Mapping[str, Sku]) -> frozenset[str]:
    on: set[str] = set()
    for held in holding.assignments:
        if held.state in _ACTIVE and held.sku_id in skus:
            on |= skus[held.sku_id].plan_ids.difference(held.disabled)
    return frozenset(on)
