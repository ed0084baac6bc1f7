"""The rules of a plan from what a job says, checked before anything is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from batch.core.countries import COUNTRIES, MEANT
from batch.core.errors import UsageError
from batch.core.hazards import HAZARDS
from batch.core.move_rules import MoveRule, lines_of
from batch.core.requests import Ask
from batch.core.rule_hops import hops_said
from batch.core.rules import NewServices, Rules
from batch.core.terms import Sku
from batch.runs.jobfile import Job


def rules_of(job: Job) -> Rules:
    """What the job wants of every change; ``UsageError`` for what cannot be meant."""
    location = _country(job.location)
    for country in {country for rule in job.rules for country in rule.locations}:
        _country(country)
    if job.template and job.new_services not in ("", NewServices.TEMPLATE):
        raise UsageError(
            f"--template names services to switch on, but --new-services is {job.new_services}.",
            "Say --new-services template, or leave --template out.",
        )
    if job.new_services == NewServices.TEMPLATE and not job.template:
        raise UsageError("--new-services template needs to know which.", "Name them: --template PLAN,PLAN")
    if strange := [name for name in job.accept if name not in HAZARDS]:
        raise UsageError(f"“{strange[0]}” is no hazard that is known.", f"They are: {', '.join(HAZARDS)}.")
    chosen = job.new_services or (NewServices.TEMPLATE if job.template else NewServices.INHERIT)
    return Rules(
        new_services=NewServices(chosen),
        template=frozenset(plan.casefold() for plan in job.template),
        accepted=frozenset(job.accept),
        strict=bool(job.strict),
        location=location,
    )


def _country(said: str) -> str:
    """The two capitals of a country; ``UsageError`` for what is none. Nothing said: nothing."""
    country = said.upper() if said.isascii() else said  # “ß” in capitals is no country
    if country and country not in COUNTRIES:
        meant = f"Did you mean {MEANT[country]}?" if country in MEANT else "They are those of ISO 3166: NL, DE, GB."
        raise UsageError(f"“{said}” is no usage location.", f"Say a country in two letters. {meant}")
    return country


def check_template(rules: Rules, skus: Sequence[Sku], asks: Iterable[Ask]) -> None:
    """``UsageError`` when the template names a service that no product to be given has: it would do nothing.

    Where the tenant has none of these products yet, every product of it counts.
    """
    asked = {sku_id for ask in asks for sku_id in ask.add}
    given = [s for s in skus if s.sku_id in asked and s.plans]
    known = {word.casefold() for s in given or skus for p in s.plans for word in (p.name, p.plan_id)}
    if strange := sorted(rules.template - known):
        whose = f"None of the products to be given ({', '.join(s.name for s in given)})" if given else "No product here"
        raise UsageError(
            f"{whose} has the service {', '.join(strange)}.",
            "Write service plans by name (FORMS_PLAN_E5) or id; see them: reassign catalog PRODUCT.",
        )


def said_of(rules: Sequence[MoveRule], label: Callable[[str], str], *, nightly: bool) -> tuple[str, ...]:
    """The job's rules in sentences; in the nights also which of them takes over from another."""
    return (*lines_of(rules, label), *(hops_said(rules) if nightly else ()))
