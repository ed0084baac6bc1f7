"""The doctor on a served practice tenant, on servers that are broken, and on nothing at all."""

from __future__ import annotations

import asyncio
import base64
import json
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from aiohttp import web
from azure.core.exceptions import ClientAuthenticationError

from batch.core.errors import UsageError
from batch.core.pace import Policy
from batch.core.rights import NEEDED
from batch.tenants.faults import Faults
from batch.tenants.practice import PracticeTenant
from batch.tenants.served.app import make_app
from batch.wiring.diagnosis import State
from batch.wiring.doctor import examine
from tests.tenants.small_tenant import SKUS, direct, people

E3 = SKUS[1].sku_id
NAMES = [
    "settings",
    "root",
    "sign-in",
    "token",
    "right LicenseAssignment.ReadWrite.All",
    "right Organization.Read.All",
    "right User.Read.All",
    "right GroupMember.Read.All",
    "people",
    "organisation",
    "products",
    "subscriptions",
]
WRITE, PRODUCTS, PEOPLE, GROUPS = NAMES[4:8]
APP = "11111111-1111-4111-8111-111111111111"
NOW = 1_800_000_000.0


def jwt(*rights, **said):
    claims = {"appid": APP, "tid": APP, "roles": list(rights), "exp": NOW + 3600, **said}
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.x"


FULL = jwt(*(right.name for right in NEEDED), app_displayname="Mover")


@asynccontextmanager
async def serving(app):
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1.0"
    finally:
        await runner.cleanup()


def diagnose(app, token, **environ):
    """What the doctor finds with this ready token; everything comes in order, whatever happens."""

    async def scene():
        async with serving(app()) as root:
            whole = {"REASSIGN_GRAPH_URL": root, "REASSIGN_GRAPH_TOKEN": token, **environ}
            return await examine(environ=whole, tell=print, now=lambda: NOW)

    return checked(asyncio.run(scene()))


def checked(diagnosis):
    assert [check.name for check in diagnosis.checks] == NAMES
    assert all(check.text for check in diagnosis.checks)
    assert bool(diagnosis.todo) or diagnosis.well
    return diagnosis


def states(diagnosis):
    return {check.name: check.state for check in diagnosis.checks}


def text_of(diagnosis, name):
    return next(check.text for check in diagnosis.checks if check.name == name)


@pytest.fixture
def practice(tmp_path):
    tenant = PracticeTenant.create(tmp_path / "t.db", SKUS, people(direct(E3), direct(E3)))
    yield tenant
    asyncio.run(tenant.close())


@pytest.fixture
def app(practice):
    return lambda: make_app(practice, Faults(), None)


def test_everything_is_in_place(app, practice):
    found = diagnose(app, FULL)
    assert found.well
    assert not found.todo
    assert set(states(found).values()) == {State.OK, State.UNKNOWN}
    assert states(found)[GROUPS] is State.UNKNOWN
    assert found.organisation == asyncio.run(practice.organisation())
    assert f"application Mover, app id {APP}" in text_of(found, "token")
    assert "until 2027-01-15 09:00 UTC" in text_of(found, "token")
    assert "nothing is written here" in text_of(found, WRITE)
    assert text_of(found, "products") == "6 products, 2 of 51 seats used"


def test_the_same_as_json(app):
    found = diagnose(app, FULL)
    value = json.loads(json.dumps(found.as_json()))
    assert set(value) == {"checks", "organisation"}
    assert all(set(check) == {"name", "state", "text", "todo"} for check in value["checks"])
    assert set(value["organisation"]) == {"tenant_id", "name", "domains"}


@pytest.mark.parametrize("token", ["opaque", "readonly"])
def test_an_opaque_token_is_judged_by_what_could_be_read(app, token):
    found = diagnose(app, token)
    assert found.well
    assert (states(found)[WRITE], states(found)[PRODUCTS], states(found)[PEOPLE]) == (
        State.UNKNOWN,
        State.OK,
        State.OK,
    )


def test_a_missing_right_comes_with_the_steps_to_grant_it(app):
    found = diagnose(app, jwt("User.Read.All", "Organization.Read.All"))
    assert not found.well
    assert states(found)[WRITE] is State.MISSING
    steps = "\n".join(found.todo)
    assert "Application permissions > LicenseAssignment.ReadWrite.All >" in steps
    assert f"az ad app permission add --id {APP}" in steps


def test_a_token_that_has_ended_or_is_for_something_else(app):
    ended = diagnose(app, jwt(exp=NOW - 1))
    assert states(ended)["token"] is State.FAILED
    assert "it has ended" in text_of(ended, "token")
    other = diagnose(app, jwt(aud="https://management.azure.com/"))
    assert "management.azure.com" in text_of(other, "token")
    assert "az account get-access-token --resource https://graph.microsoft.com" in "\n".join(other.todo)


@pytest.mark.parametrize("audience", ["https://graph.microsoft.com/", "00000003-0000-0000-c000-000000000000"])
def test_a_token_for_graph(app, audience):
    assert states(diagnose(app, jwt(aud=audience)))["token"] is State.OK


def test_a_token_that_the_service_does_not_accept(app):
    found = diagnose(app, "expired")
    assert states(found)["token"] is State.FAILED
    assert {states(found)[name] for name in NAMES[8:]} == {State.NOT_TRIED}
    assert "REASSIGN_GRAPH_TOKEN" in "\n".join(found.todo)
    assert found.organisation is None


class Fake:
    """A credential that gives what it is told to."""

    def __init__(self, token="", trouble=None):
        self.token, self.trouble, self.closed = token, trouble, False

    def get_token(self, *scopes):
        if self.trouble:
            raise self.trouble
        return SimpleNamespace(token=self.token, expires_on=int(NOW + 3600))

    def close(self):
        self.closed = True


def signed_in(app, fake, **environ):
    async def scene():
        async with serving(app()) as root:
            return await examine(
                environ={"REASSIGN_GRAPH_URL": root, **environ}, tell=print, make=lambda *_: fake, now=lambda: NOW
            )

    return checked(asyncio.run(scene()))


def test_a_sign_in_that_is_refused(app):
    trouble = ClientAuthenticationError(message="AADSTS7000222: The provided client secret keys are expired. More")
    found = signed_in(app, fake := Fake(trouble=trouble))
    assert states(found)["root"] is State.OK
    assert states(found)["sign-in"] is State.FAILED
    assert "AADSTS7000222" in text_of(found, "sign-in")
    assert "Make a new one" in "\n".join(found.todo)
    assert fake.closed


def test_a_sign_in_that_the_service_does_not_take(app):
    found = signed_in(app, Fake("expired"))
    assert states(found)["token"] is State.FAILED
    assert not found.well


def test_variables_that_are_missing(app):
    found = signed_in(app, Fake(), AZURE_CLIENT_SECRET="hunter2hunter2")
    assert states(found)["sign-in"] is State.MISSING
    assert "AZURE_TENANT_ID" in "\n".join(found.todo)
    assert "hunter2" not in json.dumps(found.as_json())


def answering(status, body, **headers):
    async def answer(request):
        return web.Response(status=status, text=body, headers=headers)

    def made():
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        return app

    return made


DENIED = json.dumps({"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges."}})


def test_reads_that_are_refused_name_the_rights_even_of_an_opaque_token():
    found = diagnose(answering(403, DENIED, **{"Content-Type": "application/json"}), "opaque")
    assert states(found)["root"] is State.OK
    assert (states(found)[PRODUCTS], states(found)[PEOPLE], states(found)[WRITE]) == (
        State.MISSING,
        State.MISSING,
        State.UNKNOWN,
    )
    assert "Organization.Read.All, User.Read.All" in "\n".join(found.todo)


def test_nothing_is_written():
    methods = []

    async def answer(request):
        methods.append(request.method)
        return web.json_response({"value": []})

    def made():
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        return app

    diagnose(made, FULL)
    assert set(methods) == {"GET"}


def test_the_token_goes_to_the_reads_only():
    signed = []

    async def answer(request):
        signed.append((request.path, "Authorization" in request.headers))
        return web.json_response({"value": []})

    def made():
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        return app

    diagnose(made, FULL)
    assert signed[0] == ("/v1.0", False)
    assert all(with_token for _, with_token in signed[1:])


@pytest.mark.parametrize(
    "app",
    [
        answering(404, "<html>nothing here</html>"),
        answering(200, "<html>welcome to the hotel</html>"),
        answering(200, "{}", **{"Content-Type": "application/json"}),
        answering(302, "", Location="https://evil.example/"),
    ],
)
def test_something_that_is_no_graph(app, monkeypatch):
    monkeypatch.setattr("batch.wiring.doctor._PATIENCE", Policy(tries=1))
    found = diagnose(app, FULL)
    assert states(found)["root"] is State.OK
    assert {states(found)[name] for name in NAMES[8:]} == {State.FAILED}
    assert not found.well


def test_nothing_listens():
    found = checked(
        asyncio.run(
            examine(
                environ={"REASSIGN_GRAPH_URL": "http://127.0.0.1:9/v1.0", "REASSIGN_GRAPH_TOKEN": FULL},
                tell=print,
                now=lambda: NOW,
            )
        )
    )
    assert states(found)["root"] is State.FAILED
    assert states(found)["token"] is State.OK  # what can be looked at is looked at
    assert states(found)["people"] is State.NOT_TRIED
    assert "REASSIGN_GRAPH_URL" in "\n".join(found.todo)


def test_no_tls_where_tls_should_be(app):
    async def scene():
        async with serving(app()) as root:
            environ = {"REASSIGN_GRAPH_URL": root.replace("http:", "https:"), "REASSIGN_GRAPH_TOKEN": FULL}
            return await examine(environ=environ, tell=print, now=lambda: NOW)

    found = checked(asyncio.run(scene()))
    assert states(found)["root"] is State.FAILED


def test_settings_that_cannot_be_used():
    found = checked(asyncio.run(examine(environ={"REASSIGN_GRAPH_URL": "http://example.com/v1.0"}, tell=print)))
    assert states(found)["settings"] is State.FAILED
    assert set(states(found).values()) == {State.FAILED, State.NOT_TRIED}


@pytest.mark.parametrize("words", [("mars", ""), ("", "passport")])
def test_words_that_do_not_exist_are_a_matter_of_usage(words):
    with pytest.raises(UsageError):
        asyncio.run(examine(*words, environ={}, tell=print))
