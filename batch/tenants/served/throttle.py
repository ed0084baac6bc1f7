"""The service's limits as token buckets, and what it says about them ("Microsoft Graph throttling guidance")."""

from __future__ import annotations

import asyncio
import math
import random

from batch.core.quota import Quota
from batch.tenants.served.exchange import GraphError

#: Resource units for an app in a large tenant, in so many seconds.
_UNITS, _UNIT_SECONDS = 8_000, 10.0
#: Over how many seconds the share of refused requests is told.
_WINDOW = 10.0
_NO_APP = "00000000-0000-0000-0000-000000000000"


def too_many(retry_after: float, dice: random.Random, scope: str = "", information: str = "") -> GraphError:
    """429. Below zero: without ``Retry-After``; the name of that header comes in either case."""
    headers = {}
    if retry_after >= 0:
        headers[dice.choice(("Retry-After", "retry-after"))] = f"{retry_after:.15g}"
    if scope:
        headers |= {"x-ms-throttle-scope": scope, "x-ms-throttle-information": information}
    return GraphError(429, "TooManyRequests", "Please retry again later.", headers)


class _Bucket:
    def __init__(self, capacity: float, seconds: float, now: float) -> None:
        self.capacity = capacity
        self._rate = capacity / seconds
        self._level = capacity
        self._at = now

    def wait(self, count: float, now: float) -> float:
        """Seconds until there are so many tokens; 0 for now."""
        self._level = min(self.capacity, self._level + max(0.0, now - self._at) * self._rate)
        self._at = now
        missing = count - self._level
        # A hair's breadth short is rounding.
        return missing / self._rate if missing > 1e-9 else 0.0

    def take(self, count: float) -> None:
        self._level -= count

    @property
    def used(self) -> float:
        return 1 - self._level / self.capacity


class Throttle:
    """Without a quota nothing is ever refused."""

    def __init__(self, quota: Quota | None, tenant_id: str, dice: random.Random) -> None:
        self._free = quota is None
        self._dice = dice
        self._where = f"{_NO_APP}/{tenant_id or _NO_APP}"
        writes, seconds = quota or Quota(1, 1.0)
        # The loop's clock starts anywhere; a full bucket does not care.
        self._writes = _Bucket(writes, seconds, 0.0)
        self._units = _Bucket(_UNITS, _UNIT_SECONDS, 0.0)
        self._since = 0.0
        self._asked = self._refused = 0

    def charge(self, units: int, writes: int) -> dict[str, str]:
        """Take what a request costs; the headers that its answer carries besides. ``GraphError`` 429 beyond a limit."""
        if self._free:
            return {}
        now = asyncio.get_running_loop().time()
        if now - self._since >= _WINDOW:
            self._since, self._asked, self._refused = now, 0, 0
        self._asked += 1
        self._check(self._units, units, now, "ReadWrite", "ResourceUnitLimitExceeded")
        if writes:
            self._check(self._writes, writes, now, "Write", "WriteLimitExceeded")
            self._writes.take(writes)
        self._units.take(units)
        return self._load()

    def _check(self, bucket: _Bucket, count: int, now: float, limit: str, information: str) -> None:
        seconds = bucket.wait(count, now)
        if not seconds:
            return
        self._refused += 1
        told = self._dice.choice((float(math.ceil(seconds)), math.ceil(seconds * 1000) / 1000))
        error = too_many(told, self._dice, f"Tenant_Application/{limit}/{self._where}", information)
        raise GraphError(error.status, error.code, error.message, {**error.headers, **self._load()})

    def _load(self) -> dict[str, str]:
        """How much is used, once it is more than 0.8; beyond 1: the share that is being refused."""
        load = max(self._writes.used, self._units.used)
        if self._refused:
            load = 1 + min(0.8, self._refused / self._asked)
        return {"x-ms-throttle-limit-percentage": f"{load:.2f}"} if load > 0.8 else {}
