"""The served tenant without HTTP: requests that arrive together in, replies in the same order out."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from batch.core.errors import TenantUnavailable
from batch.core.quota import Quota
from batch.core.terms import Answer, Call
from batch.tenants.fates import Fates
from batch.tenants.faults import Faults
from batch.tenants.practice import GROUP_SIZE, PracticeTenant
from batch.tenants.practice_directory import Person
from batch.tenants.served.exchange import (
    Asked,
    GraphError,
    Reply,
    Unanswered,
    no_such_segment,
    no_such_thing,
    not_allowed,
)
from batch.tenants.served.groups import Groups
from batch.tenants.served.reads import Reads
from batch.tenants.served.throttle import Throttle
from batch.tenants.served.users import Users
from batch.tenants.served.writes import answered, read_call, read_location


class _Assign(NamedTuple):
    """One ``assignLicense`` on its way to the tenant."""

    place: int
    asked: Asked
    #: The user's id or user principal name in lower case.
    key: str
    #: For the user as the URL names them.
    call: Call
    headers: Mapping[str, str]


Handler = Callable[[Asked], Awaitable[Reply]]
#: First segment, how many there are, and the third one, all in lower case.
Shape = tuple[str, int, str]
_ASSIGN: Shape = ("users", 3, "assignlicense")
_FORBIDDEN = ("Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


class Service:
    """One tenant, its faults on the way of single reads, and its limits."""

    def __init__(self, tenant: PracticeTenant, faults: Faults, quota: Quota | None) -> None:
        self._tenant = tenant
        # A repeatable sequence is wanted, not a secret one.
        self.dice = random.Random(faults.seed)  # noqa: S311
        self._throttle = Throttle(quota, tenant.tenant_id, self.dice)
        reads, users, groups = Reads(tenant), Users(tenant, Fates(faults), self.dice), Groups(tenant, self.dice)
        self._routes: dict[Shape, dict[str, Handler]] = {
            ("subscribedskus", 1, ""): {"GET": reads.skus},
            ("subscribedskus", 2, ""): {"GET": reads.sku},
            ("directory/subscriptions", 1, ""): {"GET": reads.subscriptions},
            ("directory/subscriptions", 2, ""): {"GET": reads.subscription},
            ("organization", 1, ""): {"GET": reads.organisations},
            ("organization", 2, ""): {"GET": reads.organisation},
            ("groups", 1, ""): {"GET": reads.groups},
            ("groups", 2, ""): {"GET": reads.group},
            ("groups", 3, "assignlicense"): {"POST": groups.assign},
            ("groups", 3, "members"): {"GET": groups.members},
            ("groups", 4, "members"): {"GET": groups.members, "POST": groups.join},
            ("groups", 5, "members"): {"DELETE": groups.leave},
            ("groups", 3, "memberswithlicenseerrors"): {"GET": groups.in_error},
            ("users", 1, ""): {"GET": users.page},
            ("users", 2, ""): {"GET": users.one, "PATCH": self._patch},
            ("users", 3, "licensedetails"): {"GET": users.details},
        }

    async def answer(self, requests: Sequence[Asked]) -> list[Reply | None]:
        """The answers to requests that arrive at one moment, in their order; None: it must not arrive.

        All their ``assignLicense`` go to the tenant as one group; a second one for the same user goes after it.
        """
        replies: list[Reply | None] = [None] * len(requests)
        assigns: list[_Assign] = []
        for index, asked in enumerate(requests):
            try:
                shape = _shape(asked.path)
                if shape == _ASSIGN:
                    assigns.append(self._assign(index, asked))
                else:
                    replies[index] = await self._other(shape, asked)
            except GraphError as error:
                replies[index] = error.reply(asked)
            except TenantUnavailable as error:
                replies[index] = _unavailable(error).reply(asked)
            except Unanswered:
                pass
        if assigns:
            await self._carry_out(assigns, replies)
        return replies

    def _assign(self, index: int, asked: Asked) -> _Assign:
        if asked.method != "POST":
            raise not_allowed()
        headers = self._charge_write(asked)
        key = asked.path[1]
        return _Assign(index, asked, key.lower(), read_call(key, asked.body), headers)

    def _charge_write(self, asked: Asked) -> Mapping[str, str]:
        if not asked.may_write:
            raise GraphError(403, *_FORBIDDEN)
        return self._throttle.charge(1, 1)

    async def _other(self, shape: Shape, asked: Asked) -> Reply:
        methods = self._routes.get(shape)
        if methods is None:
            raise no_such_segment(asked.path[-1])
        handler = methods.get(asked.method)
        if handler is None:
            raise not_allowed()
        writes = asked.method != "GET" and shape[0] == "groups"
        charged = self._charge_write(asked) if writes else {}
        reply = _with(await handler(asked), charged)
        # What is read is thrown away again beyond the limit: its cost is known only now.
        headers = self._throttle.charge(reply.cost, 0) if asked.method == "GET" else {}
        return _with(reply, headers)

    async def _patch(self, asked: Asked) -> Reply:
        headers = self._charge_write(asked)
        location = read_location(asked.body)
        key = asked.path[1].lower()
        with self._tenant.reading() as directory:
            person = directory.find([key]).get(key)
        if person is None:
            raise no_such_thing(asked.path[1])
        if location is not None:
            self._tenant.set_location(person.user_id, location)
        return Reply(204, headers=headers)

    async def _carry_out(self, assigns: Sequence[_Assign], replies: list[Reply | None]) -> None:
        try:
            with self._tenant.reading() as directory:
                found = directory.find({assign.key for assign in assigns})
        except TenantUnavailable as error:
            for assign in assigns:
                replies[assign.place] = _unavailable(error).reply(assign.asked)
            return
        for group in _groups(assigns, found):
            answers = await self._tenant.assign([call for _, _, call in group])
            for (assign, person, _), answer in zip(group, answers, strict=True):
                replies[assign.place] = self._reply(assign, person, answer)

    def _reply(self, assign: _Assign, person: Person | None, answer: Answer) -> Reply | None:
        try:
            reply = answered(answer, assign.asked, person, self.dice)
        except GraphError as error:
            reply = error.reply(assign.asked)
        except Unanswered:
            return None
        return _with(reply, assign.headers)


_Member = tuple[_Assign, Person | None, Call]


def _groups(assigns: Sequence[_Assign], found: Mapping[str, Person]) -> Iterator[list[_Member]]:
    """Groups without a user twice, the earlier ones first."""
    rest = list(assigns)
    while rest:
        group: dict[str, _Member] = {}
        later: list[_Assign] = []
        for assign in rest:
            person = found.get(assign.key)
            user_id = person.user_id if person else assign.call.user_id
            if user_id in group or len(group) == GROUP_SIZE:
                later.append(assign)
            else:
                group[user_id] = (assign, person, assign.call._replace(user_id=user_id))
        yield list(group.values())
        rest = later


def _shape(path: tuple[str, ...]) -> Shape:
    first = path[0].lower()
    if first == "directory" and len(path) > 1:
        first, path = f"directory/{path[1].lower()}", path[1:]
    third = path[2].lower().removeprefix("microsoft.graph.") if len(path) > 2 else ""
    return first, len(path), third


def _with(reply: Reply, headers: Mapping[str, str]) -> Reply:
    return reply._replace(headers={**reply.headers, **headers}) if headers else reply


def _unavailable(error: TenantUnavailable) -> GraphError:
    return GraphError(503, "serviceNotAvailable", error.what)
