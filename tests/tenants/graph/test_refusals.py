"""What is left of an error message: the useful part, what to do, and never a secret."""

from __future__ import annotations

import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.tenants.graph.refusals import HIDDEN, in_short, of_network, scrub

JWT = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJncmFwaCJ9.c2lnbmF0dXJl-_x"
SECRET = 'Pa$$ w"rd/+ä~1'


@pytest.mark.parametrize(
    "form", [SECRET, quote(SECRET, safe=""), quote(SECRET), quote_plus(SECRET), json.dumps(SECRET), repr(SECRET)]
)
def test_a_known_secret_is_hidden_in_every_form(form):
    assert scrub(f"before {form} after", [SECRET, ""]) in {f"before {q}{HIDDEN}{q} after" for q in ("", '"', "'")}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"token {JWT} was bad", f"token {HIDDEN} was bad"),
        (f"{JWT}\n{JWT}", f"{HIDDEN}\n{HIDDEN}"),
        (JWT.split(".", maxsplit=1)[0], HIDDEN),
        ("Authorization: Bearer 0123456789abcdef", f"Authorization: Bearer {HIDDEN}"),
        ("http://me:hunter2@proxy:3128 failed", f"http://{HIDDEN}@proxy:3128 failed"),
        ("-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----!", f"{HIDDEN}!"),
        ("-----BEGIN PRIVATE KEY-----\nabc", HIDDEN),
    ],
)
def test_what_looks_like_a_secret_is_hidden(text, left):
    assert scrub(text, []) == left


@pytest.mark.parametrize("text", ["", "AADSTS90002: Tenant 'x' not found.", "https://login.microsoftonline.com/x"])
def test_other_text_stays(text):
    assert scrub(text, ["", "  ", "hunter2"]) == text


def test_a_secret_within_another_does_not_leave_the_rest_of_it():
    assert "tail" not in scrub("x hunter2tail x", ["hunter2", "hunter2tail"])


@given(st.text(), st.lists(st.text(min_size=5, alphabet=st.characters(exclude_characters="[hiden]")), max_size=3))
def test_no_secret_is_ever_left(text, secrets):
    left = scrub("".join([text, *secrets, text]), secrets)
    assert not any(secret.strip() and secret.strip() in left for secret in secrets)


@pytest.mark.parametrize(
    ("code", "todo"),
    [
        ("7000215", "AZURE_CLIENT_SECRET"),
        ("7000222", "has expired"),
        ("700016", "AZURE_CLIENT_ID"),
        ("90002", "AZURE_TENANT_ID"),
        ("700027", "certificate"),
        ("65001", "admin consent"),
        ("50076", "second factor"),
        ("7000218", "public client"),
        ("99999", "error?code=99999"),
    ],
)
def test_the_service_s_code_and_first_sentence(code, todo):
    message = (
        f"Authentication failed: AADSTS{code}: Something at login.microsoftonline.com is wrong. Ensure the rest is not "
        "shown. Trace ID: 1\r\nCorrelation ID: 2"
    )
    said, what_to_do = in_short(message, [])
    assert said == f"AADSTS{code}: Something at login.microsoftonline.com is wrong"
    assert todo in what_to_do


def test_other_words_are_cut_to_a_line():
    assert in_short("\n  Azure CLI not found on path\nmore", [])[0] == "Azure CLI not found on path"
    assert "az login" in in_short("Azure CLI not found on path", [])[1]
    assert len(in_short("x" * 9999, [])[0]) == 300
    said, todo = in_short(" \n", [])
    assert said
    assert "reassign tenant doctor" in todo


def test_a_secret_is_hidden_before_anything_is_cut():
    said, _ = in_short("x" * 295 + "hunter2hunter2", ["hunter2hunter2"])
    assert "hunt" not in said
    said, _ = in_short("AADSTS7000215: The secret 'p. w' is wrong. More.", ["p. w"])
    assert "p." not in said


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed", "certificate"),
        ("ProxyError('Cannot connect to proxy.')", "proxy"),
        ("Failed to resolve 'login.example'", "DNS"),
        ("[Errno 111] Connection refused", "nothing answers"),
        ("Read timed out.", "in time"),
        ("gone hunter2", "broke"),
    ],
)
def test_troubles_of_the_network(message, said):
    words, todo = of_network(message)
    assert said in words
    assert todo
    assert "hunter2" not in words
