"""A window of time by the clock on the wall: over midnight, and in the nights in which the clock is changed."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.core.errors import UsageError
from batch.core.window import Window, next_at, parse_window

HERE = ZoneInfo("Europe/Amsterdam")


def at(text: str, zone: ZoneInfo = HERE) -> datetime:
    """A moment in UTC as the zone shows it."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).astimezone(zone)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("22:00-05:00", "22:00-05:00"),
        (" 9:30 – 17:00 ", "09:30-17:00"),
        ("22-5", "22:00-05:00"),
        ("20:00-24:00", "20:00-00:00"),
        ("00:00-23:59", "00:00-23:59"),
    ],
)
def test_a_window_is_read(text: str, told: str) -> None:
    assert str(parse_window(text)) == told


@pytest.mark.parametrize(
    "text",
    ["", "22:00", "22:00-", "25:00-05:00", "22:60-05:00", "24:01-05:00", "22:00-05:00-06:00", "10pm-5am", "-", "::-::"],
)
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a window"):
        parse_window(text)


@pytest.mark.parametrize("text", ["05:00-05:00", "00:00-24:00"])
def test_a_window_without_length_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no length"):
        parse_window(text)


@pytest.mark.parametrize(
    ("window", "clock", "inside"),
    [
        ("09:00-17:00", "08:59", False),
        ("09:00-17:00", "09:00", True),
        ("09:00-17:00", "16:59", True),
        ("09:00-17:00", "17:00", False),
        ("22:00-05:00", "21:59", False),
        ("22:00-05:00", "22:00", True),
        ("22:00-05:00", "00:00", True),
        ("22:00-05:00", "04:59", True),
        ("22:00-05:00", "05:00", False),
    ],
)
def test_inside_or_not(window: str, clock: str, inside: bool) -> None:
    moment = datetime.combine(datetime(2026, 11, 23), time.fromisoformat(clock), HERE)
    assert parse_window(window).contains(moment) is inside


NIGHT = parse_window("22:00-02:30")


@pytest.mark.parametrize(
    ("now", "closes"),
    [
        # An ordinary night: 02:30 is half past one in UTC.
        ("2026-11-23T21:30", "2026-11-24T01:30"),
        ("2026-11-24T01:00", "2026-11-24T01:30"),
        # 25 October 2026: the clock shows 02:30 twice, at 00:30 and at 01:30 in UTC.
        ("2026-10-24T21:00", "2026-10-25T00:30"),
        ("2026-10-25T01:10", "2026-10-25T01:30"),
        # 29 March 2026: the clock jumps from 02:00 to 03:00, at 01:00 in UTC.
        ("2026-03-28T22:00", "2026-03-29T01:00"),
    ],
)
def test_when_it_closes(now: str, closes: str) -> None:
    moment = at(now)
    assert NIGHT.contains(moment)
    assert NIGHT.next_close(moment) == at(closes)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-23T10:00", "2026-11-24T01:30"),
        ("2026-11-24T01:29:59", "2026-11-24T01:30"),
        ("2026-10-24T22:00", "2026-10-25T00:30"),
        ("2026-03-28T22:00", "2026-03-29T01:00"),
    ],
)
def test_when_it_opens(now: str, opens: str) -> None:
    window = parse_window("02:30-05:00")
    moment = at(now)
    assert not window.contains(moment)
    assert window.next_open(moment) == at(opens)


@given(
    st.times(),
    st.integers(0, 3 * 365 * 24 * 60),
    st.sampled_from(["Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]),
)
def test_the_next_time_a_clock_shows_is_after_now_within_a_day_or_so_and_shows_it(
    clock: time, minutes: int, zone: str
) -> None:
    clock = clock.replace(second=0, microsecond=0)
    moment = (datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)).astimezone(ZoneInfo(zone))
    found = next_at(clock, moment)
    waited = found.astimezone(UTC) - moment.astimezone(UTC)
    assert timedelta(0) < waited <= timedelta(hours=26)
    shown = found.time()
    before = (found.astimezone(UTC) - timedelta(minutes=1)).astimezone(ZoneInfo(zone)).time()
    assert shown == clock or before < clock < shown, "it shows the time, or has just jumped over it"


@given(st.integers(0, 365 * 24 * 12), st.sampled_from(["22:00-02:30", "02:15-02:45", "01:30-03:00", "09:00-17:00"]))
def test_it_stays_open_until_it_closes_and_is_closed_then(steps: int, text: str) -> None:
    window = parse_window(text)
    moment = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=5 * steps)).astimezone(HERE)
    if not window.contains(moment):
        return
    closes = window.next_close(moment)
    last = (closes.astimezone(UTC) - timedelta(seconds=1)).astimezone(HERE)
    assert window.contains(last)
    assert not window.contains(closes)


AMSTERDAM, NEW_YORK, LORD_HOWE = "Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe"


@pytest.mark.parametrize(
    ("zone", "noon", "window", "open_at"),
    [
        # The clock goes back from 03:00 to 02:00, at 01:00 in UTC; who began before that goes on to the end.
        (AMSTERDAM, "2026-10-24T12:00", "02:15-02:45", ["25 00:15-25 00:45", "25 01:15-25 01:45"]),
        (AMSTERDAM, "2026-10-24T12:00", "01:30-02:30", ["24 23:30-25 00:30", "25 01:00-25 01:30"]),
        (AMSTERDAM, "2026-10-24T12:00", "22:00-02:30", ["24 20:00-25 00:30", "25 01:00-25 01:30"]),
        (AMSTERDAM, "2026-10-24T12:00", "22:00-05:00", ["24 20:00-25 04:00"]),
        (AMSTERDAM, "2026-10-24T12:00", "02:30-05:00", ["25 00:30-25 04:00"]),
        (AMSTERDAM, "2026-10-24T12:00", "02:00-03:00", ["25 00:00-25 02:00"]),
        # Forward from 02:00 to 03:00, at 01:00 in UTC; a window of which nothing is left does not open.
        (AMSTERDAM, "2027-03-27T12:00", "02:15-02:45", []),
        (AMSTERDAM, "2027-03-27T12:00", "02:00-03:00", []),
        (AMSTERDAM, "2027-03-27T12:00", "01:30-02:30", ["28 00:30-28 01:00"]),
        (AMSTERDAM, "2027-03-27T12:00", "22:00-05:00", ["27 21:00-28 03:00"]),
        (AMSTERDAM, "2027-03-27T12:00", "02:30-05:00", ["28 01:00-28 03:00"]),
        # Back from 02:00 to 01:00, at 06:00 in UTC.
        (NEW_YORK, "2026-10-31T12:00", "02:15-02:45", ["01 07:15-01 07:45"]),
        (NEW_YORK, "2026-10-31T12:00", "01:30-02:30", ["01 05:30-01 07:30"]),
        (NEW_YORK, "2026-10-31T12:00", "22:00-05:00", ["01 02:00-01 10:00"]),
        (NEW_YORK, "2027-03-13T12:00", "02:15-02:45", []),
        (NEW_YORK, "2027-03-13T12:00", "01:30-02:30", ["14 06:30-14 07:00"]),
        # By half an hour: back from 02:00 to 01:30, and forward from 02:00 to 02:30.
        (LORD_HOWE, "2027-04-03T12:00", "01:45-01:55", ["03 14:45-03 14:55", "03 15:15-03 15:25"]),
        (LORD_HOWE, "2027-04-03T12:00", "01:30-02:30", ["03 14:30-03 16:00"]),
        (LORD_HOWE, "2027-04-03T12:00", "02:15-02:45", ["03 15:45-03 16:15"]),
        (LORD_HOWE, "2026-10-03T12:00", "02:15-02:45", ["03 15:30-03 15:45"]),
        (LORD_HOWE, "2026-10-03T12:00", "02:05-02:25", []),
        (LORD_HOWE, "2026-10-03T12:00", "22:00-05:00", ["03 11:30-03 18:00"]),
    ],
)
def test_in_the_nights_in_which_the_clock_is_changed(zone: str, noon: str, window: str, open_at: list[str]) -> None:
    """From noon to noon, by the clock of the zone; the times at which it is open are UTC."""
    here = ZoneInfo(zone)
    now = datetime.fromisoformat(noon).replace(tzinfo=here)
    end = (now + timedelta(days=1)).timestamp()
    found = []
    while (opens := parse_window(window).next_open(now)).timestamp() < end:
        now = parse_window(window).next_close(opens)
        found.append("-".join(f"{at.astimezone(UTC):%d %H:%M}" for at in (opens, now)))
    assert found == open_at


@given(
    st.sampled_from(
        [
            (AMSTERDAM, "2026-10-24"),
            (AMSTERDAM, "2027-03-27"),
            (NEW_YORK, "2026-10-31"),
            (LORD_HOWE, "2027-04-03"),
            (LORD_HOWE, "2026-10-03"),
        ]
    ),
    st.integers(0, 36 * 4),
    st.integers(0, 6 * 4),
    st.integers(0, 6 * 4),
)
def test_it_turns_when_it_says_and_not_before(night: tuple[str, str], start: int, opens: int, closes: int) -> None:
    """Looked at every quarter of an hour."""
    if opens == closes:
        return
    window = Window(time(opens // 4, opens % 4 * 15), time(closes // 4, closes % 4 * 15))
    begin = datetime.fromisoformat(f"{night[1]}T12:00").replace(tzinfo=UTC) + timedelta(minutes=15 * start)
    moment = begin.astimezone(ZoneInfo(night[0]))
    inside = window.contains(moment)
    turns = (window.next_close(moment) if inside else window.next_open(moment)).astimezone(UTC)
    looks = [begin + timedelta(minutes=15 * n) for n in range(8 * 13)]
    for look in looks:
        if look >= turns:
            assert window.contains(look.astimezone(moment.tzinfo)) is not inside
            break
        assert window.contains(look.astimezone(moment.tzinfo)) is inside


def test_a_window_says_what_it_is() -> None:
    assert str(Window(time(22), time(5))) == "22:00-05:00"
