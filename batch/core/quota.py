"""How many writes the service takes in how long, and how many may leave now.

Microsoft Graph meters writes as a token bucket for each app in each tenant: 3,000 in two and a half minutes ("Identity
and access service limits"). Whoever keeps to that is hardly ever answered 429. Other apps draw on the same tenant, so
the meter also slows down when the service says so, and recovers with time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from batch.core.errors import UsageError

_FORM = re.compile(r"([0-9]{1,9})\s*/\s*([0-9]{0,6}(?:\.[0-9]{1,3})?)\s*(s|m|min|h)", re.IGNORECASE)
_UNITS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
#: Part of the capacity that is kept back, for calls that overtake each other on the way: one group at most.
_KEPT_BACK = 20
#: The rate never falls below this share, so that a run goes on probing.
_SLOWEST = 1 / 32
#: Part of a write that is not waited for, and the shortest wait in seconds.
_CRUMB, _SHORTEST = 1e-3, 1e-3
#: Seconds from a standstill to the full rate: as long as the quota counts, between these.
_SOONEST, _LATEST = 10.0, 60.0
#: All refusals within so many seconds halve the rate once at most.
_ONE_SIGN = 1.0


class Quota(NamedTuple):
    """So many writes in so many seconds: the size of the bucket, and how fast it fills again."""

    writes: int
    seconds: float

    @classmethod
    def parse(cls, text: str) -> Quota | None:
        """``3000/150s``, ``1200/1m`` or ``20/s``; None for ``none``. ``UsageError`` for anything else."""
        if text.strip().casefold() == "none":
            return None
        match = _FORM.fullmatch(text.strip())
        writes = int(match[1]) if match else 0
        seconds = float(match[2] or 1) * _UNITS[match[3].casefold()] if match else 0.0
        if not writes or not seconds:
            raise UsageError(
                f"“{text}” is no quota.", "Write how many writes in how long, as in 3000/150s, or none for no limit."
            )
        return cls(writes, seconds)

    def __str__(self) -> str:
        return f"{self.writes}/{self.seconds:g}s"


#: For each app in each tenant, as Microsoft documents it.
GRAPH_QUOTA = Quota(3000, 150.0)
#: Stands for no quota; never counted down.
_ANY = Quota(10**9, 1.0)


class Meter:
    """Our side of the service's token bucket; without a quota it never holds anything back.

    ``lately`` are the times of writes before ``now``: a run that goes on has not forgotten what it just used up.
    """

    def __init__(self, quota: Quota | None, now: float, lately: Iterable[float] = ()) -> None:
        self._free = quota is None
        writes, seconds = quota or _ANY
        #: The most that can leave together.
        self.most = max(1, writes - min(_KEPT_BACK, writes // 10))
        self._rate = writes / seconds
        self._recovery = min(max(seconds, _SOONEST), _LATEST)
        self._level = float(self.most)
        self._share = 1.0
        self._at = now
        #: Nothing leaves before then: the service asked for it.
        self._closed_until = float("-inf")
        #: When the service last pushed back after a calm, and how slow that may make us at most.
        self._sign_at, self._lowest = float("-inf"), _SLOWEST
        if quota:
            self._remember([at for at in lately if now - seconds < at <= now], now)

    def _remember(self, lately: list[float], now: float) -> None:
        self._at = min(lately, default=now)
        for at in sorted(lately):
            self.spend(1, min(at, now))
        self._flow(now)

    def wait(self, count: int, now: float) -> float:
        """Seconds until ``count`` writes may leave together (as many as ever can, if that is fewer); 0 for now."""
        closed = self._closed_until - now
        if self._free:
            return closed if closed > _SHORTEST else 0.0
        self._flow(now)
        missing = (min(count, self.most) - self._level) / (self._rate * self._share)
        wait = max(missing if missing > _CRUMB / self._rate else 0.0, closed)
        # Never so short that a clock which counts from 1970 cannot tell the difference.
        return max(wait, _SHORTEST) if wait > 0 else 0.0

    def spend(self, count: int, now: float) -> None:
        """So many writes leave now."""
        if not self._free:
            self._flow(now)
            self._level -= count

    def pushed_back(self, share: float, now: float) -> None:
        """The service turned this share of a group away, or is in trouble with it: up to half as fast."""
        self._flow(now)
        if now - self._sign_at >= _ONE_SIGN:
            self._sign_at, self._lowest = now, max(self._share / 2, _SLOWEST)
        self._share = max(self._share * (1 - share / 2), self._lowest)

    def emptied(self, now: float) -> None:
        """The service has nothing left for us just now, whatever we thought."""
        self._flow(now)
        self._level = min(self._level, 0.0)

    def closed(self, seconds: float, now: float) -> None:
        """The service turned a whole group away and asked for so much time; what comes earlier would lengthen it."""
        self._closed_until = max(self._closed_until, now + seconds)

    def loaded(self, load: float, now: float) -> None:
        """The service says how much of its limit is used: beyond 1 the share above it is being refused."""
        self._flow(now)
        if load > 1.0:
            self._share = max(min(self._share, 1 / load), _SLOWEST)

    def _flow(self, now: float) -> None:
        passed = max(0.0, now - self._at)
        self._at = max(self._at, now)
        self._level = min(float(self.most), self._level + passed * self._rate * self._share)
        self._share = min(1.0, self._share + passed / self._recovery)
