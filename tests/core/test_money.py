"""The money of a plan: exact, by department and by product; and what costs until it is given back."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batch.core import money
from batch.core.changes import ChangeKind
from batch.core.money import Priced, departments_of, reckon
from batch.core.money_words import apart, exact, money_lines, of_currency, to_the_cent
from batch.core.plan import Changes
from batch.core.plan_words import PlanPage, plan_lines
from batch.core.prices import Price, Prices
from batch.core.report import Money, Monthly
from batch.core.states import State
from batch.core.table import Kind
from batch.core.terms import Add, Holding, Way
from tests.core.tables import moves, people, table
from tests.core.test_telling import MOVES, Run
from tests.core.worlds import NAMES, A, B, C, direct, grouped, worlds

PRICES = Prices({A: Price(Decimal("38.10"), "EUR"), B: Price(Decimal("23.05"), "EUR")}, {})
HELD = {f"u{n}@x.nl": Holding.of([direct(A)]) for n in range(4)}
#: Who holds the new licence already gives one back; who inherits the old one keeps it.
ODD = {
    "u0@x.nl": Holding.of([direct(A), direct(B)]),
    "u1@x.nl": Holding.of([direct(A), grouped(C)]),
    "u2@x.nl": Holding.of([direct(A)]),
}


def of(run: Run, prices: Prices = PRICES, departments: tuple[str, ...] = ()) -> Money:
    found = run.report(priced=Priced(prices, departments)).money
    assert found is not None
    return found


def cents(*amounts: str) -> Monthly:
    return Monthly(*map(Decimal, amounts))


def test_no_price_no_money():
    report = Run(*MOVES).report()
    assert report.money is None
    page = PlanPage(report=report, folder="r", group_size=20, changes=4, guards=(), idle={}, kinds=())
    assert not any("Money" in line for line in plan_lines(page))


def test_before_planned_and_as_it_stands():
    run = Run(*MOVES)
    (bill,) = of(run).bills
    assert (bill.currency, bill.people, bill.cost) == ("EUR", 4, cents("152.40", "92.20", "152.40"))
    run.begin().apply(0, 1, 2).send(3)
    assert of(run).bills[0].cost == cents("152.40", "92.20", "107.25")
    assert of(run.answer(3, 400)).bills[0].cost.now == Decimal("107.25")
    assert of(Run(*MOVES).begin().apply(0, 1, 2, 3).end()).bills[0].cost.now == Decimal("92.20")


def test_a_licence_that_is_held_already_costs_once_and_one_without_a_price_nothing():
    (bill,) = of(Run(*[(u, "Alpha", "Beta") for u in ODD], held=ODD)).bills
    assert bill.cost == cents("137.35", "69.15", "137.35")


def test_seats_freed_cost_until_they_are_given_back():
    run = Run(*MOVES, seats=10).begin().apply(0)
    alpha, beta = of(run).bills[0].products
    assert (alpha.name, alpha.seats, alpha.bill) == ("Alpha", 10, Decimal("381.00"))
    assert (alpha.freed, alpha.freed_now, alpha.idle) == (4, 1, Decimal("152.40"))
    assert (beta.freed, beta.freed_now, beta.idle) == (0, 0, 0)
    (bill,) = of(run).bills
    assert (bill.total, bill.given_back) == (Decimal("611.50"), Decimal("459.10"))


def test_seats_that_were_never_paid_are_not_freed():
    """Over-allocated: of four seats that go, two were there to be had."""
    run = Run(*MOVES, seats=9)
    (alpha, *rest) = run.plan.skus
    run.plan = replace(run.plan, skus=(replace(alpha, enabled=2), *rest))
    assert of(run).bills[0].products[0].freed == 2


def test_departments_the_dearest_first_and_nobody_is_lost():
    run = Run(*MOVES).begin().apply(1)
    (bill,) = of(run, departments=("", "Sales", "IT", "IT")).bills
    assert [(d.name, d.people, d.cost) for d in bill.departments] == [
        ("IT", 2, cents("76.20", "46.10", "76.20")),
        ("Sales", 1, cents("38.10", "23.05", "23.05")),
        ("(no department)", 1, cents("38.10", "23.05", "38.10")),
    ]
    assert of(run).bills[0].departments == ()


def test_too_many_departments_are_one_line(monkeypatch):
    monkeypatch.setattr(money, "MOST_DEPARTMENTS", 2)
    (bill,) = of(Run(*MOVES), departments=("a", "b", "c", "d")).bills
    assert [d.name for d in bill.departments] == ["a", "b", "(2 more departments)"]
    assert sum(d.cost.before for d in bill.departments) == bill.cost.before


def test_currencies_are_never_added():
    prices = Prices({A: Price(Decimal(38), "EUR"), B: Price(Decimal(23), "$"), C: Price(Decimal(9), "CHF")}, {})
    euro, dollar, franc = of(Run(*MOVES), prices, ("IT",) * 4).bills
    assert (euro.currency, euro.cost) == ("EUR", cents("152", "0", "152"))
    assert (dollar.currency, dollar.cost) == ("$", cents("0", "92", "0"))
    assert (franc.currency, franc.cost, franc.departments) == ("CHF", cents("0", "0", "0"), ())
    text = "\n".join(money_lines(of(Run(*MOVES), prices), started=False))
    assert "several currencies; they are kept apart" in text


def test_one_currency_and_none_are_not_several():
    prices = Prices({A: Price(Decimal(38), "EUR"), B: Price(Decimal(23))}, {})
    assert not any("several" in line for line in money_lines(of(Run(*MOVES), prices), started=False))
    taken = list(money_lines(of(Run(*MOVES), replace(PRICES, assumed="EUR")), started=False))
    assert "Prices without a currency are taken to be in EUR, the only one that the sheets name." in taken


def test_a_change_of_a_group_is_that_of_all_its_members():
    kind = ChangeKind(
        Holding.of([direct(A)]), (A,), (Add(B),), way=Way.GROUP, people=5, seats=tuple({A: -4, B: 5}.items())
    )
    changes = Changes(user_id=["g"], upn=["Licences of staff"], kind=[0], kinds=(kind,))
    found = reckon(Priced(PRICES, ["IT"]), changes, [State.APPLIED], Run().plan.skus, (), NAMES)
    (bill,) = found.bills
    assert (bill.people, bill.cost) == (5, cents("190.50", "153.35", "153.35"))


def test_what_has_no_price_is_named_with_the_reason():
    prices = Prices({A: PRICES.of[A]}, {B: "l.csv, row 3: “free” is no price."})
    found = of(Run(*MOVES), prices)
    assert found.left_out == (("Beta", "l.csv, row 3: “free” is no price."), ("Gamma", ""))
    assert [p.name for p in found.bills[0].products] == ["Alpha"]
    lines = list(money_lines(found, started=False))
    assert lines[-2:] == [
        "Left out, since no sheet names a usable price: Beta, Gamma.",
        "Beta: l.csv, row 3: “free” is no price.",
    ]


def test_the_sentences_of_a_plan_and_of_a_run():
    run = Run(*MOVES, seats=10)
    assert list(money_lines(of(run), started=False)) == [
        "The 4 people in this plan cost EUR 152.40 a month before, EUR 92.20 once all of it is done: EUR 60.20 less.",
        "Alpha: 4 seats come free and cost EUR 152.40 a month until they are given back.",
        "The bill for all seats with a price is EUR 611.50 a month, EUR 459.10 once the freed seats are given back.",
        "Left out, since no sheet names a usable price: Gamma.",
    ]
    started = next(iter(money_lines(of(run.begin().apply(0)), started=True)))
    assert started.endswith("EUR 60.20 less. As it stands they cost EUR 137.35.")
    page = PlanPage(
        report=run.report(priced=Priced(PRICES)), folder="", group_size=20, changes=4, guards=(), idle={}, kinds=()
    )
    assert "Money" in list(plan_lines(page))


def test_departments_come_from_every_sheet_of_people_whatever_the_order():
    users = people(("A@x.nl", "Sales"), ("b@x.nl", ""), ("c@x.nl", " IT  ops "), fields="user department")
    movers = moves(("a@x.nl", "Accounts"), ("d@x.nl", "HR"), fields="user department")
    bought = table(Kind.LICENSES, ("x", "y"), fields="product department")
    upns = ["a@x.nl", "b@x.nl", "c@x.nl", "e@x.nl"]
    for sheets in ([users, movers, bought], [movers, users]):
        assert departments_of(sheets, upns) == ["Accounts", "", "IT ops", ""]
    assert departments_of([people(("a@x.nl", "Office 365 E4"))], upns) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(most=10), st.lists(st.sampled_from(["", "IT", "Sales"]), min_size=10, max_size=10), st.integers(0, 2**10))
def test_person_by_person_it_comes_to_the_same(world, departments, applied):
    """The sums over kinds are those over people, each by what they hold; departments add up to everybody."""
    _, plan = world.plan()
    prices = Prices({s: Price(Decimal(n + 1) / 8, "EUR") for n, s in enumerate((A, B, C))}, {})
    state = [State.APPLIED if applied >> n & 1 else State.PENDING for n in range(len(plan.changes))]
    found = reckon(Priced(prices, departments[: len(state)]), plan.changes, state, plan.skus, (), NAMES)
    total = [Decimal(0)] * 3
    for number, where in zip(plan.changes.kind, state, strict=True):
        kind = plan.changes.kinds[number]
        before, after = (
            sum(prices.of[s].amount for s in h.sku_ids if s in prices.of) for h in (kind.before, kind.after)
        )
        for n, cost in enumerate((before, after, after if where is State.APPLIED else before)):
            total[n] += cost
    (bill,) = found.bills
    assert bill.cost == tuple(total)
    if bill.departments:
        assert tuple(map(sum, zip(*(d.cost for d in bill.departments), strict=True))) == tuple(total)
        assert sum(d.people for d in bill.departments) == len(state) == bill.people


@pytest.mark.parametrize(
    ("amount", "last_digit", "shown", "difference"),
    [
        ("0", "0.00", "0.00", "0.00"),
        ("23.1", "23.10", "23.10", "+23.10"),
        ("1E+3", "1000.00", "1,000.00", "+1,000.00"),
        ("-0.125", "-0.125", "-0.13", "−0.13"),
        ("23.1000000000000", "23.10", "23.10", "+23.10"),
        ("1234567.005", "1234567.005", "1,234,567.01", "+1,234,567.01"),
    ],
)
def test_how_amounts_are_written(amount, last_digit, shown, difference):
    number = Decimal(amount)
    assert (exact(number), to_the_cent(number), apart(number)) == (last_digit, shown, difference)


def test_how_currencies_are_written():
    assert [of_currency(c, "1.00") for c in ("EUR", "$", "kr", "")] == ["EUR 1.00", "$1.00", "kr 1.00", "1.00"]
