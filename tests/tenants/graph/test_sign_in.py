"""The life of a token: chosen, shared, renewed before its end and after a refusal, refused, and never shown."""

from __future__ import annotations

import asyncio
import threading
import time
import traceback
from types import SimpleNamespace

import pytest
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

from batch.core.errors import ReassignError, TenantRefused, TenantUnavailable, UsageError
from batch.tenants.graph.settings import Settings, SignIn
from batch.tenants.graph.sign_in import Tokens

HOUR = 3600.0
IDS = {"AZURE_TENANT_ID": "contoso.com", "AZURE_CLIENT_ID": "an-app"}
SECRET = {**IDS, "AZURE_CLIENT_SECRET": "hunter2hunter2"}


class Authority:
    """Stands for azure-identity: gives one token after the other, or raises what it is told to."""

    def __init__(self, life=HOUR):
        self.now, self.life, self.asked, self.made, self.closed = 1_000_000.0, life, 0, [], 0
        self.trouble = None
        self.fixed = ""
        self.hold = None

    def make(self, sign_in, settings, environ, tell):
        self.made.append(sign_in)
        return self

    def get_token(self, *scopes):
        self.asked += 1
        self.scopes = scopes
        if self.hold:
            self.hold.wait(5)
        if self.trouble:
            raise self.trouble
        return SimpleNamespace(token=self.fixed or f"token-{self.asked}", expires_on=int(self.now + self.life))

    def close(self):
        self.closed += 1


def tokens(authority, environ=SECRET, sign_in="", tell=lambda line: None):
    settings = Settings.of(sign_in=sign_in, environ={})
    return Tokens(settings, environ, tell=tell, make=authority.make, now=lambda: authority.now)


@pytest.fixture
def authority():
    return Authority()


def run(work):
    return asyncio.run(work)


@pytest.mark.parametrize(
    ("more", "way"),
    [
        ({"AZURE_CLIENT_SECRET": "s"}, SignIn.SECRET),
        ({"AZURE_CLIENT_CERTIFICATE_PATH": "c"}, SignIn.CERTIFICATE),
        ({"AZURE_FEDERATED_TOKEN_FILE": "f"}, SignIn.WORKLOAD),
        ({"AZURE_CLIENT_SECRET": "s", "AZURE_CLIENT_CERTIFICATE_PATH": "c"}, SignIn.SECRET),
        ({"AZURE_CLIENT_CERTIFICATE_PATH": "c", "AZURE_FEDERATED_TOKEN_FILE": "f"}, SignIn.CERTIFICATE),
        ({"AZURE_CLIENT_SECRET": ""}, SignIn.CLI),
        ({}, SignIn.CLI),
        ({"IDENTITY_ENDPOINT": "http://x", "IDENTITY_HEADER": "h"}, SignIn.CLI),
    ],
)
def test_auto_chooses_by_the_variables(authority, more, way):
    assert run(tokens(authority, {**IDS, **more}).bearer()) == "token-1"
    assert authority.made == [way]
    assert authority.scopes == ("https://graph.microsoft.com/.default",)


@pytest.mark.parametrize("way", [way for way in SignIn if way is not SignIn.AUTO])
def test_a_way_that_is_asked_for_counts(authority, way):
    environ = {**SECRET, "AZURE_CLIENT_CERTIFICATE_PATH": "c", "AZURE_FEDERATED_TOKEN_FILE": "f"}
    run(tokens(authority, environ, way).bearer())
    assert authority.made == [way]


@pytest.mark.parametrize(
    ("environ", "sign_in", "missing", "there"),
    [
        ({"AZURE_CLIENT_SECRET": "hunter2"}, "", ["AZURE_TENANT_ID", "AZURE_CLIENT_ID"], []),
        (IDS, "secret", ["AZURE_CLIENT_SECRET"], ["AZURE_TENANT_ID"]),
        ({}, "certificate", ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_CERTIFICATE_PATH"], []),
        ({"AZURE_FEDERATED_TOKEN_FILE": "f", "AZURE_TENANT_ID": ""}, "", ["AZURE_TENANT_ID", "AZURE_CLIENT_ID"], []),
    ],
)
def test_missing_variables_are_named_with_what_to_put_there(authority, environ, sign_in, missing, there):
    with pytest.raises(UsageError) as caught:
        tokens(authority, environ, sign_in)
    assert all(name in caught.value.what and f"{name} to " in caught.value.todo for name in missing)
    assert not any(f"{name} to " in caught.value.todo for name in there)
    assert "hunter2" not in str(caught.value)


def test_a_ready_token_is_used_as_it_is(authority):
    async def scene():
        ready = tokens(authority, {**SECRET, "REASSIGN_GRAPH_TOKEN": "Bearer my-token"}, "cli")
        assert await ready.bearer() == "my-token"
        with pytest.raises(TenantRefused) as caught:
            await ready.bearer(renew=True)
        assert "REASSIGN_GRAPH_TOKEN" in caught.value.what
        await ready.close()

    run(scene())
    assert not authority.made


def test_a_token_is_kept_until_five_minutes_before_its_end(authority):
    async def scene():
        kept = tokens(authority)
        assert await kept.bearer() == "token-1"
        authority.now += HOUR - 301
        assert await kept.bearer() == "token-1"
        authority.now += 2
        assert await kept.bearer() == "token-2"
        assert len(authority.made) == 1

    run(scene())


def test_a_laptop_that_slept_gets_a_new_token(authority):
    async def scene():
        kept = tokens(authority)
        await kept.bearer()
        authority.now += 8 * HOUR
        assert await kept.bearer() == "token-2"

    run(scene())


def test_a_short_life_does_not_mean_a_fetch_a_call(authority):
    authority.life = 120.0

    async def scene():
        kept = tokens(authority)
        for _ in range(5):
            await kept.bearer()
        assert authority.asked == 1
        authority.now += 61
        assert await kept.bearer() == "token-2"

    run(scene())


def test_a_cache_that_gives_the_old_token_is_not_asked_with_every_call(authority):
    authority.fixed = "same"

    async def scene():
        kept = tokens(authority)
        await kept.bearer()
        authority.life = 200.0
        authority.now += HOUR - 200
        assert [await kept.bearer() for _ in range(5)] == ["same"] * 5

    run(scene())
    assert authority.asked == 2


def test_those_who_come_together_share_one_fetch(authority):
    async def scene():
        shared = tokens(authority)
        authority.hold = threading.Event()
        waiting = [asyncio.ensure_future(shared.bearer()) for _ in range(16)]
        await asyncio.sleep(0.01)
        waiting[0].cancel()  # the others still get theirs
        authority.hold.set()
        assert set(await asyncio.gather(*waiting[1:])) == {"token-1"}

    run(scene())
    assert authority.asked == 1


def test_they_share_a_failure_too(authority):
    authority.trouble = ClientAuthenticationError(message="AADSTS7000215: Invalid client secret provided. More.")

    async def scene():
        shared = tokens(authority)
        return await asyncio.gather(*(shared.bearer() for _ in range(16)), return_exceptions=True)

    assert all(isinstance(ended, TenantRefused) for ended in run(scene()))
    assert authority.asked == 1


def test_after_a_refusal_a_new_credential_is_asked(authority):
    async def scene():
        kept = tokens(authority)
        assert await kept.bearer() == "token-1"
        assert await kept.bearer(renew=True) == "token-2"
        assert await kept.bearer() == "token-2"

    run(scene())
    assert len(authority.made) == 2
    assert authority.closed == 1


def test_many_refusals_of_one_token_renew_it_once(authority):
    async def scene():
        kept = tokens(authority)
        await kept.bearer()
        assert set(await asyncio.gather(*(kept.bearer(renew=True) for _ in range(16)))) == {"token-2"}
        authority.now += 10
        assert await kept.bearer(renew=True) == "token-2"  # a straggler, refused with the old one
        authority.now += 60
        assert await kept.bearer(renew=True) == "token-3"
        authority.now -= HOUR  # the clock was set back
        assert await kept.bearer(renew=True) == "token-4"

    run(scene())


def test_a_refusal_during_an_ordinary_renewal_is_not_answered_with_the_refused_token(authority):
    authority.fixed = "same"

    async def scene():
        kept = tokens(authority)
        await kept.bearer()
        authority.now += HOUR - 100
        authority.hold = threading.Event()
        ordinary = asyncio.ensure_future(kept.bearer())
        await asyncio.sleep(0.01)
        refused = asyncio.ensure_future(kept.bearer(renew=True))
        await asyncio.sleep(0.01)
        authority.hold.set()
        assert await ordinary == "same"
        with pytest.raises(TenantRefused):
            await refused

    run(scene())


def test_the_refused_token_again_is_a_refusal(authority):
    authority.fixed = "same"

    async def scene():
        kept = tokens(authority)
        await kept.bearer()
        with pytest.raises(TenantRefused, match="same one again"):
            await kept.bearer(renew=True)

    run(scene())


def test_a_renewal_that_fails_early_is_no_harm_while_the_token_lives(authority):
    async def scene():
        kept = tokens(authority)
        await kept.bearer()
        authority.trouble = ServiceRequestError("Failed to resolve")
        authority.now += HOUR - 200
        for _ in range(5):
            assert await kept.bearer() == "token-1"
        assert authority.asked == 2  # not with every call
        authority.now += 31
        assert await kept.bearer() == "token-1"
        assert authority.asked == 3
        authority.now += 200
        with pytest.raises(TenantUnavailable):
            await kept.bearer()
        authority.trouble = None
        assert await kept.bearer() == "token-5"

    run(scene())


def test_the_network_is_told_apart_from_a_refusal(authority):
    wrapped = ClientAuthenticationError(message="Authentication failed: …")
    wrapped.__cause__ = ServiceRequestError("HTTPSConnectionPool: Failed to resolve 'login.microsoftonline.com'")
    authority.trouble = wrapped
    with pytest.raises(TenantUnavailable, match="DNS"):
        run(tokens(authority).bearer())
    with pytest.raises(TenantRefused) as caught:
        run(tokens(authority, sign_in="managed-identity").bearer())
    assert "HTTPS_PROXY" not in caught.value.todo


@pytest.mark.parametrize("rubbish", ["two words", "line\r\nbreak", "tökén", "", "x" * 100_001])
def test_what_is_no_token_is_not_sent(authority, rubbish):
    authority.get_token = lambda *scopes: SimpleNamespace(token=rubbish, expires_on=9e9)
    with pytest.raises(TenantRefused):
        run(tokens(authority).bearer())


def test_one_after_the_other_event_loop(authority):
    kept = tokens(authority)
    assert run(kept.bearer()) == "token-1"
    authority.now += HOUR
    assert run(kept.bearer()) == "token-2"
    run(kept.close())
    assert authority.closed == 1


def test_stopping_does_not_wait_for_somebody_who_will_not_sign_in(authority):
    authority.hold = threading.Event()

    async def scene():
        await asyncio.wait_for(tokens(authority, sign_in="device-code").bearer(), 0.05)

    before = time.monotonic()
    with pytest.raises(TimeoutError):
        run(scene())
    assert time.monotonic() - before < 3
    authority.hold.set()  # nobody listens any more, and nothing breaks
    time.sleep(0.02)


def test_no_secret_in_any_error(authority, tmp_path):
    assertion = "a-federated-assertion-0123456789"
    (tmp_path / "federated").write_text(assertion + "\n")
    environ = {
        **SECRET,
        "AZURE_CLIENT_CERTIFICATE_PASSWORD": "pass-word",
        "AZURE_FEDERATED_TOKEN_FILE": str(tmp_path / "federated"),
    }

    async def scene():
        kept = tokens(authority, environ)
        token = await kept.bearer()
        secrets = [token, "hunter2hunter2", "pass-word", assertion]
        authority.trouble = ClientAuthenticationError(message=f"AADSTS1: {' '.join(secrets)} eyJhbGciOi.eyJhdWQ.x-y. z")
        with pytest.raises(ReassignError) as caught:
            await kept.bearer(renew=True)
        shown = [str(caught.value), repr(caught.value), "".join(traceback.format_exception(caught.value)), repr(kept)]
        assert caught.value.__context__ is None
        assert "[hidden]" in shown[0]
        assert not [secret for secret in [*secrets, "eyJ"] for text in shown if secret in text]

    run(scene())


def test_a_repr_names_the_way_only(authority):
    assert repr(tokens(authority)) == "<Tokens by a client secret>"
    assert repr(tokens(authority, {"REASSIGN_GRAPH_TOKEN": "hunter2"})) == "<Tokens by a ready token>"
