"""Microsoft 365 itself, behind Microsoft Graph."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Sequence
from itertools import count
from typing import Any, TypeVar
from urllib.parse import quote

from batch.core.errors import ReassignError, TenantRefused
from batch.core.estate import LicensingGroup, Organisation, Subscription
from batch.core.pace import Policy
from batch.core.quota import Meter
from batch.core.reading_cost import PAGE_SIZE, READ_QUOTA, Way, cheaper
from batch.core.terms import Answer, Call, People, Sight, Sku
from batch.tenants.graph import objects
from batch.tenants.graph.batches import answers, assignments, check_group, item_ids, reads, sight, sort_out
from batch.tenants.graph.columns import Columns
from batch.tenants.graph.pages import (
    GROUPS,
    ORGANISATION,
    PATIENCE,
    SKUS,
    SUBSCRIPTIONS,
    USERS,
    Subject,
    read_pages,
    unusable,
)
from batch.tenants.graph.singles import read_singly
from batch.tenants.graph.wire import Patience, Reply, Tokens, Wire

T = TypeVar("T")
#: Makes the body of a batch for these users under these item ids.
Body = Callable[[Sequence[str], Sequence[str]], bytes]

_LICENSED = "$count=true&$filter=assignedLicenses/$count%20ne%200"
_USER_PAGES = f"/users?$top={PAGE_SIZE}&$select={objects.USER_FIELDS}"


class GraphTenant:
    """A ``Tenant``, and an ``Original``, at a root such as ``https://graph.microsoft.com/v1.0``.

    Connections are made when they are first needed and belong to the event loop that runs then, so that one tenant
    serves several loops one after another. ``settle``: for so many seconds after a write a read may show the old state.
    """

    def __init__(
        self,
        root: str,
        tokens: Tokens,
        *,
        settle: float = 300.0,
        reading: Policy = PATIENCE,
        exchange: Patience | None = None,
    ) -> None:
        self.name = "graph"
        self.read_lag = settle
        self.so_far: Callable[[int], None] = lambda users: None
        self._wire = Wire(root, tokens, exchange)
        self._reading = reading
        self._numbers = count(1)
        self._units = Meter(READ_QUOTA, time.monotonic())

    async def organisation(self) -> Organisation:
        """Whose tenant this is."""
        path = f"/organization?$select={objects.ORGANISATION_FIELDS}"
        found = await self._all(path, objects.organisation, ORGANISATION)
        if len(found) != 1:
            raise unusable(ORGANISATION, f"there are {len(found)} of them")
        return found[0]

    async def skus(self) -> tuple[Sku, ...]:
        """Every SKU the tenant owns, ordered by id."""
        found = await self._all(f"/subscribedSkus?$select={objects.SKU_FIELDS}", objects.sku, SKUS)
        if len({sku.sku_id for sku in found}) < len(found):
            raise unusable(SKUS, "one of them comes twice")
        return tuple(sorted(found, key=lambda sku: sku.sku_id))

    async def people(self, upns: Collection[str] | None, likely: Collection[str] = ()) -> People:
        """Everybody by pages; some by pages of whoever holds a likely SKU, or one by one, whichever costs less."""
        columns = Columns()
        if upns is None:
            await self._users(_USER_PAGES, columns)
            return columns.people()
        left = set(upns)
        for sku_id in await self._worth_paging(len(left), likely):
            which = quote(f"assignedLicenses/any(s:s/skuId eq {sku_id})", safe="/():")
            # Whoever holds two of the SKUs is taken from the first page that shows them.
            await self._users(f"{_USER_PAGES}&$filter={which}", columns, left)
            left = left - columns.found()
        await read_singly(self._ask_for, sorted(left), columns, self._reading, self.so_far)
        return columns.people()

    async def licensed(self) -> People:
        """Everybody who holds a licence; the service answers this from an index that may lag."""
        columns = Columns()
        await self._users(f"{_USER_PAGES}&{_LICENSED}", columns, eventual=True)
        return columns.people()

    async def subscriptions(self) -> tuple[Subscription, ...]:
        """Every purchase, ordered by id."""
        path = f"/directory/subscriptions?$select={objects.SUBSCRIPTION_FIELDS}"
        found = await self._all(path, objects.subscription, SUBSCRIPTIONS)
        return tuple(sorted(found, key=lambda one: one.subscription_id))

    async def licensing_groups(self) -> tuple[LicensingGroup, ...]:
        """The groups that carry licences, ordered by id; the service answers this from an index that may lag."""
        path = f"/groups?$top={PAGE_SIZE}&$select={objects.GROUP_FIELDS}&{_LICENSED}"
        found = await self._all(path, objects.licensing_group, GROUPS, eventual=True)
        return tuple(sorted(found, key=lambda group: group.group_id))

    async def look(self, user_ids: Sequence[str]) -> list[Sight]:
        """Each user as a read of this very user shows them now, in one batch."""
        check_group(user_ids)
        await self._metered(len(user_ids))
        replies = await self._mildly(user_ids, lambda users, ids: reads(users, ids, objects.LOOK_FIELDS))
        return [sight(reply, user_id) for user_id, reply in zip(user_ids, replies, strict=True)]

    async def assign(self, calls: Sequence[Call]) -> list[Answer]:
        """One ``assignLicense`` a call, in one batch."""
        users = [call.user_id for call in calls]
        check_group(users)
        by_user = dict(zip(users, calls, strict=True))
        replies = await self._mildly(users, lambda some, ids: assignments([by_user[user] for user in some], ids))
        return answers(replies)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._wire.close()

    async def _worth_paging(self, wanted: int, likely: Collection[str]) -> list[str]:
        """The likely SKUs, if reading all their holders costs less than reading so many users one by one."""
        if not likely or not wanted:
            return []
        owned = {sku.sku_id: sku.consumed for sku in await self.skus()}
        ids = sorted(owned.keys() & set(likely))
        return ids if cheaper(wanted, [owned[sku_id] for sku_id in ids]) is Way.PAGES else []

    async def _metered(self, reads: int) -> None:
        """Wait until so many single reads are within what the service takes."""
        while wait := self._units.wait(reads, time.monotonic()):
            await asyncio.sleep(wait)
        self._units.spend(reads, time.monotonic())

    async def _ask_for(self, upns: Sequence[str]) -> list[Reply]:
        await self._metered(len(upns))
        return await self._batch(upns, lambda users, ids: reads(users, ids, objects.USER_FIELDS))

    async def _mildly(self, users: Sequence[str], body: Body) -> list[Reply]:
        """A batch that raises nothing: without a token nothing left, and every reply says why."""
        try:
            return await self._batch(users, body)
        except TenantRefused as refusal:
            reply = Reply(401, trouble=refusal.what)
        except ReassignError as trouble:
            reply = Reply(-1, trouble=trouble.what)
        return [reply] * len(users)

    async def _batch(self, users: Sequence[str], body: Body) -> list[Reply]:
        """One batch for these users; those whose own request was answered 401 go once more, in a batch of their own."""
        if not users:
            return []
        outer, replies = await self._post(users, body)
        unsigned = [index for index, reply in enumerate(replies) if reply.status == 401]
        if not unsigned or outer.status == 401:
            return replies
        try:
            await self._wire.renew()
            _, again = await self._post([users[index] for index in unsigned], body)
        except ReassignError:
            # What the others got must not be lost; these keep their 401, which says the same.
            return replies
        for index, reply in zip(unsigned, again, strict=True):
            replies[index] = reply
        return replies

    async def _post(self, users: Sequence[str], body: Body) -> tuple[Reply, list[Reply]]:
        ids = item_ids(next(self._numbers), users)
        outer = await self._wire.post("/$batch", body(users, ids))
        return outer, sort_out(outer, ids)

    async def _users(
        self, path: str, columns: Columns, wanted: Collection[str] | None = None, *, eventual: bool = False
    ) -> None:
        def take(rows: list[Any]) -> None:
            columns.take(rows, wanted)
            self.so_far(len(columns))

        await self._pages(path, take, USERS, eventual=eventual)

    async def _pages(
        self, path: str, take: Callable[[list[Any]], None], subject: Subject, *, eventual: bool = False
    ) -> None:
        await read_pages(self._wire, path, subject, take, self._reading, eventual=eventual)

    async def _all(
        self, path: str, convert: Callable[[dict[str, Any]], T], subject: Subject, *, eventual: bool = False
    ) -> list[T]:
        """Every object of a collection, converted."""
        found: list[T] = []

        def take(rows: list[Any]) -> None:
            for number, row in enumerate(rows, 1):
                if not isinstance(row, dict):
                    raise objects.Strange(f"number {number} is no object")
                found.append(convert(row))

        await self._pages(path, take, subject, eventual=eventual)
        return found
