"""Prices as people write them: read exactly, or told with their place, and never guessed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.core.prices import Price, Prices, currency_of, prices_of, problems_of, read_price
from batch.core.reasons import REASONS
from batch.core.table import Kind
from tests.core.tables import CATALOG, E3, E4, E5, people, table

READ = {
    "1.234,56": "1234.56",
    "1,234.56": "1234.56",
    "1 234,56": "1234.56",
    "1'234.50": "1234.50",
    "1’234.50": "1234.50",
    "1.234.567": "1234567",
    "1.234,567": "1234.567",
    "0.125": "0.125",
    "23,1": "23.1",
    "38": "38",
    "0": "0",
    "23,-": "23",
    "23.–": "23",
    "23.099999999999998": "23.1",
    "7.33333333333333": "7.33333333333333",
    "€ 23,10": "23.10 EUR",
    "23,10 €": "23.10 EUR",
    "€ 23,-": "23 EUR",
    "23.10 EUR": "23.10 EUR",
    "EUR23.10": "23.10 EUR",
    "23.10 euro": "23.10 EUR",
    "23.10 eur": "23.10 EUR",
    "£19.40": "19.40 GBP",
    "CHF 1'234.50": "1234.50 CHF",
    "US$ 38": "38 USD",
    "$38.00": "38.00 $",
    "230 kr.": "230 kr",
    "€ 23 EUR": "23 EUR",
    "\u20ac\u00a023,10": "23.10 EUR",
}
UNREAD = (
    *("free", "gratis", "-3", "(3)", "+3", "1.2.3", "1,23,4", "12.34.567,8", "12 34", "1.234'5", "23.", ",5", "1e5"),
    *("23.10 EUR/user", "23 abc", "abc 23", "5 EUR USD", "€23$", "٣", "1-2", "=1+1", "1234567890", "9" * 300),
)


@pytest.mark.parametrize(("cell", "meant"), READ.items())
def test_a_price_is_read_to_its_last_digit(cell, meant):
    amount, _, currency = meant.partition(" ")
    found = read_price(cell)
    assert isinstance(found, Price)
    assert (found.amount, found.currency) == (Decimal(amount), currency)


@pytest.mark.parametrize("cell", ["", "  ", "-", "–", "—"])
def test_nothing_is_no_price_and_no_problem(cell):
    assert read_price(cell) is None


@pytest.mark.parametrize("cell", UNREAD)
def test_what_is_no_price_is_told(cell):
    told = read_price(cell)
    assert isinstance(told, str)
    assert told.startswith("“")
    assert len(told) < 150


@pytest.mark.parametrize("cell", ["1.234", "1,234", "12.345", "$123,456"])
def test_what_may_be_two_numbers_is_not_guessed(cell):
    told = read_price(cell)
    assert isinstance(told, str)
    assert "may be" in told
    for offered in told.rstrip(".").partition("; write ")[2].split(" or "):
        assert isinstance(read_price(offered), Price)


@pytest.mark.parametrize(
    ("cell", "currency", "heading", "meant"),
    [
        ("38", "usd", "", "USD"),
        ("38", "Euro", "", "EUR"),
        ("38", "", "Price (EUR)", "EUR"),
        ("38", "", "Prijs per maand €", "EUR"),
        ("38", "", "Unit price USD", "USD"),
        ("38", "", "Price ($)", "$"),
        ("38", "GBP", "Price (EUR)", "GBP"),
        ("$38", "CAD", "", "CAD"),
        ("¥38", "JPY", "", "JPY"),
        ("38", "", "Price", ""),
        ("$38", "EUR", "", None),
        ("€38", "USD", "", None),
        ("38", "doubloons", "", None),
        ("US$38", "$", "", "USD"),
    ],
)
def test_the_currency_is_what_the_sheet_says(cell, currency, heading, meant):
    found = read_price(cell, currency, heading)
    assert found == (Price(Decimal(38), meant) if meant is not None else found)
    assert isinstance(found, str) == (meant is None)


def test_a_heading_names_no_currency_by_chance():
    assert [currency_of(h) for h in ("Price all", "Cost", "Preis pro Monat", "top price", "")] == [""] * 5


@given(st.decimals(min_value=0, max_value=999_999_999, places=2), st.sampled_from([",.", ".,", " ,", "'.", " ."]))
def test_any_amount_written_in_any_usual_way_is_read_back(amount, marks):
    text = f"{amount:,.2f}".replace(",", "T").replace(".", marks[1]).replace("T", marks[0])
    assert read_price(f"€ {text}") == Price(amount, "EUR")


@given(st.text(alphabet="0123456789.,'’ -€$EUR", max_size=14))
def test_whatever_is_written_is_a_price_or_a_sentence(text):
    found = read_price(text)
    assert found is None or isinstance(found, str) or found.amount >= 0


def bought(*rows, fields="product total price currency", **more):
    return table(Kind.LICENSES, *rows, fields=fields, **more)


def test_the_price_of_each_product():
    one = bought(
        ("Office 365 E4", "5", "€ 38", ""), ("ENTERPRISEPACK", "5", "23,10", "EUR"), ("Office 365 E5", "1", "", "")
    )
    two = bought(("", E5, "55"), ("Nobody", "", "1"), fields="product sku_id price", file="b.csv")
    assert prices_of([one, two, people(("a@x.nl", "Office 365 E1"))], CATALOG) == Prices(
        {E4: Price(Decimal(38), "EUR"), E3: Price(Decimal("23.10"), "EUR"), E5: Price(Decimal(55), "EUR")}, {}, "EUR"
    )


def test_a_price_without_a_currency_is_in_the_only_one_that_the_sheets_name():
    euro, bare = ("Nobody knows", "5", "38", "EUR"), ("Office 365 E3", "5", "23", "")
    same = ("Office 365 E3", "5", "€ 23", "")
    assert prices_of([bought(bare)], CATALOG) == Prices({E3: Price(Decimal(23))}, {})
    assert prices_of([bought(bare, same, euro)], CATALOG) == Prices({E3: Price(Decimal(23), "EUR")}, {}, "EUR")
    assert prices_of([bought(same)], CATALOG).assumed == ""


def test_where_several_currencies_are_named_a_price_without_one_is_left_out():
    rows = [("Office 365 E4", "5", "38", "EUR"), ("Office 365 E3", "5", "23", ""), ("Office 365 E5", "1", "55", "USD")]
    found = prices_of([bought(*rows)], CATALOG)
    assert found.of == {E4: Price(Decimal(38), "EUR"), E5: Price(Decimal(55), "USD")}
    assert found.unclear == {
        E3: "a.csv, row 3, column Price: it names no currency, and the sheets name several (EUR, USD)."
    }
    assert not found.assumed


def test_two_rows_of_one_product_may_agree_and_must_not_differ():
    rows = [
        ("Office 365 E4", "5", "38", "EUR"),
        ("Office 365 E4", "5", "€ 38.00", ""),
        ("Office 365 E3", "5", "23", ""),
    ]
    assert set(prices_of([bought(*rows)], CATALOG).of) == {E4, E3}
    differ = prices_of([bought(*rows, ("Office 365 E4", "1", "40", "EUR"))], CATALOG)
    assert set(differ.of) == {E3}
    assert differ.unclear == {E4: "a.csv, row 5, column Price: another row has another price."}


def test_a_price_that_cannot_be_read_is_a_problem_of_its_row_and_leaves_its_product_out():
    sheet = bought(
        ("Office 365 E4", "5", "38", ""), ("Office 365 E3", "5", "1.234", ""), ("Office 365 E4", "5", "free", "")
    )
    assert [(p.place.row, p.place.column, p.code) for p in problems_of(sheet)] == [
        (3, "Price", "bad_price"),
        (4, "Price", "bad_price"),
    ]
    found = prices_of([sheet], CATALOG)
    assert not found.of
    assert found.unclear.keys() == {E3, E4}
    assert found.unclear[E3].startswith("a.csv, row 3, column Price: “1.234” may be 1234 or 1.234")
    assert "bad_price" in REASONS
