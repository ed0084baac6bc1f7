"""How sending a message ends when it does not end well. Told to people: no password and no secret URL stands in it."""

from __future__ import annotations

import math

#: For ``NotSent.after``: it may go better once somebody did something, not within minutes.
LATER = math.inf


class NotSent(Exception):
    """A message did not reach its receiver: ``what`` happened, and ``todo``: what a person can do about it.

    ``again``: the same message may get through later. ``after``: seconds until then, below zero where nobody said.
    """

    def __init__(self, what: str, todo: str = "", *, again: bool, after: float = -1.0) -> None:
        super().__init__(what)
        self.what = what
        self.todo = todo
        self.again = again
        self.after = after


class TooLarge(NotSent):
    """The receiver takes no message of this size; one without attachments may do."""
