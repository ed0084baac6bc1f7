"""Names of products become SKUs. The GUID is the identity; a name that may stand for two products is never guessed.

The tenant's own SKUs decide: of several products with one name it is the one that the tenant owns, if it owns just one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from batch.core.names import NO_LICENCE, OTHER_NAMES, SEPARATORS, fold, guid, tidy
from batch.core.terms import Candidate, ServicePlan, Sku


@dataclass(frozen=True, slots=True)
class Found:
    """The text stands for this SKU."""

    sku_id: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The text stands for several SKUs, the most usual first; the admin has to say which, by part number or id."""

    text: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """The text is no product that anybody knows."""

    text: str


Resolution = Found | Ambiguous | Unknown

#: ``tenant:PART_NUMBER``, the AccountSkuId of the retired MSOnline module.
_ACCOUNT_SKU = re.compile(r"[\w.-]+:(.+)")
_SPLIT = re.compile(f"([{re.escape(SEPARATORS)}])")
#: No product name holds as many separators as this; bounds the work on a hostile cell or table.
_MOST_PIECES = 8


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every product we can name. Make one with ``Catalog.of``; it never changes."""

    #: By SKU id: the tenant's part number and plans where it owns the SKU, with the best display name known.
    _products: Mapping[str, Candidate]
    #: By folded name or part number: the SKUs it stands for, in the order given.
    _names: Mapping[str, tuple[str, ...]]
    _owned: frozenset[str]
    _plan_names: Mapping[str, str]
    #: The most pieces that a name falls into when cut at separators.
    _pieces: int

    @classmethod
    def of(cls, tenant: Iterable[Sku], known: Iterable[Candidate]) -> Catalog:
        """The catalog of a tenant's SKUs (none: the tenant is not known) and of products known anyhow.

        A SKU may be known more than once, under several names; its first entry gives the label.
        """
        owned = [Candidate(sku_id=s.sku_id, part_number=s.part_number, name=s.name, plans=s.plans) for s in tenant]
        products: dict[str, Candidate] = {}
        names: dict[str, dict[str, None]] = {}
        for product in (*owned, *known):
            products[product.sku_id] = _merged(products.get(product.sku_id), product)
            for text in (product.name, product.part_number):
                if key := fold(text):
                    names.setdefault(key, {})[product.sku_id] = None
        return cls(
            _products=products,
            _names={key: tuple(ids) for key, ids in names.items()},
            _owned=frozenset(s.sku_id for s in owned),
            _plan_names={p.plan_id: p.name for product in reversed(products.values()) for p in product.plans},
            _pieces=min(_MOST_PIECES, max((len(_SPLIT.split(key)) // 2 + 1 for key in names), default=1)),
        )

    def resolve(self, text: str) -> Resolution:
        """What a single product's name, part number, ``tenant:PART_NUMBER`` or GUID stands for.

        A GUID that nobody knows stays an id only while the tenant is unknown: a tenant does not have what it
        does not list.
        """
        if sku_id := guid(text):
            known = sku_id in self._products or not self._owned
            return Found(sku_id) if known else Unknown(tidy(text))
        ids = self._ids(fold(text))
        if not ids:
            return Unknown(tidy(text))
        if len(ids) == 1:
            return Found(ids[0])
        return Ambiguous(tidy(text), tuple(self._products[i] for i in ids))

    def split(self, cell: str) -> tuple[Resolution, ...]:
        """What a cell with any number of products stands for, in its order, each once.

        Products are joined by ``+``, comma, semicolon, bar or line break; names may hold ``+`` and commas, so the
        longest known name wins. ``Unlicensed`` in any language, a dash and an empty cell give nothing.
        """
        if fold(cell) in NO_LICENCE:
            return ()
        return tuple(dict.fromkeys(self.resolve(text) for text in self._texts(cell)))

    def label(self, sku_id: str) -> str:
        """A display name; the part number where none is known, else the id itself."""
        product = self._products.get(sku_id)
        return (product.name or product.part_number or sku_id) if product else sku_id

    def part_number(self, sku_id: str) -> str:
        """The part number (``ENTERPRISEPACK``); empty where it is not known."""
        product = self._products.get(sku_id)
        return product.part_number if product else ""

    def plan_label(self, plan_id: str) -> str:
        """The name of a service plan (``EXCHANGE_S_ENTERPRISE``), else its id."""
        return self._plan_names.get(plan_id) or plan_id

    def plan(self, sku_id: str, text: str) -> str | None:
        """The id of a service plan of this SKU by id or name in any case; None when the SKU has no such plan.

        What the tenant lists decides where it owns the SKU. Two plans of one name are none.
        """
        product = self._products.get(sku_id)
        plans = product.plans if product else ()
        if plan_id := guid(text):
            return plan_id if any(p.plan_id == plan_id for p in plans) else None
        ids = {p.plan_id for p in plans if fold(p.name) == fold(text)}
        return ids.pop() if len(ids) == 1 else None

    def _ids(self, key: str) -> tuple[str, ...]:
        """The SKUs that a folded name, or the name after ``tenant:``, stands for."""
        if ids := self._listed(key):
            return ids
        account = _ACCOUNT_SKU.fullmatch(key)
        return self._listed(account[1].strip()) if account else ()

    def _listed(self, key: str) -> tuple[str, ...]:
        """The SKUs of this name: those that the tenant owns, else by their present name, else by another."""
        names = self._names.get(key, ())
        others = tuple(i for i in OTHER_NAMES.get(key, ()) if i in self._products and i not in names)
        owned = tuple(i for i in names + others if i in self._owned)
        return owned or names or others

    def _texts(self, cell: str) -> Iterator[str]:
        """The cell cut into products: at each place the longest run of pieces that is a known name, else one piece."""
        pieces, marks = _pieces(cell)
        at = 0
        while at < len(pieces):
            text, used = pieces[at], 1
            longest = pieces[at]
            for more in range(1, min(self._pieces, len(pieces) - at)):
                longest += marks[at + more - 1] + pieces[at + more]
                if self._ids(fold(longest)):
                    text, used = longest, more + 1
            at += used
            if fold(text) not in NO_LICENCE:
                yield text


def _merged(first: Candidate | None, other: Candidate) -> Candidate:
    """One product from two sources: the first one's facts, filled up by the other's. A part number is no real name."""
    if first is None:
        return other
    named = first.name and fold(first.name) not in (fold(first.part_number), first.sku_id)
    plans: tuple[ServicePlan, ...] = first.plans or other.plans
    return Candidate(
        sku_id=first.sku_id,
        part_number=first.part_number or other.part_number,
        name=first.name if named else other.name or first.name,
        plans=plans,
    )


def _pieces(cell: str) -> tuple[list[str], list[str]]:
    """The pieces of a cell between separators without the empty ones, and the mark before each but the first.

    Where several separators stand together, a ``+`` or comma counts (a name may be wrapped over two lines after it).
    """
    pieces: list[str] = []
    marks: list[str] = []
    mark = ""
    for part in _SPLIT.split(cell):
        if len(part) == 1 and part in SEPARATORS:
            mark = part if mark not in ("+", ",") else mark
        elif part := part.strip():
            if pieces:
                marks.append(mark)
            pieces.append(part)
            mark = ""
    return pieces, marks
