"""The plan page: what would happen, who goes first, what is in the way, and that nothing was changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batch.core.plan_words import PlanPage, plan_lines
from batch.core.report import SourceFile
from batch.core.terms import Holding
from tests.core.test_telling import BLOCKED, HELD, Run
from tests.core.worlds import A, direct


def page(run: Run, **more: object) -> list[str]:
    settings: dict[str, object] = {
        "report": run.report(),
        "folder": "runs/r1",
        "group_size": 20,
        "changes": len(run.plan.changes),
        "guards": (),
        "idle": {},
        "kinds": (),
    }
    return list(plan_lines(PlanPage(**(settings | more))))  # type: ignore[arg-type]


def many(count: int, **more: object) -> Run:
    held = {f"u{n:02}@x.nl": HELD for n in range(count)}
    return Run(*[(u, "Alpha", "Beta") for u in held], held=held, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("people", "size", "groups"), [(20, 20, "in 1 group of"), (21, 20, "2 groups"), (5, 1, "5 groups")]
)
def test_how_many_move_in_how_many_groups(people, size, groups):
    lines = page(many(people), group_size=size)
    assert any(line.startswith(f"{people} people") and groups in line and f"up to {size}" in line for line in lines)


def test_nothing_was_changed_and_how_to_go_on():
    assert page(many(2))[-1] == "Nothing was changed. Carry it out: reassign apply runs/r1"
    assert page(many(2), modelled=True, folder="my runs")[-2:] == [
        'Nothing was changed. Rehearse it, which touches nobody: reassign apply "my runs"',
        'Have it done by people: reassign handover "my runs" --to admin-center',
    ]


def test_what_others_did_is_not_rehearsed_but_handed_over():
    assert page(many(2), modelled=True, others_did=True)[-2:] == [
        "Nothing was changed.",
        "Have it done by people: reassign handover runs/r1 --to admin-center",
    ]


def test_no_word_of_carrying_out_what_is_not_there():
    lines = page(many(0))
    assert lines[-1] == "Nothing was changed."
    assert not any("reassign apply" in line for line in lines)


def test_where_the_same_command_goes_on_nothing_is_said_of_another():
    lines = page(many(2), folder="")
    assert not any("reassign apply runs" in line or "Nothing was changed" in line for line in lines)


def test_the_first_five_people_with_what_stays_off():
    lines = [line.strip() for line in page(many(7))]
    first = [line for line in lines if line.startswith("row ")]
    assert first == [f"row {n + 2}: u{n:02}@x.nl: Alpha → Beta (stays off: PLAN_0)" for n in range(5)]


def test_who_only_loses_or_only_gets_a_licence():
    held = {"a@x.nl": Holding.of([direct(A)]), "b@x.nl": Holding.of([direct(A), direct("x")])}
    run = Run(("a@x.nl", "", "Beta"), ("b@x.nl", "Alpha", ""), held=held)
    first = [line.strip() for line in page(run) if line.strip().startswith("row ")]
    assert first == ["row 2: a@x.nl: - → Beta", "row 3: b@x.nl: Alpha → -"]


def test_kinds_of_change_the_rest_in_one_line():
    kinds = [(f"kind {n}", 10 - n, "Sway" if n == 0 else "") for n in range(8)]
    lines = [line.strip() for line in page(many(2), kinds=kinds)]
    assert "10  kind 0 (stays off: Sway)" in lines
    assert "6  kind 4" in lines
    assert "12  in 3 more kinds of change" in lines
    assert not any("kind 5" in line for line in lines)


def test_rows_by_bucket_and_reason():
    lines = [line.strip() for line in page(Run(BLOCKED, *[("u0@x.nl", "Alpha", "Beta")] * 2), idle={"duplicate": 1})]
    at = lines.index("3 rows:")
    assert lines[at + 1 : at + 4] == ["1  planned", "1  repeats", "1  blocked"]
    assert "1  An earlier row asks the same for this person." in lines
    assert any(line.endswith("(unknown_user: nobody@x.nl)") for line in lines)
    assert not any("waiting" in line for line in lines), "what is planned is no problem"


def test_at_most_three_people_stand_for_a_reason():
    rows = [(f"s{n}@x.nl", "Alpha", "Beta") for n in range(5)]
    assert any("(unknown_user: s0@x.nl, s1@x.nl, s2@x.nl)" in line for line in page(Run(*rows)))


def test_seats_now_and_then():
    lines = page(many(4, seats=30))
    (alpha,) = [line.split() for line in lines if line.split()[:1] == ["Alpha"] and "→" not in line]
    (beta,) = [line.split() for line in lines if line.split()[:1] == ["Beta"]]
    assert alpha == ["Alpha", "30", "4", "0", "30"]
    assert beta == ["Beta", "30", "0", "4", "26"]
    assert not any(line.startswith("Seats") for line in page(many(0)))


def test_what_holds_it_back_and_the_word_that_lets_it_through():
    guards = (("Too many.", "--allow-large"), ("No seats.", "--allow-short"), ("Far too many.", "--allow-large"))
    text = "\n".join(page(many(2), guards=guards))
    for what, word in guards:
        assert f"Held back: {what}" in text
        assert word in text
    assert text.index("Too many.") < text.index("No seats.") < text.index("Far too many.")


def test_the_sheets_and_what_was_assumed():
    run = many(1)
    source = SourceFile(
        file="u.xlsx", sheet="People", kind="users", digest="", rows=1200, read_as="xlsx", assumed=("Row 3 is it.",)
    )
    report = replace(run.report(), sources=(source, replace(source, sheet="", file="l.csv", assumed=())))
    text = "\n".join(page(run, report=report, assumed=("Everybody is in US.",)))
    assert "u.xlsx, sheet People" in text
    assert "1,200 rows (xlsx)" in text
    assert "l.csv: users" in text
    assert "Row 3 is it." in text
    assert "Everybody is in US." in text
    assert "practice:small.db" in text


def test_one_is_one():
    run = many(1)
    source = SourceFile(file="u.csv", sheet="", kind="users", digest="", rows=1, read_as="csv", assumed=())
    kinds = [(f"kind {n}", 1, "") for n in range(6)]
    lines = [line.strip() for line in page(run, report=replace(run.report(), sources=(source,)), kinds=kinds)]
    assert "u.csv: users, 1 row (csv)" in lines
    assert "1 person would move, in 1 group of up to 20." in lines
    assert "1  in 1 more kind of change" in lines
    assert "1 row:" in lines
