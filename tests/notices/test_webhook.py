from __future__ import annotations

import base64
import hashlib
import json
import socket
import traceback
from dataclasses import replace
from email.utils import formatdate
from time import time
from types import SimpleNamespace

import pytest

from batch.core.errors import UsageError
from batch.notices import webhook
from batch.notices.undelivered import LATER, NotSent
from batch.notices.webhook import Hook, send, signed
from tests.notices.messages import HOSTILE, HUGE, PLAIN
from tests.notices.servers import Receiver, certificate

KEY = bytes(range(100, 132))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
PATH = "/workflows/Zx9/triggers?api-version=1&sig=s3cr%2Ft_Kq"


def hmac_sha256(key, text):
    """RFC 2104, by hand."""
    block = 64
    key = (hashlib.sha256(key).digest() if len(key) > block else key).ljust(block, b"\0")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in key) + text).digest()
    return hashlib.sha256(bytes(b ^ 0x5C for b in key) + inner).digest()


@pytest.mark.parametrize(
    ("key", "text", "digest"),
    [
        (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (b"\xaa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        (
            b"\xaa" * 131,
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
    ],
)
def test_the_judge_of_signatures_is_right(key, text, digest):
    """Test cases 1, 2, 3 and 6 of RFC 4231."""
    assert hmac_sha256(key, text).hex() == digest


def judged(headers, body, key=KEY):
    """Whether a receiver that knows the specification would believe this call."""
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    version, _, signature = headers["webhook-signature"].partition(",")
    return version == "v1" and base64.b64decode(signature) == hmac_sha256(key, content)


def test_a_signature_as_the_specification_has_it():
    headers = signed("msg_1", 1674087231, b'{"a":1}', KEY)
    assert headers["webhook-timestamp"] == "1674087231"
    assert judged(headers, b'{"a":1}')
    assert not judged(headers, b'{"a":2}')
    assert not judged({**headers, "webhook-id": "msg_2"}, b'{"a":1}')


def hook(receiver, shape="json", scheme="https", **more):
    env = {"REASSIGN_WEBHOOK_URL": f"{scheme}://localhost:{receiver.port}{PATH}", "REASSIGN_WEBHOOK_SECRET": SECRET}
    return Hook.from_environment(shape, "", {**env, **more})


def refused(where, message=PLAIN):
    """How it was not sent; neither the URL nor the secret stands in what was raised."""
    with pytest.raises(NotSent) as caught:
        send(message, where)
    error = caught.value
    assert error.__context__ is None
    told = error.what + error.todo + repr(error) + "".join(traceback.format_exception(error)) + repr(where)
    for secret in (PATH, "Zx9", "s3cr", SECRET, SECRET.removeprefix("whsec_")):
        assert secret not in told
    assert error.what.startswith(f"The {where.shape} webhook at localhost")
    assert error.what.endswith(".")
    return error


@pytest.mark.parametrize("shape", ["json", "teams", "slack"])
@pytest.mark.parametrize("message", [PLAIN, HOSTILE, HUGE], ids=["plain", "hostile", "huge"])
def test_what_arrives_is_signed_and_whole(shape, message, receiver):
    send(message, hook(receiver, shape), now=lambda: 1_795_500_123.9)
    ((path, headers, body),) = receiver.calls
    assert path == PATH, "the signature in a URL arrives letter by letter"
    assert headers["content-type"] == "application/json"
    assert headers["webhook-timestamp"] == "1795500123"
    assert headers["webhook-id"].isascii()
    assert "." not in headers["webhook-id"]
    assert "x-evil" not in headers
    assert judged(headers, body)
    json.loads(body)
    if shape == "json":
        assert json.loads(body)["id"] == headers["webhook-id"]


def test_the_id_is_the_same_for_each_try_and_the_time_is_not(receiver):
    for at in (1.0, 2.0):
        send(PLAIN, hook(receiver), now=lambda at=at: at)
    (_, first, _), (_, second, _) = receiver.calls
    assert first["webhook-id"] == second["webhook-id"] == PLAIN.id
    assert first["webhook-signature"] != second["webhook-signature"]


def test_without_a_secret_nothing_is_signed(receiver):
    send(PLAIN, hook(receiver, "slack", REASSIGN_WEBHOOK_SECRET=""))
    assert not {"webhook-id", "webhook-signature"} & set(receiver.calls[0][1])


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_success(status, receiver):
    receiver.answers.append((status, {}, b""))
    send(PLAIN, hook(receiver, "teams"))


@pytest.mark.parametrize(
    ("status", "headers", "answer", "again", "after", "words"),
    [
        (400, {}, b"invalid_payload", False, -1, "answered HTTP 400: invalid_payload."),
        (401, {}, b"", False, -1, "HTTP 401."),
        (403, {}, b'{"error":{"code":"DirectApiAuthorizationRequired"}}', False, -1, "DirectApiAuthorizationRequired"),
        (404, {}, b"no_service", False, -1, "no_service"),
        (410, {}, b"channel_is_archived", False, -1, "channel_is_archived"),
        (400, {}, b"unknown path " + PATH.encode(), False, -1, "HTTP 400."),
        (400, {}, b"workflows", False, -1, "HTTP 400."),
        (400, {}, b'{"error":' * 50_000, False, -1, "HTTP 400."),
        (302, {"Location": "/elsewhere"}, b"", False, -1, "HTTP 302."),
        (408, {}, b"", True, -1, "HTTP 408."),
        (429, {"Retry-After": "7"}, b"", True, 7, "HTTP 429."),
        (503, {"Retry-After": "soon"}, b"", True, -1, "HTTP 503."),
        (503, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, b"", True, -1, "HTTP 503."),
        (500, {"Content-Encoding": "gzip"}, b"\xff\xff" * 200_000, True, -1, "HTTP 500."),
    ],
)
def test_failure(status, headers, answer, again, after, words, receiver):
    receiver.answers.append((status, headers, answer))
    error = refused(hook(receiver, "teams"))
    assert words in error.what
    assert (error.again, error.after) == (again, after)
    assert error.todo
    assert len(receiver.calls) == 1, "redirects are not followed"


def test_a_date_to_come_back_at():
    assert 50 < webhook._retry_after(formatdate(time() + 60, usegmt=True)) <= 60


def test_a_call_that_is_cut_is_tried_again(receiver):
    receiver.answers.append((None, {}, b""))
    assert refused(hook(receiver)).again


def test_silence_is_bounded(monkeypatch):
    monkeypatch.setattr(webhook, "_WHOLE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        error = refused(hook(SimpleNamespace(port=silent.getsockname()[1]), scheme="http"))
    assert error.again
    assert "in time" in error.what


def test_nobody_there():
    with Receiver() as gone:
        pass
    error = refused(hook(gone, scheme="http"))
    assert error.again
    assert "REASSIGN_WEBHOOK_URL" in error.todo


def test_a_certificate_that_is_not_trusted(tmp_path):
    _, context = certificate(tmp_path, "elsewhere.example")
    with Receiver(context) as there:
        error = refused(hook(there))
        assert there.calls == []
    assert error.after == LATER
    assert "SSL_CERT_FILE" in error.what


def test_the_proxy_of_the_environment_is_not_for_this_machine(receiver, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://user:pa55@127.0.0.1:9")
    send(PLAIN, hook(receiver))
    far = replace(hook(receiver), url="https://hooks.example/x", host="hooks.example")
    with pytest.raises(NotSent) as caught:
        send(PLAIN, far)
    assert "the proxy on the way" in caught.value.what
    assert "pa55" not in str(caught.value)


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({}, "REASSIGN_WEBHOOK_URL_FINANCE is not set"),
        ({"REASSIGN_WEBHOOK_URL_FINANCE": "hooks.example/s3cr"}, "REASSIGN_WEBHOOK_URL_FINANCE is not a URL"),
        ({"REASSIGN_WEBHOOK_URL_FINANCE": "ftp://hooks.example/s3cr"}, "is not a URL"),
        ({"REASSIGN_WEBHOOK_URL_FINANCE": "https://[hooks/s3cr"}, "is not a URL"),
        ({"REASSIGN_WEBHOOK_URL_FINANCE": "https://h.example:x/s3cr"}, "is not a URL"),
        ({"REASSIGN_WEBHOOK_URL_FINANCE": "https://h.example/s3cr\r\nX: y"}, "is not a URL"),
        ({"REASSIGN_WEBHOOK_URL_FINANCE": "https://bücher.example/s3cr"}, "is not a URL"),
        ({"REASSIGN_WEBHOOK_URL_FINANCE": "http://hooks.example/s3cr"}, "is not https"),
        ({"REASSIGN_WEBHOOK_URL_FINANCE": "https://hooks.example/s3cr"}, "REASSIGN_WEBHOOK_SECRET_FINANCE is not set"),
    ],
)
def test_settings_that_cannot_be_used(env, words):
    with pytest.raises(UsageError) as caught:
        Hook.from_environment("json", "FINANCE", {"REASSIGN_WEBHOOK_URL": "https://other.example/", **env})
    assert words in caught.value.what
    assert "s3cr" not in str(caught.value)


@pytest.mark.parametrize("text", [SECRET, SECRET.removeprefix("whsec_"), SECRET.rstrip("="), f" {SECRET} "])
def test_a_secret_as_people_write_it(text):
    found = Hook.from_environment(
        "json", "", {"REASSIGN_WEBHOOK_URL": "https://h.example/", "REASSIGN_WEBHOOK_SECRET": text}
    )
    assert found.key == KEY


@pytest.mark.parametrize(
    "text",
    [
        "short",
        "whsec_c2hvcnQ=",
        "not base64 at all!" * 3,
        base64.b64encode(b"x" * 23).decode(),
        base64.b64encode(b"x" * 65).decode(),
        "é" * 40,
    ],
)
def test_what_is_no_secret(text):
    env = {"REASSIGN_WEBHOOK_URL": "https://h.example/", "REASSIGN_WEBHOOK_SECRET": text}
    with pytest.raises(UsageError) as caught:
        Hook.from_environment("slack", "", env)
    assert "REASSIGN_WEBHOOK_SECRET is not 24 to 64 bytes" in caught.value.what
    assert text.strip() not in str(caught.value)
