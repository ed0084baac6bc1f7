"""The bodies of writes taken apart, and the practice tenant's answers put in Graph's words."""

from __future__ import annotations

import random
import re
from functools import lru_cache
from typing import Any

from batch.core.terms import Add, Answer, Call
from batch.tenants.practice_directory import Person
from batch.tenants.practice_rules import valid_location
from batch.tenants.served.exchange import Asked, GraphError, Reply, Unanswered, bad_request
from batch.tenants.served.objects import bare_user
from batch.tenants.served.throttle import too_many

_GUID = re.compile("[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_NO_GUID = "Cannot convert a primitive value to the expected type 'Edm.Guid'. See the inner exception for more details"


def read_call(user_id: str, body: Any) -> Call:
    """The call that this body of ``assignLicense`` asks for; ``GraphError`` 400 when it is malformed."""
    adds, removes = _members(body, ("addLicenses", "removeLicenses"))
    return Call(user_id, tuple(map(_guid, removes)), tuple(map(_add, adds)))


def _members(body: Any, names: tuple[str, ...]) -> list[list[Any]]:
    """These arrays of an object that has all of them and no others."""
    if not isinstance(body, dict):
        raise bad_request("The body of the request must be a JSON object.")
    for name in body:
        if name not in names and not name.startswith("@odata."):
            raise bad_request(f"The parameter '{name}' in the request payload is not a valid parameter.")
    for name in names:
        if not isinstance(body.get(name), list):
            raise bad_request(f"The parameter '{name}' is required and must be an array, which may be empty.")
    return [body[name] for name in names]


def _add(entry: Any) -> Add:
    if not isinstance(entry, dict):
        raise bad_request("Each entry of 'addLicenses' must be a JSON object with a skuId.")
    for name in entry:
        if name not in ("skuId", "disabledPlans") and not name.startswith("@odata."):
            text = f"The property '{name}' does not exist on type 'microsoft.graph.assignedLicense'."
            raise bad_request(text)
    plans = entry.get("disabledPlans", [])
    if not isinstance(plans, list):
        raise bad_request("The property 'disabledPlans' must be an array.")
    return Add(_guid(entry.get("skuId")), tuple(map(_guid, plans)))


def _guid(value: Any) -> str:
    if not isinstance(value, str):
        raise bad_request(_NO_GUID)
    return _lower_guid(value)


@lru_cache(4096)  # a migration names a handful of SKUs and plans
def _lower_guid(text: str) -> str:
    guid = text.lower()
    if not _GUID.fullmatch(guid):
        raise bad_request(_NO_GUID)
    return guid


def read_location(body: Any) -> str | None:
    """The usage location that this body of a ``PATCH`` asks for; None when it asks for nothing."""
    if not isinstance(body, dict):
        raise bad_request("The body of the request must be a JSON object.")
    for name in body:
        if name != "usageLocation" and not name.startswith("@odata."):
            raise bad_request(f"The practice tenant can change usageLocation, not '{name}'.")
    place = body.get("usageLocation")
    if "usageLocation" in body and not (isinstance(place, str) and valid_location(place)):
        text = "Invalid value specified for property 'usageLocation' of resource 'User'."
        raise GraphError(400, "Request_BadRequest", text)
    return place


def answered(answer: Answer, asked: Asked, person: Person | None, dice: random.Random) -> Reply:
    """What becomes of the practice tenant's answer; raises ``GraphError`` or ``Unanswered``."""
    if answer.status == 200 and person is not None:
        return Reply(200, {"@odata.context": f"{asked.root}/$metadata#users/$entity", **bare_user(person)})
    raise refused(answer, dice)


def refused(answer: Answer, dice: random.Random) -> GraphError | Unanswered:
    """What to raise for an answer of the practice tenant that is no success."""
    if answer.status == 0:
        return Unanswered()
    if answer.status == 429:
        return too_many(answer.retry_after, dice)
    return GraphError(answer.status, answer.code, answer.message)
