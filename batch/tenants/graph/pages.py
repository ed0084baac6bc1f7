"""Reading whole collections and single objects with patience, page by page."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tenacity import AsyncRetrying, RetryCallState, retry_if_result

from batch.core.errors import TenantRefused, TenantUnavailable
from batch.core.pace import Policy, wait_for
from batch.tenants.graph.batches import error_of
from batch.tenants.graph.headers import retry_after
from batch.tenants.graph.objects import Strange
from batch.tenants.graph.wire import Reply, Wire

#: How often a read is tried, and how long between the tries.
PATIENCE = Policy(tries=8, backoff=0.5, longest_wait=120.0)
#: A service that cannot be reached at all: whoever waits should hear of it soon.
_TRIES_UNREACHED = 4
#: Pages of one collection at most: ten million users a hundred at a time.
_MOST_PAGES = 100_000


class Subject(NamedTuple):
    """What is read, for people, and the right that it takes."""

    what: str
    right: str


USERS = Subject("The users", "User.Read.All")
SKUS = Subject("The licences that the tenant owns", "Organization.Read.All")
SUBSCRIPTIONS = Subject("The subscriptions", "Organization.Read.All")
ORGANISATION = Subject("The organisation", "Organization.Read.All")
GROUPS = Subject("The groups that carry licences", "GroupMember.Read.All (or Group.Read.All)")


def passing(status: int) -> bool:
    """Whether the same read may go better in a while."""
    return status in {-1, 0, 408, 409, 423, 424, 429} or status >= 500


async def ask_patiently(ask: Callable[[], Awaitable[Reply]], patience: Policy) -> Reply:
    """The reply to ``ask``, which is asked again within bounds while what came back may pass."""

    def enough(state: RetryCallState) -> bool:
        most = min(patience.tries, _TRIES_UNREACHED) if _last(state).status == -1 else patience.tries
        return state.attempt_number >= most

    def pause(state: RetryCallState) -> float:
        hint = retry_after(_last(state).headers)
        return wait_for(patience, 0, state.attempt_number, hint)

    async def once() -> Reply:
        return await ask()

    again = AsyncRetrying(
        retry=retry_if_result(lambda reply: passing(reply.status)),
        stop=enough,
        wait=pause,
        retry_error_callback=_last,
    )
    return await again(once)


def _last(state: RetryCallState) -> Reply:
    assert state.outcome is not None
    reply: Reply = state.outcome.result()
    return reply


async def read_pages(
    wire: Wire,
    path: str,
    subject: Subject,
    take: Callable[[list[Any]], None],
    patience: Policy,
    *,
    eventual: bool = False,
) -> None:
    """Hand every page of the collection at ``path`` to ``take``; the next page is on its way meanwhile.

    Raises ``TenantRefused`` or ``TenantUnavailable``, also for what ``take`` finds ``Strange``.
    """
    seen: set[str] = set()

    def begin(link: str) -> asyncio.Task[Reply]:
        return asyncio.ensure_future(ask_patiently(lambda: wire.get(link, eventual=eventual), patience))

    coming: asyncio.Task[Reply] | None = begin(path)
    try:
        with _uncollected():
            while coming is not None:
                body = told(await coming, subject)
                rows, link = body.get("value"), body.get("@odata.nextLink")
                if not isinstance(rows, list):
                    raise unusable(subject, "a page holds no list")
                coming = begin(_checked(link, seen, wire, subject)) if link is not None else None
                # Let it leave before this page is worked on.
                await asyncio.sleep(0)
                take(rows)
    except Strange as strange:
        raise unusable(subject, str(strange)) from strange
    finally:
        if coming is not None:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)


@contextmanager
def _uncollected() -> Iterator[None]:
    """A page is thousands of small objects that all go again, none in a circle: the collector looks at them in vain.

    Measured: with it the loop takes a third longer.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def told(reply: Reply, subject: Subject) -> dict[str, Any]:
    """The body of a successful read; raises ``failure`` for any other."""
    if reply.status != 200 or reply.body is None:
        raise failure(reply, subject)
    return reply.body


def failure(reply: Reply, subject: Subject) -> TenantRefused | TenantUnavailable:
    """Why nothing was read, and what to do."""
    code, message = error_of(reply)
    words = ": ".join(filter(None, [code, message]))
    if reply.status == 401:
        return TenantRefused(
            f"{subject.what} could not be read: the service does not accept the sign-in ({words}).",
            "Sign in anew, then see `reassign tenant doctor`.",
        )
    if reply.status == 403:
        return TenantRefused(
            f"{subject.what} could not be read: the service refused it ({words}).",
            f"Grant the application the right {subject.right}; `reassign tenant doctor` shows how.",
        )
    said = f"HTTP {reply.status}: {words}" if reply.status > 0 else words
    later = "Try again later." if passing(reply.status) else "See `reassign tenant doctor`."
    return TenantUnavailable(
        f"{subject.what} could not be read ({said}).",
        "Look at the network and the proxy; `reassign tenant doctor` goes step by step." if reply.status < 0 else later,
        again=False,  # it was asked often enough
    )


def unusable(subject: Subject, why: str) -> TenantUnavailable:
    """The service answered, but not as it documents."""
    return TenantUnavailable(
        f"{subject.what} could not be read: {why}.",
        "This is not how the service documents its answers; check what stands between it and this machine (a proxy?).",
        again=False,
    )


def _checked(link: object, seen: set[str], wire: Wire, subject: Subject) -> str:
    if not isinstance(link, str):
        raise unusable(subject, "the link to the next page is no text")
    if not wire.below(link):
        raise unusable(subject, f"the next page is said to be elsewhere, at {_host(link)}, and nothing was sent there")
    if link in seen:
        raise unusable(subject, "the pages go round in circles")
    if len(seen) >= _MOST_PAGES:
        raise unusable(subject, f"there are more than {_MOST_PAGES} pages")
    seen.add(link)
    return link


def _host(link: str) -> str:
    try:
        return repr((urlsplit(link).hostname or "no host")[:100])
    except ValueError:
        return "no host"
