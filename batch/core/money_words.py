"""Money in words: one wording for the plan page, the terminal, the page and the workbook."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Context, Decimal

from batch.core.report import Bill, Money

#: What a cost is, for whoever reads a table of them.
EXPLAINED = (
    "A person costs the prices of the licences they hold, added up. The bill counts the seats that were bought, "
    "whoever holds them: it falls only when freed seats are given back (fewer seats on the subscription)."
)
_CENT = Decimal("0.01")
_SHOWN = 5
_ROUNDED = Context(prec=60, rounding=ROUND_HALF_UP)


def exact(amount: Decimal) -> str:
    """The amount to its last digit, with two decimals at least and no needless zeros: "23.10", "0.125"."""
    whole, _, decimals = f"{amount:f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def to_the_cent(amount: Decimal) -> str:
    """ "1,234.50": for people, rounded to the cent where a price has a part of one."""
    return f"{amount.quantize(_CENT, context=_ROUNDED):,}"


def apart(amount: Decimal) -> str:
    """A difference: "+12.00", "−12.00", "0.00"."""
    text = to_the_cent(amount)
    return f"+{text}" if amount > 0 else text.replace("-", "−")


def of_currency(currency: str, text: str) -> str:
    """ "EUR 12.00", "$12.00", and the bare number where no currency is named."""
    return f"{currency} {text}" if currency.isalpha() else f"{currency}{text}"


def money_lines(money: Money, *, started: bool) -> Iterator[str]:
    """What there is to say, in sentences. ``started``: whether anything was carried out yet."""
    for bill in money.bills:
        yield from _bill(bill, started=started)
    if money.assumed:
        yield f"Prices without a currency are taken to be in {money.assumed}, the only one that the sheets name."
    if len({bill.currency for bill in money.bills if bill.currency}) > 1:
        yield "The sheets name prices in several currencies; they are kept apart and never added."
    if money.left_out:
        names = ", ".join(name for name, _ in money.left_out[:_SHOWN])
        more = len(money.left_out) - _SHOWN
        yield f"Left out, since no sheet names a usable price: {names}{f' and {more:,} more' if more > 0 else ''}."
    yield from (f"{name}: {why}" for name, why in money.left_out[:_SHOWN] if why)


def _bill(bill: Bill, *, started: bool) -> Iterator[str]:
    def told(amount: Decimal) -> str:
        return of_currency(bill.currency, to_the_cent(amount))

    cost = bill.cost
    if bill.people and (cost.before or cost.planned):
        whom = "The person in this plan costs" if bill.people == 1 else f"The {bill.people:,} people in this plan cost"
        less = cost.planned - cost.before
        change = f"{told(abs(less))} {'less' if less < 0 else 'more'}" if less else "no difference"
        so_far = f" As it stands they cost {told(cost.now)}." if started and cost.now != cost.planned else ""
        both = f"{told(cost.before)} a month before, {told(cost.planned)} once all of it is done"
        yield f"{whom} {both}: {change}.{so_far}"
    freed = [p for p in bill.products if p.freed]
    for product in freed[:_SHOWN]:
        seats = f"{product.freed:,} {'seat comes' if product.freed == 1 else 'seats come'} free"
        yield f"{product.name}: {seats} and cost {told(product.idle)} a month until they are given back."
    if len(freed) > _SHOWN:
        others = f"Freed seats of {len(freed) - _SHOWN:,} more products"
        idle = sum((p.idle for p in freed[_SHOWN:]), Decimal(0))
        yield f"{others} cost {told(idle)} a month until they are given back."
    back = f", {told(bill.given_back)} once the freed seats are given back" if freed else ""
    yield f"The bill for all seats with a price is {told(bill.total)} a month{back}."
