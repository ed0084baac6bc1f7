"""``$batch``: twenty requests in one, and which answer belongs to whom ("JSON batching"). Opens nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote

from batch.core.terms import DONE, NEVER_LEFT, NO_ANSWER, Add, Answer, Call, Sight
from batch.core.verdict import VerdictKind, verdict
from batch.tenants.graph import objects
from batch.tenants.graph.headers import LOAD, TELLING, load, retry_after
from batch.tenants.graph.wire import Reply

#: Requests in one batch at most.
BATCH_SIZE = 20

_PLAIN = b"0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SUCCESS = range(200, 300)
#: The batch as a whole was not carried out, and the reason holds for each of its requests. A 5xx leaves it open whether
#: it was; what it means is for the verdict. A 400 is about the batch, not about these people: nobody is refused by it.
_FOR_EACH = frozenset((-1, 0, 401, 403, 429)) | frozenset(range(500, 600))
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_SILENCE = Reply(0, trouble=NO_ANSWER.message)
#: Of an answer that is no JSON, so much is kept.
_SOME_TEXT = 500


def check_group(user_ids: Sequence[str]) -> None:
    """``ValueError`` for more than 20, or one user twice: the caller's mistake."""
    if len(user_ids) > BATCH_SIZE:
        raise ValueError(f"{len(user_ids)} at a time; {BATCH_SIZE} is the most")
    if len(set(user_ids)) != len(user_ids):
        raise ValueError("the same user twice in one group")


def item_ids(number: int, users: Sequence[str]) -> list[str]:
    """Ids for the requests of one batch; with a new number each time, no late answer can be taken for another's."""
    names = users if _plain(users) else [_encoded(user) for user in users]
    return [f"{number}.{index}.{name}" for index, name in enumerate(names)]


def user_paths(users: Sequence[str]) -> list[str]:
    """The paths of users by id or UPN; nothing in them can mean anything else in a path."""
    return [f"/users/{user}" for user in users] if _plain(users) else [_path(user) for user in users]


def assignments(calls: Sequence[Call], ids: Sequence[str]) -> bytes:
    """The body of a batch of ``assignLicense`` requests."""
    # Ids and paths are percent-encoded, so they need no escapes in JSON; what is done is mostly the same for everybody.
    items = [
        f'{{"id":"{item_id}","method":"POST","url":"{path}/assignLicense",'
        f'"headers":{{"Content-Type":"application/json"}},"body":{change(remove, add)}}}'
        for (_, remove, add, *_), item_id, path in zip(
            calls, ids, user_paths([call.user_id for call in calls]), strict=True
        )
    ]
    return f'{{"requests":[{",".join(items)}]}}'.encode()


class Item(NamedTuple):
    """One request of a batch."""

    method: str
    #: Behind the root, with what has to be encoded encoded.
    url: str
    #: A value, or JSON as text; None for none.
    body: Any = None


def requests(items: Sequence[Item], ids: Sequence[str]) -> bytes:
    """The body of a batch of any requests."""
    made = []
    for (method, url, body), item_id in zip(items, ids, strict=True):
        one: dict[str, Any] = {"id": item_id, "method": method, "url": url}
        if body is not None:
            value = json.loads(body) if isinstance(body, str) else body
            one |= {"headers": {"Content-Type": "application/json"}, "body": value}
        made.append(one)
    return json.dumps({"requests": made}, separators=(",", ":")).encode()


def reads(users: Sequence[str], ids: Sequence[str], fields: str) -> bytes:
    """The body of a batch of reads of single users, by id or UPN."""
    items = [
        {"id": item_id, "method": "GET", "url": f"{path}?$select={fields}"}
        for path, item_id in zip(user_paths(users), ids, strict=True)
    ]
    return json.dumps({"requests": items}, separators=(",", ":")).encode()


def sort_out(outer: Reply, ids: Sequence[str]) -> list[Reply]:
    """What came back for each request of a batch, in their order.

    200 and 424 with responses are alike, since the service was seen to use both when it throttles some of a batch.
    """
    if outer.status not in {200, 424}:
        if outer.status in _FOR_EACH:
            return [outer] * len(ids)
        said = ": ".join(filter(None, error_of(outer))) if outer.status == 400 else ""
        trouble = f"HTTP {outer.status} from the batch endpoint"
        return [Reply(0, trouble=f"{trouble}: {said}" if said else trouble)] * len(ids)
    responses = outer.body.get("responses") if outer.body else None
    if not isinstance(responses, list):
        trouble = outer.trouble or "the answer holds no responses"
        return [Reply(0, trouble=trouble)] * len(ids)
    found = _by_id(responses)
    # What the batch as a whole says of pace holds for those in it that were turned away.
    calm = {LOAD: outer.headers[LOAD]} if LOAD in outer.headers else _NO_HEADERS
    pressed = {name: outer.headers[name] for name in TELLING if name in outer.headers}
    keys = [item_id.lower() for item_id in ids]
    return [_inner(found[key], calm, pressed) if key in found else _SILENCE for key in keys]


def answers(replies: Sequence[Reply]) -> list[Answer]:
    """What the calls got, as the program's values; what they mean is for the verdict."""
    return [DONE if reply.status == 200 and not reply.headers else _answer(reply) for reply in replies]


def unsent(answer: Answer) -> Answer:
    """What is answered for a call that was not sent since a step before it got this answer; ``DONE`` if it succeeded.

    Where nobody knows whether that step took effect, the call itself is known not to have left; the step may be
    repeated.
    """
    found = verdict(answer.status, answer.code, answer.message)
    if found.kind is VerdictKind.APPLIED:
        return DONE
    return answer._replace(status=NEVER_LEFT.status) if found.kind is VerdictKind.DOUBT else answer


def sight(reply: Reply, user_id: str) -> Sight:
    """What a look at this user showed. Somebody else's object, or one that cannot be believed, is no answer."""
    if reply.status != 200:
        return Sight(user_id, max(reply.status, 0), retry_after=retry_after(reply.headers))
    body = reply.body or {}
    if str(body.get("id")).lower() != user_id.lower():
        return Sight(user_id, 0)
    try:
        return Sight(user_id, 200, objects.holding(body), objects.location(body))
    except objects.Strange:
        return Sight(user_id, 0)


def _answer(reply: Reply) -> Answer:
    used = load(reply.headers)
    if reply.status in _SUCCESS:
        return Answer(reply.status, load=used)
    code, message = error_of(reply)
    return Answer(reply.status, code, message, retry_after(reply.headers), used)


def error_of(reply: Reply) -> tuple[str, str]:
    """The service's own code and words, raw, those of its details behind them; else what came instead."""
    error = reply.body.get("error") if reply.body else None
    if not isinstance(error, dict):
        return "", error if isinstance(error, str) else reply.trouble or f"HTTP {reply.status} without a reason"
    inner = error.get("innerError", error.get("innererror"))
    code, message = _code_and_words(error)
    if isinstance(inner, dict):
        code, message = code or _code_and_words(inner)[0], message or _code_and_words(inner)[1]
    details = error.get("details")
    more = (
        [_code_and_words(detail) for detail in details if isinstance(detail, dict)] if isinstance(details, list) else []
    )
    return code, "; ".join(filter(None, [message, *(": ".join(filter(None, pair)) for pair in more)]))


def _code_and_words(error: Mapping[str, Any]) -> tuple[str, str]:
    code, message = error.get("code"), error.get("message")
    return code if isinstance(code, str) else "", message if isinstance(message, str) else ""


def _plain(users: Sequence[str]) -> bool:
    """Whether they are all like ids, and need no encoding; found for twenty at once."""
    return all(users) and not "".join(users).encode("utf-8", "replace").translate(None, _PLAIN)


def _path(user: str) -> str:
    if user[:1].isalnum():
        return f"/users/{_encoded(user)}"
    doubled = user.replace("'", "''")
    return f"/users('{_encoded(doubled)}')"


def _encoded(text: str) -> str:
    return quote(text, safe="", errors="replace")


@lru_cache(maxsize=4096)
def change(remove: tuple[str, ...], add: tuple[Add, ...]) -> str:
    """The body of one ``assignLicense`` as text."""
    # Both lists always: without one of them the service refuses.
    adds = [{"skuId": sku_id, "disabledPlans": disabled} for sku_id, disabled in add]
    return json.dumps({"addLicenses": adds, "removeLicenses": remove}, separators=(",", ":"))


def _by_id(responses: Sequence[Any]) -> dict[str, dict[str, Any] | None]:
    """Item id in lower case → the answer; None for an id that got two different ones."""
    found: dict[str, dict[str, Any] | None] = {}
    for response in responses:
        item_id = response.get("id") if isinstance(response, dict) else None
        if isinstance(item_id, str):
            key = item_id.lower()
            found[key] = None if key in found and found[key] != response else response
    return found


def _inner(response: dict[str, Any] | None, calm: Mapping[str, str], pressed: Mapping[str, str]) -> Reply:
    if response is None:
        return Reply(0, trouble="two different answers came to one request")
    status, body, given = response.get("status"), response.get("body"), response.get("headers")
    if type(status) is not int or not 100 <= status < 600:
        return Reply(0, trouble="the answer has no status")
    headers = pressed if status == 429 or status >= 500 else calm
    if isinstance(given, dict) and (telling := _telling(tuple(given))):
        headers = {**headers, **{known: str(given[name]) for known, name in telling}}
    if isinstance(body, dict):
        return Reply(status, headers, body)
    return Reply(status, headers, None, body[:_SOME_TEXT] if isinstance(body, str) else "")


@lru_cache(maxsize=128)
def _telling(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Those of the header names that mean something here, each in lower case and as it came."""
    return tuple((name.lower(), name) for name in names if name.lower() in TELLING)
