"""Is it safe to cancel a product? What has to be known for that, and how a rule of the check list answers.

The rules C1 to C23 stand in ``retiring_people`` (who has it), ``retiring_services`` (what is lost with it) and
``retiring_purchase`` (what was bought, and who answers for it); ``certificate`` puts them together.
Whatever is not known is None here, and no rule takes it for well.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from batch.core.checklist import Line, Mark
from batch.core.deadlines import day_of
from batch.core.estate import LicensingGroup, Organisation, Subscription
from batch.core.facts import Facts
from batch.core.identities import Census, Fates, Was
from batch.core.terms import Holding, People, Sku

#: People who are named in a sentence; the others are counted.
_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """A run that moved people off the product: what its folder says."""

    run: str
    plan_id: str
    planned_at: float
    #: Whether its last look at the tenant found what was asked.
    reconciled: bool
    #: People who were to lose the product, and of them: who did, and who was refused, given up or left alone.
    planned: int
    applied: int
    failed: int
    #: Who of them was not sent or is in doubt, by UPN.
    open: tuple[str, ...]
    #: SKU ids that those people were to get or held already.
    targets: frozenset[str]
    #: Whose before-image is in the folder: everybody in the plan who held the product.
    before: tuple[Was, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Who held the product before anybody moved."""

    #: For people: which file, or which runs.
    source: str
    #: UTC seconds since 1970; 0 where nobody says.
    taken_at: float
    holders: tuple[Was, ...]
    #: Whether everybody is in it; otherwise why that is not certain.
    whole: bool
    doubt: str = ""
    #: Whether it holds what each had, services included: enough to put it back.
    restorable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that is known about a product that shall be cancelled."""

    #: UTC seconds since 1970, when the tenant was read; days are counted from it.
    now: float
    sku: Sku
    #: The products that people moved to; empty where nobody said.
    targets: tuple[Sku, ...]
    #: Every SKU of the tenant by id.
    owned: Mapping[str, Sku]
    organisation: Organisation
    #: Everybody who holds a licence, every purchase, every group that carries licences; None: could not be read.
    people: People | None
    subscriptions: tuple[Subscription, ...] | None
    groups: tuple[LicensingGroup, ...] | None
    #: Why something could not be read, in sentences.
    lacking: tuple[str, ...] = ()
    census: Census | None = None
    baseline: Baseline | None = None
    fates: Fates | None = None
    runs: tuple[Moves, ...] = ()
    facts: Facts = field(default_factory=Facts)
    #: Who signs; empty: nobody said.
    by: str = ""
    #: Read from exports, not from a tenant.
    exported: bool = False
    #: When it is to be cancelled; None: on the day of ``now``.
    cancelled: date | None = None

    @property
    def day(self) -> date:
        """The day of the cancellation."""
        return self.cancelled or day_of(self.now)

    @property
    def target_ids(self) -> frozenset[str]:
        """The SKU ids of the products that people moved to."""
        return frozenset(s.sku_id for s in self.targets)

    @property
    def explained(self) -> int:
        """Seats in use that nobody holds, if somebody explains exactly so many by name; otherwise 0."""
        f, extra = self.facts, self.census.unexplained if self.census else 0
        whole = self.nobody_left and f.unexplained_seats == extra and f.unexplained_by and f.unexplained_why
        return extra if whole else 0

    @property
    def imaged(self) -> frozenset[str]:
        """Everybody whose state before is in a run folder, by UPN."""
        return frozenset(was.upn for run in self.runs for was in run.before)

    @property
    def everybody_moved(self) -> bool:
        """Whether all who held the product are known, and each of them holds what was moved to and nothing of it."""
        f = self.fates
        return self.known and f is not None and len(f.moved) == f.holders and self.nobody_left

    @property
    def known(self) -> bool:
        """Whether everybody who held the product is known, and what became of them. Nobody at all proves nothing."""
        whole = self.baseline is not None and self.baseline.whole
        return whole and self.fates is not None and self.fates.holders > 0

    @property
    def nobody_left(self) -> bool:
        """Whether it is known that nobody has the product any more, in whatever way or state."""
        c = self.census
        return c is not None and not (c.holders or c.failed_direct or c.failed_inherited)


class Found(NamedTuple):
    """What a rule comes to; the rest of its line is the same every time."""

    mark: Mark
    found: str
    source: str = ""
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the check list: ``rule(evidence)`` is its line."""

    name: str
    asks: str
    judge: Callable[[Evidence], Found]

    def __call__(self, evidence: Evidence) -> Line:
        """The line of this rule for this evidence."""
        mark, found, source, todo = self.judge(evidence)
        return Line(rule=self.name, asks=self.asks, mark=mark, found=found, source=source, todo=todo)


#: Where lines say that they come from.
TENANT = "the tenant"
FACTS = "the facts file"
RUNS = "the run folders"

NOT_READ = Found(
    Mark.UNKNOWN, "The tenant's people could not be read.", "", "Give the right to read users; look again."
)
NO_TARGET = Found(
    Mark.UNKNOWN,
    "Nobody said which product people moved to.",
    "",
    "Name it with --to, or name the run folders of the moves with --run.",
)


def count_of(number: int, one: str, many: str = "") -> str:
    """ "1 person", "1,204 people"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def people(number: int) -> str:
    """ "1 person", "148 people"."""
    return count_of(number, "person", "people")


def named(those: Collection[str]) -> str:
    """The first few by name: "a, b and 3 more"."""
    shown = ", ".join(sorted(those)[:_NAMED])
    return f"{shown} and {len(those) - _NAMED:,} more" if len(those) > _NAMED else shown


def answered(value: bool | None, key: str, *, yes: str, no: str, todo: str) -> Found:
    """What a person's answer to a question comes to; ``key`` is its name in the facts file."""
    if value is None:
        return Found(Mark.UNKNOWN, "Nobody has said.", "", f"{todo} Then say {key} = true in the facts file.")
    return Found(Mark.PASS, yes, FACTS) if value else Found(Mark.FAIL, no, FACTS, todo)


def who(them: People, numbers: Iterable[int]) -> tuple[str, ...]:
    """The UPNs of those with one of these holdings, in alphabetical order."""
    wanted = frozenset(numbers)
    return tuple(sorted(u for u, number in zip(them.upns, them.holding, strict=True) if number in wanted))


def on(holding: Holding, owned: Mapping[str, Sku], without: str) -> set[str]:
    """The service plans that are on for somebody with this holding, apart from what one SKU gives."""
    held = (a for a in holding.assignments if a.state != "Error" and a.sku_id != without and a.sku_id in owned)
    return {plan for a in held for plan in owned[a.sku_id].plan_ids.difference(a.disabled)}
