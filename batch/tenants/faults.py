"""What goes wrong on the way to a practice tenant, as a value that can be written down and repeated by its seed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from batch.core.errors import UsageError

#: Statuses of a failing service.
ERRORS = (409, 500, 502, 503, 504)
#: Kinds that can be laid down for one call; ``-after`` and ``-before`` say whether it took effect.
KINDS = frozenset(
    ["throttled", "forbidden", "lost-before", "lost-after", "missing", "missing-after"]
    + [f"error-{status}" for status in ERRORS]
    + [f"error-{status}-after" for status in ERRORS if status >= 500]
)


class Thief(NamedTuple):
    """Somebody outside takes one free seat of a SKU once so many calls have succeeded."""

    #: SKU id or part number.
    sku: str
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Rates between 0 and 1, times in seconds. ``Faults()`` is a calm day."""

    seed: int = 0
    #: Share of calls answered 429, with ``Retry-After`` as an integer, a fraction, or not at all.
    throttle: float = 0.0
    #: What ``Retry-After`` says, about.
    retry_after: float = 1.0
    #: Share of calls answered with this status. Half of those from 500 up took effect all the same.
    error_409: float = 0.0
    error_500: float = 0.0
    error_502: float = 0.0
    error_503: float = 0.0
    error_504: float = 0.0
    #: Share of groups whose whole answer is lost: before anything took effect, or after.
    lost_before: float = 0.0
    lost_after: float = 0.0
    #: Share of calls left out of their group's answer; half of them took effect.
    missing: float = 0.0
    #: This many calls are let through, every later one is answered 403; None = no end.
    forbidden_after: int | None = None
    #: Share of single users that a look finds throttled, or gets no answer about.
    read_throttle: float = 0.0
    read_lost: float = 0.0
    #: Reads may show the state of up to so long ago.
    lag: float = 0.0
    #: How long a group or a read takes, half of it on the way there.
    latency: float = 0.0
    thieves: tuple[Thief, ...] = ()
    #: (user id, how many-eth call for this user in this process, from 1) → a word of ``KINDS``; goes before the rates.
    at: Mapping[tuple[str, int], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        strange = set(self.at.values()) - KINDS
        if strange:
            raise ValueError(f"no such kind of fault: {', '.join(sorted(strange))}")
        rates = [self.throttle, self.missing, *self.error_rates().values()]
        for shares in (rates, [self.lost_before, self.lost_after], [self.read_throttle, self.read_lost]):
            if sum(shares) > 1 + 1e-9:
                raise UsageError("The rates of the faults add up to more than 1.", "Make them smaller.")

    def error_rates(self) -> dict[int, float]:
        """Status → share of calls that are answered with it."""
        return {status: getattr(self, f"error_{status}") for status in ERRORS}

    @classmethod
    def parse(cls, text: str) -> Faults:
        """Faults from ``seed=7,throttle=0.1,lag=3s,latency=50ms,thief=SKU@40``; the empty text is a calm day."""
        values: dict[str, Any] = {}
        thieves: list[Thief] = []
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            word, _, value = (piece.strip() for piece in part.partition("="))
            if word not in _WORDS:
                raise _unknown(word)
            parsed = _WORDS[word](word, value)
            name = word.replace("-", "_")
            if isinstance(parsed, Thief):
                thieves.append(parsed)
            elif name in values:
                raise UsageError(f"The fault {word} is given twice.", "Give it once.")
            else:
                values[name] = parsed
        return cls(**values, thieves=tuple(thieves))


def _unknown(word: str) -> UsageError:
    near = difflib.get_close_matches(word, _WORDS, n=1)
    todo = f"Did you mean {near[0]}?" if near else f"The faults are: {', '.join(sorted(_WORDS))}."
    return UsageError(f"There is no fault called {word!r}.", todo)


def _wrong(word: str, value: str, wanted: str) -> UsageError:
    return UsageError(f"The fault {word} cannot be {value!r}.", f"Give {wanted}, as in {word}={_EXAMPLES[wanted]}.")


def _rate(word: str, value: str) -> float:
    wanted = "a share between 0 and 1"
    try:
        rate = float(value)
    except ValueError:
        raise _wrong(word, value, wanted) from None
    if not 0 <= rate <= 1:  # NaN fails here too
        raise _wrong(word, value, wanted)
    return rate


def _seconds(word: str, value: str) -> float:
    match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|s|)", value)
    if match is None:
        raise _wrong(word, value, "a time")
    seconds = float(match[1])
    return seconds / 1000 if match[2] == "ms" else seconds


def _number(word: str, value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,15}", value):
        raise _wrong(word, value, "a whole number")
    return int(value)


def _thief(word: str, value: str) -> Thief:
    match = re.fullmatch(r"(.+)@([0-9]{1,15})", value)
    if match is None:
        raise _wrong(word, value, "a SKU and a number of calls")
    return Thief(match[1], int(match[2]))


_EXAMPLES = {
    "a share between 0 and 1": "0.1",
    "a time": "50ms",
    "a whole number": "7",
    "a SKU and a number of calls": "ENTERPRISEPACK@40",
}


def _words() -> dict[str, Callable[[str, str], Any]]:
    kinds: dict[str, Callable[[str, str], Any]] = {
        "seed": _number,
        "forbidden_after": _number,
        "retry_after": _seconds,
        "lag": _seconds,
        "latency": _seconds,
    }
    names = [f.name for f in fields(Faults) if f.name not in {"at", "thieves"}]
    return {name.replace("_", "-"): kinds.get(name, _rate) for name in names} | {"thief": _thief}


_WORDS = _words()
