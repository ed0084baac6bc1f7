from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from batch.core.entries import Entry, EntryKind, Seen
from batch.engine.ports import Watcher
from batch.reports.progress import Progress, Screen, Verdict


class Time:
    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def verdict_of(entry: Entry) -> Verdict:
    return {429: "waiting", 503: "waiting", 0: "doubt"}.get(entry.status, "refused")  # type: ignore[return-value]


def sent(*changes: int) -> list[Entry]:
    return [Entry(EntryKind.SENT, change, 0.0, 1) for change in changes]


def answered(status: int, *changes: int) -> list[Entry]:
    return [Entry(EntryKind.ANSWERED, change, 0.0, 1, status) for change in changes]


def observed(seen: Seen, change: int) -> list[Entry]:
    return [Entry(EntryKind.OBSERVED, change, 0.0, 0, seen)]


def watch(
    total: int = 100, *, live: bool = False, stream: io.TextIOBase | None = None, **options: object
) -> tuple[Progress, io.StringIO, Time]:
    now, out = Time(), stream or io.StringIO()
    screen = {key: options.pop(key) for key in ("quiet", "color", "width") if key in options}
    made = Progress(
        total,
        Screen(stream=out, live=live, **screen),  # type: ignore[arg-type]
        now=now,
        verdict_of=verdict_of,
        **options,  # type: ignore[arg-type]
    )
    return made, out, now  # type: ignore[return-value]


def test_it_is_a_watcher() -> None:
    made, _, _ = watch(stop=lambda: True)
    watcher: Watcher = made
    assert watcher.stop_asked()
    assert not watch()[0].stop_asked()


def test_counts_come_from_the_entries() -> None:
    made, out, now = watch()
    made.saw(sent(0, 1, 2, 3, 4))
    made.saw([*answered(200, 0, 1), *answered(429, 2), *answered(400, 3), *answered(0, 4)])
    assert (made.moved, made.refused, made.waiting, made.doubtful) == (2, 1, 1, 1)
    made.saw(sent(2))
    assert made.waiting == 0
    made.saw([*answered(200, 2), *observed(Seen.AFTER, 4), Entry(EntryKind.FINISHED, -1, 0.0)])
    assert (made.moved, made.refused, made.waiting, made.doubtful) == (4, 1, 0, 0)
    now.at += 1
    made.close()
    assert out.getvalue().splitlines()[-1].startswith("4 of 100 moved · 1 refused")


@pytest.mark.parametrize("seen", Seen)
def test_every_look_ends_somewhere(seen: Seen) -> None:
    made, _, _ = watch()
    made.saw([*sent(0), *answered(0, 0), *observed(seen, 0)])
    assert made.moved + made.refused + made.waiting + made.doubtful == 1


def test_plain_lines_come_at_most_every_five_seconds_and_at_the_end() -> None:
    made, out, now = watch()
    for change in range(100):
        made.saw(answered(200, change))
        now.at += 0.1
    made.close()
    lines = out.getvalue().splitlines()
    assert len(lines) == 3
    assert lines[-1].startswith("100 of 100 moved · 10.0/s")
    assert "left" in lines[1]


def test_a_live_line_is_drawn_at_most_ten_times_a_second_and_never_wraps() -> None:
    made, out, now = watch(live=True, width=60)
    for change in range(100):
        made.saw(answered(200 if change % 2 else 429, change))
        now.at += 0.02
    made.waits(90, "Microsoft 365 asked us to slow down\r\nfor a while, and that is a long sentence")
    made.close()
    drawings = out.getvalue().split("\r")[1:]
    assert 15 <= len(drawings) <= 24
    assert all(len(drawing.rstrip("\n")) < 60 for drawing in drawings)
    assert out.getvalue().endswith("\n")
    assert out.getvalue().count("\n") == 1


def test_it_says_why_it_waits() -> None:
    made, out, now = watch()
    made.saw(answered(429, 0))
    now.at += 5
    made.waits(30, "Microsoft 365 asked for it")
    assert "waiting 30 s: Microsoft 365 asked for it" in out.getvalue()
    now.at += 31
    made.saw(sent(0))
    assert "Microsoft" not in out.getvalue().splitlines()[-1]


def test_a_run_carried_on_begins_where_it_stood() -> None:
    made, out, _ = watch(settled=(40, 2))
    made.close()
    assert out.getvalue() == "40 of 100 moved · 2 refused\n"


def test_quiet_is_quiet() -> None:
    made, out, _ = watch(quiet=True)
    made.saw(answered(200, 0))
    made.close()
    assert out.getvalue() == ""


def closed() -> io.TextIOBase:
    stream = io.StringIO()
    stream.close()
    return stream


class Broken(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


@pytest.mark.parametrize("make", [closed, Broken])
def test_a_stream_that_is_gone_does_not_stop_the_run(make: Callable[[], io.TextIOBase]) -> None:
    made, _, _ = watch(stream=make())
    made.saw(answered(200, 0))
    made.waits(1, "x")
    made.close()
    assert made.moved == 1


def test_a_windows_console_gets_ascii() -> None:
    raw = io.BytesIO()
    made, stream, _ = watch(live=True, stream=io.TextIOWrapper(raw, "cp1252"), total=2)
    made.saw(answered(200, 0))
    made.close()
    stream.flush()
    assert raw.getvalue().startswith(b"\r############............ 1 of 2 moved")
