"""What is known of a subscription before the Upgrade tab is used, and what one rule finds in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from batch.core.checklist import Mark
from batch.core.estate import Subscription
from batch.core.facts import QUESTIONS, Facts
from batch.core.tab_messages import meant
from batch.core.terms import Candidate, Sku

#: Seconds until it is worth looking again at a service that is not set up or not well.
FEW_HOURS = 3 * 3600.0

_NONE = Facts()
_ASKS = {question.name: question.asks for question in QUESTIONS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """The old product, the one to come, who holds the old one, and what a person said. None: not known."""

    #: When it was looked at, UTC seconds since 1970.
    at: float
    #: How a person would name the tenant that was read.
    tenant: str = ""
    #: Its own id.
    tenant_id: str = ""
    #: The product that people shall leave, as the tenant lists it.
    source: Sku | None = None
    #: Its purchases that are not deleted; None: they could not be read.
    subscriptions: tuple[Subscription, ...] | None = None
    #: The product that they shall get.
    target: Candidate | None = None
    #: People who hold the old one with a service switched off.
    restricted: int | None = None
    #: People who hold the old one and are not asked to move.
    staying: int | None = None
    facts: Facts = _NONE

    @property
    def partner(self) -> str:
        """The id of the partner's tenant that bought the old product; empty when none is seen."""
        owners = (s.owner_tenant for s in self.subscriptions or () if s.owner_tenant != self.tenant_id)
        return next(filter(None, owners), "")

    @property
    def message(self) -> frozenset[str]:
        """The rules that the message on the tab speaks of; none where the tab lists plans."""
        return meant(self.facts.tab_message or "") if self.facts.tab_state != "plans" else frozenset()


class Finding(NamedTuple):
    """What a rule finds; it becomes a line of the check list."""

    mark: Mark
    found: str
    todo: str = ""
    source: str = ""
    #: When it is worth looking again, UTC seconds since 1970.
    again_at: float = 0.0


def unanswered(name: str) -> Finding:
    """Nobody answered this question."""
    return Finding(Mark.UNKNOWN, "Nobody said.", f"Answer {name} in a file of facts: {_ASKS[name]}")


def unread(what: str) -> Finding:
    """The tenant does not list this."""
    return Finding(
        Mark.UNKNOWN, f"{what} is not listed by the tenant.", "Name the product with --from, and the tenant it is in."
    )
