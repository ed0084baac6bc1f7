"""What the cells of one row ask for its user, and whether the asks of several rows go together."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from batch.core.catalog import Catalog
from batch.core.cells import Products, not_a_product
from batch.core.changes import ChangeKind
from batch.core.outcomes import Bucket
from batch.core.table import Field
from batch.core.terms import Way

#: Cells of the column for the way, in English, Dutch, German, French and Spanish.
_DIRECT = frozenset({"direct", "directly", "rechtstreeks", "direkt", "directe", "directement", "directo", "directa"})
_ON_GROUP = frozenset({"group", "on group", "on the group", "groep", "gruppe", "groupe", "grupo"})
_BETWEEN_PLANS = re.compile(r"[,;|\r\n]+")


@dataclass(frozen=True, slots=True)
class Ask:
    """What rows ask for one user: the same value for every row that asks the same. SKU and plan ids are sorted."""

    remove: tuple[str, ...]
    add: tuple[str, ...]
    #: Service plan ids that the sheet wants off in the added SKUs, besides what is off already; None = it names none.
    disabled: tuple[str, ...] | None = None
    #: On what the move is made. For ``MEMBERSHIP``: the group to move into, by name (in one case) or id.
    way: Way = Way.DIRECT
    to_group: str = ""
    #: For an undo: the change that is to be taken back.
    back: ChangeKind | None = None


@dataclass(frozen=True, slots=True)
class No:
    """Why a row asks nothing that can be done. UNCHANGED needs no sentence; a PROBLEM has one, and a column."""

    bucket: Bucket
    code: str
    text: str = ""
    field: Field | None = None


NOT_ASKED = No(Bucket.UNCHANGED, "not_asked")
ALREADY_DONE = No(Bucket.UNCHANGED, "already_done")


def problem(code: str, text: str, field: Field | None = None) -> No:
    """A row that has to be corrected before anything can be done."""
    return No(Bucket.PROBLEM, code, text, field)


def certain(products: Products, field: Field) -> No | None:
    """The problem of a cell that asks about a product which is not certain."""
    if not products.unresolved:
        return None
    code, text = not_a_product(products.unresolved[0])
    return problem(code, text, field)


def ask_of(remove: Iterable[str], add: Iterable[str], off: str, catalog: Catalog) -> Ask | No:
    """The ask to take these SKUs away and give those, with the service plans ``off`` (a cell) switched off."""
    goes, comes = tuple(sorted(set(remove))), tuple(sorted(set(add)))
    if not goes and not comes:
        return problem(
            "nothing_asked",
            "The row names no licence to take away and none to give; fill them in, or say --from and --to.",
        )
    if both := set(goes) & set(comes):
        names = ", ".join(sorted(catalog.label(i) for i in both))
        return problem("same_sku", f"The row takes away and gives the same licence ({names}); correct one.", Field.ADD)
    if not off.strip():
        return Ask(goes, comes)
    if not comes:
        return problem(
            "plan_without_add",
            "The row names services to switch off but no licence to give; they can only be set with a licence given.",
            Field.DISABLED,
        )
    plans = _plans(off, comes, catalog)
    return plans if isinstance(plans, No) else Ask(goes, comes, plans)


def on_way(ask: Ask | No, way: str, to_group: str) -> Ask | No:
    """The ask made on what the cells of a row say: ``direct`` or ``group``, or into the group that is named."""
    if not isinstance(ask, Ask) or not (way or to_group):
        return ask
    word = way.strip().casefold()
    if word not in {"", *_DIRECT, *_ON_GROUP}:
        text = f"“{way[:80]}” is no way of moving a licence; write direct or group, or leave it empty."
        return problem("bad_way", text, Field.WAY)
    if not to_group.strip():
        return replace(ask, way=Way.GROUP) if word in _ON_GROUP else ask
    if word:
        text = f"The row names a group to move into and also says “{way[:80]}”; leave one of the two empty."
        return problem("bad_way", text, Field.WAY)
    return replace(ask, way=Way.MEMBERSHIP, to_group=to_group.strip().casefold())


def _plans(cell: str, add: tuple[str, ...], catalog: Catalog) -> tuple[str, ...] | No:
    """The ids of the service plans of a cell, looked for in every SKU to be given; sorted."""
    plans: set[str] = set()
    for text in filter(None, map(str.strip, _BETWEEN_PLANS.split(cell))):
        sku, colon, name = text.partition(":")
        skus = [s for s in add if s == sku.strip().lower()] if colon else list(add)
        found = {plan for s in skus if (plan := catalog.plan(s, name if colon else text))}
        if not found:
            given = " and ".join(catalog.label(s) for s in add)
            return problem(
                "unknown_plan",
                f"{given} has no service “{text[:80]}”; write the service plan's name (EXCHANGE_S_ENTERPRISE) or id.",
                Field.DISABLED,
            )
        plans |= found
    return tuple(sorted(plans))


def join(asks: Collection[Ask]) -> Ask | None:
    """One ask that does what all of these do, or None where they contradict each other.

    They go together when no SKU is named twice, nothing is given by one and taken by another, at most one list of
    services to switch off is named by those that give something, and all say the same way.
    """
    goes = [sku for ask in asks for sku in ask.remove]
    comes = [sku for ask in asks for sku in ask.add]
    lists = {ask.disabled for ask in asks if ask.add}
    ways = {(ask.way, ask.to_group) for ask in asks}
    if len({*goes, *comes}) < len(goes) + len(comes) or len(lists) > 1 or len(ways) > 1:
        return None
    way, to_group = ways.pop()
    return Ask(tuple(sorted(goes)), tuple(sorted(comes)), lists.pop() if lists else None, way, to_group)


def in_words(ask: Ask, catalog: Catalog) -> str:
    """The ask for people: "take away Office 365 E4, give Office 365 E3"."""
    parts = [
        f"{verb} {' and '.join(map(catalog.label, skus))}"
        for verb, skus in (("take away", ask.remove), ("give", ask.add))
        if skus
    ]
    if ask.disabled:
        parts.append(f"without {', '.join(map(catalog.plan_label, ask.disabled))}")
    if ask.way is Way.GROUP:
        parts.append("on the group")
    elif ask.way is Way.MEMBERSHIP:
        parts.append(f"by moving to the group {ask.to_group}")
    return ", ".join(parts)
