"""The file for the textfile collector, read back by a strict parser of the published text format (0.0.4)."""

from __future__ import annotations

import os
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.core.errors import ReassignError, UsageError
from batch.core.nights import Fate, Outcome, SeatsLeft
from batch.reports import metrics
from batch.reports.metrics import metrics_text, write_metrics
from tests.reports.nights import BEFORE, DAY, START, empty, good, job, killed, mixed, night, run

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"')
#: What Go's ParseFloat takes, without hexadecimal and underscores.
_VALUE = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|Inf)|NaN")
_UNESCAPED = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


def parse(text):
    """{metric name: {labels as a sorted tuple: value}}; an assertion fails for whatever the format does not allow.

    No comments, no timestamps (the collector refuses them), one group a metric with HELP and TYPE first.
    """
    text.encode("utf-8")
    assert text == "" or text.endswith("\n")
    found, group = {}, None
    lines = iter(text.splitlines() if "\x0b" not in text else text.split("\n"))
    for line in lines:
        if line.startswith("# HELP "):
            name, told = line.removeprefix("# HELP ").split(" ", 1)
            assert _NAME.fullmatch(name)
            assert name not in found
            assert re.fullmatch(r"(?:[^\\]|\\\\|\\n)+", told)
            assert next(lines) == f"# TYPE {name} gauge"
            found[name], group = {}, name
            continue
        name = _NAME.match(line)[0]
        assert name == group
        labels, value = labels_of(line[len(name) :])
        assert labels not in found[name], "twice the same"
        assert _VALUE.fullmatch(value)
        found[name][labels] = float(value)
    assert all(found.values())
    return found


def labels_of(rest):
    """The labels behind a name, and the value."""
    labels = []
    if rest.startswith("{"):
        rest = rest[1:]
        while not rest.startswith("}"):
            match = _LABEL.match(rest)
            labels.append((match[1], re.sub(r"\\.", lambda m: _UNESCAPED[m[0]], match[2])))
            rest = rest[match.end() :].removeprefix(",")
        rest = rest[1:]
    assert rest.startswith(" ")
    assert len({name for name, _ in labels}) == len(labels)
    return tuple(sorted(labels)), rest[1:]


def of(found, name, /, **labels):
    return found[f"reassign_{name}"][tuple(sorted(labels.items()))]


def test_the_parser_knows_the_published_examples():
    example = 'a{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find file:\\n\\"FILE.TXT\\""} 1.458255915e9\n'
    found = parse(f"# HELP a b\n# TYPE a gauge\n{example}")
    labels = (("error", 'Cannot find file:\n"FILE.TXT"'), ("path", "C:\\DIR\\FILE.TXT"))
    assert found == {"a": {labels: 1458255915.0}}


def test_a_night_in_numbers():
    found = parse(metrics_text([mixed(), *BEFORE], START + 20_000))
    assert of(found, "build_info", version="1.2.3") == 1
    assert of(found, "night_last_start_timestamp_seconds") == START
    assert of(found, "night_last_end_timestamp_seconds") == START + 10_905
    assert of(found, "night_duration_seconds") == 10_905
    assert of(found, "night_last_exit_code") == 8
    assert of(found, "night_unfinished") == 0
    assert of(found, "night_missed") == 2
    assert of(found, "job_moved_people", job="e4-to-e3") == 400
    assert of(found, "job_refused_people", job="e4-to-e3") == 3
    assert of(found, "job_waiting_people", job="sales-f3") == 40
    assert of(found, "job_left_out_rows", job="e4-to-e3") == 12
    assert of(found, "job_needs", job="sales-f3") == 2
    assert of(found, "job_exit_code", job="kiosk") == 8
    assert of(found, "seats_free", job="sales-f3", sku_id="f3", name="Microsoft 365 F3") == -2
    assert {state: of(found, "messages", state=state) for state in ("sent", "due", "given_up")} == {
        "sent": 1, "due": 1, "given_up": 1,
    }  # fmt: skip
    for fate in Fate:
        assert of(found, "job_files", job="sales-f3", fate=fate.value) == (fate in (Fate.HELD, Fate.REJECTED))


@pytest.mark.parametrize("made", [good(), mixed(), empty()])
def test_each_job_ended_in_exactly_one_way(made):
    found = parse(metrics_text([made], START))
    for one in made.jobs:
        ways = {way: of(found, "job_outcome", job=one.job, outcome=way.value) for way in Outcome}
        assert ways == {way: way is one.outcome for way in Outcome}


def test_a_night_that_did_not_end_says_when_the_last_one_did():
    found = parse(metrics_text([killed(), *BEFORE], START + 900))
    assert of(found, "night_unfinished") == 1
    assert of(found, "night_last_start_timestamp_seconds") == START
    assert of(found, "night_last_end_timestamp_seconds") == BEFORE[0].ended_at
    assert ("job", "sales-f3") not in {pair for labels in found["reassign_job_outcome"] for pair in labels}
    alone = parse(metrics_text([killed()], START + 900))
    assert "reassign_night_last_end_timestamp_seconds" not in alone


def test_a_job_stays_known_when_another_was_started_by_hand():
    by_hand = night(job("other", runs=(run("r", tonight=5),)), began_at=START + DAY / 2, ended_at=START + DAY / 2 + 5)
    found = parse(metrics_text([by_hand, mixed()], START + DAY))
    assert of(found, "job_moved_people", job="other") == 5
    assert of(found, "job_outcome", job="kiosk", outcome="failed") == 1
    assert "kiosk" not in metrics_text([by_hand, mixed()], START + 9 * DAY)


def test_no_night_is_an_empty_file_and_a_clock_that_went_back_no_length():
    assert metrics_text([], START) == ""
    assert of(parse(metrics_text([replace(good(), ended_at=START - 50)], START)), "night_duration_seconds") == 0


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40), st.text(max_size=300), st.integers(-9, 10**9))
def test_no_text_gets_out_of_its_label(key, name, free):
    one = job(
        key, runs=(run(seats=(SeatsLeft(sku_id=name, name=name, free=free), SeatsLeft(sku_id="a", name=key, free=1))),)
    )
    found = parse(metrics_text([replace(night(one), version=name)], START))
    assert len(found["reassign_job_needs"]) == 1
    assert all(len(value) <= 200 for labels in found["reassign_seats_free"] for _, value in labels)


def test_the_names_are_those_that_are_documented():
    told = re.findall(r"^    (reassign_\w+)(?:\{([\w,]+)\})?", metrics.__doc__, re.MULTILINE)
    found = parse(metrics_text([mixed()], START))
    made = {(name, frozenset(key for key, _ in labels)) for name, of_it in found.items() for labels in of_it}
    assert {(name, frozenset(filter(None, labels.split(",")))) for name, labels in told} == made


def test_the_file_is_whole_and_everybody_may_read_it(tmp_path):
    path = tmp_path / "reassign.prom"
    path.write_text("old")
    mask = os.umask(0o077)
    try:
        write_metrics(metrics_text([good()], START), path)
    finally:
        os.umask(mask)
    assert parse(path.read_bytes().decode("utf-8"))
    assert path.stat().st_mode & 0o777 == 0o644
    assert [p.name for p in tmp_path.iterdir()] == ["reassign.prom"]


@pytest.mark.parametrize("name", ["metrics.txt", "metrics", ".prom"])
def test_a_name_that_the_collector_does_not_read_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match=r"end in \.prom"):
        write_metrics("", tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ReassignError, match="could not be written") as caught:
        write_metrics("", tmp_path / "no" / "a.prom")
    assert "collector" in caught.value.todo
