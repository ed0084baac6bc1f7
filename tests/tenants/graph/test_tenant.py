"""The Graph tenant against services that misbehave: what it asks, believes, asks again, and gives up."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from batch.core.errors import ReassignError, TenantRefused, TenantUnavailable
from batch.core.estate import LicensingGroup, Organisation, Subscription
from batch.core.pace import Policy
from batch.core.terms import NEVER_LEFT, Answer, Call, Sight, SkuStatus
from batch.core.verdict import VerdictKind, verdict
from batch.engine.ports import Original
from batch.tenants.graph.tenant import GraphTenant
from batch.tenants.graph.wire import Patience
from tests.tenants.graph.hostile import Behaviour, Hostile, Request, Tokens, batched, hostile, http, no_name
from tests.tenants.graph.objects_as_json import SKU, SUBSCRIPTION, Row, person, state
from tests.tenants.graph.quick_time import RELAXED, run_quickly
from tests.tenants.small_tenant import E3, E4, GROUP, direct, swap, upn, user

QUICK = Policy(tries=4, backoff=0.1, longest_wait=2.0)
THROTTLED = http({"error": {"code": "TooManyRequests", "message": "Please retry again later."}}, 429)
FORBIDDEN = {"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges."}}


def visit(
    behave: Behaviour,
    work: Callable[[GraphTenant, Hostile], Awaitable[Any]],
    tokens: Tokens | None = None,
    exchange: Patience = RELAXED,
) -> Any:
    async def main() -> Any:
        async with hostile(behave) as service:
            tenant = GraphTenant(service.root, tokens or Tokens(), reading=QUICK, exchange=exchange)
            try:
                return await work(tenant, service)
            finally:
                await tenant.close()

    return run_quickly(main())


def query(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}


def page(*rows: Any, link: Any = None) -> bytes:
    return http({"value": list(rows)} | ({} if link is None else {"@odata.nextLink": link}))


class Directory:
    """A sound service with some users, which counts what it is asked."""

    def __init__(self, *rows: Row, size: int = 2, consumed: int = 2) -> None:
        self.rows = list(rows)
        self.size = size
        self.consumed = consumed
        self.root = ""
        self.singles: list[list[str]] = []

    def __call__(self, request: Request) -> bytes:
        path = urlsplit(request.path).path.removeprefix("/v1.0")
        if path == "/$batch":
            self.singles.append([item["url"] for item in request.items])
            return http({"responses": [self.single(item) for item in request.items]})
        if path == "/subscribedSkus":
            return page(SKU | {"consumedUnits": self.consumed})
        return self.users(request)

    def users(self, request: Request) -> bytes:
        asked = query(request)
        wanted = re.fullmatch(r"assignedLicenses/any\(s:s/skuId eq (.*)\)", asked.get("$filter", ""))
        rows = [r for r in self.rows if not wanted or wanted[1] in json.dumps(r["assignedLicenses"])]
        at = int(asked.get("$skiptoken", "0"))
        more = f"http://{request.headers['host']}{request.path.split('&$skiptoken')[0]}&$skiptoken={at + self.size}"
        return page(*rows[at : at + self.size], link=more if at + self.size < len(rows) else None)

    def single(self, item: dict[str, Any]) -> dict[str, Any]:
        key = unquote(urlsplit(item["url"]).path).removeprefix("/users/").lower()
        found = [r for r in self.rows if key in (r["id"], r["userPrincipalName"].lower())]
        return {"id": item["id"], "status": 200 if found else 404, "body": found[0] if found else {}}


def test_it_is_an_original() -> None:
    tenant: Original = GraphTenant("https://graph.microsoft.com/v1.0", Tokens(), settle=7.0)
    assert (tenant.name, tenant.read_lag) == ("graph", 7.0)


class TestEverybody:
    def test_page_by_page_with_select_and_the_largest_page(self) -> None:
        async def work(tenant: GraphTenant, service: Hostile) -> None:
            found = await tenant.people(None)
            assert found.ids == [user(n) for n in range(5)]
            assert len(service.asked) == 3
            for request in service.asked:
                asked = query(request)
                assert asked["$top"] == "999"
                assert asked["$select"].startswith("id,userPrincipalName,")
                assert "consistencylevel" not in request.headers
            assert service.connections == 1

        visit(Directory(*map(person, range(5))), work)

    def test_the_next_page_is_asked_for_before_this_one_is_worked_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        order: list[str] = []

        async def work(tenant: GraphTenant, service: Hostile) -> None:
            wire = tenant._wire
            get, take = wire.get, "batch.tenants.graph.columns.Columns.take"

            async def noted(path: str, *, eventual: bool = False) -> Any:
                order.append("ask")
                return await get(path, eventual=eventual)

            monkeypatch.setattr(wire, "get", noted)
            monkeypatch.setattr(take, lambda *_: order.append("take"))
            await tenant.people(None)

        visit(Directory(*map(person, range(5))), work)
        assert order == ["ask", "ask", "take", "ask", "take", "take"]

    def test_everybody_with_a_licence_comes_from_the_index_that_may_lag(self) -> None:
        async def work(tenant: GraphTenant, service: Hostile) -> None:
            assert len(await tenant.licensed()) == 1
            asked = query(service.asked[0])
            assert (asked["$count"], asked["$filter"]) == ("true", "assignedLicenses/$count ne 0")
            assert service.asked[0].headers["consistencylevel"] == "eventual"

        visit(lambda _: page(person(0)), work)

    @pytest.mark.parametrize(
        ("link", "words"),
        [
            ("https://evil.example/v1.0/users?a=secret", "'evil.example'"),
            ("/v1.0/users", "'no host'"),
            (7, "no text"),
            ("", "'no host'"),
        ],
    )
    def test_a_next_page_elsewhere_is_refused_and_only_its_host_named(self, link: object, words: str) -> None:
        async def work(tenant: GraphTenant, service: Hostile) -> None:
            with pytest.raises(TenantUnavailable, match=words) as caught:
                await tenant.people(None)
            assert "secret" not in str(caught.value)
            assert len(service.asked) == 1

        visit(lambda _: page(person(0), link=link), work)

    def test_no_token_arrives_where_a_next_page_points(self) -> None:
        async def work(tenant: GraphTenant, service: Hostile) -> None:
            async with hostile(lambda _: page()) as elsewhere:
                service.behave = lambda _: page(link=f"{elsewhere.root}/users?$skiptoken=1")
                with pytest.raises(TenantUnavailable, match="elsewhere"):
                    await tenant.people(None)
                assert not elsewhere.connections

        visit(lambda _: page(), work)

    def test_pages_that_go_round_in_circles(self) -> None:
        async def work(tenant: GraphTenant, service: Hostile) -> None:
            with pytest.raises(TenantUnavailable, match="circles"):
                await tenant.people(None)
            assert len(service.asked) == 3

        visit(lambda r: page(link=f"http://{r.headers['host']}/v1.0/users?p={1 - int(query(r).get('p', 1))}"), work)

    def test_pages_without_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("batch.tenants.graph.pages._MOST_PAGES", 5)

        async def work(tenant: GraphTenant, service: Hostile) -> None:
            with pytest.raises(TenantUnavailable, match="more than 5 pages"):
                await tenant.people(None)
            assert len(service.asked) == 6

        visit(lambda r: page(link=f"http://{r.headers['host']}/v1.0/users?p={int(query(r).get('p', 0)) + 1}"), work)

    @pytest.mark.parametrize("trouble", [THROTTLED, http({}, 503), http({}, 504), None, http(b"<html>"), http({}, 408)])
    def test_a_page_that_is_lost_is_asked_for_again(self, trouble: bytes | None) -> None:
        directory = Directory(*map(person, range(4)))
        turns = iter([False, True, True, False])

        async def work(tenant: GraphTenant, service: Hostile) -> None:
            assert len(await tenant.people(None)) == 4
            assert len(service.asked) == 4

        visit(lambda r: trouble if next(turns) else directory(r), work)

    def test_and_given_up_when_it_stays_so(self) -> None:
        async def work(tenant: GraphTenant, service: Hostile) -> None:
            with pytest.raises(TenantUnavailable, match="HTTP 429: TooManyRequests: Please retry"):
                await tenant.people(None)
            assert len(service.asked) == QUICK.tries

        visit(lambda _: THROTTLED, work)

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            (http({"value": None}), "holds no list"),
            (http({}), "holds no list"),
            (http({"value": {}}), "holds no list"),
            (page(None), "userPrincipalName is no text"),
            (page(person(0), person(1, id="me")), "user user1@contoso.com: id is no GUID"),
            (http({"error": {"code": "Request_UnsupportedQuery", "message": "No."}}, 400), "HTTP 400: Request_Uns"),
            (http({}, 404), "HTTP 404"),
            (http({}, 302, {"Location": "https://evil.example"}), "HTTP 302"),
        ],
    )
    def test_what_nobody_documents_is_said_and_not_asked_again(self, answer: bytes, words: str) -> None:
        async def work(tenant: GraphTenant, service: Hostile) -> None:
            with pytest.raises(TenantUnavailable, match=words):
                await tenant.people(None)
            assert len(service.asked) == 1

        visit(lambda _: answer, work)
        assert gc.isenabled()

    def test_a_service_that_is_not_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("asyncio.base_events.BaseEventLoop.getaddrinfo", no_name)

        async def work(tenant: GraphTenant, service: Hostile) -> None:
            gone = GraphTenant("https://graph.invalid/v1.0", Tokens(), reading=QUICK, exchange=RELAXED)
            with pytest.raises(TenantUnavailable, match=r"the name graph\.invalid was not found"):
                await gone.people(None)
            assert await gone.assign([swap(0)]) == [Answer(-1, "", "the name graph.invalid was not found")]
            assert await gone.look([user(0)]) == [Sight(user(0), 0)]
            await gone.close()

        visit(lambda _: None, work)


RIGHTS: list[tuple[Callable[[GraphTenant], Awaitable[Any]], str]] = [
    (lambda tenant: tenant.people(None), "User.Read.All"),
    (lambda tenant: tenant.people([upn(0)]), "User.Read.All"),
    (lambda tenant: tenant.licensed(), "User.Read.All"),
    (lambda tenant: tenant.skus(), "Organization.Read.All"),
    (lambda tenant: tenant.subscriptions(), "Organization.Read.All"),
    (lambda tenant: tenant.organisation(), "Organization.Read.All"),
    (lambda tenant: tenant.licensing_groups(), "GroupMember.Read.All"),
]


@pytest.mark.parametrize(("read", "right"), RIGHTS)
def test_a_right_that_is_missing_is_named(read: Callable[[GraphTenant], Awaitable[Any]], right: str) -> None:
    async def work(tenant: GraphTenant, service: Hostile) -> None:
        with pytest.raises(TenantRefused, match="Insufficient privileges") as caught:
            await read(tenant)
        assert right in caught.value.todo
        assert len(service.asked) == 1

    visit(lambda _: http(FORBIDDEN, 403), work)


@pytest.mark.parametrize(("read", "right"), RIGHTS)
def test_a_sign_in_that_is_not_accepted(read: Callable[[GraphTenant], Awaitable[Any]], right: str) -> None:
    async def work(tenant: GraphTenant, service: Hostile) -> None:
        with pytest.raises(TenantRefused, match="does not accept the sign-in") as caught:
            await read(tenant)
        assert "token-" not in str(caught.value)
        assert len(service.asked) == 2

    visit(lambda _: http({"error": {"code": "InvalidAuthenticationToken", "message": "Expired."}}, 401), work)
    assert right


class TestSome:
    def test_nobody_is_asked_about_nobody(self) -> None:
        async def work(tenant: GraphTenant, service: Hostile) -> None:
            assert len(await tenant.people([], [E4])) == 0
            assert not service.asked

        visit(Directory(), work)

    def test_one_by_one_twenty_at_a_time(self) -> None:
        directory = Directory(*(person(n, userPrincipalName=upn(n).upper()) for n in range(45)))

        async def work(tenant: GraphTenant, service: Hostile) -> None:
            wanted = [*(upn(n) for n in range(45)), "nobody@contoso.com"]
            found = await tenant.people([*wanted, wanted[0]])
            assert sorted(found.upns) == sorted(wanted[:-1])
            assert sorted(map(len, directory.singles)) == [6, 20, 20]
            assert all(url.endswith("licenseAssignmentStates") for urls in directory.singles for url in urls)

        visit(directory, work)

    def test_by_pages_of_whoever_holds_it_when_that_costs_less_and_the_rest_singly(self) -> None:
        directory = Directory(*map(person, range(6)), person(6, [state(E3)]), consumed=6, size=3)

        async def work(tenant: GraphTenant, service: Hostile) -> None:
            found = await tenant.people([upn(1), upn(4), upn(6), "nobody@contoso.com"], [E4, E3, "unknown"])
            assert sorted(found.upns) == [upn(1), upn(4), upn(6)]
            assert [found.holdings[i] for i in found.holding] == [direct(E4), direct(E4), direct(E3)]
            assert [urls for urls in directory.singles if len(urls) != 2] == []
            # E3 is not owned by this tenant, so only E4's holders come by pages.
            assert [unquote(r.path).count(E4) for r in service.asked if "filter" in r.path] == [1, 1]

        visit(directory, work)

    def test_singly_when_pages_cost_as_much(self) -> None:
        directory = Directory(*map(person, range(6)), consumed=999 * 2)

        async def work(tenant: GraphTenant, service: Hostile) -> None:
            assert len(await tenant.people([upn(1), upn(4)], [E4])) == 2
            assert len(directory.singles) == 1
            assert not any("filter" in r.path for r in service.asked)

        visit(directory, work)

    @pytest.mark.parametrize("status", [429, 500, 503, 504, 409, "missing", "200"])
    def test_whoever_could_not_be_read_is_asked_for_alone(self, status: int | str) -> None:
        directory = Directory(*map(person, range(5)))
        asked: list[int] = []

        def behave(request: Request) -> bytes:
            asked.append(len(request.items))
            responses = [directory.single(item) for item in request.items]
            if len(asked) < 3:
                responses[-1] |= {"status": status} if status != "missing" else {"id": "somebody"}
            return http({"responses": responses})

        async def work(tenant: GraphTenant, _: Hostile) -> None:
            assert sorted((await tenant.people([upn(n) for n in range(5)])).upns) == [upn(n) for n in range(5)]

        visit(behave, work)
        assert asked == [5, 1, 1]

    @pytest.mark.parametrize("answer", [THROTTLED, None, http(b"<html>"), http({}, 404), http({}, 302), http({})])
    def test_a_batch_that_is_lost_is_asked_again(self, answer: bytes | None) -> None:
        directory = Directory(*map(person, range(5)))
        turns = iter([True, True, False])

        async def work(tenant: GraphTenant, service: Hostile) -> None:
            assert len(await tenant.people([upn(n) for n in range(5)])) == 5
            assert len(service.asked) == 3

        visit(lambda r: answer if next(turns) else directory(r), work)

    def test_somebody_else_is_not_believed(self) -> None:
        async def work(tenant: GraphTenant, service: Hostile) -> None:
            with pytest.raises(TenantUnavailable, match=r"asked about user0@contoso\.com.*somebody else"):
                await tenant.people([upn(0)])
            assert len(service.asked) == QUICK.tries

        visit(lambda r: batched(r, body=person(1)), work)

    def test_it_is_given_up_in_the_end(self) -> None:
        async def work(tenant: GraphTenant, service: Hostile) -> None:
            with pytest.raises(TenantUnavailable, match="HTTP 429"):
                await tenant.people([upn(n) for n in range(300)])

        visit(lambda r: batched(r, *[429] * 20), work)

    def test_a_refusal_names_whom_it_is_about(self) -> None:
        async def work(tenant: GraphTenant, service: Hostile) -> None:
            with pytest.raises(
                TenantUnavailable, match=r"User user1@contoso\.com could not be read \(HTTP 400: X: odd"
            ):
                await tenant.people([upn(0), upn(1)])

        error = {"error": {"code": "X", "message": "odd"}}
        visit(lambda r: batched(r, 404, 400, body=error), work)

    def test_a_strange_user_is_named(self) -> None:
        async def work(tenant: GraphTenant, service: Hostile) -> None:
            with pytest.raises(TenantUnavailable, match=r"user user0@contoso\.com: assignedLicenses"):
                await tenant.people([upn(0)])

        visit(lambda r: batched(r, body=person(0, assignedLicenses=5)), work)


class TestWhatTheTenantIs:
    def test_skus_are_ordered_and_none_comes_twice(self) -> None:
        async def work(tenant: GraphTenant, service: Hostile) -> None:
            assert [sku.sku_id for sku in await tenant.skus()] == sorted([E3, E4])
            assert set(query(service.asked[0])) == {"$select"}
            service.behave = lambda _: page(SKU, SKU | {"skuId": E4.lower()})
            with pytest.raises(TenantUnavailable, match="comes twice"):
                await tenant.skus()
            service.behave = lambda _: page(SKU, "SKU")
            with pytest.raises(TenantUnavailable, match="number 2 is no object"):
                await tenant.skus()
            service.behave = lambda _: page(SKU | {"consumedUnits": "many"})
            with pytest.raises(TenantUnavailable, match="consumedUnits is no number"):
                await tenant.skus()

        visit(lambda _: page(SKU, SKU | {"skuId": E3}), work)

    def test_the_organisation_is_one(self) -> None:
        row = {"id": GROUP, "displayName": "Contoso", "verifiedDomains": []}

        async def work(tenant: GraphTenant, service: Hostile) -> None:
            assert await tenant.organisation() == Organisation(tenant_id=GROUP, name="Contoso")
            assert query(service.asked[0]) == {"$select": "id,displayName,verifiedDomains"}
            service.behave = lambda _: page()
            with pytest.raises(TenantUnavailable, match="there are 0"):
                await tenant.organisation()

        visit(lambda _: page(row), work)

    def test_subscriptions_are_ordered(self) -> None:
        async def work(tenant: GraphTenant, service: Hostile) -> None:
            found = await tenant.subscriptions()
            assert [one.subscription_id for one in found] == ["s-1", "s-2"]
            assert isinstance(found[0], Subscription)
            assert found[0].status is SkuStatus.WARNING
            assert urlsplit(service.asked[0].path).path == "/v1.0/directory/subscriptions"

        visit(lambda _: page(SUBSCRIPTION | {"id": "s-2"}, SUBSCRIPTION), work)

    def test_groups_that_carry_licences(self) -> None:
        row = {"id": GROUP, "displayName": "Sales", "assignedLicenses": [], "groupTypes": []}

        async def work(tenant: GraphTenant, service: Hostile) -> None:
            assert await tenant.licensing_groups() == (LicensingGroup(group_id=GROUP, name="Sales", licences=()),)
            assert service.asked[0].headers["consistencylevel"] == "eventual"
            assert query(service.asked[0])["$filter"] == "assignedLicenses/$count ne 0"

        visit(lambda _: page(row), work)


class TestWriting:
    def test_nothing_to_send_is_not_sent(self) -> None:
        async def work(tenant: GraphTenant, service: Hostile) -> None:
            assert await tenant.assign([]) == []
            assert await tenant.look([]) == []
            assert not service.asked

        visit(lambda _: None, work)

    @pytest.mark.parametrize(
        ("answer", "expected"),
        [
            (None, Answer(0, "", "the connection to 127.0.0.1 was cut before an answer came")),
            (http(b"<html>"), Answer(0, "", "the answer was not JSON")),
            (http({}, 307, {"Location": "https://evil.example"}), Answer(0, "", "HTTP 307 from the batch endpoint")),
            (http(b"no such page", 404), Answer(0, "", "HTTP 404 from the batch endpoint")),
            (http({}, 413), Answer(0, "", "HTTP 413 from the batch endpoint")),
            (http({}), Answer(0, "", "the answer holds no responses")),
            (http(b"busy", 503, {"Retry-After": "2"}), Answer(503, "", "the answer was not JSON", 2.0)),
            (http({"error": {"code": "UnknownError", "message": ""}}, 504), Answer(504, "UnknownError", "")),
            (http(FORBIDDEN, 403), Answer(403, "Authorization_RequestDenied", "Insufficient privileges.")),
            (
                http({"error": {"code": "BadRequest", "message": "id?"}}, 400),
                Answer(0, "", "HTTP 400 from the batch endpoint: BadRequest: id?"),
            ),
            (
                http({"error": {"code": "TooManyRequests", "message": "m"}}, 429, {"retry-after": "2.128"}),
                Answer(429, "TooManyRequests", "m", 2.128),
            ),
        ],
    )
    def test_what_befalls_a_batch_is_said_for_each_call(self, answer: bytes | None, expected: Answer) -> None:
        async def work(tenant: GraphTenant, service: Hostile) -> None:
            assert await tenant.assign([swap(0), swap(1)]) == [expected] * 2
            # Nothing is sent again behind the caller's back.
            assert len(service.asked) == 1

        visit(lambda _: answer, work)

    def test_a_slow_service_leaves_every_call_in_doubt(self) -> None:
        async def work(tenant: GraphTenant, service: Hostile) -> None:
            service.slow = 60.0
            assert [a.status for a in await tenant.assign([swap(0), swap(1)])] == [0, 0]

        visit(batched, work, exchange=RELAXED._replace(quiet=5.0))

    def test_answers_for_other_ids_are_nobodys(self) -> None:
        late: list[bytes] = []

        def behave(request: Request) -> bytes:
            late.append(batched(request))
            return late[0]

        async def work(tenant: GraphTenant, _: Hostile) -> None:
            assert [a.status for a in await tenant.assign([swap(0), swap(1)])] == [200, 200]
            # The same users, and the answer to the batch before.
            assert [a.status for a in await tenant.assign([swap(0), swap(1)])] == [0, 0]

        visit(behave, work)

    def test_424_with_responses_is_as_good_as_200(self) -> None:
        async def work(tenant: GraphTenant, _: Hostile) -> None:
            assert [a.status for a in await tenant.assign([swap(0), swap(1)])] == [429, 200]

        visit(lambda r: batched(r, 429).replace(b"HTTP/1.1 200", b"HTTP/1.1 424", 1), work)

    def test_those_inside_that_are_401_go_once_more_on_their_own(self) -> None:
        tokens = Tokens()

        async def work(tenant: GraphTenant, service: Hostile) -> None:
            answers = await tenant.assign([swap(n) for n in range(4)])
            assert [a.status for a in answers] == [200, 400, 200, 401]
            assert [len(request.items) for request in service.asked] == [4, 2]
            assert service.asked[1].headers["authorization"] == "Bearer token-2"
            assert [item["url"] for item in service.asked[1].items] == [
                f"/users/{user(n)}/assignLicense" for n in (1, 3)
            ]
            ids = [item["id"] for request in service.asked for item in request.items]
            assert len(set(ids)) == len(ids)

        def behave(request: Request) -> bytes:
            return batched(request, 200, 401, 200, 401) if len(request.items) == 4 else batched(request, 400, 401)

        visit(behave, work, tokens)
        assert tokens.renewals == 1

    def test_a_renewal_that_fails_loses_no_answer(self) -> None:
        class Once(Tokens):
            async def bearer(self, *, renew: bool = False) -> str:
                if renew:
                    raise TenantRefused("signed out")
                return "token"

        async def work(tenant: GraphTenant, _: Hostile) -> None:
            assert [a.status for a in await tenant.assign([swap(0), swap(1)])] == [200, 401]

        visit(lambda r: batched(r, 200, 401), work, Once())

    @pytest.mark.parametrize(
        ("error", "status", "kind"),
        [
            (TenantRefused("Not signed in.", "Sign in."), 401, VerdictKind.STOP),
            (TenantUnavailable("The sign-in is out of reach."), NEVER_LEFT.status, VerdictKind.RETRY),
        ],
    )
    def test_without_a_token_nothing_leaves_and_nothing_is_raised(
        self, error: ReassignError, status: int, kind: VerdictKind
    ) -> None:
        class Refusing(Tokens):
            async def bearer(self, *, renew: bool = False) -> str:
                raise error

        async def work(tenant: GraphTenant, service: Hostile) -> None:
            assert await tenant.assign([swap(0)]) == [Answer(status, "", error.what)]
            assert await tenant.look([user(0)]) == [Sight(user(0), max(status, 0))]
            assert verdict(status, "", error.what).kind is kind
            with pytest.raises(type(error)) as caught:
                await tenant.people(None)
            assert caught.value is error
            assert not service.asked

        visit(lambda _: None, work, Refusing())

    def test_a_place_is_set_before_the_licence_and_only_for_whom_it_is_asked(self) -> None:
        async def work(tenant: GraphTenant, service: Hostile) -> None:
            calls = [swap(0), swap(1)._replace(location="NL")]
            assert [a.status for a in await tenant.assign(calls)] == [200, 200]
            placing, moving = (request.items for request in service.asked)
            assert [(i["method"], i["url"], i["body"]) for i in placing] == [
                ("PATCH", f"/users/{user(1)}", {"usageLocation": "NL"})
            ]
            assert [i["url"] for i in moving] == [f"/users/{user(n)}/assignLicense" for n in (0, 1)]

        visit(batched, work)

    @pytest.mark.parametrize(
        ("status", "answered", "kind"),
        [
            (204, 200, VerdictKind.APPLIED),
            (400, 400, VerdictKind.REFUSED),
            (404, 404, VerdictKind.REFUSED),
            (403, 403, VerdictKind.STOP),
            (429, 429, VerdictKind.RETRY),
            # Whether it took effect nobody knows; the licences were certainly not touched, so nothing is in doubt.
            (500, NEVER_LEFT.status, VerdictKind.RETRY),
            (0, NEVER_LEFT.status, VerdictKind.RETRY),
        ],
    )
    def test_who_could_not_be_given_a_place_is_sent_no_licence(
        self, status: int, answered: int, kind: VerdictKind
    ) -> None:
        moved: list[str] = []

        def behave(request: Request) -> bytes:
            if request.items[0]["method"] == "PATCH":
                # 0: left out of the answer.
                return batched(request, status) if status else http({"responses": []})
            moved.extend(item["url"] for item in request.items)
            return batched(request)

        async def work(tenant: GraphTenant, _: Hostile) -> None:
            answer, other = await tenant.assign([swap(0)._replace(location="NL"), swap(1)])
            assert (answer.status, other.status) == (answered, 200)
            assert verdict(answer.status, answer.code, answer.message).kind is kind

        visit(behave, work)
        assert moved == [f"/users/{user(n)}/assignLicense" for n in ((0, 1) if status == 204 else (1,))]

    def test_the_users_own_licences_only_are_named(self) -> None:
        async def work(tenant: GraphTenant, service: Hostile) -> None:
            await tenant.assign([Call(user(0), (E4,), ())])
            assert service.asked[0].path == "/v1.0/$batch"
            assert service.asked[0].items[0]["body"] == {"addLicenses": [], "removeLicenses": [E4]}

        visit(batched, work)


class TestLooking:
    def test_everybody_in_one_batch_and_only_what_is_needed(self) -> None:
        directory = Directory(*map(person, range(20)))

        async def work(tenant: GraphTenant, service: Hostile) -> None:
            sights = await tenant.look([user(n) for n in reversed(range(20))])
            assert [s.user_id for s in sights] == [user(n) for n in reversed(range(20))]
            assert {(s.status, s.holding, s.location) for s in sights} == {(200, direct(E4), "FR")}
            assert len(service.asked) == 1
            assert "displayName" not in service.asked[0].items[0]["url"]

        visit(directory, work)

    def test_each_trouble_is_said_for_its_user(self) -> None:
        async def work(tenant: GraphTenant, _: Hostile) -> None:
            sights = await tenant.look([user(n) for n in range(4)])
            assert sights == [
                Sight(user(0), 404),
                Sight(user(1), 429, retry_after=3.0),
                # Somebody else's body.
                Sight(user(2), 0),
                Sight(user(3), 200, direct(E4), "FR"),
            ]

        def behave(request: Request) -> bytes:
            ids = [item["id"] for item in request.items]
            return http(
                {
                    "responses": [
                        {"id": ids[3], "status": 200, "body": person(3)},
                        {"id": ids[2], "status": 200, "body": person(3)},
                        {"id": ids[1], "status": 429, "headers": {"Retry-After": "3"}},
                        {"id": ids[0], "status": 404, "body": {"error": {"code": "Request_ResourceNotFound"}}},
                    ]
                }
            )

        visit(behave, work)
