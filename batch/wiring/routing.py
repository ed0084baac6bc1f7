"""Looks at a product before the Upgrade tab is used: its seats, purchases and holders. Reads only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from batch.core.catalog import Catalog
from batch.core.errors import UsageError
from batch.core.estate_changes import Picture
from batch.core.facts import Facts
from batch.core.requests import make_requests
from batch.core.table import Table
from batch.core.terms import Candidate, People, Sku, SkuStatus
from batch.core.upgrade_situation import Situation
from batch.runs.jobfile import Job
from batch.sheets.products import known_products
from batch.wiring.copying import read_picture
from batch.wiring.opening import COPY, Reach, Tell, open_tenant
from batch.wiring.parts import SteadyClock, waited
from batch.wiring.planning import labelled, move_rules, product, read_sheets
from batch.wiring.ruling import rules_of


def situation_of(
    job: Job, facts: Facts, stage_is: Callable[[str], None] = lambda text: None, tell: Tell = lambda text: None
) -> Situation:
    """What the tenant, the sheets and a person say of the product that people shall leave.

    Without a tenant only the facts count, and the rest stays unknown: sheets do not say how a subscription stands.
    Raises ``UsageError`` for products and sheets that cannot be used, and what reading a tenant raises.
    """
    rules_of(job)  # One command line serves plan as well: what cannot be meant there is refused here.
    now = SteadyClock().now()
    known = known_products()
    if not job.tenant:
        target = _target(job, Catalog.of((), known), known, ())
        return Situation(at=now, target=target, facts=facts)
    if not job.source:
        raise UsageError("The product that people shall leave was not named.", "Say --from SKU.")
    tables: Sequence[Table] = ()
    if job.users:
        stage_is("Reading the sheets")
        tables = read_sheets(job)
    at = f"practice:{job.tenant.removeprefix(COPY)}" if job.tenant.startswith(COPY) else job.tenant
    tenant = open_tenant(Reach(at=at, faults=job.faults, cloud=job.cloud, sign_in=job.sign_in, settle=job.settle), tell)
    try:
        picture = waited(read_picture(tenant, stage_is))
    finally:
        asyncio.run(tenant.close())
    picture = replace(picture, skus=labelled(picture.skus, known))
    return _situation(job, facts, picture, f"{tenant.name}: {picture.organisation.name}", known, tables, now)


def _situation(
    job: Job,
    facts: Facts,
    picture: Picture,
    tenant: str,
    known: Sequence[Candidate],
    tables: Sequence[Table],
    now: float,
) -> Situation:
    catalog = Catalog.of(picture.skus, known)
    source = product(job.source, catalog, picture.skus, "--from")
    owned = {sku.sku_id: sku for sku in picture.skus}
    held, restricted = _holders(picture.people, source)
    return Situation(
        at=now,
        tenant=tenant,
        tenant_id=picture.organisation.tenant_id,
        source=owned.get(source),
        subscriptions=tuple(
            s for s in picture.subscriptions if s.sku_id == source and s.status is not SkuStatus.DELETED
        ),
        target=_target(job, catalog, known, picture.skus),
        restricted=restricted,
        staying=len(held - _movers(job, tables, catalog, picture.skus, source)) if tables else None,
        facts=facts,
    )


def _holders(people: People, sku_id: str) -> tuple[set[str], int]:
    """Who holds this SKU in any way, by UPN; and how many of them have a service of it switched off."""
    holds = [sku_id in h.sku_ids for h in people.holdings]
    off = [any(a.sku_id == sku_id and a.disabled for a in h.assignments) for h in people.holdings]
    held = {upn for upn, n in zip(people.upns, people.holding, strict=True) if holds[n]}
    return held, sum(holds[n] and off[n] for n in people.holding)


def _movers(job: Job, tables: Sequence[Table], catalog: Catalog, skus: Sequence[Sku], source: str) -> set[str]:
    """Who is asked by the sheets to leave the product."""
    target = product(job.target, catalog, skus, "--to")
    rules = move_rules(job, catalog, skus)
    requests = make_requests(tables, catalog, source=source if target else "", target=target, rules=rules)
    leaves = [source in ask.remove for ask in requests.asks]
    return {user for user, ask in zip(requests.user, requests.ask, strict=True) if ask >= 0 and leaves[ask]}


def _target(job: Job, catalog: Catalog, known: Sequence[Candidate], skus: Sequence[Sku]) -> Candidate | None:
    """The product to move to, as the tenant has it, else as it is known."""
    if not job.target:
        return None
    sku_id = product(job.target, catalog, skus, "--to")
    own = next((s for s in skus if s.sku_id == sku_id), None)
    if own and own.plans:
        return Candidate(sku_id=sku_id, part_number=own.part_number, name=own.name, plans=own.plans)
    return next((c for c in known if c.sku_id == sku_id), None)
