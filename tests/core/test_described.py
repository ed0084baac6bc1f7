"""A practice tenant from sheets: who holds what, how many seats there are, and what was assumed."""

from __future__ import annotations

import random
from uuid import UUID

import pytest

from batch.core.described import Described, describe
from batch.core.table import Kind
from batch.core.terms import Assignment, Candidate, ServicePlan
from tests.core.tables import CATALOG as _CATALOG
from tests.core.tables import CHAT, E1, E3, E4, E5, MAIL, V1, V2, moves, people, table

PARTS = {E3: (ServicePlan(plan_id=MAIL, name="EXCHANGE"), ServicePlan(plan_id=CHAT, name="TEAMS1"))}
#: As after an import of Microsoft's table: some products come a second time, under another name.
KNOWN = (
    *[
        Candidate(sku_id=i, part_number=_CATALOG.part_number(i), name=_CATALOG.label(i), plans=PARTS.get(i, ()))
        for i in (E1, E3, E4, E5, V1, V2)
    ],
    *[Candidate(sku_id=i, part_number="", name=name) for i, name in ((E1, "E1"), (E3, "E3"), (E4, "E4"))],
)
ID = "12345678-0000-4000-8000-00000000abcd"


def licences(*rows: tuple[str, ...], fields: str = "product total assigned", **more: object):
    return table(Kind.LICENSES, *rows, fields=fields, file="licences.csv", **more)  # type: ignore[arg-type]


def made(*tables, asked=()) -> Described:
    return describe(tables, KNOWN, asked=asked)


def held(described: Described, upn: str = "a@x.nl") -> list[Assignment]:
    at = described.people.upns.index(upn)
    return list(described.people.holdings[described.people.holding[at]].assignments)


def direct(sku_id: str, *off: str) -> Assignment:
    return Assignment(sku_id=sku_id, disabled=tuple(sorted(off)))


def inherited(found: list[Assignment]) -> list[str]:
    return [a.sku_id for a in found if a.group]


def own(found: list[Assignment]) -> list[str]:
    return [a.sku_id for a in found if not a.group]


# --- licences ------------------------------------------------------------------------------------------------------


def test_seats_as_the_sheet_says():
    described = made(
        licences(("Office 365 E3", "1,250", "900", "5", "2"), fields="product total assigned expired suspended")
    )
    (sku,) = described.skus
    assert (sku.sku_id, sku.part_number, sku.name) == (E3, "ENTERPRISEPACK", "Office 365 E3")
    assert (sku.enabled, sku.consumed, sku.warning, sku.suspended) == (1250, 900, 5, 2)
    assert sku.plan_ids == {MAIL, CHAT}
    assert described.assumed == ()
    assert len(described.people) == 0


def test_a_product_bought_twice_has_the_seats_of_both():
    (sku,) = made(licences(("Office 365 E3", "10", "3"), ("ENTERPRISEPACK", "5", "1"))).skus
    assert (sku.enabled, sku.consumed) == (15, 4)


def test_more_people_than_the_sheet_of_licences_counts():
    described = made(licences(("Office 365 E3", "10", "1")), people(("a@x.nl", "E3"), ("b@x.nl", "E3")))
    assert [(s.enabled, s.consumed) for s in described.skus] == [(10, 2)]


def test_fewer_seats_than_people_is_over_allocated():
    described = made(licences(("Office 365 E3", "1", "0")), people(("a@x.nl", "E3"), ("b@x.nl", "E3")))
    assert [s.free for s in described.skus] == [-1]


def test_lines_without_a_product_and_numbers_that_are_none():
    (sku,) = made(licences(("", "10", "3"), ("Office 365 E3", "lots", ""))).skus
    assert (sku.enabled, sku.consumed) == (0, 0)


def test_an_id_or_part_number_decides_and_a_useless_one_gives_way_to_the_name():
    fields = "sku_id product total"
    assert made(licences((E3, "whatever", "1"), fields=fields)).skus[0].sku_id == E3
    assert made(licences(("ENTERPRISEPACK", "", "1"), fields=fields)).skus[0].sku_id == E3
    assert made(licences(("n/a", "Office 365 E3", "1"), fields=fields)).skus[0].sku_id == E3


def test_a_product_that_nobody_knows_becomes_one():
    described = made(licences(("House licence", "7", "0")), people(("a@x.nl", "house LICENCE")))
    (sku,) = described.skus
    assert (sku.name, sku.part_number, sku.enabled, sku.consumed) == ("House licence", "House licence", 7, 1)
    assert own(held(described)) == [sku.sku_id]
    assert "Nobody knows the product “House licence”; the practice tenant has one of that name." in described.assumed


def test_an_id_that_nobody_knows_is_a_product():
    (sku,) = made(licences((ID, "3", "0"))).skus
    assert (sku.sku_id, sku.part_number, sku.name, sku.plans) == (ID, ID, ID, ())


def test_a_name_of_two_products_is_the_one_that_was_bought():
    described = made(licences(("VISIO_B", "5", "0")), people(("a@x.nl", "Visio Plan 2")))
    assert [s.part_number for s in described.skus] == ["VISIO_B"]
    assert described.assumed[1:] == ()


def test_a_name_of_two_products_that_nobody_bought_is_the_most_usual_one():
    described = made(people(("a@x.nl", "Visio Plan 2")))
    assert own(held(described)) == [V1]
    assert "“Visio Plan 2” may be several products; the practice tenant takes VISIO_A." in described.assumed


# --- people --------------------------------------------------------------------------------------------------------


def test_people_with_what_they_hold():
    described = made(
        people(
            ("A@X.nl", "Office 365 E4 + Office 365 E1", "Anna", "NL", ID.upper()),
            ("b@x.nl", "", "Bob", "", "no id"),
            fields="user holds display_name usage_location object_id",
        )
    )
    found = described.people
    assert (found.upns, found.names, found.locations) == (["a@x.nl", "b@x.nl"], ["Anna", "Bob"], ["NL", ""])
    assert found.ids[0] == ID
    assert UUID(found.ids[1])
    assert held(described) == [direct(E1), direct(E4)]
    assert held(described, "b@x.nl") == []


def test_ids_are_the_same_each_time():
    one, other = (made(people(("a@x.nl", "E3"), ("b@x.nl", "E3"))) for _ in range(2))
    assert one == other
    assert len(set(one.people.ids)) == 2


def test_where_no_sheet_tells_of_places_everybody_is_put_somewhere():
    described = made(people(("a@x.nl", "E3")))
    assert described.people.locations == ["US"]
    assert any("no usage locations" in sentence for sentence in described.assumed)


def test_an_empty_place_is_not_filled_in():
    described = made(people(("a@x.nl", "E3", ""), fields="user holds usage_location"))
    assert described.people.locations == [""]
    assert not any("usage locations" in sentence for sentence in described.assumed)


def test_seats_that_no_sheet_tells_of_are_as_many_as_people():
    described = made(people(("a@x.nl", "E4"), ("b@x.nl", "E4"), ("c@x.nl", "E1")))
    assert [(s.sku_id, s.enabled, s.consumed) for s in described.skus] == [(E1, 3, 1), (E4, 3, 2)]
    (sentence,) = [s for s in described.assumed if "how many seats" in s]
    assert "Office 365 E1, Office 365 E4" in sentence


def test_rows_that_name_nobody_are_left_out():
    assert made(people(("", "E4"), ("no name", "E4"), ("a@x.nl", "E4"))).people.upns == ["a@x.nl"]


def test_a_person_in_several_rows_holds_all_of_it():
    described = made(people(("a@x.nl", "E4"), ("b@x.nl", "E1"), ("A@x.nl ", "E1"), ("a@x.nl", "E4")))
    assert described.people.upns == ["a@x.nl", "b@x.nl"]
    assert held(described) == [direct(E1), direct(E4)]


def test_of_two_rows_about_one_licence_the_first_counts():
    rows = [("a@x.nl", "E3", MAIL), ("a@x.nl", "E3", CHAT)]
    assert held(made(people(*rows, fields="user holds disabled_plans"))) == [direct(E3, MAIL)]


def test_no_people_at_all():
    described = made(people())
    assert (described.skus, len(described.people)) == ((), 0)


def test_asked_products_are_there_and_slips_are_not():
    described = made(people(("a@x.nl", "E4")), asked=["Office 365 E5", "No such thing"])
    assert [(s.sku_id, s.enabled) for s in described.skus] == [(E4, 1), (E5, 1)]


# --- direct and through groups -------------------------------------------------------------------------------------


def test_group_licences():
    described = made(people(("a@x.nl", "E4", "E1"), ("b@x.nl", "", "E1"), fields="user holds_direct holds_group"))
    assert (own(held(described)), inherited(held(described))) == ([E4], [E1])
    one, other = (next(a.group for a in held(described, u) if a.group) for u in ("a@x.nl", "b@x.nl"))
    assert one == other
    assert {s.sku_id: s.consumed for s in described.skus} == {E1: 2, E4: 1}


def test_direct_and_through_a_group_is_both_and_one_seat():
    described = made(people(("a@x.nl", "E4", "E4"), fields="user holds_direct holds_group"))
    assert (own(held(described)), inherited(held(described))) == ([E4], [E4])
    assert [s.consumed for s in described.skus] == [1]


def test_a_list_of_everything_beside_a_list_of_groups():
    """Graph's own JSON lists every licence, and again the direct and the inherited ones."""
    rows = [("a@x.nl", "E4", "", "E4"), ("b@x.nl", "E4 + E1", "E1", "E4"), ("c@x.nl", "E4", "E4", "")]
    described = made(people(*rows, fields="user holds holds_direct holds_group"))
    found = {u: (own(held(described, u)), inherited(held(described, u))) for u in described.people.upns}
    assert found == {"a@x.nl": ([], [E4]), "b@x.nl": ([E1], [E4]), "c@x.nl": ([E4], [])}


# --- service plans -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "off"),
    [
        ("", []),
        (MAIL, [MAIL]),
        (MAIL.upper(), [MAIL]),
        (f"{MAIL}; {CHAT}", [MAIL, CHAT]),
        (f"{MAIL} {CHAT}", [MAIL, CHAT]),
        (f"{MAIL}\n{CHAT}", [MAIL, CHAT]),
        (f"{E3}:{MAIL}", [MAIL]),
        (f"{E3.upper()} : {MAIL.upper()}", [MAIL]),
        (f"{E4}:{MAIL}", []),
        (f"{E4}:{MAIL};{E3}:{CHAT}", [CHAT]),
        ("EXCHANGE", [MAIL]),
        ("teams1, exchange", [MAIL, CHAT]),
        (f"{E3}:TEAMS1", [CHAT]),
        ("NO_SUCH_PLAN", []),
        (ID, []),
    ],
)
def test_services_that_are_off(cell, off):
    described = made(people(("a@x.nl", "E3", cell), fields="user holds disabled_plans"))
    assert held(described) == [direct(E3, *off)]


def test_a_service_of_one_product_is_not_off_in_another():
    described = made(people(("a@x.nl", "E3 + E1", MAIL), fields="user holds disabled_plans"))
    assert held(described) == [direct(E1), direct(E3, MAIL)]


# --- movers --------------------------------------------------------------------------------------------------------


def test_movers_are_known_by_what_shall_be_taken_from_them():
    described = made(moves(("a@x.nl", "E4", "E3"), ("b@x.nl", "", "E3")))
    assert (held(described), held(described, "b@x.nl")) == ([direct(E4)], [])


def test_a_mover_in_two_rows_holds_what_both_take_away():
    described = made(moves(("a@x.nl", "E4", ""), ("a@x.nl", "E1", "E3")))
    assert held(described) == [direct(E1), direct(E4)]


def test_a_slip_in_what_shall_be_taken_away_makes_no_product():
    described = made(moves(("a@x.nl", "Offic 365 E4", "E3")))
    assert (held(described), [s.sku_id for s in described.skus]) == ([], [E3])


def test_what_movers_shall_get_is_there_only_where_no_sheet_says_what_was_bought():
    movers = moves(("a@x.nl", "E4", "E3"))
    assert E3 in {s.sku_id for s in made(movers).skus}
    assert E3 not in {s.sku_id for s in made(movers, licences(("E4", "5", "1"))).skus}


def test_a_mover_whom_the_sheet_of_users_does_not_know_is_not_made_up():
    described = made(people(("a@x.nl", "E4")), moves(("a@x.nl", "E4", "E3"), ("b@x.nl", "E4", "E3")))
    assert described.people.upns == ["a@x.nl"]


def test_services_of_a_mover_are_those_to_come():
    described = made(moves(("a@x.nl", "E3", "E1", MAIL), fields="user remove add disabled_plans"))
    assert held(described) == [direct(E3)]


@pytest.mark.parametrize("turn", [1, -1])
def test_what_a_sheet_of_users_says_counts_whatever_the_order_of_sheets(turn):
    sheets = [people(("a@x.nl", "E1")), moves(("a@x.nl", "E4", "E3"))]
    described = made(*sheets[::turn])
    assert held(described) == [direct(E1)]


def test_a_plain_list_of_names_says_nothing_about_what_they_hold():
    described = made(people(("a@x.nl",), fields="user"), moves(("a@x.nl", "E4", "E3")))
    assert held(described) == [direct(E4)]


def test_many_rows_of_many_kinds_stay_quick():
    """A line for each licence of each person: kinds of holdings are joined once, not once a row."""
    dice = random.Random(1)
    names = [f"House {n}" for n in range(12)]
    rows = [(f"u{n}@x.nl", name) for n in range(1500) for name in dice.sample(names, 4)]
    described = made(licences(*((n, "9", "0") for n in names)), people(*rows))
    assert all(len(h.assignments) <= 4 for h in described.people.holdings)
    assert sum(s.consumed for s in described.skus) == 6000
