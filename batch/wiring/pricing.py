"""What a run folder keeps of prices and departments, so that its report can say what the plan means in money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from batch.core.catalog import Catalog
from batch.core.money import Priced
from batch.core.prices import Price, Prices, prices_of
from batch.core.table import Table
from batch.runs.folder import RunFolder
from batch.runs.store import load_departments


def noted_prices(tables: Sequence[Table], catalog: Catalog) -> dict[str, Any]:
    """What is noted about a plan whose sheets of licences name prices; nothing where they name none."""
    prices = prices_of(tables, catalog)
    if not prices.of:
        return {}
    of = {sku_id: [str(price.amount), price.currency] for sku_id, price in prices.of.items()}
    return {"prices": {"of": of, "unclear": prices.unclear, "assumed": prices.assumed}}


def priced(folder: RunFolder, meta: Mapping[str, Any], changes: int) -> Priced:
    """The same from the folder, with the department of each of so many changes. Raises ``ValueError`` for damage."""
    noted = meta.get("prices")
    if not noted:
        return Priced()
    of = {str(sku_id): Price(_amount(text), str(currency)) for sku_id, (text, currency) in noted["of"].items()}
    # Folders of earlier versions took no currency for granted.
    prices = Prices(of, dict(noted["unclear"]), str(noted.get("assumed", "")))
    return Priced(prices, load_departments(folder.db, changes))


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is no price") from None
    if not amount.is_finite():
        raise ValueError(f"{text!r} is no price")
    return amount
