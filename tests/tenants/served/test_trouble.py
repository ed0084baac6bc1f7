"""Faults as they arrive over HTTP: lost connections, missing items, throttled and failing ones, lag and latency."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import ClientError

from batch.tenants.faults import Faults
from tests.tenants.served.face import Face, assign, by_id, during, read, swap_body
from tests.tenants.small_tenant import E3, E4, direct, upn, user


class TestLost:
    @pytest.mark.parametrize(("faults", "done"), [(Faults(lost_before=1), False), (Faults(lost_after=1), True)])
    def test_a_lost_group_is_a_lost_connection(self, tmp_path: Path, faults: Faults, *, done: bool) -> None:
        async def work(face: Face) -> None:
            with pytest.raises(ClientError):
                await face.batch(assign(user(0)), assign(user(1)))
            with pytest.raises(ClientError):
                await face.post(f"/users/{user(2)}/assignLicense", swap_body())
            assert [(await face.held(n)) for n in range(3)] == [direct(E3 if done else E4)] * 3
            # The next connection is as good as any.
            assert (await face.get("/users")).status == 200

        during(tmp_path, [direct(E4)] * 3, work, faults=faults)

    @pytest.mark.parametrize(("kind", "done"), [("missing", False), ("missing-after", True), ("lost-after", True)])
    def test_one_lost_among_others_is_left_out(self, tmp_path: Path, kind: str, *, done: bool) -> None:
        async def work(face: Face) -> None:
            found = by_id(await face.batch(assign(user(0)), assign(upn(1)), read(user(1))))
            assert found.keys() == {upn(1), user(1)}
            assert (await face.held(0)) == direct(E3 if done else E4)

        during(tmp_path, [direct(E4)] * 2, work, faults=Faults(at={(user(0), 1): kind}))

    def test_what_depends_on_a_lost_one_is_not_tried(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            found = by_id(await face.batch(assign(user(0)), assign(user(1)) | {"dependsOn": [user(0)]}))
            assert {name: one["status"] for name, one in found.items()} == {user(1): 424}
            assert (await face.held(1)) == direct(E4)

        during(tmp_path, [direct(E4)] * 2, work, faults=Faults(at={(user(0), 1): "lost-after"}))

    def test_lost_reads(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            with pytest.raises(ClientError):
                await face.batch(read(user(0)), read(user(1)))
            with pytest.raises(ClientError):
                await face.get(f"/users/{user(0)}")
            found = by_id(await face.batch(assign(user(0)), read(user(1)), read("nobody")))
            assert {name: one["status"] for name, one in found.items()} == {user(0): 200, "nobody": 404}
            for url in ("/users", "/subscribedSkus", "/users/$count"):
                assert (await face.get(url, headers={"ConsistencyLevel": "eventual"})).status == 200

        during(tmp_path, [direct(E4)] * 2, work, faults=Faults(read_lost=1))


class TestRefused:
    @pytest.mark.parametrize(
        ("kind", "status", "code"),
        [
            ("throttled", 429, "TooManyRequests"),
            ("forbidden", 403, "Authorization_RequestDenied"),
            ("error-409", 409, "Directory_ConcurrencyViolation"),
            ("error-503", 503, "serviceNotAvailable"),
            ("error-504-after", 504, "UnknownError"),
        ],
    )
    def test_one_item_or_one_answer_carries_the_status(self, tmp_path: Path, kind: str, status: int, code: str) -> None:
        async def work(face: Face) -> None:
            found = by_id(await face.batch(assign(upn(0)), assign(user(1))))
            assert (found[upn(0)]["status"], found[user(1)]["status"]) == (status, 200)
            assert found[upn(0)]["body"]["error"]["code"] == code
            alone = await face.post(f"/users/{user(2)}/assignLicense", swap_body())
            assert (alone.status, alone.code) == (status, code)

        during(tmp_path, [direct(E4)] * 3, work, faults=Faults(at={(user(0), 1): kind, (user(2), 1): kind}))

    def test_how_long_to_wait_comes_in_every_form(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            forms: set[tuple[str, str]] = set()
            for _ in range(6):
                for one in by_id(await face.batch(*(assign(user(n)) for n in range(20)))).values():
                    assert one["status"] == 429
                    named = [(name, value) for name, value in one["headers"].items() if name.lower() == "retry-after"]
                    forms |= set(named or [("", "")])
            assert {value for _, value in forms} == {"2", "2.128", ""}
            assert {name for name, _ in forms} == {"Retry-After", "retry-after", ""}

        during(tmp_path, [direct(E4)] * 20, work, faults=Faults(throttle=1, retry_after=2))

    def test_single_reads_are_throttled_and_pages_are_not(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            found = by_id(
                await face.batch(read(user(0)), {"id": "d", "method": "GET", "url": f"/users/{upn(0)}/licenseDetails"})
            )
            assert {one["status"] for one in found.values()} == {429}
            assert (await face.get(f"/users/{upn(0)}")).status == 429
            assert (await face.get("/users")).status == 200

        during(tmp_path, [direct(E4)], work, faults=Faults(read_throttle=1))

    def test_a_file_that_is_busy_is_a_service_that_is_not_there(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            face.tenant._db.execute("ALTER TABLE users RENAME TO away")
            found = by_id(await face.batch(assign(user(0)), read(upn(0)), assign(user(1))))
            assert {one["status"] for one in found.values()} == {503}
            assert (await face.get("/users")).code == "serviceNotAvailable"
            place = await face.ask("PATCH", f"/users/{user(0)}", json={"usageLocation": "DE"})
            assert place.status == 503

        during(tmp_path, [direct(E4)], work)


class TestTime:
    def test_half_the_latency_passes_before_and_half_after(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            loop = asyncio.get_running_loop()
            start = loop.time()
            sending = asyncio.create_task(face.batch(assign(user(0)), assign(user(1)), read(upn(0))))
            await asyncio.sleep(0.09)
            assert face.tenant.writes_of(user(0)) == 0
            await asyncio.sleep(0.03)
            assert face.tenant.writes_of(user(0)) == 1
            assert not sending.done()
            await sending
            assert loop.time() - start == pytest.approx(0.2, abs=0.001)
            with pytest.raises(ClientError):
                await face.post(f"/users/{user(2)}/assignLicense", swap_body())
            assert loop.time() - start == pytest.approx(0.4, abs=0.001)

        during(tmp_path, [direct(E4)] * 3, work, faults=Faults(latency=0.2, at={(user(2), 1): "lost-after"}))

    def test_reads_may_show_what_was(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            await face.batch(assign(user(0)))
            await asyncio.sleep(2)
            seen = set()
            for _ in range(40):
                told = await face.get(f"/users/{upn(0)}?$select=assignedLicenses")
                seen.add(told.body["assignedLicenses"][0]["skuId"])
            assert seen == {E3, E4}
            await asyncio.sleep(3)
            told = await face.get(f"/users/{upn(0)}?$select=assignedLicenses")
            assert told.body["assignedLicenses"][0]["skuId"] == E3

        during(tmp_path, [direct(E4)], work, faults=Faults(lag=4))
