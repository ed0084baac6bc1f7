"""A reason in plain words."""

from __future__ import annotations

from typing import NamedTuple


class Told(NamedTuple):
    """A reason in plain words: what it means, and what to do next."""

    meaning: str
    todo: str
