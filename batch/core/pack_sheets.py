"""Packs as people read them: names in the place of ids, and everybody in the order in which the portal lists them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from batch.core.effects import plan_names
from batch.core.handed import Licence, Member, Pack, PackSheet, Steps
from batch.core.plan import Changes
from batch.core.terms import Add, Sku

_NO_NAMES: Mapping[str, str] = {}


def pack_sheets(
    packs: Sequence[Pack],
    changes: Changes,
    skus: Sequence[Sku],
    names: Mapping[str, str],
    people: Mapping[str, str],
    services: Mapping[str, str] = _NO_NAMES,
) -> tuple[PackSheet, ...]:
    """A sheet for each pack. ``names``: SKU id → label; ``people``: lower-case UPN → display name, where one is known.

    Services that are switched off go by the names that the portal shows (``services``: plan id → name), where these
    are known, else by the tenant's own.
    """
    labels = _Labels(skus, names, services)
    return tuple(
        PackSheet(
            number=pack.number,
            of=len(packs),
            steps=pack.steps,
            people=_members(pack, changes, people),
            ticked=labels.licences(pack.end.direct),
            inherited=labels.products(pack.end.inherited),
            given=labels.licences(pack.add) if pack.steps is Steps.KEEP_AND_UNASSIGN else (),
            gone=labels.products(pack.remove),
            location=pack.end.location,
        )
        for pack in packs
    )


def _members(pack: Pack, changes: Changes, people: Mapping[str, str]) -> tuple[Member, ...]:
    upn = changes.upn
    found = (Member(c, changes.user_id[c], upn[c], people.get(upn[c], "")) for c in pack.changes)
    return tuple(sorted(found, key=_as_listed))


def _as_listed(member: Member) -> tuple[bool, str, str]:
    """By display name as people read it, accents or none; then by user name. Who has no name here is last."""
    letters = unicodedata.normalize("NFKD", member.name.casefold())
    plain = "".join(c for c in letters if not unicodedata.combining(c))
    return not member.name, plain, member.upn


class _Labels:
    """The names of licences and of their services; most packs have the same, so each is looked up once."""

    def __init__(self, skus: Sequence[Sku], names: Mapping[str, str], services: Mapping[str, str]) -> None:
        self._owned = {sku.sku_id: sku for sku in skus}
        self._names = names
        self._services = services
        self._known: dict[Add, Licence] = {}

    def product(self, sku_id: str) -> str:
        """The product's label; where there is none its name in the tenant, else its id."""
        sku = self._owned.get(sku_id)
        return self._names.get(sku_id) or (sku.name if sku else "") or sku_id

    def products(self, sku_ids: Iterable[str]) -> tuple[str, ...]:
        """The products by their labels, sorted."""
        return tuple(sorted(map(self.product, sku_ids), key=_folded))

    def licences(self, adds: Iterable[Add]) -> tuple[Licence, ...]:
        """The licences by their labels, sorted, with the services that are off."""
        return tuple(sorted(map(self._licence, adds), key=lambda licence: (_folded(licence.name), licence.off)))

    def _licence(self, add: Add) -> Licence:
        if add not in self._known:
            shown = [self._services[p] for p in add.disabled if p in self._services]
            others = plan_names((p for p in add.disabled if p not in self._services), self._owned)
            self._known[add] = Licence(self.product(add.sku_id), tuple(sorted([*shown, *others], key=_folded)))
        return self._known[add]


def _folded(label: str) -> tuple[str, str]:
    return label.casefold(), label
