"""A matrix: one column a product, and an ``x``, ``1`` or ``yes`` where the user has it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from batch.sheets.columns import Body
from batch.sheets.headings import key

_YES = frozenset(
    (
        "x",
        "✓",
        "✔",
        "v",
        "1",
        "y",
        "yes",
        "true",
        "ja",
        "j",
        "wahr",
        "waar",
        "o",
        "oui",
        "vrai",
        "si",
        "sí",
        "verdadero",
    )
)
_NO = frozenset(("", "0", "-", "n", "no", "false", "nee", "nein", "falsch", "onwaar", "non", "faux", "falso"))
#: Words in headings of columns that say yes or no about a person, not about a product.
_FLAG = re.compile(
    r"enabled|disabled|block|blok|sperr|blocc|sync|credential|deleted|licensed|mfa|expires|required|guest|manager|vip|admin|"
    r"actief|aktiv|actif|bloque|activo|bloque|^is[a-z]|^has[a-z]"
)
_PRODUCT = re.compile(
    r"365|office|visio|project|power|teams|exchange|sharepoint|onedrive|entra|azure|intune|defender|copilot|dynamics|"
    r"windows|business|premium|enterprise|kiosk|(?<![^\W_])[EFAGPK][1-7](?![^\W_])|[0-9a-f]{8}-",
    re.IGNORECASE,
)


def product_columns(body: Body, unknown: Sequence[int]) -> tuple[list[int], list[int]]:
    """Columns that are products of a matrix, and others with marks that are not read; both empty when it is none.

    Where at least one heading looks like a product of Microsoft's, the ones that do not are taken for something else.
    """
    marked = [column for column in unknown if _only_marks(body, column)]
    marked = [column for column in marked if not _FLAG.search(key(body.headings[column]))]
    products = [column for column in marked if _PRODUCT.search(body.headings[column])] or marked
    if len(products) < 2 or not any(not _YES.isdisjoint(map(str.casefold, set(body.cells(c)))) for c in products):
        return [], []
    return products, [column for column in marked if column not in products]


def _only_marks(body: Body, column: int) -> bool:
    sample = {cell.casefold() for cell in body.sample(column)}
    return sample <= _YES | _NO and {cell.casefold() for cell in set(body.cells(column))} <= _YES | _NO


def held(body: Body, columns: Sequence[int]) -> list[str]:
    """For each row the headings of its marked columns, joined with ``+`` as Microsoft's exports join products."""
    names = [body.headings[column] for column in columns]
    texts: dict[tuple[str, ...], str] = {}
    found = []
    for marks in zip(*map(body.cells, columns), strict=True):
        text = texts.get(marks)
        if text is None:
            chosen = (name for name, mark in zip(names, marks, strict=True) if mark.casefold() in _YES)
            text = texts[marks] = "+".join(chosen)
        found.append(text)
    return found
