from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.core.outcomes import Bucket
from batch.core.requests import Ask, Requests, make_requests
from batch.core.table import Kind
from batch.core.users import canonical, fault, read_users
from tests.core.tables import CATALOG, CHAT, E1, E3, E4, E5, MAIL, V1, moves, people, table, trouble

PLANNED, PROBLEM, REPEAT, UNCHANGED = Bucket.PLANNED, Bucket.PROBLEM, Bucket.REPEAT, Bucket.UNCHANGED
E4_TO_E3 = Ask((E4,), (E3,))


def ask(*tables, source="", target="") -> Requests:
    return make_requests(tables, CATALOG, source=source, target=target)


def said(requests: Requests) -> list[Ask | str]:
    """For each row its ask, or its code."""
    return [requests.asks[a] if a >= 0 else code for a, code in zip(requests.ask, requests.code, strict=True)]


# --- users -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "user"),
    [
        ("anna@contoso.com", "anna@contoso.com"),
        ("  Anna@Contoso.COM ", "anna@contoso.com"),
        ("Anna Jansen <anna@contoso.com>;", "anna@contoso.com"),
        ("mailto:anna@contoso.com", "anna@contoso.com"),
        ("'-anna@contoso.com", "-anna@contoso.com"),
        ("o'neil@contoso.com", "o'neil@contoso.com"),
        ("Piet_home.com#EXT#@contoso.onmicrosoft.com", "piet_home.com#ext#@contoso.onmicrosoft.com"),
        ("anna@contoso.com\u200b", "anna@contoso.com"),
    ],
)
def test_a_name_is_read_as_the_service_compares_it(cell, user):
    assert canonical(cell) == user
    assert fault(user) == ""


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("", "empty_upn"),
        ("   ", "empty_upn"),
        ("anna.contoso.com", "invalid_upn"),
        ("anna@@contoso.com", "invalid_upn"),
        ("anna@contoso", "invalid_upn"),
        ("anna@.com", "invalid_upn"),
        ("@contoso.com", "invalid_upn"),
        ("anna@", "invalid_upn"),
        ("anna.@contoso.com", "invalid_upn"),
        ("an na@contoso.com", "invalid_upn"),
        ("anné@contoso.com", "invalid_upn"),
        ("anna+x@contoso.com", "invalid_upn"),
        ("=cmd|' /C calc'!A0", "invalid_upn"),
        ("a" * 65 + "@contoso.com", "invalid_upn"),
        ("a@" + "b" * 110 + ".com", "invalid_upn"),
        ("6fd2c87f-b296-42f0-b197-1e91e994b900", "not_a_user"),
        ("12345", "not_a_user"),
        ("5CG1234XYZ", "not_a_user"),
        ("Boardroom", "not_a_user"),
        ("0123456789ABCDEF0123456789ABCDEF", "concealed_name"),
        ("ab" * 32, "concealed_name"),
    ],
)
def test_a_cell_that_names_no_user_is_a_problem_with_its_place(cell, code):
    requests = ask(moves((cell, "Office 365 E4", "Office 365 E3")))
    (problem,) = requests.problems
    assert (problem.code, requests.code, requests.bucket, requests.ask) == (code, [code], [PROBLEM], [-1])
    assert (problem.place.file, problem.place.row, problem.place.column) == ("a.csv", 2, "User")
    assert len(problem.text) > 20


def test_a_row_with_an_object_id_only_names_no_user():
    requests = ask(moves(("", E4, "Office 365 E3"), fields="user object_id add"))
    assert requests.code == ["not_a_user"]


# --- which rows ask ----------------------------------------------------------------------------------------------


def test_rows_that_name_both_products_ask_for_them():
    requests = ask(moves(("a@x.nl", "Office 365 E4", "ENTERPRISEPACK"), ("b@x.nl", E1, "Office 365 E5")))
    assert said(requests) == [E4_TO_E3, Ask((E1,), (E5,))]
    assert requests.bucket == [PLANNED, PLANNED]
    assert requests.problems == ()


def test_what_a_row_leaves_open_is_the_source_and_the_target():
    rows = [("a@x.nl", "", ""), ("b@x.nl", "Office 365 E1", ""), ("c@x.nl", "", "Office 365 E5")]
    assert said(ask(moves(*rows), source=E4, target=E3)) == [E4_TO_E3, Ask((E1,), (E3,)), Ask((E4,), (E5,))]


def test_no_licence_in_words_leaves_nothing_open():
    assert said(ask(moves(("a@x.nl", "Unlicensed", "Office 365 E3")), source=E4, target=E3)) == [Ask((), (E3,))]


def test_those_who_hold_the_source_ask_and_the_others_do_not():
    users = people(("a@x.nl", "Office 365 E4+Visio Plan 2"), ("b@x.nl", "Office 365 E1"), ("c@x.nl", ""))
    requests = ask(users, source=E4, target=E3)
    assert said(requests) == [E4_TO_E3, "not_asked", "not_asked"]
    assert requests.bucket == [PLANNED, UNCHANGED, UNCHANGED]
    assert requests.problems == ()


def test_licences_from_groups_are_held_too():
    users = people(("a@x.nl", "", "Office 365 E4"), fields="user holds_direct holds_group")
    assert said(ask(users, source=E4, target=E3)) == [E4_TO_E3]


def test_a_doubtful_name_that_may_be_the_source_asks_for_the_tenant_knows():
    assert said(ask(people(("a@x.nl", "Visio Plan 2")), source=V1, target=E3)) == [Ask((V1,), (E3,))]


def test_an_unknown_product_among_those_held_hinders_nobody():
    assert said(ask(people(("a@x.nl", "Office 365 E4+Nonsense 9")), source=E4, target=E3)) == [E4_TO_E3]


def test_a_bare_list_asks_for_everybody():
    assert said(ask(people(("a@x.nl",), ("b@x.nl",), fields="user"), source=E4, target=E3)) == [E4_TO_E3, E4_TO_E3]


def test_beside_a_sheet_of_moves_the_users_are_knowledge_only():
    requests = ask(people(("b@x.nl", "Office 365 E4"), ("", "")), moves(("a@x.nl", "", "")), source=E4, target=E3)
    assert requests.table == [1]
    assert said(requests) == [E4_TO_E3]
    assert requests.problems == ()


# --- products ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("remove", "add", "code", "column", "words"),
    [
        ("Nonsense 9", "Office 365 E3", "unknown_sku", "Remove", "Nonsense 9"),
        ("Office 365 E4", "Nonsense 9", "unknown_sku", "Add", "Nonsense 9"),
        ("Office 365 E4", "Visio Plan 2", "ambiguous_sku", "Add", "VISIO_B"),
        ("Office 365 E4", "ENTERPRISEWITHSCAL", "same_sku", "Add", "Office 365 E4"),
        ("", "", "nothing_asked", "", "--from"),
    ],
)
def test_a_product_that_cannot_be_moved_is_a_problem(remove, add, code, column, words):
    requests = ask(moves(("a@x.nl", remove, add)))
    (problem,) = requests.problems
    assert (problem.code, problem.place.column, requests.bucket) == (code, column, [PROBLEM])
    assert words in problem.text


def test_service_plans_to_switch_off_are_ids_of_the_new_product():
    rows = [("a@x.nl", "Office 365 E3", "teams1; Exchange"), ("b@x.nl", "Office 365 E3", f"{E3}:{MAIL}")]
    requests = ask(moves(*rows, fields="user add disabled_plans"))
    assert said(requests) == [Ask((), (E3,), (MAIL, CHAT)), Ask((), (E3,), (MAIL,))]


@pytest.mark.parametrize(
    ("add", "off", "code"),
    [("Office 365 E3", "YAMMER", "unknown_plan"), ("Office 365 E3", f"{E4}:{MAIL}", "unknown_plan")],
)
def test_a_plan_that_the_new_product_does_not_have_is_a_problem(add, off, code):
    requests = ask(moves(("a@x.nl", add, off), fields="user add disabled_plans"))
    assert (requests.code, requests.problems[0].place.column) == ([code], "Disabled_Plans")


def test_plans_to_switch_off_without_a_product_to_give_are_a_problem():
    requests = ask(moves(("a@x.nl", "Office 365 E3", "TEAMS1"), fields="user remove disabled_plans"))
    assert requests.code == ["plan_without_add"]


# --- templates ---------------------------------------------------------------------------------------------------


def test_a_template_gives_what_it_holds_and_the_user_does_not():
    users = people(("boss@x.nl", "Office 365 E3+Office 365 E1"), ("a@x.nl", "Office 365 E1"))
    rows = moves(
        ("a@x.nl", "Boss@X.nl"), ("boss@x.nl", "boss@x.nl"), ("new@x.nl", "boss@x.nl"), fields="user template_user"
    )
    requests = ask(rows, users)
    assert said(requests) == [Ask((), (E3,)), "already_done", Ask((), (E1, E3))]
    assert requests.bucket == [PLANNED, UNCHANGED, PLANNED]


def test_a_template_that_no_sheet_knows_is_a_problem():
    requests = ask(moves(("a@x.nl", "boss@x.nl"), fields="user template_user"), people(("a@x.nl", "")))
    assert (requests.code, requests.problems[0].place.column) == (["unknown_template"], "Template_User")


# --- repeats -----------------------------------------------------------------------------------------------------


def test_the_same_again_is_a_repeat_that_names_the_first():
    requests = ask(moves(("a@x.nl", E4, E3), ("b@x.nl", E4, E3), ("A@x.nl", "Office 365 E4", "Office 365 E3")))
    assert requests.bucket == [PLANNED, PLANNED, REPEAT]
    assert (requests.ask[2], requests.code[2]) == (-1, "duplicate")
    assert "row 2" in requests.problems[0].text


def test_rows_that_go_together_are_one_ask():
    requests = ask(moves(("a@x.nl", E4, ""), ("b@x.nl", E4, ""), ("a@x.nl", "", E3), ("a@x.nl", "", E3)))
    assert said(requests) == [E4_TO_E3, Ask((E4,), ()), E4_TO_E3, "duplicate"]
    assert requests.joined == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((E4, E3, ""), (E4, E5, "")),
        ((E4, E3, ""), (E3, E5, "")),
        (("", E3, "TEAMS1"), ("", E5, "")),
    ],
)
def test_rows_that_contradict_each_other_are_all_problems(one, other):
    rows = [("a@x.nl", *one), ("b@x.nl", E4, E3, ""), ("a@x.nl", *other), ("a@x.nl", *one)]
    requests = ask(moves(*rows, fields="user remove add disabled_plans"))
    assert requests.code == ["duplicate_conflict", "", "duplicate_conflict", "duplicate_conflict"]
    assert [("row 4" in p.text, "row 2" in p.text) for p in requests.problems] == [
        (True, False),
        (False, True),
        (True, False),
    ]


def test_another_file_is_named_in_full():
    requests = ask(moves(("a@x.nl", E4, E3), file="one.csv"), moves(("a@x.nl", E4, E3), file="two.csv"))
    assert "one.csv, row 2" in requests.problems[0].text


def test_a_row_for_each_licence_is_no_contradiction():
    rows = [("a@x.nl", "Office 365 E1"), ("a@x.nl", "Office 365 E4"), ("a@x.nl", "Visio Plan 2")]
    assert said(ask(people(*rows), source=E4, target=E3)) == ["not_asked", E4_TO_E3, "not_asked"]


# --- rows that reading left out ----------------------------------------------------------------------------------


def test_lines_that_were_no_rows_count_in_their_place():
    left_out = (trouble(3, "repeated_header"), trouble(0, "lost_list"), trouble(1, "ambiguous_column"))
    sheet = moves(("a@x.nl", E4, E3), ("b", E4, E3), ("c@x.nl", E4, E3), rows=[2, 4, 5], problems=left_out)
    requests = ask(sheet)
    assert requests.row == [2, 3, 4, 5]
    assert requests.code == ["", "repeated_header", "not_a_user", ""]
    assert requests.user == ["a@x.nl", "", "b", "c@x.nl"]
    assert [p.code for p in requests.problems] == ["lost_list", "ambiguous_column", "repeated_header", "not_a_user"]


def test_what_is_lost_among_holdings_hinders_only_where_they_decide():
    lost = (trouble(2, "lost_list", column="Holds"),)
    assert ask(people(("a@x.nl", "Office 365 E4"), problems=lost), source=E4, target=E3).code == ["lost_list"]
    rows = moves(("a@x.nl", "", E4, E3), fields="user holds remove add", problems=lost)
    assert said(ask(rows)) == [E4_TO_E3]


def test_sheets_of_licences_ask_nothing():
    requests = ask(table(Kind.LICENSES, ("Office 365 E4", "5"), fields="product total"), source=E4, target=E3)
    assert (requests.row, requests.asks) == ([], ())


# --- laws --------------------------------------------------------------------------------------------------------

CELLS = st.sampled_from(["", "Office 365 E4", "Office 365 E3", E5, "Visio Plan 2", "Nonsense", "Office 365 E1"])
USERS = st.sampled_from(["a@x.nl", "A@X.nl", "b@x.nl", "c@x.nl", "", "Boardroom", "d@x.nl"])
ROWS = st.lists(st.tuples(USERS, CELLS, CELLS), max_size=12)


@given(ROWS)
def test_every_row_is_in_exactly_one_state(rows):
    requests = ask(moves(*rows), source=E4, target=E3)
    assert len(requests.row) == len(requests.user) == len(requests.ask) == len(requests.bucket) == len(rows)
    for number, bucket, code in zip(requests.ask, requests.bucket, requests.code, strict=True):
        assert (number >= 0) == (bucket is PLANNED) == (code == "")
    told = [p.place.row for p in requests.problems]
    assert told == [r for r, b in zip(requests.row, requests.bucket, strict=True) if b in (PROBLEM, REPEAT)]
    assert sorted(set(requests.ask) - {-1}) == list(range(len(requests.asks)))


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_makes_no_difference_to_what_is_asked(rows, order: random.Random):
    def asked(requests: Requests) -> tuple[object, ...]:
        pairs = {(u, requests.asks[a]) for u, a in zip(requests.user, requests.ask, strict=True) if a >= 0}
        return pairs, requests.asks, requests.joined, sorted(requests.code)

    shuffled = order.sample(rows, len(rows))
    assert asked(ask(moves(*rows), source=E4)) == asked(ask(moves(*shuffled), source=E4))


@given(ROWS)
def test_nobody_is_asked_two_things(rows):
    requests = ask(moves(*rows), target=E3)
    asks: dict[str, int] = {}
    for user, number in zip(requests.user, requests.ask, strict=True):
        assert number < 0 or asks.setdefault(user, number) == number
    for one in requests.asks:
        assert set(one.remove).isdisjoint(one.add)
        assert one.remove or one.add


@given(st.lists(st.text(max_size=30), max_size=8))
def test_no_text_in_a_cell_is_too_odd(cells):
    requests = ask(moves(*[(cell, cell, cell) for cell in cells]), people(*[(cell, cell) for cell in cells]))
    assert len(requests.row) == len(cells)


@given(
    st.lists(
        st.sampled_from(["a@x.nl", "b@x.nl\nc@x.nl", "A@x.nl", "x", "'-a@x.nl", "a" * 90 + "@x.nl", ""]), max_size=9
    )
)
def test_many_names_at_once_are_read_as_each_alone(cells):
    users, faults = read_users(cells)
    assert users == [canonical(cell) for cell in cells]
    assert faults == {i: code for i, user in enumerate(users) if (code := fault(user))}
