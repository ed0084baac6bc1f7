"""Groups of a served tenant: who is in one, who comes and goes, and the licences that it gives."""

from __future__ import annotations

import random
import re
from typing import Any

from batch.core.terms import Answer, Call, People, Way, group_key
from batch.tenants.practice import PracticeTenant
from batch.tenants.practice_directory import Person
from batch.tenants.served import objects
from batch.tenants.served.exchange import Asked, GraphError, Reply, bad_request, no_such_thing, unsupported
from batch.tenants.served.listing import Kind, collection, json_filterable
from batch.tenants.served.objects import DEFAULT_USER, USER_PROPERTIES
from batch.tenants.served.options import counted
from batch.tenants.served.writes import read_call, refused

_REFERENCE = re.compile(r"https?://[^/]+/v1\.0/(?:directoryObjects|users)/([0-9A-Za-z-]{1,64})")
_THERE_ALREADY = "One or more added object references already exist for the following modified properties: 'members'."


class Groups:
    """Answers one method a route. Writes go through the tenant like any other, with its faults."""

    def __init__(self, tenant: PracticeTenant, dice: random.Random) -> None:
        self._tenant = tenant
        self._dice = dice

    async def members(self, asked: Asked) -> Reply:
        """``/groups/{id}/members`` and ``…/members/microsoft.graph.user``: people only, and those with licences."""
        if len(asked.path) == 4 and not (asked.eventual and counted(asked.options)):
            raise unsupported("A cast in the path needs the header ConsistencyLevel: eventual, and $count=true.")
        return await self._people(asked, "/".join(asked.path[2:]), failed=False)

    async def in_error(self, asked: Asked) -> Reply:
        """``/groups/{id}/membersWithLicenseErrors``."""
        return await self._people(asked, "membersWithLicenseErrors", failed=True)

    async def _people(self, asked: Asked, path: str, *, failed: bool) -> Reply:
        group = await self._group(asked)
        rows = [
            objects.user(person, USER_PROPERTIES.values())
            for person in _persons(await self._tenant.members(group))
            if not failed or any(a.group == group and a.state == "Error" for a in person.holding.assignments)
        ]
        kind = Kind(
            path=f"groups/{group}/{path}",
            name="user",
            units=3,
            properties=USER_PROPERTIES,
            on_request=frozenset(USER_PROPERTIES.values()).difference(DEFAULT_USER),
            filterable=json_filterable("id", "userPrincipalName", "displayName"),
        )
        return collection(asked, kind, rows)

    async def assign(self, asked: Asked) -> Reply:
        """``POST /groups/{id}/assignLicense``: accepted, and seen to."""
        group = await self._group(asked)
        await self._write(read_call(group_key(group), asked.body)._replace(way=Way.GROUP))
        found = [g for g in await self._tenant.licensing_groups() if g.group_id == group]
        return Reply(202, {"@odata.context": f"{asked.root}/$metadata#groups/$entity", **_bare(found)})

    async def join(self, asked: Asked) -> Reply:
        """``POST /groups/{id}/members/$ref``."""
        if len(asked.path) != 4 or asked.path[3] != "$ref":
            raise bad_request("A member is added by reference: POST /groups/{id}/members/$ref.")
        reference = asked.body.get("@odata.id") if isinstance(asked.body, dict) else None
        found = _REFERENCE.fullmatch(reference) if isinstance(reference, str) else None
        if found is None:
            raise bad_request("The body of the request must hold @odata.id, the URL of a directory object.")
        group, user = await self._group(asked), found[1].lower()
        if user in (await self._tenant.members(group)).ids:
            raise GraphError(400, "Request_BadRequest", _THERE_ALREADY)
        await self._write(Call(user, (), (), "", Way.MEMBERSHIP, group))
        return Reply(204)

    async def leave(self, asked: Asked) -> Reply:
        """``DELETE /groups/{id}/members/{user id}/$ref``."""
        if asked.path[4] != "$ref":
            raise bad_request("A member is removed by reference: DELETE /groups/{id}/members/{id}/$ref.")
        group, user = await self._group(asked), asked.path[3].lower()
        if user not in (await self._tenant.members(group)).ids:
            raise no_such_thing(user)
        await self._write(Call(user, (), (), "", Way.MEMBERSHIP, "", (group,)))
        return Reply(204)

    async def _group(self, asked: Asked) -> str:
        key = asked.path[1].lower()
        if key not in {group.group_id for group in await self._tenant.licensing_groups()}:
            raise no_such_thing(asked.path[1])
        return key

    async def _write(self, call: Call) -> Answer:
        (answer,) = await self._tenant.assign([call])
        if answer.status != 200:
            raise refused(answer, self._dice)
        return answer


def _persons(people: People) -> list[Person]:
    columns = (people.ids, people.upns, people.names, people.locations, people.holding)
    rows = enumerate(zip(*columns, strict=True))
    return [Person(n, *row[:4], people.holdings[row[4]]) for n, row in rows]


def _bare(found: list[Any]) -> dict[str, Any]:
    return {name: objects.group(one)[name] for one in found for name in ("id", "displayName")}
