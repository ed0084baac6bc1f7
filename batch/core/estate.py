"""What a tenant is and owns besides users and seats: its name, subscriptions, and groups that carry licences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from batch.core.terms import Add, People, SkuStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Whose tenant it is (Graph resource ``organization``)."""

    #: The tenant's own id, a GUID; a plan is carried out on the tenant that it was made for and on no other.
    tenant_id: str
    name: str
    #: Verified domains, lower case.
    domains: tuple[str, ...] = ()
    #: For a practice tenant copied from this organisation: when, in UTC seconds since 1970. 0 for the thing itself.
    copied_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One purchase of a SKU (Graph resource ``companySubscription``); a SKU may have been bought several times."""

    subscription_id: str
    commerce_id: str
    sku_id: str
    part_number: str
    status: SkuStatus
    #: Seats in this subscription.
    total: int
    trial: bool = False
    #: ISO 8601 in UTC as the service says it; empty when it says none.
    created: str = ""
    #: When the subscription passes to its next status unless it is renewed.
    next_lifecycle: str = ""
    #: The tenant, a GUID, that created the subscription here: a partner's. Empty when the service names none.
    owner_tenant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LicensingGroup:
    """A directory group that gives licences to its members (not a group of changes)."""

    group_id: str
    name: str
    licences: tuple[Add, ...]
    #: Membership follows a rule, or comes from on-premises: members cannot be added or removed by hand.
    dynamic: bool = False
    synced: bool = False
    #: ``QueuedForProcessing``, ``ProcessingInProgress`` or ``ProcessingComplete``; empty when not said.
    processing: str = ""


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups that carry licences, by id, and the members of those whose licences are to be changed."""

    known: Mapping[str, LicensingGroup] = field(default_factory=dict)
    members: Mapping[str, People] = field(default_factory=dict)

    def named(self, text: str) -> LicensingGroup | None:
        """The group with this id, or with this name in any case; None when there is none, or several."""
        if text in self.known:
            return self.known[text]
        found = [group for group in self.known.values() if group.name.strip().casefold() == text]
        return found[0] if len(found) == 1 else None

    def label(self, group_id: str) -> str:
        """The group's name, for people; its id where nothing else is known."""
        return self.known[group_id].name or group_id if group_id in self.known else group_id


NO_GROUPS = Groups()
