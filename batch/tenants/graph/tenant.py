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
from batch.core.reading_cost import PAGE_SIZE, READ_QUOTA, cheaper
from batch.core.reading_cost import Way as Reading
from batch.core.terms import DONE, Answer, Call, People, Sight, Sku, Way, group_of
from batch.tenants.graph import objects
from batch.tenants.graph.batches import (
    BATCH_SIZE,
    Item,
    answers,
    assignments,
    check_group,
    item_ids,
    reads,
    requests,
    sight,
    sort_out,
    unsent,
    user_paths,
)
from batch.tenants.graph.columns import Columns
from batch.tenants.graph.memberships import Mover
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

    async def members(self, group_id: str) -> People:
        """The members of a group; the service answers this from an index that may lag."""
        columns = Columns()
        path = f"/groups/{group_id}/members/microsoft.graph.user?$count=true&$top={PAGE_SIZE}"
        await self._users(f"{path}&$select={objects.USER_FIELDS}", columns, eventual=True)
        return columns.people()

    async def look(self, user_ids: Sequence[str]) -> list[Sight]:
        """Each user as a read of this very user shows them now, in one batch."""
        check_group(user_ids)
        groups = await self._mover().look([key for key in user_ids if group_of(key)])
        people = [user_id for user_id in user_ids if user_id not in groups]
        await self._metered(len(people))
        replies = await self._mildly(people, lambda users, ids: reads(users, ids, objects.LOOK_FIELDS))
        seen = groups | {user_id: sight(reply, user_id) for user_id, reply in zip(people, replies, strict=True)}
        return [seen[user_id] for user_id in user_ids]

    async def assign(self, calls: Sequence[Call]) -> list[Answer]:
        """One ``assignLicense`` a call, in one batch; before it, in a batch of their own, the usage locations to set.

        Who could not be given a location is sent no licence. What goes through groups is seen to at the same time.
        """
        check_group([call.user_id for call in calls])
        if all(call.way is Way.DIRECT for call in calls):
            got = await self._direct(calls)
            return [got[call.user_id] for call in calls]
        got, mover = {}, self._mover()
        for some in await asyncio.gather(
            self._direct([call for call in calls if call.way is Way.DIRECT]),
            mover.move([call for call in calls if call.way is Way.MEMBERSHIP]),
            *(mover.change_of(call) for call in calls if call.way is Way.GROUP),
        ):
            got |= some
        return [got[call.user_id] for call in calls]

    async def _direct(self, calls: Sequence[Call]) -> dict[str, Answer]:
        placing = [call for call in calls if call.location]
        paths = user_paths([call.user_id for call in placing])
        items = [Item("PATCH", path, {"usageLocation": c.location}) for path, c in zip(paths, placing, strict=True)]
        placed = zip(placing, answers(await self._send(items)), strict=True)
        got = {call.user_id: unsent(answer) for call, answer in placed}
        by_user = {call.user_id: call for call in calls if got.get(call.user_id, DONE) is DONE}
        users = list(by_user)
        replies = await self._mildly(users, lambda some, ids: assignments([by_user[user] for user in some], ids))
        return got | dict(zip(users, answers(replies), strict=True))

    def _mover(self) -> Mover:
        return Mover(self._send, str(self._wire.root), self.read_lag)

    async def _send(self, items: Sequence[Item]) -> list[Reply]:
        """Any requests, in batches one after another; raises nothing."""
        replies: list[Reply] = []
        for at in range(0, len(items), BATCH_SIZE):
            some = {str(n): item for n, item in enumerate(items[at : at + BATCH_SIZE])}
            await self._metered(sum(item.method == "GET" for item in some.values()))

            def body(keys: Sequence[str], ids: Sequence[str], some: dict[str, Item] = some) -> bytes:
                return requests([some[key] for key in keys], ids)

            replies += await self._mildly(list(some), body)
        return replies

    async def close(self) -> None:
        """Let go of the connections."""
        await self._wire.close()

    async def _worth_paging(self, wanted: int, likely: Collection[str]) -> list[str]:
        """The likely SKUs, if reading all their holders costs less than reading so many users one by one."""
        if not likely or not wanted:
            return []
        owned = {sku.sku_id: sku.consumed for sku in await self.skus()}
        ids = sorted(owned.keys() & set(likely))
        return ids if cheaper(wanted, [owned[sku_id] for sku_id in ids]) is Reading.PAGES else []

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
