"""Faults become fates: what happens to each call on its way. All dice of the practice tenant are rolled here."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from batch.core.terms import NO_ANSWER, Answer, Call, Sight
from batch.tenants.faults import Faults

_FORBIDDEN = Answer(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
#: Status → error code and message of a service in trouble.
_TROUBLE = {
    409: (
        "Directory_ConcurrencyViolation",
        "Error due to concurrent requests being made to the tenant. Please wait briefly and retry.",
    ),
    500: ("Service_InternalServerError", "Encountered an internal server error."),
    502: ("UnknownError", "Service Unavailable"),
    503: ("serviceNotAvailable", "The service is temporarily unavailable."),
    504: ("UnknownError", ""),
}


class Fate(NamedTuple):
    """What becomes of one call: whether the service carries it out, and what is answered instead of the truth."""

    effect: bool
    #: None: the true answer arrives.
    answer: Answer | None
    #: What to count it as; empty for the true answer.
    kind: str = ""


HONEST = Fate(True, None)


def trouble(status: int) -> Answer:
    """The answer of a service in trouble."""
    return Answer(status, *_TROUBLE[status])


class Fates:
    """Rolls the dice of one opened tenant; the same faults and the same calls give the same fates."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        # A repeatable sequence is wanted, not a secret one.
        self._dice = random.Random(faults.seed)  # noqa: S311
        self._times: Counter[str] = Counter()
        self._let_through = 0
        self._steps = self._thresholds()
        self._group_rate = faults.lost_before + faults.lost_after
        self._read_rate = faults.read_throttle + faults.read_lost
        self._calm = not self._steps and not self._group_rate and not faults.at and faults.forbidden_after is None

    def _thresholds(self) -> list[tuple[float, str]]:
        """Upper bounds of one roll between 0 and 1, each with what it means; kinds that never happen are left out."""
        rates = [("throttled", self._faults.throttle), ("missing", self._faults.missing)]
        rates += [(f"error-{status}", rate) for status, rate in self._faults.error_rates().items()]
        steps, total = [], 0.0
        for kind, rate in rates:
            if rate:
                total += rate
                steps.append((total, kind))
        return steps

    def order(self, count: int) -> list[int]:
        """The order in which the service gets to the calls of a group."""
        order = list(range(count))
        self._dice.shuffle(order)
        return order

    def of_group(self, calls: Sequence[Call]) -> list[Fate]:
        """One fate a call; a lost answer is lost for the whole group."""
        if self._calm:
            return [HONEST] * len(calls)
        fates = [self._of_call(call.user_id) for call in calls]
        if self._group_rate:
            roll = self._dice.random()
            if roll < self._faults.lost_before:
                return [_lost(effect=False)] * len(calls)
            if roll < self._group_rate:
                return [Fate(fate.effect, NO_ANSWER, "lost-after") for fate in fates]
        return fates

    def _of_call(self, user_id: str) -> Fate:
        self._times[user_id] += 1
        kind = self._faults.at.get((user_id, self._times[user_id]), "")
        if not kind and self._steps:
            roll = self._dice.random()
            kind = next((kind for limit, kind in self._steps if roll < limit), "")
            if (kind.startswith("error-5") or kind == "missing") and self._dice.random() < 0.5:
                kind += "-after"
        if not kind and self._faults.forbidden_after is not None:
            self._let_through += 1
            kind = "forbidden" if self._let_through > self._faults.forbidden_after else ""
        return self._named(kind) if kind else HONEST

    def _named(self, kind: str) -> Fate:
        if kind == "throttled":
            return Fate(False, self._throttled(), kind)
        if kind == "forbidden":
            return Fate(False, _FORBIDDEN, kind)
        effect = kind.endswith("-after")
        if kind.startswith("lost"):
            return _lost(effect=effect)
        if kind.startswith("missing"):
            return Fate(effect, NO_ANSWER, "missing")
        status = int(kind.split("-")[1])
        return Fate(effect, trouble(status), f"error-{status}")

    def _throttled(self) -> Answer:
        return Answer(429, "TooManyRequests", "Please retry again later.", self._retry_after())

    def _retry_after(self) -> float:
        """Seconds: a whole number, a fraction as the service once sent (2.128), or none."""
        seconds = self._faults.retry_after
        return self._dice.choice([float(-(-seconds // 1)), seconds * 1.064, -1.0])

    def of_read(self, user_id: str) -> Sight | None:
        """What a look at this user gets instead of the truth; None for the truth."""
        if not self._read_rate:
            return None
        roll = self._dice.random()
        if roll < self._faults.read_throttle:
            return Sight(user_id, 429, retry_after=self._retry_after())
        return Sight(user_id, 0) if roll < self._read_rate else None

    def age(self) -> float:
        """How many seconds ago a read looks."""
        return self._dice.uniform(0.0, self._faults.lag) if self._faults.lag else 0.0


def _lost(*, effect: bool) -> Fate:
    return Fate(effect, NO_ANSWER, "lost-after" if effect else "lost-before")
