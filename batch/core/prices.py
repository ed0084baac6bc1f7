"""What a licence costs: the price of one seat for one month, as a sheet of licences says it.

Numbers are decimals, never binary fractions, so sums are exact. A price that could be two numbers is not guessed, and
a currency is what the sheet says: ``$`` may be the money of several countries, so it stays ``$``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal

from batch.core.catalog import Catalog, Found
from batch.core.cells import Once, columns
from batch.core.table import Field, Kind, Table
from batch.core.terms import Problem

#: ISO 4217.
_ISO = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF "
    "CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG "
    "HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA "
    "MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD "
    "RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX "
    "USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG"
)
_CODES = frozenset(_ISO.split())
#: Signs and words of a currency. One that several countries use stays what it is, and fits any code listed after it.
_SIGNS = {
    **dict.fromkeys(("€", "euro", "euros"), "EUR"),
    **{"£": "GBP", "₹": "INR", "₺": "TRY", "₩": "KRW", "₪": "ILS", "₫": "VND", "₴": "UAH", "฿": "THB", "zł": "PLN"},
    **{"kč": "CZK", "ft": "HUF", "us$": "USD", "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD", "nz$": "NZD"},
    **{"r$": "BRL", "hk$": "HKD", "s$": "SGD", "mx$": "MXN", "$": "$", "¥": "¥", "kr": "kr", "kr.": "kr"},
}
_SHARED = {
    "$": "USD CAD AUD NZD SGD HKD MXN TWD ARS CLP COP BBD BSD BMD BND BZD FJD JMD KYD LRD NAD SBD SRD TTD XCD UYU DOP",
    "¥": "JPY CNY",
    "kr": "SEK NOK DKK ISK",
}

_NUMBER = r"[0-9][0-9.,' ’]*(?:[.,]\s?[-–—]{1,2})?"
_MONEY = re.compile(rf"([^\d\s.,'’+\-–—]{{1,6}}\.?)?\s*({_NUMBER})\s*([^\d\s.,'’+\-–—]{{1,6}}\.?)?")
#: "23,-" and "23.-": no cents.
_ROUND = re.compile(r"[.,]\s?[-–—]{1,2}$")
_GROUPED = {
    ".": re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+"),
    ",": re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+"),
    "'": re.compile(r"[1-9][0-9]{0,2}(?:'[0-9]{3})+"),
    " ": re.compile(r"[1-9][0-9]{0,2}(?: [0-9]{3})+"),
}
_NOTHING = frozenset(("", "-", "–", "—"))
_LONGEST = 40
#: Before the decimals; no seat costs a milliard a month.
_MOST_DIGITS = 9
#: A workbook keeps 15 digits; what stands behind them is noise (23.099999999999998).
_AS_WORKBOOKS_DO = Context(prec=15)
_REMEDY = "write it with digits, like 23.10 or 23.10 EUR"


@dataclass(frozen=True, slots=True)
class Price:
    """One seat for one month. The currency is an ISO code, a sign as it stands, or empty where none is named."""

    amount: Decimal
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Prices:
    """What sheets of licences say about prices, by SKU id; and of which products they say no usable one, and why."""

    of: dict[str, Price]
    unclear: dict[str, str]
    #: The currency taken for prices that name none, since the sheets name no other; empty where none had to be.
    assumed: str = ""


def read_price(cell: str, currency: str = "", heading: str = "") -> Price | str | None:
    """The price in a cell, None for an empty one, or why it is none: a sentence for people.

    ``currency`` is the cell of a currency column; ``heading`` that of the price, which may name one: "Price (EUR)".
    """
    text = " ".join(cell.split())
    if text in _NOTHING:
        return None
    found = _MONEY.fullmatch(text) if len(text) <= _LONGEST else None
    amount = _amount(found[2].strip()) if found else None
    if found is None or amount is None:
        return f"“{text[:_LONGEST]}” is no price; {_REMEDY}."
    if isinstance(amount, str):
        return amount
    named = [_currency(word) for word in (found[1], found[3], currency.strip()) if word]
    if None in named:
        return f"“{f'{text} {currency}'.strip()[:_LONGEST]}” names no currency that is known; {_REMEDY}."
    agreed = _agreed([word for word in named if word] or [currency_of(heading)])
    if agreed is None:
        return f"“{f'{text} {currency}'.strip()[:_LONGEST]}” names two currencies; correct one."
    return Price(amount, agreed)


def _amount(text: str) -> Decimal | str | None:
    """The number: thousands set off by one mark, decimals by another; a sentence where it may be two numbers."""
    text = _ROUND.sub("", text).replace("’", "'")
    marks = [mark for mark in text if not mark.isdigit()]
    last = marks[-1] if marks else ""
    whole, decimals = text, ""
    if last in (".", ",") and marks.count(last) == 1:
        whole, _, decimals = text.partition(last)
        if len(decimals) == 3 and len(marks) == 1 and _GROUPED[last].fullmatch(text):
            large, small = f"{whole}{decimals}", f"{whole}.{decimals}"
            return f"“{text}” may be {large} or {small}; write {large}.00 or {small}0."
        if not decimals:
            return None
    kinds = {mark for mark in whole if not mark.isdigit()}
    if len(kinds) > 1 or (kinds and not _GROUPED[kinds.pop()].fullmatch(whole)):
        return None
    digits = "".join(filter(str.isdigit, whole))
    if len(digits) > _MOST_DIGITS:
        return None
    number = Decimal(f"{digits}.{decimals}" if decimals else digits)
    return _AS_WORKBOOKS_DO.plus(number) if len(digits) + len(decimals) > 15 else number


def _currency(word: str) -> str | None:
    """The code or sign of a currency by how it is written; None for anything else."""
    code = word.upper().removesuffix(".")
    return code if code in _CODES else _SIGNS.get(word.casefold())


def currency_of(heading: str) -> str:
    """The currency that a heading names in brackets, at its end or by a sign; empty where it names none."""
    words = re.split(r"[\s()\[\]/]+", heading)
    found = (_currency(w) for w in words if w in _CODES or (w and not w.isalpha()) or w.casefold().startswith("euro"))
    return next(filter(None, found), "")


def _agreed(named: Sequence[str]) -> str | None:
    """The one currency that all of these mean, a shared sign giving way to a code; None where they mean two."""
    codes = {word for word in named if word not in _SHARED}
    signs = {word for word in named if word in _SHARED}
    if len(codes) > 1 or (not codes and len(signs) > 1):
        return None
    if codes and not all(next(iter(codes)) in _SHARED[sign].split() for sign in signs):
        return None
    return next(iter(codes or signs))


def problems_of(table: Table) -> Iterator[Problem]:
    """A problem with its place for every price of the sheet that cannot be read."""
    for index, price in enumerate(table_prices(table)):
        if isinstance(price, str):
            yield Problem(place=table.place(index, Field.PRICE), code="bad_price", text=price)


def table_prices(table: Table) -> list[Price | str | None]:
    """What ``read_price`` says of each row; empty for a sheet without prices, or one about people."""
    if table.kind is not Kind.LICENSES or Field.PRICE not in table.cells:
        return []
    heading = table.mapping.get(Field.PRICE, "")
    read = Once[tuple[str, str], Price | str | None](lambda cells: read_price(cells[0], cells[1], heading))
    price, currency = columns(table, (Field.PRICE, Field.CURRENCY))
    return list(map(read.__getitem__, zip(price, currency, strict=True)))


def prices_of(tables: Sequence[Table], catalog: Catalog) -> Prices:
    """The price of every product that the sheets of licences name one for.

    Two rows of one product may say the same; where they differ, nobody knows which seat has which price. A price
    without a currency is in the one that the sheets name; where they name several, nobody knows which.
    """
    read = [(table, table_prices(table)) for table in tables]
    named = sorted({p.currency for _, prices in read for p in prices if isinstance(p, Price) and p.currency})
    of: dict[str, Price] = {}
    unclear: dict[str, str] = {}
    only, assumed = named[0] if len(named) == 1 else "", ""
    for table, prices in read:
        ids, names = columns(table, (Field.SKU_ID, Field.PRODUCT))
        for index, said in enumerate(prices):
            sku_id = "" if said is None else _bought(ids[index], names[index], catalog)
            if not sku_id or said is None:
                continue
            price = said
            if isinstance(said, Price) and not said.currency:
                price, assumed = Price(said.amount, only), only
            if why := _unusable(price, of.setdefault(sku_id, price) if isinstance(price, Price) else None, named):
                unclear[sku_id] = f"{table.place(index, Field.PRICE)}: {why}"
    return Prices({sku_id: price for sku_id, price in of.items() if sku_id not in unclear}, unclear, assumed)


def _unusable(price: Price | str, before: Price | None, named: Sequence[str]) -> str:
    """Why a row's price cannot be reckoned with, given the one of an earlier row of its product; empty if it can."""
    if isinstance(price, str):
        return price
    if not price.currency and named:
        return f"it names no currency, and the sheets name several ({', '.join(named)})."
    return "" if before == price else "another row has another price."


def _bought(sku: str, product: str, catalog: Catalog) -> str:
    """The id of a row's product: by its id where there is a usable one, else by its name; empty where not certain."""
    by_id = catalog.resolve(sku) if sku.strip() else None
    found = by_id if isinstance(by_id, Found) else catalog.resolve(product)
    return found.sku_id if isinstance(found, Found) else ""
