"""What can be read of a served tenant, in the shapes that Microsoft documents."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from batch.core.terms import Assignment, Holding
from batch.tenants.faults import Faults
from tests.tenants.served.face import ASK_ALL, Face, during
from tests.tenants.small_tenant import (
    E1,
    E3,
    E4,
    GROUP,
    SKUS,
    SWAY,
    TEAMS,
    VISIO,
    direct,
    guid,
    inherited,
    swap,
    upn,
    user,
)

DEFAULT_USER = {
    "businessPhones": [],
    "displayName": "User 0",
    "givenName": None,
    "jobTitle": None,
    "mail": None,
    "mobilePhone": None,
    "officeLocation": None,
    "preferredLanguage": None,
    "surname": None,
    "userPrincipalName": upn(0),
    "id": user(0),
}
GUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class TestSkusAndPurchases:
    def test_a_sku_is_shown_with_its_seats_plans_and_subscriptions(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            organisation = await face.tenant.organisation()
            told = await face.get("/subscribedSkus")
            assert told.status == 200
            assert [row["skuId"] for row in told.values] == sorted(sku.sku_id for sku in SKUS)
            row = told.values[2]
            bought = row.pop("subscriptionIds")
            plans = row.pop("servicePlans")
            assert row == {
                "accountName": "contoso",
                "accountId": organisation.tenant_id,
                "appliesTo": "User",
                "capabilityStatus": "Enabled",
                "consumedUnits": 2,
                "id": f"{organisation.tenant_id}_{E4}",
                "skuId": E4,
                "skuPartNumber": "ENTERPRISEWITHSCAL",
                "prepaidUnits": {"enabled": 10, "suspended": 0, "warning": 0, "lockedOut": 0},
            }
            assert plans[2] == {
                "servicePlanId": TEAMS,
                "servicePlanName": "TEAMS1",
                "provisioningStatus": "Success",
                "appliesTo": "User",
            }
            subscriptions = {one["id"]: one for one in (await face.get("/directory/subscriptions")).values}
            assert subscriptions[bought[0]]["skuId"] == E4
            assert subscriptions[bought[0]]["totalLicenses"] == 10

        during(tmp_path, [direct(E4), direct(E4)], work)

    def test_one_by_its_id_with_what_is_selected(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            every = (await face.get("/subscribedSkus?$select=id,skuid")).values
            assert set(every[0]) == {"id", "skuId"}
            one = await face.get(f"/subscribedSkus/{every[1]['id'].upper()}?$select=skuPartNumber")
            assert one.body["skuPartNumber"] == "ENTERPRISEPACK"
            assert one.body["@odata.context"].endswith("/v1.0/$metadata#subscribedSkus(skuPartNumber)/$entity")
            assert one.headers["x-ms-resource-unit"] == "2"
            bought = (await face.get("/directory/subscriptions")).values[0]
            again = await face.get(f"/directory/subscriptions/{bought['id']}")
            assert {name: again.body[name] for name in bought} == bought
            assert (await face.get(f"/subscribedSkus/{E4}")).status == 404

        during(tmp_path, [], work)

    def test_the_organisation_has_an_id_of_its_own_and_the_peoples_domains(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            (one,) = (await face.get("/organization")).values
            assert GUID.fullmatch(one["id"])
            assert one["displayName"] == "Practice tenant"
            assert [(domain["name"], domain["isDefault"]) for domain in one["verifiedDomains"]] == [
                ("contoso.com", True)
            ]
            assert (await face.get(f"/organization/{one['id']}")).body["id"] == one["id"]

        during(tmp_path, [direct(E4)], work)

    def test_groups_have_pages_too(self, tmp_path: Path) -> None:
        other = Assignment(sku_id=E1, group=guid(80))

        async def work(face: Face) -> None:
            told = await face.get("/groups?$top=1&$select=id&$count=true", headers=ASK_ALL)
            assert (told.values, told.body["@odata.count"]) == ([{"id": guid(80)}], 2)
            rest = await face.get(told.body["@odata.nextLink"], headers=ASK_ALL)
            assert (rest.values, set(rest.body)) == ([{"id": GROUP}], {"@odata.context", "value"})
            assert (await face.get("/groups?$skiptoken=7")).values == []

        during(tmp_path, [Holding.of([inherited(E3), other])], work)

    def test_groups_show_their_licences_when_asked(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            (plain,) = (await face.get("/groups")).values
            assert plain["id"] == GROUP
            assert "assignedLicenses" not in plain
            (full,) = (await face.get("/groups?$select=id,assignedLicenses,licenseProcessingState")).values
            assert full == {
                "id": GROUP,
                "assignedLicenses": [{"disabledPlans": [], "skuId": E3}],
                "licenseProcessingState": {"state": "ProcessingComplete"},
            }
            assert (await face.get(f"/groups/{GROUP}")).body["displayName"] == f"Licensing group {GROUP[:8]}"
            some = "/groups?$count=true&$filter=assignedLicenses/$count%20ne%200%20and%20id%20ne%20null"
            assert (await face.get(some)).status == 400
            told = await face.get(some, headers=ASK_ALL)
            assert ([one["id"] for one in told.values], told.body["@odata.count"]) == ([GROUP], 1)
            none = f"/groups?$filter=assignedLicenses/any(x:x/skuId%20eq%20{E1})"
            assert (await face.get(none)).values == []
            assert (await face.get(none.replace(E1, E3.upper()))).values == [plain]

        during(tmp_path, [Holding.of([inherited(E3)])], work)


class TestOneUser:
    def test_is_found_by_id_and_by_name_in_any_case(self, tmp_path: Path) -> None:
        keys = [f"/{user(0)}", f"/{user(0).upper()}", f"/{upn(0)}", "/USER0%40contoso.com", f"('{upn(0)}')"]

        async def work(face: Face) -> None:
            for key in keys:
                told = await face.get(f"/users{key}")
                context = {"@odata.context": f"{face.root}/v1.0/$metadata#users/$entity"}
                assert (told.status, told.body) == (200, context | DEFAULT_USER), key
                assert told.headers["x-ms-resource-unit"] == "1"

        during(tmp_path, [direct(E4)], work)

    def test_shows_licences_place_and_kind_only_when_selected(self, tmp_path: Path) -> None:
        both = Holding.of([*direct(E3, off=tuple(sorted([SWAY, TEAMS]))).assignments, inherited(E3)])

        async def work(face: Face) -> None:
            names = "userType,accountEnabled,usageLocation,assignedLicenses,licenseAssignmentStates,department"
            told = await face.get(f"/users/{user(0)}?$select={names}")
            del told.body["@odata.context"]
            assert told.body == {
                "userType": "Member",
                "accountEnabled": True,
                "usageLocation": "FR",
                # Off in one way and on in the other is on.
                "assignedLicenses": [{"disabledPlans": [], "skuId": E3}],
                "licenseAssignmentStates": [
                    state(None, sorted([SWAY, TEAMS])),
                    state(GROUP, []),
                ],
                "department": None,
            }

        during(tmp_path, [both], work)

    def test_licence_details_say_what_is_switched_off(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            told = await face.get(f"/users/{upn(0)}/licenseDetails?$select=skuPartNumber,servicePlans")
            (row,) = told.values
            assert row["skuPartNumber"] == "ENTERPRISEPACK"
            on = {plan["servicePlanName"]: plan["provisioningStatus"] for plan in row["servicePlans"]}
            assert (on["SWAY"], on["TEAMS1"]) == ("Disabled", "Success")
            assert told.headers["x-ms-resource-unit"] == "1"
            assert len((await face.get(f"/users/{upn(1)}/licenseDetails")).values) == 2
            assert (await face.get(f"/users/{upn(2)}/licenseDetails")).values == []

        during(tmp_path, [direct(E3, off=(SWAY,)), direct(E1, VISIO), Holding()], work)

    def test_nobody_is_404_in_the_services_words(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            told = await face.get("/users/Gone@contoso.com", headers={"client-request-id": "mine-7"})
            assert (told.status, told.code) == (404, "Request_ResourceNotFound")
            assert told.message.startswith("Resource 'Gone@contoso.com' does not exist or one of its queried")
            error = told.body["error"]
            assert list(error) == ["code", "message", "innerError"]
            assert list(error["innerError"]) == ["date", "request-id", "client-request-id"]
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", error["innerError"]["date"])
            assert error["innerError"]["request-id"] == told.headers["request-id"]
            assert error["innerError"]["client-request-id"] == told.headers["client-request-id"] == "mine-7"

        during(tmp_path, [], work)


def state(group: str | None, off: list[str]) -> dict[str, Any]:
    return {
        "skuId": E3,
        "assignedByGroup": group,
        "disabledPlans": off,
        "state": "Active",
        "error": "None",
        "lastUpdatedDateTime": None,
    }


REFUSED = [
    ("$top=1000", "Invalid page size specified: '1000'. Must be between 1 and 999 inclusive."),
    ("$top=0", "Invalid page size specified: '0'. Must be between 1 and 999 inclusive."),
    ("$top=-1", "non-negative integer"),
    ("$top=%C2%B2", "non-negative integer"),
    ("$orderby=displayName", "'$orderby' is not supported"),
    ("$skip=10", "'$skip' is not supported"),
    ("$expand=manager", "'$expand' is not supported"),
    ("$select=id,nothing", "Could not find a property named 'nothing' on type 'microsoft.graph.user'."),
    ("$select=../..", "'../..'"),
    ("$select=id,,", "''"),
    ("$top=1&$top=2", "more than once"),
    ("$skiptoken=zz", "expired"),
    ("$skiptoken=ffffffffffffffffffff", "expired"),
    ("$count=maybe", "$count"),
    ("$count=maybe&$skiptoken=1", "$count"),
    ("$filter=%zz", "percent-escape"),
    ("$filter=%ff", "percent-escape"),
]


class TestPages:
    def test_every_page_is_reached_by_the_links_and_nobody_comes_twice(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            url, found, sizes = "/users?$top=4&$select=id,displayName&extra=%26x", [], []
            while url:
                told = await face.get(url)
                found += told.values
                sizes.append(len(told.values))
                url = told.body.get("@odata.nextLink", "")
                if url:
                    assert url.startswith(
                        f"{face.root}/v1.0/users?$top=4&$select=id,displayName&extra=%26x&$skiptoken="
                    )
            assert sizes == [4, 4, 3]
            assert found == [{"id": user(n), "displayName": f"User {n}"} for n in range(11)]

        during(tmp_path, [direct(E4)] * 10 + [Holding()], work)

    def test_a_page_holds_a_hundred_unless_told_otherwise(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            told = await face.get("/users")
            assert len(told.values) == 100
            assert told.values[0] == DEFAULT_USER
            assert told.body["@odata.context"] == f"{face.root}/v1.0/$metadata#users"
            assert "@odata.count" not in told.body
            last = await face.get(told.body["@odata.nextLink"])
            assert (len(last.values), "@odata.nextLink" in last.body) == (1, False)
            assert len((await face.get("/users?$top=999")).values) == 101

        during(tmp_path, [Holding()] * 101, work)

    def test_counting_needs_the_header(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            told = await face.get("/users?$count=true&$top=2", headers=ASK_ALL)
            assert told.body["@odata.count"] == 3
            # Only the first page says it.
            rest = await face.get(told.body["@odata.nextLink"], headers=ASK_ALL)
            assert (len(rest.values), "@odata.count" in rest.body) == (1, False)
            assert (await face.get("/users?$count=perhaps")).status == 400
            assert "@odata.count" not in (await face.get("/users?$count=true")).body
            assert (await face.get("/users/$count")).status == 400
            told = await face.get("/users/$count", headers=ASK_ALL)
            assert (told.body, told.headers["content-type"].split(";")[0]) == ("3", "text/plain")
            some = await face.get("/users/$count?$filter=assignedLicenses/$count%20ne%200", headers=ASK_ALL)
            assert some.body == "2"

        during(tmp_path, [direct(E4), direct(E3), Holding()], work)

    def test_a_page_costs_what_is_documented(self, tmp_path: Path) -> None:
        costs = {"": "2", "?$select=id": "1", "?$top=19": "1", "?$top=20": "2", "?$select=id&$top=1": "1"}

        async def work(face: Face) -> None:
            for query, cost in costs.items():
                assert (await face.get(f"/users{query}")).headers["x-ms-resource-unit"] == cost, query

        during(tmp_path, [], work)

    def test_what_is_not_understood_is_refused(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            for query, message in REFUSED:
                told = await face.get(f"/users?{query}")
                assert (told.status, message in told.message) == (400, True), (query, told)

        during(tmp_path, [], work)

    def test_a_page_lags_as_a_whole(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            await face.tenant.assign([swap(0)])
            await asyncio.sleep(5)
            query = "/users?$select=id,assignedLicenses&$filter=assignedLicenses/any(x:x/skuId%20eq%20"
            seen = set()
            for _ in range(40):
                for sku_id in (E3, E4):
                    for one in (await face.get(f"{query}{sku_id})")).values:
                        # Who is found for a licence is shown with it.
                        assert [held["skuId"] for held in one["assignedLicenses"]] == [sku_id]
                        seen.add(sku_id)
            assert seen == {E3, E4}

        during(tmp_path, [direct(E4)], work, faults=Faults(lag=10))


NOT_THERE = [
    ("GET", "/", 404),
    ("GET", "", 404),
    ("GET", "/me", 404),
    ("GET", "/users/x/y/z", 404),
    ("GET", "/users//licenseDetails", 404),
    ("GET", "/users(x)(y)", 404),
    ("GET", "/(x)", 404),
    ("GET", "/directory", 404),
    ("GET", "/directory/deletedItems", 404),
    ("GET", "/v1.0/users", 404),
    ("GET", "/subscribedSkus/a/b", 404),
    ("POST", "/users", 405),
    ("DELETE", "/users/x", 405),
    ("HEAD", "/users", 405),
    ("PATCH", "/subscribedSkus", 405),
    ("GET", "/$batch", 405),
    ("GET", f"/users/{user(0)}/assignLicense", 405),
    ("POST", f"/users/{user(0)}/licenseDetails", 405),
]


class TestPaths:
    def test_what_is_not_there(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            for method, path, status in NOT_THERE:
                told = await face.ask(method, path)
                assert told.status == status, (method, path, told)
                if status == 405 and method != "HEAD":
                    assert told.code == "Request_BadRequest"
                    assert told.message == "Specified HTTP method is not allowed for the request target."

        during(tmp_path, [direct(E4)], work)

    def test_segments_are_read_in_any_case(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            for path in ("/SUBSCRIBEDSKUS", "/Users", "/Directory/Subscriptions", "/organization/", "/Groups"):
                assert (await face.get(path)).status == 200
            assert (await face.get(f"{face.root}/beta/users")).status == 404
            assert (await face.get(f"{face.root}/")).status == 404

        during(tmp_path, [], work)

    def test_the_usual_headers(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            headers = (await face.get("/users")).headers
            assert headers["odata-version"] == "4.0"
            assert headers["content-type"].startswith("application/json;odata.metadata=minimal")
            assert GUID.fullmatch(headers["request-id"])
            assert headers["client-request-id"] == headers["request-id"]
            assert headers["date"]

        during(tmp_path, [], work)


class TestWhoMayAsk:
    def test_without_a_token_nothing(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            for header in (None, "", "Bearer", "Bearer ", "Basic c2VjcmV0", "secret"):
                headers = {} if header is None else {"Authorization": header}
                async with face.http.get(f"{face.root}/v1.0/users", headers=headers) as answer:
                    body = await answer.json()
                assert (answer.status, body["error"]["code"]) == (401, "InvalidAuthenticationToken"), header
                assert body["error"]["message"] == "Access token is empty."

        during(tmp_path, [], work)

    def test_an_expired_token(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            told = await face.get("/users", token="expired")
            assert (told.status, told.code) == (401, "InvalidAuthenticationToken")
            assert "expired" in told.message

        during(tmp_path, [], work)

    def test_no_token_is_ever_logged(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        async def work(face: Face) -> None:
            with caplog.at_level(0):
                told = await face.get("/users?$top=x", token="very-secret")
                await face.batch({}, token="very-secret")
            assert "very-secret" not in caplog.text + str(told)

        during(tmp_path, [], work)
