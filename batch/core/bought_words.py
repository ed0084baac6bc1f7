"""What a sheet of licences says of how a subscription stands: the words of the admin center in five languages.

English, Dutch, German, French and Spanish, as Microsoft's articles about subscriptions have them. A word that is not
known says nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from batch.core.catalog import Catalog, Found
from batch.core.table import Field, Kind, Table


class Stands(StrEnum):
    """How a subscription stands, as a sheet says it."""

    ACTIVE = "active"
    EXPIRED = "expired"
    DISABLED = "disabled"
    DELETED = "deleted"
    #: A credit check is pending.
    CREDIT = "credit check"
    UNPAID = "unpaid"


#: Folded words that a cell is.
_WORDS: Mapping[str, Stands] = {
    word: stands
    for stands, words in {
        Stands.ACTIVE: "active, enabled, actief, aktiv, actif, activa, activo",
        Stands.EXPIRED: "expired, warning, verlopen, abgelaufen, expire, expiree, expirada, expirado, caducada",
        Stands.DISABLED: "disabled, suspended, uitgeschakeld, deaktiviert, desactive, deshabilitada, deshabilitado",
        Stands.DELETED: "deleted, verwijderd, nicht bereitgestellt, geloscht, supprime, eliminada, eliminado",
    }.items()
    for word in words.split(", ")
}
#: Folded words that a cell has in it.
_PARTS: Mapping[Stands, tuple[str, ...]] = {
    Stands.CREDIT: (
        "credit check",
        "kredietcontrole",
        "kreditwurdigkeitsprufung",
        "bonitatsprufung",
        "verification de solvabilite",
        "comprobacion de credito",
    ),
    Stands.UNPAID: ("unpaid", "past due", "overdue", "onbetaald", "unbezahlt", "impaye", "sin pagar", "impagad"),
}


def stands(cell: str) -> Stands | None:
    """How a subscription stands by this cell; None when it does not say."""
    letters = unicodedata.normalize("NFKD", cell[:200].casefold())
    text = " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())
    for found, parts in _PARTS.items():
        if any(part in text for part in parts):
            return found
    return _WORDS.get(text)


def said_of(tables: Iterable[Table], catalog: Catalog) -> dict[str, frozenset[Stands]]:
    """SKU id → how its subscriptions stand, by the sheets of licences; a product that is not certain is left out."""
    said: dict[str, set[Stands]] = {}
    for sku_id, cell in _rows(tables, catalog):
        if found := stands(cell):
            said.setdefault(sku_id, set()).add(found)
    return {sku_id: frozenset(found) for sku_id, found in said.items()}


def _rows(tables: Iterable[Table], catalog: Catalog) -> Iterator[tuple[str, str]]:
    for table in tables:
        cells = table.cells.get(Field.STATUS)
        if table.kind is not Kind.LICENSES or cells is None:
            continue
        nothing = [""] * len(cells)
        ids, products = table.cells.get(Field.SKU_ID, nothing), table.cells.get(Field.PRODUCT, nothing)
        for written, name, cell in zip(ids, products, cells, strict=True):
            found = catalog.resolve(written or name)
            if isinstance(found, Found):
                yield found.sku_id, cell
