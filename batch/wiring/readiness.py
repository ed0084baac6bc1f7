"""Looks at a tenant before people are moved: is what they need bought and set up? Reads only."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from batch.core.bought_words import said_of
from batch.core.catalog import Catalog
from batch.core.credit_check import over_by, pause
from batch.core.deadlines import day_of
from batch.core.demand import Demand, demand
from batch.core.errors import TenantUnavailable, UsageError
from batch.core.estate import Organisation, Subscription
from batch.core.facts import Facts
from batch.core.pace import Policy
from batch.core.readiness import Evidence
from batch.core.ready import Readiness, Verdict, examine
from batch.core.requests import Requests
from batch.core.table import Table
from batch.core.terms import Candidate, Snapshot
from batch.engine.ports import Clock, Original
from batch.engine.reading import patiently
from batch.runs.jobfile import Job
from batch.sheets.products import known_products
from batch.wiring.grouping import groups_for
from batch.wiring.keeping import OWN_TENANT
from batch.wiring.opening import COPY, Reach, Tell, open_tenant
from batch.wiring.parts import SteadyClock, waited
from batch.wiring.planning import own_tenant, read_all, read_sheets
from batch.wiring.protecting import Protected
from batch.wiring.ruling import check_template, rules_of

#: Looks anew: after so many looks before, and whether somebody waits for what was bought.
Look = Callable[[int, bool], Evidence]
Stage = Callable[[str], None]


@contextlib.contextmanager
def looking_at(
    job: Job, facts: Facts, stage_is: Stage = lambda text: None, tell: Tell = lambda text: None
) -> Iterator[Look]:
    """A function that reads the job's tenant each time it is called; sheets are read once.

    Raises ``UsageError`` when sheets or products cannot be used; looking raises what reading a tenant does.
    """
    if not job.users:
        raise UsageError("No sheet of users was named.", "Say --users SHEET, or name it in a job file.")
    asked = rules_of(job)
    stage_is("Reading the sheets")
    tables = read_sheets(job)
    protected = Protected.read(job.protect)
    known = known_products()
    with _tenant(job, tables, known, tell) as tenant:
        tenant.so_far = lambda users: stage_is(f"Reading the tenant: {users:,} people")

        def look(looks: int, waiting: bool) -> Evidence:
            stage_is("Reading the tenant")
            now = SteadyClock().now()
            (organisation, catalog, requests, snapshot), bought = waited(_read(job, tables, known, tenant, now))
            check_template(asked, snapshot.skus, requests.asks)
            rules = waited(protected.into(asked, tenant, real=bool(job.tenant)))
            stage_is(f"Counting seats for {len(requests.row):,} rows")
            groups = waited(groups_for(requests, snapshot, tenant))
            wanted = demand(requests, snapshot, rules, known, groups)
            evidence = _evidence(job, organisation, catalog, requests, snapshot, bought, wanted)
            return replace(evidence, looks=looks, waiting=waiting, facts=facts, said=said_of(tables, catalog))

        yield look


@contextlib.contextmanager
def _tenant(job: Job, tables: Sequence[Table], known: Sequence[Candidate], tell: Tell) -> Iterator[Original]:
    """The job's tenant; for a job without one the tenant that its sheets describe, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        stage = Path(folder)
        if not job.tenant:
            own_tenant(job, stage, tables, known)
        # Nothing is written, so a practice tenant need not be duplicated first.
        at = f"practice:{job.tenant.removeprefix(COPY)}" if job.tenant.startswith(COPY) else job.tenant
        tenant = open_tenant(Reach.of(replace(job, tenant=at), OWN_TENANT, stage), tell)
        try:
            yield tenant
        finally:
            asyncio.run(tenant.close())


async def _read(
    job: Job, tables: Sequence[Table], known: Sequence[Candidate], tenant: Original, now: float
) -> tuple[tuple[Organisation, Catalog, Requests, Snapshot], tuple[Subscription, ...]]:
    read = await read_all(job, tables, known, tenant, now)
    return read, await patiently(tenant.subscriptions, Policy())


def _evidence(
    job: Job,
    organisation: Organisation,
    catalog: Catalog,
    requests: Requests,
    snapshot: Snapshot,
    subscriptions: tuple[Subscription, ...],
    wanted: Demand,
) -> Evidence:
    skus = {sku.sku_id: sku for sku in snapshot.skus}
    named = {*skus, *(w.sku_id for w in wanted.wanted)}
    users = {user for user, ask in zip(requests.user, requests.ask, strict=True) if ask >= 0}
    domains = Counter(user.rpartition("@")[2] for user in users)
    del domains[""]
    return Evidence(
        at=snapshot.taken_at,
        tenant="the sheets" if not job.tenant else f"{snapshot.tenant}: {organisation.name}",
        made_up=not job.tenant,
        organisation=organisation,
        skus=skus,
        subscriptions=subscriptions,
        demand=wanted,
        labels={sku_id: catalog.label(sku_id) for sku_id in named},
        part_numbers={sku_id: catalog.part_number(sku_id) for sku_id in named},
        domains=domains,
    )


def wait_until_ready(
    look: Look,
    deadline: float,
    told: Callable[[str, float], None],
    clock: Clock,
    sleep: Callable[[float], None],
) -> Readiness:
    """Look again and again, with growing waits, until it is ready or ``deadline`` (UTC seconds since 1970) has come.

    Ends as well when no waiting helps: something is to be done by a person. ``told`` is given what is being waited for
    and until when. A tenant that cannot be read for a while is waited for too.
    """
    looks = 0
    while True:
        try:
            readiness = examine(look(looks, True))
        except TenantUnavailable as error:
            if clock.now() >= deadline:
                raise
            what, again_at = error.what, clock.now() + pause(looks)
        else:
            if readiness.verdict is not Verdict.NOT_YET or clock.now() >= deadline:
                return readiness
            first = next(line for line in readiness.lines if line.again_at)
            what, again_at = first.found, readiness.again_at
        until = min(again_at, deadline)
        told(what, until)
        sleep(max(0.0, until - clock.now()))
        looks += 1


def longest_wait(facts: Facts, now: float) -> float:
    """Until when it is worth waiting: until a credit check of the order, or of one placed now, would be over."""
    return max(over_by(facts.ordered_on or day_of(now), facts.holidays or ()), now)
