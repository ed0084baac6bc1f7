"""What the doctor found: steps, how each stands, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from batch.core.errors import ReassignError
from batch.core.estate import Organisation


class State(StrEnum):
    """How a step stands."""

    OK = "ok"
    #: Something has to be given to us: a variable, a right.
    MISSING = "missing"
    FAILED = "failed"
    #: Cannot be told from here; not a reason to stop.
    UNKNOWN = "unknown"
    #: An earlier step is in the way.
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One step, what was found, and what to do about it in order."""

    name: str
    state: State
    text: str
    todo: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """Every step in order, and whose tenant it is if that could be read."""

    checks: tuple[Check, ...]
    organisation: Organisation | None = None

    @property
    def well(self) -> bool:
        """Whether nothing is missing and nothing failed."""
        return not any(check.state in {State.MISSING, State.FAILED} for check in self.checks)

    @property
    def todo(self) -> tuple[str, ...]:
        """Everything to do, in order and each once."""
        return tuple(dict.fromkeys(step for check in self.checks for step in check.todo))

    def as_json(self) -> dict[str, Any]:
        """The whole as JSON values; ``organisation`` is empty when it could not be read."""
        whose = self.organisation
        return {
            "checks": [
                {"name": c.name, "state": c.state.value, "text": c.text, "todo": list(c.todo)} for c in self.checks
            ],
            "organisation": {"tenant_id": whose.tenant_id, "name": whose.name, "domains": list(whose.domains)}
            if whose
            else {},
        }


def ok(name: str, text: str) -> Check:
    """A step that is as it should be."""
    return Check(name=name, state=State.OK, text=text)


def failed(name: str, text: str, *todo: str) -> Check:
    """A step that went wrong."""
    return Check(name=name, state=State.FAILED, text=text, todo=tuple(filter(None, todo)))


def broken(name: str, error: ReassignError) -> Check:
    """A step that ended in this error."""
    return failed(name, error.what, error.todo)


def not_tried(*names: str) -> tuple[Check, ...]:
    """Steps behind one that went wrong."""
    return tuple(Check(name=name, state=State.NOT_TRIED, text="an earlier step is in the way") for name in names)
