"""A product that can be cancelled: everything about it is known and well. Tests take one thing away at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from batch.core.estate import LicensingGroup, Organisation, Subscription
from batch.core.facts import Facts
from batch.core.identities import Was, census, fates
from batch.core.retiring import Baseline, Evidence, Moves
from batch.core.terms import Add, Assignment, Holding, People, ServicePlan, Sku, SkuStatus

E3, E4, CONF = (f"{n:08x}-1111-4222-8333-444444444444" for n in (3, 4, 5))
EXCHANGE, TEAMS, VOICE, MEETINGS, SWAY = (
    "efb87545-963c-4e0d-99df-69c6916d9eb0",
    "57ff2da0-773e-42df-b2af-ffb7a2317929",
    "27216c54-caf8-4d0d-97e2-517afb5c08f6",
    "3e26ee1f-8a5f-4d52-aee2-b81ce45c8f40",
    "a23b959c-7ce8-4e57-9140-b90eb88a9e97",
)
#: 23 November 2026, 12:00 UTC.
NOW = 1795435200.0
HOUR = 3600.0


def plans(*ids: str) -> tuple[ServicePlan, ...]:
    names = {EXCHANGE: "EXCHANGE_S_ENTERPRISE", TEAMS: "TEAMS1", VOICE: "MCOVOICECONF", SWAY: "SWAY"}
    return tuple(ServicePlan(plan_id=i, name=names.get(i, "MCOMEETADV")) for i in ids)


OLD = Sku(
    sku_id=E4, part_number="ENTERPRISEWITHSCAL", name="Office 365 E4", plans=plans(EXCHANGE, TEAMS, VOICE), enabled=20
)
NEW = Sku(
    sku_id=E3,
    part_number="ENTERPRISEPACK",
    name="Office 365 E3",
    plans=plans(EXCHANGE, TEAMS, SWAY),
    enabled=20,
    consumed=3,
)
MEETING = Sku(sku_id=CONF, part_number="MCOMEETADV", name="Audio Conferencing", plans=plans(MEETINGS), enabled=5)


def upn(n: int) -> str:
    return f"p{n}@contoso.com"


def people(*holdings: Holding) -> People:
    """Person 0, 1, … with these holdings."""
    kinds = tuple(dict.fromkeys(holdings))
    count = range(len(holdings))
    ids, upns = [f"id{n}" for n in count], [upn(n) for n in count]
    return People(
        ids, upns, [f"Person {n}" for n in count], ["NL"] * len(holdings), [kinds.index(h) for h in holdings], kinds
    )


def has(sku_id: str, group: str = "", state: str = "Active", off: tuple[str, ...] = ()) -> Assignment:
    return Assignment(sku_id=sku_id, group=group, state=state, disabled=off)


def held(*assignments: Assignment | str) -> Holding:
    return Holding.of(a if isinstance(a, Assignment) else has(a) for a in assignments)


def subscription(n: int = 1, sku: Sku = OLD, total: int = 20, **more: Any) -> Subscription:
    values = {"status": SkuStatus.ENABLED, "created": "2024-01-05T00:00:00Z", "next_lifecycle": "2027-01-05T00:00:00Z"}
    return Subscription(
        subscription_id=f"s{n}",
        commerce_id=f"c{n}",
        sku_id=sku.sku_id,
        part_number=sku.part_number,
        total=total,
        **(values | more),
    )


SUBSCRIPTIONS = (subscription(1), subscription(2, NEW))
GROUP = LicensingGroup(group_id="g1", name="Staff", licences=(Add(E3),), processing="ProcessingComplete")
FACTS = Facts(
    source="facts.toml",
    answered_on=date(2026, 11, 22),
    purchase_channel="direct",
    account_type="MOSA",
    balance_due=False,
    recurring_billing=True,
    credit_check=False,
    upgrade_in_progress=False,
    addons=(),
    deleted_users_decided=True,
    shared_mailboxes_decided=True,
    leavers_decided=True,
    voice_checked=True,
    holds_checked=True,
    nothing_assigns_it=True,
    never_delete=True,
    approved_by="Bo Billing",
    approver_may_bill=True,
)
MOVES = Moves(
    run="r1",
    plan_id="p" * 64,
    planned_at=NOW - 48 * HOUR,
    reconciled=True,
    planned=3,
    applied=3,
    failed=0,
    open=(),
    targets=frozenset({E3}),
    before=tuple(Was(upn(n), f"id{n}", held(has(E4, off=(VOICE,)))) for n in range(3)),
)
BASELINE = Baseline(source="before.db", taken_at=NOW - 72 * HOUR, holders=MOVES.before, whole=True, restorable=True)


def had(*off: str) -> Baseline:
    """The baseline where everybody had these services off."""
    return replace(BASELINE, holders=tuple(was._replace(had=held(has(E4, off=off))) for was in MOVES.before))


MOVED = people(*[held(E3)] * 3)


def evidence(
    them: People | None = MOVED,
    *,
    consumed: int | None = None,
    baseline: Baseline | None = BASELINE,
    targets: tuple[Sku, ...] = (NEW,),
    unlicensed: frozenset[str] = frozenset(),
    facts: dict[str, Any] | None = None,
    old: dict[str, Any] | None = None,
    **more: Any,
) -> Evidence:
    """What is known when these people hold this. ``facts``: answers that differ; ``old``: of the product itself."""
    answers = replace(FACTS, **(facts or {}))
    used = sum(E4 in them.holdings[n].sku_ids for n in them.holding) if them is not None else 0
    sku = replace(OLD, consumed=used if consumed is None else consumed, **(old or {}))
    went = None
    if baseline is not None and them is not None and targets:
        went = fates(
            baseline.holders,
            them,
            sku=sku,
            targets=targets,
            unlicensed=unlicensed,
            excepted=frozenset(answers.exceptions or ()),
        )
    values: dict[str, Any] = {
        "now": NOW,
        "sku": sku,
        "targets": targets,
        "owned": {s.sku_id: s for s in (sku, NEW, MEETING, *targets)},
        "organisation": Organisation(
            tenant_id="t1", name="Contoso", domains=("contoso.com", "contoso.onmicrosoft.com")
        ),
        "people": them,
        "subscriptions": SUBSCRIPTIONS,
        "groups": (GROUP,),
        "census": None if them is None else census(them, E4, sku.consumed),
        "baseline": baseline,
        "fates": went,
        "runs": (MOVES,),
        "facts": answers,
        "by": "Ann Admin",
    }
    return Evidence(**(values | more))
