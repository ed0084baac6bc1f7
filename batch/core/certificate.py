"""The safe-to-cancel certificate as a value: the verdict on a product, what it rests on, and what follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from batch.core import retiring_people, retiring_purchase, retiring_services
from batch.core.checklist import Line, Mark
from batch.core.deadlines import Deadline, deadlines
from batch.core.retiring import Evidence, Rule
from batch.core.retiring_exports import as_exported
from batch.core.retiring_purchase import MOST_TO_CANCEL, sold_by_others
from batch.core.terms import SkuStatus

#: C1 to C23, in that order.
RULES: tuple[Rule, ...] = (
    *retiring_people.RULES,
    retiring_purchase.TARGET,
    *retiring_services.RULES,
    *retiring_purchase.RULES,
)
#: Lines that nobody can accept away once they fail, and why.
NEVER: Mapping[str, str] = {
    "C1": "old or partial data prove nothing",
    "C2": "those people would lose service at once",
    "C3": "those people would lose service at once, and whoever joins the group would get it again",
    "C10": "whoever holds those seats would lose service at once",
    "C18": "those who stay would lose service at once",
    "C19": "a subscription with assigned licences cannot be cancelled without taking them from people",
    "C23": "one person cannot approve alone",
}
#: Of them, those that may also only warn, which can be accepted: what they say can be settled while cancelling.
SETTLED_LATER = frozenset({"C19"})
#: Lines that warn only because somebody answers for them by name in the facts file: that is their sign-off.
ANSWERED_FOR = frozenset({"C5", "C10"})
NOTICE = "This program never buys and never cancels anything. Whoever cancels does so by hand, and answers for it."
NEVER_DELETE = (
    "Never delete it: cancelling leaves 90 days in which it can be reactivated. “Delete subscription” skips them, and "
    "what lies in SharePoint and OneDrive under it is deleted at once."
)
#: What the steps follow.
ARTICLE = "Microsoft’s article “Cancel your subscription”"


class Verdict(StrEnum):
    """What the whole list comes to."""

    SAFE = "SAFE"
    EXCEPTIONS = "SAFE WITH ACCEPTED EXCEPTIONS"
    NOT_SAFE = "NOT SAFE"
    UNKNOWN = "UNKNOWN"

    @property
    def exit_code(self) -> int:
        """0 safe, 4 held back, 3 done in part: some lines have no answer yet."""
        return {Verdict.NOT_SAFE: 4, Verdict.UNKNOWN: 3}.get(self, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Somebody takes a line that fails or warns as it is, and says why."""

    why: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Something that the certificate rests on."""

    name: str
    what: str
    #: When it was read or made, UTC seconds since 1970; 0 where nobody says.
    at: float
    #: SHA-256 of it, the id of a plan, or the newest seal of a journal.
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Everything that the page and the JSON say."""

    version: str
    #: The tenant as it was reached: ``graph``, ``practice:FILE``.
    tenant: str
    evidence: Evidence
    verdict: Verdict
    lines: tuple[Line, ...]
    #: By rule: the lines that fail or warn and were accepted.
    accepted: Mapping[str, Acceptance]
    #: Acceptances that changed nothing, and why.
    remarks: tuple[str, ...]
    sources: tuple[Source, ...]
    deadlines: tuple[Deadline, ...]
    steps: tuple[str, ...]

    @property
    def open(self) -> tuple[Line, ...]:
        """The lines that stand in the way, failed ones first, then those that warn and that nobody signed off."""
        left = [line for line in self.lines if _in_the_way(line) and line.rule not in self.accepted]
        return tuple(sorted(left, key=lambda line: (Mark.FAIL, Mark.WARN, Mark.UNKNOWN).index(line.mark)))


def certify(
    evidence: Evidence,
    acceptances: Mapping[str, Acceptance],
    sources: Iterable[Source],
    *,
    version: str,
    tenant: str,
) -> Certificate:
    """The certificate for this evidence. The same evidence and acceptances make the same certificate.

    Lines that fail or warn can be accepted, but none that fails of ``NEVER``; what is not known has to be found out.
    """
    lines = tuple(rule(evidence) for rule in RULES)
    if evidence.exported:
        lines = tuple(as_exported(line, evidence) for line in lines)
    marks = {line.rule: line.mark for line in lines}
    accepted = {r: a for r, a in acceptances.items() if _can_be_accepted(r, marks.get(r))}
    verdict = judge(lines, accepted)
    return Certificate(
        version=version,
        tenant=tenant,
        evidence=evidence,
        verdict=verdict,
        lines=lines,
        accepted=accepted,
        remarks=tuple(_in_vain(rule, marks) for rule in acceptances if rule not in accepted),
        sources=tuple(sources),
        deadlines=deadlines(evidence.day),
        steps=steps(evidence) if verdict.exit_code == 0 else (),
    )


def judge(lines: Iterable[Line], accepted: Mapping[str, Acceptance]) -> Verdict:
    """What the lines come to: safe only if each passes or is signed off by name.

    One that fails or warns weighs more than an unknown one; no line at all is unknown.
    """
    known = list(lines)
    left = {line.mark for line in known if _in_the_way(line) and line.rule not in accepted}
    if left & {Mark.FAIL, Mark.WARN}:
        return Verdict.NOT_SAFE
    if left or not known:
        return Verdict.UNKNOWN
    return Verdict.SAFE if all(line.mark is Mark.PASS for line in known) else Verdict.EXCEPTIONS


def _in_the_way(line: Line) -> bool:
    """Whether the line has to be signed off, or settled."""
    return line.mark is not Mark.PASS and not (line.mark is Mark.WARN and line.rule in ANSWERED_FOR)


def _can_be_accepted(rule: str, mark: Mark | None) -> bool:
    return mark is Mark.WARN or (mark is Mark.FAIL and rule not in NEVER)


def _in_vain(rule: str, marks: Mapping[str, Mark]) -> str:
    """Why accepting this line changed nothing."""
    mark = marks.get(rule)
    if mark is Mark.UNKNOWN:
        return f"{rule} was accepted, but it is not known: what is not known cannot be accepted, only found out."
    if mark is Mark.FAIL:
        return f"{rule} can never be accepted: {NEVER[rule]}."
    return f"{rule} was accepted, and there is nothing to accept."


def steps(evidence: Evidence) -> tuple[str, ...]:
    """What the person who cancels does, in order, as Microsoft's article on cancelling says."""
    name = evidence.sku.name
    if sold_by_others(evidence):
        first = [f"Ask the partner or account representative to cancel {name}."]
    elif evidence.facts.purchase_channel == "prepaid":
        first = [f"Let {name} expire: what is prepaid can be neither reduced nor cancelled for credit."]
    else:
        first = _cancelling(evidence)
    return (
        *first,
        "Leave the organisation's own domain and its DNS records as they are: the new product needs them.",
        "The next day, see that it says Disabled, and that people work.",
    )


def _cancelling(evidence: Evidence) -> list[str]:
    """How a product is cancelled that was bought directly."""
    name, facts = evidence.sku.name, evidence.facts
    gone = SkuStatus.DELETED
    bought = [s for s in evidence.subscriptions or () if s.sku_id == evidence.sku.sku_id and s.status is not gone]
    mca = facts.account_type == "MCA"
    role = "an owner or contributor of the billing account" if mca else "a billing administrator"
    found = [
        f"Sign in to the Microsoft 365 admin center as {role}, and open Billing > Your products > {name}.",
    ]
    if len(bought) > 1:
        found.append(f"There are {len(bought)} subscriptions of it: do what follows with each, by its subscription id.")
    if not mca and sum(s.total for s in bought) > MOST_TO_CANCEL:
        found.append(f"Choose Remove licenses until {MOST_TO_CANCEL} or fewer are left, and save.")
    if mca:
        found.append(
            "In the first 7 days after start or renewal choose Cancel subscription; after that choose Edit recurring "
            "billing and turn it off: it then ends with its term."
        )
    else:
        found.append("Choose Cancel subscription, give a reason, and save.")
    return found
