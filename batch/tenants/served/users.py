"""Users of a served tenant: pages of them, one of them, what one holds."""

from __future__ import annotations

import random

from batch.tenants.fates import Fates
from batch.tenants.practice import PracticeTenant
from batch.tenants.practice_directory import Person
from batch.tenants.served import objects
from batch.tenants.served.exchange import Asked, Reply, Unanswered, no_such_thing, unsupported
from batch.tenants.served.filters import Filterable, Property
from batch.tenants.served.listing import PAGED, condition, context, names_of, wants_total
from batch.tenants.served.objects import DEFAULT_USER, USER_PROPERTIES
from batch.tenants.served.options import cost, next_link, only, place, selected, top
from batch.tenants.served.throttle import too_many

_KINDS = "SELECT number FROM holdings AS h, json_each(h.value) AS a WHERE json_extract(a.value, '$[3]') <> 'Error'"
#: By the columns of the file.
USERS = Filterable(
    {
        "id": Property("id", is_lower=True),
        "userprincipalname": Property("upn", is_lower=True),
        "displayname": Property("name"),
        "usagelocation": Property("nullif(location, '')"),
        "usertype": Property("CASE WHEN instr(upn, '#ext#') THEN 'Guest' ELSE 'Member' END"),
        "accountenabled": Property("1", is_flag=True),
    },
    holds=f"holding IN ({_KINDS} AND json_extract(a.value, '$[0]') = ?)",
    licensed=f"holding IN ({_KINDS})",
)
_DETAILS = names_of(dict.fromkeys(("id", "skuId", "skuPartNumber", "servicePlans")))


class Users:
    """Answers ``GET``, one method a route. A fault may throttle or lose what is asked about a single user."""

    def __init__(self, tenant: PracticeTenant, fates: Fates, dice: random.Random) -> None:
        self._tenant = tenant
        self._fates = fates
        self._dice = dice

    async def page(self, asked: Asked) -> Reply:
        """``/users``."""
        options = asked.options
        only(options, PAGED)
        names = selected(options, USER_PROPERTIES, "user") or DEFAULT_USER
        size, start, wanted = top(options), place(options), condition(asked, USERS)
        with self._tenant.reading() as directory:
            found = directory.page(wanted, start, size + 1)
            total = directory.count(wanted) if wants_total(asked) else None
        body = context(asked, "users")
        if total is not None:
            body["@odata.count"] = total
        if len(found) > size:
            body["@odata.nextLink"] = next_link(f"{asked.root}/users", options, found[size - 1].n)
        body["value"] = [objects.user(person, names) for person in found[:size]]
        return Reply(200, body, cost=cost(2, options))

    async def one(self, asked: Asked) -> Reply:
        """``/users/{id or user principal name}``, and ``/users/$count``."""
        if asked.path[1] == "$count":
            return self._count(asked)
        only(asked.options, ("$select",))
        names = selected(asked.options, USER_PROPERTIES, "user") or DEFAULT_USER
        person = self._find(asked)
        body = context(asked, "users")
        body["@odata.context"] += "/$entity"
        return Reply(200, body | objects.user(person, names), cost=cost(1, asked.options))

    async def details(self, asked: Asked) -> Reply:
        """``/users/{id or user principal name}/licenseDetails``."""
        only(asked.options, ("$select",))
        names = selected(asked.options, _DETAILS, "licenseDetails") or tuple(_DETAILS.values())
        person = self._find(asked)
        skus = {sku.sku_id: sku for sku in await self._tenant.skus()}
        body = context(asked, f"users('{person.user_id}')/licenseDetails")
        body["value"] = [{name: row[name] for name in names} for row in objects.licence_details(person, skus)]
        return Reply(200, body, cost=cost(2, asked.options))

    def _count(self, asked: Asked) -> Reply:
        only(asked.options, ("$filter",))
        if not asked.eventual:
            raise unsupported("/$count needs the header ConsistencyLevel: eventual.")
        with self._tenant.reading() as directory:
            return Reply(200, str(directory.count(condition(asked, USERS, counting=True))))

    def _find(self, asked: Asked) -> Person:
        key = asked.path[1]
        with self._tenant.reading() as directory:
            person = directory.find([key.lower()]).get(key.lower())
        if person is None:
            raise no_such_thing(key)
        sight = self._fates.of_read(person.user_id)
        if sight is not None and sight.status == 429:
            raise too_many(sight.retry_after, self._dice)
        if sight is not None:
            raise Unanswered
        return person
