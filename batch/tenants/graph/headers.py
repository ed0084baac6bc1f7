"""What the headers of an answer say about pace. Names are lower case here; the service writes them as it likes."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

LOAD = "x-ms-throttle-limit-percentage"
#: The headers that mean something here.
TELLING = ("retry-after", "date", LOAD)

_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,15})?")


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that ``Retry-After`` asks for: an integer, a decimal or a date; -1 when it names none to believe.

    A date counts from the answer's own ``Date``, so that no clock but the service's matters; without one, from now.
    """
    text = headers.get("retry-after", "").strip()
    if _NUMBER.fullmatch(text):
        return float(text)
    until = _moment(text)
    if until is None:
        return -1.0
    said_at = _moment(headers.get("date", ""))
    wait = until - (time.time() if said_at is None else said_at)
    return wait if wait >= 0 else -1.0


def load(headers: Mapping[str, str]) -> float:
    """How much of its limit the service says is used (1.0 is all of it); 0 when it does not say."""
    text = headers.get(LOAD, "").strip()
    return float(text) if _NUMBER.fullmatch(text) else 0.0


def _moment(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
