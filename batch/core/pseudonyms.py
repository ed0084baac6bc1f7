"""A tenant without the names of its people: the same shape, the same licences, nobody to be recognised.

Names are keyed digests (HMAC-SHA256): alike within one copy, and not to be undone or matched with another copy once
the key is forgotten. Products and seats stay as they are.
"""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Sequence
from dataclasses import replace

from batch.core.estate import LicensingGroup, Organisation, Subscription
from batch.core.terms import Holding, People

_DOMAIN = "pseudonym.example"


class Pseudonyms:
    """Names in place of names, under one key of 16 random bytes or more."""

    def __init__(self, key: bytes) -> None:
        if len(key) < 16:
            raise ValueError("a key of 16 bytes at least is needed")
        self._key = key

    def people(self, people: People) -> People:
        """The same people under other ids, user principal names and display names."""
        upns = [f"p-{self._digest('upn', upn)}@{_DOMAIN}" for upn in people.upns]
        return People(
            ids=[self._guid("user", user) for user in people.ids],
            upns=upns,
            names=[f"Person {upn[2:8]}" for upn in upns],
            locations=people.locations,
            holding=people.holding,
            holdings=tuple(self._holding(holding) for holding in people.holdings),
        )

    def groups(self, groups: Sequence[LicensingGroup]) -> tuple[LicensingGroup, ...]:
        """The same groups under other ids and names."""
        return tuple(
            replace(g, group_id=self._guid("group", g.group_id), name=f"Group {self._digest('group', g.group_id)[:6]}")
            for g in groups
        )

    def subscriptions(self, subscriptions: Sequence[Subscription]) -> tuple[Subscription, ...]:
        """The same purchases under other ids; whose tenant made one is told like the organisation's own."""
        return tuple(
            replace(
                s,
                subscription_id=self._guid("subscription", s.subscription_id),
                commerce_id=self._guid("commerce", s.commerce_id) if s.commerce_id else "",
                owner_tenant=self._guid("tenant", s.owner_tenant) if s.owner_tenant else "",
            )
            for s in subscriptions
        )

    def organisation(self, organisation: Organisation) -> Organisation:
        """An organisation that is nobody's: a plan for the real one does not take a run on it for its rehearsal."""
        tenant_id = self._guid("tenant", organisation.tenant_id)
        return replace(organisation, tenant_id=tenant_id, name="Pseudonymised organisation", domains=(_DOMAIN,))

    def _holding(self, holding: Holding) -> Holding:
        return Holding.of(replace(a, group=self._guid("group", a.group)) if a.group else a for a in holding.assignments)

    def _digest(self, kind: str, text: str) -> str:
        return hmac.digest(self._key, f"{kind}\0{text.casefold()}".encode("utf-8", "replace"), "sha256").hex()[:20]

    def _guid(self, kind: str, text: str) -> str:
        digest = hmac.digest(self._key, f"{kind}-id\0{text.casefold()}".encode("utf-8", "replace"), "sha256")
        return str(uuid.UUID(bytes=digest[:16], version=4))
