"""Reading the tenant with patience: an unavailable tenant is asked again, within bounds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from batch.core.errors import TenantUnavailable
from batch.core.pace import Policy, wait_for

T = TypeVar("T")


async def patiently(read: Callable[[], Awaitable[T]], policy: Policy, *, under_way: bool = False) -> T:
    """The result of ``read``, asked up to ``policy.tries`` times while it raises a ``TenantUnavailable`` worth it.

    ``under_way``: for a run that is being carried out it is always worth it, however patient the adapter was.
    """

    def pause(state: RetryCallState) -> float:
        return wait_for(policy, 0, state.attempt_number, -1.0)

    async def once() -> T:
        return await read()

    again = AsyncRetrying(
        retry=retry_if_exception(lambda error: isinstance(error, TenantUnavailable) and (under_way or error.again)),
        stop=stop_after_attempt(policy.tries),
        wait=pause,
        reraise=True,
    )
    return await again(once)
