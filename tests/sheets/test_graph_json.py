from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.core.errors import SheetError
from batch.sheets import graph_json
from batch.sheets.files import read_raw
from batch.sheets.graph_json import read_graph_json
from batch.sheets.raw import Raw
from tests.sheets.make_files import text_file

E3 = "05e9a617-0261-4cee-bb44-138d3ef5d965"
E5 = "06ebc4ee-1bb5-47dd-8120-11324bc54e06"
PLAN = "57ff2da0-773e-42df-b2af-ffb7a2317929"
GROUP = "11111111-2222-3333-4444-555555555555"


def user(name: str = "a@x", **more: Any) -> dict[str, Any]:
    licences = [{"skuId": E3.upper(), "disabledPlans": [PLAN]}, {"skuId": E5, "disabledPlans": []}]
    states = [
        {"skuId": E3, "assignedByGroup": None, "disabledPlans": [PLAN], "state": "Active"},
        {"skuId": E5, "assignedByGroup": GROUP, "disabledPlans": [], "state": "Active"},
    ]
    plain = {"id": "1", "userPrincipalName": name, "displayName": "Ada", "usageLocation": "NA"}
    return {**plain, "assignedLicenses": licences, "licenseAssignmentStates": states, **more}


def sku(**more: Any) -> dict[str, Any]:
    units = {"enabled": 25, "suspended": 2, "warning": 1, "lockedOut": 0}
    return {"skuId": E3, "skuPartNumber": "ENTERPRISEPACK", "consumedUnits": 14, "prepaidUnits": units, **more}


def read(value: object) -> Raw:
    return read_graph_json((value if isinstance(value, str) else json.dumps(value)).encode(), "u.json")


def refused(value: object) -> SheetError:
    with pytest.raises(SheetError) as caught:
        read(value)
    assert caught.value.todo
    return caught.value


def by_name(raw: Raw) -> dict[str, list[str]]:
    return {column[0]: column[1:] for column in raw.columns}


def test_users_become_a_sheet_with_the_names_of_the_properties() -> None:
    raw = read({"value": [user(), user("b@x", assignedLicenses=[], licenseAssignmentStates=[])]})
    assert by_name(raw) == {
        "id": ["1", "1"],
        "userPrincipalName": ["a@x", "b@x"],
        "displayName": ["Ada", "Ada"],
        "usageLocation": ["NA", "NA"],
        "assignedLicenses": [f"{E3}+{E5}", ""],
        "directLicenses": [E3, ""],
        "groupLicenses": [E5, ""],
        "disabledPlans": [f"{E3}:{PLAN}", ""],
    }
    assert (raw.rows, raw.format.container, raw.format.header_row) == ([0, 1, 2], "json", 0)


def test_skus_become_a_sheet() -> None:
    assert by_name(read({"value": [sku()]})) == {
        "skuId": [E3],
        "skuPartNumber": ["ENTERPRISEPACK"],
        "enabled": ["25"],
        "warning": ["1"],
        "suspended": ["2"],
        "consumedUnits": ["14"],
    }


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"@odata.context": "x", "value": [user(), user("b@x")]}),
        json.dumps({"value": [user()]}) + "\n" + json.dumps({"value": [user("b@x")]}),
        json.dumps([{"value": [user()]}, {"value": [user("b@x")]}], indent=1),
        json.dumps([user(), user("b@x")]),
        json.dumps(user()) + "\r\n" + json.dumps(user("b@x")) + "\n",
    ],
)
def test_every_shape_gives_the_same_users(tmp_path: Path, text: str) -> None:
    for codec in ("utf-8", "utf-8-sig", "utf-16"):
        raws, _ = read_raw(text_file(tmp_path, text, "u.json", codec))
        assert by_name(raws[0])["userPrincipalName"] == ["a@x", "b@x"]
        assert raws[0].assumed == ()


def test_json_is_known_by_its_bytes(tmp_path: Path) -> None:
    raws, _ = read_raw(text_file(tmp_path, json.dumps([user()]), "u.csv"))
    assert raws[0].format.container == "json"
    assert "ends in .csv" in raws[0].assumed[0]
    raws, _ = read_raw(text_file(tmp_path, "[object Object],b\na@x,c\n", "u.csv"))
    assert raws[0].format.container == "csv"


def test_capitals_of_powershell_mean_the_same() -> None:
    raw = read([{"Id": "1", "UserPrincipalName": "a@x", "AssignedLicenses": [{"SkuId": E3, "DisabledPlans": None}]}])
    assert by_name(raw)["assignedLicenses"] == [E3]


def test_what_was_not_asked_for_is_absent_and_not_empty() -> None:
    assert list(by_name(read([{"userPrincipalName": "a@x"}]))) == ["userPrincipalName"]
    raw = read([user(), {"userPrincipalName": "b@x"}])
    assert by_name(raw)["userPrincipalName"] == ["a@x"]
    assert [(p.code, p.place.row) for p in raw.problems] == [("unreadable", 2)]


def test_a_failed_group_assignment_gives_nothing() -> None:
    states = [{"skuId": E5, "assignedByGroup": GROUP, "state": "Error"}]
    assert by_name(read([user(licenseAssignmentStates=states)]))["groupLicenses"] == [""]


@pytest.mark.parametrize(
    "bad",
    [
        7,
        None,
        "a@x",
        [[]],
        user(userPrincipalName=5),
        user(displayName={}),
        user(assignedLicenses="E3"),
        user(assignedLicenses=[E3]),
        user(assignedLicenses=[{"skuId": "E3+E5"}]),
        user(assignedLicenses=[{"skuId": E3, "disabledPlans": [1]}]),
        user(licenseAssignmentStates=[{"skuId": E3, "assignedByGroup": True}]),
    ],
)
def test_a_user_of_wrong_types_is_a_problem(bad: object) -> None:
    raw = read([user(), bad, user("c@x")])
    assert by_name(raw)["userPrincipalName"] == ["a@x", "c@x"]
    assert [(p.code, p.place.row) for p in raw.problems] == [("unreadable", 2)]
    assert raw.rows == [0, 1, 3]


@pytest.mark.parametrize(
    "more",
    [{"prepaidUnits": []}, {"prepaidUnits": {"enabled": "many"}}, {"consumedUnits": -1}, {"consumedUnits": True}],
)
def test_a_sku_of_wrong_types_is_a_problem(more: dict[str, Any]) -> None:
    bad = {**sku(**more)}
    raw = read([bad, sku()])
    assert [p.place.row for p in raw.problems] == ([1] if more != {"prepaidUnits": []} else [])


def test_half_a_surrogate_pair_is_replaced() -> None:
    raw = read('[{"userPrincipalName": "a@x", "displayName": "A\\ud800b \\ud83d\\ude00"}]')
    assert by_name(raw)["displayName"] == ["A\ufffdb 😀"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[]", "empty"),
        ('{"value": []}', "empty"),
        ('{"value": {"a": 1}}', "unreadable"),
        ('{"value": [', "unreadable"),
        ('[{"userPrincipalName": "a@x"', "unreadable"),
        ('[{"userPrincipalName": "a@x", "userPrincipalName": "b@x"}]', "unreadable"),
        ('[{"userPrincipalName": "a@x", "UserPrincipalname": "b@x"}]', "unreadable"),
        ('{"error": {"code": "Forbidden"}}', "unreadable"),
        ('[{"name": "x"}]', "unreadable"),
        ('[{"userPrincipalName": "a@x"}, {"skuPartNumber": "E3"}]', "unreadable"),
        ('[{"n": ' + "9" * 5000 + "}]", "unreadable"),
        ("[" * 100_000, "hostile"),
        ('{"a":' * 100_000, "hostile"),
        ('[{"value":' * 50_000, "hostile"),
    ],
)
def test_what_is_no_list_ends_in_a_sentence(text: str, code: str) -> None:
    assert refused(text).code == code


def test_pages_within_pages_have_a_bottom() -> None:
    value: Any = [user()]
    for _ in range(400):
        value = [{"value": value}]
    try:
        read(value)
    except SheetError as error:
        assert error.code  # noqa: PT017  either is well; a traceback is not


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph_json, "MAX_BYTES", 10)
    assert refused([user()]).code == "too_large"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["value", "userPrincipalName", "skuId", "assignedLicenses", "x"]), inner)
    ),
    max_leaves=12,
)


@given(_JSON)
def test_any_json_is_a_sheet_or_a_sentence(value: object) -> None:
    try:
        raw = read(json.dumps([value, user()]))
    except SheetError:
        return
    assert {len(column) for column in raw.columns} == {len(raw.rows)}
