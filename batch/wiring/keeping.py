"""A plan into its folder: what is noted about it, who made it, and under which terms it may be carried out."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from batch import __version__
from batch.core.estate import Organisation
from batch.core.guard import Guard
from batch.core.money import departments_of
from batch.core.pace import Policy
from batch.core.plan import Plan
from batch.core.requests import Requests
from batch.engine.ports import Tenant
from batch.runs.folder import create_database, finish_database, write_meta
from batch.runs.jobfile import Job
from batch.runs.store import save_departments, save_plan
from batch.wiring.applying import FORMAT, terms_of
from batch.wiring.opening import GRAPH, is_own, located
from batch.wiring.origins import source_of
from batch.wiring.parts import account

#: The practice tenant that is made from the sheets when no tenant is named; it lives in the run folder.
OWN_TENANT = "practice:practice.db"


def free_name(now: float) -> str:
    """A folder name from the time; with a number when two runs begin in one second."""
    stem = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d-%H%M%S")
    names = (stem, *(f"{stem}-{n}" for n in range(2, 1000)))
    return next(name for name in names if not (Path("runs") / name).exists())


def notes_of(job: Job, tenant: Tenant, organisation: Organisation, planned_at: float, policy: Policy) -> dict[str, Any]:
    """What is noted about every plan: for which tenant, when, by whom, within which bounds."""
    own = is_own(job.tenant)
    return {
        "tenant": _named(job.tenant or OWN_TENANT, tenant.name, organisation),
        "reached": tenant.name,
        "organisation": asdict(organisation),
        "tenant_at": OWN_TENANT if own else located(job.tenant),
        "planned_at": planned_at,
        "planned_by": account(),
        "planned_on": {"computer": platform.node(), "python": platform.python_version(), "system": platform.platform()},
        "policy": asdict(policy),
    }


def keep_plan(
    stage: Path, plan: Plan, requests: Requests, guards: Sequence[Guard], labels: dict[str, str], meta: dict[str, Any]
) -> None:
    """Write the plan, its rows and everything noted about it into the folder's database, durably."""
    db = create_database(stage)
    try:
        save_plan(db, plan, requests, [source_of(t) for t in requests.tables])
        if "prices" in meta:
            save_departments(db, departments_of(requests.tables, plan.changes.upn))
        noted = {"guards": [asdict(g) for g in guards], "names": labels, **meta}
        whole = {"schema": 1, "format": FORMAT, "version": __version__, "plan_id": plan.plan_id, **noted}
        # As it will be read back, for the digest is over that.
        write_meta(db, {**whole, "terms": terms_of(json.loads(json.dumps(whole)))})
        finish_database(stage, db)
    finally:
        db.close()


def mentioned(plan: Plan, requests: Requests) -> set[str]:
    """The SKUs that a report of this plan may have to name."""
    return {s.sku_id for s in plan.skus}.union(*((*a.remove, *a.add) for a in requests.asks))


def _named(tenant: str, name: str, organisation: Organisation) -> str:
    """The tenant as a report names it."""
    return f"{name}: {organisation.name} ({organisation.tenant_id})" if tenant == GRAPH else tenant
