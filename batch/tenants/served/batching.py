"""JSON batching ("Combine multiple HTTP requests using JSON batching"): one request that holds up to twenty."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from batch.tenants.served.exchange import JSON_TYPE, Asked, GraphError, Reply, Unanswered, bad_request
from batch.tenants.served.options import split_url
from batch.tenants.served.service import Service

MOST = 20


@dataclass(slots=True)
class _Item:
    id: str
    #: A URL that cannot be taken apart is this one item's mistake.
    asked: Asked | GraphError
    #: Ids in the form in which they are compared.
    after: frozenset[str]
    writes: bool


async def batch(service: Service, outer: Asked) -> Reply:
    """The answer to a batch; ``Unanswered`` when nothing of it, or none of its writes, is answered.

    Items wait for those that they depend on; all that can go at one moment go to the service together. Responses come
    in any order, as they do from Graph.
    """
    waiting = {item.id.casefold(): item for item in _items(outer)}
    replies: dict[str, tuple[_Item, Reply | None]] = {}
    while waiting:
        ready = {key: item for key, item in waiting.items() if item.after <= replies.keys()}
        for key in ready:
            del waiting[key]
        await _send(service, outer, ready, replies)
    if _is_lost(replies.values()):
        raise Unanswered
    responses = [_response(item, reply) for item, reply in replies.values() if reply is not None]
    service.dice.shuffle(responses)
    return Reply(200, {"responses": responses})


async def _send(
    service: Service, outer: Asked, ready: dict[str, _Item], replies: dict[str, tuple[_Item, Reply | None]]
) -> None:
    going: list[tuple[str, _Item, Asked]] = []
    for key, item in ready.items():
        if isinstance(item.asked, GraphError):
            replies[key] = item, item.asked.reply(outer)
        elif all(_succeeded(replies[earlier][1]) for earlier in item.after):
            going.append((key, item, item.asked))
        else:
            error = GraphError(424, "FailedDependency", "A request that this one depends on has failed.")
            replies[key] = item, error.reply(item.asked)
    answers = await service.answer([asked for _, _, asked in going])
    for (key, item, _), answer in zip(going, answers, strict=True):
        replies[key] = item, answer


def _succeeded(reply: Reply | None) -> bool:
    return reply is not None and reply.status < 400


def _is_lost(replies: Collection[tuple[_Item, Reply | None]]) -> bool:
    writes = [reply for item, reply in replies if item.writes]
    return all(reply is None for reply in writes or [reply for _, reply in replies])


def _response(item: _Item, reply: Reply) -> dict[str, Any]:
    headers = {"Cache-Control": "no-cache", "x-ms-resource-unit": str(reply.cost), **reply.headers}
    response: dict[str, Any] = {"id": item.id, "status": reply.status, "headers": headers}
    if reply.body is not None:
        headers["OData-Version"] = "4.0"
        headers["Content-Type"] = "text/plain" if isinstance(reply.body, str) else JSON_TYPE
        response["body"] = reply.body
    return response


def _items(outer: Asked) -> list[_Item]:
    requests = outer.body.get("requests") if isinstance(outer.body, dict) else None
    if not isinstance(requests, list) or not requests:
        raise bad_request("Invalid batch payload format: an object with an array of requests is expected.")
    if len(requests) > MOST:
        raise bad_request(f"The batch holds {len(requests)} requests; {MOST} is the most.")
    items = [_item(outer, request) for request in requests]
    known = {item.id.casefold() for item in items}
    if len(known) < len(items):
        raise bad_request("Invalid batch payload format: the ids of the requests must be unique in the batch.")
    for item in items:
        if not item.after <= known:
            raise bad_request(f"The request '{item.id}' depends on one that is not in the batch.")
    if any(item.after for item in items) and _in_a_circle(items):
        raise bad_request("The requests of the batch depend on each other in a circle.")
    return items


def _in_a_circle(items: list[_Item]) -> bool:
    done: set[str] = set()
    while ready := {key for item in items if item.after <= done and (key := item.id.casefold()) not in done}:
        done |= ready
    return len(done) < len(items)


def _item(outer: Asked, request: Any) -> _Item:
    if not isinstance(request, dict):
        raise bad_request("Invalid batch payload format: each request must be an object.")
    for name in ("id", "method", "url"):
        if not isinstance(request.get(name), str) or not request[name]:
            raise bad_request(f"Invalid batch payload format: each request needs '{name}', a text.")
    headers, body = _headers(request), request.get("body")
    if body is not None and not headers.get("content-type"):
        raise bad_request(f"The request '{request['id']}' has a body, so its headers must hold a Content-Type.")
    method = request["method"].upper()
    return _Item(request["id"], _asked(outer, method, request["url"], headers, body), _after(request), method != "GET")


def _asked(outer: Asked, method: str, url: str, headers: dict[str, str], body: Any) -> Asked | GraphError:
    try:
        # Documented as relative; Microsoft's own SDK for Python sends the whole URL.
        path, options = split_url(url.removeprefix(outer.root))
    except GraphError as error:
        return error
    return Asked(
        method=method,
        path=path,
        options=options,
        headers=headers,
        body=body,
        root=outer.root,
        may_write=outer.may_write,
        request_id=outer.request_id,
        client_request_id=headers.get("client-request-id") or outer.client_request_id,
    )


def _headers(request: dict[str, Any]) -> dict[str, str]:
    headers = request.get("headers")
    if headers is None:
        return {}
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise bad_request(f"The headers of the request '{request['id']}' must be an object of texts.")
    return {name.lower(): value for name, value in headers.items()}


def _after(request: dict[str, Any]) -> frozenset[str]:
    after = request.get("dependsOn")
    if after is None:
        return frozenset()
    if not isinstance(after, list) or not all(isinstance(earlier, str) for earlier in after):
        raise bad_request(f"'dependsOn' of the request '{request['id']}' must be an array of ids.")
    return frozenset(earlier.casefold() for earlier in after)
