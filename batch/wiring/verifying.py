"""A look at a wave before the next one goes: does everybody whom it moved show what the service said was done, and is
everybody who goes next still as the plan knows them?"""

from __future__ import annotations

from collections.abc import Sequence

from batch.core.entries import Seen
from batch.core.ledger import Ledger
from batch.core.plan import Changes
from batch.core.reconcile import unsure
from batch.core.states import OUTCOMES, State
from batch.engine.apply import LookAgain
from batch.engine.ports import Clock, Tenant
from batch.wiring.looking import Waiting, read_again, seen_now


def looks_again(
    changes: Changes, tenant: Tenant, clock: Clock, waiting: Waiting = lambda left, seconds: None
) -> LookAgain:
    """What the engine asks after each wave; ``waiting`` is told while reads may still lag.

    Who cannot be read differs too: a wave is passed for what is seen and not for what is hoped.
    """

    async def look(numbers: Sequence[int], ledger: Ledger) -> list[Seen]:
        part = Changes(
            user_id=[changes.user_id[n] for n in numbers],
            upn=[changes.upn[n] for n in numbers],
            kind=[changes.kind[n] for n in numbers],
            kinds=changes.kinds,
        )
        # The clock of the process that wrote last may have been ahead.
        last = min(max((ledger.at[n] for n in numbers), default=0.0), clock.now())
        deadline = last + max(tenant.read_lag, ledger.policy.settle)
        seen = await seen_now(part, tenant, under_way=True) if numbers else []

        async def differing() -> tuple[list[int], int]:
            odd = [n for n, what in enumerate(seen) if unsure(OUTCOMES[State(ledger.state[numbers[n]])], what)]
            return odd, len(odd)

        await read_again(differing, seen, part, tenant, lambda: deadline - clock.now(), waiting)
        return seen

    return look
