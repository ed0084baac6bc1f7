"""Columns of prices and priorities: found in five languages, never guessed, odd cells told with their place."""

from __future__ import annotations

import pytest

from batch.core.table import Field, Kind
from tests.sheets.grids import codes, column, table

BOUGHT = "Product Title,Total Licenses,Assigned licenses"


@pytest.mark.parametrize(
    "heading",
    [
        *("Price", "Unit price", "Price per month", "Monthly price", "Cost", "Price (EUR)", "PRICE_PER_SEAT *"),
        *("Prijs", "Stukprijs", "Prijs per maand", "Prijs per gebruiker per maand", "Kosten"),
        *("Preis", "Stückpreis", "Monatspreis", "Preis pro Monat", "Preis pro Lizenz"),
        *("Prix", "Prix unitaire", "Prix mensuel", "Coût", "Precio", "Precio unitario", "Precio por mes", "Coste"),
        *("Price (€)", "Unit price USD", "Price/EUR"),
    ],
)
def test_the_price_of_a_seat_has_many_names(heading: str) -> None:
    found = table(f"{BOUGHT},{heading}\nOffice 365 E3,5,1,23.10")
    assert (found.kind, column(found, Field.PRICE)) == (Kind.LICENSES, ["23.10"])
    assert f"Column “{heading}” read as the price of one seat for one month." in found.assumed


@pytest.mark.parametrize(
    "heading", ["Price (per year)", "Unit price (annual)", "Prijs (per jaar)", "Preis (Jahr)", "Prix (par an)"]
)
def test_a_yearly_price_is_not_divided(heading: str) -> None:
    found = table(f"{BOUGHT},{heading}\nOffice 365 E3,5,1,23.10")
    assert Field.PRICE not in found.cells
    assert any(f"“{heading}” is not read as a price" in told for told in found.assumed)


@pytest.mark.parametrize("heading", ["Total price", "Price list", "Annual price", "Unit price per year", "Cost center"])
def test_other_money_is_not_the_price_of_a_seat(heading: str) -> None:
    assert Field.PRICE not in table(f"{BOUGHT},{heading}\nOffice 365 E3,5,1,23.10").cells


@pytest.mark.parametrize("heading", ["Currency", "Valuta", "Währung", "Devise", "Moneda"])
def test_a_currency_has_a_column_of_its_own(heading: str) -> None:
    assert column(table(f"{BOUGHT},Price,{heading}\nE3,5,1,23.10,EUR"), Field.CURRENCY) == ["EUR"]


def test_the_surest_of_two_prices_is_read_and_two_alike_that_differ_are_not() -> None:
    assert column(table(f"{BOUGHT},Cost,Price per month\nE3,5,1,20,23"), Field.PRICE) == ["23"]
    found = table(f"{BOUGHT},Unit price,Price per seat\nE3,5,1,20,23")
    assert Field.PRICE not in found.cells
    assert codes(found) == [(1, "ambiguous_column")]
    assert "Rename" in found.problems[0].text


def test_a_price_that_cannot_be_read_is_a_problem_of_its_row() -> None:
    found = table(f'{BOUGHT},Prijs\nE3,5,1,"€ 23,10"\nE4,5,1,gratis\nE5,5,1,"1,234"\nF3,5,1,')
    assert codes(found) == [(3, "bad_price"), (4, "bad_price")]
    assert str(found.problems[0].place) == "people.csv, row 3, column Prijs"
    assert found.rows == [2, 3, 4, 5]
    (told,) = [text for text in found.assumed if "cannot be read" in text]
    assert told.startswith("Prices that cannot be read are left out: 2, the first in row 3: “gratis” is no price;")


@pytest.mark.parametrize("heading", ["Priority", "Prio", "PRIORITEIT", "Priorität", "Priorité", "Prioridad"])
def test_a_column_of_priorities(heading: str) -> None:
    found = table(f"UPN,Old,New,{heading}\nann@x.nl,E4,E3,1\nbob@x.nl,E4,E3,soon")
    assert column(found, Field.PRIORITY) == ["1", "soon"]
    assert not found.problems
    (told,) = [text for text in found.assumed if "no priority" in text]
    assert told.startswith(f"In column “{heading}” “soon” (1 row) is no priority; such rows go last.")


def test_people_pasted_together_share_their_priority() -> None:
    found = table('UPN,Priority\n"ann@x.nl; bob@x.nl",2\ncid@x.nl,high')
    assert list(zip(column(found, Field.USER), column(found, Field.PRIORITY), strict=True)) == [
        ("ann@x.nl", "2"),
        ("bob@x.nl", "2"),
        ("cid@x.nl", "high"),
    ]
