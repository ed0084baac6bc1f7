"""From sheets and a tenant to a run folder with a plan in it. Changes nothing in the tenant."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from batch.core.catalog import Ambiguous, Catalog, Found, Unknown
from batch.core.described import describe
from batch.core.errors import UsageError
from batch.core.estate import Organisation
from batch.core.group_words import group_lines, rights_lines
from batch.core.guard import Guard, Limits, guards
from batch.core.move_rules import MoveRule, check_sheets, resolved, title_of
from batch.core.outcomes import Bucket
from batch.core.pace import Policy
from batch.core.plan import Plan, make_plan
from batch.core.requests import Requests, make_requests
from batch.core.rule_hops import check_circles
from batch.core.table import Kind, Table
from batch.core.terms import Candidate, Sku, Snapshot
from batch.engine.ports import Clock, Tenant
from batch.engine.reading import patiently
from batch.runs.folder import staged
from batch.runs.jobfile import Job
from batch.sheets.products import known_products
from batch.sheets.reading import Met, check_mapping, read_tables
from batch.wiring.elsewhere import in_other_hands
from batch.wiring.grouping import groups_for
from batch.wiring.jobs import with_files
from batch.wiring.judging import check_unchanged
from batch.wiring.keeping import OWN_TENANT, free_name, keep_plan, mentioned, notes_of
from batch.wiring.opening import COPY, GRAPH, Reach, Tell, is_own, open_tenant, quota_of, whose
from batch.wiring.origins import origins_of
from batch.wiring.parts import SteadyClock, waited
from batch.wiring.pricing import noted_prices
from batch.wiring.protecting import Protected
from batch.wiring.rehearsal import rehearsed
from batch.wiring.ruling import check_template, rules_of, said_of
from batch.wiring.timing import check_times

_NOT_JUDGED: Mapping[Path, str] = {}


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan in its folder, and what holds it back."""

    path: Path
    plan: Plan
    guards: tuple[Guard, ...]


def policy_of(job: Job, tenant: Tenant) -> Policy:
    """The bounds of a run: the job's where it names them, else the defaults."""
    quota = quota_of(job.tenant, job.write_quota)
    chosen = {
        "group_size": job.group_size,
        "in_flight": job.in_flight,
        "tries": job.tries,
        "stop_at": job.stop_at,
        "pilot": job.pilot,
        "settle": max(job.settle or 0.0, tenant.read_lag),
        "writes": quota.writes if quota else 0,
        "window": quota.seconds if quota else 0.0,
    }
    return Policy(**{name: value for name, value in chosen.items() if value is not None})  # type: ignore[arg-type]


def plan_run(
    job: Job,
    stage_is: Callable[[str], None] = lambda text: None,
    tell: Tell = lambda text: None,
    *,
    clock: Clock | None = None,
    judged: Mapping[Path, str] = _NOT_JUDGED,
) -> Planned:
    """Read the job's sheets and tenant, make the plan and write it into a new run folder.

    ``stage_is`` is told what is being done, in words for people; ``tell`` what a person has to do to sign in;
    ``clock`` says when it is planned; ``judged`` which bytes of a sheet somebody looked at and found good (SHA-256).
    Raises ``UsageError`` when something does not fit (``SheetError`` for sheets, ``SheetChanged`` for one that has
    other bytes by now), and what reading a tenant raises.
    """
    if not job.users:
        raise UsageError("No sheet of users was named.", "Say --users SHEET, or name it in a job file.")
    rules = rules_of(job)
    check_times(job)
    job = with_files(job)
    stage_is("Reading the sheets")
    tables = read_sheets(job)
    check_unchanged(tables, judged)
    protected = Protected.read(job.protect)
    now = (clock or SteadyClock()).now()
    target = job.out or Path("runs") / free_name(now)
    with staged(target) as stage:
        known = known_products()
        own = is_own(job.tenant)
        stage_is("Making a practice tenant for this run" if own else "Reading the tenant")
        assumed = own_tenant(job, stage, tables, known) if own else ()
        tenant = open_tenant(Reach.of(job, OWN_TENANT, stage), tell)
        tenant.so_far = lambda users: stage_is(f"Reading the tenant: {users:,} people")
        try:
            organisation, catalog, requests, snapshot = waited(read_all(job, tables, known, tenant, now))
            rules = waited(protected.into(rules, tenant, real=bool(job.tenant)))
            groups = waited(groups_for(requests, snapshot, tenant))
            policy = policy_of(job, tenant)
        finally:
            asyncio.run(tenant.close())
        stage_is(f"Planning {len(requests.row):,} rows")
        check_template(rules, snapshot.skus, requests.asks)
        plan = make_plan(requests, snapshot, rules, groups=groups)
        labels = {s: catalog.label(s) for s in mentioned(plan, requests)}
        held = guards(plan, Limits(max_changes=job.max_changes, max_share=job.max_share), labels)
        stage_is("Writing the run folder")
        meta = {
            **notes_of(job, tenant, organisation, now, policy),
            "run": target.name,
            "title": _title(job, catalog),
            "assumed": (
                *said_of(move_rules(job, catalog, snapshot.skus), catalog.label, nightly=bool(job.nightly)),
                *(*assumed, *_knowledge(tables), *protected.said(), *group_lines(plan)),
                *(rights_lines(plan) if job.tenant == GRAPH else ()),
            ),
            **origins_of(job, tables, stage),
            "protect": protected.keep(stage),
            **noted_prices(tables, catalog),
        }
        roots = (target.parent, Path("runs"))
        elsewhere = in_other_hands(plan.changes.upn, organisation, modelled=own, roots=roots)
        meta["assumed"] = (*meta["assumed"], *elsewhere)
        if job.tenant == GRAPH:
            planned = plan.counts()[Bucket.PLANNED.value]
            meta["rehearsal"] = rehearsed(organisation, meta["job"], meta["sheets"], planned, roots)
        keep_plan(stage, plan, requests, held, labels, meta)
    return Planned(target, plan, held)


def _knowledge(tables: Sequence[Table]) -> tuple[str, ...]:
    """Said when sheets of users stand beside sheets of movers: only the latter ask."""
    kinds = {t.kind for t in tables}
    if not {Kind.USERS, Kind.MOVES} <= kinds:
        return ()
    return ("Only the sheets that say who shall move ask for something; the others tell who holds what.",)


def read_sheets(job: Job) -> tuple[Table, ...]:
    """Every table of the job's sheets of users and licences."""
    job = with_files(job)
    tables: list[Table] = []
    met: Met = {}
    users = frozenset(job.users)
    for path in dict.fromkeys((*job.users, *job.licenses)):
        # What a column means and which sheet counts are said of people; a sheet of licences need not have them.
        if path in users:
            tables += read_tables(path, mapping=job.mapping, encoding=job.encoding, sheet=job.sheet, met=met)
        else:
            tables += read_tables(path, encoding=job.encoding)
    if not any(t.kind in (Kind.USERS, Kind.MOVES) for t in tables):
        raise UsageError(
            f"{', '.join(map(str, job.users))} says nothing about people.", "See what it says: reassign check SHEET"
        )
    check_mapping(job.mapping, met, [str(p) for p in job.users])
    check_sheets(job.rules, tables)
    return tuple(tables)


def own_tenant(job: Job, stage: Path, tables: Sequence[Table], known: Iterable[Candidate]) -> tuple[str, ...]:
    """Make the run's own practice tenant: a duplicate, or what the sheets describe; what to say of it, in sentences."""
    from batch.tenants.practice import PracticeTenant
    from batch.tenants.practice_store import duplicate

    file = stage / OWN_TENANT.partition(":")[2]
    if job.tenant:
        original = Path(job.tenant.removeprefix(COPY))
        duplicate(original, file)
        return (f"The tenant is a throw-away duplicate of {original}, which itself stays as it is.",)

    # Where a sheet says what was bought, a product that it does not list is not there to be given.
    asked = () if any(t.kind is Kind.LICENSES for t in tables) else tuple(filter(None, _asked(job)))
    described = describe(tables, known, asked=asked)
    tenant = PracticeTenant.create(file, described.skus, described.people)
    asyncio.run(tenant.close())
    return ("The tenant is a practice tenant, made from these sheets.", *described.assumed)


def _asked(job: Job) -> tuple[str, ...]:
    """The products that the job names, as it does."""
    return (job.source, job.target, *(name for rule in job.rules for name in (rule.holds, *rule.to)))


async def read_all(
    job: Job, tables: Sequence[Table], known: Iterable[Candidate], tenant: Tenant, now: float
) -> tuple[Organisation, Catalog, Requests, Snapshot]:
    """What the sheets ask, against the tenant as it is; ``UsageError`` when they do not say who shall get what."""
    policy = Policy()
    organisation = await whose(tenant)
    skus = labelled(await patiently(tenant.skus, policy), known)
    catalog = Catalog.of(skus, known)
    source, target = (product(n, catalog, skus, w) for n, w in ((job.source, "--from"), (job.target, "--to")))
    if source and source == target:
        raise UsageError(f"--from and --to are the same product, {catalog.label(source)}.", "Name two.")
    rules = move_rules(job, catalog, skus)
    if rules and (source or target):
        raise UsageError("The job has rules for who gets what.", "Leave --from and --to out, or use another job file.")
    requests = make_requests(tables, catalog, source=source, target=target, rules=rules)
    if not (rules or (source and target)) and not any(t.kind is Kind.MOVES for t in tables):
        raise UsageError("The sheets do not say who shall get what.", "Say --from and --to, or give a sheet of moves.")
    wanted = {user for user, ask in zip(requests.user, requests.ask, strict=True) if ask >= 0}
    likely = {s for ask in requests.asks for s in (*ask.remove, *ask.add)}
    people = await patiently(lambda: tenant.people(wanted, likely), policy)
    return organisation, catalog, requests, Snapshot(tenant=tenant.name, taken_at=now, skus=skus, people=people)


def labelled(skus: Iterable[Sku], known: Iterable[Candidate]) -> tuple[Sku, ...]:
    """The SKUs with display names where the tenant says only part numbers, as Microsoft 365 does."""
    names = {c.sku_id: c.name for c in reversed(list(known)) if c.name}
    return tuple(replace(s, name=names.get(s.sku_id, s.name)) if s.name == s.part_number else s for s in skus)


def product(name: str, catalog: Catalog, skus: Sequence[Sku], word: str) -> str:
    """The SKU id that an option names; ``UsageError`` with the candidates when that is not certain."""
    if not name:
        return ""
    match catalog.resolve(name):
        case Found(sku_id):
            return sku_id
        case Ambiguous(_, candidates):
            listed = "; ".join(f"{c.part_number} ({c.sku_id})" for c in candidates)
            raise UsageError(f"{word} “{name}” may be several products: {listed}.", "Say the part number or the GUID.")
        case Unknown():
            names = {s.name.casefold(): s.name for s in skus}
            near = get_close_matches(name.casefold(), names, n=1)
            hint = f"Did you mean “{names[near[0]]}”? " if near else ""
            owned = ", ".join(s.name for s in skus[:20])
            raise UsageError(f"{word} “{name}” is no product that is known.", f"{hint}The tenant owns: {owned}.")


def move_rules(job: Job, catalog: Catalog, skus: Sequence[Sku]) -> tuple[MoveRule, ...]:
    """The job's rules with SKU ids; ``UsageError`` for a product that is not certain, and a rule that never counts.

    In a job for the nights also for rules that follow each other in a circle.
    """
    rules = resolved(job.rules, lambda name, told: product(name, catalog, skus, told))
    if job.nightly:
        check_circles(rules)
    return rules


def _title(job: Job, catalog: Catalog) -> str:
    if job.rules:
        return title_of(move_rules(job, catalog, ()), catalog.label)
    names = [
        catalog.label(f.sku_id) for n in (job.source, job.target) if n and isinstance(f := catalog.resolve(n), Found)
    ]
    return " → ".join(names) if len(names) == 2 else "as asked row by row"
