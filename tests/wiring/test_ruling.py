"""What a job wants of every change, refused where it cannot be meant."""

from __future__ import annotations

import contextlib

import click
import pytest

from batch.cli.options import job_of, planning
from batch.core.asks import Ask
from batch.core.countries import COUNTRIES, MEANT
from batch.core.errors import UsageError
from batch.runs.jobfile import Job
from batch.wiring.ruling import check_template, rules_of
from tests.core.worlds import PLAN_NAMES, PLANS, A, B, C, sku


def test_countries():
    assert len(COUNTRIES) == 249
    assert all(len(code) == 2 and code.isascii() and code.isupper() for code in COUNTRIES)
    assert COUNTRIES.issuperset(MEANT.values())
    assert COUNTRIES.isdisjoint(MEANT)


@pytest.mark.parametrize(("said", "code"), [("NL", "NL"), ("gb", "GB"), ("Ax", "AX"), ("", "")])
def test_a_usage_location(said, code):
    assert rules_of(Job(location=said)).location == code


@pytest.mark.parametrize(
    ("said", "todo"),
    [
        ("UK", "Did you mean GB"),
        ("el", "Did you mean GR"),
        ("ZZ", "ISO 3166"),
        ("EU", "ISO 3166"),
        ("NLD", "ISO 3166"),
        ("N", "ISO 3166"),
        ("ß", "ISO 3166"),
        ("Nederland", "ISO 3166"),
    ],
)
def test_what_is_no_country(said, todo):
    with pytest.raises(UsageError, match=said) as refused:
        rules_of(Job(location=said))
    assert todo in refused.value.todo


@pytest.mark.parametrize(
    ("name", "option"), [("location", "usage-location"), ("source", "from"), ("target", "to"), ("sign_in", "sign-in")]
)
def test_an_option_without_a_value_is_named_as_it_is_written(name, option):
    with pytest.raises(UsageError, match=f"--{option} was given without a value"):
        job_of(None, **{name: ""})


@pytest.mark.parametrize(
    ("asked", "template", "refusal"),
    [
        (B, PLAN_NAMES[PLANS[1]], ""),
        (B, PLANS[1], ""),
        (B, PLAN_NAMES[PLANS[0]], "None of the products to be given .Beta. has the service"),
        # Nothing of it is there yet.
        (C, PLAN_NAMES[PLANS[0]], ""),
        (C, "FORMS_PLAN_E9", "No product here has the service forms_plan_e9"),
    ],
)
def test_a_template_that_no_product_to_be_given_has(asked, template, refusal):
    rules, skus = rules_of(Job(template=(template,))), (sku(A), sku(B, plans=PLANS[1:]))
    refused = pytest.raises(UsageError, match=refusal) if refusal else contextlib.nullcontext()
    with refused:
        check_template(rules, skus, (Ask(remove=(A,), add=(asked,)),))


@pytest.mark.parametrize("option", ["--accept", "--template"])
def test_a_list_without_a_value(option):
    command = planning(click.Command("plan", callback=lambda **given: None))
    with pytest.raises(click.BadParameter, match="without a value"):
        command.make_context("plan", [option, " , "])
