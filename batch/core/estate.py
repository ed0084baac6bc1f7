"""What a tenant is and owns besides users and seats: its name, subscriptions, and groups that carry licences."""

from __future__ import annotations

from dataclasses import dataclass

from batch.core.terms import Add, SkuStatus


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
