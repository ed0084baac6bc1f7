"""What can be read of a served tenant besides its users: SKUs, subscriptions, the organisation, groups."""

from __future__ import annotations

from batch.core.estate import LicensingGroup, Organisation, Subscription
from batch.core.terms import Sku, SkuStatus
from batch.tenants.practice import PracticeTenant
from batch.tenants.served import objects
from batch.tenants.served.exchange import Asked, Reply
from batch.tenants.served.listing import Kind, collection, json_filterable, names_of, single
from batch.tenants.served.objects import Json

_NOBODY = Organisation(tenant_id="", name="")
_NOTHING_BOUGHT = Subscription(
    subscription_id="", commerce_id="", sku_id="", part_number="", status=SkuStatus.ENABLED, total=0
)
_SKU = Kind(
    path="subscribedSkus",
    name="subscribedSku",
    units=3,
    properties=names_of(objects.sku(Sku(sku_id="", part_number="", name=""), _NOBODY, ())),
)
_SUBSCRIPTION = Kind(
    path="directory/subscriptions",
    name="companySubscription",
    units=1,
    properties=names_of(objects.subscription(_NOTHING_BOUGHT, {})),
)
_ORGANISATION = Kind(
    path="organization", name="organization", units=1, properties=names_of(objects.organisation(_NOBODY))
)
_GROUP = Kind(
    path="groups",
    name="group",
    units=1,
    properties=names_of(objects.group(LicensingGroup(group_id="", name="", licences=()))),
    on_request=frozenset({"assignedLicenses", "licenseProcessingState"}),
    filterable=json_filterable("id", "displayName"),
)


class Reads:
    """Answers ``GET``, one method a route. Never lost or throttled by a fault."""

    def __init__(self, tenant: PracticeTenant) -> None:
        self._tenant = tenant

    async def skus(self, asked: Asked) -> Reply:
        """``/subscribedSkus``."""
        return collection(asked, _SKU, await self._skus())

    async def sku(self, asked: Asked) -> Reply:
        """``/subscribedSkus/{tenant id}_{SKU id}``."""
        return single(asked, _SKU, await self._skus())

    async def subscriptions(self, asked: Asked) -> Reply:
        """``/directory/subscriptions``."""
        return collection(asked, _SUBSCRIPTION, await self._subscriptions())

    async def subscription(self, asked: Asked) -> Reply:
        """``/directory/subscriptions/{id}``."""
        return single(asked, _SUBSCRIPTION, await self._subscriptions())

    async def organisations(self, asked: Asked) -> Reply:
        """``/organization``."""
        return collection(asked, _ORGANISATION, [objects.organisation(await self._tenant.organisation())])

    async def organisation(self, asked: Asked) -> Reply:
        """``/organization/{id}``."""
        return single(asked, _ORGANISATION, [objects.organisation(await self._tenant.organisation())])

    async def groups(self, asked: Asked) -> Reply:
        """``/groups``: those that carry licences."""
        return collection(asked, _GROUP, await self._groups())

    async def group(self, asked: Asked) -> Reply:
        """``/groups/{id}``."""
        return single(asked, _GROUP, await self._groups())

    async def _skus(self) -> list[Json]:
        whose, bought = await self._tenant.organisation(), await self._tenant.subscriptions()
        return [objects.sku(sku, whose, bought) for sku in await self._tenant.skus()]

    async def _subscriptions(self) -> list[Json]:
        skus = {sku.sku_id: sku for sku in await self._tenant.skus()}
        return [objects.subscription(bought, skus) for bought in await self._tenant.subscriptions()]

    async def _groups(self) -> list[Json]:
        return [objects.group(group) for group in await self._tenant.licensing_groups()]
