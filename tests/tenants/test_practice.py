"""The practice tenant keeps the port's promises, and its file keeps its own."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from batch.core.errors import ReassignError, TenantUnavailable, UsageError
from batch.core.exclusions import Conflicts
from batch.core.terms import Add, Answer, Call, Holding, People, Sku
from batch.engine.ports import Tenant
from batch.tenants.faults import Faults, Thief
from batch.tenants.practice import PracticeTenant
from tests.tenants.port_suite import Make, TenantPromises, consumed, holdings
from tests.tenants.small_tenant import (
    E1,
    E3,
    E4,
    PROJECT,
    SKUS,
    VISIO,
    direct,
    guid,
    inherited,
    people,
    swap,
    upn,
    user,
)
from tests.tenants.virtual_time import run_virtually


@contextmanager
def practice(path: Path, *held: Holding, faults: Faults | None = None, **more: bool) -> Iterator[PracticeTenant]:
    tenant = PracticeTenant.create(path, SKUS, people(*held), faults=faults, **more)
    try:
        yield tenant
    finally:
        asyncio.run(tenant.close())


def send(tenant: Tenant, *calls: Call) -> list[Answer]:
    return run_virtually(tenant.assign(calls))


def held_by(tenant: PracticeTenant, n: int) -> Holding | None:
    return run_virtually(tenant.look([user(n)]))[0].holding


def seats(tenant: PracticeTenant) -> dict[str, int]:
    return {sku.sku_id: sku.consumed for sku in tenant.describe().skus}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "contoso.db"


class TestPracticeKeepsThePromises(TenantPromises):
    @pytest.fixture
    def make(self, path: Path) -> Make:
        @asynccontextmanager
        async def make(skus: Iterable[Sku], crowd: People, faults: Faults) -> AsyncIterator[Tenant]:
            tenant = PracticeTenant.create(path, skus, crowd, faults=faults)
            try:
                yield tenant
            finally:
                await tenant.close()

        return make


class TestTheFile:
    def test_it_is_named_for_people(self, path: Path) -> None:
        with practice(path) as tenant:
            assert tenant.name == f"practice:{path}"
            assert run_virtually(tenant.people(None)) == People([], [], [], [], [], ())

    def test_what_was_done_is_there_when_opened_again_as_are_the_settings(self, path: Path) -> None:
        crowd = people(direct(E4), direct(E1))
        tenant = PracticeTenant.create(path, SKUS, crowd, conflicts=Conflicts(), warning_seats=True)
        send(tenant, swap(0))
        asyncio.run(tenant.close())
        with closing_tenant(PracticeTenant.open(path)) as again:
            assert held_by(again, 0) == direct(E3)
            assert again.counters()["writes"] == 1
            # Exchange Plan 1 beside Plan 2: this tenant keeps nothing apart.
            assert send(again, Call(user(1), (), (Add(E3),)))[0].status == 200

    def test_it_is_never_overwritten(self, path: Path) -> None:
        path.write_text("precious")
        with pytest.raises(UsageError, match="exists already"):
            PracticeTenant.create(path, SKUS, people())
        assert path.read_text() == "precious"

    @pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 a workbook", b"SQLite format 3\x00" + b"\x01" * 200])
    def test_other_files_are_refused_with_a_sentence(self, path: Path, content: bytes | None) -> None:
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(UsageError, match=r"contoso\.db") as refusal:
            PracticeTenant.open(path)
        assert "reassign tenant create" in refusal.value.todo
        assert content is None or path.read_bytes() == content

    def test_another_database_and_another_version_are_refused(self, path: Path) -> None:
        with closing(sqlite3.connect(path)) as db:
            db.execute("CREATE TABLE t (x)")
        with pytest.raises(UsageError, match="not a practice tenant"):
            PracticeTenant.open(path)
        path.unlink()
        with practice(path):
            pass
        with closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA user_version = 99")
        with pytest.raises(UsageError, match="another version"):
            PracticeTenant.open(path)

    def test_a_damaged_one_is_refused(self, path: Path) -> None:
        with practice(path):
            pass
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("UPDATE plans SET value = '['")
        with pytest.raises(UsageError, match="damaged"):
            PracticeTenant.open(path)

    def test_nothing_is_left_of_a_file_that_could_not_be_made(self, path: Path) -> None:
        crowd = people(direct(E4), direct(E4))
        crowd.upns[1] = crowd.upns[0]
        with pytest.raises(UsageError, match=upn(0)):
            PracticeTenant.create(path, SKUS, crowd)
        with pytest.raises(UsageError, match="not among"):
            PracticeTenant.create(path, SKUS, people(direct(guid(404))))
        assert list(path.parent.iterdir()) == []
        with pytest.raises(ReassignError, match="cannot be written"):
            PracticeTenant.create(path / "missing" / "t.db", SKUS, people())

    def test_remains_of_a_killed_process_do_not_get_into_a_new_file(self, path: Path) -> None:
        remains = path.with_name(f"{path.name}-wal")
        with practice(path, direct(E4)) as tenant:
            send(tenant, swap(0))
            wal = remains.read_bytes()
        assert wal
        path.unlink()
        remains.write_bytes(wal)
        with practice(path, direct(E1)) as tenant:
            assert held_by(tenant, 0) == direct(E1)

    def test_one_seat_for_direct_and_group_and_more_for_people_not_listed(self, path: Path) -> None:
        both = Holding.of([*direct(E4).assignments, inherited(E4)])
        crowd = people(both, Holding.of([inherited(E3)]), Holding())
        skus = [sku if sku.sku_id != E3 else sku_with(sku, consumed=7) for sku in SKUS]
        tenant = PracticeTenant.create(path, skus, crowd)
        with closing_tenant(tenant):
            summary = tenant.describe()
            assert (summary.people, summary.licensed, summary.path) == (3, 2, path)
            assert (seats(tenant)[E4], seats(tenant)[E3]) == (1, 7)

    def test_a_locked_file_is_a_busy_service(self, path: Path) -> None:
        with practice(path, direct(E4)) as tenant:
            tenant._db.execute("PRAGMA busy_timeout = 0")
            with closing(sqlite3.connect(path, isolation_level=None)) as other:
                other.execute("BEGIN EXCLUSIVE")
                assert [a.status for a in send(tenant, swap(0))] == [503]
                other.execute("ROLLBACK")
            assert [a.status for a in send(tenant, swap(0))] == [200]

    def test_a_locked_file_is_told_to_people(self, path: Path) -> None:
        with practice(path, direct(E4)) as tenant, closing(sqlite3.connect(path, isolation_level=None)) as other:
            tenant._db.execute("PRAGMA busy_timeout = 0")
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(TenantUnavailable, match="locked"):
                tenant.set_seats(E3, 5)

    def test_a_file_that_cannot_be_read_is_told_as_the_port_has_it(self, path: Path) -> None:
        with practice(path, direct(E4)) as tenant:
            tenant._db.execute("ALTER TABLE users RENAME TO away")
            assert run_virtually(tenant.look([user(0)]))[0].status == 503
            with pytest.raises(TenantUnavailable, match="users"):
                run_virtually(tenant.people(None))

    def test_a_failed_commit_leaves_nothing_behind_in_memory_either(self, path: Path) -> None:
        with practice(path, direct(E4), direct(E4)) as tenant:
            off = (SKUS[1].plans[0].plan_id,)
            tenant._db.execute("ALTER TABLE counters RENAME TO away")
            assert send(tenant, swap(0, off=off))[0].status == 503
            tenant._db.execute("ALTER TABLE away RENAME TO counters")
            assert (held_by(tenant, 0), tenant.counters()["writes"]) == (direct(E4), 0)
            # Takes the number that the undone transaction had given out.
            assert send(tenant, swap(1))[0].status == 200
            assert send(tenant, swap(0, off=off))[0].status == 200
            assert (held_by(tenant, 0), held_by(tenant, 1)) == (direct(E3, off=off), direct(E3))

    def test_what_was_answered_survives_a_kill(self, path: Path) -> None:
        with practice(path, direct(E4), direct(E4)):
            pass
        script = (
            "import asyncio, os, signal, sys; from batch.tenants.practice import PracticeTenant;"
            "from tests.tenants.small_tenant import swap; tenant = PracticeTenant.open(sys.argv[1]);"
            "asyncio.run(tenant.assign([swap(0)])); os.kill(os.getpid(), signal.SIGKILL)"
        )
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run([sys.executable, "-c", script, str(path)], check=False, env=env)
        assert done.returncode == -signal.SIGKILL
        with closing_tenant(PracticeTenant.open(path)) as tenant:
            assert (held_by(tenant, 0), held_by(tenant, 1)) == (direct(E3), direct(E4))
            assert (tenant.writes_of(user(0)), tenant.writes_of(user(1)), tenant.writes_of("nobody")) == (1, 0, 0)


class TestOthersMeanwhile:
    def test_seats_are_bought(self, path: Path) -> None:
        with practice(path, direct(VISIO), direct(E4)) as tenant:
            add = Call(user(1), (), (Add(VISIO),))
            assert send(tenant, add)[0].message == (
                f"Subscription with SKU {VISIO} does not have any available licenses."
            )
            tenant.set_seats(VISIO, 2)
            assert send(tenant, add)[0].status == 200
            with pytest.raises(UsageError, match="no SKU"):
                tenant.set_seats("unheard of", 2)

    def test_somebody_else_changes_and_deletes_a_user(self, path: Path) -> None:
        with practice(path, direct(E4), direct(E4)) as tenant:
            tenant.touch(user(0), direct(E1, VISIO))
            assert held_by(tenant, 0) == direct(E1, VISIO)
            assert (seats(tenant)[E4], seats(tenant)[E1], seats(tenant)[VISIO]) == (1, 1, 1)
            tenant.delete_user(user(0))
            assert [a.status for a in send(tenant, swap(0), swap(1))] == [404, 200]
            assert (seats(tenant)[E4], seats(tenant)[E1], seats(tenant)[VISIO]) == (0, 0, 0)
            assert tenant.describe().people == 1
            with pytest.raises(UsageError, match="no SKU"):
                tenant.touch(user(1), direct(guid(404)))
            assert held_by(tenant, 1) == direct(E3)
            with pytest.raises(UsageError, match="no user"):
                tenant.touch(user(0), direct(E1))

    def test_a_thief_takes_a_seat_once(self, path: Path) -> None:
        faults = Faults(thieves=(Thief("enterprisepack", 2), Thief(VISIO, 1)))
        with practice(path, *[direct(E4)] * 3, direct(VISIO), faults=faults) as tenant:
            send(tenant, swap(0))
            assert seats(tenant)[E3] == 1
            send(tenant, swap(1))
            send(tenant, swap(2))
            assert seats(tenant)[E3] == 4
            # Visio had no seat left to take.
            assert (seats(tenant)[VISIO], tenant.counters()["thefts"]) == (1, 1)

    def test_a_thief_of_an_unknown_product_is_refused(self, path: Path) -> None:
        with practice(path):
            pass
        with pytest.raises(UsageError, match="ENTERPRISPACK") as refusal:
            PracticeTenant.open(path, Faults(thieves=(Thief("ENTERPRISPACK", 2),)))
        assert refusal.value.todo == "Did you mean ENTERPRISEPACK?"


class TestCounters:
    def test_what_happened_is_counted(self, path: Path) -> None:
        at = {(user(3), 1): "throttled", (user(4), 1): "lost-after", (user(5), 1): "error-503"}
        with practice(path, *[direct(E4)] * 6, faults=Faults(at=at)) as tenant:
            send(tenant, swap(0), Call(user(1), (E4,), ()), swap(2, new=guid(404)), swap(3), swap(4), swap(5))
            send(tenant, swap(0), Call(user(4), (), (Add(E3),)))
            assert {name: count for name, count in tenant.counters().items() if count} == {
                "groups": 2,
                "calls": 8,
                "writes": 3,
                "redundant": 2,
                "refused": 1,
                "gaps": 1,
                "throttled": 1,
                "lost_after": 1,
                "error_503": 1,
            }
            assert tenant.writes_of(user(4)) == 1
            assert held_by(tenant, 1) == Holding()

    def test_units_in_the_grace_period_are_seats_only_if_the_tenant_says_so(self, path: Path) -> None:
        skus = [sku if sku.sku_id != VISIO else sku_with(sku, warning=1) for sku in SKUS]
        for warning_seats, status in ((False, 400), (True, 200)):
            where = path.with_suffix(f".{warning_seats}")
            crowd = people(direct(VISIO), direct(E4))
            with closing_tenant(PracticeTenant.create(where, skus, crowd, warning_seats=warning_seats)) as tenant:
                assert send(tenant, Call(user(1), (), (Add(VISIO),)))[0].status == status
                assert tenant.counters()["over_full"] == 0


class TestWeather:
    def test_rights_are_lost_from_one_call_on(self, path: Path) -> None:
        with practice(path, *[direct(E4)] * 4, faults=Faults(forbidden_after=2)) as tenant:
            statuses = [send(tenant, swap(n))[0].status for n in range(4)]
            assert statuses == [200, 200, 403, 403]

    def test_the_same_seed_gives_the_same_answers(self, tmp_path: Path) -> None:
        def answers(name: str, seed: int) -> list[list[Answer]]:
            faults = Faults.parse(f"seed={seed},throttle=.2,missing=.1,error-502=.1,lost-before=.1")
            with practice(tmp_path / name, *[direct(E4)] * 20, faults=faults) as tenant:
                return [send(tenant, *(swap(n) for n in range(20))) for _ in range(4)]

        assert answers("a", 1) == answers("b", 1)
        assert answers("c", 2) != answers("d", 3)

    def test_the_last_seats_go_to_anybody(self, tmp_path: Path) -> None:
        def winners(seed: int) -> list[int]:
            with practice(tmp_path / str(seed), *[direct(E4)] * 20, faults=Faults(seed=seed)) as tenant:
                return [a.status for a in send(tenant, *(swap(n, new=E1) for n in range(20)))]

        assert winners(1) != winners(2)

    def test_reads_lag_behind_writes_and_may_go_back_and_forth(self, path: Path) -> None:
        async def main(tenant: Tenant) -> None:
            await asyncio.sleep(100)
            await tenant.assign([swap(0)])
            await asyncio.sleep(1)
            looks = [(await tenant.look([user(0), user(1)])) for _ in range(60)]
            assert {sight[0].holding for sight in looks} == {direct(E4), direct(E3)}
            assert {sight[1].holding for sight in looks} == {direct(E4)}
            assert {(await holdings(tenant))[user(0)] for _ in range(60)} == {direct(E4), direct(E3)}
            assert {(await consumed(tenant))[E3] for _ in range(60)} == {0, 1}

        with practice(path, direct(E4), direct(E4), faults=Faults(lag=2.0)) as tenant:
            run_virtually(main(tenant))

    def test_a_group_takes_its_time_and_takes_effect_half_way(self, path: Path) -> None:
        async def main(tenant: PracticeTenant) -> None:
            loop = asyncio.get_running_loop()
            start = loop.time()
            sending = asyncio.create_task(tenant.assign([swap(0)]))
            await asyncio.sleep(0.02)
            assert tenant.writes_of(user(0)) == 0
            await asyncio.sleep(0.01)
            assert tenant.writes_of(user(0)) == 1
            await sending
            assert loop.time() - start == pytest.approx(0.05)

        with practice(path, direct(E4), faults=Faults(latency=0.05)) as tenant:
            run_virtually(main(tenant))


def test_a_project_needs_its_sharepoint(path: Path) -> None:
    with practice(path, direct(E3), direct(E1)) as tenant:
        statuses = [
            a.status for a in send(tenant, Call(user(0), (), (Add(PROJECT),)), Call(user(1), (), (Add(PROJECT),)))
        ]
        assert statuses == [200, 400]


def sku_with(sku: Sku, **more: int) -> Sku:
    return replace(sku, **more)  # type: ignore[arg-type]


@contextmanager
def closing_tenant(tenant: PracticeTenant) -> Iterator[PracticeTenant]:
    try:
        yield tenant
    finally:
        asyncio.run(tenant.close())
