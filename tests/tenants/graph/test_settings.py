"""Clouds, roots, ways of signing in and ready tokens: what is taken, and what is refused with which words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.core.errors import UsageError
from batch.tenants.graph.clouds import ENDPOINTS, Cloud
from batch.tenants.graph.settings import Settings, SignIn, cloud_of, ready_token, sign_in_of

URL, TOKEN = "REASSIGN_GRAPH_URL", "REASSIGN_GRAPH_TOKEN"


def refused(call, *arguments, **options):
    with pytest.raises(UsageError) as caught:
        call(*arguments, **options)
    assert caught.value.todo
    return str(caught.value)


def root_of(url, **options):
    return Settings.of(environ={URL: url}, **options).root


def test_without_anything_it_is_the_global_cloud():
    settings = Settings.of(environ={})
    assert settings == Settings(
        cloud=Cloud.GLOBAL,
        sign_in=SignIn.AUTO,
        root="https://graph.microsoft.com/v1.0",
        scope="https://graph.microsoft.com/.default",
        settle=300.0,
    )


@pytest.mark.parametrize(
    ("word", "graph", "login"),
    [
        ("global", "graph.microsoft.com", "login.microsoftonline.com"),
        ("usgov", "graph.microsoft.us", "login.microsoftonline.us"),
        ("usgov-dod", "dod-graph.microsoft.us", "login.microsoftonline.us"),
        ("China", "microsoftgraph.chinacloudapi.cn", "login.chinacloudapi.cn"),
    ],
)
def test_each_cloud_has_its_own_root_scope_and_authority(word, graph, login):
    settings = Settings.of(word, environ={})
    assert settings.root == f"https://{graph}/v1.0"
    assert settings.scope == f"https://{graph}/.default"
    assert ENDPOINTS[settings.cloud].authority == f"https://{login}"


def test_every_cloud_is_in_the_table():
    assert set(ENDPOINTS) == set(Cloud)


def test_a_misspelt_word_is_told_the_nearest_and_all():
    assert "Did you mean usgov-dod?" in refused(cloud_of, "usgov_dod")
    said = refused(sign_in_of, "certifcate")
    assert "Did you mean certificate?" in said
    assert all(str(way) in said for way in SignIn)
    assert "Did you mean" not in refused(cloud_of, "x" * 500)


def test_settle_is_a_number_of_seconds():
    assert Settings.of(settle=0, environ={}).settle == 0.0
    for wrong in (-1.0, float("nan"), float("inf"), 1e9):
        assert "--settle" in refused(Settings.of, settle=wrong, environ={})


@pytest.mark.parametrize(
    ("given_url", "root"),
    [
        ("https://gateway.example/v1.0", "https://gateway.example/v1.0"),
        ("https://Gateway.Example:8443/graph/v1.0/", "https://gateway.example:8443/graph/v1.0"),
        (" http://127.0.0.1:8080/v1.0 ", "http://127.0.0.1:8080/v1.0"),
        ("http://127.9.9.9/v1.0", "http://127.9.9.9/v1.0"),
        ("http://localhost:1/v1.0", "http://localhost:1/v1.0"),
        ("http://[::1]:8080/v1.0", "http://[::1]:8080/v1.0"),
    ],
)
def test_a_root_of_ones_own(given_url, root):
    assert root_of(given_url) == root
    assert Settings.of("china", environ={URL: given_url}).scope.startswith("https://microsoftgraph.chinacloudapi.cn/")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "empty"),
        ("graph.microsoft.com/v1.0", "is no plain address"),
        ("ftp://graph.microsoft.com/v1.0", "unprotected"),
        ("http://graph.microsoft.com/v1.0", "unprotected"),
        ("http://10.0.0.1/v1.0", "unprotected"),
        ("http://127.0.0.1.example/v1.0", "unprotected"),
        ("http://localhost.example/v1.0", "unprotected"),
        ("http://127.1/v1.0", "unprotected"),
        ("http://[::2]/v1.0", "unprotected"),
        ("http://0.0.0.0/v1.0", "unprotected"),
        ("https://graph.microsoft.com", "/v1.0"),
        ("https://graph.microsoft.com/beta", "/v1.0"),
        ("https://graph.microsoft.com/xv1.0/..", "is no plain address"),
        ("https://graph.microsoft.com/%2e%2e/v1.0", "is no plain address"),
        ("https://user@graph.microsoft.com/v1.0", "user name"),
        ("https://@graph.microsoft.com/v1.0", "user name"),
        ("https://graph.microsoft.com/v1.0?", "query"),
        ("https://graph.microsoft.com/v1.0#x", "fragment"),
        ("https://graph.microsoft.com:99999/v1.0", "is no address"),
        ("https://graph.microsoft.com:0/v1.0", "is no plain address"),
        ("https://[::1/v1.0", "is no address"),
        ("https:///v1.0", "is no plain address"),
        ("https://graph.micro\nsoft.com/v1.0", "is no plain address"),
        ("https://graph.microsoft.com\\@evil.example/v1.0", "user name"),
        ("https://gräph.example/v1.0", "is no plain address"),
    ],
)
def test_a_root_that_is_refused(url, why):
    assert why in refused(root_of, url)


def test_a_password_in_the_root_is_not_repeated():
    for url in ("https://me:hunter2@x.example/v1.0", "https://x.example/v1.0?sig=hunter2", "http://x/#hunter2"):
        assert "hunter2" not in refused(root_of, url)


@pytest.mark.parametrize("text", ["abc.def-_~+/=", " abc.def-_~+/=\n", "Bearer abc.def-_~+/=", "bearer  abc.def-_~+/="])
def test_a_ready_token(text):
    assert ready_token({TOKEN: text}) == "abc.def-_~+/="


def test_no_ready_token():
    assert ready_token({}) == ""


@pytest.mark.parametrize("text", ["", " ", "Bearer ", "two words", "line\nbreak", "t\x00k", "tökén", "x" * 100_000])
def test_a_ready_token_that_is_refused(text):
    said = refused(ready_token, {TOKEN: text})
    assert TOKEN in said
    assert len(said) < 500


@given(st.text(min_size=30))
def test_whatever_stands_there_is_taken_or_refused_and_never_repeated(text):
    said = ""
    try:
        token = ready_token({TOKEN: text})
    except UsageError as error:
        said = str(error) + repr(error)
    else:
        assert token.isascii()
        assert token.isprintable()
        assert " " not in token
    assert text not in said


@given(st.text())
def test_whatever_the_root_is_a_token_stays_protected(url):
    try:
        root = root_of(url)
    except UsageError:
        return
    assert root.startswith(("https://", "http://127.", "http://localhost", "http://[::1]"))
    assert root.endswith("/v1.0")
