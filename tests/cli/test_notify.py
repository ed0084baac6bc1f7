from __future__ import annotations

import json

import pytest

from tests.notices.servers import Gruff, Post, Receiver

JOB = """
[sheets]
users = "users.csv"
[move]
from = "Office 365 E4"
to = "Office 365 E3"
[notify]
"""


@pytest.fixture
def declare(tmp_path):
    """Write a job that tells these people; the folder of jobs."""

    def write(name, told):
        (tmp_path / "jobs").mkdir(exist_ok=True)
        (tmp_path / "jobs" / f"{name}.toml").write_text(JOB + told, "utf-8")

    return write


@pytest.fixture
def mail(monkeypatch):
    """A mail server that the environment names."""
    there = Post()
    there.start()
    for name, value in {"HOST": "127.0.0.1", "PORT": there.port, "TLS": "none", "FROM": "a@b.example"}.items():
        monkeypatch.setenv(f"REASSIGN_SMTP_{name}", str(value))
    yield there
    there.stop()


def test_every_way_of_every_job_is_tried(reassign, declare, mail, monkeypatch):
    declare("finance", 'mail = ["ann@b.example", "bob@b.example"]\n')
    declare("sales", 'webhook = "slack"\n')
    with Receiver() as hook:
        monkeypatch.setenv("REASSIGN_WEBHOOK_URL", f"http://localhost:{hook.port}/s3cr")
        ended = reassign("notify", "--test")
    assert ended.code == 0
    assert ended.out.splitlines() == [
        "finance: mail to ann@b.example: sent.",
        "finance: mail to bob@b.example: sent.",
        "sales: webhook to slack at localhost: sent.",
    ]
    assert len(mail.mails) == 2
    assert "this is a test" in json.loads(hook.calls[0][2])["text"]


def test_what_fails_is_told_with_what_to_do(reassign, declare, mail, tmp_path):
    mail.answers["RCPT"] = "550 5.1.1 no such person"
    declare("finance", 'mail = "ann@b.example"\nwebhook = "json"\n')
    (tmp_path / "jobs" / "broken.toml").write_text("[notify]\nmial = 3\n", "utf-8")
    ended = reassign("notify", "--test", "--json")
    assert ended.code == ended.json()["exit_code"] == 3
    broken, hook, told = ended.json()["ways"]
    assert "mial" in broken["what"]
    assert "REASSIGN_WEBHOOK_URL is not set" in hook["what"]
    assert not told["sent"]
    assert "550 5.1.1 no such person" in told["what"]
    assert told["todo"]
    ended = reassign("notify", "--test", "--quiet", "finance")
    assert ended.code == 3
    assert "finance: mail to ann@b.example: not sent. The mail server" in ended.out


def test_a_server_that_is_out_of_reach_is_tried_once(reassign, declare, mail, monkeypatch):
    declare("finance", 'mail = "ann@b.example"\n')
    with Gruff() as there:
        monkeypatch.setenv("REASSIGN_SMTP_PORT", str(there.port))
        assert reassign("notify", "--test", "finance").code == 3


@pytest.mark.parametrize(
    ("told", "arguments", "words"),
    [
        ('on = ["failed"]\n', ("--test",), "No job here tells anybody"),
        ('mail = "a@b.example"\n', (), "test messages only"),
        ('mail = "a@b.example"\n', ("--test", "finanse"), "Did you mean finance?"),
        ('mail = "a@b.example"\n', ("--test", "--jobs", "elsewhere"), "cannot be read"),
    ],
)
def test_nothing_to_try(told, arguments, words, reassign, declare):
    declare("finance", told)
    ended = reassign("notify", *arguments)
    assert ended.code == 2
    assert words in ended.err
