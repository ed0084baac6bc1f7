"""What an upgrade from E4 must survive, one short story each, with the real command."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from batch.core.terms import Add, Assignment, Call, Holding
from batch.tenants.practice import PracticeTenant
from tests.cli.conftest import E3, E4, MOVE, lines_of, people, result_of, seats
from tests.wiring.test_undoing import image

FORMS_E3, FORMS_E5 = "2789c901-c14e-48ab-a76a-be334d9d793a", "e212cbc7-0961-4c40-9825-01117710dcb1"
HEAD = "User principal name,Display name,Usage location,Licenses\n"
ON = ("--tenant", "practice:t.db")


@pytest.fixture
def tenant(reassign):
    """Make a practice tenant of these lines of people and these lines of products; the file stays open to look in."""
    opened = []

    def make(lines, products):
        Path("users.csv").write_text(HEAD + lines, "utf-8")
        Path("licenses.csv").write_text("Product Title,Total Licenses,Assigned licenses\n" + products, "utf-8")
        made = reassign("tenant", "create", "t.db", "--users", "users.csv", "--licenses", "licenses.csv")
        assert made.code == 0, made.err
        opened.append(PracticeTenant.open("t.db"))
        return opened[-1]

    yield make
    for tenant in opened:
        asyncio.run(tenant.close())


FILES = ("--users", "users.csv", "--licenses", "licenses.csv")
OUT = ("--yes", "--out", "r")


@pytest.mark.parametrize("number", [0, 1, 19, 20, 21, 40, 41])
def test_groups_are_of_twenty_at_most_whatever_the_number(number, reassign):
    Path("users.csv").write_text(people(number) + "stays@c.example,Stays,NL,Office 365 E3\n", "utf-8")
    Path("licenses.csv").write_text(seats(number + 1, number), "utf-8")
    ended = reassign(
        "run", "--users", "users.csv", "--licenses", "licenses.csv", *MOVE, "--yes", "--out", "r", "--json"
    )
    assert ended.code == 0
    assert ended.json()["counts"]["applied"] == number
    groups = [row["group"] for row in lines_of("r/results.csv") if row["outcome"] == "applied"]
    assert max(map(groups.count, groups), default=0) <= 20
    assert len(set(groups)) == -(-number // 20)


def test_one_person_in_two_spellings_is_one_person(reassign):
    lines = "Anna@C.example,Anna,NL,Office 365 E4\nanna@c.EXAMPLE,Anna,NL,Office 365 E4\n"
    Path("users.csv").write_text(HEAD + lines, "utf-8")
    Path("licenses.csv").write_text(seats(2, 1), "utf-8")
    ended = reassign(
        "run", "--users", "users.csv", "--licenses", "licenses.csv", *MOVE, "--yes", "--out", "r", "--json"
    )
    assert (ended.json()["counts"]["applied"], ended.json()["counts"]["repeats"]) == (1, 1)


def test_without_a_usage_location_the_row_waits_or_gets_one(reassign, tenant):
    here = tenant("a@c.example,A,,Office 365 E4\n", "Office 365 E4,1,0\nOffice 365 E3,1,0\n")
    assert reassign("plan", "--users", "users.csv", *MOVE, *ON, "--out", "p", "--json").json()["counts"]["blocked"] == 1
    given = ("--usage-location", "nl")
    assert reassign("run", "--users", "users.csv", *MOVE, *ON, *given, *OUT).code == 0
    assert asyncio.run(here.people(None)).locations == ["NL"]


@pytest.mark.parametrize(("bought", "code", "moved"), [(3, 0, 3), (2, 4, 0)])
def test_seats_exactly_enough_and_one_short(bought, code, moved, reassign, sheets):
    ended = reassign("run", *sheets(3, bought), *OUT)
    assert ended.code == code
    assert result_of("r")["counts"]["applied"] == moved
    if code:
        assert "Buy 1 seat" in ended.err.replace("buy 1 seat", "Buy 1 seat")


def test_who_has_the_target_already_takes_no_second_seat(reassign, tenant):
    here = tenant("a@c.example,A,NL,Office 365 E4+Office 365 E3\n", "Office 365 E4,1,0\nOffice 365 E3,1,0\n")
    assert reassign("run", "--users", "users.csv", *MOVE, *ON, *OUT).code == 0
    assert image(here)["a@c.example"].sku_ids == {E3}
    assert [s.consumed for s in asyncio.run(here.skus()) if s.sku_id == E3] == [1]


def test_visio_beside_e4_stays_as_it_is(reassign, tenant):
    here = tenant(
        "a@c.example,A,NL,Office 365 E4+Visio Plan 2\n", "Office 365 E4,1,0\nOffice 365 E3,1,0\nVisio Plan 2,1,0\n"
    )
    before = image(here)["a@c.example"]
    visio = next(s for s in before.sku_ids if s not in (E3, E4))
    assert reassign("run", "--users", "users.csv", *MOVE, *ON, *OUT).code == 0
    after = image(here)["a@c.example"]
    assert after.sku_ids == {E3, visio}
    assert after.direct(visio) == before.direct(visio)


def test_forms_that_was_off_in_e4_stays_off_in_e5(reassign, tenant):
    here = tenant("a@c.example,A,NL,Office 365 E4\n", "Office 365 E4,1,0\nOffice 365 E5,1,0\n")
    (user_id,) = asyncio.run(here.people(None)).ids
    asyncio.run(here.assign([Call(user_id, (), (Add(E4, (FORMS_E3,)),))]))
    move = ("--from", "Office 365 E4", "--to", "Office 365 E5")
    assert reassign("run", "--users", "users.csv", *move, *ON, *OUT).code == 0
    (held,) = image(here)["a@c.example"].assignments
    assert FORMS_E5 in held.disabled


def test_a_second_run_changes_nothing(reassign, tenant):
    tenant("a@c.example,A,NL,Office 365 E4\n", "Office 365 E4,1,0\nOffice 365 E3,1,0\n")
    assert reassign("run", "--users", "users.csv", *MOVE, *ON, *OUT).code == 0
    again = reassign("run", "--users", "users.csv", *MOVE, *ON, "--yes", "--out", "s", "--json")
    assert (again.code, again.json()["counts"]["planned"], again.json()["counts"]["unchanged"]) == (0, 0, 1)


def test_throttled_inside_a_batch_that_itself_is_well(reassign, sheets):
    ended = reassign("run", *sheets(20), "--faults", "seed=3,throttle=0.4,retry-after=0", *OUT)
    assert ended.code == 0
    assert any(int(row["tries"]) > 1 for row in lines_of("r/results.csv"))


def test_a_person_who_was_deleted_is_moved_once_restored(reassign, tenant):
    here = tenant("a@c.example,A,NL,Office 365 E4\n", "Office 365 E4,2,0\nOffice 365 E3,2,0\n")
    Path("users.csv").write_text(HEAD + "a@c.example,A,NL,Office 365 E4\nb@c.example,B,NL,Office 365 E4\n", "utf-8")
    assert reassign("run", "--users", "users.csv", *MOVE, *ON, *OUT).code == 3
    with here._db as db:  # as a restore does: the same person, with the licence that they had
        db.execute(
            "INSERT INTO users (n, id, upn, name, location, holding) "
            "SELECT n + 1, 'restored', 'b@c.example', 'B', 'NL', (SELECT min(n) FROM holdings) FROM users"
        )
    rejects = ("--users", "r/rejects.csv")
    ended = reassign("run", *rejects, *MOVE, *ON, "--yes", "--out", "s")
    assert ended.code == 0, ended.err


def test_everybody_by_group_is_named_with_the_group_and_nobody_is_touched(reassign, tenant):
    here = tenant("a@c.example,A,NL,Office 365 E4\n", "Office 365 E4,1,0\nOffice 365 E3,1,0\n")
    give_by_group(here, "a@c.example", "g-1")
    before = image(here)
    assert reassign("run", "--users", "users.csv", *MOVE, *ON, *OUT).code == 3
    assert [row["code"] for row in lines_of("r/results.csv")] == ["inherited"]
    assert image(here) == before


def test_one_person_in_two_groups_takes_one_seat(reassign, tenant):
    here = tenant("a@c.example,A,NL,Office 365 E4\n", "Office 365 E4,1,0\nOffice 365 E3,1,0\n")
    give_by_group(here, "a@c.example", "g-1", "g-2")
    assert reassign("run", "--users", "users.csv", *MOVE, *ON, *OUT).code == 3
    assert [s.consumed for s in asyncio.run(here.skus()) if s.sku_id == E4] == [1]


def give_by_group(tenant, upn, *groups):
    """Let these groups give E4 instead of a direct assignment."""
    holding = Holding.of(Assignment(sku_id=E4, group=group) for group in groups)
    with tenant._db as db:
        number = tenant._holdings.number(holding)
        db.execute("UPDATE users SET holding = ? WHERE upn = ?", (number, upn))


@pytest.mark.parametrize(
    ("name", "encoding", "heads"),
    [
        ("nl.csv", "utf-8-sig", "Gebruikersnaam;Weergavenaam;Gebruikslocatie;Licenties"),
        ("fr.csv", "cp1252", "Nom d'utilisateur;Nom affiché;Emplacement d'utilisation;Licences"),
        ("es.csv", "utf-16", "Nombre de usuario\tNombre para mostrar\tUbicación de uso\tLicencias"),
    ],
)
def test_headings_in_other_languages_and_what_excel_makes_of_them(name, encoding, heads, reassign):
    cells = ["a@c.example", "Zoé", "FR", "Office 365 E4"]
    Path(name).write_text(f"{heads}\n{(chr(9) if chr(9) in heads else ';').join(cells)}\n", encoding)
    bought = "\ufeffProducttitel;Totaal aantal licenties;Toegewezen licenties\nOffice 365 E4;1;1\nOffice 365 E3;1;0\n"
    Path("licenses.csv").write_text(bought, "utf-8")
    assert reassign("run", "--users", name, "--licenses", "licenses.csv", *MOVE, *OUT).code == 0


def test_a_workbook_in_which_numbers_are_text(reassign):
    book = openpyxl.Workbook()
    book.active.append(["Product Title", "Total Licenses", "Assigned licenses"])
    book.active.append(["Office 365 E4", "2", "2"])
    book.active.append(["Office 365 E3", "2", "0"])
    book.save("licenses.xlsx")
    Path("users.csv").write_text(people(2), "utf-8")
    ended = reassign("run", "--users", "users.csv", "--licenses", "licenses.xlsx", *MOVE, *OUT, "--json")
    assert ended.code == 0
    assert [(s["seats"], s["after"]) for s in ended.json()["skus"]] == [(2, 0), (2, 2)]


def test_two_subscriptions_of_the_old_product_go_by_hand(reassign, tenant):
    here = tenant("a@c.example,A,NL,Office 365 E4\n", "Office 365 E4,2,0\nOffice 365 E3,2,0\n")
    bought = asyncio.run(here.subscriptions())
    more = [
        replace(s, subscription_id=f"{n}" + s.subscription_id[1:]) for s in bought for n in range(1 + (s.sku_id == E4))
    ]
    skus, everybody = asyncio.run(here.skus()), asyncio.run(here.people(None))
    asyncio.run(PracticeTenant.create("two.db", skus, everybody, subscriptions=more).close())
    products = ("--from", "Office 365 E4", "--to", "Office 365 E3", "--tenant", "practice:two.db")
    told = reassign("route", *products, "--json")
    (line,) = [line for line in told.json()["lines"] if line["rule"] == "U7"]
    assert line["mark"] == "fail"
    assert reassign("run", "--users", "users.csv", *products, "--accept", "voice", *OUT).code == 0
