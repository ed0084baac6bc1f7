"""Opening the tenant that a job names, and making sure that it is the right one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batch.core.errors import PlanStale, UsageError
from batch.core.estate import Organisation
from batch.core.pace import Policy
from batch.core.quota import GRAPH_QUOTA, Quota
from batch.engine.ports import Original, Tenant
from batch.engine.reading import patiently
from batch.runs.jobfile import Job
from batch.wiring.parts import waited

GRAPH = "graph"
#: Before the name of a practice tenant's file that is duplicated for the run, and so stays as it is.
COPY = "copy:"
#: Where another root than the cloud's own is named.
URL = "REASSIGN_GRAPH_URL"
#: Shows a person something that only a person can act on: the code of a device to sign in with.
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How a tenant is reached."""

    #: ``practice:FILE`` or ``graph``; a duplicate is a practice tenant in the run's own folder.
    at: str
    faults: str = ""
    cloud: str = ""
    sign_in: str = ""
    #: Seconds for which a read may show the state before a write; None for what is usual.
    settle: float | None = None
    #: Where a relative FILE is looked for; None for here.
    base: Path | None = None

    @classmethod
    def of(cls, job: Job, own: str, stage: Path) -> Reach:
        """How the job's tenant is reached; ``own``: the one in ``stage`` that is made where the job names none."""
        at, base = (own, stage) if is_own(job.tenant) else (job.tenant, None)
        return cls(at=at, faults=job.faults, cloud=job.cloud, sign_in=job.sign_in, settle=job.settle, base=base)

    @classmethod
    def again(cls, meta: Mapping[str, Any], folder: Path, given: Mapping[str, Any]) -> Reach:
        """How the tenant of a run folder is reached; what is ``given`` goes before what the plan was made with."""
        job = meta["job"]
        chosen = {name: job.get(name) for name in ("faults", "cloud", "sign_in", "settle")}
        chosen |= {name: given[name] for name in chosen if given.get(name) is not None}
        return cls(
            at=meta["tenant_at"],
            faults=chosen["faults"] or "",
            cloud=chosen["cloud"] or "",
            sign_in=chosen["sign_in"] or "",
            settle=chosen["settle"],
            base=folder if is_own(job["tenant"]) else None,
        )


def is_own(tenant: str) -> bool:
    """Whether the run has a practice tenant of its own, in its folder: one is made from the sheets, or duplicated."""
    return not tenant or tenant.startswith(COPY)


def is_modelled(meta: Mapping[str, Any]) -> bool:
    """Whether the run's tenant is a model of the real one: nobody can look at that, and exports have to show it."""
    return is_own(meta["job"]["tenant"]) or bool(meta.get("modelled"))


def located(text: str) -> str:
    """The same tenant, wherever it is named from: ``practice:FILE`` with its whole path."""
    kind, _, where = text.partition(":")
    return f"{kind}:{Path(where).resolve()}" if kind == "practice" and where else text


def open_tenant(reach: Reach, tell: Tell = lambda text: None) -> Original:
    """The tenant; ``UsageError`` for one that cannot be meant."""
    kind, _, where = reach.at.partition(":")
    if kind == "practice" and where:
        return _practice(Path(where), reach)
    if reach.at != GRAPH:
        raise UsageError(
            f"“{reach.at}” is no tenant that this version knows.",
            "Say graph for Microsoft 365, practice:FILE for a practice tenant (make one: reassign tenant create), "
            "copy:FILE for a throw-away duplicate of it, or leave --tenant out to have one made from the sheets.",
        )
    if reach.faults:
        raise UsageError("Faults are for practice tenants; Microsoft 365 has its own.", "Leave --faults out.")
    from batch.tenants.graph.clouds import ENDPOINTS
    from batch.tenants.graph.settings import Settings
    from batch.tenants.graph.sign_in import Tokens
    from batch.tenants.graph.tenant import GraphTenant

    settings = Settings.of(reach.cloud, reach.sign_in, reach.settle)
    tenant = GraphTenant(settings.root, Tokens(settings, tell=tell), settle=settings.settle)
    if settings.root != ENDPOINTS[settings.cloud].root:
        tenant.name = f"{GRAPH} at {settings.root}"
    return tenant


def _practice(path: Path, reach: Reach) -> Original:
    from batch.tenants.faults import Faults
    from batch.tenants.practice import PracticeTenant

    for option, value in (("cloud", reach.cloud), ("sign-in", reach.sign_in)):
        if value:
            raise UsageError(f"--{option} is for Microsoft 365, not for a practice tenant.", "Leave it out.")
    faults = Faults.parse(reach.faults) if reach.faults else None
    return PracticeTenant.open(reach.base / path if reach.base else path, faults)


def quota_of(at: str, text: str) -> Quota | None:
    """The quota written as ``text``, else Microsoft's own. A practice tenant has none: a rehearsal may be quick."""
    written = Quota.parse(text) if text else GRAPH_QUOTA
    return written if at == GRAPH else None


async def whose(tenant: Tenant) -> Organisation:
    """Whose tenant it is."""
    return await patiently(tenant.organisation, Policy())


@contextlib.contextmanager
def opened(reach: Reach, meta: Mapping[str, Any], tell: Tell) -> Iterator[Tenant]:
    """The tenant for as long as the block lasts; ``PlanStale`` when it is not the one that the plan was made for."""
    tenant = open_tenant(reach, tell)
    try:
        if reach.at == GRAPH and tenant.name != meta["reached"]:
            raise PlanStale(
                f"The plan was made on {meta['reached']}, but {URL} now leads to {tenant.name}.",
                f"Set {URL} as it was when the plan was made (or unset it), or plan again.",
            )
        planned = meta.get("organisation", {})
        found = waited(whose(tenant)) if planned.get("tenant_id") else None
        if found and found.tenant_id != planned["tenant_id"]:
            raise PlanStale(
                f"The plan was made for {planned['name']} ({planned['tenant_id']}), but what answers now is "
                f"{found.name} ({found.tenant_id}).",
                "Sign in to the tenant that the plan was made for, or plan again.",
            )
        yield tenant
    finally:
        asyncio.run(tenant.close())
