"""A certificate that this process trusts, and servers that use it."""

from __future__ import annotations

import os

import pytest

from tests.notices.servers import Post, Receiver, certificate


@pytest.fixture(scope="session")
def papers(tmp_path_factory):
    """The file of a certificate for this machine, and a server's context with it."""
    return certificate(tmp_path_factory.mktemp("papers"), "localhost", "127.0.0.1")


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch, papers):
    """Nothing of whoever runs the tests; the certificate is trusted."""
    for name in list(os.environ):
        if name.upper().startswith(("REASSIGN_", "HTTP", "ALL_PROXY", "NO_PROXY")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SSL_CERT_FILE", str(papers[0]))


@pytest.fixture
def post(papers):
    """Start a mail server; it ends with the test."""
    running = []

    def start(**settings):
        running.append(Post(**settings))
        running[-1].start()
        return running[-1]

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def receiver(papers):
    """A receiver of webhooks over TLS."""
    with Receiver(papers[1]) as found:
        yield found
