"""Ready or not: what people need against what is there, line by line, and what to buy."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from batch.core.bought_words import Stands, said_of, stands
from batch.core.catalog import Catalog
from batch.core.checklist import Mark
from batch.core.credit_check import pause
from batch.core.demand import demand
from batch.core.estate import Organisation, Subscription
from batch.core.facts import Facts
from batch.core.hazards import VOICE
from batch.core.order import COLUMNS, cells, order_sheet
from batch.core.readiness import Evidence
from batch.core.ready import Verdict, examine
from batch.core.requests import make_requests
from batch.core.rules import Rules
from batch.core.table import Kind
from batch.core.terms import Holding, ServicePlan, SkuStatus
from tests.core.tables import moves, table
from tests.core.worlds import KNOWN, NAMES, PLANS, A, B, C, D, direct, grouped, people_of, sku, snapshot_of

FRIDAY = datetime(2026, 11, 20, 9, tzinfo=UTC).timestamp()
TUESDAY = datetime(2026, 11, 24, tzinfo=UTC).timestamp()
QUIET = Facts(source="facts.toml", balance_due=False, credit_check=False, auto_assign=False)
OWN = Organisation(tenant_id="t", name="Contoso", domains=("x.example",))
PASS, WARN, UNKNOWN, FAIL = Mark.PASS, Mark.WARN, Mark.UNKNOWN, Mark.FAIL


def bought(sku_id, total, **more):
    values = {"status": SkuStatus.ENABLED, "next_lifecycle": "2027-11-20T00:00:00Z", **more}
    number = values.pop("number", 1)
    return Subscription(
        subscription_id=f"{sku_id}-{number}", commerce_id="c", sku_id=sku_id, part_number="P", total=total, **values
    )


def evidence(
    *,
    movers=3,
    free=3,
    also=0,
    skus=None,
    subscriptions=None,
    source=A,
    target=B,
    holdings=None,
    rows=None,
    places=None,
    rules=None,
    **more,
):
    """People who hold A and shall get B, which has so many free seats; ``also`` of them hold B already."""
    held = holdings or {
        f"p{n}@x.example": Holding.of([direct(A)] + ([direct(B)] if n < also else [])) for n in range(movers)
    }
    skus = skus or (sku(A, enabled=len(held), consumed=len(held)), sku(B, enabled=free + also, consumed=also))
    snapshot = snapshot_of(tuple(skus), people_of(held, places))
    sheet = moves(*rows) if rows else moves(*((user,) for user in held), fields="user")
    catalog = Catalog.of(snapshot.skus, KNOWN)
    requests = make_requests((sheet,), catalog, source=source, target=target)
    values = {
        "at": FRIDAY,
        "tenant": "graph",
        "organisation": OWN,
        "skus": {s.sku_id: s for s in skus},
        "subscriptions": tuple(bought(s.sku_id, s.enabled) for s in skus) if subscriptions is None else subscriptions,
        "demand": demand(requests, snapshot, rules or Rules(), KNOWN),
        "labels": NAMES,
        "part_numbers": {i: n.upper() for i, n in NAMES.items()},
        "domains": {"x.example": movers},
        "facts": QUIET,
    }
    return Evidence(**values | more)


def the(rule, e):
    (found,) = [line for line in examine(e).lines if line.rule == rule]
    return found


def with_b(**more):
    return (sku(A, enabled=3, consumed=3), replace(sku(B, enabled=3), **more))


def provisioned(word, *, plan=0):
    plans = [ServicePlan(plan_id=p, name=f"PLAN_{n}") for n, p in enumerate(PLANS)]
    plans[plan] = replace(plans[plan], provisioning=word)
    return evidence(skus=with_b(plans=tuple(plans)))


VOICE_GOES = {
    "skus": tuple(
        replace(s, plans=(*s.plans, ServicePlan(plan_id=min(VOICE), name="VOICE"))) if s.sku_id == A else s
        for s in with_b()
    )
}
VOICELESS = evidence(**VOICE_GOES)
ON_THE_WAY = replace(QUIET, ordered_on=date(2026, 11, 20))

CASES = [
    ("tenant", PASS, evidence()),
    ("tenant", PASS, evidence(domains={"sub.x.example": 3})),
    ("tenant", WARN, evidence(domains={"x.example": 3, "y.example": 1})),
    ("tenant", FAIL, evidence(domains={"y.example": 3, "notx.example": 1})),
    ("tenant", UNKNOWN, evidence(made_up=True)),
    ("tenant", UNKNOWN, evidence(organisation=replace(OWN, domains=()))),
    ("tenant", UNKNOWN, evidence(domains={})),
    ("buy", PASS, evidence(movers=3, free=3)),
    ("buy", FAIL, evidence(movers=3, free=2)),
    ("buy", PASS, evidence(movers=3, free=2, also=1)),
    ("listed", PASS, evidence()),
    ("listed", FAIL, evidence(target=D)),
    ("listed", UNKNOWN, evidence(subscriptions=())),
    ("active", PASS, evidence()),
    ("active", WARN, evidence(skus=(sku(A, enabled=3, consumed=3, status=SkuStatus.WARNING), sku(B, enabled=3)))),
    ("active", FAIL, evidence(subscriptions=(bought(B, 3, status=SkuStatus.SUSPENDED),))),
    ("active", FAIL, evidence(subscriptions=(bought(B, 3, status=SkuStatus.WARNING),))),
    ("active", PASS, evidence(subscriptions=(bought(B, 3, status=SkuStatus.WARNING), bought(B, 3, number=2)))),
    ("active", UNKNOWN, evidence(made_up=True)),
    ("services", PASS, evidence()),
    ("services", WARN, provisioned("PendingActivation")),
    ("services", WARN, provisioned("Disabled")),
    ("services", FAIL, provisioned("PendingInput")),
    ("services", FAIL, provisioned("PendingProvisioning")),
    ("services", FAIL, provisioned("Error")),
    ("services", UNKNOWN, provisioned("Strange")),
    ("services", UNKNOWN, evidence(made_up=True)),
    ("count", PASS, evidence()),
    ("count", WARN, evidence(skus=(sku(A, enabled=9, consumed=3), sku(B, enabled=5)))),
    ("count", FAIL, evidence(movers=3, free=2)),
    ("conflict", PASS, evidence()),
    ("conflict", FAIL, evidence(skus=(sku(A, enabled=2, consumed=3), sku(B, enabled=3)))),
    ("trial", PASS, evidence()),
    ("trial", WARN, evidence(subscriptions=(bought(B, 3, trial=True), bought(B, 3, number=2)))),
    ("trial", FAIL, evidence(subscriptions=(bought(B, 3, trial=True),))),
    ("trial", UNKNOWN, evidence(made_up=True)),
    ("trial", UNKNOWN, evidence(subscriptions=(bought(B, 3, status=SkuStatus.SUSPENDED),))),
    ("twice", PASS, evidence()),
    ("twice", WARN, evidence(subscriptions=(bought(A, 1), bought(A, 2, number=2), bought(B, 3)))),
    ("twice", PASS, evidence(subscriptions=(bought(A, 3), bought(A, 2, number=2, status=SkuStatus.DELETED)))),
    ("twice", UNKNOWN, evidence(made_up=True)),
    ("lifecycle", PASS, evidence()),
    ("lifecycle", WARN, evidence(subscriptions=(bought(A, 3, next_lifecycle="2026-12-01T00:00:00Z"), bought(B, 3)))),
    ("lifecycle", UNKNOWN, evidence(subscriptions=(bought(A, 3, next_lifecycle=""), bought(B, 3)))),
    ("lifecycle", UNKNOWN, evidence(subscriptions=(bought(A, 3, next_lifecycle="=cmd()"), bought(B, 3)))),
    ("balance", PASS, evidence()),
    ("balance", FAIL, evidence(facts=replace(QUIET, balance_due=True))),
    ("balance", UNKNOWN, evidence(facts=Facts())),
    ("credit", PASS, evidence()),
    ("credit", FAIL, evidence(facts=replace(QUIET, credit_check=True))),
    ("credit", UNKNOWN, evidence(facts=Facts())),
    ("auto", PASS, evidence()),
    ("auto", WARN, evidence(facts=replace(QUIET, auto_assign=True))),
    ("auto", UNKNOWN, evidence(facts=Facts())),
    ("rows", PASS, evidence()),
    ("rows", WARN, evidence(rows=[("p0@x.example", "", ""), ("nobody@x.example", "", "")])),
    ("rows", FAIL, evidence(rows=[("nobody@x.example", "", "")])),
    ("rows", FAIL, VOICELESS),
    ("rows", PASS, evidence(**VOICE_GOES, rules=Rules(accepted=frozenset({"voice"})))),
    ("rows", FAIL, evidence(places={"p0@x.example": ""})),
    ("rows", PASS, evidence(places={"p0@x.example": ""}, rules=Rules(location="NL"))),
]


@pytest.mark.parametrize(("rule", "mark", "e"), CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES])
def test_a_line(rule, mark, e):
    found = the(rule, e)
    assert found.mark is mark, found
    # Whatever does not pass says what to do, and so do the other lines of the same case.
    assert all(line.todo for line in examine(e).lines if line.mark is not PASS)


@pytest.mark.parametrize(
    ("e", "verdict"),
    [
        (evidence(), Verdict.READY),
        # What only a person can say is asked, but nobody has to answer it first.
        (evidence(facts=Facts()), Verdict.READY),
        (evidence(movers=20, free=20), Verdict.READY),
        (evidence(movers=21, free=20), Verdict.BLOCKED),
        (evidence(movers=21, free=20, facts=ON_THE_WAY), Verdict.NOT_YET),
        (evidence(movers=21, free=20, waiting=True), Verdict.NOT_YET),
        (evidence(target=D, waiting=True), Verdict.NOT_YET),
        (evidence(target=D), Verdict.BLOCKED),
        (VOICELESS, Verdict.BLOCKED),
        (evidence(places={"p0@x.example": ""}, movers=21, free=20, facts=ON_THE_WAY), Verdict.BLOCKED),
        (provisioned("PendingInput"), Verdict.NOT_YET),
        (provisioned("Error"), Verdict.BLOCKED),
        (evidence(facts=replace(QUIET, credit_check=True)), Verdict.NOT_YET),
        (evidence(facts=replace(QUIET, credit_check=True, balance_due=True)), Verdict.BLOCKED),
        (evidence(made_up=True), Verdict.UNKNOWN),
        (evidence(organisation=replace(OWN, domains=())), Verdict.UNKNOWN),
        (evidence(subscriptions=()), Verdict.UNKNOWN),
    ],
)
def test_the_verdict(e, verdict):
    assert examine(e).verdict is verdict


def test_what_the_options_block_is_told_with_the_option_and_counted_all_the_same():
    line = the("rows", VOICELESS)
    assert line.found == (
        "3 people shall move, but with these options rows of theirs are blocked: 3 would lose voice (--accept voice)."
    )
    assert "--accept voice" in line.todo
    nowhere = the("rows", evidence(places={"p0@x.example": ""}))
    assert "1 because of this: The person has no valid usage location" in nowhere.found
    assert "--usage-location" in nowhere.todo
    assert VOICELESS.demand.movers == VOICELESS.demand.wanted[0].takes == 3


def test_a_service_that_nobody_needs_does_not_matter():
    held = {"p0@x.example": Holding.of([direct(A, PLANS[2])])}
    plans = [ServicePlan(plan_id=p, name=p, provisioning="Error" if p == PLANS[2] else "Success") for p in PLANS]
    e = evidence(
        holdings=held,
        skus=(
            sku(A, enabled=3, consumed=1),
            sku(B, plans=()),
        ),
    )
    e = evidence(holdings=held, skus=(sku(A, enabled=3, consumed=1), replace(sku(B), plans=tuple(plans))))
    assert the("services", e).mark is PASS


def test_friday_s_invoice_is_there_on_tuesday_and_then_support_is_called():
    waiting = evidence(movers=3, free=2, facts=ON_THE_WAY)
    assert "Tuesday 24 November 2026" in the("buy", waiting).todo
    assert examine(waiting).again_at == FRIDAY + 15 * 60
    assert examine(replace(waiting, at=TUESDAY - 1)).verdict is Verdict.NOT_YET
    late = examine(replace(waiting, at=TUESDAY))
    assert late.verdict is Verdict.BLOCKED
    assert any("support" in line.todo for line in late.lines if line.rule == "buy")
    holiday = replace(waiting, at=TUESDAY, facts=replace(ON_THE_WAY, holidays=(date(2026, 11, 23),)))
    assert examine(holiday).verdict is Verdict.NOT_YET


def test_who_pays_by_invoice_reckons_with_a_credit_check():
    asked = {way: the("credit", evidence(facts=Facts(payment_method=way))) for way in (None, "card", "invoice")}
    assert {line.mark for line in asked.values()} == {UNKNOWN}
    assert asked[None].found == "Nobody said."
    assert "above a cost" in asked["card"].found
    assert "two working days at most: until Tuesday 24 November 2026" in asked["invoice"].found
    later = Facts(payment_method="invoice", ordered_on=date(2026, 11, 20), holidays=(date(2026, 11, 23),))
    assert "until Wednesday 25 November 2026" in the("credit", evidence(facts=later)).found
    assert the("credit", evidence(facts=replace(QUIET, payment_method="invoice"))).found == "None is pending."


def test_waits_grow():
    assert [pause(n) / 60 for n in range(4)] == [15, 60, 60, 60]
    e = evidence(movers=3, free=2, facts=ON_THE_WAY, looks=1)
    assert examine(e).again_at == FRIDAY + 3600


def order_of(e, sku_id=B):
    return next(line for line in order_sheet(e) if line.sku_id == sku_id)


@pytest.mark.parametrize(("movers", "free", "also"), [(0, 0, 0), (1, 0, 0), (20, 19, 2), (21, 5, 4), (41, 41, 1)])
def test_what_to_buy_is_who_moves_less_who_has_it_less_what_is_free(movers, free, also):
    line = order_of(evidence(movers=movers, free=free, also=also)) if movers else None
    if line:
        assert line.quantity == line.least == max(0, movers - also - free)
        assert (line.asked, line.holding, line.takes) == (movers, also, movers - also)


def test_the_mirror_is_named_and_never_less_than_needed():
    e = evidence(skus=(sku(A, enabled=50, consumed=3), sku(B, enabled=1)))
    line = order_of(e)
    assert (line.quantity, line.mirror) == (2, 49)
    assert "buy 49" in line.why[-1]
    assert dict(zip(COLUMNS, cells(line), strict=True))["mirror"] == 49


def test_seats_given_back_are_not_bought():
    """A → B and B → A at once: one seat keeps the ring going."""
    held = {f"a{n}@x.example": Holding.of([direct(A)]) for n in range(3)}
    held |= {f"b{n}@x.example": Holding.of([direct(B)]) for n in range(3)}
    rows = [(user, NAMES[A], NAMES[B]) if user[0] == "a" else (user, NAMES[B], NAMES[A]) for user in held]
    skus = (sku(A, enabled=3, consumed=3), sku(B, enabled=3, consumed=3))
    e = evidence(holdings=held, rows=rows, skus=skus, source="", target="")
    assert sum(line.quantity for line in order_sheet(e)) == 1
    one_free = evidence(holdings=held, rows=rows, skus=(skus[0], replace(skus[1], enabled=4)), source="", target="")
    assert sum(line.quantity for line in order_sheet(one_free)) == 0
    assert "0 are free, 3 are given back by others. Nothing is to be bought." in order_of(one_free, A).why[-1]
    seats = [line.found for line in examine(one_free).lines if line.rule == "buy"]
    assert seats[0].endswith("0 seats are free and 3 are given back by others, which is enough.")


def test_a_product_that_is_not_owned_is_bought_for_everybody():
    line = order_of(evidence(movers=4, target=D), D)
    assert (line.quantity, line.part_number, line.free) == (4, "DELTA", 0)


def test_hazards_and_missing_locations_need_seats_too_but_inherited_licences_do_not():
    held = {"p0@x.example": Holding.of([direct(A)]), "p1@x.example": Holding.of([grouped(A)])}
    snapshot = snapshot_of((sku(A, consumed=2), sku(B, enabled=0)), people_of(held, {"p0@x.example": ""}))
    catalog = Catalog.of(snapshot.skus, KNOWN)
    requests = make_requests((moves(*((user,) for user in held), fields="user"),), catalog, source=A, target=B)
    found = demand(requests, snapshot, Rules(), KNOWN)
    assert (found.movers, found.held_back, found.purchase.total) == (1, 1, 1)
    assert found.leaves == {A: 1}


def test_several_targets_have_a_line_each():
    held = {f"p{n}@x.example": Holding.of([direct(A)]) for n in range(3)}
    rows = [(user, NAMES[A], NAMES[new]) for user, new in zip(held, (B, C, C), strict=True)]
    skus = (sku(A, enabled=3, consumed=3), sku(B, enabled=0), sku(C, enabled=1))
    e = evidence(holdings=held, rows=rows, skus=skus, source="", target="")
    assert {line.sku_id: line.quantity for line in order_sheet(e)} == {B: 1, C: 1}
    assert {dict(zip(COLUMNS, cells(line), strict=True))["mirror"] for line in order_sheet(e)} == {""}
    assert [line.mark for line in examine(e).lines if line.rule == "buy"] == [FAIL, FAIL]


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("Active", Stands.ACTIVE),
        (" ACTIEF ", Stands.ACTIVE),
        ("Désactivé", Stands.DISABLED),
        ("Nicht bereitgestellt", Stands.DELETED),
        ("Caducada", Stands.EXPIRED),
        ("Pending credit check", Stands.CREDIT),
        ("Kreditwürdigkeitsprüfung ausstehend", Stands.CREDIT),
        ("Onbetaald saldo", Stands.UNPAID),
        ("inactive", None),
        ("=cmd()", None),
        ("", None),
    ],
)
def test_words_of_a_status_column(cell, found):
    assert stands(cell) is found


@pytest.mark.parametrize(
    ("said", "rule", "mark"),
    [
        ({B: {Stands.UNPAID}}, "balance", FAIL),
        ({A: {Stands.CREDIT}}, "credit", FAIL),
        ({B: {Stands.ACTIVE}}, "active", PASS),
        ({B: {Stands.DISABLED}}, "active", FAIL),
        ({B: {Stands.EXPIRED, Stands.ACTIVE}}, "active", PASS),
        ({}, "active", UNKNOWN),
    ],
)
def test_what_the_sheet_says_counts_where_no_tenant_was_read(said, rule, mark):
    sheet = {sku_id: frozenset(found) for sku_id, found in said.items()}
    assert the(rule, evidence(made_up=True, said=sheet, facts=Facts())).mark is mark


def test_what_a_person_answers_counts_for_more_than_a_sheet():
    sheet = {B: frozenset((Stands.UNPAID, Stands.CREDIT))}
    assert [the(rule, evidence(said=sheet)).mark for rule in ("balance", "credit")] == [PASS, PASS]


def test_a_sheet_of_licences_with_a_status():
    fields = "product status"
    sheet = table(Kind.LICENSES, ("Alpha", "Actief"), ("Beta", "Kredietcontrole"), ("Nix", "Aktiv"), fields=fields)
    assert said_of((sheet,), Catalog.of((), KNOWN)) == {A: {Stands.ACTIVE}, B: {Stands.CREDIT}}
