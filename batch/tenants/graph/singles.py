"""Users read one by one, twenty in a batch: whoever could not be read is asked for again, alone, within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from batch.core.pace import Policy, wait_for
from batch.tenants.graph.batches import BATCH_SIZE
from batch.tenants.graph.columns import Columns
from batch.tenants.graph.headers import retry_after
from batch.tenants.graph.objects import Strange
from batch.tenants.graph.pages import USERS, Subject, failure, passing, told, unusable
from batch.tenants.graph.wire import Reply

#: Batches of reads on the wire at the same moment.
_AT_ONCE = 8

#: Asks for these users in one batch; a reply for each, in their order.
Ask = Callable[[Sequence[str]], Awaitable[list[Reply]]]


async def read_singly(
    ask: Ask, upns: Sequence[str], columns: Columns, patience: Policy, so_far: Callable[[int], None]
) -> None:
    """Add the users with these lower-case UPNs to the columns; whom the tenant does not know is left out.

    ``so_far`` is told how many users the columns have. Raises ``TenantRefused`` or ``TenantUnavailable``.
    """
    batches = iter([upns[at : at + BATCH_SIZE] for at in range(0, len(upns), BATCH_SIZE)])

    async def work() -> None:
        for batch in batches:
            await _read_batch(ask, batch, columns, patience)
            so_far(len(columns))

    workers = [asyncio.ensure_future(work()) for _ in range(min(_AT_ONCE, -(-len(upns) // BATCH_SIZE)))]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


async def _read_batch(ask: Ask, upns: Sequence[str], columns: Columns, patience: Policy) -> None:
    for tries in range(1, patience.tries + 1):
        replies = await ask(upns)
        asked = list(zip(upns, replies, strict=True))
        again = [(upn, reply) for upn, reply in asked if not _settled(upn, reply, columns)]
        if not again:
            return
        if tries < patience.tries:
            hint = max(retry_after(reply.headers) for _, reply in again)
            await asyncio.sleep(wait_for(patience, tries, tries, hint))
        upns = [upn for upn, _ in again]
    raise _given_up(*again[0])


def _settled(upn: str, reply: Reply, columns: Columns) -> bool:
    """Take the user in, or find that there is none; False when it is worth asking again."""
    if reply.status == 404:
        return True
    if passing(reply.status):
        return False
    # What holds for all is said of all, anything else of the one whom it befell.
    body = told(reply, USERS if reply.status in {401, 403} else Subject(f"User {upn}", USERS.right))
    if str(body.get("userPrincipalName")).lower() != upn:
        return False
    try:
        columns.take([body])
    except Strange as strange:
        raise unusable(USERS, str(strange)) from strange
    return True


def _given_up(upn: str, reply: Reply) -> Exception:
    if reply.status == 200:
        return unusable(USERS, f"asked about {upn}, the service keeps answering about somebody else")
    return failure(reply, USERS)
