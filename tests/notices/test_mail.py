from __future__ import annotations

import email
import smtplib
import traceback
from dataclasses import replace
from email import policy

import pytest

from batch.core.errors import UsageError
from batch.notices import mail as mail_room
from batch.notices.letters import address, compose
from batch.notices.mail import MailServer, send
from batch.notices.undelivered import LATER, NotSent, TooLarge
from tests.notices.messages import HOSTILE, PLAIN
from tests.notices.servers import Gruff, certificate

SECRET = "hunter2-Zx9"
ENV = {"REASSIGN_SMTP_HOST": "127.0.0.1", "REASSIGN_SMTP_FROM": "licences@a.example"}
SIGNED_IN = {"REASSIGN_SMTP_USER": "ann", "REASSIGN_SMTP_PASSWORD": SECRET}


def server(port, **more):
    return MailServer.from_environment({**ENV, "REASSIGN_SMTP_PORT": str(port), **more})


def sent(where, message=PLAIN, to="bob@b.example"):
    send(compose(message, where.sender, address(to), 5_000_000), where)


def refused(where, message=PLAIN, to="bob@b.example"):
    """How it was not sent; nothing that was raised knows the password."""
    with pytest.raises(NotSent) as caught:
        sent(where, message, to)
    error = caught.value
    assert error.__context__ is None
    told = error.what + error.todo + repr(error) + "".join(traceback.format_exception(error)) + repr(where)
    assert SECRET not in told
    assert error.what[0].isupper()
    assert error.what.endswith(".")
    assert error.todo
    return error


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_mail_arrives_over_tls_signed_in(tls, post, papers, tmp_path):
    report = tmp_path / "report.xlsx"
    report.write_bytes(b"PK\x03\x04" + b"\0" * 2000)
    there = post(**{tls: papers[1]}, password=SECRET)
    where = server(there.port, REASSIGN_SMTP_TLS=tls, **SIGNED_IN)
    sent(where, replace(PLAIN, reports=(str(report),)))
    (envelope,) = there.mails
    assert there.users == [("ann", True)]
    assert (envelope.mail_from, envelope.rcpt_tos) == ("licences@a.example", ["bob@b.example"])
    got = email.message_from_bytes(envelope.content, policy=policy.default)
    assert PLAIN.needs[0].what in got.get_body(("plain",)).get_content()
    assert PLAIN.needs[0].what in got.get_body(("html",)).get_content()
    assert [part.get_content() for part in got.iter_attachments()] == [report.read_bytes()]


def test_a_hostile_message_arrives_as_one_mail(post):
    there = post()
    sent(server(there.port, REASSIGN_SMTP_TLS="none"), HOSTILE)
    (envelope,) = there.mails
    assert envelope.rcpt_tos == ["bob@b.example"]
    assert email.message_from_bytes(envelope.content, policy=policy.default)["Bcc"] is None


def test_a_wrong_password_is_for_good(post, papers):
    there = post(starttls=papers[1], password="another")
    error = refused(server(there.port, **SIGNED_IN))
    assert not error.again
    assert "sign-in of ann" in error.what
    assert there.mails == []


def test_a_server_without_starttls_gets_nothing():
    with Gruff("220 hello", "250 post.example", "221 bye") as there:
        error = refused(server(there.port, **SIGNED_IN))
    assert "does not offer STARTTLS" in error.what
    assert error.after == LATER
    assert all(line.split()[0].lower() in (b"ehlo", b"quit") for line in there.heard if line)


def test_a_certificate_that_is_not_trusted(post, papers, tmp_path, monkeypatch):
    _, context = certificate(tmp_path, "elsewhere.example")
    there = post(starttls=context, password=SECRET)
    error = refused(server(there.port, **SIGNED_IN))
    assert "is not trusted" in error.what
    assert there.users == []
    # The right authority, and another name.
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "elsewhere.example.pem"))
    assert "is not trusted" in refused(server(there.port, **SIGNED_IN)).what
    assert there.mails == []


@pytest.mark.parametrize(
    ("answers", "again", "words"),
    [
        ({"RCPT": "550 5.1.1 no such person"}, False, "takes no mail for bob@b.example: 550 5.1.1 no such person."),
        ({"RCPT": "451 4.7.1 greylisted"}, True, "451 4.7.1 greylisted."),
        ({"DATA": ["554 5.7.1 spam"]}, False, "did not take the mail: 554 5.7.1 spam."),
        ({"DATA": ["452 4.3.1 disk full"]}, True, "452"),
        ({"DATA": [f"554 your password is {SECRET}"]}, False, "554."),
    ],
)
def test_what_the_server_refuses(answers, again, words, post, papers):
    there = post(starttls=papers[1], password=SECRET)
    there.answers |= answers
    error = refused(server(there.port, **SIGNED_IN))
    assert error.again is again
    assert words in error.what


def test_a_mail_that_is_too_large(post):
    there = post(data_size_limit=1000)
    assert isinstance(refused(server(there.port, REASSIGN_SMTP_TLS="none")), TooLarge)


@pytest.mark.parametrize(
    ("lines", "again", "words"),
    [
        ((), True, "ended the connection"),
        (("554 go away",), False, "554 go away"),
        (("421 too busy",), True, "421 too busy"),
        (("220 hello", "250 fine"), True, "ended the connection"),
        (("220 hello", "250 fine", "250 fine", "421 shutting down"), True, "421 shutting down"),
        (("rubbish\0\xff",), True, "did not take the mail"),
    ],
)
def test_servers_with_bad_manners(lines, again, words):
    with Gruff(*lines) as there:
        error = refused(server(there.port, REASSIGN_SMTP_TLS="none"))
    assert words in error.what
    assert error.again is again


def test_a_mail_that_was_taken_is_sent_however_the_server_says_good_bye():
    lines = ("220 hello", "250 fine", "250 fine", "250 fine", "354 go on")
    with Gruff(*lines, taken=True) as there:
        sent(server(there.port, REASSIGN_SMTP_TLS="none"))
    with Gruff(*lines) as there:
        error = refused(server(there.port, REASSIGN_SMTP_TLS="none"))
    assert error.again
    assert error.after == LATER, "it may have been taken"


def test_silence_is_bounded(monkeypatch):
    monkeypatch.setattr(mail_room, "_CONNECT", 0.1)
    with Gruff("220-hello") as there:
        error = refused(server(there.port, REASSIGN_SMTP_TLS="none"))
    assert error.again
    assert "in time" in error.what


def test_the_whole_is_bounded(monkeypatch):
    monkeypatch.setattr(mail_room, "_WHOLE", 0.1)
    with Gruff("220 hello", "250-slowly") as there:
        error = refused(server(there.port, REASSIGN_SMTP_TLS="none"))
    assert error.again
    assert "ended the connection" in error.what


def test_nobody_there():
    with Gruff() as there:
        port = there.port
    error = refused(server(port))
    assert error.again
    assert f"port {port}" in error.what


def test_names_that_are_not_found(monkeypatch):
    def lookup(*_, **__):
        import socket

        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", lookup)
    assert "was not found" in refused(server(25)).what


def test_what_the_library_does_not_foresee(monkeypatch):
    monkeypatch.setattr(
        smtplib.SMTP, "connect", lambda *_: (_ for _ in ()).throw(UnicodeEncodeError("ascii", SECRET, 0, 1, "no"))
    )
    assert not refused(server(25)).again


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"REASSIGN_SMTP_HOST": ""}, "REASSIGN_SMTP_HOST is not set"),
        ({"REASSIGN_SMTP_HOST": "a\nb"}, "REASSIGN_SMTP_HOST holds characters"),
        ({"REASSIGN_SMTP_FROM": " "}, "REASSIGN_SMTP_FROM is not set"),
        ({"REASSIGN_SMTP_FROM": "nobody"}, "REASSIGN_SMTP_FROM: “nobody” is not an e-mail address"),
        ({"REASSIGN_SMTP_FROM": "a@bücher.example"}, "REASSIGN_SMTP_FROM is not in plain ASCII"),
        ({"REASSIGN_SMTP_PORT": "smtp"}, "REASSIGN_SMTP_PORT is not a number"),
        ({"REASSIGN_SMTP_PORT": "70000"}, "REASSIGN_SMTP_PORT is not a number"),
        ({"REASSIGN_SMTP_PORT": "9" * 5000}, "REASSIGN_SMTP_PORT is not a number"),
        ({"REASSIGN_SMTP_TLS": "ssl"}, "REASSIGN_SMTP_TLS is neither"),
        ({"REASSIGN_SMTP_TLS": "none", "REASSIGN_SMTP_HOST": "mail.example"}, "in clear text to mail.example"),
        ({"REASSIGN_SMTP_TLS": "none", **SIGNED_IN}, "REASSIGN_SMTP_PASSWORD would go over the wire"),
        ({"REASSIGN_SMTP_USER": "ann"}, "REASSIGN_SMTP_PASSWORD is not set"),
        ({"REASSIGN_SMTP_PASSWORD": SECRET}, "REASSIGN_SMTP_USER is not set"),
        ({"REASSIGN_SMTP_USER": "ann", "REASSIGN_SMTP_PASSWORD": SECRET + "é"}, "REASSIGN_SMTP_PASSWORD holds other"),
    ],
)
def test_settings_that_cannot_be_used(more, words):
    with pytest.raises(UsageError) as caught:
        MailServer.from_environment({**ENV, **more})
    assert words in caught.value.what
    assert caught.value.todo
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("more", "host", "port", "tls"),
    [
        ({}, "127.0.0.1", 587, "starttls"),
        ({"REASSIGN_SMTP_TLS": "TLS"}, "127.0.0.1", 465, "tls"),
        ({"REASSIGN_SMTP_TLS": "none", "REASSIGN_SMTP_HOST": "[::1]"}, "::1", 25, "none"),
        ({"REASSIGN_SMTP_PORT": "2525", "REASSIGN_SMTP_HOST": "mail.example"}, "mail.example", 2525, "starttls"),
    ],
)
def test_settings(more, host, port, tls):
    found = MailServer.from_environment({**ENV, **more})
    assert (found.host, found.port, found.tls) == (host, port, tls)
    assert SECRET not in repr(MailServer.from_environment({**ENV, **SIGNED_IN}))
