"""The Upgrade tab: every rule passes, fails and stays unknown; what the tab says; which way is advised."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from batch.core.checklist import Mark
from batch.core.estate import Subscription
from batch.core.facts import Facts
from batch.core.hazards import hazards
from batch.core.tab_messages import meant
from batch.core.terms import Candidate, ServicePlan, Sku, SkuStatus
from batch.core.upgrade_advice import Route, advise
from batch.core.upgrade_situation import Situation
from batch.core.upgrade_tab import judge

FRIDAY = datetime(2026, 11, 20, 9, tzinfo=UTC).timestamp()
E4 = "1392051d-0cb9-4b7a-88d5-621fee5e8711"
EXCHANGE2 = ServicePlan(plan_id="efb87545-963c-4e0d-99df-69c6916d9eb0", name="EXCHANGE_S_ENTERPRISE")
EXCHANGE1 = ServicePlan(plan_id="9aaf7827-d63c-4b61-89c3-182f06f82e5c", name="EXCHANGE_S_STANDARD")
OTHER_EXCHANGE = ServicePlan(plan_id="a" * 36, name="EXCHANGE_L_STANDARD")
FILES1 = ServicePlan(plan_id="c7699d2e-19aa-44de-8edf-1736da088ca1", name="SHAREPOINTSTANDARD")
FILES2 = ServicePlan(plan_id="5dbe027f-2339-4123-9542-606e4d348a72", name="SHAREPOINTENTERPRISE")
YAMMER = ServicePlan(plan_id="7547a3fe-08ee-4ccb-b430-5077c5041653", name="YAMMER_ENTERPRISE")
FORMS_E3 = ServicePlan(plan_id="2789c901-c14e-48ab-a76a-be334d9d793a", name="FORMS_PLAN_E3")
OLD = Sku(sku_id="old", part_number="OLDPACK", name="Old", plans=(EXCHANGE2, FORMS_E3), enabled=100, consumed=90)


def bought(number: int = 1, status: SkuStatus = SkuStatus.ENABLED) -> Subscription:
    return Subscription(
        subscription_id=f"s{number}", commerce_id="c", sku_id="old", part_number="OLDPACK", status=status, total=100
    )


def target(*plans: ServicePlan) -> Candidate:
    return Candidate(sku_id="new", part_number="NEWPACK", name="New", plans=plans)


#: Everything is known and nothing is in the way.
FACTS = Facts(
    source="facts.toml",
    purchase_channel="direct",
    account_type="MOSA",
    segment="commercial",
    credit_check=False,
    upgrade_in_progress=False,
    balance_due=False,
    addons=(),
    end_of_sale=False,
    health_ok=True,
    only_some=False,
    fewer_seats=False,
    admin_role="billing",
    tab_state="plans",
)
GOOD = Situation(
    at=FRIDAY,
    tenant="graph",
    source=OLD,
    subscriptions=(bought(),),
    target=target(EXCHANGE2),
    restricted=0,
    staying=0,
    facts=FACTS,
)


def said(**facts: object) -> Situation:
    return replace(GOOD, facts=replace(FACTS, **facts))  # type: ignore[arg-type]


def tenant(**more: object) -> Situation:
    return replace(GOOD, **more)  # type: ignore[arg-type]


def old(**more: object) -> Situation:
    return replace(GOOD, source=replace(OLD, **more))  # type: ignore[arg-type]


def pending(word: str) -> Situation:
    return old(plans=(replace(EXCHANGE2, provisioning=word), FORMS_E3))


def line(rule: str, situation: Situation):
    return next(line for line in judge(situation) if line.rule == rule)


PARTNER = tenant(tenant_id="own", subscriptions=(bought(), replace(bought(2), owner_tenant="theirs")))
MESSAGE = {"tab_state": "message"}
BIG = {"enabled": 5000, "consumed": 4000}
PASS, WARN, UNKNOWN, FAIL = Mark.PASS, Mark.WARN, Mark.UNKNOWN, Mark.FAIL

CASES = [
    ("U1", PASS, GOOD),
    ("U1", FAIL, said(purchase_channel="partner")),
    ("U1", FAIL, said(purchase_channel="volume")),
    ("U1", FAIL, said(purchase_channel="prepaid")),
    ("U1", FAIL, said(purchase_channel=None, account_type="EA")),
    ("U1", UNKNOWN, said(purchase_channel=None)),
    ("U1", PASS, tenant(tenant_id="own", subscriptions=(replace(bought(), owner_tenant="own"),))),
    ("U1", FAIL, PARTNER),
    ("U1", FAIL, replace(PARTNER, facts=replace(FACTS, purchase_channel=None))),
    ("U2", PASS, old(enabled=90)),
    ("U2", FAIL, old(enabled=89)),
    ("U2", FAIL, said(tab_state="message", tab_message="You have more users than licenses.")),
    ("U2", UNKNOWN, tenant(source=None)),
    ("U3", PASS, GOOD),
    ("U3", WARN, pending("PendingActivation")),
    ("U3", WARN, pending("Disabled")),
    ("U3", FAIL, pending("PendingProvisioning")),
    ("U3", FAIL, pending("Error")),
    ("U3", FAIL, said(health_ok=False)),
    ("U3", UNKNOWN, said(health_ok=None)),
    ("U3", UNKNOWN, old(plans=())),
    ("U4", PASS, GOOD),
    ("U4", FAIL, said(credit_check=True, upgrade_in_progress=None)),
    ("U4", FAIL, said(upgrade_in_progress=True)),
    ("U4", UNKNOWN, said(credit_check=None)),
    ("U4", UNKNOWN, said(upgrade_in_progress=None)),
    ("U5", PASS, GOOD),
    ("U5", PASS, said(**MESSAGE, tab_message="Your subscription has an unpaid balance")),
    ("U5", FAIL, said(**MESSAGE, tab_message="Currently, this subscription is not eligible to upgrade.")),
    ("U5", UNKNOWN, said(tab_state=None)),
    ("U5", UNKNOWN, said(**MESSAGE)),
    ("U6", PASS, GOOD),
    ("U6", PASS, said(**MESSAGE, tab_message="Currently, this subscription is not eligible to upgrade.")),
    ("U6", FAIL, said(**MESSAGE, tab_message="Computer says no.")),
    ("U6", UNKNOWN, said(tab_state=None)),
    ("U7", PASS, GOOD),
    ("U7", FAIL, tenant(subscriptions=(bought(1), bought(2)))),
    ("U7", UNKNOWN, tenant(subscriptions=None)),
    ("U7", UNKNOWN, tenant(subscriptions=())),
    ("U8", PASS, GOOD),
    ("U8", FAIL, said(purchase_channel="prepaid")),
    ("U8", UNKNOWN, said(purchase_channel=None)),
    ("U9", PASS, said(segment="education")),
    ("U9", FAIL, said(segment="nonprofit")),
    ("U9", FAIL, replace(old(part_number="OLDPACK_GOV"), facts=replace(FACTS, segment=None))),
    ("U9", UNKNOWN, said(segment=None)),
    ("U10", PASS, GOOD),
    ("U10", WARN, said(tab_state="empty", balance_due=True)),
    ("U10", FAIL, said(tab_state="empty")),
    ("U10", UNKNOWN, said(tab_state=None)),
    ("U11", PASS, GOOD),
    ("U11", FAIL, tenant(target=target(EXCHANGE1))),
    ("U11", FAIL, tenant(target=target(FORMS_E3))),
    ("U11", FAIL, replace(old(plans=(FILES2,)), target=target(FILES1))),
    ("U11", PASS, replace(old(plans=(FILES1,)), target=target(FILES2))),
    ("U11", FAIL, replace(old(plans=(YAMMER,)), target=target(FILES2))),
    ("U11", UNKNOWN, tenant(target=None)),
    ("U11", UNKNOWN, tenant(source=None)),
    ("U11", UNKNOWN, old(plans=(OTHER_EXCHANGE,))),
    ("U12", PASS, GOOD),
    ("U12", WARN, said(addons=("Office 365 Extra File Storage",))),
    ("U12", FAIL, said(**MESSAGE, tab_message="Your subscription has an Add-on")),
    ("U12", UNKNOWN, said(addons=None)),
    ("U13", PASS, GOOD),
    ("U13", FAIL, said(balance_due=True)),
    ("U13", FAIL, said(balance_due=True, payment_method="invoice")),
    ("U13", WARN, said(balance_due=True, payment_method="card")),
    ("U13", FAIL, said(**MESSAGE, tab_message="unpaid balance", balance_due=True, payment_method="card")),
    ("U13", UNKNOWN, said(balance_due=None)),
    ("U14", PASS, old(enabled=5000, consumed=2999)),
    ("U14", WARN, old(**BIG)),
    ("U14", FAIL, replace(old(**BIG), facts=replace(FACTS, tab_state="missing"))),
    ("U14", UNKNOWN, replace(old(**BIG), facts=replace(FACTS, tab_state=None))),
    ("U14", UNKNOWN, tenant(source=None)),
    ("U15", PASS, GOOD),
    ("U15", PASS, said(only_some=None)),
    ("U15", FAIL, said(only_some=True)),
    ("U15", FAIL, replace(said(only_some=None), staying=1)),
    ("U15", UNKNOWN, replace(said(only_some=None), staying=None)),
    ("U16", PASS, GOOD),
    ("U16", FAIL, said(fewer_seats=True)),
    ("U16", UNKNOWN, said(fewer_seats=None)),
    # It warns and never blocks: the tab can be used, and switches everything on.
    ("U17", PASS, GOOD),
    ("U17", WARN, tenant(restricted=3)),
    ("U17", UNKNOWN, tenant(restricted=None)),
    ("U18", PASS, GOOD),
    ("U18", WARN, old(sku_id=E4)),
    ("U18", WARN, old(part_number="ENTERPRISEWITHSCAL_FACULTY")),
    ("U18", FAIL, replace(old(sku_id=E4), facts=replace(FACTS, account_type="MCA"))),
    ("U18", FAIL, said(end_of_sale=True, account_type="MCA")),
    ("U18", UNKNOWN, replace(old(sku_id=E4), facts=replace(FACTS, account_type=None))),
    ("U18", UNKNOWN, said(end_of_sale=None)),
    ("U18", UNKNOWN, tenant(source=None)),
    ("U19", PASS, said(admin_role="global")),
    ("U19", PASS, said(admin_role="billing account", account_type="MCA")),
    ("U19", FAIL, said(admin_role="license")),
    ("U19", FAIL, said(account_type="MCA")),
    ("U19", UNKNOWN, said(admin_role=None)),
    ("U19", UNKNOWN, said(account_type=None)),
    ("U20", PASS, GOOD),
    ("U20", FAIL, said(account_type="MCA")),
    ("U20", FAIL, said(account_type="EA")),
    ("U20", UNKNOWN, said(account_type=None)),
]


@pytest.mark.parametrize(("rule", "mark", "situation"), CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES])
def test_a_rule(rule, mark, situation):
    found = line(rule, situation)
    assert found.mark is mark
    assert found.found
    if mark is not PASS:
        assert found.todo, "what to do next"
    if mark is not UNKNOWN:
        assert found.source


@pytest.mark.parametrize(
    ("before", "after", "backup"),
    [
        # What keeps the data is no hazard, though the tab wants as high a version.
        ((FILES2,), (FILES1,), False),
        ((FILES2,), (EXCHANGE2,), True),
        ((FILES2, YAMMER), (FILES1,), True),
        ((EXCHANGE2,), (FORMS_E3,), True),
    ],
)
def test_a_backup_is_asked_for_where_data_would_go_and_the_hazards_say_so_too(before, after, backup):
    found = line("U11", replace(old(plans=before), target=target(*after)))
    assert found.mark is FAIL
    assert ("Back the data up" in found.todo) is backup
    named = hazards({p.plan_id for p in before}, {p.plan_id for p in after})
    assert bool({"data", "mailbox"}.intersection(named)) is backup


def test_every_rule_is_tried_in_every_way():
    tried = {(rule, mark) for rule, mark, _ in CASES}
    rules = [f"U{n}" for n in range(1, 21)]
    assert [line.rule for line in judge(GOOD)] == rules
    for rule in rules:
        assert {(rule, PASS), (rule, UNKNOWN), (rule, WARN if rule == "U17" else FAIL)} <= tried


def test_nothing_known_passes_nothing():
    assert {line.mark for line in judge(Situation(at=FRIDAY))} == {UNKNOWN}


def test_a_credit_check_of_friday_is_over_on_tuesday():
    found = line("U4", said(credit_check=True, ordered_on=date(2026, 11, 20)))
    assert "Tuesday 24 November 2026" in found.todo
    assert found.again_at == datetime(2026, 11, 24, tzinfo=UTC).timestamp()
    holiday = line("U4", said(credit_check=True, holidays=(date(2026, 11, 23),)))
    assert "Wednesday 25 November 2026" in holiday.todo


def test_when_to_look_again():
    checked = {"credit_check": None, "upgrade_in_progress": None, "ordered_on": date(2026, 11, 20)}
    by_message = line("U4", said(**MESSAGE, **checked, tab_message="Kredietcontrole"))
    assert (by_message.mark, by_message.again_at) == (FAIL, datetime(2026, 11, 24, tzinfo=UTC).timestamp())
    assert "Wait" in by_message.todo
    assert line("U10", said(tab_state="empty")).again_at == FRIDAY + 3600
    assert line("U3", said(health_ok=False)).again_at > FRIDAY + 3600


@pytest.mark.parametrize(
    ("message", "rules"),
    [
        ("You can't upgrade subscriptions now because you have more users than licenses.", {"U2"}),
        ("U kunt abonnementen nu niet upgraden omdat u meer gebruikers hebt dan licenties.", {"U2"}),
        ("… da Sie über MEHR  BENUTZER als Lizenzen verfügen.", {"U2"}),
        ("… car vous disposez de plus d’utilisateurs que de licences.", {"U2"}),
        ("Ahora no puede actualizar suscripciones porque tiene más usuarios que licencias.", {"U2"}),
        ("… isn’t fully set up or the service isn’t available.", {"U3"}),
        ("… omdat dit abonnement niet volledig is ingesteld of omdat de service niet beschikbaar is.", {"U3"}),
        ("… ein anderer Plan gerade aktualisiert wird oder eine Kreditwürdigkeitsprüfung aussteht.", {"U4"}),
        ("… in behandeling is voor een kredietcontrole.", {"U4"}),
        ("… en attente d’une vérification de solvabilité.", {"U4"}),
        ("… está pendiente de una comprobación de crédito.", {"U4"}),
        ("Derzeit kann dieses Abonnement nicht aktualisiert werden.", {"U5"}),
        ("Actuellement, cet abonnement n’est pas éligible à la mise à niveau.", {"U5"}),
        ("Uw abonnement heeft een onbetaald saldo", {"U13"}),
        ("Votre abonnement dispose d’un module complémentaire", {"U12"}),
        ("La suscripción tiene un complemento", {"U12"}),
        ("Try turning it off and on again.", set()),
        ("", set()),
    ],
)
def test_messages_of_the_tab(message, rules):
    assert meant(message) == rules


def advice(situation: Situation):
    return advise(judge(situation), situation.facts, by_partner=bool(situation.partner))


@pytest.mark.parametrize(
    ("situation", "route", "certain"),
    [
        (GOOD, Route.TAB, True),
        (said(addons=("Extra File Storage",)), Route.TAB, True),
        # The tab lists plans, so what it looks at itself is settled; what we know of people is not.
        (said(segment=None, addons=None, health_ok=None), Route.TAB, True),
        (said(segment="nonprofit"), Route.TAB, True),
        (tenant(restricted=None), Route.TAB, False),
        (tenant(target=target(EXCHANGE1)), Route.MANUAL, True),
        (said(only_some=True), Route.MANUAL, True),
        (said(only_some=True, purchase_channel=None), Route.MANUAL, False),
        (said(tab_state=None, segment="government"), Route.MANUAL, True),
        (said(tab_state="empty"), Route.TAB_LATER, True),
        (said(tab_state="message", tab_message="credit check"), Route.TAB_LATER, True),
        (said(balance_due=True), Route.TAB_LATER, True),
        (said(purchase_channel="partner"), Route.PARTNER, True),
        (PARTNER, Route.PARTNER, True),
        (said(purchase_channel="volume"), Route.VOLUME, True),
        (said(account_type="EA"), Route.VOLUME, True),
        (said(tab_state=None), Route.OPEN, False),
        (Situation(at=FRIDAY), Route.OPEN, False),
    ],
)
def test_advice(situation, route, certain):
    found = advice(situation)
    assert (found.route, found.certain) == (route, certain)
    assert found.text
    assert bool(found.open) is not certain
