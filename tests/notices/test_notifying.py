from __future__ import annotations

import email
import logging
from dataclasses import replace
from email import policy

import pytest

from batch.core.nights import Message
from batch.notices.undelivered import LATER, NotSent
from batch.runs.nightjob import NightJob
from batch.wiring.notifying import PAUSES, Way, deliver, ways_of
from tests.notices.messages import PLAIN
from tests.notices.test_webhook import SECRET

MAIL = {"REASSIGN_SMTP_HOST": "localhost", "REASSIGN_SMTP_FROM": "licences@a.example", "REASSIGN_SMTP_TLS": "none"}
HOOK = {"REASSIGN_WEBHOOK_URL": "https://hooks.example/s3cr", "REASSIGN_WEBHOOK_SECRET": SECRET}


@pytest.mark.parametrize(
    ("job", "env", "keys", "complaints"),
    [
        ({}, {}, [], []),
        ({"mail": ("a@b.example", "C@d.example", "A@B.example")}, MAIL, ["mail:a@b.example", "mail:c@d.example"], []),
        ({"mail": ("a@b.example", "no\nbody")}, MAIL, ["mail:a@b.example"], ["is not an e-mail address"]),
        (
            {"mail": ("a@b.example", "c@d.example")},
            {},
            ["mail:a@b.example", "mail:c@d.example"],
            ["REASSIGN_SMTP_HOST is not set"],
        ),
        ({"webhook": "json"}, HOOK, ["webhook:json"], []),
        (
            {"webhook": "teams", "webhook_name": "OPS"},
            HOOK,
            ["webhook:teams:OPS"],
            ["REASSIGN_WEBHOOK_URL_OPS is not set"],
        ),
        (
            {"webhook": "slack", "webhook_name": "OPS"},
            {"REASSIGN_WEBHOOK_URL_OPS": "https://h.example"},
            ["webhook:slack:OPS"],
            [],
        ),
        (
            {"mail": ("a@b.example",), "webhook": "json"},
            HOOK,
            ["mail:a@b.example", "webhook:json"],
            ["REASSIGN_SMTP_HOST is not set"],
        ),
    ],
)
def test_the_ways_of_a_job(job, env, keys, complaints):
    ways, told = ways_of(NightJob(**job), env)
    assert [way.key for way in ways] == keys
    assert len(told) == len(complaints)
    assert all(words in text for words, text in zip(complaints, told, strict=True))
    assert "s3cr" not in repr(ways)
    assert SECRET not in repr(ways)


def test_a_way_that_lacks_a_variable_is_due_until_that_is_mended():
    ways, told = ways_of(NightJob(mail=("a@b.example",), webhook="slack"), {})
    assert [way.unusable for way in ways] == list(told)
    for way in ways:
        with pytest.raises(NotSent) as caught:
            deliver(way, PLAIN, pytest.fail)
        assert caught.value.again
        assert "is not set" in caught.value.what


def failing(*errors):
    """A way on which each try ends with the next of these; None is a success."""
    left = list(errors)

    def send(message: Message) -> None:
        error = left.pop(0)
        if error is not None:
            raise error

    return Way(kind="mail", to="a@b.example", key="mail:a@b.example", host="post.example", deliver=send), left


PASSING, FINAL = NotSent("Not now.", "Wait.", again=True), NotSent("Never.", "Mend it.", again=False)


@pytest.mark.parametrize(
    ("errors", "pauses", "ends"),
    [
        ([None], [], None),
        ([PASSING, None], [5], None),
        ([PASSING] * 4, [5, 15, 30], PASSING),
        ([FINAL], [], FINAL),
        ([PASSING, FINAL], [5], FINAL),
        ([NotSent("", again=True, after=7), None], [7], None),
        ([NotSent("", again=True, after=0), None], [0], None),
        ([NotSent("later", again=True, after=31)], [], "later"),
        ([NotSent("later", again=True, after=LATER)], [], "later"),
    ],
)
def test_patience(errors, pauses, ends):
    way, left = failing(*errors)
    paused = []
    if ends is None:
        deliver(way, PLAIN, paused.append)
    else:
        with pytest.raises(NotSent) as caught:
            deliver(way, PLAIN, paused.append)
        assert caught.value is ends or caught.value.what == ends
    assert paused == pauses
    assert left == []
    assert sum(PAUSES) < 60


def test_one_try_where_nobody_has_patience():
    way, left = failing(PASSING, None)
    with pytest.raises(NotSent):
        deliver(way, PLAIN, pytest.fail, patient=False)
    assert left == [None]


def test_what_nobody_foresaw_is_not_sent_either_and_tells_no_secret(caplog):
    caplog.set_level(logging.DEBUG)
    way, _ = failing(*[RuntimeError("https://hooks.example/s3cr")] * 4)
    with pytest.raises(NotSent) as caught:
        deliver(way, PLAIN, lambda _: None)
    assert caught.value.again
    assert "RuntimeError" in caught.value.what
    assert caught.value.__context__ is None
    assert "s3cr" not in str(caught.value) + caught.value.todo + caplog.text


def test_a_mail_goes_to_each_address_and_comes_through_once_the_server_has_room(post):
    there = post()
    there.answers["DATA"] = ["452 4.3.1 disk full"]
    job = NightJob(mail=("ann@b.example", "bob@b.example"))
    ways, _ = ways_of(job, {**MAIL, "REASSIGN_SMTP_HOST": "127.0.0.1", "REASSIGN_SMTP_PORT": str(there.port)})
    for way in ways:
        deliver(way, PLAIN, lambda _: None)
    assert [e.rcpt_tos for e in there.mails] == [["ann@b.example"], ["bob@b.example"]]
    ids = {email.message_from_bytes(e.content)["Message-ID"] for e in there.mails}
    assert len(ids) == 1


def test_news_that_is_too_large_comes_without_its_reports(post, tmp_path):
    (tmp_path / "report.xlsx").write_bytes(b"x" * 60_000)
    there = post(data_size_limit=30_000)
    env = {**MAIL, "REASSIGN_SMTP_HOST": "127.0.0.1", "REASSIGN_SMTP_PORT": str(there.port)}
    ((way,), _) = ways_of(NightJob(mail=("ann@b.example",)), env)
    deliver(way, replace(PLAIN, reports=(str(tmp_path / "report.xlsx"),)), pytest.fail)
    (envelope,) = there.mails
    mail = email.message_from_bytes(envelope.content, policy=policy.default)
    assert list(mail.iter_attachments()) == []
    assert str(tmp_path / "report.xlsx") in mail.get_body(("plain",)).get_content()


def test_a_webhook_is_called_again_and_no_log_knows_its_url(receiver, caplog):
    caplog.set_level(logging.DEBUG)
    receiver.answers += [(503, {"Retry-After": "2"}, b""), (None, {}, b"")]
    env = {**HOOK, "REASSIGN_WEBHOOK_URL": f"https://localhost:{receiver.port}/s3cr"}
    ((way,), _) = ways_of(NightJob(webhook="json"), env)
    paused = []
    deliver(way, PLAIN, paused.append)
    assert paused == [2, 15]
    assert [path for path, _, _ in receiver.calls] == ["/s3cr"] * 3
    assert "s3cr" not in caplog.text
    assert way.to == "json at localhost"
