"""The engine's ports. Each promise is a sentence; one test suite per port runs over all its adapters."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Protocol

from batch.core.entries import Entry
from batch.core.estate import LicensingGroup, Organisation, Subscription
from batch.core.terms import Answer, Call, People, Sight, Sku


class Tenant(Protocol):
    """Where licences live.

    - Reading raises ``TenantRefused`` (sign-in, rights) or ``TenantUnavailable`` (try again later), nothing else.
    - ``assign`` and ``look`` never raise for what the service or the network did to a call; they say it in the answer.
    - At most 20 calls or ids at a time, never two for one user; a caller that breaks this gets ``ValueError``.
    """

    #: How a person would name it: ``practice:FILE`` or ``graph``.
    name: str
    #: Seconds for which a read may still show the state before a write that took effect.
    read_lag: float
    #: Told how many users a long read has brought so far; whoever shows progress sets it.
    so_far: Callable[[int], None]

    async def organisation(self) -> Organisation:
        """Whose tenant this is."""

    async def skus(self) -> tuple[Sku, ...]:
        """Every SKU the tenant owns, with its seats, ordered by ``sku_id``."""

    async def people(self, upns: Collection[str] | None, likely: Collection[str] = ()) -> People:
        """The users with these lower-case UPNs (unknown ones are absent), or everybody for None; in any order.

        ``likely``: SKUs that most of them are expected to hold, so that whatever reads fewer can be chosen; who holds
        none of them is found all the same.
        """

    async def licensing_groups(self) -> tuple[LicensingGroup, ...]:
        """The directory groups that carry licences, ordered by ``group_id``."""

    async def members(self, group_id: str) -> People:
        """The people whom one of these groups gives licences: its own members, not those of groups in it."""

    async def look(self, user_ids: Sequence[str]) -> list[Sight]:
        """Each user as the service shows it now; same length and order as asked.

        For a ``group_key`` what the group itself gives, each licence in state ``Error`` that some member could not be
        given; status 202 as long as its members are being worked on.
        """

    async def assign(self, calls: Sequence[Call]) -> list[Answer]:
        """Send the calls as one group. Same length and order as asked; an answer that did not come is ``NO_ANSWER``.

        Each call takes effect whole or not at all, whatever happens to the others; only a usage location that it sets
        may stay where the licences were refused. A ``Way.MEMBERSHIP`` joins first, and leaves the old groups only once
        what the new one gives is Active: whenever it ends, the user has the old licences or the new ones. One of a
        group changes the group's own licences, and is answered once its members are done, or in doubt when that takes
        too long. Sending either again is right as long as it is not done.
        """

    async def close(self) -> None:
        """Let go of connections and files."""


class Original(Tenant, Protocol):
    """A tenant that can be copied whole: what a rehearsal needs besides skus. Reading raises as ``Tenant`` says."""

    async def licensed(self) -> People:
        """Everybody who holds a licence in any way; in any order."""

    async def subscriptions(self) -> tuple[Subscription, ...]:
        """Every purchase, ordered by ``subscription_id``."""


class Journal(Protocol):
    """Durable facts in order. The ledger is what they add up to."""

    def entries(self) -> Iterator[Entry]:
        """Every entry so far, oldest first; raises ``JournalDamaged`` when they do not add up."""

    def append(self, entries: Sequence[Entry]) -> None:
        """Write these entries, all or none; they survive a power cut once this returns."""


class Clock(Protocol):
    """Time as the engine sees it; it never goes backwards within one process. Waiting is the event loop's."""

    def now(self) -> float:
        """UTC seconds since 1970."""


class Watcher(Protocol):
    """Who looks on: a progress bar, a log. Must not raise and must not wait."""

    def saw(self, entries: Sequence[Entry]) -> None:
        """These entries were just written to the journal."""

    def waits(self, seconds: float, why: str) -> None:
        """Nothing can be sent for so long, and why."""

    def stop_asked(self) -> bool:
        """True once somebody asked the run to stop; what is in flight is finished first."""
