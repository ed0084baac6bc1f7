"""JSON batching as documented: what makes the whole batch malformed, and what is each item's own affair."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from batch.core.terms import Holding
from tests.tenants.served.face import ASK_ALL, JSON, Face, assign, by_id, during, read
from tests.tenants.small_tenant import E1, E3, E4, direct, upn, user

PATCH = {"method": "PATCH", "headers": JSON, "body": {"usageLocation": "DE"}}


class TestItems:
    def test_twenty_writes_are_one_group_and_answered_by_id(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            items = [assign(user(n) if n % 2 else upn(n).upper()) for n in range(20)]
            told = await face.batch(*items)
            found = by_id(told)
            assert found.keys() == {item["id"] for item in items}
            assert sorted(response["status"] for response in found.values()) == [200] * 10 + [400] * 10
            assert [response["id"] for response in told.body["responses"]] != [item["id"] for item in items]
            counters = face.tenant.counters()
            assert (counters["groups"], counters["calls"], counters["writes"]) == (1, 20, 10)
            done = next(response for response in found.values() if response["status"] == 200)
            assert done["headers"]["x-ms-resource-unit"] == "1"
            assert done["headers"]["Content-Type"].startswith("application/json")
            assert done["body"]["@odata.context"] == f"{face.root}/v1.0/$metadata#users/$entity"

        during(tmp_path, [direct(E4)] * 20, work)

    def test_reads_writes_and_nonsense_side_by_side(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            told = await face.batch(
                assign(user(0)),
                read(upn(1), "?$select=id,usageLocation"),
                {"id": "list", "method": "get", "url": "users?$top=1&$select=id"},
                {"id": "count", "method": "GET", "url": "/users?$count=true&$top=1", "headers": ASK_ALL},
                {"id": "number", "method": "GET", "url": "/users/$count", "headers": ASK_ALL},
                {"id": "bad url", "method": "GET", "url": "/users/%zz"},
                {"id": "unknown", "method": "GET", "url": "/nothing"},
                {"id": "method", "method": "DELETE", "url": f"/users/{user(1)}"},
                {"id": "batch", "method": "POST", "url": "/$batch", "headers": JSON, "body": {"requests": []}},
                {"id": "no body", "method": "POST", "url": f"/users/{user(1)}/assignLicense"},
                {"id": "place", "url": f"/users/{user(1)}", **PATCH},
            )
            found = by_id(told)
            statuses = {name: response["status"] for name, response in found.items()}
            assert statuses == {
                user(0): 200,
                upn(1): 200,
                "list": 200,
                "count": 200,
                "number": 200,
                "bad url": 400,
                "unknown": 404,
                "method": 405,
                "batch": 404,
                "no body": 400,
                "place": 204,
            }
            assert found["list"]["body"]["@odata.nextLink"].startswith(f"{face.root}/v1.0/users?")
            assert found["count"]["body"]["@odata.count"] == 2
            assert found["number"]["body"] == "2"
            assert "body" not in found["place"]
            assert (await face.held(0)) == direct(E3)

        during(tmp_path, [direct(E4), direct(E4)], work)

    def test_whole_urls_are_taken_when_they_are_its_own(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            own = read(user(0)) | {"url": f"{face.root}/v1.0/users/{user(0)}"}
            other = read("other") | {"url": f"https://elsewhere.example/v1.0/users/{user(0)}"}
            found = by_id(await face.batch(own, other))
            assert (found[user(0)]["status"], found["other"]["status"]) == (200, 404)

        during(tmp_path, [direct(E4)], work)

    def test_without_the_right_each_write_is_refused_in_its_item(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            found = by_id(await face.batch(assign(user(0)), read(user(1)), token="readonly"))
            refused = found[user(0)]
            assert (refused["status"], found[user(1)]["status"]) == (403, 200)
            assert refused["body"]["error"]["code"] == "Authorization_RequestDenied"
            ids = refused["body"]["error"]["innerError"]
            assert set(ids) == {"date", "request-id", "client-request-id"}

        during(tmp_path, [direct(E4), direct(E4)], work)

    def test_one_user_twice_is_two_groups_one_after_the_other(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            first = assign(user(0)) | {"id": "first"}
            second = assign(upn(0), remove=[E3], add=[E1]) | {"id": "second"}
            found = by_id(await face.batch(first, assign(user(1)), second, assign("nobody")))
            assert {name: one["status"] for name, one in found.items()} == {
                "first": 200,
                user(1): 200,
                "second": 200,
                "nobody": 404,
            }
            assert (await face.held(0)) == direct(E1)
            assert face.tenant.counters()["groups"] == 2

        during(tmp_path, [direct(E4), direct(E4)], work)


class TestDependence:
    def test_what_depends_on_something_waits_for_it(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            place = {"id": "Place", "url": f"/users/{user(0)}", **PATCH}
            swap = assign(user(0)) | {"dependsOn": ["place"]}
            look = read(upn(0), "?$select=assignedLicenses") | {"dependsOn": [user(0), "PLACE"]}
            found = by_id(await face.batch(look, swap, place))
            assert [found[name]["status"] for name in ("Place", user(0), upn(0))] == [204, 200, 200]
            assert [held["skuId"] for held in found[upn(0)]["body"]["assignedLicenses"]] == [E3]

        async def main(face: Face) -> None:
            face.tenant.set_location(user(0), "")
            await work(face)

        during(tmp_path, [direct(E4)], main)

    def test_what_depends_on_a_failure_fails_without_being_tried(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            first = assign("nobody")
            second = assign(user(0)) | {"dependsOn": ["nobody"]}
            third = read(upn(0)) | {"dependsOn": [user(0)]}
            found = by_id(await face.batch(first, second, third, read(user(1))))
            statuses = [found[name]["status"] for name in ("nobody", user(0), upn(0), user(1))]
            assert statuses == [404, 424, 424, 200]
            assert found[user(0)]["body"]["error"]["code"] == "FailedDependency"
            assert (await face.held(0)) == direct(E4)

        during(tmp_path, [direct(E4), direct(E4)], work)


def test_a_malformed_batch_is_refused_whole(tmp_path: Path) -> None:
    good = assign(user(0))
    malformed: list[tuple[Any, str]] = [
        (None, "Invalid batch payload"),
        ([], "Invalid batch payload"),
        ({}, "Invalid batch payload"),
        ({"requests": {}}, "Invalid batch payload"),
        ({"requests": []}, "Invalid batch payload"),
        ({"requests": [good, 7]}, "must be an object"),
        ({"requests": [good | {"id": str(n)} for n in range(21)]}, "20 is the most"),
        ({"requests": [good, good]}, "unique"),
        ({"requests": [read("a") | {"id": "a"}, good | {"id": "A"}]}, "unique"),
        ({"requests": [good, read("a") | {"id": 1}]}, "'id'"),
        ({"requests": [good, read("a") | {"id": ""}]}, "'id'"),
        ({"requests": [good, {"id": "x", "url": "/users"}]}, "'method'"),
        ({"requests": [good, {"id": "x", "method": "GET"}]}, "'url'"),
        ({"requests": [good, read("a") | {"headers": []}]}, "headers"),
        ({"requests": [good, read("a") | {"headers": {"a": 1}}]}, "headers"),
        ({"requests": [{name: value for name, value in good.items() if name != "headers"}]}, "Content-Type"),
        ({"requests": [good | {"headers": {"Accept": "*/*"}}]}, "Content-Type"),
        ({"requests": [good, read("a") | {"dependsOn": "b"}]}, "dependsOn"),
        ({"requests": [good, read("a") | {"dependsOn": [1]}]}, "dependsOn"),
        ({"requests": [good, read("a") | {"dependsOn": ["b"]}]}, "not in the batch"),
        ({"requests": [good, read("a") | {"dependsOn": ["a"]}]}, "circle"),
        ({"requests": [good | {"dependsOn": ["b"]}, read("b") | {"dependsOn": [user(0)]}]}, "circle"),
    ]

    async def work(face: Face) -> None:
        for body, message in malformed:
            told = await face.post("/$batch", body)
            assert (told.status, told.code, message in told.message) == (400, "BadRequest", True), (body, told)
        assert (await face.held(0)) == direct(E4)
        assert face.tenant.counters()["calls"] == 0

    during(tmp_path, [direct(E4), Holding()], work)
