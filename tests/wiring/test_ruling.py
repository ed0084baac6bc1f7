"""What a job wants of every change, refused where it cannot be meant."""

from __future__ import annotations

import click
import pytest

from batch.cli.options import job_of, planning
from batch.core.countries import COUNTRIES, MEANT
from batch.core.errors import UsageError
from batch.runs.jobfile import Job
from batch.wiring.ruling import rules_of


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


@pytest.mark.parametrize("option", ["--accept", "--template"])
def test_a_list_without_a_value(option):
    command = planning(click.Command("plan", callback=lambda **given: None))
    with pytest.raises(click.BadParameter, match="without a value"):
        command.make_context("plan", [option, " , "])
