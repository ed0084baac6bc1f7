"""Everything that passes between the adapter and the tenant: looked at, judged, and once in a while spoilt."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from aiohttp import web

from batch.core.entries import EntryKind
from batch.core.plan import Changes
from batch.core.terms import Add
from tests.engine.memory_journal import MemoryJournal


class Kind(Enum):
    """What is asked of the service."""

    #: A batch of ``assignLicense``.
    WRITES = auto()
    #: A batch of reads of users by their ids: those in doubt, those that differ.
    LOOKS = auto()
    #: A batch of reads of users by their names.
    SINGLES = auto()
    #: A page of users.
    PAGES = auto()
    SEATS = auto()
    WHOSE = auto()


Respond = Callable[[], Awaitable[web.Response]]
#: Something that goes wrong: it may ask the service for the true response, and changes or drops it.
Mishap = Callable[[web.Request, Respond, "Passage"], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Spoilt:
    """The requests of this kind from the ``first`` (counted from 1) to the ``last`` meet this mishap."""

    kind: Kind
    mishap: Mishap
    first: int = 1
    last: float = 1


class Passage:
    """An observer in front of the served tenant. What breaks a law stands in ``broken``."""

    def __init__(self, changes: Changes, journal: MemoryJournal, spoilt: Iterable[Spoilt] = ()) -> None:
        self.spoilt = list(spoilt)
        self.counts: Counter[Kind] = Counter()
        #: Requests that the service is at work on, whether or not anybody waits for the answer.
        self.busy = 0
        #: How often a mishap was met.
        self.met = 0
        #: Requests with a token that has ended.
        self.turned_away = 0
        self.broken: list[str] = []
        #: Where nobody may send anything, with a version at its end.
        self.elsewhere = ""
        #: Users on a page at most.
        self.page_size = 6
        #: Bearer tokens that were given out, and those that have ended since.
        self.given: set[str] = set()
        self.ended: set[str] = set()
        self.host = ""
        #: The body of the last true answer to a batch of writes.
        self.earlier: Any = None
        #: Called whenever a request has arrived.
        self.arrived: Callable[[], None] = lambda: None
        #: When each change came.
        self.times: dict[int, list[float]] = {}
        self._journal = journal
        self._read = 0
        self._sent: Counter[int] = Counter()
        self._arrived: Counter[int] = Counter()
        self._flying: dict[int, web.Request] = {}
        self._changes = changes
        self._number = {user: n for n, user in enumerate(changes.user_id)}

    @web.middleware
    async def watch(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Judge the request, then let it through or let something happen to it."""
        kind, items = await _kind_of(request)
        if request.headers.get("Authorization", "").removeprefix("Bearer ") in self.ended:
            self.turned_away += 1
            return web.json_response({"error": {"code": "InvalidAuthenticationToken", "message": ""}}, status=401)
        self._check_headers(request)
        self.counts[kind] += 1
        number = self.counts[kind]
        changes = [self._check_item(item) for item in items] if kind is Kind.WRITES else []
        self._check_arrival(changes, request)
        self.arrived()
        self.busy += 1
        try:
            response = await self._response(kind, number, self._shorter(request), handler)
        finally:
            self.busy -= 1
        self._depart(changes, response)
        return response

    async def _response(self, kind: Kind, number: int, request: web.Request, handler: Any) -> web.StreamResponse:
        async def respond() -> web.Response:
            return await handler(request)

        for spoilt in self.spoilt:
            if spoilt.kind is kind and spoilt.first <= number <= spoilt.last:
                self.met += 1
                return await spoilt.mishap(request, respond, self)
        response = await respond()
        if kind is Kind.WRITES and response.status == 200:
            self.earlier = json.loads(response.body)
        return response

    def _shorter(self, request: web.Request) -> web.Request:
        path = request.raw_path.replace("$top=999", f"$top={self.page_size}")
        return request if path == request.raw_path else request.clone(rel_url=path)

    def _check_headers(self, request: web.Request) -> None:
        given = request.headers.getall("Authorization", [])
        if [scheme_and_token.removeprefix("Bearer ") in self.given for scheme_and_token in given] != [True]:
            self.broken.append(f"a request with {len(given)} Authorization headers, or not with ours")
        if request.headers["Host"] != self.host:
            self.broken.append(f"a token for {self.host} went to {request.headers['Host']}")
        if request.headers.get("x-ms-throttle-priority") != "Low":
            self.broken.append("a request that does not give way")

    def _check_item(self, item: Any) -> int:
        """The change that this item of a batch makes."""
        change = self._number[item["url"].split("/")[2]]
        kind = self._changes.kinds[self._changes.kind[change]]
        body = item["body"]
        adds = tuple(Add(add["skuId"], tuple(add["disabledPlans"])) for add in body["addLicenses"])
        if (tuple(body["removeLicenses"]), adds) != (kind.remove, kind.add):
            self.broken.append(f"law 9: change {change} is not the one planned: {body}")
        return change

    def _check_arrival(self, changes: list[int], request: web.Request) -> None:
        for entry in self._journal.durable[self._read :]:
            self._sent[entry.change] += entry.kind is EntryKind.SENT
        self._read = len(self._journal.durable)
        for change in changes:
            self._arrived[change] += 1
            if self._arrived[change] > self._sent[change]:
                self.broken.append(f"law 6: change {change} came more often than the journal has it sent")
            if change in self._flying and _alive(self._flying[change]):
                self.broken.append(f"law 7: change {change} is on the wire twice")
            self._flying[change] = request
            self.times.setdefault(change, []).append(asyncio.get_running_loop().time())

    def _depart(self, changes: list[int], response: web.StreamResponse) -> None:
        for change in changes:
            self._flying.pop(change, None)
            # Whoever is not let in may knock again with another token.
            self._arrived[change] -= response.status == 401

    def forgive(self, user: str) -> None:
        """This user's request was turned away with 401 inside of its batch, and may come again."""
        self._arrived[self._number[user]] -= 1


def _alive(request: web.Request) -> bool:
    return request.transport is not None and not request.transport.is_closing()


async def _kind_of(request: web.Request) -> tuple[Kind, list[Any]]:
    path = request.path.removeprefix("/v1.0")
    if path != "/$batch":
        named = {"/subscribedSkus": Kind.SEATS, "/organization": Kind.WHOSE, "/users": Kind.PAGES}
        return named[path], []
    items = json.loads(await request.read())["requests"]
    assert 1 <= len(items) <= 20
    assert len({item["id"].casefold() for item in items}) == len(items)
    if items[0]["method"] == "POST":
        return Kind.WRITES, items
    return Kind.SINGLES if "@" in items[0]["url"] or "%40" in items[0]["url"] else Kind.LOOKS, items
