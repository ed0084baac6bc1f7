"""What one answer means. The only place that knows what a 429 is.

Every licence business error of the service carries the same code ``Request_BadRequest`` (graph.md 9), so the table
matches messages too: loosely, in any case. An unknown refusal is never sent again; its raw text is kept for a person.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

from batch.core.terms import NEVER_LEFT


class VerdictKind(Enum):
    """The five things an answer can mean for a change."""

    #: It took effect.
    APPLIED = auto()
    #: It did not, and will not when sent again as it is.
    REFUSED = auto()
    #: It did not; send it again after a while.
    RETRY = auto()
    #: Nobody knows; read the user before anything else.
    DOUBT = auto()
    #: It did not, and neither will the others: stop the run.
    STOP = auto()


class Verdict(NamedTuple):
    """The meaning of one answer: its kind, and a reason word (``reasons.REASONS`` explains each)."""

    kind: VerdictKind
    code: str


class _Rule(NamedTuple):
    status: frozenset[int]
    pattern: re.Pattern[str] | None
    verdict: Verdict


def _rule(statuses: int | tuple[int, ...], pattern: str, kind: VerdictKind, code: str) -> _Rule:
    wanted = frozenset((statuses,) if isinstance(statuses, int) else statuses)
    return _Rule(wanted, re.compile(pattern, re.IGNORECASE) if pattern else None, Verdict(kind, code))


_K = VerdictKind
#: First match wins. The pattern is sought in "code message".
RULES: tuple[_Rule, ...] = (
    _rule(429, "", _K.RETRY, "throttled"),
    _rule((500, 503), r"Request_ThrottledPermanently", _K.STOP, "throttled_for_good"),
    _rule(503, r"Request_ThrottledTemporarily", _K.RETRY, "throttled"),
    _rule((409, 503), r"ConcurrencyViolation|concurrent requests", _K.RETRY, "busy"),
    _rule(401, "", _K.STOP, "sign_in"),
    _rule(403, r"QuotaExceeded", _K.REFUSED, "directory_full"),
    _rule(403, "", _K.STOP, "rights"),
    _rule(404, "", _K.REFUSED, "no_such_user"),
    _rule(400, r"invalid usage location|ProhibitedInUsageLocationViolation", _K.REFUSED, "no_location"),
    _rule(400, r"does not have any available licenses|CountViolation", _K.REFUSED, "no_seats"),
    _rule(400, r"mutually exclusive|conflicts with service plan|MutuallyExclusive", _K.REFUSED, "plans_conflict"),
    _rule(400, r"depends on the service plan|DependencyViolation", _K.REFUSED, "plan_dependency"),
    # Somebody (perhaps an earlier call of ours whose answer was lost) took the old licence away already.
    _rule(400, r"does not have a corresponding license", _K.DOUBT, "not_held"),
    _rule(400, r"inherited from a group membership", _K.REFUSED, "inherited"),
    _rule(400, r"does not correspond to a valid company license", _K.REFUSED, "sku_not_owned"),
    _rule(400, r"cannot be assigned to a user", _K.REFUSED, "sku_company"),
    _rule(
        400,
        r"proxyAddresses already exists|proxy address is already being used|UniquenessViolation",
        _K.REFUSED,
        "proxy_address",
    ),
    _rule(400, "", _K.REFUSED, "bad_request"),
    _rule(424, "", _K.RETRY, "busy"),
    _rule((408, 423), "", _K.DOUBT, "server_error"),
)

APPLIED = Verdict(VerdictKind.APPLIED, "")
#: What says that the service wants fewer calls, or is in trouble.
THROTTLED = "throttled"
PUSHING_BACK = frozenset({THROTTLED, "unreachable", "server_error", "no_answer"})
_NO_ANSWER = Verdict(VerdictKind.DOUBT, "no_answer")
_NEVER_LEFT = Verdict(VerdictKind.RETRY, "unreachable")
_SERVER = Verdict(VerdictKind.DOUBT, "server_error")
_REJECTED = Verdict(VerdictKind.REFUSED, "bad_request")


def verdict(status: int, code: str = "", message: str = "") -> Verdict:
    """What an answer with this HTTP status (0: none came, -1: the call never left), code and message means."""
    if status in (200, 201, 202, 204):
        return APPLIED
    if status == 0:
        return _NO_ANSWER
    if status == NEVER_LEFT.status:
        return _NEVER_LEFT
    return _judge(status, code, message)


@lru_cache(maxsize=4096)
def _judge(status: int, code: str, message: str) -> Verdict:
    text = f"{code} {message}"
    for rule in RULES:
        if status in rule.status and (rule.pattern is None or rule.pattern.search(text)):
            return rule.verdict
    if 400 <= status < 500:
        return _REJECTED
    # 5xx, and anything else that is neither a success nor a clear refusal: it may have taken effect.
    return _SERVER
