"""What is known of a tenant before people are moved: what they need, what is there, and what a person said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from batch.core.bought_words import Stands
from batch.core.checklist import Line, Mark
from batch.core.credit_check import pause
from batch.core.demand import Demand
from batch.core.estate import Organisation, Subscription
from batch.core.facts import Facts
from batch.core.terms import Sku, SkuStatus

_NONE = Facts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that the check list looks at, as it was at one moment."""

    #: When it was looked at, UTC seconds since 1970, and how many looks there were before this one.
    at: float
    looks: int = 0
    #: How a person would name what was read; ``made_up``: no tenant was, only what the sheets say of one.
    tenant: str
    made_up: bool = False
    organisation: Organisation
    skus: Mapping[str, Sku]
    subscriptions: tuple[Subscription, ...]
    demand: Demand
    #: Labels and part numbers by SKU id.
    labels: Mapping[str, str]
    part_numbers: Mapping[str, str]
    #: Domain → how many people of the sheets have it.
    domains: Mapping[str, int]
    facts: Facts = _NONE
    #: How subscriptions stand by the sheets of licences, by SKU id.
    said: Mapping[str, frozenset[Stands]] = field(default_factory=dict)
    #: Somebody waits for what was bought: seats that lack are on their way, not forgotten.
    waiting: bool = False

    @property
    def again_at(self) -> float:
        """When to look again at what only takes time."""
        return self.at + pause(self.looks)

    @property
    def expected(self) -> bool:
        """Whether seats that lack were ordered, as far as anybody said."""
        return self.waiting or self.facts.ordered_on is not None

    def label(self, sku_id: str) -> str:
        """The product's name for people."""
        return self.labels.get(sku_id, sku_id)

    def purchases(self, sku_id: str) -> tuple[Subscription, ...]:
        """Its subscriptions, without deleted ones."""
        return tuple(s for s in self.subscriptions if s.sku_id == sku_id and s.status is not SkuStatus.DELETED)

    def line(
        self, rule: str, mark: Mark, found: str, todo: str = "", *, source: str = "", again_at: float = 0.0
    ) -> Line:
        """A line of this rule; from the tenant unless another source is named, or what is asked is not known."""
        given = source or ("" if mark is Mark.UNKNOWN else self.tenant)
        return Line(rule=rule, asks=ASKS[rule], mark=mark, found=found, source=given, todo=todo, again_at=again_at)


#: Rule → what it asks, in the order in which they are told (Microsoft's "Upgrade from an Office 365 E4 subscription",
#: steps 1 and 2).
ASKS: dict[str, str] = {
    "tenant": "Is this the tenant that the people are in?",
    "buy": "Are there seats for everybody?",
    "listed": "Is the new subscription there?",
    "active": "Is it active, and the old one still?",
    "services": "Are its services set up?",
    "count": "Does it have as many licences as the old one?",
    "conflict": "Are no more licences assigned than there are?",
    "trial": "Is it bought, not only tried?",
    "twice": "Is each product bought once?",
    "lifecycle": "Does the old subscription last until everybody has moved?",
    "balance": "Is everything paid?",
    "credit": "Is no credit check pending?",
    "auto": "Do new seats stay free for those who move?",
    "rows": "Can everybody move who is asked to?",
}
