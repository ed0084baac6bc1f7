"""`reassign tenant doctor` as people meet it: lines, steps, JSON, exit codes, and no secret in any of them."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import contextmanager

import pytest
from aiohttp import web

from batch.cli.tenant_doctor import doctor
from batch.core.errors import UsageError
from batch.tenants.faults import Faults
from batch.tenants.practice import PracticeTenant
from batch.tenants.served.app import make_app
from tests.tenants.small_tenant import SKUS, direct, people

TOKEN, SECRET, PASSWORD = "a-token-that-nobody-sees", "hunter2~hunter2", "a pass word"


@pytest.fixture(autouse=True)
def _nobody(monkeypatch, tmp_path):
    """No sign-in of whoever runs the tests."""
    for name in ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET", "CLIENT_CERTIFICATE_PATH", "FEDERATED_TOKEN_FILE"):
        monkeypatch.delenv(f"AZURE_{name}", raising=False)
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "REASSIGN_GRAPH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REASSIGN_GRAPH_URL", "http://127.0.0.1:9/v1.0")
    monkeypatch.setenv("PATH", str(tmp_path))


@contextmanager
def serving(file):
    """The root of a small practice tenant, served in a thread of its own."""
    loop, ready, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    found = []

    async def serve():
        tenant = PracticeTenant.create(file, SKUS, people(direct(SKUS[1].sku_id)))
        app = make_app(tenant, Faults(), None)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        found.append(f"http://127.0.0.1:{runner.addresses[0][1]}/v1.0")
        ready.set()
        await stop.wait()
        await runner.cleanup()
        await tenant.close()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(10)
        yield found[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


@pytest.fixture
def served(tmp_path, monkeypatch):
    with serving(tmp_path / "t.db") as root:
        monkeypatch.setenv("REASSIGN_GRAPH_URL", root)
        monkeypatch.setenv("REASSIGN_GRAPH_TOKEN", TOKEN)
        yield


@pytest.fixture
def examined(capsys):
    """Exit code, stdout and stderr of the command."""

    def call(*arguments):
        code = doctor.main([*arguments], standalone_mode=False)
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


def test_all_is_well(served, examined):
    code, out, err = examined()
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("ok       settings: cloud global, root http://127.0.0.1:")
    assert any(line.startswith("unsure   right LicenseAssignment.ReadWrite.All: change licences") for line in lines)
    assert any(line.startswith("ok       organisation: Practice tenant (contoso.com)") for line in lines)
    assert "What to do" not in lines
    assert lines[-1] == "Next, rehearse on a copy: reassign tenant copy --from graph FILE"


def test_all_is_well_as_json(served, examined):
    code, out, err = examined("--json")
    assert (code, err) == (0, "")
    value = json.loads(out)
    assert value["organisation"]["name"] == "Practice tenant"
    assert {check["state"] for check in value["checks"]} == {"ok", "unknown"}


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_token_that_has_ended(served, examined, monkeypatch, form):
    monkeypatch.setenv("REASSIGN_GRAPH_TOKEN", "expired")
    code, out, _ = examined(*form)
    assert code == 8
    assert "REASSIGN_GRAPH_TOKEN" in out


def test_nothing_is_there(examined):
    code, out, _ = examined()
    assert code == 8
    lines = out.splitlines()
    assert any(line.startswith("FAILED   root: ") for line in lines)
    assert any(line.startswith("FAILED   sign-in: ") and "Azure CLI" in line for line in lines)
    assert any(line.startswith("-        not tried") and line.endswith("products, subscriptions") for line in lines)
    steps = lines[lines.index("What to do") + 1 :]
    assert [step[:5] for step in steps] == ["  1. ", "  2. "]


def test_variables_are_missing(examined, monkeypatch):
    monkeypatch.setenv("AZURE_CLIENT_SECRET", SECRET)
    code, out, _ = examined()
    assert code == 8
    assert "MISSING  sign-in: " in out
    assert "AZURE_TENANT_ID and AZURE_CLIENT_ID" in out


@pytest.mark.parametrize("words", [("--cloud", "mars"), ("--sign-in", "secrets")])
def test_words_that_do_not_exist(examined, words):
    with pytest.raises(UsageError):
        examined(*words)


@pytest.mark.parametrize("form", [(), ("--json",)])
@pytest.mark.parametrize("way", ["secret", "certificate", "workload", "cli"])
def test_no_secret_is_shown(examined, monkeypatch, tmp_path, way, form):
    (tmp_path / "federated").write_text(TOKEN)
    (tmp_path / "app.pem").write_text(f"-----BEGIN PRIVATE KEY-----\n{TOKEN}\n")
    monkeypatch.setattr("azure.core.pipeline.transport.RequestsTransport.sleep", lambda self, seconds: None)
    for name, value in (
        ("TENANT_ID", "contoso.com"),
        ("CLIENT_ID", "an-app"),
        ("CLIENT_SECRET", SECRET),
        ("CLIENT_CERTIFICATE_PATH", str(tmp_path / "app.pem")),
        ("CLIENT_CERTIFICATE_PASSWORD", PASSWORD),
        ("FEDERATED_TOKEN_FILE", str(tmp_path / "federated")),
        ("AUTHORITY_HOST", "https://127.0.0.1:9"),
    ):
        monkeypatch.setenv(f"AZURE_{name}", value)
    code, out, err = examined("--sign-in", way, *form)
    assert code == 8
    assert not [secret for secret in (TOKEN, SECRET, PASSWORD) if secret in out + err]


@pytest.mark.parametrize("form", [(), ("--json",)])
@pytest.mark.parametrize("token", [TOKEN, f"{TOKEN} {SECRET}", f"Bearer {TOKEN}"])
def test_no_ready_token_is_shown(served, examined, monkeypatch, form, token):
    monkeypatch.setenv("REASSIGN_GRAPH_TOKEN", token)
    _, out, err = examined(*form)
    assert not [secret for secret in (TOKEN, SECRET) if secret in out + err]
