"""The certificate as people and programs read it. GOLDEN=write writes the golden pages anew; then look at the diff."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from datetime import date

import pytest

from batch.core.certificate import NOTICE, Acceptance, Source, certify
from batch.core.estate import LicensingGroup, Organisation
from batch.core.terms import Add
from batch.reports.certificate import document, render, write_certificate
from tests.core.retired import E3, E4, GROUP, NEW, NOW, evidence, had, has, held, people, subscription
from tests.reports.test_golden import GOLDEN

HOSTILE = "<script>alert(1)</script>\u202e\x1b[31m=cmd|'/c calc'!A0"
SOURCES = (
    Source(name="licensed people", what="the tenant", at=NOW, digest="a" * 64),
    Source(name="facts.toml", what="a person's answers of 2026-11-22", at=0.0, digest="b" * 64),
)


def excepted():
    """Everybody moved; a service is lost and there are many licences, and somebody answers for that."""
    found = evidence(
        cancelled=date(2026, 11, 30),
        baseline=had(),
        subscriptions=(subscription(1, total=157), subscription(2, NEW)),
    )
    why = Acceptance(why="Nobody calls with it: the switchboard was moved in May.", by="Ann Admin")
    later = Acceptance(why="Bo removes 132 of the 157 licences first.", by="Ann Admin")
    return certify(found, {"C15": why, "C19": later}, SOURCES, version="1.2.3", tenant="graph")


def refused():
    """People hold it in every way, and everything has a hostile name."""
    them = people(held(E3), held(E3, E4), held(has(E4, "g2")), held(E4, has(E4, "g2")))
    them = replace(them, upns=[*them.upns[:3], f"{HOSTILE}@contoso.com"])
    carrying = LicensingGroup(group_id="g2", name=HOSTILE, licences=(Add(E4),), processing="ProcessingComplete")
    whose = Organisation(tenant_id="t1", name=HOSTILE, domains=("contoso.com",))
    answers = {"approved_by": HOSTILE, "voice_checked": None, "balance_due": None}
    found = evidence(them, consumed=5, groups=(GROUP, carrying), organisation=whose, by=HOSTILE, facts=answers)
    return certify(found, {"C14": Acceptance(why=HOSTILE, by=HOSTILE)}, SOURCES, version="1.2.3", tenant="graph")


EXAMPLES = {"certificate-excepted": excepted, "certificate-refused": refused}


@pytest.mark.golden
@pytest.mark.parametrize("name", EXAMPLES)
def test_pages_are_as_they_were(name, tmp_path):
    made = write_certificate(EXAMPLES[name](), tmp_path)
    again = write_certificate(EXAMPLES[name](), tmp_path)
    for path in (*made, *again):
        golden = GOLDEN / f"{name}{path.suffix}"
        if os.environ.get("GOLDEN") == "write":
            golden.write_bytes(path.read_bytes())
        assert path.read_bytes() == golden.read_bytes(), f"{golden.name}: GOLDEN=write writes it anew"


def test_whatever_is_named_is_text():
    page = render(refused())
    assert "<script" not in page
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page)
    assert "&lt;script&gt;" in page


def test_page_and_json_say_the_same():
    made = excepted()
    value, page = document(made), render(made)
    assert json.loads(json.dumps(value)) == value
    assert value["digest"] in page
    assert value["verdict"] == "SAFE WITH ACCEPTED EXCEPTIONS"
    assert [line["rule"] for line in value["lines"]] == [f"C{n}" for n in range(1, 24)]
    assert value["lines"][14]["accepted"] == {"why": made.accepted["C15"].why, "by": "Ann Admin"}
    assert [d["day"] for d in value["deadlines"]] == ["2026-12-01", "2026-12-30", "2027-02-28", "2027-05-29"]
    assert value["people"] == {
        "baseline": "before.db",
        "baseline_at": "2026-11-20T12:00:00Z",
        "baseline_whole": True,
        "holders": 3,
        "moved": 3,
        "excepted": 0,
        "removed": 0,
        "still": 0,
        "vanished": 0,
        "closes": True,
    }
    for text in (NOTICE, "25 or fewer", *(s["digest"] for s in value["sources"])):
        assert text in page
    assert "Never delete it" in page


def test_what_is_not_safe_shows_no_way_to_cancel():
    value = document(refused())
    assert (value["verdict"], value["exit_code"], value["steps"]) == ("NOT SAFE", 4, [])
    assert value["seats"] == {
        "consumed": 5, "direct_only": 1, "group_only": 1, "both": 1, "unexplained": 2, "closes": False,
    }  # fmt: skip


def test_another_fact_is_another_certificate():
    one, other = document(excepted()), document(refused())
    assert one["digest"] != other["digest"]
