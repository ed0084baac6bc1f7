"""The values of a night as plain JSON values, and back. What cannot be one raises ``ValueError`` and the like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from batch.core.nights import Fate, FileNight, Message, Need, Outcome, RunNight, SeatsLeft, Standing


def plain(value: FileNight | RunNight | Message) -> dict[str, Any]:
    """The value as plain values; enums are their words."""
    return asdict(value)


def file_of(value: Mapping[str, Any]) -> FileNight:
    """A file from its plain values."""
    return FileNight(**{**value, "fate": Fate(value["fate"])})


def run_of(value: Mapping[str, Any]) -> RunNight:
    """A run from its plain values."""
    seats = tuple(SeatsLeft(**seat) for seat in value["seats"])
    return RunNight(**{**value, "standing": Standing(value["standing"]), "seats": seats})


def message_of(value: Mapping[str, Any]) -> Message:
    """A message from its plain values."""
    return Message(
        **{
            **value,
            "outcome": Outcome(value["outcome"]),
            "lines": tuple(map(str, value["lines"])),
            "needs": tuple(Need(**need) for need in value["needs"]),
            "counts": tuple((str(name), int(count)) for name, count in value["counts"]),
            "reports": tuple(map(str, value["reports"])),
        }
    )
