from __future__ import annotations

import json
from pathlib import Path

import pytest

from batch.core.entries import Entry, EntryKind, Seen
from batch.engine.ports import Watcher
from batch.reports.log import EventLog

AT = 1_795_408_200.0


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("ascii").splitlines()]


def test_one_event_a_line_flushed_with_each_batch(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log.jsonl", lambda: AT)
    watcher: Watcher = log
    watcher.saw([Entry(EntryKind.OPENED, -1, AT), Entry(EntryKind.SENT, 7, AT, 3)])
    watcher.saw([Entry(EntryKind.ANSWERED, 7, AT, 3, 429, "TooManyRequests", "secret words", 12.0)])
    watcher.saw([Entry(EntryKind.OBSERVED, 7, AT, 0, Seen.AFTER)])
    watcher.waits(12.3456, "naïve")
    at = "2026-11-23T04:30:00Z"
    assert lines(tmp_path / "log.jsonl") == [
        {"at": at, "event": "opened"},
        {"at": at, "event": "sent", "change": 7, "group": 3},
        {"at": at, "event": "answered", "change": 7, "group": 3, "status": 429, "code": "TooManyRequests", "wait": 12},
        {"at": at, "event": "observed", "change": 7, "seen": "after"},
        {"at": at, "event": "waits", "wait": 12.346, "why": "naïve"},
    ]
    assert not watcher.stop_asked()
    log.close()


def test_it_goes_on_where_it_ended_even_after_a_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text('{"at": "2026')
    log = EventLog(path)
    log.saw([Entry(EntryKind.FINISHED, -1, AT)])
    log.close()
    log.saw([Entry(EntryKind.FINISHED, -1, AT)])
    assert path.read_text().splitlines() == ['{"at": "2026', '{"at": "2026-11-23T04:30:00Z", "event": "finished"}']


def test_a_log_that_cannot_be_written_does_not_stop_the_run(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "no" / "log.jsonl")
    log.saw([Entry(EntryKind.FINISHED, -1, AT)])
    log.close()
    assert "log.jsonl takes no more events" in log.broken


def test_a_disk_that_fills_up_ends_the_log_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = EventLog(tmp_path / "log.jsonl")
    file = log._file
    assert file is not None
    file.close()

    class Full:
        def write(self, _: str) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(log, "_file", Full())
    log.saw([Entry(EntryKind.FINISHED, -1, AT)])
    log.saw([Entry(EntryKind.FINISHED, -1, AT)])
    assert log.broken.endswith("No space left on device.")
