"""Small collections of ready objects (SKUs, subscriptions, groups …): select, filter, page and answer."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from batch.tenants.practice_directory import EVERYBODY, Condition
from batch.tenants.served.exchange import Asked, Reply, no_such_thing
from batch.tenants.served.filters import Filterable, Property, compile_filter
from batch.tenants.served.objects import Json
from batch.tenants.served.options import cost, counted, next_link, only, place, selected, top

#: Options of a collection that has pages.
PAGED = ("$select", "$filter", "$top", "$count", "$skiptoken")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of object."""

    #: The collection's path.
    path: str
    #: The type's name in messages.
    name: str
    #: Resource units of a read.
    units: int
    #: Lower-case name → name of every property.
    properties: Mapping[str, str]
    #: Properties that come only when named in ``$select``.
    on_request: frozenset[str] = frozenset()
    #: None: neither filter nor pages.
    filterable: Filterable | None = None

    def names(self, asked: Asked) -> tuple[str, ...]:
        """The properties to show."""
        chosen = selected(asked.options, self.properties, self.name)
        return chosen or tuple(name for name in self.properties.values() if name not in self.on_request)


def names_of(example: Json) -> dict[str, str]:
    """Lower-case name → name of what such an object has."""
    return {name.casefold(): name for name in example}


def json_filterable(*names: str) -> Filterable:
    """What a JSON object ``g.value`` can be filtered by: these texts and its licences."""
    return Filterable(
        {name.casefold(): Property(f"json_extract(g.value, '$.{name}')") for name in names},
        holds="EXISTS (SELECT 1 FROM json_each(g.value, '$.assignedLicenses') AS a "
        "WHERE json_extract(a.value, '$.skuId') = ?)",
        licensed="json_array_length(g.value, '$.assignedLicenses') > 0",
    )


def context(asked: Asked, path: str) -> Json:
    """``@odata.context``, which names what was selected."""
    chosen = asked.options.get("$select", "").replace(" ", "")
    return {"@odata.context": f"{asked.root}/$metadata#{path}{f'({chosen})' if chosen else ''}"}


def condition(asked: Asked, filterable: Filterable, *, counting: bool = False) -> Condition:
    """What ``$filter`` means; ``counting``: this is ``/$count``, which stands for ``$count=true``."""
    advanced = asked.eventual and (counting or counted(asked.options))
    return compile_filter(asked.options.get("$filter"), filterable, advanced=advanced)


def wants_total(asked: Asked) -> bool:
    """Whether the answer counts all that match; only the first page does."""
    return counted(asked.options) and asked.eventual and "$skiptoken" not in asked.options


def collection(asked: Asked, kind: Kind, found: Sequence[Json]) -> Reply:
    """The answer to a read of all of them."""
    names = kind.names(asked)
    body = context(asked, kind.path)
    if kind.filterable is None:
        only(asked.options, ("$select",))
    else:
        only(asked.options, PAGED)
        size, start = top(asked.options), place(asked.options)
        found = _matching(found, condition(asked, kind.filterable))
        if wants_total(asked):
            body["@odata.count"] = len(found)
        if start + size < len(found):
            body["@odata.nextLink"] = next_link(f"{asked.root}/{kind.path}", asked.options, start + size)
        found = found[start : start + size]
    body["value"] = [{name: one[name] for name in names} for one in found]
    return Reply(200, body, cost=cost(kind.units, asked.options))


def single(asked: Asked, kind: Kind, found: Sequence[Json]) -> Reply:
    """The answer to a read of the one whose id ends the path."""
    only(asked.options, ("$select",))
    names, key = kind.names(asked), asked.path[-1]
    for one in found:
        if one["id"].casefold() == key.casefold():
            body = context(asked, kind.path)
            body["@odata.context"] += "/$entity"
            return Reply(200, body | {name: one[name] for name in names}, cost=cost(kind.units, asked.options))
    raise no_such_thing(key)


def _matching(found: Sequence[Json], wanted: Condition) -> Sequence[Json]:
    if wanted is EVERYBODY:
        return found
    # Only compiled text, without a value in it.
    query = f"SELECT g.key FROM json_each(?) AS g WHERE {wanted.sql} ORDER BY g.key"  # noqa: S608
    with closing(sqlite3.connect(":memory:")) as db:
        return [found[key] for (key,) in db.execute(query, (json.dumps(found), *wanted.values))]
