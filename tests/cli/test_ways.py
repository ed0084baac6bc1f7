"""Licences that come through groups, from the sheet to the report."""

from __future__ import annotations

import asyncio
import csv
from dataclasses import replace
from pathlib import Path

import pytest

from batch.core.estate import LicensingGroup
from batch.core.terms import Add, Call, Holding, Way, group_key
from batch.tenants.practice import PracticeTenant
from tests.tenants.small_tenant import E1, E3, E4, GROUP, SKUS, SWAY, TARGET, direct, guid, inherited, people, upn, user

RULE = guid(92)
GROUPS = (
    LicensingGroup(group_id=GROUP, name="Sales", licences=(Add(E4),), processing="ProcessingComplete"),
    LicensingGroup(group_id=TARGET, name="New sales", licences=(Add(E3),), processing="ProcessingComplete"),
    LicensingGroup(group_id=RULE, name="All of us", licences=(Add(E4),), dynamic=True),
)
MOVE = ("--tenant", "practice:t.db", "--from", "ENTERPRISEWITHSCAL", "--to", "ENTERPRISEPACK", "--accept", "voice")


def sheet(*rows: str) -> Path:
    Path("moves.csv").write_text("\n".join(["User principal name,Way,Target group", *rows, ""]))
    return Path("moves.csv")


@pytest.fixture
def held():
    """Users 0 and 1 in Sales, 2 in the group with a rule, 3 with a licence of their own and no usage location."""
    sales = Holding.of([inherited(E4)])
    crowd = people(sales, sales, Holding.of([inherited(E4, RULE)]), direct(E4))
    crowd.locations[3] = ""
    PracticeTenant.create(Path("t.db"), SKUS, crowd, groups=GROUPS)._db.close()

    def look():
        tenant = PracticeTenant.open("t.db")

        async def read():
            found = await tenant.people(None)
            await tenant.close()
            return {
                u: (found.holdings[h], p) for u, h, p in zip(found.ids, found.holding, found.locations, strict=True)
            }

        return asyncio.run(read())

    return look


def results(folder: str) -> dict[str, dict[str, str]]:
    with (Path(folder) / "results.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["user"]: row for row in csv.DictReader(file)}


def test_people_move_between_groups_and_a_missing_place_is_set(reassign, held):
    rows = sheet(f"{upn(0)},,new sales", f"{upn(2)},,{TARGET}", f"{upn(1)},,", f"{upn(3)},direct,")
    ended = reassign("run", "--users", rows, *MOVE, "--usage-location", "nl", "--out", "r", "--yes", "--json")
    assert ended.code == 3, ended.err
    now = held()
    assert now[user(0)][0] == Holding.of([inherited(E3, TARGET)])
    assert now[user(1)][0] == Holding.of([inherited(E4)])
    assert now[user(3)] == (direct(E3, off=(SWAY,)), "NL")
    told = results("r")
    assert [told[upn(n)]["outcome"] for n in range(4)] == ["applied", "blocked", "blocked", "applied"]
    assert "(Sales)" in told[upn(1)]["reason"]
    assert "(All of us)" in told[upn(2)]["reason"]
    assert ended.json()["reconciled"]
    again = reassign("run", "--users", sheet(f"{upn(0)},,new sales"), *MOVE, "--out", "r2", "--yes", "--json")
    assert (again.code, again.json()["status"]) == (0, "nothing")


def test_a_group_moves_only_with_a_word_and_then_whole(reassign, held):
    rows = sheet(f"{upn(0)},group,")
    ended = reassign("plan", "--users", rows, *MOVE, "--out", "r")
    assert ended.code == 4
    assert "all its 2 members; the sheets name 1" in ended.out
    assert "--allow-group" in ended.out
    assert held()[user(1)][0] == Holding.of([inherited(E4)])
    ended = reassign("apply", "r", "--allow-group", "--json")
    assert ended.code == 0, ended.out + ended.err
    assert {held()[user(n)][0] for n in (0, 1)} == {Holding.of([replace(inherited(E3), disabled=(SWAY,))])}
    (line,) = [s for s in ended.json()["skus"] if s["sku_id"] == E3]
    assert (line["before"], line["expected"], line["after"]) == (0, 2, 2)
    assert reassign("reconcile", "r").code == 0


def given_by_hand(holding: Holding) -> None:
    tenant = PracticeTenant.open("t.db")
    tenant.touch(user(1), holding)
    tenant._db.close()


def test_members_whom_the_group_cannot_serve_are_named(reassign, held):
    rows = sheet(f"{upn(0)},group,", f"{upn(1)},group,")
    assert reassign("plan", "--users", rows, *MOVE, "--out", "r").code == 0
    # Somebody adds what cannot stand beside the new licence.
    given_by_hand(Holding.of([inherited(E4), *direct(E1).assignments]))
    ended = reassign("apply", "r", "--json")
    assert ended.code == 9, ended.out + ended.err
    (found,) = [d for d in ended.json()["differences"] if "group" in d["text"]]
    assert found["text"].startswith(f"1 of the 2 members could not be given everything that the group gives: {upn(1)}")
    assert held()[user(0)][0].groups(E3) == (GROUP,)


def test_a_group_with_other_members_than_the_plan_counted_is_left_alone(reassign, held):
    assert reassign("plan", "--users", sheet(f"{upn(0)},group,", f"{upn(1)},group,"), *MOVE, "--out", "r").code == 0
    given_by_hand(direct(E4))
    assert reassign("apply", "r").code == 5
    assert held()[user(0)][0] == Holding.of([inherited(E4)])


def test_a_group_that_gives_something_else_by_now_is_not_joined(reassign, held):
    rows = sheet(f"{upn(0)},,new sales", f"{upn(1)},,new sales")
    assert reassign("plan", "--users", rows, *MOVE, "--out", "r").code == 0
    tenant = PracticeTenant.open("t.db")
    call = Call(group_key(TARGET), (E3,), (Add(E1),), way=Way.GROUP)
    assert asyncio.run(tenant.assign([call]))[0].status == 200
    tenant._db.close()
    assert reassign("apply", "r").code == 5
    assert held()[user(0)][0] == Holding.of([inherited(E4)])
