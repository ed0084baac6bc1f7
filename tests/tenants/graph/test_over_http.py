"""The Graph adapter keeps the port's promises against the practice tenant served over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from batch.core.estate import LicensingGroup, Organisation, Subscription
from batch.core.terms import Add, Assignment, Holding, People, Sku, SkuStatus
from batch.engine.ports import Tenant
from batch.tenants.faults import Faults
from batch.tenants.graph.tenant import GraphTenant
from batch.tenants.practice import PracticeTenant
from batch.tenants.served.app import make_app
from tests.tenants.graph.quick_time import RELAXED, run_quickly
from tests.tenants.port_suite import Make, TenantPromises
from tests.tenants.small_tenant import E1, E3, E4, GROUP, SKUS, SWAY, VISIO, direct, guid, inherited, people, upn, user


class AnyToken:
    async def close(self) -> None:
        """Nothing to let go of."""

    async def bearer(self, *, renew: bool = False) -> str:
        return "a-token"


@asynccontextmanager
async def served(practice: PracticeTenant, faults: Faults) -> AsyncIterator[str]:
    """The root of this practice tenant over HTTP."""
    runner = web.AppRunner(make_app(practice, faults, None), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1.0"
    finally:
        await runner.cleanup()


class TestGraphOverHttp(TenantPromises):
    run: staticmethod[[Any], Any] = staticmethod(run_quickly)

    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        @asynccontextmanager
        async def made(skus: Iterable[Sku], people: People, faults: Faults) -> AsyncIterator[Tenant]:
            calm = replace(faults, latency=0.0)
            practice = PracticeTenant.create(tmp_path / "tenant.db", skus, people, faults=calm)
            tenant: GraphTenant | None = None
            try:
                async with served(practice, faults) as root:
                    tenant = GraphTenant(root, AnyToken(), settle=faults.lag, exchange=RELAXED)
                    try:
                        yield tenant
                    finally:
                        await tenant.close()
            finally:
                await practice.close()

        return made


def copied(
    path: Path, crowd: People, work: Callable[[GraphTenant, PracticeTenant], Awaitable[None]], **more: Any
) -> None:
    async def main() -> None:
        practice = PracticeTenant.create(path / "tenant.db", SKUS, crowd, **more)
        async with served(practice, Faults()) as root:
            tenant = GraphTenant(root, AnyToken(), exchange=RELAXED)
            await work(tenant, practice)
            await tenant.close()
        await practice.close()

    run_quickly(main())


def by_upn(found: People) -> dict[str, tuple[str, str, str, Holding]]:
    held = [found.holdings[i] for i in found.holding]
    return dict(zip(found.upns, zip(found.ids, found.names, found.locations, held, strict=True), strict=True))


MIXED = people(
    direct(E4, off=(SWAY,)),
    Holding(),
    Holding.of([inherited(E3), Assignment(sku_id=E3), Assignment(sku_id=VISIO)]),
    Holding.of([replace(inherited(E1), state="Error")]),
    Holding.of([replace(inherited(E1), state="ActiveWithError")]),
)


class TestOriginal:
    """What is copied is what is there."""

    def test_everything_but_users_comes_as_it_is(self, tmp_path: Path) -> None:
        whose = Organisation(tenant_id=guid(500), name="Contoso “Ltd”", domains=("contoso.com", "contoso.fr"))
        bought = Subscription(
            subscription_id=guid(600),
            commerce_id=guid(601),
            sku_id=E4,
            part_number="ENTERPRISEWITHSCAL",
            status=SkuStatus.WARNING,
            total=10,
            trial=True,
            created="2023-01-01T00:00:00Z",
            next_lifecycle="2027-02-01T00:00:00Z",
            owner_tenant=guid(602),
        )
        group = LicensingGroup(
            group_id=GROUP,
            name="Sales",
            licences=(Add(E3, (SWAY,)),),
            dynamic=True,
            synced=True,
            processing="ProcessingComplete",
        )

        async def work(tenant: GraphTenant, practice: PracticeTenant) -> None:
            assert await tenant.organisation() == whose
            assert await tenant.subscriptions() == (bought,)
            assert await tenant.licensing_groups() == (group,)
            ours, theirs = await tenant.skus(), await practice.skus()
            assert [replace(sku, name="") for sku in ours] == [replace(sku, name="") for sku in theirs]
            assert [sku.name for sku in ours] == [sku.part_number for sku in theirs]

        copied(tmp_path, MIXED, work, organisation=whose, subscriptions=[bought], groups=[group])

    def test_users_come_with_all_they_hold(self, tmp_path: Path) -> None:
        async def work(tenant: GraphTenant, practice: PracticeTenant) -> None:
            assert by_upn(await tenant.people(None)) == by_upn(await practice.people(None))
            licensed = by_upn(await tenant.licensed())
            assert licensed == by_upn(await practice.licensed())
            assert upn(1) not in licensed

        copied(tmp_path, MIXED, work)

    def test_a_thousand_and_more_come_page_by_page_and_singly_alike(self, tmp_path: Path) -> None:
        crowd = people(*[direct(E4)] * 1001, *[direct(E3)] * 3)
        wanted = [*(upn(n) for n in range(0, 1004, 3)), "nobody@contoso.com"]

        async def work(tenant: GraphTenant, practice: PracticeTenant) -> None:
            assert len(await tenant.people(None)) == 1004
            singly, paged = await tenant.people(wanted), await tenant.people(wanted, [E4, VISIO])
            assert by_upn(singly) == by_upn(paged) == by_upn(await practice.people(wanted))

        copied(tmp_path, crowd, work)

    def test_odd_names_are_found(self, tmp_path: Path) -> None:
        names = [
            "ann_fabrikam.com#ext#@contoso.com",
            "$cash@contoso.com",
            "o'neill@contoso.com",
            "a/b@contoso.com",
            "a%2fb@contoso.com",
            "a+b&c=d?e@contoso.com",
            "été@contoso.com",
            "('x')@contoso.com",
        ]
        crowd = replace(people(*[direct(E4)] * len(names)), upns=names)

        async def work(tenant: GraphTenant, practice: PracticeTenant) -> None:
            assert by_upn(await tenant.people(names)) == by_upn(await practice.people(None))
            assert [s.status for s in await tenant.look([user(0), "..", "a/b", "$batch", ""])] == [
                200,
                404,
                404,
                404,
                404,
            ]

        copied(tmp_path, crowd, work)
