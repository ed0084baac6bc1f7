"""Whose a practice tenant is, what was bought, which groups carry licences; single users and pages of them."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections.abc import Coroutine, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from batch.core.errors import TenantUnavailable, UsageError
from batch.core.estate import LicensingGroup, Organisation, Subscription
from batch.core.terms import Add, Assignment, Holding, People, SkuStatus
from batch.engine.ports import Original
from batch.tenants.faults import Faults
from batch.tenants.practice import PracticeTenant
from batch.tenants.practice_directory import Condition
from tests.tenants.small_tenant import E1, E3, E4, GROUP, SKUS, SWAY, direct, guid, inherited, people, swap, upn, user
from tests.tenants.virtual_time import run_virtually

T = TypeVar("T")
COPIED = Organisation(tenant_id=guid(1), name="Contoso", domains=("contoso.com", "b.example"), copied_at=1.5)
BOUGHT = Subscription(
    subscription_id=guid(2),
    commerce_id=guid(3),
    sku_id=E3,
    part_number="ENTERPRISEPACK",
    status=SkuStatus.WARNING,
    total=7,
    trial=True,
    created="2023-01-01T00:00:00Z",
    next_lifecycle="2023-02-01T00:00:00Z",
    owner_tenant=guid(5),
)
LICENSING = LicensingGroup(
    group_id=guid(4), name="Sales", licences=(Add(E3, (SWAY,)), Add(E1)), dynamic=True, processing="ProcessingComplete"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "contoso.db"


@contextmanager
def opened(tenant: PracticeTenant) -> Iterator[PracticeTenant]:
    try:
        yield tenant
    finally:
        asyncio.run(tenant.close())


def ask(work: Coroutine[Any, Any, T]) -> T:
    return run_virtually(work)


class TestWhoseItIs:
    def test_one_of_its_own_keeps_its_id_when_opened_again(self, path: Path) -> None:
        crowd = people(direct(E4), direct(E4), direct(E4))
        crowd.upns[:] = ["a@b.example", "b@contoso.com", "c@contoso.com"]
        with opened(PracticeTenant.create(path, SKUS, crowd)) as tenant:
            whose = ask(tenant.organisation())
        assert re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", whose.tenant_id)
        assert whose == Organisation(
            tenant_id=whose.tenant_id, name="Practice tenant", domains=("contoso.com", "b.example")
        )
        with opened(PracticeTenant.open(path)) as again:
            assert (ask(again.organisation()), again.tenant_id) == (whose, whose.tenant_id)
        with opened(PracticeTenant.create(path.with_suffix(".2"), SKUS, crowd)) as other:
            assert ask(other.organisation()).tenant_id != whose.tenant_id

    def test_without_people_it_has_a_domain_all_the_same(self, path: Path) -> None:
        with opened(PracticeTenant.create(path, SKUS, people())) as tenant:
            assert ask(tenant.organisation()).domains == ("practice.example",)

    def test_a_copy_says_what_was_copied(self, path: Path) -> None:
        made = PracticeTenant.create(
            path, SKUS, people(direct(E4)), organisation=COPIED, subscriptions=[BOUGHT], groups=[LICENSING]
        )
        asyncio.run(made.close())
        with opened(PracticeTenant.open(path)) as tenant:
            copy: Original = tenant
            assert ask(copy.organisation()) == COPIED
            assert ask(copy.subscriptions()) == (BOUGHT,)
            assert ask(copy.licensing_groups()) == (LICENSING,)

    def test_an_older_file_does_not_say_whose_tenant_bought(self, path: Path) -> None:
        with opened(PracticeTenant.create(path, SKUS, people(), organisation=COPIED, subscriptions=[BOUGHT])):
            pass
        with closing(sqlite3.connect(path)) as db, db:
            ((text,),) = db.execute("SELECT value FROM meta WHERE name = 'subscriptions'")
            older = [{key: value for key, value in row.items() if key != "owner_tenant"} for row in json.loads(text)]
            db.execute("UPDATE meta SET value = ? WHERE name = 'subscriptions'", (json.dumps(older),))
        with opened(PracticeTenant.open(path)) as tenant:
            assert ask(tenant.subscriptions()) == (replace(BOUGHT, owner_tenant=""),)

    def test_an_older_file_opens_without_an_id(self, path: Path) -> None:
        with opened(PracticeTenant.create(path, SKUS, people(Holding.of([inherited(E3)])))):
            pass
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("DELETE FROM meta WHERE name IN ('organisation', 'subscriptions', 'groups')")
        with opened(PracticeTenant.open(path)) as tenant:
            assert ask(tenant.organisation()) == Organisation(tenant_id="", name="Practice tenant")
            assert len(ask(tenant.subscriptions())) == len(SKUS)
            assert [group.group_id for group in ask(tenant.licensing_groups())] == [GROUP]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("organisation", "[]"),
            ("organisation", "{"),
            ("organisation", '{"name": "x"}'),
            ("organisation", '{"tenant_id": "", "name": "", "domains": 1}'),
            ("subscriptions", '[{"status": "Enabled"}]'),
            ("subscriptions", "[1]"),
            ("subscriptions", '[{"status": "Odd"}]'),
            ("groups", '[{"licences": 1}]'),
        ],
    )
    def test_a_damaged_one_is_refused(self, path: Path, name: str, value: str) -> None:
        with opened(PracticeTenant.create(path, SKUS, people())):
            pass
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("UPDATE meta SET value = ? WHERE name = ?", (value, name))
        with pytest.raises(UsageError, match="damaged"):
            PracticeTenant.open(path)


class TestWhatWasBought:
    def test_one_subscription_a_sku_with_ids_that_stay(self, path: Path) -> None:
        with opened(PracticeTenant.create(path, SKUS, people())) as tenant:
            bought = ask(tenant.subscriptions())
            assert [one.subscription_id for one in bought] == sorted(one.subscription_id for one in bought)
            assert {(one.sku_id, one.total, one.status) for one in bought} == {
                (sku.sku_id, sku.enabled, sku.status) for sku in SKUS
            }
            tenant.set_seats(E3, 99)
            again = {one.sku_id: one for one in ask(tenant.subscriptions())}
            before = {one.sku_id: one for one in bought}
            assert again[E3] == replace(before[E3], total=99)
            assert again[E4] == before[E4]


class TestGroupsThatGive:
    def test_they_are_those_behind_what_is_inherited(self, path: Path) -> None:
        other = guid(91)
        crowd = people(
            Holding.of([inherited(E3), inherited(E1)]),
            Holding.of([Assignment(sku_id=E3, group=other, disabled=(SWAY,)), *direct(E4).assignments]),
            Holding.of([inherited(E3)]),
        )
        with opened(PracticeTenant.create(path, SKUS, crowd)) as tenant:
            first, second = ask(tenant.licensing_groups())
        assert (first.group_id, first.licences) == (GROUP, (Add(E1), Add(E3)))
        assert (second.group_id, second.licences) == (other, (Add(E3, (SWAY,)),))
        assert (first.dynamic, first.synced, first.processing) == (False, False, "ProcessingComplete")


class TestWhoIsLicensed:
    def test_who_holds_nothing_is_left_out(self, path: Path) -> None:
        failed = Holding.of([Assignment(sku_id=E3, group=GROUP, state="Error")])
        held = [direct(E4), Holding(), Holding.of([inherited(E3)]), failed, direct(E4)]
        with opened(PracticeTenant.create(path, SKUS, people(*held))) as tenant:
            found = ask(tenant.licensed())
        assert (found.ids, found.upns) == ([user(n) for n in (0, 2, 4)], [upn(n) for n in (0, 2, 4)])
        assert [found.holdings[i] for i in found.holding] == [held[n] for n in (0, 2, 4)]

    def test_it_takes_its_time_as_reading_does(self, path: Path) -> None:
        async def main(tenant: PracticeTenant) -> None:
            loop = asyncio.get_running_loop()
            for work in (tenant.organisation, tenant.licensed, tenant.subscriptions, tenant.licensing_groups):
                start = loop.time()
                await work()
                assert loop.time() - start == pytest.approx(2.0)

        with opened(PracticeTenant.create(path, SKUS, people(), faults=Faults(latency=2.0))) as tenant:
            ask(main(tenant))


class TestDirectory:
    def test_a_user_is_found_by_id_and_by_name(self, path: Path) -> None:
        with opened(PracticeTenant.create(path, SKUS, people(direct(E4), direct(E3)))) as tenant:

            async def main() -> None:
                with tenant.reading() as directory:
                    found = directory.find([user(0), upn(1), "nobody"])
                assert found.keys() == {user(0), upn(0), user(1), upn(1)}
                assert found[user(0)] == (1, user(0), upn(0), "User 0", "FR", direct(E4))
                assert found[upn(1)].holding == direct(E3)

            ask(main())

    def test_pages_go_on_behind_a_place_and_show_one_moment(self, path: Path) -> None:
        async def main(tenant: PracticeTenant) -> None:
            wanted = Condition("location = ?", ("FR",))
            with tenant.reading() as directory:
                first = directory.page(wanted, 0, 3)
                rest = directory.page(wanted, first[-1].n, 9)
                assert [person.user_id for person in first + rest] == [user(n) for n in range(5)]
                assert directory.count(wanted) == 5
            await tenant.assign([swap(0)])
            await asyncio.sleep(1)
            shown = set()
            for _ in range(40):
                with tenant.reading() as directory:
                    (person,) = directory.page(Condition("n = 1"), 0, 9)
                    assert directory.find([user(0)])[user(0)] == person
                    shown.add(person.holding)
            assert shown == {direct(E4), direct(E3)}

        made = PracticeTenant.create(path, SKUS, people(*[direct(E4)] * 5), faults=Faults(lag=2.0))
        with opened(made) as tenant:
            ask(main(tenant))

    def test_a_place_is_set(self, path: Path) -> None:
        with opened(PracticeTenant.create(path, SKUS, people(direct(E4)))) as tenant:
            assert tenant.set_location(user(0), "DE")
            assert not tenant.set_location("nobody", "DE")
            assert ask(tenant.look([user(0)]))[0].location == "DE"

    def test_a_file_that_cannot_be_read_is_told(self, path: Path) -> None:
        async def main(tenant: PracticeTenant) -> None:
            with pytest.raises(TenantUnavailable, match="users"), tenant.reading() as directory:
                directory.find(["x"])

        with opened(PracticeTenant.create(path, SKUS, People([], [], [], [], [], ()))) as tenant:
            tenant._db.execute("ALTER TABLE users RENAME TO away")
            ask(main(tenant))
