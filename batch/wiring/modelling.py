"""A run's own practice tenant follows the real one: what was seen there is done here as well.

Where a plan is made from sheets alone, its practice tenant stands for a tenant that nobody can look at. Plans that are
made from it later (the way back, a product's retirement) then begin with what is true.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from batch.core.entries import Seen
from batch.core.ledger import Ledger
from batch.core.plan import Changes
from batch.core.states import State
from batch.engine.ports import Tenant
from batch.runs.folder import RunFolder, readable
from batch.wiring.applying import tenant_of
from batch.wiring.looking import seen_now
from batch.wiring.opening import is_modelled
from batch.wiring.parts import waited

_GROUP = 20
#: On a calm day, whatever the rehearsal had.
_CALM = {"faults": ""}
#: In ``meta``: whatever was proven up to this moment is so in the model (UTC seconds).
_CARRIED = "carried_over"


def carry_over(folder: RunFolder, meta: Mapping[str, Any], changes: Changes, ledger: Ledger) -> list[str]:
    """Do in the run's model what was proven to be done elsewhere and is not so there; what to say of it, in sentences.

    Nothing for a run on a tenant that can be looked at. Each is done once: what takes it back later does so in the
    same model. Where some could not be moved, or this was cut short, all that was new is tried again the next time.
    """
    if not ledger.hands or not is_modelled(meta):
        return []
    since = float(folder.meta().get(_CARRIED, 0.0))
    applied = (change for change in sorted(ledger.hands) if ledger.state[change] == State.APPLIED)
    done = [change for change in applied if ledger.at[change] > since]
    if not done:
        return []
    with tenant_of(folder, meta, _CALM) as tenant:
        left = waited(_follow(tenant, changes, done))
    if not left:
        with readable(folder.path):
            folder.note({_CARRIED: max(ledger.at[change] for change in done)})
        return []
    first = ", ".join(changes.upn[change] for change in left[:3])
    return [
        f"{len(left):,} people could not be moved in the run's own practice tenant as they were in the real one "
        f"({first}{' …' if len(left) > 3 else ''}): plan what comes next from a fresh export."
    ]


async def _follow(tenant: Tenant, changes: Changes, done: Sequence[int]) -> list[int]:
    """Move them as in the real tenant, in as many rounds as seats need; who could not be moved."""
    part = Changes(
        user_id=[changes.user_id[n] for n in done],
        upn=[changes.upn[n] for n in done],
        kind=[changes.kind[n] for n in done],
        kinds=changes.kinds,
    )
    seen = await seen_now(part, tenant)
    left = [change for change, what in zip(done, seen, strict=True) if what is not Seen.AFTER]
    while left:
        refused = []
        for first in range(0, len(left), _GROUP):
            group = left[first : first + _GROUP]
            calls = [changes.kinds[changes.kind[c]].call(changes.user_id[c]) for c in group]
            answers = await tenant.assign(calls)
            refused += [c for c, answer in zip(group, answers, strict=True) if answer.status != 200]
        if len(refused) == len(left):
            break
        left = refused
    return left
