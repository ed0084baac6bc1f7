"""A plan with hardly a seat to spare, and as many fresh practice tenants of a plan as wanted."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from batch.core.exclusions import Conflicts
from batch.tenants.faults import Faults
from batch.tenants.practice import PracticeTenant
from tests.engine.small_plans import A, B, C, D, SmallPlan, in_memory, plan_of

#: How far reads lag behind writes, in seconds.
LAG = 0.03
#: Every kind of change, both swaps above all, and one seat to spare.
WHICH = [0, 1, 0, 1, 2, 0, 1, 8, 1, 9, 0, 1, 7, 6, 6, 3, 4, 5, 0, 1, 2, 1, 7, 6, 4, 5]
PLAN = plan_of(WHICH, slack={A: 1, B: 1, C: 3, D: 1})
#: Doubts at the beginning, in the middle and at the end, so that there is something to look at.
AT = {0: "missing-after", 4: "missing", 9: "error-503-after", 12: "error-500", len(PLAN.changes) - 1: "missing-after"}
FAULTS = Faults(lag=LAG, at={(PLAN.changes.user_id[n], 1): kind for n, kind in AT.items()})


class Quarry:
    """Each tenant has an organisation, as a served one needs."""

    def __init__(self, plan: SmallPlan, folder: Path) -> None:
        self.plan = plan
        file = folder / "quarry.db"
        tenant = PracticeTenant.create(file, plan.skus, plan.people, conflicts=Conflicts())
        asyncio.run(tenant.close())
        with closing(sqlite3.connect(file)) as db:
            self._first = in_memory(db)

    def fresh(self, faults: Faults | None = None) -> PracticeTenant:
        """A copy in memory behind these faults; time on the way passes in the server."""
        return in_memory(self._first._db, faults)

    def close(self) -> None:
        self._first._db.close()
