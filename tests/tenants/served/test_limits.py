"""The served tenant's limits: who keeps to the quota is never refused, who does not is told by how much."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from batch.core.quota import Quota
from batch.core.terms import Holding
from batch.tenants.served.exchange import GraphError
from batch.tenants.served.throttle import Throttle
from tests.tenants.served.face import Face, assign, by_id, during, swap_body
from tests.tenants.small_tenant import E3, E4, direct, user

SHARE = "x-ms-throttle-limit-percentage"


def swaps(first: int, count: int, *, back: bool = False) -> list[dict[str, Any]]:
    old, new = (E3, E4) if back else (E4, E3)
    return [assign(user(n), remove=[old], add=[new]) for n in range(first, first + count)]


class TestWrites:
    def test_those_beyond_the_quota_are_refused_one_by_one_until_a_token_is_back(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            organisation = await face.tenant.organisation()
            found = by_id(await face.batch(*swaps(0, 9)))
            refused = [one for one in found.values() if one["status"] == 429]
            assert [one["status"] for one in found.values()].count(200) == 6
            for one in refused:
                headers = {name.lower(): value for name, value in one["headers"].items()}
                # A token in half a second, told whole or as a fraction.
                assert headers["retry-after"] in ("1", "0.5")
                assert headers["x-ms-throttle-information"] == "WriteLimitExceeded"
                scope = headers["x-ms-throttle-scope"].split("/")
                assert (scope[0], scope[1], scope[3]) == ("Tenant_Application", "Write", organisation.tenant_id)
                assert 1.0 < float(headers[SHARE]) <= 1.8
                error = one["body"]["error"]
                assert list(error) == ["code", "innerError", "message"]
                assert (error["code"], error["message"]) == ("TooManyRequests", "Please retry again later.")
                assert (error["innerError"]["code"], error["innerError"]["status"]) == ("429", "429")
            assert face.tenant.counters()["calls"] == 6
            await asyncio.sleep(1.0)
            again = by_id(await face.batch(*[assign(one["id"]) for one in refused]))
            assert sorted(one["status"] for one in again.values()) == [200, 200, 429]

        during(tmp_path, [direct(E4)] * 9, work, quota=Quota(6, 3.0))

    def test_single_writes_count_too_and_malformed_ones_as_well(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            assert (await face.post(f"/users/{user(0)}/assignLicense", {})).status == 400
            place = await face.ask("PATCH", f"/users/{user(0)}", json={"usageLocation": "DE"})
            assert (place.status, SHARE in place.headers) == (204, True)
            told = await face.post(f"/users/{user(0)}/assignLicense", swap_body())
            assert (told.status, told.code) == (429, "TooManyRequests")
            assert told.headers["retry-after"] in ("5", "5.0")
            assert (await face.get("/users")).status == 200

        during(tmp_path, [direct(E4)], work, quota=Quota(2, 10.0))

    @pytest.mark.parametrize("writes", [20, 7])
    def test_who_keeps_to_the_quota_is_never_refused(self, tmp_path: Path, writes: int) -> None:
        async def work(face: Face) -> None:
            for turn in range(12):
                found = by_id(await face.batch(*swaps(0, writes, back=bool(turn % 2))))
                assert {one["status"] for one in found.values()} == {200}
                await asyncio.sleep(writes / 10)

        during(tmp_path, [direct(E4)] * 10 + [direct(E3)] * 10, work_of(work), quota=Quota(20, 2.0))

    def test_how_much_is_used_is_said_beyond_four_fifths(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            shares = []
            for n in range(10):
                told = await face.post(f"/users/{user(n)}/assignLicense", swap_body())
                shares.append(told.headers.get(SHARE, ""))
            assert shares == [""] * 8 + ["0.90", "1.00"]

        during(tmp_path, [direct(E4)] * 10, work, quota=Quota(10, 1e6))

    def test_the_longer_it_goes_on_the_greater_the_share_that_is_refused(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            told = [await face.post(f"/users/{user(0)}/assignLicense", swap_body()) for _ in range(8)]
            shares = [float(one.headers[SHARE]) for one in told if one.status == 429]
            assert shares == [round(1 + min(0.8, n / (n + 2)), 2) for n in range(1, 7)]
            await asyncio.sleep(30)
            calm = await face.post(f"/users/{user(0)}/assignLicense", swap_body())
            assert (calm.status, SHARE in calm.headers) == (400, False)

        during(tmp_path, [direct(E4)], work, quota=Quota(2, 20.0))


def work_of(work: Any) -> Any:
    """Everybody begins with E4."""

    async def main(face: Face) -> None:
        for n in range(20):
            face.tenant.touch(user(n), Holding())
        face.tenant.set_seats(E3, 100)
        face.tenant.set_seats(E4, 100)
        for n in range(20):
            face.tenant.touch(user(n), direct(E4))
        await work(face)

    return main


class TestUnits:
    def test_reads_are_metered_by_their_cost(self, tmp_path: Path) -> None:
        async def work(_: Face) -> None:
            throttle = Throttle(Quota(10, 1.0), "contoso", random.Random(1))
            for _ in range(7998 // 3):
                throttle.charge(3, 0)
            with pytest.raises(GraphError) as refusal:
                throttle.charge(3, 0)
            assert refusal.value.headers["x-ms-throttle-information"] == "ResourceUnitLimitExceeded"
            assert refusal.value.headers["x-ms-throttle-scope"].split("/")[:2] == ["Tenant_Application", "ReadWrite"]
            throttle.charge(2, 1)
            await asyncio.sleep(0.004)
            throttle.charge(3, 0)

        during(tmp_path, [], work)

    def test_without_a_quota_there_is_no_limit(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            pages = [{"id": str(n), "method": "GET", "url": "/organization"} for n in range(20)]
            for _ in range(30):
                found = by_id(await face.batch(*pages))
                assert all(one["status"] == 200 and SHARE not in one["headers"] for one in found.values())

        during(tmp_path, [], work)
