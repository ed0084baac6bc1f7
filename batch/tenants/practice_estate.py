"""What a practice tenant is and owns besides people and seats: its name, purchases and licensing groups.

They stand as JSON in ``meta``, so that files made before they were there still open.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import NamedTuple

from batch.core.estate import LicensingGroup, Organisation, Subscription
from batch.core.terms import Add, Holding, Sku, SkuStatus

#: Domains of a made-up organisation at most, those of most people first.
_DOMAINS = 20
_NAME = "Practice tenant"
_NAMESPACE = uuid.UUID("b3b9a4ce-6f0a-4f43-9d0e-6d7f2c1a5e10")


class Estate(NamedTuple):
    """What was stored when the file was made; no subscriptions or groups: derived from the SKUs and the holdings."""

    organisation: Organisation
    subscriptions: tuple[Subscription, ...] = ()
    groups: tuple[LicensingGroup, ...] = ()


def invented(upns: Iterable[str]) -> Organisation:
    """An organisation of its own, with the domains of these people."""
    domains = Counter(upn.rpartition("@")[2] for upn in upns)
    del domains[""]
    found = tuple(domain for domain, _ in domains.most_common(_DOMAINS)) or ("practice.example",)
    return Organisation(tenant_id=str(uuid.uuid4()), name=_NAME, domains=found)


def estate_rows(estate: Estate) -> dict[str, str]:
    """Name → text of the rows in ``meta``."""
    return {name: json.dumps(value) for name, value in _plain(estate).items()}


def _plain(estate: Estate) -> dict[str, object]:
    return {
        "organisation": asdict(estate.organisation),
        "subscriptions": [asdict(subscription) for subscription in estate.subscriptions],
        "groups": [asdict(group) for group in estate.groups],
    }


def read_estate(db: sqlite3.Connection) -> Estate:
    """What the file says; ``ValueError`` when it is damaged."""
    rows = {name: json.loads(text) for name, text in db.execute(_ROWS)}
    if "organisation" not in rows:
        return Estate(Organisation(tenant_id="", name=_NAME))
    try:
        return Estate(
            Organisation(**rows["organisation"] | {"domains": tuple(rows["organisation"]["domains"])}),
            tuple(Subscription(**row | {"status": SkuStatus(row["status"])}) for row in rows["subscriptions"]),
            tuple(_group(row) for row in rows["groups"]),
        )
    except (TypeError, KeyError) as error:
        raise ValueError(f"its organisation cannot be read ({error})") from error


_ROWS = "SELECT name, value FROM meta WHERE name IN ('organisation', 'subscriptions', 'groups')"


def _group(row: dict[str, object]) -> LicensingGroup:
    licences = row["licences"]
    if not isinstance(licences, list):
        raise TypeError("licences")
    return LicensingGroup(**row | {"licences": tuple(Add(sku, tuple(off)) for sku, off in licences)})  # type: ignore[arg-type]


def one_each(tenant_id: str, skus: Iterable[Sku]) -> tuple[Subscription, ...]:
    """One subscription a SKU, with the same ids at every look, ordered by id."""
    made = [
        Subscription(
            subscription_id=_stable(tenant_id, "subscription", sku.sku_id),
            commerce_id=_stable(tenant_id, "commerce", sku.sku_id),
            sku_id=sku.sku_id,
            part_number=sku.part_number,
            status=sku.status,
            total=sku.enabled,
        )
        for sku in skus
    ]
    return tuple(sorted(made, key=lambda subscription: subscription.subscription_id))


def _stable(*words: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, "/".join(words)))


def groups_behind(holdings: Sequence[Holding]) -> tuple[LicensingGroup, ...]:
    """The groups through which somebody inherits, each with what it gives, ordered by id."""
    given: dict[str, dict[str, Add]] = {}
    for holding in holdings:
        for held in holding.assignments:
            if held.group:
                given.setdefault(held.group, {}).setdefault(held.sku_id, Add(held.sku_id, held.disabled))
    return tuple(
        LicensingGroup(
            group_id=group_id,
            name=f"Licensing group {group_id[:8]}",
            licences=tuple(sorted(adds.values())),
            processing="ProcessingComplete",
        )
        for group_id, adds in sorted(given.items())
    )
