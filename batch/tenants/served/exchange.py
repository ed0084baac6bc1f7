"""What is asked of the served tenant and what it replies, as values without HTTP; errors in Graph's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

JSON_TYPE = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"


@dataclass(slots=True, kw_only=True)
class Asked:
    """One request, on its own or inside a batch."""

    method: str
    #: Decoded segments behind the version.
    path: tuple[str, ...]
    #: Query options, decoded.
    options: Mapping[str, str] = field(default_factory=dict)
    #: By lower-case name.
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Parsed JSON; None when there is none.
    body: Any = None
    #: ``http://HOST:PORT/v1.0``: what absolute links begin with.
    root: str
    may_write: bool = True
    request_id: str = ""
    client_request_id: str = ""

    @property
    def eventual(self) -> bool:
        """Whether advanced queries are allowed (``ConsistencyLevel: eventual``)."""
        return self.headers.get("consistencylevel", "").casefold() == "eventual"


class Reply(NamedTuple):
    """One answer. ``body`` None is none at all; text is sent as text, everything else as JSON."""

    status: int
    body: Any = None
    #: Those that only this answer has.
    headers: Mapping[str, str] = {}
    cost: int = 1


class GraphError(Exception):
    """A refusal in the service's words."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}

    def reply(self, asked: Asked) -> Reply:
        """The answer, with its body in the service's order of properties."""
        ids = {"request-id": asked.request_id, "client-request-id": asked.client_request_id}
        date = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        inner: dict[str, str] = {"date": date, **ids}
        error: dict[str, object] = {"code": self.code, "message": self.message, "innerError": inner}
        if self.status == 429:
            # The shape of the sample in Microsoft's "Microsoft Graph throttling guidance".
            inner = {"code": "429", "date": date, "message": "Please retry after", **ids, "status": "429"}
            error = {"code": self.code, "innerError": inner, "message": self.message}
        return Reply(self.status, {"error": error}, self.headers)


def bad_request(message: str) -> GraphError:
    """The request cannot be understood."""
    return GraphError(400, "BadRequest", message)


def unsupported(message: str) -> GraphError:
    """The query is understood but not served."""
    return GraphError(400, "Request_UnsupportedQuery", message)


def no_such_thing(name: str) -> GraphError:
    """404 for a resource by its id."""
    text = f"Resource '{name}' does not exist or one of its queried reference-property objects are not present."
    return GraphError(404, "Request_ResourceNotFound", text)


def no_such_segment(name: str) -> GraphError:
    """404 for a path that the served tenant does not have."""
    return GraphError(404, "ResourceNotFound", f"Resource not found for the segment '{name}'.")


def not_allowed() -> GraphError:
    """405."""
    return GraphError(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")


class Unanswered(Exception):
    """No answer may arrive: the connection is lost, or the answer is left out of its batch."""
