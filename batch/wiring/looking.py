"""What the tenant shows now about every change of a plan."""

from __future__ import annotations

from batch.core.cells import Once
from batch.core.changes import compare
from batch.core.entries import Seen
from batch.core.pace import Policy
from batch.core.plan import Changes
from batch.core.settle import observe
from batch.engine.ports import Tenant
from batch.engine.reading import patiently

#: Users that are read together.
_GROUP = 20


async def seen_now(changes: Changes, tenant: Tenant) -> list[Seen]:
    """For each change what a read of its user shows, taken as settled.

    Users are read in bulk by name; who is not found so (renamed, or gone) is looked for by id.
    """
    people = await patiently(lambda: tenant.people(set(changes.upn)), Policy())
    holding = dict(zip(people.ids, people.holding, strict=True))
    known = Once[tuple[int, int], Seen](lambda key: compare(changes.kinds[key[0]], people.holdings[key[1]]))
    seen = [
        known[(kind, holding[user])] if user in holding else Seen.UNSEEN
        for user, kind in zip(changes.user_id, changes.kind, strict=True)
    ]
    missing = [n for n, user in enumerate(changes.user_id) if user not in holding]
    for first in range(0, len(missing), _GROUP):
        group = missing[first : first + _GROUP]
        sights = await tenant.look([changes.user_id[n] for n in group])
        for n, sight in zip(group, sights, strict=True):
            seen[n] = observe(changes.kinds[changes.kind[n]], sight, settled=True)
    return seen
