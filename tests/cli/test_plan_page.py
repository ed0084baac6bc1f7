"""What the plan page says of each kind of change."""

from __future__ import annotations

import pytest

from batch.cli.plan_page import _idle, _kinds
from batch.core.changes import ChangeKind
from batch.core.plan import Changes
from batch.core.terms import Add, Assignment, Holding, ServicePlan, Sku

SWAY = ServicePlan(plan_id="p", name="SWAY")
OWNED = {s: Sku(sku_id=s, part_number=s, name=s, plans=(SWAY,)) for s in ("a", "b", "c")}
NAMES = {"a": "Alpha", "b": "Beta", "c": "Gamma"}


def kind(held, remove=(), add=()):
    return ChangeKind(Holding.of(held), tuple(remove), tuple(add))


def direct(sku_id, *off):
    return Assignment(sku_id=sku_id, disabled=off)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (kind([direct("a")], ["a"], [Add("b")]), "Alpha → Beta"),
        (kind([], [], [Add("b")]), "Beta added"),
        (kind([direct("a"), direct("b")], ["a"]), "Alpha goes, nothing new is needed"),
        (kind([direct("b")], [], [Add("b", ("sway",))]), "services of Beta changed"),
        (kind([direct("a"), direct("b")], ["a"], [Add("b", ("sway",))]), "Alpha goes, services of Beta changed"),
        (kind([direct("a"), direct("b")], ["a"], [Add("b"), Add("c")]), "Alpha → Gamma, services of Beta changed"),
        (kind([Assignment(sku_id="b", group="g")], [], [Add("b")]), "Beta added"),
    ],
)
def test_a_kind_of_change_in_words(change, words):
    changes = Changes(user_id=["1"], upn=["a@x.nl"], kind=[0], kinds=(change,))
    assert [said for said, _, _ in _kinds(changes, NAMES, {})] == [words]


def test_kinds_that_sound_alike_are_one_line_and_the_most_come_first():
    kinds = (
        kind([], [], [Add("c")]),
        kind([direct("a", "p")], ["a"], [Add("b", ("p",))]),
        kind([direct("a", "p"), direct("x")], ["a"], [Add("b", ("p",))]),
    )
    changes = Changes(user_id=["1", "2", "3"], upn=["", "", ""], kind=[0, 1, 2], kinds=kinds)
    assert _kinds(changes, NAMES, OWNED) == [("Alpha → Beta", 2, "SWAY"), ("Gamma added", 1, "")]


def test_only_rows_that_ask_nothing_are_idle():
    counts = {("unchanged", "not_asked"): 2, ("repeats", "duplicate"): 5, ("short", "no_seats"): 9}
    assert list(_idle(counts).items()) == [("duplicate", 5), ("not_asked", 2)]
