"""The real azure-identity, each way, against a stand-in for Microsoft Entra behind a private CA."""

from __future__ import annotations

import asyncio
import logging

import pytest
from azure.core.pipeline.transport import RequestsTransport

from batch.core.errors import TenantRefused, TenantUnavailable
from batch.tenants.graph.settings import Settings
from batch.tenants.graph.sign_in import Tokens
from tests.tenants.graph.entra import Entra, certificate, rsa_key

IDS = {"AZURE_TENANT_ID": "contoso.com", "AZURE_CLIENT_ID": "11111111-1111-4111-8111-111111111111"}
SECRET = {**IDS, "AZURE_CLIENT_SECRET": "hunter2~hunter2"}
PASSWORD = "pass word"


@pytest.fixture(scope="module")
def entra_made(tmp_path_factory):
    return Entra(tmp_path_factory.mktemp("entra"))


@pytest.fixture
def entra(entra_made, monkeypatch, tmp_path):
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "AZURE_REGIONAL_AUTHORITY_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))  # no Azure CLI of whoever runs the tests
    monkeypatch.setattr(RequestsTransport, "sleep", lambda self, seconds: None)
    entra_made.asked, entra_made.error = [], ""
    return entra_made


@pytest.fixture(scope="module")
def pem(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("app"), "app", rsa_key(), password=PASSWORD.encode())


def signed_in(entra, environ, sign_in="", tell=lambda line: None, trusted=True):
    """The token that this environment comes by."""

    async def scene():
        async with entra.running():
            whole = {**environ, "AZURE_AUTHORITY_HOST": entra.url} | (
                {"SSL_CERT_FILE": str(entra.ca)} if trusted else {}
            )
            tokens = Tokens(Settings.of(sign_in=sign_in, environ={}), whole, tell=tell)
            try:
                return await tokens.bearer()
            finally:
                await tokens.close()

    return asyncio.run(scene())


def test_a_client_secret(entra):
    assert signed_in(entra, SECRET) == "token-1"
    (asked,) = entra.asked
    assert (asked["tenant"], asked["client_id"], asked["client_secret"]) == tuple(SECRET.values())
    assert asked["scope"] == "https://graph.microsoft.com/.default"


def test_a_certificate_with_a_password(entra, pem):
    environ = {**IDS, "AZURE_CLIENT_CERTIFICATE_PATH": str(pem), "AZURE_CLIENT_CERTIFICATE_PASSWORD": PASSWORD}
    assert signed_in(entra, environ) == "token-1"
    assert entra.asked[0]["client_assertion"].startswith("eyJ")


def test_workload_federation(entra, tmp_path):
    (tmp_path / "federated").write_text("an-assertion")
    environ = {**IDS, "AZURE_FEDERATED_TOKEN_FILE": str(tmp_path / "federated")}
    assert signed_in(entra, environ) == "token-1"
    assert entra.asked[0]["client_assertion"] == "an-assertion"


@pytest.mark.parametrize("more", [{}, {"AZURE_CLIENT_ID": "an-identity"}])
def test_a_managed_identity(entra, monkeypatch, more):
    async def scene():
        async with entra.running():
            monkeypatch.setenv("IDENTITY_ENDPOINT", entra.identity)
            monkeypatch.setenv("IDENTITY_HEADER", "a-header")
            return await Tokens(Settings.of(sign_in="managed-identity", environ={}), more, tell=print).bearer()

    assert asyncio.run(scene()) == "managed"
    assert entra.asked[0]["header"] == "a-header"
    assert entra.asked[0]["resource"] == "https://graph.microsoft.com"
    assert entra.asked[0].get("client_id") == more.get("AZURE_CLIENT_ID")


def test_a_device_code_is_told_to_the_person_and_nobody_else(entra, capfd):
    told = []
    assert signed_in(entra, IDS, "device-code", told.append) == "token-2"
    assert len(told) == 1
    assert "https://example.com/device" in told[0]
    assert "ABCD-1234" in told[0]
    assert capfd.readouterr() == ("", "")


def azure_cli(folder, script):
    (folder / "az").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "az").chmod(0o755)


def test_azure_cli(entra, tmp_path):
    azure_cli(tmp_path, """echo "{\\"accessToken\\": \\"from-$6-$8\\", \\"expires_on\\": 9999999999}" """)
    token = signed_in(entra, {"AZURE_TENANT_ID": "contoso.com"})
    assert token == "from-https://graph.microsoft.com-contoso.com"


@pytest.mark.parametrize(
    ("script", "said", "todo"),
    [
        (None, "not found", "Install Azure CLI"),
        ("echo 'Please run az login to set up an account.' >&2; exit 1", "az login", "az login"),
        ("echo 'ERROR: AADSTS50076: Due to a change. Trace' >&2; exit 1", "AADSTS50076: Due to a change", "factor"),
        ("echo rubbish", "Unexpected output", "by hand"),
        ("""echo '{"accessToken": "two words", "expires_on": 9999999999}'""", "no token", ""),
    ],
)
def test_azure_cli_that_gives_no_token(entra, tmp_path, script, said, todo):
    if script:
        azure_cli(tmp_path, script)
    with pytest.raises(TenantRefused) as caught:
        signed_in(entra, {})
    assert said in caught.value.what
    assert todo in caught.value.todo


def test_a_wrong_secret_is_told_short_with_a_remedy_and_without_the_secret(entra, capfd, caplog):
    entra.error = (
        "AADSTS7000215: Invalid client secret provided: 'hunter2~hunter2'. Ensure the secret is right. Trace ID: 1"
    )
    with caplog.at_level(logging.DEBUG), pytest.raises(TenantRefused) as caught:
        signed_in(entra, SECRET)
    assert "AADSTS7000215: Invalid client secret provided: '[hidden]'." in caught.value.what
    assert "Secret ID" in caught.value.todo
    assert "hunter2" not in str(caught.value) + repr(caught.value) + caplog.text
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("content", "password"),
    [(None, ""), ("rubbish", ""), ("-----BEGIN CERTIFICATE-----\nx\n", ""), (True, "wrong-pass-word"), (True, "")],
)
def test_a_certificate_that_cannot_be_used(entra, tmp_path, pem, content, password):
    path = tmp_path / "app.pem"
    if content is not None:
        path.write_text(pem.read_text() if content is True else content)
    environ = {**IDS, "AZURE_CLIENT_CERTIFICATE_PATH": str(path), "AZURE_CLIENT_CERTIFICATE_PASSWORD": password}
    with pytest.raises(TenantRefused) as caught:
        signed_in(entra, environ)
    assert "AZURE_CLIENT_CERTIFICATE_P" in caught.value.todo
    assert "wrong-pass-word" not in str(caught.value)
    assert not entra.asked


def test_a_tenant_that_is_no_name(entra):
    with pytest.raises(TenantRefused) as caught:
        signed_in(entra, {**SECRET, "AZURE_TENANT_ID": "con toso/../x"})
    assert "AZURE_TENANT_ID" in caught.value.todo


def test_a_private_ca_that_is_not_told(entra, monkeypatch):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(TenantUnavailable) as caught:
        signed_in(entra, SECRET, trusted=False)
    assert "certificate" in caught.value.what
    assert "SSL_CERT_FILE" in caught.value.todo


def test_a_file_of_certificates_that_is_not_there(entra):
    with pytest.raises(TenantRefused) as caught:
        signed_in(entra, {**SECRET, "SSL_CERT_FILE": "/nowhere/ca.pem"}, trusted=False)
    assert "SSL_CERT_FILE" in caught.value.todo


def test_azure_cli_without_a_network_is_not_a_refusal(entra, tmp_path):
    azure_cli(tmp_path, "echo 'HTTPSConnectionPool: Max retries exceeded (Failed to resolve login)' >&2; exit 1")
    with pytest.raises(TenantUnavailable, match="DNS"):
        signed_in(entra, {})


def test_a_sign_in_service_that_is_not_there(entra):
    environ = {**SECRET, "AZURE_AUTHORITY_HOST": "https://127.0.0.1:9", "SSL_CERT_FILE": str(entra.ca)}
    tokens = Tokens(Settings.of(environ={}), environ, tell=print)
    with pytest.raises(TenantUnavailable, match="nothing answers"):
        asyncio.run(tokens.bearer())


def test_an_authority_without_tls_is_refused(entra):
    tokens = Tokens(Settings.of(environ={}), {**SECRET, "AZURE_AUTHORITY_HOST": "http://127.0.0.1:9"}, tell=print)
    with pytest.raises(TenantRefused) as caught:
        asyncio.run(tokens.bearer())
    assert "AZURE_AUTHORITY_HOST" in caught.value.todo


def test_a_proxy_that_is_not_there_is_told_without_its_password(entra, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://me:hunter2@127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    tokens = Tokens(Settings.of(environ={}), {**SECRET, "AZURE_AUTHORITY_HOST": "login.example"}, tell=print)
    with pytest.raises(TenantUnavailable) as caught:
        asyncio.run(tokens.bearer())
    assert "proxy" in caught.value.what
    assert "hunter2" not in str(caught.value)
