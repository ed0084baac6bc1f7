"""Every reason word with its meaning and what to do, for people. One table; reports, terminal and CSV all read it."""

from __future__ import annotations

from batch.core import reasons_planning, reasons_running
from batch.core.reason import Told

REASONS: dict[str, Told] = {**reasons_planning.REASONS, **reasons_running.REASONS}


def told(code: str) -> Told:
    """The words for a reason; for one that has none, the word itself (problems bring their own sentence)."""
    return REASONS.get(code) or Told(code.replace("_", " "), "Correct the row and feed it in again.")
