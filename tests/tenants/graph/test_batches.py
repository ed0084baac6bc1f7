"""A batch: what is sent, and which answer belongs to whom, whatever comes back."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.core.terms import Add, Answer, Assignment, Call, Holding, Sight
from batch.core.verdict import verdict
from batch.tenants.graph.batches import (
    answers,
    assignments,
    check_group,
    error_of,
    item_ids,
    reads,
    sight,
    sort_out,
    user_paths,
)
from batch.tenants.graph.wire import Reply
from tests.tenants.small_tenant import E1, E3, E4, GROUP, SWAY, TEAMS, swap, upn, user

ANN, BOB, CEM = (user(n) for n in range(3))
IDS = item_ids(7, [ANN, BOB, CEM])
THROTTLED = {"error": {"code": "TooManyRequests", "message": "Please retry again later."}}


def done(item_id: str, **more: Any) -> dict[str, Any]:
    return {"id": item_id, "status": 200, "headers": {"Content-Type": "application/json"}, "body": {}} | more


def outer(*responses: Any, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    return Reply(status, headers or {}, {"responses": list(responses)})


def statuses(reply: Reply) -> list[int]:
    return [one.status for one in sort_out(reply, IDS)]


def _objects(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.dictionaries(st.sampled_from(["id", "status", "headers", "body"]) | st.text(), values)


class TestWhatIsSent:
    def test_both_lists_stand_in_every_body(self) -> None:
        calls = [Call(ANN, (E4,), (Add(E3, (SWAY, TEAMS)),)), Call(BOB, (), (Add(E1),)), Call(CEM, (E4, E3), ())]
        sent = json.loads(assignments(calls, IDS))["requests"]
        assert [item["body"] for item in sent] == [
            {"addLicenses": [{"skuId": E3, "disabledPlans": [SWAY, TEAMS]}], "removeLicenses": [E4]},
            {"addLicenses": [{"skuId": E1, "disabledPlans": []}], "removeLicenses": []},
            {"addLicenses": [], "removeLicenses": [E4, E3]},
        ]
        assert [item["id"] for item in sent] == IDS
        assert {(item["method"], item["headers"]["Content-Type"]) for item in sent} == {("POST", "application/json")}
        assert [item["url"] for item in sent] == [f"/users/{who}/assignLicense" for who in (ANN, BOB, CEM)]

    def test_reads_select_and_have_no_body(self) -> None:
        sent = json.loads(reads([ANN, "ann#ext#@contoso.com"], IDS[:2], "id,x"))["requests"]
        assert sent == [
            {"id": IDS[0], "method": "GET", "url": f"/users/{ANN}?$select=id,x"},
            {"id": IDS[1], "method": "GET", "url": "/users/ann%23ext%23%40contoso.com?$select=id,x"},
        ]

    @pytest.mark.parametrize(
        ("who", "path"),
        [
            (ANN, f"/users/{ANN}"),
            ("o'neill@contoso.com", "/users/o%27neill%40contoso.com"),
            ("$cash@contoso.com", "/users('%24cash%40contoso.com')"),
            ("'$'@x.com", "/users('%27%27%24%27%27%40x.com')"),
            ("..", "/users('..')"),
            ("", "/users('')"),
            ("a/b?c&d@x.com", "/users/a%2Fb%3Fc%26d%40x.com"),
            ("été@x.com", "/users/%C3%A9t%C3%A9%40x.com"),
            ("half\ud800@x.com", "/users/half%3F%40x.com"),
        ],
    )
    def test_nothing_in_a_name_means_anything_in_a_path(self, who: str, path: str) -> None:
        assert user_paths([who]) == [path]
        assert user_paths([ANN, who])[1] == path

    @given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=3))
    def test_any_names_give_paths_of_their_own_and_sound_json(self, names: list[str]) -> None:
        paths = user_paths(names)
        assert len(set(paths)) == len(set(names))
        assert all(path.isascii() and path.count("/") == 2 - ("(" in path) for path in paths)
        ids = item_ids(1, names)
        sent = json.loads(assignments([Call(name, (E4,), ()) for name in names], ids))["requests"]
        assert [item["id"] for item in sent] == ids
        assert [unquote(one).split(".", 2)[2] for one in ids] == names

    def test_no_two_items_of_an_adapters_life_share_an_id(self) -> None:
        ids = [one for number in range(1, 40) for one in item_ids(number, [ANN, BOB, ANN])]
        assert len({one.lower() for one in ids}) == len(ids)

    def test_more_than_twenty_or_one_twice_is_the_callers_mistake(self) -> None:
        with pytest.raises(ValueError, match="20"):
            check_group([user(n) for n in range(21)])
        with pytest.raises(ValueError, match="twice"):
            check_group([ANN, BOB, ANN])
        check_group([user(n) for n in range(20)])


class TestWhoseAnswerItIs:
    @pytest.mark.parametrize("status", [200, 424])
    def test_by_id_in_any_order_and_case(self, status: int) -> None:
        reply = outer(done(IDS[2].upper(), status=404), done(IDS[0]), done(IDS[1], status=429), status=status)
        assert statuses(reply) == [200, 429, 404]

    @pytest.mark.parametrize(
        "strange",
        [
            None,
            [],
            "text",
            7,
            {},
            {"id": 7, "status": 200},
            {"id": None, "status": 200},
            {"id": "7.2.someone-else", "status": 200},
            {"id": "6.2." + CEM, "status": 200},
        ],
    )
    def test_what_names_nobody_is_nobodys(self, strange: object) -> None:
        assert statuses(outer(done(IDS[0]), strange, done(IDS[1]))) == [200, 200, 0]

    @pytest.mark.parametrize("status", ["200", 200.0, True, None, 0, -1, 99, 600, 10**30, [200]])
    def test_a_status_that_is_none_is_no_answer(self, status: object) -> None:
        assert statuses(outer(done(IDS[0], status=status), done(IDS[1]), done(IDS[2]))) == [0, 200, 200]

    def test_two_answers_that_differ_are_none_and_two_alike_are_one(self) -> None:
        twice = outer(done(IDS[0]), done(IDS[0].upper(), status=400), done(IDS[0]), done(IDS[1]), done(IDS[1]))
        assert statuses(twice) == [0, 200, 0]
        assert "two different answers" in sort_out(twice, IDS)[0].trouble

    @pytest.mark.parametrize("body", [{}, {"responses": None}, {"responses": {"id": "x"}}, {"value": []}])
    def test_an_answer_without_responses_is_none_for_anybody(self, body: dict[str, Any]) -> None:
        assert statuses(Reply(200, {}, body)) == statuses(Reply(424, {}, body)) == [0, 0, 0]

    @pytest.mark.parametrize("status", [-1, 0, 401, 403, 429, 500, 502, 503, 504, 507])
    def test_what_befalls_the_batch_befalls_everybody(self, status: int) -> None:
        reply = Reply(status, {"retry-after": "7"}, {"error": {"code": "X", "message": "why"}})
        assert answers(sort_out(reply, IDS)) == [Answer(status, "X", "why", 7.0)] * 3

    def test_a_batch_that_is_called_malformed_refuses_nobody(self) -> None:
        told = answers(sort_out(Reply(400, {}, {"error": {"code": "X", "message": "why"}}), IDS))
        assert told == [Answer(0, "", "HTTP 400 from the batch endpoint: X: why")] * 3

    @pytest.mark.parametrize("status", [201, 202, 204, 301, 302, 307, 404, 405, 407, 408, 413, 418])
    def test_any_other_status_of_the_batch_tells_nothing_about_it(self, status: int) -> None:
        told = answers(sort_out(Reply(status, {}, {"error": {"code": "X"}}), IDS))
        assert told == [Answer(0, "", f"HTTP {status} from the batch endpoint")] * 3

    @settings(max_examples=40)
    @given(
        st.lists(
            st.recursive(st.none() | st.integers() | st.text(), lambda s: st.lists(s) | _objects(s), max_leaves=5),
            max_size=4,
        )
    )
    def test_no_responses_raise_and_none_is_a_success(self, responses: list[Any]) -> None:
        assert 200 not in statuses(outer(*responses))


class TestPace:
    def test_an_inner_hint_wins_over_the_batchs_and_names_may_be_written_anyhow(self) -> None:
        reply = outer(
            done(IDS[0], status=429, headers={"RETRY-AFTER": "2.128"}, body=THROTTLED),
            done(IDS[1], status=429, body=THROTTLED),
            done(IDS[2], status=400),
            headers={"retry-after": "30"},
        )
        assert [one.retry_after for one in answers(sort_out(reply, IDS))] == [2.128, 30.0, -1.0]

    def test_a_number_is_as_good_as_its_text_and_a_date_counts_from_the_batchs_own(self) -> None:
        reply = outer(
            done(IDS[0], status=429, headers={"retry-after": 5}),
            done(IDS[1], status=503, headers={"retry-after": "Mon, 23 Nov 2026 12:00:09 GMT"}),
            done(IDS[2], status=429, headers=["retry-after", 5]),
            headers={"date": "Mon, 23 Nov 2026 12:00:00 GMT"},
        )
        assert [one.retry_after for one in answers(sort_out(reply, IDS))] == [5.0, 9.0, -1.0]

    def test_how_loaded_the_service_is_is_said_by_each_or_by_the_batch(self) -> None:
        load = {"x-ms-throttle-limit-percentage": "0.9"}
        reply = outer(
            done(IDS[0], headers={"X-MS-Throttle-Limit-Percentage": "1.2"}),
            done(IDS[1]),
            done(IDS[2], status=429),
            headers=load,
        )
        told = answers(sort_out(reply, IDS))
        assert [one.load for one in told] == [1.2, 0.9, 0.9]
        assert told[1] == Answer(200, load=0.9)

    def test_a_success_is_nothing_but_a_success(self) -> None:
        assert (
            answers(sort_out(outer(*map(done, IDS), headers={"date": "x", "retry-after": "9"}), IDS))
            == [Answer(200)] * 3
        )


class TestErrors:
    @pytest.mark.parametrize(
        ("body", "told"),
        [
            ({"error": {"code": "C", "message": "m", "innerError": {"code": "other", "message": "x"}}}, ("C", "m")),
            ({"error": {"code": "", "message": None, "innererror": {"code": "i", "message": "n"}}}, ("i", "n")),
            ({"error": {"innerError": {"code": "i"}}}, ("i", "")),
            ({"error": {"code": 5, "message": ["m"], "innerError": "x"}}, ("", "")),
            (
                {
                    "error": {
                        "code": "Request_BadRequest",
                        "message": "m",
                        "details": [
                            {"code": "MutuallyExclusiveViolation", "message": "no"},
                            None,
                            {"code": "Only"},
                            {"message": "said"},
                        ],
                    }
                },
                ("Request_BadRequest", "m; MutuallyExclusiveViolation: no; Only; said"),
            ),
            ({"error": {"code": "C", "message": "m", "details": {"code": "x"}}}, ("C", "m")),
            ({"error": "invalid_request"}, ("", "invalid_request")),
            ({}, ("", "HTTP 400 without a reason")),
            (None, ("", "HTTP 400 without a reason")),
        ],
    )
    def test_code_and_words_are_the_services_own(self, body: dict[str, Any] | None, told: tuple[str, str]) -> None:
        assert error_of(Reply(400, {}, body)) == told

    def test_details_are_enough_for_the_verdict(self) -> None:
        body = {"error": {"code": "x", "message": "m", "details": [{"code": "MutuallyExclusiveViolation"}]}}
        assert verdict(400, *error_of(Reply(400, {}, body))).code == "plans_conflict"

    def test_what_is_no_json_inside_is_kept_as_text(self) -> None:
        (told,) = answers(sort_out(outer(done(IDS[0], status=502, body="<html>" + "x" * 9999)), IDS[:1]))
        assert (told.status, len(told.message)) == (502, 500)


BODY = {
    "id": ANN.upper(),
    "usageLocation": "FR",
    "assignedLicenses": [{"skuId": E3, "disabledPlans": []}],
    "licenseAssignmentStates": [
        {"skuId": E3, "disabledPlans": [], "assignedByGroup": GROUP, "state": "Active", "error": "None"}
    ],
}


class TestSights:
    def test_a_user_as_they_are(self) -> None:
        held = Holding.of([Assignment(sku_id=E3, group=GROUP)])
        assert sight(Reply(200, {}, BODY), ANN) == Sight(ANN, 200, held, "FR")

    @pytest.mark.parametrize(
        "body",
        [
            None,
            {},
            BODY | {"id": BOB},
            BODY | {"id": None},
            BODY | {"assignedLicenses": None},
            BODY | {"licenseAssignmentStates": "all"},
            BODY | {"usageLocation": 7},
            {key: value for key, value in BODY.items() if key != "licenseAssignmentStates"},
            BODY | {"licenseAssignmentStates": [{"skuId": "E3", "disabledPlans": [], "state": "Active"}]},
        ],
    )
    def test_somebody_else_or_something_strange_is_no_answer(self, body: dict[str, Any] | None) -> None:
        assert sight(Reply(200, {}, body), ANN) == Sight(ANN, 0)

    @pytest.mark.parametrize(("status", "seen"), [(404, 404), (429, 429), (503, 503), (401, 401), (0, 0), (-1, 0)])
    def test_trouble_is_said(self, status: int, seen: int) -> None:
        assert sight(Reply(status, {"retry-after": "3"}), ANN) == Sight(ANN, seen, retry_after=3.0)


def test_the_calls_of_the_port_suite_are_sent_as_they_are() -> None:
    (item,) = json.loads(assignments([swap(0, off=(SWAY,))], item_ids(1, [user(0)])))["requests"]
    assert item["body"] == {"addLicenses": [{"skuId": E3, "disabledPlans": [SWAY]}], "removeLicenses": [E4]}
    assert upn(0) not in item["url"]
