"""Whether people can be moved now: the check list of steps 1 and 2, and the verdict over it.

Sources: Microsoft's "Upgrade from an Office 365 E4 subscription" (buy, then verify that all services are set up and the
count is right; else try again later), "Buy or remove licenses" (credit checks) and "Try or buy Microsoft 365".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from batch.core.checklist import Line, Mark
from batch.core.readiness import ASKS, Evidence
from batch.core.ready_products import product_lines
from batch.core.ready_tenant import asked_lines, left_lines, rows_line, tenant_line, twice_line


class Verdict(StrEnum):
    """What the whole list comes to."""

    READY = "ready"
    #: Only time is needed: see when to look again.
    NOT_YET = "not yet"
    #: Something has to be done by a person.
    BLOCKED = "blocked"
    #: The tenant could not be asked something that has to be known.
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """The check list, its verdict, and when it is worth looking again (0: not by waiting)."""

    verdict: Verdict
    lines: tuple[Line, ...]
    again_at: float

    @property
    def unsure(self) -> bool:
        """Whether something that has to be known could not be asked."""
        return any(line.mark is Mark.UNKNOWN and line.rule not in _BY_THE_WAY for line in self.lines)


#: Lines that tell something worth knowing: when their answer is not known, people can move all the same.
_BY_THE_WAY = frozenset({"trial", "twice", "lifecycle", "balance", "credit", "auto", "rows", "count"})


def examine(evidence: Evidence) -> Readiness:
    """Look at everything; lines in the order of the steps."""
    order = list(ASKS)
    lines = tuple(sorted(_lines(evidence), key=lambda line: order.index(line.rule)))
    failed = [line for line in lines if line.mark is Mark.FAIL]
    waits = [line.again_at for line in failed if line.again_at]
    if len(waits) < len(failed):
        return Readiness(verdict=Verdict.BLOCKED, lines=lines, again_at=0.0)
    if waits:
        return Readiness(verdict=Verdict.NOT_YET, lines=lines, again_at=min(waits))
    ready = Readiness(verdict=Verdict.READY, lines=lines, again_at=0.0)
    return replace(ready, verdict=Verdict.UNKNOWN) if ready.unsure else ready


def _lines(e: Evidence) -> Iterator[Line]:
    yield tenant_line(e)
    yield rows_line(e)
    for wanted in e.demand.wanted:
        yield from product_lines(e, wanted)
    yield from left_lines(e)
    yield twice_line(e)
    yield from asked_lines(e)
