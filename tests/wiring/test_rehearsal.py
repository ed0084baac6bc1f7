from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from batch.core.estate import Organisation
from batch.runs.folder import RunFolder
from batch.wiring.rehearsal import rehearsed

REAL = Organisation(tenant_id="11111111-2222-4333-8444-555555555555", name="Contoso")
RESULT = {
    "ended_at": "x",
    "status": "done",
    "reconciled": True,
    "counts": {"planned": 3, "applied": 3},
    "attention": [],
}


@pytest.fixture
def run(planned):
    """A run folder ``r`` that looks like a finished rehearsal; its job, and its sheets."""
    planned(3)
    with RunFolder.open(Path("r")) as folder:
        meta = folder.meta()
        folder.note({"organisation": {"tenant_id": REAL.tenant_id, "name": "Contoso", "copied_at": 1e9}})
    Path("r/result.json").write_text(json.dumps(RESULT))
    return meta["job"], meta["sheets"]


def told(run, organisation=REAL, planned=3):
    return rehearsed(organisation, *run, planned, [Path(), Path("nowhere")])


def test_a_rehearsal_that_went_well_is_one_sentence(run):
    (sentence,) = told(run)
    assert "Rehearsed" in sentence
    assert "3 of 3 rows moved." in sentence
    assert "9 Sep 2001, 01:46 UTC" in sentence


def test_what_went_wrong_and_what_differs_is_said(run):
    attention = [{"count": 2, "meaning": "No seat of the new product was free."}]
    worse = {**RESULT, "reconciled": False, "status": "partial", "attention": attention}
    Path("r/result.json").write_text(json.dumps(worse))
    first, second, third = told(run, planned=5)
    assert "partial" in first
    assert "not reconciled" in first
    assert second == "In the rehearsal, 2: No seat of the new product was free."
    assert "this plan 5" in third


@pytest.mark.parametrize(
    "other",
    [
        {"result": "{"},
        {"result": json.dumps({**RESULT, "ended_at": None})},
        {"organisation": {"tenant_id": "another", "name": "", "copied_at": 1e9}},
        {"organisation": {"tenant_id": REAL.tenant_id, "name": "", "copied_at": 0.0}},
        {"job": {"source": "another", "target": "Office 365 E3"}},
        {"sheets": []},
    ],
    ids=str,
)
def test_another_run_is_no_rehearsal_of_this_one(run, other):
    with RunFolder.open(Path("r")) as folder:
        folder.note({name: value for name, value in other.items() if name != "result"})
    if "result" in other:
        Path("r/result.json").write_text(other["result"])
    (sentence,) = told(run)
    assert "Not rehearsed" in sentence
    assert "reassign tenant copy --from graph" in sentence


def test_a_copy_is_not_asked_for_its_rehearsal(run):
    assert told(run, replace(REAL, copied_at=5.0)) == ()


def test_folders_that_are_damaged_are_passed_over(run):
    Path("r/run.db").write_bytes(b"nothing")
    (sentence,) = told(run)
    assert "Not rehearsed" in sentence
