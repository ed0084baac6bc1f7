"""What headers say about pace, in every way in which they were seen to say it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from batch.core.entries import LONGEST_HINT, hint
from batch.tenants.graph.headers import load, retry_after

NOON = "Mon, 23 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10", 10.0),
        ("0", 0.0),
        (" 7 ", 7.0),
        ("2.128", 2.128),
        ("Mon, 23 Nov 2026 12:01:30 GMT", 90.0),
        ("Mon, 23 Nov 2026 13:00:05 +0100", 5.0),
        ("Mon, 23 Nov 2026 12:00:05 -0000", 5.0),
        (NOON, 0.0),
        ("Mon, 23 Nov 2026 11:59:00 GMT", -1.0),
        ("-5", -1.0),
        ("1e3", -1.0),
        ("nan", -1.0),
        ("inf", -1.0),
        ("1,5", -1.0),
        ("٣", -1.0),
        ("soon", -1.0),
        ("", -1.0),
        ("Mon, 99 Nov 2026 12:00:00 GMT", -1.0),
        ("Mon, 23 Nov 99999 12:00:00 GMT", -1.0),
        ("9" * 400, -1.0),
    ],
)
def test_retry_after_is_an_integer_a_decimal_or_a_date(text: str, seconds: float) -> None:
    assert retry_after({"retry-after": text, "date": NOON}) == seconds


def test_a_date_counts_from_now_when_the_answer_has_none() -> None:
    soon = format_datetime(datetime.fromtimestamp(time.time() + 60, UTC), usegmt=True)
    for headers in ({"retry-after": soon}, {"retry-after": soon, "date": "yesterday"}):
        assert 50 < retry_after(headers) <= 60


def test_no_header_is_no_hint() -> None:
    assert retry_after({}) == -1.0


def test_an_absurd_wait_is_capped_by_core() -> None:
    assert hint(retry_after({"retry-after": "999999999999"})) == LONGEST_HINT


@pytest.mark.parametrize(
    ("text", "used"),
    [("0.8", 0.8), ("1.8", 1.8), ("1", 1.0), ("", 0.0), ("-1", 0.0), ("nan", 0.0), ("80%", 0.0), ("much", 0.0)],
)
def test_how_much_of_the_limit_is_used(text: str, used: float) -> None:
    assert load({"x-ms-throttle-limit-percentage": text}) == used
    assert load({}) == 0.0
