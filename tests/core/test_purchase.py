"""How many seats to buy, in words."""

from __future__ import annotations

import pytest

from batch.core.purchase import Need, Purchase, purchase_sentences
from batch.core.seats import seat

NAMES = {"e3": "Office 365 E3", "e5": "Office 365 E5"}


def need(**more):
    return Need(**{"sku_id": "e3", "seats": 1, "least": 1, "taken": 1, "given": 0, "free": 0, **more})


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            need(seats=12, least=12, taken=40, given=20, free=8),
            "Office 365 E3: buy 12 seats. 40 people need one, 20 give one back, 8 are free.",
        ),
        (
            need(taken=3, given=1, free=1),
            "Office 365 E3: buy 1 seat. 3 people need one, 1 gives one back, 1 is free.",
        ),
        (need(), "Office 365 E3: buy 1 seat. 1 person needs one, nobody gives one back, none is free."),
        (
            need(sku_id="x", seats=3, least=3, taken=2, free=-1),
            "x: buy 3 seats. 2 people need one, nobody gives one back, 1 more is given out than there are.",
        ),
        (
            need(seats=5, least=3, taken=3),
            "Office 365 E3: buy at least 3 and at most 5 seats. 3 people need one, nobody gives one back, none is free."
            " Some take or give back several seats at once, so fewer may do.",
        ),
        (
            need(seats=2, least=0, taken=2, given=2),
            "Office 365 E3: buy up to 2 seats. 2 people need one, 2 give one back, none is free."
            " Some take or give back several seats at once, so fewer may do.",
        ),
    ],
)
def test_what_to_buy_and_why(found, said):
    assert purchase_sentences(Purchase((found,), exact=found.least == found.seats), NAMES) == (said,)


def test_a_ring_names_the_way_round():
    purchase = seat([(("e5",), ("e3",)), (("e3",), ("e5",))], [0, 0, 1, 1], {}).purchase
    assert purchase_sentences(purchase, NAMES) == (
        "Office 365 E3: buy 1 seat. 2 people need one, 2 give one back, none is free."
        " Office 365 E3 → Office 365 E5 → Office 365 E3 is a ring of moves with no seat to spare;"
        " one more of any of these sets it going.",
    )


def test_nothing_to_buy_is_said_in_no_words():
    assert purchase_sentences(Purchase(), NAMES) == ()


def test_by_product_and_in_all():
    found = Purchase((need(seats=3), need(sku_id="e5", seats=2, least=0)), exact=False)
    assert (found.seats, found.least, found.total) == ({"e3": 3, "e5": 2}, {"e3": 1}, 5)
    assert (found.of("e5"), found.of("other")) == (found.needs[1], None)
