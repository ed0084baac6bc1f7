"""Rules of a job: which one counts for whom, and what cannot be meant."""

from __future__ import annotations

import random

import pytest

from batch.core.errors import UsageError
from batch.core.move_rules import MoveRule, check_sheets, lines_of, resolved, title_of
from batch.core.outcomes import Bucket
from batch.core.requests import Ask, Requests, make_requests
from tests.core.tables import CATALOG, E1, E3, E4, E5, V1, V2, moves, people

E4_E3, E4_E5, E1_E3, E1_E5 = Ask((E4,), (E3,)), Ask((E4,), (E5,)), Ask((E1,), (E3,)), Ask((E1,), (E5,))
EVERYBODY = MoveRule(holds=E4, to=(E3,))
SALES = MoveRule(holds=E4, to=(E5,), departments=("Sales",))
BELGIUM = MoveRule(holds=E4, to=(E5,), locations=("be", "LU"))
E1_HOLDERS = MoveRule(holds=E1, to=(E3,))


def ask(*tables, rules) -> Requests:
    check_sheets(rules, tables)
    return make_requests(tables, CATALOG, rules=rules)


def said(requests: Requests) -> list[Ask | str]:
    return [requests.asks[a] if a >= 0 else code for a, code in zip(requests.ask, requests.code, strict=True)]


def one(holds, department="", location="", *, rules):
    """What one person is asked."""
    row = ("a@x.nl", holds, department, location)
    return said(ask(people(row, fields="user holds department usage_location"), rules=rules))[0]


@pytest.mark.parametrize(
    ("person", "rules", "asked"),
    [
        (("Office 365 E4",), [EVERYBODY], E4_E3),
        (("Office 365 E1",), [EVERYBODY], "no_rule"),
        (("",), [EVERYBODY], "no_rule"),
        (("Office 365 E4", "Sales"), [SALES, EVERYBODY], E4_E5),
        (("Office 365 E4", "  sALES "), [SALES], E4_E5),
        (("Office 365 E4", "Inside  Sales"), [MoveRule(holds=E4, to=(E3,), departments=("inside sales",))], E4_E3),
        (("Office 365 E4", "Presales"), [SALES, EVERYBODY], E4_E3),
        (("Office 365 E4", "Presales"), [SALES], "no_rule"),
        (("Office 365 E4", ""), [SALES], "no_rule"),
        (("Office 365 E4", "", "BE"), [BELGIUM, EVERYBODY], E4_E5),
        (("Office 365 E4", "", " lu"), [BELGIUM, EVERYBODY], E4_E5),
        (("Office 365 E4", "", "NL"), [BELGIUM, EVERYBODY], E4_E3),
        (("Office 365 E4 + Office 365 E1",), [E1_HOLDERS, EVERYBODY], E1_E3),
        (("Office 365 E4 + Office 365 E1",), [EVERYBODY, E1_HOLDERS], E4_E3),
        (("Office 365 E4 + Nobody knows",), [EVERYBODY], E4_E3),
        (("Office 365 E1",), [MoveRule(holds=E1, to=(E3, V1))], Ask((E1,), (E3, V1))),
    ],
)
def test_the_first_rule_that_fits_counts(person, rules, asked):
    assert one(*person, rules=rules) == asked


def test_rows_that_no_rule_fits_are_unchanged():
    requests = ask(people(("a@x.nl", "Office 365 E1"), ("b@x.nl", "Office 365 E4")), rules=[EVERYBODY])
    assert requests.bucket == [Bucket.UNCHANGED, Bucket.PLANNED]
    assert requests.problems == ()


def test_rules_of_one_plan_may_ask_for_different_things():
    users = people(("a@x.nl", "Office 365 E4"), ("b@x.nl", "Office 365 E1"), ("c@x.nl", "Office 365 E5"))
    assert said(ask(users, rules=[EVERYBODY, E1_HOLDERS])) == [E4_E3, E1_E3, "no_rule"]


@pytest.mark.parametrize("several_sheets", [False, True])
def test_one_rule_counts_for_a_person_however_many_rows_they_have(several_sheets):
    rows = [("a@x.nl", "Office 365 E1"), ("A@x.nl ", "Office 365 E4"), ("a@x.nl", "Office 365 E5")]
    sheets = [people(row, file=f"{n}.csv") for n, row in enumerate(rows)] if several_sheets else [people(*rows)]
    rules = [EVERYBODY, MoveRule(holds=E1, to=(E5,))]
    assert said(ask(*sheets, rules=rules)) == ["earlier_rule", E4_E3, "no_rule"]
    assert said(ask(*sheets, rules=rules[::-1])) == [E1_E5, "earlier_rule", "no_rule"]


def test_the_order_of_the_rows_does_not_matter():
    rows = [(f"p{n % 7}@x.nl", f"Office 365 E{(1, 4, 5)[n % 3]}", ("Sales", "")[n % 2]) for n in range(20)]
    rules = [SALES, E1_HOLDERS, EVERYBODY]

    def asked(order):
        requests = ask(people(*order, fields="user holds department"), rules=rules)
        return {(user, requests.asks[a]) for user, a in zip(requests.user, requests.ask, strict=True) if a >= 0}

    usual = asked(rows)
    shuffled = list(rows)
    random.Random(7).shuffle(shuffled)
    assert len(usual) == 7
    assert asked(shuffled) == usual


@pytest.mark.parametrize(
    ("rules", "asked"),
    [
        ([MoveRule(holds=V1, to=(E3,))], Ask((V1,), (E3,))),  # the tenant knows which
        ([MoveRule(holds=V1, to=(E3,)), MoveRule(holds=V2, to=(E5,))], "ambiguous_sku"),
        ([EVERYBODY, MoveRule(holds=V1, to=(E5,)), MoveRule(holds=V2, to=(E5,))], E4_E3),
        ([MoveRule(holds=V1, to=(E5,)), EVERYBODY], "ambiguous_sku"),
    ],
)
def test_a_doubtful_name_on_which_the_rule_depends_is_a_problem(rules, asked):
    requests = ask(people(("a@x.nl", "Visio Plan 2 + Office 365 E4")), rules=rules)
    assert said(requests) == [asked]
    assert [p.place.column for p in requests.problems] == (["Holds"] if asked == "ambiguous_sku" else [])


def find(name, told):
    """The id of a product that is written as such; a message shows how the place was called."""
    if name not in (E1, E3, E4, E5):
        raise UsageError(f"{told} is unknown.")
    return name


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([EVERYBODY, MoveRule(holds="x", to=(E3,))], "holds in rule 2 is unknown"),
        ([MoveRule(holds=E4, to=(E3, "x"))], "to in rule 1 is unknown"),
        ([MoveRule(holds=E4, to=(E3, E4))], "Rule 1 takes away and gives the same product"),
        ([EVERYBODY, SALES], "Rule 2 can never count: whoever fits it fits rule 1"),
        ([EVERYBODY, EVERYBODY], "Rule 2 can never count"),
        ([E1_HOLDERS, SALES, MoveRule(holds=E4, to=(E3,), departments=("sales",))], "Rule 3 can never count"),
    ],
)
def test_rules_that_cannot_be_meant_are_refused(rules, words):
    with pytest.raises(UsageError, match=words):
        resolved(rules, find)


def test_rules_that_overlap_in_part_are_meant():
    rules = [SALES, BELGIUM, EVERYBODY, E1_HOLDERS]
    assert resolved(rules, find) == tuple(rules)


@pytest.mark.parametrize(
    ("table", "rules", "words"),
    [
        (moves(("a@x.nl", E4, E3)), [EVERYBODY], "a.csv says who shall move"),
        (people(("a@x.nl",), fields="user"), [EVERYBODY], "a.csv has no column for it"),
        (people(("a@x.nl", "E4")), [E1_HOLDERS, SALES], "Rule 2 of the job asks for a department, and a.csv"),
        (people(("a@x.nl", "E4")), [BELGIUM], "Rule 1 of the job asks for a usage location"),
    ],
)
def test_sheets_that_do_not_say_what_rules_ask_for_are_refused(table, rules, words):
    with pytest.raises(UsageError, match=words):
        check_sheets(rules, [people(("b@x.nl", "E4", "", ""), fields="user holds department usage_location"), table])
    check_sheets((), [table])


def test_rules_in_words():
    rules = [SALES, BELGIUM, EVERYBODY, E1_HOLDERS, MoveRule(holds=E1, to=(E5,)), MoveRule(holds=E1, to=(V1, E3))]
    assert title_of([SALES], CATALOG.label) == "Office 365 E4 → Office 365 E5 by rules"
    assert title_of(rules, CATALOG.label).endswith("Office 365 E1 → Office 365 E3 and 2 more by rules")
    assert lines_of([EVERYBODY], CATALOG.label) == ("Rule 1: who holds Office 365 E4 gets Office 365 E3 instead.",)
    lines = lines_of([SALES, BELGIUM], CATALOG.label)
    assert lines[0] == "Rule 1: who holds Office 365 E4 and has the department Sales gets Office 365 E5 instead."
    assert lines[1].startswith("Rule 2: who holds Office 365 E4 and has the usage location be or LU gets")
    assert lines[2] == "The first rule that fits a person counts."
