"""Licences and usage locations change as the service changes them, and malformed bodies change nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from batch.core.terms import Assignment, Holding
from tests.tenants.served.face import Face, during, swap_body
from tests.tenants.small_tenant import E1, E3, E4, GROUP, SWAY, TARGET, VISIO, direct, guid, inherited, upn, user

GUID_WANTED = (
    "Cannot convert a primitive value to the expected type 'Edm.Guid'. See the inner exception for more details"
)


class TestAssignLicense:
    @pytest.mark.parametrize("key", [user(0), user(0).upper(), upn(0), "USER0%40contoso.com"])
    def test_both_sides_of_a_swap_happen_and_the_default_user_comes_back(self, tmp_path: Path, key: str) -> None:
        async def work(face: Face) -> None:
            body = {
                "addLicenses": [{"skuId": E3.upper(), "disabledPlans": [SWAY.upper()]}],
                "removeLicenses": [E4.upper()],
                "@odata.type": "ignored",
            }
            told = await face.post(f"/users/{key}/assignLicense", body)
            assert told.status == 200
            assert (await face.held(0)) == direct(E3, off=(SWAY,))
            assert told.body["@odata.context"] == f"{face.root}/v1.0/$metadata#users/$entity"
            assert (told.body["id"], told.body["userPrincipalName"]) == (user(0), upn(0))
            assert len(told.body) == 12
            assert told.headers["x-ms-resource-unit"] == "1"
            assert face.tenant.writes_of(user(0)) == 1

        during(tmp_path, [direct(E4)], work)

    @pytest.mark.parametrize(
        ("remove", "add", "message"),
        [
            ((E1,), (E3,), "User does not have a corresponding license."),
            ((E4,), (VISIO,), f"Subscription with SKU {VISIO} does not have any available licenses."),
            ((), (E1,), "are mutually exclusive"),
            ((guid(404),), (), f"License {guid(404)} does not correspond to a valid company License."),
        ],
    )
    def test_refusals_are_the_services_own(
        self, tmp_path: Path, remove: tuple[str, ...], add: tuple[str, ...], message: str
    ) -> None:
        async def work(face: Face) -> None:
            told = await face.post(f"/users/{upn(0)}/assignLicense", swap_body(remove=remove, add=add))
            assert (told.status, told.code) == (400, "Request_BadRequest")
            assert message in told.message
            assert (await face.held(0)) == direct(E4)

        during(tmp_path, [direct(E4), direct(VISIO)], work)

    def test_nobody_cannot_be_given_anything(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            told = await face.post("/users/gone@contoso.com/assignLicense", swap_body())
            assert (told.status, told.code) == (404, "Request_ResourceNotFound")
            assert "'gone@contoso.com'" in told.message

        during(tmp_path, [], work)

    def test_a_malformed_body_is_refused_and_changes_nothing(self, tmp_path: Path) -> None:
        adding = {"removeLicenses": []}
        bodies: list[tuple[Any, str]] = [
            ({"addLicenses": []}, "'removeLicenses' is required"),
            ({"removeLicenses": [E4]}, "'addLicenses' is required"),
            ({"addLicenses": None, "removeLicenses": []}, "'addLicenses' is required"),
            ({"addLicenses": {}, "removeLicenses": []}, "must be an array"),
            (swap_body() | {"force": True}, "'force'"),
            (swap_body(remove=["no guid"]), GUID_WANTED),
            (swap_body(remove=[E4 + "\n"]), GUID_WANTED),
            (swap_body(add=["{" + E3 + "}"]), GUID_WANTED),
            ({"addLicenses": [], "removeLicenses": [4]}, GUID_WANTED),
            (adding | {"addLicenses": [{"disabledPlans": []}]}, GUID_WANTED),
            (adding | {"addLicenses": [E3]}, "must be a JSON object"),
            (adding | {"addLicenses": [{"skuId": E3, "plans": []}]}, "'plans' does not exist"),
            (adding | {"addLicenses": [{"skuId": E3, "disabledPlans": "all"}]}, "must be an array"),
            (adding | {"addLicenses": [{"skuId": E3, "disabledPlans": [[]]}]}, GUID_WANTED),
            ([], "must be a JSON object"),
            ("text", "must be a JSON object"),
        ]

        async def work(face: Face) -> None:
            for body, message in bodies:
                told = await face.post(f"/users/{user(0)}/assignLicense", body)
                assert (told.status, message in told.message) == (400, True), (body, told)
            assert (await face.ask("POST", f"/users/{user(0)}/assignLicense")).status == 400
            assert (await face.held(0)) == direct(E4)
            assert face.tenant.counters()["calls"] == 0

        during(tmp_path, [direct(E4)], work)

    def test_one_without_a_place_must_be_given_one_first(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            face.tenant.set_location(user(0), "")
            assert (await face.get(f"/users/{upn(0)}?$select=usageLocation")).body["usageLocation"] is None
            told = await face.post(f"/users/{upn(0)}/assignLicense", swap_body())
            assert "invalid usage location" in told.message
            assert (await face.ask("PATCH", f"/users/{upn(0)}", json={"usageLocation": "DE"})).status == 204
            assert (await face.get(f"/users/{upn(0)}?$select=usageLocation")).body["usageLocation"] == "DE"
            assert (await face.post(f"/users/{upn(0)}/assignLicense", swap_body())).status == 200

        during(tmp_path, [direct(E4)], work)


class TestUsageLocation:
    def test_what_is_no_place_is_refused(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            for body in ({"usageLocation": "FRA"}, {"usageLocation": None}, {"usageLocation": 1}, {"city": "x"}, []):
                told = await face.ask("PATCH", f"/users/{upn(0)}", json=body)
                assert told.status == 400, body
            assert (await face.ask("PATCH", "/users/nobody", json={"usageLocation": "DE"})).status == 404
            empty = await face.ask("PATCH", f"/users/{user(0)}", json={})
            assert (empty.status, empty.body) == (204, "")
            assert (await face.get(f"/users/{upn(0)}?$select=usageLocation")).body["usageLocation"] == "FR"

        during(tmp_path, [direct(E4)], work)


class TestWithoutTheRight:
    def test_writes_are_refused_and_reads_are_not(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            assert (await face.get("/users", token="readonly")).status == 200
            told = await face.post(f"/users/{user(0)}/assignLicense", swap_body(), token="readonly")
            assert (told.status, told.code) == (403, "Authorization_RequestDenied")
            assert told.message == "Insufficient privileges to complete the operation."
            there = await face.ask("PATCH", f"/users/{user(0)}", json={"usageLocation": "DE"}, token="readonly")
            assert there.status == 403
            assert (await face.held(0)) == direct(E4)

        during(tmp_path, [direct(E4)], work)


def test_a_failed_assignment_is_shown_as_failed_and_gives_nothing(tmp_path: Path) -> None:
    async def work(face: Face) -> None:
        told = await face.get(f"/users/{user(0)}?$select=assignedLicenses,licenseAssignmentStates")
        assert told.body["assignedLicenses"] == []
        (row,) = told.body["licenseAssignmentStates"]
        assert (row["state"], row["error"]) == ("Error", "Other")
        some = await face.get(f"/users?$filter=assignedLicenses/any(x:x/skuId%20eq%20{E3})")
        assert some.values == []

    during(tmp_path, [Holding.of([Assignment(sku_id=E3, group=guid(90), state="Error")])], work)


class TestGroups:
    CROWD = (Holding.of([inherited(E4)]), Holding.of([inherited(E3, TARGET)]), direct(E4))

    def test_members_come_by_cast_with_what_they_hold(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            eventual = {"ConsistencyLevel": "eventual"}
            path = f"/groups/{GROUP}/members/microsoft.graph.user?$count=true&$select=id,licenseAssignmentStates"
            told = await face.ask("GET", path, headers=eventual)
            assert [row["id"] for row in told.values] == [user(0)]
            assert told.values[0]["licenseAssignmentStates"][0]["assignedByGroup"] == GROUP
            assert (await face.ask("GET", path)).status == 400
            assert (await face.get(f"/groups/{GROUP}/members")).values[0]["userPrincipalName"] == upn(0)
            assert (await face.get(f"/groups/{GROUP}/membersWithLicenseErrors")).values == []
            assert (await face.get(f"/groups/{guid(404)}/members")).status == 404
            state = await face.get(f"/groups/{GROUP}?$select=licenseProcessingState")
            assert state.body["licenseProcessingState"] == {"state": "ProcessingComplete"}

        during(tmp_path, self.CROWD, work)

    def test_people_come_and_go_by_reference(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            join, leave = f"/groups/{TARGET}/members/$ref", f"/groups/{GROUP}/members/{user(0)}/$ref"
            member = {"@odata.id": f"{face.root}/v1.0/directoryObjects/{user(0)}"}
            assert (await face.post(join, member)).status == 204
            again = await face.post(join, member)
            assert (again.status, "already exist" in again.message) == (400, True)
            assert (await face.held(0)).sku_ids == {E3, E4}
            assert (await face.ask("DELETE", leave)).status == 204
            assert (await face.held(0)) == Holding.of([inherited(E3, TARGET)])
            assert (await face.ask("DELETE", leave)).status == 404
            for body in ({}, {"@odata.id": 1}, {"@odata.id": "elsewhere"}, []):
                assert (await face.post(join, body)).status == 400
            readonly = await face.post(join, member, token="readonly")
            assert (readonly.status, readonly.code) == (403, "Authorization_RequestDenied")

        during(tmp_path, self.CROWD, work)

    def test_the_licences_of_a_group_are_changed_for_its_members(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            path = f"/groups/{GROUP}/assignLicense"
            assert (await face.post(path, swap_body())).status == 202
            assert (await face.held(0)) == Holding.of([inherited(E3)])
            again = await face.post(path, swap_body())
            assert (again.status, "corresponding license" in again.message) == (400, True)
            full = await face.post(path, swap_body(remove=(E3,), add=(VISIO,)))
            assert full.status == 202
            odd = await face.get(f"/groups/{GROUP}/membersWithLicenseErrors")
            assert len(odd.values) == 1
            assert (await face.post(path, {"addLicenses": []})).status == 400

        during(tmp_path, [*self.CROWD, self.CROWD[0]], work)
