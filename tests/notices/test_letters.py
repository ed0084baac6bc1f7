from __future__ import annotations

import email
import os
from dataclasses import replace
from email import policy
from html.parser import HTMLParser

import pytest

from batch.core.errors import UsageError
from batch.core.nights import Outcome
from batch.notices.letters import address, compose
from tests.notices.messages import HOSTILE, HUGE, PLAIN

SENDER, TO = address("Licences <licences@a.example>"), address("ann@b.example")


def read_back(mail):
    """The mail as a receiver reads it, after the wire."""
    return email.message_from_bytes(mail.as_bytes(policy=policy.SMTP), policy=policy.default)


def parts(message, attach=5_000_000):
    mail = read_back(compose(message, SENDER, TO, attach))
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    return mail, text, html


@pytest.fixture
def report(tmp_path):
    folder = tmp_path / "finance-1"
    folder.mkdir()
    (folder / "report.xlsx").write_bytes(bytes(range(256)) * 40)
    return folder / "report.xlsx"


def test_both_parts_say_the_same():
    mail, text, html = parts(PLAIN)
    assert mail["Subject"] == PLAIN.subject
    said = (PLAIN.needs[0].what, PLAIN.needs[0].todo, *PLAIN.lines, PLAIN.page, "What needs you", "Planned", "152")
    for words in said:
        assert words in text
        assert words in html
    assert "Not moved" not in text + html, "nought is not worth a line"
    assert mail.get_content_type() == "multipart/alternative"


def test_the_headers_of_a_machine_and_of_a_thread():
    mail, other = compose(PLAIN, SENDER, TO, 0), compose(replace(PLAIN, id="another"), SENDER, TO, 0)
    assert (mail["From"], mail["To"]) == ("Licences <licences@a.example>", "ann@b.example")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Message-ID"] == compose(PLAIN, SENDER, TO, 9)["Message-ID"] == f"<{PLAIN.id}@a.example>"
    assert mail["Message-ID"] != other["Message-ID"]
    assert mail["References"] == other["References"]
    assert mail["References"] != compose(replace(PLAIN, job="b"), SENDER, TO, 0)["References"]
    assert mail["Date"] == "Tue, 24 Nov 2026 06:00:00 +0000"


@pytest.mark.parametrize("message", [HOSTILE, HUGE], ids=["hostile", "huge"])
def test_a_hostile_title_is_text_and_nothing_else(message):
    mail, text, html = parts(message)
    assert set(mail.keys()) == set(compose(PLAIN, SENDER, TO, 0).keys()) | {"MIME-Version", "Content-Type"}
    assert len(mail["Subject"]) <= 210
    assert "evil" not in "".join(v for k, v in mail.items() if k != "Subject")
    assert not {"\r", "\x1b", "\u202e", "\u2028"} & set(mail["Subject"] + (text + html).replace("\r\n", "\n"))
    assert "<script" not in html.casefold()
    assert html.count("<h1") == 1
    assert len(mail.as_bytes()) < 2_000_000


def test_nothing_in_the_page_is_fetched_or_run():
    class Parser(HTMLParser):
        tags, attributes = set(), set()

        def handle_starttag(self, tag, attrs):
            self.tags.add(tag)
            self.attributes |= {name for name, _ in attrs}
            assert not any("url(" in (value or "") for _, value in attrs)

    for message in (PLAIN, HOSTILE, HUGE):
        Parser().feed(parts(message)[2])
    assert not Parser.tags & {"script", "img", "link", "iframe", "a", "form", "style", "object"}
    assert not Parser.attributes & {"src", "href", "background", "class"}


@pytest.mark.parametrize("outcome", Outcome)
def test_each_outcome_has_a_word_and_colours(outcome):
    _, text, html = parts(replace(PLAIN, outcome=outcome, needs=(), lines=(), counts=(), page=""))
    assert PLAIN.subject in text
    assert "bgcolor" in html


def test_a_report_goes_with_the_mail(report):
    mail, text, html = parts(replace(PLAIN, reports=(str(report),)))
    (attached,) = mail.iter_attachments()
    assert attached.get_content() == report.read_bytes()
    assert attached.get_content_type() == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert attached.get_filename() == "finance-1-report.xlsx"
    assert "Attached: finance-1-report.xlsx" in text
    assert "Attached: finance-1-report.xlsx" in html


def test_reports_share_the_room_and_the_others_are_named(report):
    mail, text, html = parts(replace(PLAIN, reports=(str(report), str(report))), attach=15_000)
    assert len(list(mail.iter_attachments())) == 1
    for part in (text, html):
        assert f"Not attached (too large to attach): {report}" in part.replace("<bdi>", "").replace("</bdi>", "")


def test_what_cannot_be_read_is_named(report, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    bad = (str(tmp_path / "nowhere.xlsx"), str(tmp_path), str(tmp_path / "pipe"), "nul\0")
    mail, text, _ = parts(replace(PLAIN, reports=bad))
    assert list(mail.iter_attachments()) == []
    assert text.count("Not attached (") == len(bad)


@pytest.mark.parametrize(
    ("text", "spec", "name"),
    [
        ("a@b.example", "a@b.example", ""),
        (" a.b+c@b.example ", "a.b+c@b.example", ""),
        ("Licences, nightly <a@b.example>", "a@b.example", "Licences, nightly"),
        ("jörg@b.example", "jörg@b.example", ""),
    ],
)
def test_addresses(text, spec, name):
    assert (address(text).addr_spec, address(text).display_name) == (spec, name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "@b",
        "a@",
        "a b@c",
        "a@b@c",
        "a@b,c@d",
        "a@b\r\nBcc: x@y",
        "<a@b",
        "a@b>",
        "x <a@b> <c@d>",
        "a" * 300 + "@b",
    ],
)
def test_what_is_no_address(text):
    with pytest.raises(UsageError):
        address(text)
