"""The quota and our side of the service's token bucket."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.core.errors import UsageError
from batch.core.quota import GRAPH_QUOTA, Meter, Quota


@pytest.mark.parametrize(
    ("text", "quota"),
    [
        ("3000/150s", GRAPH_QUOTA),
        ("3000 / 2.5m", GRAPH_QUOTA),
        ("3000/2.5min", GRAPH_QUOTA),
        ("20/s", Quota(20, 1.0)),
        ("400/2S", Quota(400, 2.0)),
        ("1/1h", Quota(1, 3600.0)),
        ("none", None),
        (" None ", None),
    ],
)
def test_forms(text: str, quota: Quota | None) -> None:
    assert Quota.parse(text) == quota


@pytest.mark.parametrize(
    "text", ["", "3000", "0/5s", "3000/0s", "-1/5s", "3000/150", "a/b", "1e3/5s", "3000/150s/2", "٣/5s"]
)
def test_what_is_no_quota(text: str) -> None:
    with pytest.raises(UsageError, match="no quota"):
        Quota.parse(text)


@given(st.integers(1, 10**6), st.integers(1, 10**5))
def test_a_quota_reads_back_as_it_is_written(writes: int, seconds: int) -> None:
    assert Quota.parse(str(Quota(writes, float(seconds)))) == Quota(writes, float(seconds)) or seconds >= 10**6


def test_without_a_quota_nothing_waits() -> None:
    meter = Meter(None, 0.0)
    meter.spend(10**6, 0.0)
    meter.pushed_back(1.0, 0.0)
    meter.emptied(0.0)
    assert meter.wait(20, 0.0) == 0.0


def test_a_burst_leaves_at_once_then_the_documented_rate() -> None:
    meter = Meter(GRAPH_QUOTA, 0.0)
    now = sent = 0.0
    while sent < 9000:
        now += meter.wait(20, now)
        meter.spend(20, now)
        sent += 20
        if sent <= 2980:
            assert now == 0.0
    # 2,980 at once, 20 a second from then on.
    assert now == pytest.approx((9000 - 2980) / 20)


class Bucket:
    """The service's side, as documented: full at first, so much a second, never beyond its size."""

    def __init__(self, quota: Quota) -> None:
        self.quota, self.level, self.at = quota, float(quota.writes), 0.0

    def take(self, count: int, now: float) -> int:
        """How many of these are refused."""
        self.level = min(self.quota.writes, self.level + (now - self.at) * self.quota.writes / self.quota.seconds)
        self.at = now
        taken = min(count, int(self.level))
        self.level -= taken
        return count - taken


@given(
    st.builds(Quota, st.integers(40, 4000), st.floats(1, 300)),
    st.lists(st.tuples(st.integers(1, 20), st.floats(0, 3)), max_size=300),
)
def test_whoever_keeps_to_the_meter_is_not_refused(quota: Quota, groups: list[tuple[int, float]]) -> None:
    meter, bucket = Meter(quota, 0.0), Bucket(quota)
    now = 0.0
    for count, pause in groups:
        now += pause
        now += meter.wait(count, now)
        meter.spend(count, now)
        assert not bucket.take(count, now)


@given(st.lists(st.floats(0, 500), max_size=400), st.floats(500, 700))
def test_a_run_that_goes_on_has_not_forgotten(lately: list[float], now: float) -> None:
    quota = Quota(400, 100.0)
    bucket = Bucket(quota)
    for at in sorted(lately):
        bucket.take(1, at)
    meter = Meter(quota, now, lately)
    for _ in range(40):
        now += meter.wait(20, now)
        meter.spend(20, now)
        assert not bucket.take(20, now)


def test_a_group_larger_than_the_bucket_can_still_leave_in_parts() -> None:
    meter = Meter(Quota(5, 10.0), 0.0)
    assert meter.most == 5
    meter.spend(5, 0.0)
    assert meter.wait(20, 0.0) == pytest.approx(10.0)


def test_it_slows_down_when_refused_and_recovers() -> None:
    meter = Meter(Quota(100, 10.0), 0.0)
    meter.emptied(0.0)
    meter.pushed_back(1.0, 0.0)
    assert meter.wait(10, 0.0) == pytest.approx(2.0)
    meter.pushed_back(1.0, 0.5)  # the same sign
    assert meter.wait(10, 0.5) < 2.5
    for n in range(1, 20):
        meter.pushed_back(1.0, float(n))
        meter.emptied(float(n))
    assert meter.wait(10, 19.0) <= 10 / (10 / 32) + 1e-6
    assert meter.wait(10, 600.0) == 0.0
    meter.spend(meter.most, 600.0)
    assert meter.wait(10, 600.0) == pytest.approx(1.0)


def test_one_of_twenty_slows_it_down_by_little() -> None:
    meter = Meter(Quota(100, 10.0), 0.0)
    meter.emptied(0.0)
    meter.pushed_back(0.05, 0.0)
    assert meter.wait(10, 0.0) == pytest.approx(1.0 / 0.975)


def test_one_lost_answer_in_a_hundred_hardly_costs_anything() -> None:
    """At Microsoft's own quota: a group a second, a lost answer in every fifth."""
    meter, now = Meter(GRAPH_QUOTA, 0.0), 0.0
    for group in range(1000):
        now += meter.wait(20, now)
        meter.spend(20, now)
        if group % 5 == 0:
            meter.pushed_back(0.05, now)
    assert now <= 1.03 * (20_000 - 2_980) / 20


def test_it_heeds_the_share_of_the_limit_that_the_service_names() -> None:
    meter = Meter(Quota(100, 10.0), 0.0)
    meter.spend(meter.most, 0.0)
    meter.loaded(0.95, 0.0)
    assert meter.wait(10, 0.0) == pytest.approx(1.0)
    meter.loaded(1.25, 0.0)
    assert meter.wait(10, 0.0) == pytest.approx(1.25)


def test_a_clock_that_goes_back_gives_nothing() -> None:
    meter = Meter(Quota(100, 10.0), 100.0)
    meter.spend(90, 100.0)
    assert meter.wait(10, 50.0) == pytest.approx(1.0)


@pytest.mark.parametrize("quota", [None, GRAPH_QUOTA])
def test_closed_for_as_long_as_the_service_asked(quota: Quota | None) -> None:
    meter = Meter(quota, 0.0)
    meter.closed(30.0, 5.0)
    meter.closed(10.0, 5.0)
    assert meter.wait(20, 5.0) == pytest.approx(30.0)
    assert meter.wait(20, 34.0) == pytest.approx(1.0)
    assert meter.wait(20, 35.0) == 0.0


def test_times_that_have_not_come_yet_are_not_believed() -> None:
    meter = Meter(GRAPH_QUOTA, 1000.0, [5000.0] * 60_000)
    assert meter.wait(20, 1000.0) == 0.0
